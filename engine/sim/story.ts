/**
 * A run as text for a terminal: the story, who is what in the end, and the verdict.
 *
 * @module
 */
import { stateWord } from "../log.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import { type Client, CLIENT_NAME } from "./client.ts";
import type { Host } from "./host.ts";
import { INVARIANTS, type Violation } from "./court.ts";
import type { World } from "./world.ts";

/** Hosts and clients at the end, as lines in columns. */
export function describeRoles(world: World): string[] {
  return [
    ...[...world.hosts.values()].flatMap((host) => describeHost(host)),
    ...[...world.clients.values()].flatMap((client) => describeClient(world, client)),
  ];
}

/** Where a client finds the addresses: one line for each host. */
function describeClient(world: World, { neighbors }: Client): string[] {
  const byMac = Map.groupBy(neighbors, ([, mac]) => mac);
  return [...byMac].map(([mac, known]) => {
    const host = world.hostWith(mac);
    const ips = known.map(([ip]) => ip);
    const lost = ips.filter((ip) => !host?.kernel.virtualAddresses.has(ip)).length;
    const note = lost === 0 ? "" : `, which does not hold ${lost === ips.length ? "it" : "all"}`;
    const what = ips.length > 4 ? `${ips.length} addresses` : ips.join(" ");
    return `${CLIENT_NAME.padEnd(8)}  finds ${what} at ${host?.name ?? mac}${note}`;
  });
}

function describeHost(host: Host): string[] {
  const held = [...host.kernel.virtualAddresses];
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
