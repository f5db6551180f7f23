import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { judgeFile, probeFile } from "../../checkers/file.ts";
import type { Finding } from "../../checkers/probe.ts";
import { gist, ProbeLab } from "./probe_lab.ts";
import { octets } from "./servers.ts";

const passed: Finding = { outcome: "passed" };
const down = (detail: string): Finding => ({ outcome: "failed", reason: "file says down", detail });
const weight = (value: number): Finding => ({
  outcome: "passed",
  weight: { kind: "relative", value },
});
const unknown: Finding = {
  outcome: "undecided",
  reason: "file not readable",
  detail: "number out of bounds",
};

// deno-fmt-ignore
const rows: [content: string, weight: number, reversed: boolean, Finding][] = [
  ["0",            0,  false, passed],
  ["1",            0,  false, down("1")],
  ["-7",           0,  false, down("-7")],
  ["",             0,  false, passed],
  ["junk 5",       0,  false, passed],
  ["1",            0,  true,  passed],
  ["0",            0,  true,  down("0")],
  ["",             0,  true,  down("0")],
  ["5",            10, false, weight(50)],
  ["5\n",          10, true,  weight(-50)],
  ["-5",           10, false, weight(-50)],
  ["0",            -1, false, weight(0)],
  ["0x10",         1,  false, weight(16)],
  ["010",          1,  false, weight(8)],
  ["08",           1,  false, weight(0)],
  ["0",            1,  false, weight(0)],
  [" \t\n +12abc", 1,  false, weight(12)],
  ["12.9",         1,  false, weight(12)],
  ["2147483647",   2,  false, weight(2147483647)],
  ["-2147483648",  1,  false, down("-2147483648")],
  ["-2147483647",  1,  false, weight(-2147483647)],
  ["-2147483647",  2,  false, down("-2147483647")],
  ["2147483648",   1,  false, unknown],
  ["99999999999999999999", 1, false, unknown],
  [" ".repeat(126) + "12", 1, false, weight(1)],
  [" ".repeat(127) + "12", 1, false, weight(0)],
];
for (const [content, factor, reversed, expected] of rows) {
  Deno.test(`judgeFile: ${JSON.stringify(content.slice(-24))} × ${factor}${reversed ? " reversed" : ""}`, () => {
    assertEquals(judgeFile(octets(content), { weight: factor, reversed }), expected);
  });
}

Deno.test("judgeFile: any octets are read, and weights fit 32 bits", () => {
  const factor = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
  fc.assert(fc.property(fc.uint8Array(), factor, fc.boolean(), (content, weight, reversed) => {
    const finding = judgeFile(content, { weight, reversed });
    if (finding.outcome !== "passed" || !finding.weight) return;
    assertEquals(finding.weight.value | 0, finding.weight.value);
  }));
});

Deno.test("probeFile reads a file", async () => {
  const path = await Deno.makeTempFile();
  const options = { path, weight: 0, reversed: false };
  await using lab = new ProbeLab();
  const look = async () =>
    gist(await lab.start("script", (context) => probeFile(options, context)));
  assertEquals(await look(), "passed");
  await Deno.writeTextFile(path, "3\n");
  assertEquals(await look(), "failed: file says down (3)");
  await Deno.writeTextFile(path, "x".repeat(100_000));
  assertEquals(await look(), `undecided: file not readable (read ${path}: EFBIG)`);
  await Deno.remove(path);
  assertEquals(await look(), "passed");
});
