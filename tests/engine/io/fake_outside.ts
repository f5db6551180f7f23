/**
 * A world in memory: what is sent is kept, what is received is told by the test.
 *
 * @module
 */
import type {
  AdvertisementSocket,
  AdvertisementSocketOptions,
  Frame,
  OutgoingAdvertisement,
  Outside,
  Received,
  ReturnReceiver,
  ReturnReceiverOptions,
  SendResult,
  UdpReceiver,
  UdpReceiverOptions,
  UdpSender,
  UdpSenderOptions,
} from "../../../engine/io/outside.ts";
import type { UdpFilter } from "../../../net/sys/packet_filter.ts";
import { Random } from "../../../engine/sim/random.ts";
import type { RoutingChange, RoutingEvent, RoutingTable } from "../../../net/routing_table.ts";
import type { Ip, Mac } from "../../../net/address.ts";
import { NO_DEVICES } from "../../../engine/io/no_devices.ts";
import type { Devices } from "../../../net/devices_table.ts";
import { SimPacketFilter } from "../../../engine/sim/kernel_filter.ts";
import { FakeLinks } from "./fake_links.ts";

const ALL_SENT = (count: number): SendResult => ({ sentCount: count, errno: 0 });

/** A socket that keeps what is sent. */
export class FakeSocket implements AdvertisementSocket {
  readonly options: AdvertisementSocketOptions;
  readonly sent: OutgoingAdvertisement[] = [];
  readonly batches: number[] = [];
  readonly groups: Ip[] = [];
  closed = false;
  /** How many of a batch the kernel takes, and what it says. */
  answer: (count: number) => SendResult = ALL_SENT;

  constructor(options: AdvertisementSocketOptions) {
    this.options = options;
  }

  send(messages: readonly OutgoingAdvertisement[]): SendResult {
    if (this.closed) throw new Error("The socket is closed");
    this.batches.push(messages.length);
    const result = this.answer(messages.length);
    this.sent.push(...messages.slice(0, result.sentCount));
    return result;
  }
  joinGroup(group: Ip): void {
    this.groups.push(group);
  }
  leaveGroup(group: Ip): void {
    this.groups.splice(this.groups.indexOf(group), 1);
  }
  [Symbol.dispose](): void {
    this.closed = true;
  }

  /** A datagram arrives. */
  receive(datagram: Partial<Received> & { readonly bytes: Uint8Array }): void {
    this.options.onReceived({
      source: undefined,
      destination: undefined,
      interfaceIndex: this.options.interface?.index ?? 0,
      hopLimit: undefined,
      ...datagram,
    });
  }
}

/** A table of routes and rules that keeps what is asked, and answers what the test wants. */
export class FakeRouting implements RoutingTable {
  onEvent: (event: RoutingEvent) => void = () => {};
  readonly changes: RoutingChange[] = [];
  readonly batches: number[] = [];
  /** What the kernel says to a change. */
  answer: (change: RoutingChange) => number = () => 0;

  change(changes: readonly RoutingChange[]): { errno: number }[] {
    this.batches.push(changes.length);
    this.changes.push(...changes);
    return changes.map((change) => ({ errno: this.answer(change) }));
  }
  [Symbol.dispose](): void {}
}

/** A UDP socket that hears what the test says. */
export class FakeUdpReceiver implements UdpReceiver {
  readonly options: UdpReceiverOptions;
  readonly filters: UdpFilter[];
  closed = false;
  patienceMs: number | undefined;
  /** Datagrams that nobody read yet came at this time; undefined: there are none. */
  unreadMs: number | undefined;
  /** Hands over what is read before a timeout is believed. */
  onCatchUp: () => void = () => {};

  constructor(options: UdpReceiverOptions) {
    this.options = options;
    this.filters = [options.filter];
  }
  setFilter(filter: UdpFilter): void {
    this.filters.push(filter);
  }
  setPatience(patienceMs: number): void {
    this.patienceMs = patienceMs;
  }
  catchUp(untilMs: number): boolean {
    this.onCatchUp();
    return this.unreadMs !== undefined && this.unreadMs < untilMs;
  }
  [Symbol.dispose](): void {
    this.closed = true;
  }
}

/** A UDP socket that keeps what it is to send. */
export class FakeUdpSender implements UdpSender {
  readonly options: UdpSenderOptions;
  readonly sent: Uint8Array[] = [];
  closed = false;
  /** What the kernel says. */
  errno = 0;
  onSent: (bytes: Uint8Array) => void = () => {};
  /** What was made ready last. */
  prepared: Uint8Array | undefined;

  constructor(options: UdpSenderOptions) {
    this.options = options;
  }

  prepare(bytes: Uint8Array): void {
    this.prepared = bytes;
  }

  send(bytes: Uint8Array): number {
    if (this.closed) throw new Error("The socket is closed");
    if (this.errno !== 0) return this.errno;
    this.sent.push(bytes.slice());
    this.onSent(bytes);
    return 0;
  }
  [Symbol.dispose](): void {
    this.closed = true;
  }
}

/** Hears what a test says. */
export class FakeReturnReceiver implements ReturnReceiver {
  readonly options: ReturnReceiverOptions;
  sampled: readonly Ip[] = [];
  closed = false;

  constructor(options: ReturnReceiverOptions) {
    this.options = options;
  }
  setSampled(sources: readonly Ip[]): void {
    this.sampled = sources;
  }
  [Symbol.dispose](): void {
    this.closed = true;
  }
}

/** An {@linkcode Outside} in memory. */
export class FakeOutside implements Outside {
  readonly links: FakeLinks = new FakeLinks();
  readonly devices: Devices = NO_DEVICES;
  readonly routing: FakeRouting = new FakeRouting();
  readonly filter: SimPacketFilter = new SimPacketFilter();
  readonly sockets: FakeSocket[] = [];
  readonly frames: Frame[] = [];
  readonly frameBatches: number[] = [];
  isForwarding = false;
  /** The clock that machines share. */
  nowMs = 1_700_000_000_000;
  readonly receivers: FakeUdpReceiver[] = [];
  readonly senders: FakeUdpSender[] = [];
  /** Refuses to open a socket by throwing. */
  onOpen: (options: UdpReceiverOptions | UdpSenderOptions) => void = () => {};
  onSent: (sender: FakeUdpSender, bytes: Uint8Array) => void = () => {};
  /** Chance: the same sequence in every test. */
  readonly #random = new Random(1);
  answerFrames: (count: number) => SendResult = ALL_SENT;

  openAdvertisementSocket(options: AdvertisementSocketOptions): FakeSocket {
    const socket = new FakeSocket(options);
    this.sockets.push(socket);
    return socket;
  }
  sendFrames(frames: readonly Frame[]): SendResult {
    this.frameBatches.push(frames.length);
    const result = this.answerFrames(frames.length);
    this.frames.push(...frames.slice(0, result.sentCount));
    return result;
  }
  openUdpReceiver(options: UdpReceiverOptions): FakeUdpReceiver {
    this.onOpen(options);
    const receiver = new FakeUdpReceiver(options);
    this.receivers.push(receiver);
    return receiver;
  }
  openUdpSender(options: UdpSenderOptions): FakeUdpSender {
    this.onOpen(options);
    const sender = new FakeUdpSender(options);
    sender.onSent = (bytes) => this.onSent(sender, bytes);
    this.senders.push(sender);
    return sender;
  }
  readonly returns: FakeReturnReceiver[] = [];
  openReturnReceiver(options: ReturnReceiverOptions): FakeReturnReceiver {
    const receiver = new FakeReturnReceiver(options);
    this.returns.push(receiver);
    return receiver;
  }
  readonly neighborMacs = new Map<Ip, Mac>();
  neighborMac(_: number, neighbor: Ip): Mac | undefined {
    return this.neighborMacs.get(neighbor);
  }
  random(): number {
    return this.#random.next();
  }
  openRouting(onEvent: (event: RoutingEvent) => void): FakeRouting {
    this.routing.onEvent = onEvent;
    return this.routing;
  }
  openPacketFilter(): SimPacketFilter {
    return this.filter;
  }
  forwards(): boolean {
    return this.isForwarding;
  }
  unixMs(): number {
    return this.nowMs;
  }
  errorName(errno: number): string {
    return `E${errno}`;
  }
}
