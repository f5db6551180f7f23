import { assertEquals } from "@std/assert";
import { TOP_LEVEL } from "../../../../engine/config/top_level.ts";
import type { Vocabulary } from "../../../../engine/config/vocabulary.ts";

const FILE = new URL("../../../golden/config/keywords_lvs.tsv", import.meta.url);

const ROOTS = ["SSL", "virtual_server_group", "virtual_server", "bfd_instance"];
/** Blocks whose tables differ by the block around. */
const NESTED = ["url", "host"];

/** `BLOCK<TAB>KEYWORD` of a table and all tables in it. */
function* pairs(name: string, { keywords }: Vocabulary<never>): Generator<string> {
  for (const [word, { inner }] of Object.entries(keywords)) {
    if (name === "(root)" && !ROOTS.includes(word)) continue;
    yield `${name}\t${word}`;
    const title = NESTED.includes(word) ? `${name}/${word}` : word;
    if (inner?.kind === "keywords") yield* pairs(title, inner.vocabulary);
  }
}

Deno.test("every keyword of virtual servers, checkers and BFD is known, and no other", () => {
  const expected = Deno.readTextFileSync(FILE).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals([...pairs("(root)", TOP_LEVEL)].toSorted(), expected.toSorted());
});

Deno.test("every keyword of virtual servers, checkers and BFD is documented", () => {
  const undocumented: string[] = [];
  const look = (name: string, { keywords }: Vocabulary<never>) => {
    for (const [word, { doc, inner }] of Object.entries(keywords)) {
      if (name === "(root)" && !ROOTS.includes(word)) continue;
      if (!/^[A-Z].*\.$/s.test(doc)) undocumented.push(`${name} ${word}: ${doc}`);
      if (inner?.kind === "keywords") look(word, inner.vocabulary);
    }
  };
  look("(root)", TOP_LEVEL);
  assertEquals(undocumented, []);
});
