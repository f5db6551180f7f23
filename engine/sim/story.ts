/**
 * A run as text for a terminal: the story, who is what in the end, and the verdict.
 *
 * @module
 */
import { stateWord } from "../log.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import type { Host } from "./host.ts";
import { INVARIANTS, type Violation } from "./invariants.ts";
import type { World } from "./world.ts";

/** The hosts at the end, as lines in columns. */
export function describeRoles(world: World): string[] {
  return [...world.hosts.values()].flatMap((host) => describeHost(host));
}

function describeHost(host: Host): string[] {
  const held = [...host.kernel.virtualAddresses()];
  const holds = held.length > 4 ? `${held.length} addresses` : held.join(" ") || "nothing";
  if (!host.isRunning) return [`${host.name.padEnd(8)}  stayd does not run     holds ${holds}`];
  return (host.config?.vrrpInstances ?? []).map((instance) => {
    const state = stateWord(host.stateOf(vrrpInstanceIdentity(instance)));
    const name = `(${instance.name})`;
    return `${host.name.padEnd(8)}  ${name} ${state.padEnd(7)} priority ` +
      `${String(instance.priority).padEnd(3)}  holds ${holds}`;
  });
}

/** What the judges said. */
export function describeVerdict(violation: Violation | undefined, seed: number): string[] {
  if (!violation) return [`All ${Object.keys(INVARIANTS).length} invariants held.`];
  const { invariant, atMs, host, text } = violation;
  return [
    `Invariant broken: ${invariant} (${INVARIANTS[invariant]})`,
    `  at ${(atMs / 1_000).toFixed(6)} s, on ${host}, with seed ${seed}: ${text}`,
  ];
}
