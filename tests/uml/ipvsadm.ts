/**
 * The table as `ipvsadm --save --numeric` prints it.
 *
 * @module
 */
import type { IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import {
  familyOfService,
  type IpvsService,
  type IpvsServiceKey,
} from "../../net/netlink/ipvs_service.ts";

/** The lines, sorted. */
export function ipvsadmLines(table: readonly [IpvsService, IpvsDestination[]][]): string[] {
  return table.flatMap(([service, destinations]) => [
    serviceLine(service),
    ...destinations.map((each) => destinationLine(service.key, each)),
  ]).sort();
}

const PROTOCOL_FLAGS = { tcp: "-t", udp: "-u", sctp: "--sctp-service" } as const;

function endpoint(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function keyWords(key: IpvsServiceKey): string {
  if (key.kind === "fwmark") return `-f ${key.mark}${key.family === 6 ? " -6" : ""}`;
  return `${PROTOCOL_FLAGS[key.protocol]} ${endpoint(key.ip, key.port)}`;
}

function serviceLine({ key, scheduler, schedulerFlags, onePacket, persistence }: IpvsService) {
  const words = [`-A ${keyWords(key)} -s ${scheduler}`];
  if (persistence) words.push(`-p ${persistence.timeoutSec}`);
  if (persistence) words.push(...granularityWords(key, persistence.granularity));
  if (onePacket) words.push("-o");
  if (schedulerFlags !== 0) words.push(`-b ${flagWords(scheduler, schedulerFlags)}`);
  return words.join(" ");
}

/** The finest granularity is not printed. */
function granularityWords(key: IpvsServiceKey, granularity: number): string[] {
  if (familyOfService(key) === 6) return granularity === 128 ? [] : [`-M ${granularity}`];
  const octets = [24, 16, 8, 0].map((shift) => (granularity >>> shift) & 0xff);
  return granularity === 0xffffffff ? [] : [`-M ${octets.join(".")}`];
}

function flagWords(scheduler: string, flags: number): string {
  const names = scheduler === "sh"
    ? ["sh-fallback", "sh-port", "flag-3"]
    : ["flag-1", "flag-2", "flag-3"];
  return names.filter((_, i) => (flags & (0x08 << i)) !== 0).join(",");
}

function destinationLine(key: IpvsServiceKey, destination: IpvsDestination): string {
  const { ip, port, forwarding, weight } = destination;
  const words = [`-a ${keyWords(key)} -r ${endpoint(ip, port)}`];
  words.push({ nat: "-m", direct: "-g", tunnel: "-i", local: "-?", bypass: "-?" }[forwarding.kind]);
  words.push(`-w ${weight}`);
  if (forwarding.kind === "tunnel") {
    const { encapsulation, checksum } = forwarding;
    words.push(`--tun-type ${encapsulation}`);
    if (forwarding.port !== undefined) words.push(`--tun-port ${forwarding.port}`);
    const csum = { none: "nocsum", whole: "csum", remote: "remcsum" }[checksum];
    if (encapsulation !== "ipip") words.push(`--tun-${csum}`);
  }
  return words.join(" ");
}
