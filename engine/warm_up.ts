/**
 * Practice for the moment that matters. A takeover is usually the first time in a process's life
 * that its code for it runs, and code that V8 sees for the first time is slow: milliseconds instead
 * of a tenth. So before a process reports ready, two routers of the same code elect each other a
 * few hundred times on a wire made of function calls, in time that is only counted.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../machines/config.ts";
import { type Family, type Ip, ip, parseMac } from "../net/address.ts";
import type { InterfaceAddress, Link, LinkTable } from "../net/link_table.ts";
import type { PacketFilter } from "../net/packet_filter_table.ts";
import type { Datagram } from "../net/sys/socket.ts";
import { Clock } from "./clock.ts";
import type {
  AdvertisementSocketOptions,
  OutgoingAdvertisement,
  Outside,
  SendResult,
} from "./io/outside.ts";
import { NO_DEVICES, withoutOwnLinks } from "./io/no_devices.ts";
import { PRACTICE_INDEX, type PracticeRoom } from "./io/practice_room.ts";
import { Log } from "./log.ts";
import { VrrpEngine } from "./vrrp_engine.ts";

/** Enough for V8 to optimise; takes about 150 ms. */
export const ROUND_COUNT_FULL = 400;
/** Enough for V8 to have compiled everything once; takes about 25 ms. */
export const ROUND_COUNT_BRIEF = 40;
/** Longer than a Master_Down_Interval of 1 s. */
const ELECTION_MS = 4_000;
/** Longer than an interval of 1 s: an advertisement of the better router is heard. */
const RECOVERY_MS = 1_100;
/** Virtual addresses of a router that practises. */
const ADDRESS_COUNT = 4;
/** Shapes practised; beyond that it is all the same to V8. */
const SHAPE_COUNT_MAX = 4;

/** What a rehearsal needs of a {@linkcode PracticeRoom}. */
type Room = Pick<PracticeRoom, "changeAddresses" | "sendFrames">;

/** Two routers that hear each other while `connected`. */
class Wire {
  connected = true;
  /**
   * Whether addresses are really changed: not just before a deadline. The kernel has one lock for
   * the links and addresses of all its namespaces, and who takes down a link, which may be why
   * there is a takeover, holds it for up to tens of milliseconds.
   */
  changesAddresses = true;
  readonly room: Room | undefined;
  readonly #sockets: AdvertisementSocketOptions[] = [];

  constructor(room: Room | undefined) {
    this.room = room;
  }

  open(options: AdvertisementSocketOptions) {
    this.#sockets.push(options);
    return {
      send: (messages: readonly OutgoingAdvertisement[]): SendResult => {
        if (this.connected) { for (const message of messages) this.#deliver(options, message); }
        return { sentCount: messages.length, errno: 0 };
      },
      joinGroup: () => {},
      leaveGroup: () => {},
      [Symbol.dispose]: () => {},
    };
  }

  #deliver(from: AdvertisementSocketOptions, message: OutgoingAdvertisement): void {
    for (const socket of this.#sockets) {
      if (socket !== from && socket.family === from.family) {
        socket.onReceived(datagram(message));
      }
    }
  }
}

/** As a socket tells it, property by property. */
function datagram({ bytes, source, destination, hopLimit }: OutgoingAdvertisement): Datagram {
  return {
    bytes,
    source,
    sourcePort: 0,
    destination,
    interfaceIndex: PRACTICE_INDEX,
    hopLimit,
    truncated: false,
    senderPortId: undefined,
    arrivedMs: undefined,
  };
}

/** Routers that only exist to exercise the code of real ones. */
export class Rehearsal {
  readonly #wire: Wire;
  #now = 0;
  readonly #clocks: readonly Clock[];
  readonly #engines: readonly VrrpEngine[];

  /** Without a room the kernel's part is left out. */
  constructor(
    room: Room | undefined,
    config: Config,
    instances: readonly VrrpInstanceConfig[],
    addressCountMax = ADDRESS_COUNT,
  ) {
    this.#wire = new Wire(room);
    this.#clocks = [new Clock(() => this.#now), new Clock(() => this.#now)];
    this.#engines = this.#clocks.map((clock, i) =>
      router(this.#wire, clock, practiceConfig(i + 1, config, instances, addressCountMax), i + 1)
    );
    this.#run(ELECTION_MS);
  }

  /** Has them elect each other so many times; leaves the lesser one waiting for the other. */
  warmUp(roundCount: number): void {
    this.#wire.changesAddresses = true;
    for (let round = 0; round < roundCount; round++) {
      this.rehearse();
      this.recover();
    }
    this.#wire.changesAddresses = false;
  }

  /**
   * One takeover, so that the processor has code and data at hand: done just before a real one is
   * due, which then runs several times as fast. Takes a few tenths of a millisecond.
   */
  rehearse(): void {
    const [lesser] = this.#clocks;
    const due = lesser?.nextDeadlineMs();
    if (lesser === undefined || due === undefined || !this.#wire.connected) return;
    this.#engines[0]?.rehearse();

    this.#wire.connected = false;
    this.#now = due;
    lesser.runDue(due);
    this.#engines[0]?.flushAll();
  }

  /** Makes the lesser router wait again, if it does not; for a quiet moment. */
  recover(): void {
    if (this.#wire.connected) return;
    this.#wire.connected = true;
    this.#run(RECOVERY_MS);
  }

  #run(durationMs: number): void {
    const end = this.#now + durationMs;
    for (;;) {
      const due = Math.min(...this.#clocks.map((clock) => clock.nextDeadlineMs() ?? Infinity));
      if (due > end) break;
      this.#now = due;
      for (const [i, clock] of this.#clocks.entries()) {
        clock.runDue(due);
        this.#engines[i]?.flushAll();
      }
    }
    this.#now = end;
  }
}

function router(
  wire: Wire,
  clock: Clock,
  config: Config,
  number: number,
): VrrpEngine {
  const engine = new VrrpEngine({
    outside: outside(wire, number),
    clock,
    log: new Log(() => {}, () => clock.now()),
    openSystem: (_, tell) => ({
      carryOut: (command) => {
        if (command.type === "READ_CONFIG") {
          tell({ type: "CONFIG_LOADED", config, resumes: [], startupDelayMs: {} });
        }
      },
      [Symbol.dispose]: () => {},
    }),
    onFailure: (error) => {
      throw error;
    },
  });
  engine.root.start();
  return engine;
}

function outside(wire: Wire, number: number): Outside {
  return {
    links: linkTable(wire, number),
    devices: NO_DEVICES,
    openAdvertisementSocket: (options) => wire.open(options),
    sendFrames: (frames) => wire.room?.sendFrames(frames) ?? { sentCount: frames.length, errno: 0 },
    // Never opened: routes are not practised.
    openRouting: () => ({ change: () => [], [Symbol.dispose]: () => {} }),
    // Nor are BFD sessions, which practise all the time.
    openUdpReceiver: () => ({ setFilter: () => {}, [Symbol.dispose]: () => {} }),
    openUdpSender: () => ({ send: () => 0, [Symbol.dispose]: () => {} }),
    random: () => 0,
    // Nor are packet filters.
    openPacketFilter: () => NO_FILTER,
    forwards: () => false,
    unixMs: () => 0,
    errorName: String,
  };
}

const NO_FILTER: PacketFilter = {
  replace: () => ({ errno: 0 }),
  change: () => ({ errno: 0 }),
  remove: () => ({ errno: 0 }),
  [Symbol.dispose]: () => {},
};

/** One interface with two addresses; what is put on it is not seen here. */
function linkTable(wire: Wire, number: number): LinkTable {
  // Both as net/netlink decodes them, property by property.
  const link: Link = {
    index: PRACTICE_INDEX,
    name: "practice",
    up: true,
    flags: 0,
    loopback: false,
    noArp: false,
    multicast: true,
    mtuBytes: 1_500,
    mac: parseMac("02:00:00:00:00:01"),
    hardwareType: 1,
    operState: 6,
    carrier: true,
    kind: undefined,
    parentIndex: undefined,
    masterIndex: undefined,
    vrfTable: undefined,
    alias: undefined,
    group: undefined,
  };
  const addresses = ([4, 6] as const).map((family): InterfaceAddress => ({
    interfaceIndex: PRACTICE_INDEX,
    ip: practiceAddress(family, number),
    prefixLength: 24,
    flags: 0,
    scope: 0,
    protocol: 0,
    label: undefined,
    broadcast: undefined,
    peer: undefined,
    preferredLifetimeSec: Infinity,
    validLifetimeSec: Infinity,
  }));
  return {
    links: () => [link],
    linkByName: () => link,
    linkByIndex: () => link,
    addressesOf: () => addresses,
    changeAddresses: (changes) =>
      (wire.changesAddresses ? wire.room?.changeAddresses(changes) : undefined) ??
        changes.map(() => ({ errno: 0 })),
    subscribe: () => () => {},
  };
}

/**
 * The configuration of one of the two routers: that of a real one with other values. V8 compiles
 * for the shapes that it has seen, so they are the same: properties in the same order, made by
 * JSON.parse as in a child process.
 */
function practiceConfig(
  number: number,
  config: Config,
  instances: readonly VrrpInstanceConfig[],
  addressCountMax: number,
): Config {
  const vrrpInstances = instances.map((instance, i) => {
    const practised = practiceInstance(number, instance, i + 1);
    const virtualAddresses = practised.virtualAddresses.slice(0, addressCountMax);
    const roomCount = addressCountMax - virtualAddresses.length;
    const excludedAddresses = practised.excludedAddresses.slice(0, roomCount);
    return { ...practised, virtualAddresses, excludedAddresses };
  });
  const practised = { ...config, vrrpInstances, syncGroups: [], bfdSessions: [] };
  return JSON.parse(JSON.stringify(practised)) as Config;
}

function practiceInstance(
  number: number,
  instance: VrrpInstanceConfig,
  vrid: number,
): VrrpInstanceConfig {
  // A group would be waited for, a script that never runs, too.
  const { syncGroup: _, ...alone } = withoutOwnLinks(instance);
  const { family, unicastPeers } = alone;
  return {
    ...alone,
    tracks: [],
    name: `practice ${vrid}`,
    ...(instance.interface === undefined ? {} : { interface: "practice" }),
    vrid,
    priority: 100 * number,
    initialRole: "backup",
    advertisementIntervalCs: 100,
    preempt: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    ...(instance.sourceIp === undefined ? {} : { sourceIp: practiceAddress(family, number) }),
    tracksSourceIp: false,
    unicastPeers: unicastPeers.slice(0, 1).map((peer) => ({
      ...peer,
      ip: practiceAddress(family, 3 - number),
    })),
    routes: [],
    rules: [],
  };
}

function practiceAddress(family: Family, number: number): Ip {
  return ip(family === 4 ? `192.0.2.${number}` : `fe80::${number}`);
}

/** One instance of each shape there is, as far as it matters; a few. */
export function representatives(config: Config): VrrpInstanceConfig[] {
  const byShape = new Map(config.vrrpInstances.map((each) => [shapeOf(each), each]));
  return [...byShape.values()].slice(0, SHAPE_COUNT_MAX);
}

/** What V8 tells objects apart by, and what code branches on. */
function shapeOf({ version, family, unicastPeers, ...rest }: VrrpInstanceConfig): string {
  const [address] = rest.virtualAddresses;
  const keys = [...Object.keys(rest), ...Object.keys(address ?? {})];
  return [version, family, unicastPeers.length > 0, ...keys].join(" ");
}
