/**
 * What IPVS has beside services: timeouts of connections, and the daemons that tell other machines
 * of them.
 *
 * @module
 */
import { type Ip, ipToBytes } from "../address.ts";
import { type Attributes, AttributeSchema, binary, text, u16, u32, u8 } from "./attribute.ts";

/** How long connections without packets are remembered. */
export interface IpvsTimeouts {
  /** 1 to 2678400, also below. */
  readonly tcpSec: number;
  /** After the FIN. */
  readonly tcpFinSec: number;
  readonly udpSec: number;
}

/** Which of the two daemons: the one that sends, or the one that receives. */
export type IpvsDaemonRole = "master" | "backup";

/** A daemon that synchronizes connections. */
export interface IpvsDaemon {
  readonly role: IpvsDaemonRole;
  /** Interface of the multicasts, at most 15 octets. */
  readonly interface: string;
  /** 0 to 255; a backup takes only what has its own. */
  readonly syncId: number;
  /** Longest message, up to 65507; default: what fits the interface. */
  readonly messageBytesMax?: number;
  /** UDP port; default 8848. */
  readonly port?: number;
  /** TTL or Hop Limit; default 1. */
  readonly hopLimit?: number;
  /** Multicast group; default 224.0.0.81. */
  readonly group?: Ip;
}

const shape = {
  state: { id: 1, type: u32 },
  interface: { id: 2, type: text },
  syncId: { id: 3, type: u32 },
  messageBytesMax: { id: 4, type: u16 },
  port: { id: 7, type: u16 }, // In host byte order, unlike all other ports.
  hopLimit: { id: 8, type: u8 },
  group4: { id: 5, type: binary },
  group6: { id: 6, type: binary },
};
/** In the order in which keepalived sends them. */
export const daemonAttributes: AttributeSchema<typeof shape> = new AttributeSchema(shape);

const STATES = { master: 1, backup: 2 } as const;

/** The attributes that start a daemon. */
export function attributesOfDaemon(
  { role, group, ...daemon }: IpvsDaemon,
): Attributes<typeof shape> {
  const bytes = group && ipToBytes(group);
  return {
    ...daemon,
    state: STATES[role],
    group4: bytes?.length === 4 ? bytes : undefined,
    group6: bytes?.length === 16 ? bytes : undefined,
  };
}

/** The attributes that stop one. */
export function attributesOfRole(
  role: IpvsDaemonRole,
  syncId: number,
): Attributes<typeof shape> {
  return { state: STATES[role], syncId };
}
