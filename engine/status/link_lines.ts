/**
 * One interface in the state file.
 *
 * @module
 */
import { familyOf, type Ip } from "../../net/address.ts";
import { type Config, vrrpInstanceIdentity } from "../../machines/config.ts";
import type { InstanceStatus, LinkStatus, ProcessStatus } from "./process_status.ts";

/** IFF_*: the first two as the names of states, the rest where they are unusual. */
const IFF = { up: 0x1, broadcast: 0x2, loopback: 0x8, pointToPoint: 0x10, running: 0x40 };
const IFF_NOARP = 0x80;
const IFF_MULTICAST = 0x1000;
const ARPHRD: Readonly<Record<number, string>> = {
  1: "ETHERNET",
  32: "INFINIBAND",
  772: "LOOPBACK",
};
const US_PER_MS = 1_000;
/** As keepalived has it for the own interface of an instance that does not track it. */
const UNTRACKED = 255;

/** The lines of an interface. */
export function linkLines(
  config: Config,
  { instances, links }: ProcessStatus,
  link: LinkStatus,
): string[] {
  const { name, index, addresses, mac, mtuBytes, hardwareType } = link;
  const delays = config.interfaceDelays.find((each) => each.interface === name);
  const v4 = addresses.filter((ip) => familyOf(ip) === 4);
  const v6 = addresses.filter((ip) => familyOf(ip) === 6 && ip.startsWith("fe80:"));
  const trackers = trackersOf(config, instances, name);
  const below = links.find((each) => each.index === link.made?.parentIndex);
  return [
    ` Name = ${name}`,
    `   index = ${index}`,
    ...addressLines("IPv4", v4),
    ...addressLines("IPv6", v6),
    ...(mac === undefined || hardwareType !== 1
      ? []
      : [`   MAC = ${mac}`, "   MAC broadcast = ff:ff:ff:ff:ff:ff"]),
    `   State = ${states(link.flags)}`,
    `   Up debounce timer = ${(delays?.upMs ?? 0) * US_PER_MS}us`,
    `   Down debounce timer = ${(delays?.downMs ?? 0) * US_PER_MS}us`,
    ...(link.made && below ? madeLines(link.made.kind, below) : []),
    `   MTU = ${mtuBytes}`,
    `   HW Type = ${ARPHRD[hardwareType] ?? "UNKNOWN"}`,
    "   NIC netlink status update",
    ...(trackers.length === 0 ? [] : ["   Tracking VRRP instances :", ...trackers]),
  ];
}

function madeLines(kind: string, below: LinkStatus): string[] {
  const type = kind === "macvlan" ? "VMAC type private" : "IPVLAN";
  return [
    `   ${type}, underlying interface = ${below.name}, state = ${states(below.flags)}`,
    "   I/f created by keepalived", // As whoever reads the file looks for it.
  ];
}

function addressLines(family: string, [first, ...more]: readonly Ip[]): string[] {
  const lines = [`   ${family} address = ${first ?? "(none)"}`];
  if (more.length === 0) return lines;
  return [...lines, `   Additional ${family} addresses :`, ...more.map((each) => `     ${each}`)];
}

function states(flags: number): string {
  const has = (bit: number) => (flags & bit) !== 0;
  return [
    has(IFF.up) ? "UP" : "DOWN",
    has(IFF.running) ? "RUNNING" : "not RUNNING",
    ...(has(IFF.broadcast) ? [] : ["no broadcast"]),
    ...(has(IFF.loopback) ? ["loopback"] : []),
    ...(has(IFF.pointToPoint) ? ["point to point"] : []),
    ...(has(IFF_NOARP) ? ["no arp"] : []),
    ...(has(IFF_MULTICAST) ? [] : ["no multicast"]),
  ].join(", ");
}

function trackersOf(
  { vrrpInstances }: Config,
  statuses: readonly InstanceStatus[],
  name: string,
): string[] {
  const made = new Map(statuses.map(({ id, own }) => [id, own?.name]));
  return vrrpInstances.flatMap((instance) => {
    const isOwn = instance.interface === name || made.get(vrrpInstanceIdentity(instance)) === name;
    const track = instance.tracks.find((each) => each.kind === "interface" && each.name === name);
    if (!isOwn && !track) return [];
    const weight = isOwn ? (instance.tracksInterface ? 0 : UNTRACKED) : track?.weight ?? 0;
    return [`     ${instance.name}, weight ${weight}`];
  });
}
