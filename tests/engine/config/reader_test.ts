import { assertEquals } from "@std/assert";
import { readLines } from "./harness.ts";
import type { MemoryWorld } from "./memory_source.ts";

type Row = [rule: string, text: string, expected: string[], world?: Partial<MemoryWorld>];

// deno-fmt-ignore
const LINES: Row[] = [
  ["L1 a line of 1023 bytes with its newline", `x ${"y".repeat(1020)}\n`, [`x|${"y".repeat(1020)}`]],
  ["L1 a longer one is refused", `a\nx ${"y".repeat(1021)}\nb\n`, ["a", "b", "a.conf:2:1: error: line of 1024 bytes: at most 1023 are read [E101]"]],
  ["L1 bytes count, not characters", `x ${"é".repeat(511)}\n`, ["a.conf:1:1: error: line of 1025 bytes: at most 1023 are read [E101]"]],
  ["L1 a line with NUL is refused", "a\nb\0c\nd", ["a", "d", "a.conf:2:2: error: line with a NUL character [E102]"]],
  ["L1 CR LF", "a b\r\nc\r\n", ["a|b", "c"]],
  ["a byte order mark is skipped", "\ufeffa", ["a"]],
  ["L2 # and ! begin comments", "a # b\nc ! d\n#e\n!f", ["a", "c"]],
  ["L2 in the middle of a word", "abc#def", ["abc"]],
  ["L2 escaped they are characters", "a\\#b c\\!d", ["a#b|c!d"]],
  ["L2 not inside quotes", 'a "b#c!d" e#f', ["a|b#c!d|e"]],
  ["L2 other backslashes stay", "a\\b\\\\ c", ["a\\b\\\\|c"]],
  ["L2 an escaped quote opens none", 'a \\"b#c', ["a|\\"]],
  ["L2 an escaped backslash protects nothing", "a \\\\#b", ["a|\\\\"]],
  ["L3 blanks at the ends, empty lines", "  a b \t\n\n \t \n c", ["a|b", "c"]],
  ["L4 blanks separate", "a\tb \f c\vd", ["a|b|c|d"]],
  ["L4 a quote ends the word before it", 'a"b c"d', ["a|b c|d"]],
  ["L4 empty quotes are a word", 'a "" b', ["a||b"]],
  ["L4 single quotes mean nothing", "a 'b c'", ["a|'b|c'"]],
  ["L5 words before an open quote stay", 'a b "c d', ["a|b"]],
  ["L6 a backslash at the end is a character", "a b\\\nc", ["a|b\\", "c"]],
  ["L7 braces split", "a{b}c", ["a", "{", "b", "}", "c"]],
  ["L7 braces with blanks", " a { b c } ", ["a", "{", "b|c", "}"]],
  ["L7 not inside quotes", 'a "{b}" c', ["a|{b}|c"]],
  ["L7 not behind an open quote", 'a "{b', ["a"]],
];

// deno-fmt-ignore
const DEFINITIONS: Row[] = [
  ["braced, anywhere", "$A=foo\nx${A}y", ["xfooy"]],
  ["bare, before a blank", "$A=foo\nx$A y", ["xfoo|y"]],
  ["bare, before , and ) and the end", "$A=1\n$A, $A) $A", ["1,|1)|1"]],
  ["bare before anything else is text", "$A=1\n$A/24 $A$A \"$A\"", ["$A/24|$A1|$A",
    "a.conf:2:1: warning: $A before '/' is not replaced (${A} is) [W602]", "a.conf:2:7: warning: $A before '$' is not replaced (${A} is) [W602]"]],
  ["unknown bare names are text", "a $B", ["a|$B"]],
  ["no blank before =", "$A =foo", ["$A|=foo"]],
  ["blanks behind = are skipped, and at the end", "$A=  b c  \nx $A y", ["x|b|c|y"]],
  ["a name begins with a letter", "$1=a\n$_a=b\n${_a}", ["$1=a", "b"]],
  ["an empty value", "$A=\nx${A}y", ["xy"]],
  ["the later definition holds from there on", "$A=1\n$A\n$A=2\n$A", ["1", "2"]],
  ["values are used, not copied", "$A=$B\n$B=1\n$A\n$B=2\n$A", ["1", "2"]],
  ["values use values", "$A=${B}x\n$B=y${C}\n$C=z\n${A}", ["yzx"]],
  ["a value may complete a name", "$A=${B\n$B=1\n${A}}", ["1"]],
  ["quotes come along", '$A="q w"\nx $A', ["x|q w"]],
  ["an escaped comment is one after substitution", "$A=x\\#y\na $A b\n\"${A}\"", ["a|x", "x#y"]],
  ["braces come along", "$A=b { c }\n$A", ["b", "{", "c", "}"]],
  ["a definition inside a block", "a {\n$A=1\n$A\n}", ["a", "{", "1", "}"]],
  ["several lines end a line", "$A=a\\\nb c \\\n  d\nx $A", ["x|a", "b|c", "d"]],
  ["several lines, the first empty", "$A=\\\na\\\nb\n$A", ["a", "b"]],
  ["an empty line ends the value", "$A=a\\\n\nb", ["b"]],
  ["a comment before and behind the backslash", "$A=a \\ # x\nb # y \\\nc\n$A", ["a", "b", "c"]],
  ["a line of comment that goes on", "$A=a\\\n# x \\\nc\n$A", ["a", "c"]],
  ["lines of a value are lines", "$A=@r1 a\\\n@r2 b\\\n~SEQ(i,1,2) c$i\\\nx {\n$A", ["a", "c1", "c2", "x", "{"]],
  ["a value that is a sequence", "$A=~SEQ(i,1,2) c$i\n$A", ["c1", "c2"]],
  ["a value that is an include", "$A=include b.conf\n$A", ["b"], { files: { "b.conf": "b" } }],
  ["several lines inside a line", "$A=a\\\nb\n$A c", ["a.conf:3:1: error: definition 'A' of several lines can only end a line [E106]"]],
  ["an unknown braced name", "a\nb ${X} c\nd", ["a", "d", "a.conf:2:3: error: unknown definition 'X' (${X} needs a line $X=VALUE before it) [E104]"]],
  ["… is text inside quotes", 'a "x ${X} { y"', ["a|x ${X} { y"]],
  ["a definition needs itself", "$A=x${A}\na $A\nb", ["b", "a.conf:1:5: error: definition 'A' needs itself (used at a.conf:2) [E105]"]],
  ["… through others", "$A=${B}\n$B=${C}\n$C=$A\n$A", ["a.conf:3:4: error: definition 'A' needs itself (used at a.conf:4) [E105]"]],
  ["… through its lines", "$A=a\\\n$A\n$A", ["a", "a.conf:2:1: error: definition 'A' needs itself (used at a.conf:3) [E105]"]],
  ["… through a sequence", "$A=~SEQ(i,1,3) $A\n$A", ["a.conf:1:16: error: definition 'A' needs itself (used at a.conf:2) [E105]"]],
  ["the same name twice is no loop", "$A=1\n${A}${A} ${A}", ["11|1"]],
  ["text that grows too long", "$A=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n$B=${A}${A}${A}${A}${A}${A}${A}${A}${A}\n${B}${B}",
    ["a.conf:3:1: error: text of more than 1023 characters after substitution [E107]"]],
];

// deno-fmt-ignore
const BUILT_IN: Row[] = [
  ["_PWD", "x ${_PWD}\ninclude sub/b.conf", ["x|/etc/stayd", "/etc/stayd/sub"], { files: { "sub/b.conf": "$_PWD" } }],
  ["_INSTANCE", "$_INSTANCE", ["r1"]],
  ["_RANDOM", "${_RANDOM} ${_RANDOM 5 5} ${_RANDOM 1 9} ${_RANDOM 10}", ["16384|5|5|16389"]],
  ["_RANDOM with a wrong range", "a ${_RANDOM 7 6}\n${_RANDOM x}", [
    "a.conf:1:3: error: _RANDOM takes a least and a greatest number [E110]",
    "a.conf:2:1: error: _RANDOM takes a least and a greatest number [E110]"]],
  ["_ENV", "x${_ENV FOO}y${_ENV BAR}z", ["xfooyz"], { environment: { FOO: "foo" } }],
  ["_ENV without a name", "${_ENV}", ["a.conf:1:1: error: _ENV takes the name of a variable [E110]"]],
  ["_ENV with lines", "${_ENV FOO}", ["a.conf:1:1: error: 'FOO' has control characters [E110]"], { environment: { FOO: "a\nb" } }],
  ["_HASH and _BANG need quotes", '"${_HASH}${_BANG}" a${_HASH}b', ["#!|a"]],
  ["no parameters", "${_PWD x}", ["a.conf:1:1: error: takes no parameters [E110]"]],
  ["redefined", "$_HASH=x\n$_HASH", ["x"]],
];

// deno-fmt-ignore
const CONDITIONS: Row[] = [
  ["@ID of this configuration", "@r1 a b", ["a|b"]],
  ["@ID of another", "@r2 a b", []],
  ["@^ID", "@^r1 a\n@^r2 b", ["b"]],
  ["bare", "@\n@r1\n@ a", []],
  ["before a definition", "@r1 $A=1\n@r2 $A=2\n$A", ["1"]],
  ["before a definition of several lines, which goes with it", "@r2 $A=1\\\nb\n@r1 $A=3\\\nc\n$A", ["3", "c"]],
  ["before an include", "@r1 include b.conf\n@r2 include b.conf", ["b"], { files: { "b.conf": "b" } }],
  ["before a sequence", "@r1 ~SEQ(i,1,2) a$i", ["a1", "a2"]],
  ["on braces", "@r1 a {\n@r2 b {\n}", ["a", "{", "}"]],
];

// deno-fmt-ignore
const SEQUENCES: Row[] = [
  ["start and end", "~SEQ(i, 1, 3) a$i", ["a1", "a2", "a3"]],
  ["end", "~SEQ(i,2) a${i}b", ["a1b", "a2b"]],
  ["end 0 and below", "~SEQ(i,0) $i\n~SEQ(i,-2) $i", ["1", "0", "-1", "-2"]],
  ["downwards", "~SEQ(i,3,1) $i", ["3", "2", "1"]],
  ["with a step", "~SEQ(i,1,2,6) $i\n~SEQ(i,5,-3,0) $i", ["1", "3", "5", "5", "2"]],
  ["one line", "~SEQ(i,7,7) $i", ["7"]],
  ["hexadecimal", "~SEQx(i,9,11) ::$i", ["::9", "::a", "::b"]],
  ["numbers of other bases", "~SEQ(i,0x10,021) $i", ["16", "17"]],
  ["nested, left outermost", "~SEQ(i,1,2) ~SEQ(j,3,4) ${i}$j", ["13", "14", "23", "24"]],
  ["nested, the inner depends", "~SEQ(i,1,2) ~SEQ(j,1,$i) ${i}$j", ["11", "21", "22"]],
  ["with definitions", "$N=2\n~SEQ(i,1,$N) $i\n~SEQ(i,1,${N}) $i", ["1", "2", "1", "2"]],
  ["no blank needed", "~SEQ(i,1,2)a$i", ["a1", "a2"]],
  ["a blank before (", "~SEQ (i,1,2) $i", ["1", "2"]],
  ["the variable stays", "$i=9\n~SEQ(i,1,2) $i\n$i", ["1", "2", "2"]],
  ["braces and includes", "~LST(x,b,c) include ${x}.conf\n~SEQ(i,1,2) a$i { }", ["B", "C", "a1", "{", "}", "a2", "{", "}"], { files: { "b.conf": "B", "c.conf": "C" } }],
  ["no text", "~SEQ(i,1,2)\na", ["a"]],
  ["not at the beginning", "a ~SEQ(i,1,2) $i", ["a|~SEQ(i,1,2)|$i"]],
  ["another word is text", "~FOO(i,1,2) a", ["~FOO(i,1,2)|a"]],
  ["~LST", "~LST(i, a, b) x$i", ["xa", "xb"]],
  ["~LST of several variables", "~LST({a,b}, {1,2}, {3}) ${a}-${b}.", ["1-2.", "3-."]],
  ["wrong direction", "~SEQ(i,1,-2,6) $i", ["a.conf:1:1: error: ~SEQ never gets to its end [E109]"]],
  ["step 0", "~SEQ(i,1,0,6) $i", ["a.conf:1:1: error: ~SEQ never gets to its end [E109]"]],
  ["no number", "~SEQ(i, a, 2) $i\nb", ["b", "a.conf:1:9: error: ~SEQ with 'a' for a number [E109]"]],
  ["no name", "~SEQ(1,2) $i", ["a.conf:1:1: error: ~SEQ without a name [E109]"]],
  ["nothing", "~SEQ() $i", ["a.conf:1:1: error: ~SEQ without a name [E109]"]],
  ["no numbers", "~SEQ(i) $i", ["a.conf:1:1: error: ~SEQ takes one to three numbers [E109]"]],
  ["four numbers", "~SEQ(i,1,1,1,1) $i", ["a.conf:1:1: error: ~SEQ takes one to three numbers [E109]"]],
  ["no )", "~SEQ(i,1,2 $i", ["a.conf:1:1: error: ~SEQ without ) [E109]"]],
  ["hexadecimal below 0", "~SEQx(i,1,-1) $i", ["a.conf:1:1: error: ~SEQx with negative numbers [E109]"]],
  ["too many lines", "~SEQ(i,1,100001) $i", ["a.conf:1:1: error: ~SEQ makes 100001 lines: at most 100000 [E109]"]],
  ["~LST with surplus values", "~LST({a}, {1,2}) $a", ["a.conf:1:14: error: ~LST with more values than names [E109]"]],
  ["~LST without values", "~LST(a) $a", ["a.conf:1:1: error: ~LST without values [E109]"]],
  ["~LST with a wrong name", "~LST({a,1}, {1,2}) $a", ["a.conf:1:9: error: ~LST with '1' for a name [E109]"]],
  ["~LST with blanks", "~LST(a, b c) $a", ["a.conf:1:9: error: ~LST with a blank inside a value [E109]"]],
  ["~LST with unbalanced braces", "~LST({a, b) $a", ["a.conf:1:1: error: ~LST with braces that do not match [E109]"]],
  ["a parameter of several lines", "$A=1\\\n2\n~SEQ(i,1,$A) $i", ["a.conf:3:6: error: definition of several lines as a parameter [E109]"]],
];

const TREE = {
  "sub/a.inc": "A",
  "sub/b.inc": "B\ninclude c.conf",
  "sub/c.conf": "C",
  "sub/d.inc/": "",
  "sub/x.inc": "X",
  "sub/y.fifo": "Y",
  "sub/sp ace.conf": "S",
  "/abs/z.conf": "Z",
};
const FILES = { files: TREE, executable: ["sub/x.inc"], unreadable: ["sub/u.conf"] };
const MISSING = "no file 'n.conf' to include";

// deno-fmt-ignore
const INCLUDES: Row[] = [
  ["a file, in place", "x\ninclude sub/a.inc\ny", ["x", "A", "y"], FILES],
  ["relative to the including file", "include sub/b.inc", ["B", "C"], FILES],
  ["absolute", "include /abs/z.conf", ["Z"], FILES],
  ["the rest of the line, unquoted", "include sub/sp ace.conf\ninclude \"sub/a.inc\"", ["S", "a.conf:2:9: warning: no file '\"sub/a.inc\"' to include [W603]"], FILES],
  ["a pattern, without directories and executables", "include sub/*.inc", ["A", "B", "C",
    "a.conf:1:9: warning: not including 'sub/d.inc/': it is a directory [W604]",
    "a.conf:1:9: warning: not including 'sub/x.inc': it is executable [W604]"], FILES],
  ["includer refuses those", "includer sub/[d-y].*", [
    "a.conf:1:10: error: not including 'sub/d.inc/': it is a directory [E125]",
    "a.conf:1:10: error: not including 'sub/x.inc': it is executable [E125]",
    "a.conf:1:10: error: not including 'sub/y.fifo': it is not a plain file [E125]"], FILES],
  ["alternatives", "include sub/{b,a}.inc", ["B", "C", "A"], FILES],
  ["nested alternatives", "include {sub/{a,b}.inc,/abs/z.conf}", ["A", "B", "C", "Z"], FILES],
  ["too many alternatives", `include ${"{a,b}".repeat(14)}`, ["a.conf:1:9: error: more than 10000 alternatives [E123]"]],
  ["a missing alternative", "include sub/{a,n}.inc\nincludem sub/{a,n}.inc\nincludeb sub/{a,n}.inc", ["A", "A", "A",
    "a.conf:1:9: warning: no file 'sub/n.inc' to include [W603]",
    "a.conf:2:10: warning: no file 'sub/n.inc' to include [W603]",
    "a.conf:3:10: error: no file 'sub/n.inc' to include [E124]"], FILES],
  ["a missing file", "include n.conf\nincluder n.conf\nincludem n.conf\nincludew n.conf\nincludeb n.conf\nincludea n.conf", [
    `a.conf:1:9: warning: ${MISSING} [W603]`, `a.conf:2:10: warning: ${MISSING} [W603]`,
    `a.conf:3:10: error: ${MISSING} [E124]`, `a.conf:4:10: error: ${MISSING} [E124]`,
    `a.conf:5:10: warning: ${MISSING} [W603]`, `a.conf:6:10: error: ${MISSING} [E124]`], FILES],
  ["a pattern without matches", "include *.no\nincludem *.no\nincludew *.no\nincludea *.no", [
    "a.conf:1:9: warning: no file '*.no' to include [W603]", "a.conf:2:10: warning: no file '*.no' to include [W603]",
    "a.conf:3:10: error: no file '*.no' to include [E124]", "a.conf:4:10: error: no file '*.no' to include [E124]"], FILES],
  ["without a name", "include\ninclude # x", ["a.conf:1:1: error: include without a file name [E126]", "a.conf:2:1: error: include without a file name [E126]"]],
  ["another word", "included x", ["included|x"]],
  ["with a definition", "$D=sub\ninclude ${D}/a.inc", ["A"], FILES],
  ["unreadable", "include sub/u.conf", ["a.conf:1:9: error: cannot read 'sub/u.conf': EACCES [E121]"], { ...FILES, files: { "sub/u.conf": "" } }],
  ["a block over two files", "a {\ninclude e.conf\nc", ["a", "{", "b", "}", "c"], { files: { "e.conf": "b\n}" } }],
  ["itself", "include ./a.conf\nb", ["b", "a.conf:1:9: error: './a.conf' includes itself [E122]"], { files: { "./a.conf": "" } }],
  ["itself through another", "include b.conf\nc", ["c", "b.conf:1:9: error: 'a.conf' includes itself [E122]"], { files: { "b.conf": "include a.conf" } }],
  ["twice is no loop", "include sub/a.inc\ninclude sub/a.inc", ["A", "A"], FILES],
];

const TABLES = { LINES, DEFINITIONS, BUILT_IN, CONDITIONS, SEQUENCES, INCLUDES };
for (const [table, rows] of Object.entries(TABLES)) {
  for (const [rule, text, expected, world] of rows) {
    Deno.test(`Reader ${table.toLowerCase()}: ${rule}`, () => {
      assertEquals(readLines(text, world), expected);
    });
  }
}

Deno.test("Reader bounds: includes nest 32 deep", () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`${i}.conf`, `line${i}\ninclude ${i + 1}.conf`]),
  );
  const lines = readLines("include 0.conf", { files });
  assertEquals(lines.length, 32);
  assertEquals(lines.at(-1), "30.conf:2:9: error: includes nested more than 32 deep [E123]");
});

Deno.test("Reader bounds: definitions nest 32 deep", () => {
  const text = Array.from({ length: 40 }, (_, i) => `$A${i}=~SEQ(i,1,1) $A${i + 1}\n`).join("");
  assertEquals(readLines(`${text}$A0`), [
    "a.conf:17:6: error: definitions and sequences nested more than 32 deep (used at a.conf:41) [E108]",
  ]);
});

Deno.test("Reader bounds: a million lines in all", () => {
  const text = "~SEQ(i,1,1000) ~SEQ(j,1,1000) ~SEQ(k,1,1000) x";
  const complaints = readLines(text).filter((line) => line.includes("E108"));
  assertEquals(complaints, ["a.conf:1:46: error: more than 1000000 lines [E108]"]);
});

Deno.test("Reader bounds: exponential definitions end", () => {
  const text = Array.from({ length: 30 }, (_, i) => `$A${i}=\${A${i + 1}}\${A${i + 1}}\n`).join("");
  assertEquals(readLines(`${text}$A30=x\n$A0`).length, 1);
});

Deno.test("Reader bounds: a million lines of one file", () => {
  assertEquals(readLines("\n".repeat(1_000_001)), [
    "a.conf:1000001:1: error: more than 1000000 lines [E108]",
  ]);
});

Deno.test("Reader bounds: ten thousand files", () => {
  const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x${i}.inc`, "a"]));
  const lines = readLines("include *.inc", { files });
  assertEquals([lines.length, lines.at(-1)], [
    10_000,
    "a.conf:1:9: error: more than 10000 files [E123]",
  ]);
});
