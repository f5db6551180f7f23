/**
 * Services of IPVS: what clients ask for (`IPVS_CMD_ATTR_SERVICE`).
 *
 * @module
 */
import { type Family, familyOf, type Ip } from "../address.ts";
import { type Attributes, AttributeSchema, binary, text, u16, u32 } from "./attribute.ts";
import { addressFamily, ipOfUnion, maskedFlags, port, unionBytes } from "./ipvs_attribute.ts";
import { type IpvsStats, stats32, stats64, statsOf } from "./ipvs_stats.ts";

/** What a service is known by. */
export type IpvsServiceKey =
  | {
    readonly kind: "address";
    readonly protocol: IpvsProtocol;
    readonly ip: Ip;
    /** 0: all ports, for persistent services only. */
    readonly port: number;
  }
  /** Packets that the firewall marked, 1 to 2³²−1. */
  | { readonly kind: "fwmark"; readonly mark: number; readonly family: Family };

/** Transport protocols that IPVS balances. */
export type IpvsProtocol = "tcp" | "udp" | "sctp";

/** A service. */
export interface IpvsService {
  readonly key: IpvsServiceKey;
  /** Name of the scheduler: `wlc`, say. */
  readonly scheduler: string;
  /** Bits 0x08, 0x10 and 0x20 (IP_VS_SVC_F_SCHED1 to 3). */
  readonly schedulerFlags: number;
  /** Each packet is scheduled on its own; UDP and marks only. */
  readonly onePacket: boolean;
  readonly persistence?: IpvsPersistence;
}

/** A client stays with its server. */
export interface IpvsPersistence {
  /** At least 1. */
  readonly timeoutSec: number;
  /** Clients that stay together: an IPv4 netmask as a number, or an IPv6 prefix length. */
  readonly granularity: number;
  /** Name of the persistence engine; default: by address. */
  readonly engine?: string;
}

/** A service in the kernel. */
export interface IpvsServiceEntry {
  readonly service: IpvsService;
  readonly stats?: IpvsStats;
}

/** Why attributes are no service. The text is the log message and the counter's key. */
export type MalformedService = "ipvs service incomplete" | "ipvs service of an unknown protocol";

const bareShape = {
  family: { id: 1, type: addressFamily },
  protocol: { id: 2, type: u16 },
  address: { id: 3, type: binary },
  port: { id: 4, type: port },
  mark: { id: 5, type: u32 },
  scheduler: { id: 6, type: text },
  engine: { id: 11, type: text },
  flags: { id: 7, type: maskedFlags },
  timeoutSec: { id: 8, type: u32 },
  netmask: { id: 9, type: binary },
};
const shape = {
  ...bareShape,
  stats: { id: 10, type: stats32 },
  stats64: { id: 12, type: stats64 },
};
/** In the order in which keepalived sends them. */
export const serviceAttributes: AttributeSchema<typeof shape> = new AttributeSchema(shape);
/** The same without what was counted, which takes most of the time to read. */
export const bareServiceAttributes: AttributeSchema<typeof bareShape> = new AttributeSchema(
  bareShape,
);

const PERSISTENT = 0x1;
const ONE_PACKET = 0x4;
const SCHEDULER_FLAGS = 0x38;
const IPPROTO = { tcp: 6, udp: 17, sctp: 132 } as const;
const PROTOCOLS = new Map<number, IpvsProtocol>([[6, "tcp"], [17, "udp"], [132, "sctp"]]);
const GRANULARITY_MAX = { 4: 0xffffffff, 6: 128 } as const;

/** The family of what clients ask for. */
export function familyOfService(key: IpvsServiceKey): Family {
  return key.kind === "fwmark" ? key.family : familyOf(key.ip);
}

/** Text that two keys share only if they are the same service. */
export function serviceKeyText(key: IpvsServiceKey): string {
  return key.kind === "fwmark"
    ? `fwmark ${key.mark} ipv${key.family}`
    : `${key.protocol} [${key.ip}]:${key.port}`;
}

/** The attributes that only say which service is meant. */
export function keyAttributes(key: IpvsServiceKey): Attributes<typeof shape> {
  const family = familyOfService(key);
  if (key.kind === "fwmark") return { family, mark: key.mark };
  return {
    family,
    protocol: IPPROTO[key.protocol],
    address: unionBytes(key.ip),
    port: key.port,
  };
}

/**
 * All attributes of a service. Persistence belongs to commands about the service itself; those
 * about its destinations go without.
 */
export function attributesOfService(
  { key, scheduler, schedulerFlags, onePacket, persistence: own }: IpvsService,
  withPersistence: boolean,
): Attributes<typeof shape> {
  const persistence = withPersistence ? own : undefined;
  const family = familyOfService(key);
  return {
    ...keyAttributes(key),
    scheduler,
    engine: persistence?.engine,
    flags: schedulerFlags | (onePacket ? ONE_PACKET : 0) | (persistence ? PERSISTENT : 0),
    timeoutSec: persistence?.timeoutSec ?? 0,
    netmask: netmaskBytes(family, persistence?.granularity ?? GRANULARITY_MAX[family]),
  };
}

/** A netmask is in network byte order, a prefix length in that of the host. */
function netmaskBytes(family: Family, granularity: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, granularity, family === 6);
  return bytes;
}

function granularityOf(bytes: Uint8Array | undefined, family: Family): number {
  if (bytes?.length !== 4) return GRANULARITY_MAX[family];
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, family === 6);
}

/** Reads a service. Never throws. */
export function serviceOf(values: Attributes<typeof shape>): IpvsServiceEntry | MalformedService {
  const key = keyOf(values);
  if (typeof key === "string") return key;
  const { scheduler, flags, timeoutSec, engine } = values;
  if (scheduler === undefined || flags === undefined) return "ipvs service incomplete";
  const persistence: IpvsPersistence = {
    timeoutSec: timeoutSec ?? 0,
    granularity: granularityOf(values.netmask, familyOfService(key)),
    ...engine ? { engine } : {},
  };
  const service: IpvsService = {
    key,
    scheduler,
    schedulerFlags: flags & SCHEDULER_FLAGS,
    onePacket: (flags & ONE_PACKET) !== 0,
    ...(flags & PERSISTENT) !== 0 ? { persistence } : {},
  };
  const stats = statsOf(values.stats64, values.stats);
  return stats ? { service, stats } : { service };
}

function keyOf(values: Attributes<typeof shape>): IpvsServiceKey | MalformedService {
  const { family, mark, protocol: number } = values;
  if (family === undefined) return "ipvs service incomplete";
  if (mark !== undefined) return { kind: "fwmark", mark, family };
  const ip = values.address && ipOfUnion(values.address, family);
  if (ip === undefined || number === undefined || values.port === undefined) {
    return "ipvs service incomplete";
  }
  const protocol = PROTOCOLS.get(number);
  if (protocol === undefined) return "ipvs service of an unknown protocol";
  return { kind: "address", protocol, ip, port: values.port };
}
