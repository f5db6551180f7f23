/**
 * Practice for the moment that matters. A takeover is usually the first time in a process's life
 * that its code for it runs, and code that V8 sees for the first time is slow: milliseconds instead
 * of a tenth. So before a process reports ready, two routers of the same code elect each other a
 * few hundred times on a wire made of function calls, in time that is only counted.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../machines/config.ts";
import { ip, parseMac } from "../net/address.ts";
import type { LinkTable } from "../net/link_table.ts";
import { Clock } from "./clock.ts";
import type {
  AdvertisementSocketOptions,
  OutgoingAdvertisement,
  Outside,
  SendResult,
} from "./io/outside.ts";
import { PRACTICE_INDEX, type PracticeRoom } from "./io/practice_room.ts";
import { Log } from "./log.ts";
import { VrrpEngine } from "./vrrp_engine.ts";

/** What there is to practise. */
export type Kind = Pick<VrrpInstanceConfig, "version" | "family">;

/** Enough for V8 to optimise; takes about 150 ms. */
export const ROUND_COUNT_FULL = 1_000;
/** Enough for V8 to have compiled everything once; takes about 25 ms. */
export const ROUND_COUNT_BRIEF = 40;
/** Longer than a Master_Down_Interval of 1 s. */
const ELECTION_MS = 4_000;
/** Longer than an interval of 1 s: an advertisement of the better router is heard. */
const RECOVERY_MS = 1_100;
const IFA_F_NODAD = 0x02;

/** Two routers that hear each other while `connected`. */
class Wire {
  connected = true;
  readonly room: PracticeRoom | undefined;
  readonly #sockets: AdvertisementSocketOptions[] = [];

  constructor(room: PracticeRoom | undefined) {
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
        socket.onReceived({ ...message, interfaceIndex: PRACTICE_INDEX });
      }
    }
  }
}

/** Routers that only exist to exercise the code of real ones. */
export class Rehearsal {
  readonly #wire: Wire;
  #now = 0;
  readonly #clocks: readonly Clock[];
  readonly #engines: readonly VrrpEngine[];

  /** Without a room the kernel's part is left out. */
  constructor(room: PracticeRoom | undefined, kinds: readonly Kind[]) {
    this.#wire = new Wire(room);
    this.#clocks = [new Clock(() => this.#now), new Clock(() => this.#now)];
    this.#engines = this.#clocks.map((clock, i) => router(this.#wire, clock, i + 1, kinds));
    this.#run(ELECTION_MS);
  }

  /** Has them elect each other so many times; leaves the lesser one waiting for the other. */
  warmUp(roundCount: number): void {
    for (let round = 0; round < roundCount; round++) {
      this.rehearse();
      this.recover();
    }
  }

  /**
   * One takeover, so that the processor has code and data at hand: done just before a real one is
   * due, which then runs several times as fast. Takes a few tenths of a millisecond.
   */
  rehearse(): void {
    const [lesser] = this.#clocks;
    const due = lesser?.nextDeadlineMs();
    if (lesser === undefined || due === undefined || !this.#wire.connected) return;
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
  number: number,
  kinds: readonly Kind[],
): VrrpEngine {
  const engine = new VrrpEngine({
    outside: outside(wire, number),
    clock,
    log: new Log(() => {}, () => clock.now()),
    openSystem: (_, tell) => ({
      carryOut: (command) => {
        if (command.type === "READ_CONFIG") {
          tell({ type: "CONFIG_LOADED", config: config(number, kinds) });
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
    links: linkTable(wire.room, number),
    openAdvertisementSocket: (options) => wire.open(options),
    sendFrames: (frames) => wire.room?.sendFrames(frames) ?? { sentCount: frames.length, errno: 0 },
    forwardsIpv6: () => false,
    errorName: String,
  };
}

/** One interface with two addresses; what is put on it is not seen here. */
function linkTable(room: PracticeRoom | undefined, number: number): LinkTable {
  const link = {
    index: PRACTICE_INDEX,
    name: "practice",
    up: true,
    flags: 0,
    mtuBytes: 1_500,
    hardwareType: 1,
    mac: parseMac("02:00:00:00:00:01"),
    operState: 6,
    carrier: true,
    masterIndex: undefined,
    parentIndex: undefined,
    kind: undefined,
    loopback: false,
    noArp: false,
    multicast: true,
  };
  const addresses = [`192.0.2.${number}`, `fe80::${number}`].map((text) => ({
    interfaceIndex: PRACTICE_INDEX,
    ip: ip(text),
    prefixLength: 24,
    flags: 0,
    scope: 0,
    protocol: 0,
    label: undefined,
    broadcast: undefined,
    peer: undefined,
    preferredLifetimeSec: 0xffffffff,
    validLifetimeSec: 0xffffffff,
  }));
  return {
    links: () => [link],
    linkByName: () => link,
    linkByIndex: () => link,
    addressesOf: () => addresses,
    changeAddresses: (changes) =>
      room?.changeAddresses(changes) ?? changes.map(() => ({ errno: 0 })),
    subscribe: () => () => {},
  };
}

function config(number: number, kinds: readonly Kind[]): Config {
  return {
    global: {
      dynamicInterfaces: false,
      logUnknownVrids: false,
      vrrpProcess: { realtimePriority: 1, realtimeLimitUs: 1 },
    },
    vrrpInstances: kinds.map(({ version, family }, i) => instance(number, version, family, i + 1)),
  };
}

function instance(
  number: number,
  version: 2 | 3,
  family: 4 | 6,
  vrid: number,
): VrrpInstanceConfig {
  const address = family === 4 ? `198.51.100.${vrid}` : `fe80::100:${vrid}`;
  return {
    name: `practice ${vrid}`,
    interface: "practice",
    family,
    version,
    vrid,
    priority: 100 * number,
    initialRole: "backup",
    advertisementIntervalCs: 100,
    downIntervalAdverts: 3,
    preempt: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    accept: true,
    strict: false,
    tracksSourceIp: false,
    tracksInterface: true,
    multicastGroup: ip(family === 4 ? "224.0.0.18" : "ff02::12"),
    unicastPeers: [],
    faultsWithoutPeers: false,
    unicastHopLimit: 255,
    checksUnicastSource: false,
    checksumIncludesPseudoHeader: true,
    ownerIgnoresAdvertisements: false,
    answersLowerPriority: true,
    advertisesBeforeYielding: false,
    checksAddressesOnChangeOnly: false,
    tracks: [],
    announcements: {
      repeatCount: 5,
      delayMs: 1_500,
      refreshMs: 0,
      refreshRepeatCount: 1,
      lowerPriorityRepeatCount: 5,
      lowerPriorityDelayMs: 5_000,
      arpIntervalUs: 0,
      neighborIntervalUs: 0,
    },
    virtualAddresses: [{
      ip: ip(address),
      prefixLength: family === 4 ? 32 : 128,
      scope: 0,
      flags: family === 4 ? 0 : IFA_F_NODAD,
      tracked: true,
    }],
    excludedAddresses: [],
  };
}
