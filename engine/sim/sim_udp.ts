/**
 * UDP sockets of a simulated process: datagrams cross the simulated segment as bytes.
 *
 * @module
 */
import { familyOf, type Ip } from "../../net/address.ts";
import { assert } from "../../net/assert.ts";
import { encodeEthernet, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../net/packet/ethernet.ts";
import { decodeIpv4, encodeIpv4, encodeIpv6 } from "../../net/packet/ip.ts";
import { decodeUdp, encodeUdp, PROTOCOL_UDP } from "../../net/packet/udp.ts";
import type { UdpFilter } from "../../net/sys/packet_filter.ts";
import { TRAFFIC_CLASS } from "../io/advertisement_builder.ts";
import type {
  Received,
  UdpReceiver,
  UdpReceiverOptions,
  UdpSender,
  UdpSenderOptions,
} from "../io/outside.ts";
import type { Connection, Opened, SimOutsideOptions } from "./connection.ts";

const ENODEV = 19;
const ENETUNREACH = 101;

/** A socket that hears. */
export class SimUdpReceiver implements UdpReceiver {
  readonly #options: UdpReceiverOptions;
  readonly #onClosed: () => void;
  #filter: UdpFilter;
  #isOpen = true;

  constructor(options: UdpReceiverOptions, onClosed: () => void) {
    this.#options = options;
    this.#filter = options.filter;
    this.#onClosed = onClosed;
  }

  setFilter(filter: UdpFilter): void {
    this.#filter = filter;
  }

  [Symbol.dispose](): void {
    assert(this.#isOpen, "a socket is closed once");
    this.#isOpen = false;
    this.#onClosed();
  }

  /** Whether a datagram is for this socket. */
  wants(_: number, opened: Opened): boolean {
    const { family, port } = this.#options;
    if (opened.protocol !== PROTOCOL_UDP || familyOf(opened.destination) !== family) return false;
    const datagram = decodeUdp(payloadOf(opened), opened);
    if (typeof datagram === "string" || datagram.destinationPort !== port) return false;
    const { hopLimitMin, bytesMin, sources } = this.#filter;
    return (opened.hopLimit ?? 0) >= hopLimitMin && datagram.payload.length >= bytesMin &&
      (!sources || sources.includes(opened.source));
  }

  /** Hands on a datagram, unless the socket was closed while it waited. */
  read(received: Opened): void {
    const datagram = decodeUdp(payloadOf(received), received);
    if (!this.#isOpen || typeof datagram === "string") return;
    this.#options.onReceived({ ...received, bytes: datagram.payload });
  }
}

function payloadOf({ bytes, source }: Received & { readonly source: Ip }): Uint8Array {
  if (familyOf(source) === 6) return bytes;
  const packet = decodeIpv4(bytes);
  return typeof packet === "string" ? new Uint8Array(0) : packet.payload;
}

/** A socket that speaks. */
export class SimUdpSender implements UdpSender {
  readonly #world: SimOutsideOptions;
  readonly #options: UdpSenderOptions;
  readonly #sourcePort: number;

  constructor(world: SimOutsideOptions, options: UdpSenderOptions, sourcePort: number) {
    this.#world = world;
    this.#options = options;
    this.#sourcePort = sourcePort;
  }

  send(payload: Uint8Array): number {
    const { destination, port, hopLimit, interface: own } = this.#options;
    const connection = this.#connection();
    if (!connection) return own ? ENODEV : ENETUNREACH;
    const source = this.#options.source ?? sourceOn(connection, destination);
    const mac = connection.lan.macOf(destination);
    if (source === undefined || mac === undefined) return 0; // The kernel drops it, later.
    const path = { source, destination };
    const udp = encodeUdp(
      { sourcePort: this.#sourcePort, destinationPort: port, payload },
      path,
    );
    const isV4 = familyOf(destination) === 4;
    const packet = isV4
      ? encodeIpv4({
        ...path,
        tos: TRAFFIC_CLASS,
        ttl: hopLimit,
        protocol: PROTOCOL_UDP,
        payload: udp,
      })
      : encodeIpv6({
        ...path,
        trafficClass: TRAFFIC_CLASS,
        hopLimit,
        nextHeader: PROTOCOL_UDP,
        payload: udp,
      });
    this.#world.transmit(
      connection,
      encodeEthernet({
        destination: mac,
        source: connection.nic.mac,
        etherType: isV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6,
        payload: packet,
      }),
    );
    return 0;
  }

  [Symbol.dispose](): void {}

  #connection(): Connection | undefined {
    const { destination, source, interface: own } = this.#options;
    const { connections } = this.#world;
    if (own) return connections.find(({ index }) => index === own.index);
    const onTheWay = connections.filter(({ lan }) => lan.macOf(destination) !== undefined);
    return onTheWay.find(({ nic }) =>
      source !== undefined && [...nic.addresses()].includes(source)
    ) ??
      onTheWay[0] ?? connections[0];
  }
}

function sourceOn({ nic }: Connection, destination: Ip): Ip | undefined {
  return [...nic.addresses()].find((each) => familyOf(each) === familyOf(destination));
}
