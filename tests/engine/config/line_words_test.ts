import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Complaints } from "../../../engine/config/diagnostic.ts";
import { Reader } from "../../../engine/config/reader.ts";
import { NO_TEXT } from "../../../engine/config/text.ts";
import { splitWords, type Word, WordSplitter, WordStock } from "../../../engine/config/words.ts";
import { MAIN, random } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

/** What matters to a line: letters, blanks, braces, quotes, comments, definitions; two bytes. */
const texts = fc.string({
  unit: fc.constantFrom(..."abcabcabc1   \t\r\n\n\n{}", '"', "#", "\\", "$", "é", "💡", "\0"),
  maxLength: 60,
  size: "max",
});

function read(text: string): Reader {
  const source = memorySource({ files: { [MAIN]: text } });
  const reader = new Reader(source, new Complaints(), { configId: "r1", random });
  reader.open(MAIN);
  return reader;
}

const plain = ({ text, place }: Word) => [text, place.line.number, place.column];

Deno.test("LineWords: words found with the end of a line are those that its text has", () => {
  const splitter = new WordSplitter(NO_TEXT, new WordStock());
  let foundCount = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const reader = read(text);
      for (let item = reader.next(); item; item = reader.next()) {
        if (item.type !== "line") continue;
        if (item.origin.words?.lineStart === item.start) foundCount++;
        splitter.begin(item);
        assertEquals(splitter.rest().map(plain), splitWords(item).words.map(plain));
      }
    }),
    { numRuns: 3_000 },
  );
  assertEquals(foundCount > 1_000, true, `only ${foundCount} lines had been looked at`);
});
