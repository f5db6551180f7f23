/**
 * What the ports need of the world, as few functions as possible. engine/io/system_outside.ts is
 * the kernel; engine/sim has a world of its own. Everything above is the same code in both.
 *
 * @module
 */
import type { Family, Ip, Mac } from "../../net/address.ts";
import type { Devices } from "../../net/devices_table.ts";
import type { LinkTable } from "../../net/link_table.ts";
import type { FilterEvent, PacketFilter } from "../../net/packet_filter_table.ts";
import type { RoutingEvent, RoutingTable } from "../../net/routing_table.ts";
import type { OctetPattern, UdpFilter } from "../../net/sys/packet_filter.ts";

/**
 * One received datagram; `bytes` is valid until the next one. IPv4 datagrams begin with their
 * header.
 */
export interface Received {
  readonly bytes: Uint8Array;
  readonly source: Ip | undefined;
  readonly destination: Ip | undefined;
  readonly interfaceIndex: number;
  /** TTL or Hop Limit. */
  readonly hopLimit: number | undefined;
}

/** One advertisement to send. IPv4: with its IP header; IPv6: the VRRP message alone. */
export interface OutgoingAdvertisement {
  readonly bytes: Uint8Array;
  readonly source: Ip;
  readonly destination: Ip;
  readonly hopLimit: number;
}

/** What a kernel said to a batch: how many it took, and the error that stopped it (0: none). */
export interface SendResult {
  readonly sentCount: number;
  readonly errno: number;
}

/** Where advertisements of one family come from and go to, on one interface or on all. */
export interface AdvertisementSocket extends Disposable {
  /** What hears and what speaks, for the state file. */
  readonly descriptors?: Descriptors;
  send(messages: readonly OutgoingAdvertisement[]): SendResult;
  /** Makes ready to send exactly this array, so that {@linkcode send} is quick. */
  prepare?(messages: readonly OutgoingAdvertisement[]): void;
  joinGroup(group: Ip): void;
  leaveGroup(group: Ip): void;
}

/** Numbers of open files. */
export interface Descriptors {
  readonly receiver: number;
  readonly sender: number;
}

/** A socket that advertisements of some instances cross, as plain data. */
export interface SocketStatus {
  /** Absent: not tied to one. */
  readonly interface?: string;
  readonly family: Family;
  /** Of IP. */
  readonly protocol: number;
  readonly descriptors?: Descriptors;
  /** Identities of the instances. */
  readonly instances: readonly string[];
}

/** How an {@linkcode AdvertisementSocket} is opened. */
export interface AdvertisementSocketOptions {
  readonly family: Family;
  /** Of IP: 112, or 51 for advertisements under an Authentication Header. */
  readonly protocol: number;
  /** Absent: not tied to an interface (unicast with a configured source). */
  readonly interface?: { readonly index: number; readonly name: string };
  readonly receiveBufferBytes?: number;
  readonly onReceived: (datagram: Received) => void;
}

/** A UDP socket on all addresses of a family that only hears. */
export interface UdpReceiver extends Disposable {
  /** Takes in only what a filter lets pass, from now on. Throws a `SyscallError`. */
  setFilter(filter: UdpFilter): void;
  /** How long what may wait waits at most, in ms, from now on. */
  setPatience?(patienceMs: number): void;
  /** Reads what came before a moment. Returns whether some of it may be unread: it is too much. */
  catchUp?(untilMs: number): boolean;
}

/** How a {@linkcode UdpReceiver} is opened. */
export interface UdpReceiverOptions {
  readonly family: Family;
  readonly port: number;
  readonly filter: UdpFilter;
  /** What may wait a little while if it comes in great numbers; absent: a millisecond at most. */
  readonly patient?: OctetPattern;
  readonly receiveBufferBytes: number;
  readonly onReceived: (datagram: Received) => void;
}

/** A UDP socket that only speaks, to one port of one host, from a port of its own. */
export interface UdpSender extends Disposable {
  /**
   * Sends at once; the octets must not change afterwards. Returns 0, or what the kernel said.
   * Quicker for an array that was sent or prepared before.
   */
  send(bytes: Uint8Array): number;
  /** Makes octets ready to be sent: at most one array at a time. */
  prepare?(bytes: Uint8Array): void;
}

/** How a {@linkcode UdpSender} is opened. */
export interface UdpSenderOptions {
  readonly destination: Ip;
  readonly port: number;
  /** Where it speaks from; it need not exist yet. Default: the kernel's choice. */
  readonly source?: Ip;
  /** Least port it may speak from; the greatest is 65535. */
  readonly sourcePortMin: number;
  readonly interface?: { readonly index: number; readonly name: string };
  /** TTL or Hop Limit, 1 to 255. */
  readonly hopLimit: number;
}

/** How a {@linkcode ReturnReceiver} is opened. */
export interface ReturnReceiverOptions {
  readonly family: Family;
  readonly port: number;
  readonly receiveBufferBytes: number;
  /** A frame came; its octets are valid until this returns. */
  readonly onReceived: (frame: Frame) => void;
}

/** Hears whole frames with datagrams from an address to the same. */
export interface ReturnReceiver extends Disposable {
  /** Of these sources only a sample is taken, from now on. */
  setSampled(sources: readonly Ip[]): void;
}

/** An Ethernet frame for one interface. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly interfaceIndex: number;
}

/** The world as ports see it. */
export interface Outside {
  readonly links: LinkTable;
  /** Interfaces of our own. */
  readonly devices: Devices;
  /** Throws a `SyscallError` if the kernel refuses. */
  openAdvertisementSocket(options: AdvertisementSocketOptions): AdvertisementSocket;
  /** Sends frames in order; stops at the first one that the kernel does not take. */
  sendFrames(frames: readonly Frame[]): SendResult;
  /** Makes ready to send exactly this array, so that {@linkcode sendFrames} is quick. */
  prepareFrames?(frames: readonly Frame[]): void;
  /** Throws a `SyscallError` if the kernel refuses. */
  openUdpReceiver(options: UdpReceiverOptions): UdpReceiver;
  /** Throws a `SyscallError` if the kernel refuses. */
  openUdpSender(options: UdpSenderOptions): UdpSender;
  /**
   * Hears datagrams that hosts send to themselves by way of another host. Absent where there are
   * none. Throws a `SyscallError` if the kernel refuses.
   */
  openReturnReceiver?(options: ReturnReceiverOptions): ReturnReceiver;
  /** The link-layer address of a neighbour, if the kernel knows it. */
  neighborMac?(interfaceIndex: number, ip: Ip): Mac | undefined;
  /** Whether what comes by the interface is forwarded. */
  forwards(family: Family, interfaceName: string): boolean;
  /** Opens what changes routes and rules. Throws a `SyscallError` if the kernel refuses. */
  openRouting(onEvent: (event: RoutingEvent) => void): RoutingTable;
  /** Opens what changes packet filters. Throws a `SyscallError` if the kernel refuses. */
  openPacketFilter(onEvent: (event: FilterEvent) => void): PacketFilter;
  /** The clock that machines share, milliseconds since 1970 UTC. It may jump. */
  unixMs(): number;
  /** Chance: at least 0, below 1; nobody can guess it. */
  random(): number;
  /** Name of an errno, for logs. */
  errorName(errno: number): string;
}
