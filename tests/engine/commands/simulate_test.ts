/**
 * `stayd simulate`: what it prints and how it ends.
 *
 * @module
 */
import { INVARIANTS } from "../../../engine/sim/court.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { simulateCommand } from "../../../engine/commands/simulate.ts";
import { simulatedDemo } from "../../../engine/sim/demo.ts";
import { parseScenario } from "../../../engine/sim/scenario_file.ts";
import { SCENARIOS } from "../../../engine/sim/scenarios.ts";
import { decodePcap } from "../../../net/packet/pcap.ts";

async function simulate(...args: readonly string[]) {
  let [out, complaints] = ["", ""];
  const status = await simulateCommand(
    args,
    (text) => void (out += text),
    (text) => void (complaints += text),
  );
  return { status, out, complaints };
}

Deno.test("simulate: a built-in scenario as a timeline, with roles and verdict", async () => {
  const { status, out, complaints } = await simulate("resign");
  assertEquals([status, complaints], [0, ""]);
  assertStringIncludes(
    out,
    "    6.609475 s  b         (VI_1) MASTER: the active router resigned\n",
  );
  assertStringIncludes(out, "client    finds 192.0.2.100 at b\n");
  assertStringIncludes(out, `All ${Object.keys(INVARIANTS).length} invariants held.\n`);
});

Deno.test("simulate: --transcript", async () => {
  const { status, out } = await simulate("--transcript", "resign");
  assertEquals(status, 0);
  assertStringIncludes(out, "[51] ADVERTISEMENT 0 from 192.0.2.1: backup(hearing allowed) => ");
});

Deno.test("simulate: --list names every scenario with its title", async () => {
  const { status, out } = await simulate("--list");
  assertEquals(status, 0);
  for (const [name, { title }] of Object.entries(SCENARIOS)) {
    assert(out.split("\n").some((line) => line.startsWith(`${name} `) && line.endsWith(title)));
  }
});

Deno.test("simulate: --json prints what parseScenario reads", async () => {
  const { status, out } = await simulate("--json", "partition");
  assertEquals(status, 0);
  const scenario = parseScenario(out);
  assert(!("wrong" in scenario));
  assertEquals(scenario.title, SCENARIOS.partition?.title);
});

Deno.test("simulate: --seed changes what chance does", async () => {
  const runs = await Promise.all(["1", "2", "2"].map((seed) => simulate("lossy", "--seed", seed)));
  const [one, two, again] = runs.map(({ out }) => out);
  assert(one !== two);
  assertEquals(two, again);
});

Deno.test("simulate: a scenario file, and --pcap", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [file, pcap] = [`${folder}/scenario.json`, `${folder}/frames.pcap`];
    await Deno.writeTextFile(file, JSON.stringify({ ...SCENARIOS.resign, title: "From a file" }));
    const { status, out } = await simulate(file, "--pcap", pcap);
    assertEquals(status, 0);
    assertStringIncludes(out, "From a file\n");
    const capture = decodePcap(await Deno.readFile(pcap));
    assert(typeof capture !== "string");
    // Advertisements at 3.4 s … 5.4 s, priority 0, then b's; five ARPs each.
    assertEquals(capture.packets.length, 3 + 5 + 1 + 2 + 5);
    assertEquals(capture.packets[0]?.timeSec, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

// deno-fmt-ignore
const WRONG: [args: string[], complaint: string][] = [
  [["--speed"], "stayd simulate: unknown option --speed\n"],
  [["a", "b"], "stayd simulate: more than one scenario\n"],
  [["--seed", "x"], "stayd simulate: --seed needs a number\n"],
  [["--json", "mine"], "stayd simulate: mine: no built-in scenario\n"],
  [["--pcap"], "stayd simulate: --pcap needs a file\n"],
  [["/nowhere"], "stayd simulate: /nowhere: no built-in scenario (election, "],
];
for (const [args, complaint] of WRONG) {
  Deno.test(`simulate: refuses ${args.join(" ")}`, async () => {
    const { status, out, complaints } = await simulate(...args);
    assertEquals([status, out], [2, ""]);
    assert(complaints.startsWith(complaint), complaints);
  });
}

Deno.test("simulate: refuses a wrong scenario file with everything that is wrong", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, JSON.stringify({ ...SCENARIOS.resign, title: 1, rows: [1] }));
    const { status, complaints } = await simulate(file);
    assertEquals(status, 2);
    assertStringIncludes(complaints, `stayd simulate: ${file}: title: a text is missing\n`);
    assertStringIncludes(complaints, `stayd simulate: ${file}: rows[0]: not a list\n`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("simulatedDemo: kill, return and stop, each as fast as the protocol allows", () => {
  let out = "";
  assert(simulatedDemo((text) => void (out += text)));
  const rows = [...out.matchAll(/after ([\d.]+) ms; the protocol's ideal is ([\d.]+) ms/g)];
  assertEquals(rows.map(([, measured]) => measured), ["2823.538", "609.475"]);
  assertEquals(rows.map(([, , ideal]) => ideal), ["2823.538", "609.475"]);
});
