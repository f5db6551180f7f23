/**
 * What a process that runs virtual routers knows of them at one moment, as plain data: it survives
 * JSON, as a child process sends it to its parent, which writes it down.
 *
 * @module
 */
import type { Ip, Mac } from "../../net/address.ts";
import type { BfdCommand } from "../../machines/bfd_facts.ts";
import type { ControlPacket } from "../../net/packet/bfd.ts";
import type { LinkTable } from "../../net/link_table.ts";
import type { GroupState } from "../../machines/sync_group_rules.ts";
import type { VrrpContext, VrrpState } from "../../machines/vrrp_facts.ts";
import { faultsOf } from "../../machines/vrrp_facts.ts";
import type { PlacedAddress } from "../io/address_keeper.ts";
import type { SocketStatus } from "../io/outside.ts";
import type { BfdCounters } from "../io/bfd_counters.ts";
import type { Rejection, VrrpCounters } from "../io/vrrp_counters.ts";
import { isOurs } from "../io/virtual_links.ts";
import type { ServiceStatus } from "./service_status.ts";
import type { VrrpIo } from "../io/vrrp_io.ts";

/** One instance. */
export interface InstanceStatus {
  /** Its identity on the wire. */
  readonly id: string;
  readonly state: VrrpState;
  /** When it became that, in ms since 1970. */
  readonly changedAtUnixMs: number;
  /** Effective priority. */
  readonly priority: number;
  /** What tracked objects make of the priority, before it is kept within 1 to 254. */
  readonly totalPriority: number;
  /** Why it cannot take part. */
  readonly faults: readonly string[];
  /** Tracked objects of which nothing is known yet. */
  readonly pending: readonly string[];
  /** Where its advertisements come from. */
  readonly source?: Ip;
  /** Active_Adver_Interval. */
  readonly activeIntervalCs: number;
  /** Whose advertisement was last taken. */
  readonly heard?: { readonly ip: Ip; readonly priority: number };
  /** The interface that was made for it. */
  readonly own?: OwnLinkStatus;
  /** Addresses that are set, as `INTERFACE ADDRESS`. */
  readonly held: readonly string[];
  readonly counters: CountersStatus;
}

/** A virtual MAC interface or ipvlan. */
export interface OwnLinkStatus {
  readonly name: string;
  /** Absent: there is none. */
  readonly index?: number;
  readonly up: boolean;
}

/** The counters of an instance. */
export type CountersStatus = Omit<VrrpCounters, "rejected"> & {
  readonly rejected: Partial<Record<Rejection, number>>;
};

/** One sync group. */
export interface GroupStatus {
  readonly name: string;
  readonly state: GroupState;
  /** Members that lack something. */
  readonly faultCount: number;
  /** Members that have not begun. */
  readonly startingCount: number;
}

/** One interface. */
export interface LinkStatus {
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  /** IFF_* bits. */
  readonly flags: number;
  readonly hardwareType: number;
  readonly mtuBytes: number;
  readonly mac?: Mac;
  /** Made by a daemon like this one, on which interface, and what it is. */
  readonly made?: { readonly parentIndex?: number; readonly kind: string };
  /** Those of its own, not virtual ones, in the kernel's order. */
  readonly addresses: readonly Ip[];
}

/** One BFD session. */
export interface SessionStatus {
  /** Its identity on the wire. */
  readonly id: string;
  /** bfd.LocalDiscr. */
  readonly discriminator: number;
  /** What its packets say, and its intervals; absent before its machine spoke. */
  readonly conduct?: BfdCommand & { readonly type: "CONDUCT" };
  /** What the neighbour said last; absent: it is not heard. */
  readonly remote?: ControlPacket;
  /** A Poll Sequence goes on. */
  readonly polls: boolean;
  /** When its last packet came, in ms since 1970; absent: never. */
  readonly heardAtUnixMs?: number;
  readonly counters: Omit<BfdCounters, "rejected"> & {
    readonly rejected: Readonly<Record<string, number>>;
  };
}

/** Everything, or a part of it: a large answer comes in pieces. */
export interface ProcessStatus {
  readonly sessions: readonly SessionStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly groups: readonly GroupStatus[];
  readonly links: readonly LinkStatus[];
  readonly sockets: readonly SocketStatus[];
  /** Virtual servers. */
  readonly services: readonly ServiceStatus[];
}

/** Nothing at all. */
export const NO_STATUS: ProcessStatus = {
  sessions: [],
  instances: [],
  groups: [],
  links: [],
  sockets: [],
  services: [],
};

/** How an address is named in {@linkcode InstanceStatus.held}. */
export function heldName(interfaceName: string, ip: Ip): string {
  return `${interfaceName} ${ip}`;
}

/** One instance as it is now; `context` is its machine's. */
export function instanceStatus(
  port: VrrpIo,
  context: VrrpContext,
  held: readonly PlacedAddress[],
): InstanceStatus {
  const { record, counters } = port;
  const { standing, config, primaryIp, activeAdverIntervalCs } = context;
  const { heardFrom: ip, heardPriority: priority } = record;
  return {
    id: port.id,
    state: record.state,
    changedAtUnixMs: record.changedAtUnixMs,
    priority: standing.priority,
    totalPriority: standing.contributions.reduce(
      (sum, { change }) => sum + change,
      config.priority,
    ),
    faults: faultsOf(context),
    pending: standing.pending,
    ...(primaryIp !== undefined && { source: primaryIp }),
    activeIntervalCs: activeAdverIntervalCs,
    ...(ip !== undefined && { heard: { ip, priority } }),
    ...ownLinkOf(port),
    held: held.map(({ interfaceName, address }) => heldName(interfaceName, address.ip)),
    counters: { ...counters, rejected: Object.fromEntries(counters.rejected) },
  };
}

function ownLinkOf(port: VrrpIo): { readonly own?: OwnLinkStatus } {
  const own = port.own();
  if (!own) return {};
  const link = "link" in own ? own.link : undefined;
  return { own: { name: own.name, ...(link && { index: link.index }), up: link?.up ?? false } };
}

/** The interfaces as they are now; `isVirtual` tells addresses that come and go with a role. */
export function linkStatuses(table: LinkTable, isVirtual: (ip: Ip) => boolean): LinkStatus[] {
  return Array.from(table.links(), (link) => {
    const { name, index, up, flags, hardwareType, mtuBytes, mac, kind, parentIndex } = link;
    const isMade = kind !== undefined && isOurs(link);
    return {
      name,
      index,
      up,
      flags,
      hardwareType,
      mtuBytes,
      ...(mac !== undefined && { mac }),
      ...(isMade && { made: { kind, ...(parentIndex !== undefined && { parentIndex }) } }),
      addresses: table.addressesOf(index).map(({ ip }) => ip).filter((ip) => !isVirtual(ip)),
    };
  });
}
