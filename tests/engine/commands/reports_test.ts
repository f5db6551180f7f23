import { assert, assertEquals } from "@std/assert";
import { gather } from "../../../engine/commands/reports/findings.ts";
import { REPORTS } from "../../../engine/commands/reports/report.ts";
import { entryOf, isPublishedCode } from "../../../engine/config/codes.ts";
import type { Diagnostic } from "../../../engine/config/diagnostic.ts";
import { instanceText, load } from "../config/harness.ts";

const ERROR: Diagnostic = {
  severity: "error",
  code: "E-block-001",
  file: "/etc/a b,c:d.conf",
  line: 4,
  column: 2,
  message: "unknown keyword '50%\nx'",
  hint: "did you mean 'y'?",
  sourceLine: " 50%",
};
const WARNING: Diagnostic = {
  severity: "warning",
  code: "W-value-003",
  file: "b.conf",
  line: 1,
  column: 1,
  message: "corrected",
};
const COMMAND_LINE: Diagnostic = { ...WARNING, code: "W-allow-002", file: "(command line)" };

function report(form: string, diagnostics: readonly Diagnostic[]): string {
  return REPORTS[form]?.(gather([diagnostics]), { isColoured: false }) ?? "";
}

Deno.test("gather counts, and keeps what several files say alike once", () => {
  const { diagnostics, errorCount, warningCount } = gather([[ERROR, WARNING], [WARNING], []]);
  assertEquals([diagnostics, errorCount, warningCount], [[ERROR, WARNING], 1, 1]);
});

Deno.test("report github", () => {
  assertEquals(
    report("github", [ERROR, WARNING]),
    "::error file=/etc/a b%2Cc%3Ad.conf,line=4,col=2,title=E-block-001" +
      "::unknown keyword '50%25%0Ax' (did you mean 'y'?)\n" +
      "::warning file=b.conf,line=1,col=1,title=W-value-003::corrected\n",
  );
});

Deno.test("report json", () => {
  assertEquals(JSON.parse(report("json", [ERROR, WARNING])), {
    errors: 1,
    warnings: 1,
    findings: [
      { ...ERROR, title: "unknown keyword" },
      { ...WARNING, title: "value corrected" },
    ],
  });
});

Deno.test("report of nothing", () => {
  assertEquals([report("human", []), report("github", [])], ["", ""]);
  assertEquals(JSON.parse(report("json", [])), { errors: 0, warnings: 0, findings: [] });
  assertEquals(JSON.parse(report("sarif", [])).runs[0].results, []);
});

Deno.test("report human, in colours and without", () => {
  assertEquals(
    report("human", [ERROR]),
    "/etc/a b,c:d.conf:4:2: error: unknown keyword '50%?x' (did you mean 'y'?) [E-block-001]\n" +
      "    4 |  50%\n      |  ^\n1 error, 0 warnings\n",
  );
  const coloured = REPORTS["human"]?.(gather([[ERROR]]), { isColoured: true }) ?? "";
  assertEquals(coloured.replaceAll(/\x1b\[[0-9;]*m/g, ""), report("human", [ERROR]));
});

/** What the schema of SARIF 2.1.0 asks of the objects that we write; problems. */
function sarifProblems(text: string): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, what: string) => void (holds || problems.push(what));
  const log = JSON.parse(text);
  expect(Object.keys(log).every((key) => ["$schema", "version", "runs"].includes(key)), "§3.13");
  expect(log.version === "2.1.0" && Array.isArray(log.runs), "§3.13.2, §3.13.4");
  for (const { tool, columnKind, results } of log.runs) {
    const { name, version, rules } = tool.driver;
    expect(typeof name === "string" && name !== "", "§3.19.8 name");
    expect(/^\d+\.\d+\.\d+/.test(version), "§3.19.13 version");
    expect(["utf16CodeUnits", "unicodeCodePoints"].includes(columnKind), "§3.14.17");
    const ids = rules.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size === ids.length, "§3.19.23 rules are unique");
    for (const { id, shortDescription, fullDescription, help, defaultConfiguration } of rules) {
      expect(isPublishedCode(id), `§3.49.3 ${id}`);
      for (const message of [shortDescription, fullDescription, help]) {
        expect(typeof message.text === "string" && message.text !== "", "§3.12 multiformat");
      }
      expect(LEVELS.includes(defaultConfiguration.level), "§3.50.3");
    }
    for (const { ruleId, ruleIndex, level, message, locations } of results) {
      expect(ids[ruleIndex] === ruleId, "§3.27.6 ruleIndex");
      expect(LEVELS.includes(level), "§3.27.10 level");
      expect(typeof message.text === "string" && message.text !== "", "§3.11.8 text");
      for (const { physicalLocation: { artifactLocation, region } } of locations) {
        const { uri } = artifactLocation;
        expect(/^[\w.~%!$&'()*+,;=:@/-]+$/.test(uri), `§3.4.3 ${uri} is no URI reference`);
        expect(new URL(uri, "file:///x/").href !== "", "§3.4.3");
        expect(region.startLine >= 1 && region.startColumn >= 1, "§3.30.5, §3.30.6");
      }
    }
  }
  return problems;
}
const LEVELS = ["none", "note", "warning", "error"];

Deno.test("report sarif keeps to the schema", () => {
  const { diagnostics } = load(instanceText("frob\nadvert_int 1.5\npriority 300") + "}\nx {");
  assert(diagnostics.length > 3);
  for (const each of [diagnostics, [ERROR, WARNING, WARNING, COMMAND_LINE], []]) {
    assertEquals(sarifProblems(report("sarif", each)), []);
  }
});

Deno.test("report sarif: paths are URIs, findings about options have no place", () => {
  const [run] = JSON.parse(report("sarif", [ERROR, COMMAND_LINE])).runs;
  assertEquals(run.results[0].locations[0].physicalLocation, {
    artifactLocation: { uri: "file:///etc/a%20b%2Cc%3Ad.conf" },
    region: { startLine: 4, startColumn: 2, snippet: { text: " 50%" } },
  });
  assertEquals([run.results[1].locations, run.results[1].level], [[], "warning"]);
  assertEquals(run.tool.driver.rules[0].fullDescription.text, entryOf("E-block-001").explanation);
});

Deno.test("report sarif: what breaks the rules is found", () => {
  const good = report("sarif", [ERROR]);
  const broken = [
    good.replace('"2.1.0"', '"2.0.0"'),
    good.replace('"ruleIndex": 0', '"ruleIndex": 1'),
    good.replace('"startLine": 4', '"startLine": 0'),
    good.replace("a%20b", "a b"),
    good.replaceAll('"error"', '"fatal"'),
  ];
  for (const text of broken) assert(sarifProblems(text).length > 0, text);
});
