import { assert, assertEquals } from "@std/assert";
import { CODES, isPublishedCode, publishedCode } from "../../../engine/config/codes.ts";
import { OLD_NAMES } from "../../../engine/config/codes/old_names.ts";
import { PAGES, storedPage } from "../../golden_pages.ts";

const codes = [...CODES.keys()];

Deno.test("codes: letter, area, number; numbers of an area are used once", () => {
  const seen = new Set<string>();
  for (const code of codes) {
    assert(/^[EW]-[a-z]+-\d{3}$/.test(code), code);
    const withoutLetter = code.slice(2);
    assert(!seen.has(withoutLetter), `${code} has the number of another`);
    seen.add(withoutLetter);
  }
});

Deno.test("codes: each has a title, sentences and an example", () => {
  for (const [code, { title, explanation, example }] of CODES) {
    assert(title !== "" && !title.endsWith("."), code);
    assert(/\.$/.test(explanation) && example !== "", code);
  }
});

Deno.test("codes: what refuses is never advice", () => {
  const refusing = codes.filter((code) => code.startsWith("E"));
  assertEquals(refusing.filter((code) => CODES.get(code)?.isAdvice), []);
});

Deno.test("codes: short names keep their letter, and each has its own code", () => {
  const published = Object.entries(OLD_NAMES);
  assertEquals(published.filter(([old, name]) => old[0] !== name[0]), []);
  assertEquals(new Set(Object.values(OLD_NAMES)).size, published.length);
  assertEquals([publishedCode("E101"), publishedCode("E-lex-001")], ["E-lex-001", "E-lex-001"]);
});

Deno.test("codes: isPublishedCode knows nothing else", () => {
  assertEquals(["E101", "toString", "", "W-lex-001"].filter(isPublishedCode), []);
});

for (const [name, make] of Object.entries(PAGES)) {
  Deno.test(`docs/${name} is what the code says (deno task golden rewrites it)`, () => {
    assertEquals(storedPage(name), make());
  });
}
