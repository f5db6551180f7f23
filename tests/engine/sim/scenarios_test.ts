/**
 * The built-in scenarios: every one holds all invariants, ends as its title says, and runs exactly
 * as its golden transcript tells.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { vrrpInstanceIdentity } from "../../../machines/config.ts";
import { SCENARIOS } from "../../../engine/sim/scenarios.ts";
import type { World } from "../../../engine/sim/world.ts";
import { readTranscript, runBuiltIn } from "./transcripts.ts";

/** Who is active at the end, by the names of scenarios. */
const WINNERS: Readonly<Record<string, string>> = {
  "election": "b",
  "failover": "a",
  "resign": "b",
  "preempt": "a",
  "nopreempt": "a",
  "preempt-delay": "a",
  "tie": "c",
  "partition": "a",
  "one-way": "a",
  "stalled-master": "a",
  "stalled-backup": "a",
  "crash-and-resume": "a",
  "crash-and-late-restart": "a",
  "reload-priority": "b",
  "reload-addresses": "a",
  "cable-cut": "a",
  "lossy": "a",
  "owner-returns": "a",
  "track-interface": "a",
  "track-script": "a",
  "track-bfd": "a",
  "sync-group": "a",
  "sync-group-crossed": "a",
  "thousand-addresses": "b",
  "balance-failover": "a",
  "balance-quorum": "a",
  "balance-bfd": "a",
  "balance-reload": "a",
};

function activeHosts({ hosts }: World): string[] {
  return [...hosts.values()].filter((host) =>
    host.config?.vrrpInstances.some((each) => host.stateOf(vrrpInstanceIdentity(each)) === "active")
  ).map(({ name }) => name);
}

for (const name of Object.keys(SCENARIOS)) {
  Deno.test(`scenario ${name}: holds, ends and runs as it must`, () => {
    const { violation, world, transcript } = runBuiltIn(name);
    assertEquals(violation, undefined);
    assertEquals(activeHosts(world), [WINNERS[name]]);
    assertEquals(transcript, readTranscript(name), "stale: rewrite with `deno task golden`");
  });
}

Deno.test("scenario: the same seed gives the same run, another gives another", () => {
  const [first, again] = [runBuiltIn("lossy"), runBuiltIn("lossy")];
  assertEquals(first.transcript, again.transcript);
});

/** When, in ms, lines with these texts stand in a transcript. */
function timesOf(name: string, ...texts: readonly string[]): number[] {
  const lines = runBuiltIn(name).transcript.split("\n");
  return lines.filter((line) => texts.every((text) => line.includes(text)))
    .map((line) => Number.parseFloat(line));
}

Deno.test("scenario §6.4.2 failover: Active_Down_Interval after the last advertisement", () => {
  // The last one left at 5414.0625 and came 0.1 ms later; 3609.375 is 3 × 1000 + 156 × 1000 / 256.
  assertEquals(timesOf("failover", "  b  ", "REPORT active"), [9_023.538]);
});

Deno.test("scenario §6.4.2 resignation: Skew_Time", () => {
  assertEquals(timesOf("resign", "  b  ", "REPORT active"), [6_609.475]);
});

Deno.test("scenario stalled master: it sends nothing and lets go in the turn it wakes up in", () => {
  assertEquals(timesOf("stalled-master", "  a  ", "RELEASE_ADDRESSES, REPORT backup"), [0, 12_000]);
  assertEquals(
    timesOf("stalled-master", "  a  ", "SEND_ADVERTISEMENT").filter((at) =>
      at > 6_000 && at < 15_000
    ),
    [],
  );
});

Deno.test("scenario stalled backup: it does not claim", () => {
  assertEquals(timesOf("stalled-backup", "  b  ", "REPORT active"), []);
});
