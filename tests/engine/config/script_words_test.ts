import { assertEquals } from "@std/assert";
import { splitCommand, splitScriptWords } from "../../../engine/config/script_words.ts";
import { Text } from "../../../engine/config/text.ts";

function split(chars: string) {
  const line = { file: "a.conf", number: 1, text: chars };
  const { words, openQuoteAt } = splitScriptWords(Text.ofLine(line));
  return [...words.map(({ text }) => text), ...(openQuoteAt ? [openQuoteAt.column] : [])];
}

// deno-fmt-ignore
const WORDS: [name: string, line: string, expected: (string | number)[]][] = [
  ["command, user, group", "/bin/x root adm", ["/bin/x", "root", "adm"]],
  ["double quotes", '"/bin/x a b" root', ["/bin/x a b", "root"]],
  ["single quotes", "'/bin/x \"a\" b' root", ['/bin/x "a" b', "root"]],
  ["the other quote inside", "\"sh -c 'a b'\"", ["sh -c 'a b'"]],
  ["adjoining pieces are one word", "a\"b c\"d'e f'", ["ab cde f"]],
  ["backslashes are kept", 'a\\ b "c\\"d"', ["a\\ b", 'c\\"d']],
  ["a backslash at the end", "a\\", ["a\\"]],
  ["an empty word", '"" x', ["", "x"]],
  ["an open quote", "a 'b c", ["a", 3]],
];
for (const [name, line, expected] of WORDS) {
  Deno.test(`splitScriptWords ${name}`, () => assertEquals(split(line), expected));
}

// deno-fmt-ignore
const COMMANDS: [name: string, command: string, expected: string[] | undefined][] = [
  ["words", " /bin/x  a\tb ", ["/bin/x", "a", "b"]],
  ["quotes", "x 'a b' \"c d\"e", ["x", "a b", "c de"]],
  ["an escaped blank", "x a\\ b", ["x", "a b"]],
  ["an escaped quote", "x \\\"a\\'", ["x", "\"a'"]],
  ["hexadecimal", "\\x41\\x4a\\x4z", ["AJ\x04z"]],
  ["octal", "\\101\\60\\7\\400", ["A0\x07\0"]],
  ["control", "\\cA\\cz", ["\x01\x1a"]],
  ["named", "\\a\\b\\E\\f\\n\\r\\t\\v", ["\x07\b\x1b\f\n\r\t\v"]],
  ["any other is itself", "\\q\\\\\\x\\cq", ["q\\x\x11"]],
  ["escapes in quotes, too", "'a\\tb' \"\\\"\"", ["a\tb", '"']],
  ["a backslash at the end", "a\\", ["a\\"]],
  ["an open quote", "a 'b", undefined],
  ["nothing", "", []],
];
for (const [name, command, expected] of COMMANDS) {
  Deno.test(`splitCommand ${name}`, () => assertEquals(splitCommand(command), expected));
}
