/**
 * The sockets that advertisements cross, shared by all instances of a process on the same interface
 * and family, and the way from a datagram to the instance it is for.
 *
 * @module
 */
import { type Family, type Ip, isMulticast } from "../../net/address.ts";
import type { Link } from "../../net/link_table.ts";
import { decodeIpv4, PROTOCOL_AH, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import { decodeAuthenticationHeader } from "../../net/packet/vrrp_auth.ts";
import { peekAdvertisement, type ReceivedAdvertisement } from "../../net/packet/vrrp.ts";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "../../machines/config.ts";
import { PRIORITY_RESIGN } from "../../machines/vrrp_rules.ts";
import type { Log } from "../log.ts";
import { HmacVerifier } from "./hmac_verifier.ts";
import type {
  AdvertisementSocket,
  AdvertisementSocketOptions,
  OutgoingAdvertisement,
  Outside,
  Received,
  SocketStatus,
} from "./outside.ts";
import { checkAdvertisement, namesOurAddresses, type VrrpDatagram } from "./receive_checks.ts";
import type { WireHabits } from "./wire_habits.ts";
import type { VrrpCounters } from "./vrrp_counters.ts";

/** What the hub needs of an instance. */
export interface Subscriber {
  readonly config: () => VrrpInstanceConfig;
  readonly primaryIp: () => Ip | undefined;
  readonly counters: VrrpCounters;
  readonly habits: WireHabits;
  readonly accepted: (advertisement: ReceivedAdvertisement, source: Ip) => void;
}

/** An instance's part in a socket. */
export interface Channel extends Disposable {
  /** Sends at once and in order; what the kernel cannot take now follows at the end of the turn. */
  send(messages: readonly OutgoingAdvertisement[]): void;
  /** Makes ready to send exactly this array. */
  prepare(messages: readonly OutgoingAdvertisement[]): void;
  /** The configuration changed. */
  reconfigure(): void;
}

/** Datagrams that belong to no instance. */
export interface HubCounters {
  malformedCount: number;
  unknownVridCount: number;
}

/** Advertisements that leave with one system call. */
const BATCH_COUNT = 32;
/** Advertisements that may wait when the kernel's queue is full; newer ones replace older. */
const QUEUE_COUNT_MAX = 8_192;
/** EAGAIN, ENOBUFS: the kernel's queue is full for now. */
const TEMPORARY_ERRNOS: ReadonlySet<number> = new Set([11, 105]);

interface Member {
  readonly subscriber: Subscriber;
  readonly group: Ip | undefined;
  /** Judges signatures, if the instance has keys; made anew with a new configuration. */
  verifier: HmacVerifier | undefined;
  /** Who was accepted last: addresses are compared when it changes. */
  lastSource: Ip | undefined;
}

interface Port {
  readonly family: Family;
  readonly protocol: number;
  readonly interface: string | undefined;
  readonly socket: AdvertisementSocket;
  readonly byVrid: Map<number, Member[]>;
  readonly groups: Map<Ip, number>;
  readonly outbox: { readonly message: OutgoingAdvertisement; readonly member: Member }[];
}

/** All advertisement sockets of a process. */
export class AdvertisementHub {
  readonly #outside: Outside;
  readonly #log: Log;
  readonly #ports = new Map<string, Port>();
  readonly #virtualCounts = new Map<Ip, number>();
  /** Virtual addresses of all instances: they are never anybody's primary address. */
  readonly virtuals: Set<Ip> = new Set();
  readonly counters: HubCounters = { malformedCount: 0, unknownVridCount: 0 };
  /** Whether to log advertisements for VRIDs that are not configured (log_unknown_vrids). */
  logsUnknownVrids = false;

  constructor(outside: Outside, log: Log) {
    this.#outside = outside;
    this.#log = log;
  }

  /** Opens or shares a socket for an instance. Throws a `SyscallError` if the kernel refuses. */
  attach(config: VrrpInstanceConfig, link: Link | undefined, subscriber: Subscriber): Channel {
    const { family, vrid } = config;
    const protocol = config.authenticationHeader ? PROTOCOL_AH : PROTOCOL_VRRP;
    const key = `${family} ${protocol} ${link?.index ?? 0}`;
    const port = this.#ports.get(key) ?? this.#open(key, { family, protocol }, link, config);
    const group = config.unicastPeers.length > 0 ? undefined : config.multicastGroup;
    if (group !== undefined) this.#join(port, group);
    const verifier = this.#verifierFor(config);
    const member: Member = { subscriber, group, verifier, lastSource: undefined };
    port.byVrid.set(vrid, [...port.byVrid.get(vrid) ?? [], member]);
    return {
      send: (messages) => this.#send(port, member, messages),
      prepare: (messages) => {
        port.socket.prepare?.(messages);
        this.#send(port, member, []); // So that V8 knows the way.
      },
      reconfigure: () => {
        member.lastSource = undefined;
        member.verifier = this.#verifierFor(subscriber.config());
      },
      [Symbol.dispose]: () => this.#detach(key, port, vrid, member),
    };
  }

  /** Sends what had to wait. Returns whether something still has to. */
  flush(): boolean {
    let waits = false;
    for (const port of this.#ports.values()) {
      if (port.outbox.length > 0 && !this.#flushPort(port)) waits = true;
    }
    return waits;
  }

  /** Every socket, and whose it is. */
  sockets(): SocketStatus[] {
    return Array.from(this.#ports.values(), ({ interface: name, family, protocol, ...port }) => ({
      ...(name !== undefined && { interface: name }),
      family,
      protocol,
      ...(port.socket.descriptors && { descriptors: port.socket.descriptors }),
      instances: [...port.byVrid.values()].flat().map(({ subscriber }) =>
        vrrpInstanceIdentity(subscriber.config())
      ),
    }));
  }

  /** Whether an address is a virtual one of any instance. */
  isVirtual(ip: Ip): boolean {
    return this.virtuals.has(ip);
  }

  /** Counts the addresses of an instance as virtual. */
  addVirtualAddresses({ virtualAddresses, excludedAddresses }: VrrpInstanceConfig): void {
    for (const { ip } of [...virtualAddresses, ...excludedAddresses]) {
      this.#virtualCounts.set(ip, (this.#virtualCounts.get(ip) ?? 0) + 1);
      this.virtuals.add(ip);
    }
  }

  /** Takes them back. */
  removeVirtualAddresses({ virtualAddresses, excludedAddresses }: VrrpInstanceConfig): void {
    for (const { ip } of [...virtualAddresses, ...excludedAddresses]) {
      const count = (this.#virtualCounts.get(ip) ?? 0) - 1;
      if (count > 0) this.#virtualCounts.set(ip, count);
      else {
        this.#virtualCounts.delete(ip);
        this.virtuals.delete(ip);
      }
    }
  }

  #verifierFor(config: VrrpInstanceConfig): HmacVerifier | undefined {
    return config.hmac && new HmacVerifier(config.hmac, config, () => this.#outside.unixMs());
  }

  #open(
    key: string,
    { family, protocol }: Pick<AdvertisementSocketOptions, "family" | "protocol">,
    link: Link | undefined,
    config: VrrpInstanceConfig,
  ): Port {
    const { receiveBufferBytes } = config;
    const socket = this.#outside.openAdvertisementSocket({
      family,
      protocol,
      ...(link && { interface: { index: link.index, name: link.name } }),
      ...(receiveBufferBytes !== undefined && { receiveBufferBytes }),
      onReceived: (datagram) => this.#receive(port, family, datagram),
    });
    const port: Port = {
      family,
      protocol,
      interface: link?.name,
      socket,
      byVrid: new Map(),
      groups: new Map(),
      outbox: [],
    };
    this.#ports.set(key, port);
    return port;
  }

  #join(port: Port, group: Ip): void {
    const count = port.groups.get(group) ?? 0;
    if (count === 0) port.socket.joinGroup(group);
    port.groups.set(group, count + 1);
  }

  #detach(key: string, port: Port, vrid: number, member: Member): void {
    this.#flushPort(port); // A resignation may be waiting.
    const others = port.byVrid.get(vrid)?.filter((each) => each !== member) ?? [];
    if (others.length > 0) port.byVrid.set(vrid, others);
    else port.byVrid.delete(vrid);
    const { group } = member;
    const count = group === undefined ? 0 : (port.groups.get(group) ?? 1) - 1;
    if (group !== undefined && count > 0) port.groups.set(group, count);
    else if (group !== undefined) {
      port.groups.delete(group);
      port.socket.leaveGroup(group);
    }
    if (port.byVrid.size > 0) return;
    this.#ports.delete(key);
    port.socket[Symbol.dispose]();
  }

  // --- sending -----------------------------------------------------------------------------------

  /** Nothing waits, as a rule: then the messages go to the kernel as they are. */
  #send(port: Port, member: Member, messages: readonly OutgoingAdvertisement[]): void {
    if (port.outbox.length === 0 && messages.length <= BATCH_COUNT) {
      const { sentCount, errno } = port.socket.send(messages);
      if (sentCount === messages.length) return;
      const isTemporary = TEMPORARY_ERRNOS.has(errno);
      if (errno !== 0 && !isTemporary) this.#noteFailure(member, errno);
      const rest = messages.slice(errno === 0 || isTemporary ? sentCount : sentCount + 1);
      for (const message of rest) this.#enqueue(port, member, message);
      if (!isTemporary) this.#flushPort(port);
      return;
    }
    for (const message of messages) this.#enqueue(port, member, message);
    this.#flushPort(port);
  }

  #enqueue(port: Port, member: Member, message: OutgoingAdvertisement): void {
    if (port.outbox.length >= QUEUE_COUNT_MAX) {
      port.outbox.shift();
      member.subscriber.counters.sendFailedCount++;
    }
    port.outbox.push({ message, member });
  }

  /** Returns false if the kernel's queue is full and messages are left. */
  #flushPort(port: Port): boolean {
    while (port.outbox.length > 0) {
      const batch = port.outbox.slice(0, BATCH_COUNT);
      const { sentCount, errno } = port.socket.send(batch.map(({ message }) => message));
      port.outbox.splice(0, sentCount);
      if (errno === 0) continue;
      if (TEMPORARY_ERRNOS.has(errno)) return false;
      const failed = port.outbox.shift();
      if (failed) this.#noteFailure(failed.member, errno);
    }
    return true;
  }

  #noteFailure({ subscriber }: Member, errno: number): void {
    subscriber.counters.sendFailedCount++;
    const { name } = subscriber.config();
    this.#log.sendFailed(name, "advertisement", this.#outside.errorName(errno));
  }

  // --- receiving ---------------------------------------------------------------------------------

  #receive(port: Port, family: Family, received: Received): void {
    const datagram = family === 4 ? openIpv4(received) : openIpv6(received);
    const peek = datagram && peekAdvertisement(datagram.pdu);
    if (!datagram || !peek || peek === "too short") {
      this.counters.malformedCount++;
      return;
    }
    const member = chooseMember(port.byVrid.get(peek.vrid), datagram);
    if (!member) {
      this.counters.unknownVridCount++;
      if (this.logsUnknownVrids) {
        this.#log.rejected(`VRID ${peek.vrid}`, "VRID is not configured here", datagram.source);
      }
      return;
    }
    this.#judge(member, datagram);
  }

  #judge(member: Member, datagram: VrrpDatagram): void {
    const { subscriber } = member;
    const { counters } = subscriber;
    const config = subscriber.config();
    const checked = checkAdvertisement(datagram, config, {
      verifier: member.verifier,
      sealCount: subscriber.habits.sealCount,
    });
    if ("rejection" in checked) {
      const { rejection } = checked;
      counters.rejected.set(rejection, (counters.rejected.get(rejection) ?? 0) + 1);
      this.#log.rejected(config.name, rejection, datagram.source);
      return;
    }
    const { advertisement, intervalDiffers, checksumIsOld } = checked;
    counters.advertisementsReceivedCount++;
    if (advertisement.priority === PRIORITY_RESIGN) counters.priorityZeroReceivedCount++;
    if (intervalDiffers) {
      counters.intervalDifferedCount++;
      this.#log.suspicious(config.name, "interval differs from ours", datagram.source);
    }
    if (checksumIsOld && subscriber.habits.checksum.hear(config)) {
      const text = "has the checksum of old keepalived: ours is like that, too, from now on";
      this.#log.suspicious(config.name, text, datagram.source);
    }
    this.#compareAddresses(member, advertisement, datagram.source, config);
    subscriber.accepted(advertisement, datagram.source);
  }

  #compareAddresses(
    member: Member,
    advertisement: ReceivedAdvertisement,
    source: Ip,
    config: VrrpInstanceConfig,
  ): void {
    const isNew = source !== member.lastSource;
    member.lastSource = source;
    if (!isNew && config.checksAddressesOnChangeOnly) return;
    if (namesOurAddresses(advertisement, config)) return;
    member.subscriber.counters.addressListDifferedCount++;
    this.#log.suspicious(config.name, "addresses differ from ours", source);
  }
}

/**
 * The instance a message is for. Instances may share a VRID if they differ in kind: one multicast
 * group each, or unicast with different peers.
 */
function chooseMember(
  members: readonly Member[] | undefined,
  { source, destination }: VrrpDatagram,
): Member | undefined {
  if (!members || members.length <= 1) return members?.[0];
  if (isMulticast(destination)) return members.find(({ group }) => group === destination);
  const unicast = members.filter(({ group }) => group === undefined);
  return unicast.find(({ subscriber }) =>
    subscriber.config().unicastPeers.some(({ ip }) => ip === source)
  ) ?? unicast[0];
}

function openIpv4({ bytes }: Received): VrrpDatagram | undefined {
  const packet = decodeIpv4(bytes);
  if (typeof packet === "string") return undefined;
  const { payload: pdu, source, destination, protocol, ttl: hopLimit, paddingBytes } = packet;
  const common = { family: 4, source, destination, hopLimit } as const;
  if (protocol === PROTOCOL_VRRP) return { ...common, pdu };
  const header = protocol === PROTOCOL_AH ? decodeAuthenticationHeader(pdu) : "too short";
  if (typeof header === "string" || header.nextHeader !== PROTOCOL_VRRP) return undefined;
  const sealed = { header, packet: bytes.subarray(0, bytes.length - paddingBytes) };
  return { ...common, pdu: header.payload, sealed };
}

function openIpv6({ bytes, source, destination, hopLimit }: Received): VrrpDatagram | undefined {
  if (source === undefined || destination === undefined || hopLimit === undefined) return undefined;
  return { family: 6, pdu: bytes, source, destination, hopLimit };
}
