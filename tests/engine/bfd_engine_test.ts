/**
 * BFD sessions in a process: started, reloaded, stopped by the root, followed by virtual routers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { VrrpEngine } from "../../engine/vrrp_engine.ts";
import { Log } from "../../engine/log.ts";
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import type { Verdict } from "../../machines/standing.ts";
import type { SystemFact } from "../../machines/system.ts";
import type { Track } from "../../machines/track.ts";
import type { VrrpReport } from "../../machines/vrrp_facts.ts";
import { ip } from "../../net/address.ts";
import { decodeControlPacket } from "../../net/packet/bfd.ts";
import { sessionConfig } from "../machines/bfd_step.ts";
import { instanceConfig, wholeConfig } from "../machines/vrrp_config.ts";
import { VirtualTime } from "../virtual_time.ts";
import { packetBytes } from "./io/bfd_ends.ts";
import { FakeOutside } from "./io/fake_outside.ts";

const B1 = sessionConfig();
const B2 = sessionConfig({ name: "b2", remoteIp: ip("192.0.2.3") });

function configOf(
  sessions: readonly BfdSessionConfig[],
  instances: readonly VrrpInstanceConfig[] = [],
): Config {
  return { ...wholeConfig(instances), bfdSessions: sessions };
}

function follower(change: Partial<Track> = {}): VrrpInstanceConfig {
  const track: Track = { kind: "bfd", name: "b1", weight: 0, reversed: false, ...change };
  return instanceConfig({ interface: "eth0", priority: 100, tracks: [track] });
}

function process() {
  const time = new VirtualTime();
  const outside = new FakeOutside();
  outside.links.addLink("eth0", 1);
  outside.links.addAddress(1, "192.0.2.77");
  const logged: string[] = [];
  const reports: VrrpReport[] = [];
  const sessions: [SessionReport, Verdict | undefined][] = [];
  let tell: (fact: SystemFact) => void = () => {};
  const done: string[] = [];
  const engine = new VrrpEngine({
    outside,
    clock: time.clock,
    log: new Log((level, text) => logged.push(`${level}: ${text}`), () => time.nowMs),
    openSystem: (_, given) => {
      tell = given;
      return { carryOut: ({ type }) => void done.push(type), [Symbol.dispose]: () => {} };
    },
    onReport: (_id, _name, report) => void reports.push(report),
    onSession: (report, verdict) => void sessions.push([report, verdict]),
    onFailure: (error) => {
      throw error;
    },
  });
  engine.root.start();
  const settle = () => engine.flushAll();
  const hear = (state: "init" | "up" | "down" | "adminDown", source = "192.0.2.2") => {
    const session = [...engine.bfd.sessions].find(({ config }) => config.remoteIp === source);
    outside.receivers.find(({ closed }) => !closed)?.options.onReceived({
      bytes: packetBytes(state, { yourDiscriminator: session?.discriminator ?? 0 }),
      source: ip(source),
      destination: ip("192.0.2.1"),
      interfaceIndex: 1,
      hopLimit: 255,
    });
    settle();
  };
  const load = (config: Config) => {
    tell({ type: "CONFIG_LOADED", config });
    settle();
  };
  /** States of all packets that were sent, to all neighbours. */
  const said = () =>
    outside.senders.flatMap(({ sent }) => sent.splice(0)).flatMap((bytes) => {
      const packet = decodeControlPacket(bytes);
      return typeof packet === "string" ? [] : [packet.state];
    });
  const stateOf = () => {
    const report = reports.findLast(({ type }) => type === "REPORT");
    return report?.type === "REPORT" ? report.state : undefined;
  };
  return {
    time,
    outside,
    engine,
    load,
    hear,
    said,
    logged,
    reports,
    sessions,
    done,
    stateOf,
    tell,
  };
}

Deno.test("VrrpEngine: sessions start without virtual routers", () => {
  const { load, said, hear, logged } = process();
  load(configOf([B1, B2]));
  assertEquals(said(), ["down", "down"]);
  hear("down");
  hear("up");
  assertEquals(logged, [
    "info: BFD_Instance(b1) Entering Down state",
    "info: BFD_Instance(b2) Entering Down state",
    "info: BFD_Instance(b1) Entering Init state",
    "info: BFD_Instance(b1) Entering Up state",
  ]);
});

Deno.test("VrrpEngine: a reload leaves what did not change alone, and is exact about the rest", () => {
  const { load, said, hear, engine, sessions } = process();
  load(configOf([B1, B2]));
  hear("init");
  said();
  const discriminators = () => Array.from(engine.bfd.sessions, (each) => each.discriminator);
  const [first] = discriminators();
  sessions.length = 0;
  load(configOf([{ ...B1 }, sessionConfig({ name: "b3", remoteIp: ip("192.0.2.4") })]));
  assertEquals(said(), ["adminDown", "adminDown", "down"], "b2 leaves, b3 comes");
  assertEquals(discriminators()[0], first);
  assertEquals(sessions.map(([{ name, state }]) => `${name} ${state}`), [
    "b2 adminDown",
    "b3 down",
  ]);
});

Deno.test("VrrpEngine: changed timers are announced by a Poll Sequence, and the session stays Up", () => {
  const { load, hear, outside, sessions } = process();
  load(configOf([B1]));
  hear("init");
  sessions.length = 0;
  for (const sender of outside.senders) sender.sent.length = 0;
  load(configOf([{ ...B1, desiredMinTxIntervalUs: 20_000 }]));
  const packets = outside.senders.flatMap(({ sent }) => sent).map(decodeControlPacket);
  assert(packets.length > 0);
  for (const packet of packets) {
    assert(typeof packet !== "string");
    assertEquals([packet.state, packet.poll, packet.desiredMinTxIntervalUs], ["up", true, 20_000]);
  }
  assertEquals(sessions, []);
});

Deno.test("VrrpEngine: at the end every session says AdminDown, and no socket is left", () => {
  const { load, said, tell, done, outside } = process();
  load(configOf([B1, B2]));
  said();
  tell({ type: "STOP_REQUESTED" });
  assertEquals(said(), ["adminDown", "adminDown", "adminDown", "adminDown"]);
  assertEquals(done.at(-1), "REPORT_STOPPED");
  assert(outside.senders.every(({ closed }) => closed));
});

Deno.test("track_bfd: no weight: a fault until the session is up, and when it is lost", () => {
  const { load, hear, stateOf, logged } = process();
  load(configOf([B1], [follower()]));
  assertEquals(stateOf(), "fault");
  hear("init");
  assertEquals(stateOf(), "backup");
  hear("down");
  assertEquals(stateOf(), "fault");
  assert(logged.some((line) => line.includes("bfd b1 is down (the neighbor signaled Down)")));
});

Deno.test("track_bfd RFC 5882 §3.2: a neighbour that is held down on purpose is no fault", () => {
  const { load, hear, stateOf } = process();
  load(configOf([B1], [follower()]));
  hear("init");
  hear("adminDown");
  assertEquals(stateOf(), "backup");
  hear("down");
  hear("up");
  hear("down");
  assertEquals(stateOf(), "fault");
});

// deno-fmt-ignore
const WEIGHTS: [what: string, track: Partial<Track>, down: number, up: number][] = [
  ["a positive weight counts while it is up", { weight: 20 }, 100, 120],
  ["a negative weight counts while it is down", { weight: -20 }, 80, 100],
  ["a positive weight, reversed", { weight: 20, reversed: true }, 100, 80],
  ["a negative weight, reversed", { weight: -20, reversed: true }, 120, 100],
];
for (const [what, track, down, up] of WEIGHTS) {
  Deno.test(`track_bfd: ${what}`, () => {
    const { load, hear, engine } = process();
    load(configOf([B1], [follower(track)]));
    const priority = () => {
      const { children } = engine.root.getSnapshot();
      const instance = Object.entries(children).find(([id]) => id.startsWith("vrrp "))?.[1];
      const { context } = instance?.getSnapshot() as unknown as {
        context: { standing: { priority: number } };
      };
      return context.standing.priority;
    };
    assertEquals(priority(), down);
    hear("init");
    assertEquals(priority(), up);
  });
}

Deno.test("track_bfd: who begins to track after a reload knows what is known", () => {
  const { load, hear, stateOf } = process();
  load(configOf([B1]));
  hear("init");
  load(configOf([B1], [follower()]));
  assertEquals(stateOf(), "backup");
});

Deno.test("track_bfd: reversed without weight, a session that is up is the fault", () => {
  const { load, hear, stateOf } = process();
  load(configOf([B1], [follower({ reversed: true })]));
  assertEquals(stateOf(), "backup");
  hear("init");
  assertEquals(stateOf(), "fault");
});

Deno.test("track_bfd: a session held down here is as if there was none", () => {
  const { load, stateOf } = process();
  load(configOf([{ ...B1, isAdminDown: true }], [follower()]));
  assertEquals(stateOf(), "backup");
});

Deno.test("VrrpEngine: checks hear of sessions that inform them, of others not", () => {
  const { load, hear, sessions } = process();
  load(configOf([B1, { ...B2, informs: { vrrp: true, checkers: false } }]));
  hear("init");
  hear("init", "192.0.2.3");
  assertEquals(sessions.map(([{ name, state }, verdict]) => `${name} ${state} ${verdict?.state}`), [
    "b1 down bad",
    "b2 down undefined",
    "b1 up good",
    "b2 up undefined",
  ]);
});

Deno.test("VrrpEngine: what many sessions became in one turn is one piece of news, unless a router waits for it", () => {
  for (const instances of [[], [follower()]]) {
    const { load, engine } = process();
    const known: string[] = [];
    let last: unknown;
    engine.root.subscribe(({ context: { verdicts } }) => {
      if (verdicts !== last) known.push(Object.keys(verdicts).sort().join(", "));
      last = verdicts;
    });
    load(configOf([B1, B2], instances));
    const news = known.filter((each) => each !== "");
    assertEquals(news, instances.length === 0 ? ["bfd b1, bfd b2"] : ["bfd b1", "bfd b1, bfd b2"]);
  }
});
