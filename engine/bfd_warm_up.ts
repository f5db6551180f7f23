/**
 * Practice of BFD for the moment that matters: before a process reports ready, two sessions of the
 * same code come up and lose each other a few hundred times, in time that is only counted. See
 * warm_up.ts.
 *
 * @module
 */
import type { BfdSessionConfig } from "../machines/bfd_config.ts";
import type { Config } from "../machines/config.ts";
import { familyOf, type Ip, ip } from "../net/address.ts";
import { Clock } from "./clock.ts";
import { NO_DEVICES } from "./io/no_devices.ts";
import type { Outside, UdpReceiverOptions } from "./io/outside.ts";
import { Log } from "./log.ts";
import { VrrpEngine } from "./vrrp_engine.ts";

/** Until both are up, slow start included. */
const UP_MS_MAX = 3_000;
/** A generator of Lehmer's: any numbers will do. */
const RANDOM = { seed: 1, factor: 16_807, modulus: 2_147_483_647 };

/** Two ends that hear each other while `isConnected`. */
class Wire {
  isConnected = true;
  readonly receivers = new Map<Ip, UdpReceiverOptions>();
}

/**
 * Has two sessions like the first of a configuration lose each other so many times. Returns how
 * often one of them was lost.
 */
export function practiseSessions(config: Config, roundCount: number): number {
  const [session] = config.bfdSessions;
  if (!session) return 0;
  const isV4 = familyOf(session.remoteIp) === 4;
  const ends = [ip(isV4 ? "192.0.2.1" : "2001:db8::1"), ip(isV4 ? "192.0.2.2" : "2001:db8::2")];
  const wire = new Wire();
  let nowMs = 0;
  const clocks = ends.map(() => new Clock(() => nowMs));
  const engines = clocks.map((clock, i) => {
    const [own, other] = i === 0 ? ends : ends.toReversed();
    return own && other && start(wire, clock, { config, session, own, other });
  });
  const isUp = () => engines.every((engine) => isUpIn(engine));
  const runFor = (durationMs: number, isDone = () => false) => {
    const endMs = nowMs + durationMs;
    while (!isDone()) {
      for (const engine of engines) engine?.flushAll();
      const dueMs = Math.min(...clocks.map((clock) => clock.nextDeadlineMs() ?? Infinity));
      if (dueMs > endMs) break;
      nowMs = Math.max(nowMs, dueMs);
      for (const clock of clocks) clock.runDue(nowMs);
    }
  };
  const detectionMs = session.detectMult *
    Math.max(session.desiredMinTxIntervalUs, session.requiredMinRxIntervalUs) / 1_000;
  for (let round = 0; round < roundCount; round++) {
    wire.isConnected = true;
    runFor(UP_MS_MAX, isUp);
    runFor(detectionMs);
    wire.isConnected = false;
    runFor(2 * detectionMs);
  }
  return engines.reduce((sum, engine) => {
    const [own] = engine?.bfd.sessions ?? [];
    return sum + (own?.counters.downCount ?? 0);
  }, 0);
}

function isUpIn(engine: VrrpEngine | undefined): boolean {
  const [session] = engine?.bfd.sessions ?? [];
  return session?.status.conduct?.speech.state === "up";
}

interface End {
  readonly config: Config;
  readonly session: BfdSessionConfig;
  readonly own: Ip;
  readonly other: Ip;
}

function start(wire: Wire, clock: Clock, end: End): VrrpEngine {
  const { config, own, other } = end;
  // What is special about a session would only hold up the practice.
  const { localIp: _, interface: __, ...session } = end.session;
  const practised: Config = {
    ...config,
    vrrpInstances: [],
    syncGroups: [],
    bfdSessions: [{ ...session, remoteIp: other, isPassive: false, isAdminDown: false }],
  };
  const engine = new VrrpEngine({
    outside: outsideOf(wire, own, other),
    clock,
    log: new Log(() => {}, () => clock.now()),
    openSystem: (_, tell) => ({
      carryOut: (command) => {
        if (command.type === "READ_CONFIG") tell({ type: "CONFIG_LOADED", config: practised });
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

function outsideOf(wire: Wire, own: Ip, other: Ip): Outside {
  let random = RANDOM.seed;
  return {
    links: {
      links: () => [],
      linkByName: () => undefined,
      linkByIndex: () => undefined,
      addressesOf: () => [],
      changeAddresses: () => [],
      subscribe: () => () => {},
    },
    devices: NO_DEVICES,
    openAdvertisementSocket: () => {
      throw new Error("Nobody practises advertisements here");
    },
    openUdpReceiver: (options) => {
      wire.receivers.set(own, options);
      return { setFilter: () => {}, [Symbol.dispose]: () => {} };
    },
    openUdpSender: ({ hopLimit }) => ({
      send: (bytes) => {
        const to = wire.isConnected ? wire.receivers.get(other) : undefined;
        to?.onReceived({ bytes, source: own, destination: other, interfaceIndex: 1, hopLimit });
        return 0;
      },
      [Symbol.dispose]: () => {},
    }),
    sendFrames: (frames) => ({ sentCount: frames.length, errno: 0 }),
    openRouting: () => ({ change: () => [], [Symbol.dispose]: () => {} }),
    openPacketFilter: () => {
      throw new Error("Nobody practises packet filters here");
    },
    random: () => {
      random = random * RANDOM.factor % RANDOM.modulus;
      return random / RANDOM.modulus;
    },
    forwardsIpv6: () => false,
    unixMs: () => 0,
    errorName: String,
  };
}
