/**
 * Packet filters of a host, as nftables tells.
 *
 * @module
 */
import type { Host, Lab } from "./lab.ts";

/** All tables of a host, sorted by name and family: in which order they were made means nothing. */
export async function rulesetOf(lab: Lab, host: Host): Promise<string[]> {
  const shown = await lab.runAt(host, ["nft", "list", "ruleset"]);
  return shown.split(/^(?=table )/m).filter((table) => table !== "").toSorted();
}

/** Whether somebody at `from` gets an answer from an address. */
export async function answers(lab: Lab, from: Host, address: string): Promise<boolean> {
  const where = address.startsWith("fe80") ? `${address}%eth0` : address;
  try {
    await lab.runAt(from, ["ping", "-n", "-c", "1", "-W", "1", where]);
    return true;
  } catch {
    return false;
  }
}
