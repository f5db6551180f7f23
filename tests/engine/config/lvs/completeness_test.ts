import { assert, assertEquals } from "@std/assert";
import { BFD_INSTANCE } from "../../../../engine/config/bfd_instance.ts";
import { TOP_LEVEL } from "../../../../engine/config/top_level.ts";
import type { Vocabulary } from "../../../../engine/config/vocabulary.ts";

const FILE = new URL("../../../golden/config/keywords_lvs.tsv", import.meta.url);

const ROOTS = ["SSL", "virtual_server_group", "virtual_server", "bfd_instance"];
/** Blocks whose tables differ by the block around. */
const NESTED = ["url", "host"];

/** `BLOCK<TAB>KEYWORD` of a table and all tables in it. */
function* pairs(name: string, { keywords }: Vocabulary<never>): Generator<string> {
  for (const [word, { inner, isOwn }] of Object.entries(keywords)) {
    if (isOwn || (name === "(root)" && !ROOTS.includes(word))) continue;
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

Deno.test("words of stayd's own are none of keepalived's", () => {
  const listed = new Set(Deno.readTextFileSync(FILE).split("\n"));
  const own = Object.entries(BFD_INSTANCE.keywords).filter(([, { isOwn }]) => isOwn);
  assert(own.length > 5);
  for (const [word] of own) assert(!listed.has(`bfd_instance\t${word}`), word);
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
