/**
 * Many BFD sessions between two hosts, each of addresses of its own.
 *
 * @module
 */
import type { SessionText } from "../tests/lab/bfd_peers.ts";
import { DEVICE, type Host, type Lab, station } from "../tests/lab/lab.ts";
import { ip } from "../net/address.ts";

/** Of every session. */
const INTERVAL_MS = 100;
const MULT = 3;

function addressOf(host: Host, index: number): string {
  return `10.${host === "r1" ? 81 : 82}.${index >> 8}.${index & 255}`;
}

/** Gives r1 and r2 their addresses. */
export async function addCrowd(lab: Lab, count: number): Promise<void> {
  for (const [host, other] of [["r1", "r2"], ["r2", "r1"]] as const) {
    const mac = station(other).mac;
    // Neighbours that are permanent do not count among the kernel's 1,024.
    const lines = Array.from({ length: count }, (_, i) => [
      `addr add ${addressOf(host, i + 1)}/8 dev ${DEVICE}`,
      `neigh replace ${addressOf(other, i + 1)} lladdr ${mac} dev ${DEVICE} nud permanent`,
    ]).flat();
    await lab.runAt(host, ["sh", "-c", `ip -batch - <<'X'\n${lines.join("\n")}\nX`]);
  }
}

/** The sessions of one of them. */
export function crowdOf(local: "r1" | "r2", count: number): SessionText[] {
  const remote = local === "r1" ? "r2" : "r1";
  return Array.from({ length: count }, (_, i) => ({
    local: ip(addressOf(local, i + 1)),
    remote: ip(addressOf(remote, i + 1)),
    txMs: INTERVAL_MS,
    rxMs: INTERVAL_MS,
    mult: MULT,
  }));
}
