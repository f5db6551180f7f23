/**
 * `stayd chart`: what it prints, and how it ends.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chartJson } from "../../../engine/chart.ts";
import { chartMermaid } from "../../../engine/chart_mermaid.ts";
import { chartCommand, MACHINES } from "../../../engine/commands/chart.ts";
import { worker } from "../../../machines/worker.ts";

async function run(...args: string[]) {
  let [printed, complained] = ["", ""];
  const status = await chartCommand(
    args,
    (text) => printed += text,
    (text) => complained += text,
  );
  return { status, printed, complained };
}

Deno.test("chartCommand: without a machine it lists them", async () => {
  const { status, printed, complained } = await run();
  assertEquals([status, complained], [0, ""]);
  const names = printed.trimEnd().split("\n").map((line) => line.split(/\s+/)[0]);
  assertEquals(names, [
    "system",
    "worker",
    "vrrp_instance",
    "sync_group",
    "file_tracker",
    "process_tracker",
    "script_tracker",
    "bfd_session",
    "load_balancer",
    "shelf",
    "virtual_server",
    "real_server",
    "checker",
    "vrrp_mirror",
  ]);
});

for (const format of [[], ["--format", "mermaid"], ["--format=mermaid"], ["-f", "mermaid"]]) {
  Deno.test(`chartCommand ${format.join(" ")}: Mermaid`, async () => {
    const expected = { status: 0, printed: chartMermaid(worker), complained: "" };
    assertEquals(await run(...format, "worker"), expected);
    assertEquals(await run("worker", ...format), expected);
  });
}

Deno.test("chartCommand --format json", async () => {
  const expected = { status: 0, printed: chartJson(worker), complained: "" };
  assertEquals(await run("--format", "json", "worker"), expected);
});

Deno.test("chartCommand --format svg", async () => {
  const { status, printed } = await run("--format", "svg", "worker");
  assertEquals(status, 0);
  assert(printed.startsWith("<?xml") && printed.endsWith("</svg>\n"));
});

Deno.test("chartCommand: an unknown machine is an error that names the known ones", async () => {
  for (const name of ["vrrp", "toString", "__proto__"]) {
    const { status, printed, complained } = await run(name);
    assertEquals([status, printed], [1, ""]);
    assertEquals(
      complained,
      `stayd chart: unknown machine ${name}: known are ${Object.keys(MACHINES).join(", ")}\n`,
    );
  }
});

for (const args of [["--format", "png", "worker"], ["--frobnicate"], ["worker", "system"]]) {
  Deno.test(`chartCommand ${args.join(" ")}: cannot be understood`, async () => {
    const { status, printed, complained } = await run(...args);
    assertEquals([status, printed], [2, ""]);
    assertStringIncludes(complained, "Usage: stayd chart");
  });
}

Deno.test("chartCommand --help", async () => {
  const { status, printed } = await run("--help");
  assertEquals(status, 0);
  assertStringIncludes(printed, "Usage: stayd chart");
});
