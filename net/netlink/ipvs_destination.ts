/**
 * Destinations of IPVS: the servers behind a service (`IPVS_CMD_ATTR_DEST`).
 *
 * @module
 */
import { type Family, familyOf, type Ip } from "../address.ts";
import { type Attributes, AttributeSchema, binary, u16, u32, u8 } from "./attribute.ts";
import { addressFamily, ipOfUnion, port, unionBytes } from "./ipvs_attribute.ts";
import { type IpvsStats, stats32, stats64, statsOf } from "./ipvs_stats.ts";

/** How packets get to a destination. */
export type IpvsForwarding =
  | { readonly kind: "nat" | "local" | "direct" | "bypass" }
  | {
    readonly kind: "tunnel";
    readonly encapsulation: "ipip" | "gue" | "gre";
    /** Of gue only. */
    readonly port?: number;
    readonly checksum: "none" | "whole" | "remote";
  };

/** A server behind a service. Within the service it is known by address and port. */
export interface IpvsDestination {
  readonly ip: Ip;
  /** 0 to 65535; without NAT the kernel wants that of the service. */
  readonly port: number;
  readonly forwarding: IpvsForwarding;
  /** 0 to 2³¹−1; 0: no new connections. */
  readonly weight: number;
  /** Connections from which on it gets no more; 0: no limit. */
  readonly upperThreshold: number;
  /** Below so many it gets some again; at most the upper one. 0: three quarters of it. */
  readonly lowerThreshold: number;
}

/** A destination in the kernel. */
export interface IpvsDestinationEntry {
  readonly destination: IpvsDestination;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats?: IpvsStats;
}

/** Why attributes are no destination. The text is the log message and the counter's key. */
export type MalformedDestination = "ipvs destination incomplete" | "ipvs forwarding unknown";

const shape = {
  family: { id: 11, type: addressFamily },
  address: { id: 1, type: binary },
  port: { id: 2, type: port },
  forwarding: { id: 3, type: u32 },
  weight: { id: 4, type: u32 },
  tunnelType: { id: 13, type: u8 },
  tunnelPort: { id: 14, type: port },
  tunnelFlags: { id: 15, type: u16 },
  upperThreshold: { id: 5, type: u32 },
  lowerThreshold: { id: 6, type: u32 },
  activeConnections: { id: 7, type: u32 },
  inactiveConnections: { id: 8, type: u32 },
  persistentConnections: { id: 9, type: u32 },
  stats: { id: 10, type: stats32 },
  stats64: { id: 12, type: stats64 },
};
/** In the order in which keepalived sends them. */
export const destinationAttributes: AttributeSchema<typeof shape> = new AttributeSchema(shape);

const FORWARDING_MASK = 7;
/** In the kernel's order: masquerade, local node, tunnel, direct routing, bypass. */
const FORWARDINGS = ["nat", "local", "tunnel", "direct", "bypass"] as const;
const ENCAPSULATIONS = ["ipip", "gue", "gre"] as const;
const CHECKSUMS = ["none", "whole", "remote"] as const;

/** What a destination is known by within its service. */
export function destinationKeyText({ ip, port }: IpvsDestination): string {
  return `[${ip}]:${port}`;
}

/** All attributes of a destination. */
export function attributesOfDestination(
  { ip, port, forwarding, weight, upperThreshold, lowerThreshold }: IpvsDestination,
): Attributes<typeof shape> {
  return {
    family: familyOf(ip),
    address: unionBytes(ip),
    port,
    forwarding: FORWARDINGS.indexOf(forwarding.kind),
    weight,
    ...tunnelAttributes(forwarding),
    upperThreshold,
    lowerThreshold,
  };
}

function tunnelAttributes(forwarding: IpvsForwarding): Attributes<typeof shape> {
  if (forwarding.kind !== "tunnel") return {};
  const { encapsulation, port, checksum } = forwarding;
  const tunnelType = ENCAPSULATIONS.indexOf(encapsulation);
  if (encapsulation === "ipip") return { tunnelType };
  return {
    tunnelType,
    tunnelPort: encapsulation === "gue" ? port ?? 0 : undefined,
    tunnelFlags: CHECKSUMS.indexOf(checksum),
  };
}

/** Reads a destination of a service of that family. Never throws. */
export function destinationOf(
  values: Attributes<typeof shape>,
  serviceFamily: Family,
): IpvsDestinationEntry | MalformedDestination {
  // Kernels before 3.18 do not say it, as it could only be that of the service.
  const ip = values.address && ipOfUnion(values.address, values.family ?? serviceFamily);
  const { port, weight } = values;
  if (
    ip === undefined || port === undefined || weight === undefined ||
    values.forwarding === undefined
  ) return "ipvs destination incomplete";
  const forwarding = forwardingOf(values, values.forwarding);
  if (forwarding === undefined) return "ipvs forwarding unknown";
  const { upperThreshold = 0, lowerThreshold = 0 } = values;
  const stats = statsOf(values.stats64, values.stats);
  return {
    destination: { ip, port, forwarding, weight, upperThreshold, lowerThreshold },
    activeConnections: values.activeConnections ?? 0,
    inactiveConnections: values.inactiveConnections ?? 0,
    persistentConnections: values.persistentConnections ?? 0,
    ...stats ? { stats } : {},
  };
}

function forwardingOf(
  { tunnelType = 0, tunnelPort = 0, tunnelFlags = 0 }: Attributes<typeof shape>,
  method: number,
): IpvsForwarding | undefined {
  const kind = FORWARDINGS[method & FORWARDING_MASK];
  if (kind !== "tunnel") return kind && { kind };
  const encapsulation = ENCAPSULATIONS[tunnelType];
  const checksum = CHECKSUMS[tunnelFlags];
  if (!encapsulation || !checksum) return undefined;
  return {
    kind,
    encapsulation,
    ...encapsulation === "gue" ? { port: tunnelPort } : {},
    checksum,
  };
}
