/**
 * The world of a real process: sockets, netlink and /proc of the network namespace it runs in.
 *
 * @module
 */
import { KernelDevices } from "../../net/devices.ts";
import type { Family, Ip, Mac } from "../../net/address.ts";
import type { LinkTable } from "../../net/link_table.ts";
import { Neighbors } from "../../net/neighbors.ts";
import { KernelPacketFilter } from "../../net/packet_filter.ts";
import type { FilterEvent, PacketFilter } from "../../net/packet_filter_table.ts";
import { Routing } from "../../net/routing.ts";
import type { RoutingEvent, RoutingTable } from "../../net/routing_table.ts";
import { errnoName } from "../../net/sys/constants.ts";
import { readFile } from "../../net/sys/file.ts";
import { type DatagramSocket, openPacketSocket, openRawSocket } from "../../net/sys/socket.ts";
import type { Clock } from "../clock.ts";
import { TRAFFIC_CLASS } from "./advertisement_builder.ts";
import type {
  AdvertisementSocket,
  AdvertisementSocketOptions,
  Descriptors,
  Frame,
  Outside,
  ReturnReceiver,
  ReturnReceiverOptions,
  SendResult,
  UdpReceiver,
  UdpReceiverOptions,
  UdpSender,
  UdpSenderOptions,
} from "./outside.ts";
import { Chance } from "./chance.ts";
import { countFromArrival, readBatch, type Waits } from "./reading.ts";
import { KernelReturnReceiver } from "./return_door.ts";
import { KernelReceiver, KernelSender } from "./udp_door.ts";

/** How long a sysctl that was read is believed. */
const SYSCTL_MS_MAX = 5_000;
/** The kernel. */
export class SystemOutside implements Outside, Disposable {
  readonly links: LinkTable;
  readonly devices: KernelDevices;
  readonly #reactor: Waits;
  readonly #clock: Clock;
  readonly #frames: DatagramSocket;
  readonly #opened = new DisposableStack();
  readonly #chance = new Chance();
  #neighbors: Neighbors | undefined;
  readonly #forwarding = new Map<string, { readonly value: boolean; readonly untilMs: number }>();

  constructor(reactor: Waits, clock: Clock, links: LinkTable) {
    this.#reactor = reactor;
    this.#clock = clock;
    this.links = links;
    this.devices = new KernelDevices(() => links.catchUp?.());
    this.#frames = openPacketSocket({ protocol: 0 });
  }

  openAdvertisementSocket(options: AdvertisementSocketOptions): AdvertisementSocket {
    return new KernelSocket(this.#reactor, this.#clock, options);
  }

  sendFrames(frames: readonly Frame[]): SendResult {
    return this.#frames.send(frames);
  }

  prepareFrames(frames: readonly Frame[]): void {
    this.#frames.prepare(frames);
  }

  openUdpReceiver(options: UdpReceiverOptions): UdpReceiver {
    return new KernelReceiver(this.#reactor, this.#clock, options);
  }

  openUdpSender(options: UdpSenderOptions): UdpSender {
    return new KernelSender(options, () => this.random());
  }

  random(): number {
    return this.#chance.next();
  }

  openReturnReceiver(options: ReturnReceiverOptions): ReturnReceiver {
    return new KernelReturnReceiver(this.#reactor, options);
  }

  neighborMac(interfaceIndex: number, ip: Ip): Mac | undefined {
    this.#neighbors ??= this.#opened.use(new Neighbors());
    return this.#neighbors.macOf(interfaceIndex, ip);
  }

  forwards(family: Family, interfaceName: string): boolean {
    const path = `/proc/sys/net/ipv${family}/conf/${interfaceName}/forwarding`;
    const now = this.#clock.now();
    const known = this.#forwarding.get(path);
    if (known && now < known.untilMs) return known.value;
    const value = readFlag(path);
    this.#forwarding.set(path, { value, untilMs: now + SYSCTL_MS_MAX });
    return value;
  }

  openRouting(onEvent: (event: RoutingEvent) => void): RoutingTable {
    const routing = this.#opened.use(Routing.open(onEvent));
    this.#reactor.add(routing.eventFd, () => routing.readEvents());
    this.#opened.defer(() => this.#reactor.remove(routing.eventFd));
    return routing;
  }

  openPacketFilter(onEvent: (event: FilterEvent) => void): PacketFilter {
    const filter = this.#opened.use(KernelPacketFilter.open(onEvent));
    this.#reactor.add(filter.eventFd, () => filter.readEvents());
    this.#opened.defer(() => this.#reactor.remove(filter.eventFd));
    return filter;
  }

  unixMs(): number {
    return Date.now();
  }

  errorName(errno: number): string {
    return errnoName(errno);
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]();
    this.#frames[Symbol.dispose]();
    this.devices[Symbol.dispose]();
  }
}

/** One raw socket that hears, and one that only speaks. */
class KernelSocket implements AdvertisementSocket {
  readonly #reactor: Waits;
  readonly #clock: Clock;
  readonly #options: AdvertisementSocketOptions;
  readonly #receiver: DatagramSocket;
  readonly #sender: DatagramSocket;

  get descriptors(): Descriptors {
    return { receiver: this.#receiver.fd, sender: this.#sender.fd };
  }

  constructor(reactor: Waits, clock: Clock, options: AdvertisementSocketOptions) {
    const { family, protocol, interface: link, receiveBufferBytes } = options;
    this.#reactor = reactor;
    this.#clock = clock;
    this.#options = options;
    const common = {
      family,
      protocol,
      ...(link && { interface: link.name, interfaceIndex: link.index }),
    };
    this.#receiver = openRawSocket({
      ...common,
      receives: true,
      ...(receiveBufferBytes !== undefined && { receiveBufferBytes }),
    });
    this.#sender = openRawSocket({
      ...common,
      receives: false,
      headerIncluded: family === 4,
      trafficClass: TRAFFIC_CLASS,
      hopLimit: 255,
      ...(link && { multicastInterfaceIndex: link.index }),
    });
    reactor.add(this.#receiver.fd, () => this.#read());
  }

  send(messages: Parameters<AdvertisementSocket["send"]>[0]): SendResult {
    return this.#sender.send(messages);
  }

  prepare(messages: Parameters<AdvertisementSocket["send"]>[0]): void {
    this.#sender.prepare(messages);
  }

  joinGroup(group: Parameters<AdvertisementSocket["joinGroup"]>[0]): void {
    this.#receiver.joinGroup(group, this.#options.interface?.index ?? 0);
  }

  leaveGroup(group: Parameters<AdvertisementSocket["leaveGroup"]>[0]): void {
    this.#receiver.leaveGroup(group, this.#options.interface?.index ?? 0);
  }

  [Symbol.dispose](): void {
    this.#reactor.remove(this.#receiver.fd);
    this.#receiver[Symbol.dispose]();
    this.#sender[Symbol.dispose]();
  }

  #read(): boolean {
    const { onReceived } = this.#options;
    return readBatch(
      this.#receiver,
      (datagram) => countFromArrival(this.#clock, datagram, onReceived),
    );
  }
}

function readFlag(path: string): boolean {
  try {
    return new TextDecoder().decode(readFile(path, 16)).trim() !== "0";
  } catch {
    return false; // No IPv6 on this interface.
  }
}
