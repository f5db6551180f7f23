/**
 * The world of a simulated process: sockets whose frames cross a simulated segment as bytes.
 *
 * @module
 */
import { familyOf, type Ip, isMulticast } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import type { Devices } from "../../net/devices_table.ts";
import type { RoutingEvent, RoutingTable } from "../../net/routing_table.ts";
import {
  decodeEthernet,
  encodeEthernet,
  type EthernetFrame,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  multicastMac,
} from "../../net/packet/ethernet.ts";
import { decodeIpv4, decodeIpv6, encodeIpv6, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import { TRAFFIC_CLASS } from "../io/advertisement_builder.ts";
import type {
  AdvertisementSocket,
  AdvertisementSocketOptions,
  Frame,
  OutgoingAdvertisement,
  Outside,
  Received,
  SendResult,
  UdpReceiver,
  UdpReceiverOptions,
  UdpSender,
  UdpSenderOptions,
} from "../io/outside.ts";
import type { Connection, Opened, SimOutsideOptions } from "./connection.ts";
import { SimUdpReceiver, SimUdpSender } from "./sim_udp.ts";
import type { FilterEvent, PacketFilter } from "../../net/packet_filter_table.ts";
import type { KernelLinks } from "./kernel_links.ts";

/** A socket that datagrams wait for. */
interface Listening {
  wants(interfaceIndex: number, opened: Opened): boolean;
  read(received: Opened): void;
}

/** A datagram that waits for the process. */
export interface Delivery {
  readonly socket: Listening;
  readonly received: Opened;
  readonly arrivedMs: number;
}

const ENODEV = 19;
const PORT_MAX = 65_535;

/** The simulated world of one process. */
export class SimOutside implements Outside {
  readonly links: KernelLinks;
  readonly devices: Devices;
  readonly #options: SimOutsideOptions;
  readonly #sockets = new Set<Listening>();

  constructor(options: SimOutsideOptions) {
    this.#options = options;
    this.links = options.links;
    this.devices = options.devices;
  }

  openAdvertisementSocket(options: AdvertisementSocketOptions): AdvertisementSocket {
    const socket = new SimSocket(this.#options, options, () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    return socket;
  }

  openUdpReceiver(options: UdpReceiverOptions): UdpReceiver {
    const socket = new SimUdpReceiver(options, () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    return socket;
  }

  openUdpSender(options: UdpSenderOptions): UdpSender {
    const portCount = PORT_MAX + 1 - options.sourcePortMin;
    const port = options.sourcePortMin + Math.floor(this.random() * portCount);
    return new SimUdpSender(this.#options, options, port);
  }

  random(): number {
    return this.#options.random();
  }

  sendFrames(frames: readonly Frame[]): SendResult {
    for (const [i, { bytes, interfaceIndex }] of frames.entries()) {
      const connection = this.#options.connections.find(({ index }) => index === interfaceIndex);
      if (!connection) return { sentCount: i, errno: ENODEV };
      this.#options.transmit(connection, bytes);
    }
    return { sentCount: frames.length, errno: 0 };
  }

  openRouting(onEvent: (event: RoutingEvent) => void): RoutingTable {
    return this.#options.openRouting(onEvent);
  }

  openPacketFilter(onEvent: (event: FilterEvent) => void): PacketFilter {
    return this.#options.openPacketFilter(onEvent);
  }

  forwards(): boolean {
    return true;
  }

  unixMs(): number {
    return this.#options.unixMs();
  }

  errorName(errno: number): string {
    return `errno ${errno}`;
  }

  /** What a frame that reached a card brings to the sockets of this process. */
  demultiplex(connection: Connection, frame: Uint8Array, arrivedMs: number): Delivery[] {
    const ethernet = decodeEthernet(frame);
    const received = typeof ethernet === "string" ? undefined : openPacket(ethernet, connection);
    if (!received) return [];
    const { destination } = received;
    const isOurs = isMulticast(destination) ||
      [...connection.nic.addresses()].includes(destination);
    if (!isOurs) return [];
    return [...this.#sockets].flatMap((socket) =>
      socket.wants(connection.index, received) ? [{ socket, received, arrivedMs }] : []
    );
  }
}

/** An advertisement socket of a simulated process. */
export class SimSocket implements AdvertisementSocket {
  readonly #options: AdvertisementSocketOptions;
  readonly #world: SimOutsideOptions;
  readonly #onClosed: () => void;
  readonly #groups = new Set<Ip>();
  #isOpen = true;

  constructor(
    world: SimOutsideOptions,
    options: AdvertisementSocketOptions,
    onClosed: () => void,
  ) {
    this.#world = world;
    this.#options = options;
    this.#onClosed = onClosed;
  }

  send(messages: readonly OutgoingAdvertisement[]): SendResult {
    assert(this.#isOpen, "nothing is sent through a closed socket");
    for (const [i, message] of messages.entries()) {
      const connection = this.#connectionFor(message.source);
      if (!connection) return { sentCount: i, errno: ENODEV };
      const { nic, lan } = connection;
      const { destination } = message;
      const mac = isMulticast(destination) ? multicastMac(destination) : lan.macOf(destination);
      if (mac === undefined) continue; // Nobody answers for it: the kernel drops the packet.
      const payload = familyOf(message.source) === 4 ? message.bytes : encodeIpv6({
        ...message,
        trafficClass: TRAFFIC_CLASS,
        nextHeader: PROTOCOL_VRRP,
        payload: message.bytes,
      });
      const etherType = familyOf(message.source) === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
      const frame = encodeEthernet({ destination: mac, source: nic.mac, etherType, payload });
      this.#world.transmit(connection, frame);
    }
    return { sentCount: messages.length, errno: 0 };
  }

  joinGroup(group: Ip): void {
    this.#groups.add(group);
  }

  leaveGroup(group: Ip): void {
    this.#groups.delete(group);
  }

  [Symbol.dispose](): void {
    assert(this.#isOpen, "a socket is closed once");
    this.#isOpen = false;
    this.#onClosed();
  }

  /** Whether a datagram for that address, come in there, is for this socket. */
  wants(interfaceIndex: number, { destination, protocol }: Opened): boolean {
    const { family, protocol: wanted, interface: own } = this.#options;
    if (protocol !== wanted) return false;
    if (familyOf(destination) !== family) return false;
    if (own !== undefined && own.index !== interfaceIndex) return false;
    return !isMulticast(destination) || this.#groups.has(destination);
  }

  /** Hands on a datagram, unless the socket was closed while it waited. */
  read(received: Received): void {
    if (this.#isOpen) this.#options.onReceived(received);
  }

  #connectionFor(source: Ip): Connection | undefined {
    const { interface: own } = this.#options;
    return this.#world.connections.find(({ index, nic }) =>
      own === undefined ? [...nic.addresses()].includes(source) : index === own.index
    );
  }
}

/** The VRRP datagram in a frame, as a raw socket gives it: IPv4 with its header, IPv6 without. */
function openPacket(
  { etherType, payload }: EthernetFrame,
  { index: interfaceIndex }: Connection,
): Opened | undefined {
  if (etherType === ETHERTYPE_IPV4) {
    const packet = decodeIpv4(payload, "verified");
    if (typeof packet === "string") return undefined;
    const { source, destination, protocol, ttl: hopLimit } = packet;
    return { bytes: payload, source, destination, protocol, interfaceIndex, hopLimit };
  }
  if (etherType !== ETHERTYPE_IPV6) return undefined;
  const packet = decodeIpv6(payload);
  if (typeof packet === "string") return undefined;
  const { source, destination, nextHeader: protocol, hopLimit } = packet;
  return { bytes: packet.payload, source, destination, protocol, interfaceIndex, hopLimit };
}
