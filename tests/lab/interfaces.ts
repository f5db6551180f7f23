/**
 * Interfaces of a host and their settings, as the kernel shows them.
 *
 * @module
 */
import type { Host, Lab } from "./lab.ts";

interface ShownLink {
  readonly ifname: string;
  readonly link?: string;
  readonly flags: readonly string[];
  readonly address: string;
  readonly group: string;
  readonly linkinfo?: { readonly info_kind: string; readonly info_data?: unknown };
  readonly promiscuity?: number;
  readonly addr_info: readonly Readonly<Record<string, unknown>>[];
}

/** Interfaces but the loopback one, by name: what lies below, MAC, kind, flags, addresses. */
export async function interfacesOf(lab: Lab, host: Host): Promise<Record<string, unknown>> {
  const links: ShownLink[] = JSON.parse(await lab.runAt(host, ["ip", "-d", "-j", "addr"]));
  const shown = links.filter(({ ifname }) => ifname !== "lo").map((link) =>
    [link.ifname, {
      below: link.link,
      mac: link.address,
      kind: link.linkinfo,
      group: link.group,
      flags: link.flags.toSorted(),
      addresses: link.addr_info.map((address) => JSON.stringify(address)).toSorted(),
    }] as const
  );
  return Object.fromEntries(shown.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** All settings of all interfaces, `PATH = VALUE`, sorted. */
export async function settingsOf(lab: Lab, host: Host): Promise<string[]> {
  const script = "cd /proc/sys/net; grep -s . ipv4/conf/*/* ipv6/conf/*/* ipv4/igmp* || true";
  const shown = await lab.runAt(host, ["sh", "-c", script]);
  // Secrets are random.
  return shown.split("\n").filter((line) => line !== "" && !line.includes("secret")).toSorted();
}

/** Lines of `after` that `before` does not have. */
export function changed(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(before);
  return after.filter((line) => !known.has(line));
}
