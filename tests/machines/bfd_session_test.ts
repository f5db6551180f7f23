import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { BfdFact, BfdState } from "../../machines/bfd_session.ts";
import { packet, sessionConfig, walk } from "./bfd_step.ts";

const FINAL = packet("up", { final: true });
const EXPIRED: BfdFact = { type: "DETECTION_TIME_EXPIRED" };
const SHUTDOWN: BfdFact = { type: "SHUTDOWN" };
/** Facts that lead to a state; Up with its first Poll Sequence done. */
const TO: Readonly<Record<"down" | "init" | "up", readonly BfdFact[]>> = {
  down: [],
  init: [packet("down")],
  up: [packet("init"), FINAL],
};
const SAY_UP = "say up (0) to 9 tx 100 detect 400";

function reconfigure(change: Partial<BfdSessionConfig>): BfdFact {
  return { type: "RECONFIGURE", config: sessionConfig(change) };
}

interface Row {
  readonly what: string;
  readonly config?: Partial<BfdSessionConfig>;
  readonly facts: readonly BfdFact[];
  readonly value: string;
  readonly effects: readonly string[];
}

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  { what: "§6.8.1 start: Down, slow, nothing known", facts: [],
    value: "down/idle/periodic",
    effects: ["say down (0) to 0 tx 1000 detect 0", "report down (0)", "periodic"] },
  { what: "§6.1 passive: silent until spoken to", config: { isPassive: true }, facts: [],
    value: "down/idle/silent",
    effects: ["say down (0) to 0 tx 1000 detect 0", "report down (0)", "silent"] },
  { what: "§6.1 passive: speaks when spoken to", config: { isPassive: true },
    facts: [packet("down")], value: "init/idle/periodic",
    effects: ["say init (0) to 9 tx 1000 detect 400", "report init (0)", "periodic"] },
  { what: "§6.8.7 passive: silent again when the neighbour is forgotten",
    config: { isPassive: true }, facts: [packet("adminDown"), EXPIRED],
    value: "down/idle/silent", effects: ["say down (0) to 0 tx 1000 detect 0", "silent"] },
  { what: "§6.8.4 expiry in Init: Down, diagnostic 1", facts: [...TO.init, EXPIRED],
    value: "down/idle/periodic",
    effects: ["say down (1) to 0 tx 1000 detect 0", "report down (1)"] },
  { what: "§6.8.4 expiry in Up: Down, diagnostic 1, the neighbour forgotten",
    facts: [...TO.up, EXPIRED], value: "down/polling.clear/periodic",
    effects: ["say down (1) to 0 tx 1000 detect 0", "report down (1)", "poll on"] },
  { what: "§6.8.18 expiry in Down: the neighbour's wishes are forgotten",
    facts: [packet("adminDown", { requiredMinRxIntervalUs: 5_000_000 }), EXPIRED],
    value: "down/idle/periodic", effects: ["say down (0) to 0 tx 1000 detect 0"] },
  { what: "§6.8.3 on Up the faster interval counts at once, and is polled for",
    facts: [packet("init")], value: "up/polling.clear/periodic",
    effects: [SAY_UP, "report up (0)", "poll on"] },
  { what: "§6.5 a Final ends the Poll Sequence", facts: TO.up, value: "up/idle/periodic",
    effects: ["poll off", SAY_UP, SAY_UP] },
  { what: "§6.5 a packet without F does not", facts: [packet("init"), packet("up")],
    value: "up/polling.clear/periodic", effects: [SAY_UP] },
  { what: "§6.8.7 a poll is answered at once", facts: [...TO.up, packet("up", { poll: true })],
    value: "up/idle/periodic", effects: [SAY_UP, "final"] },
  { what: "§6.8.7 a poll is answered whatever the state, with the new state",
    facts: [packet("down", { poll: true })], value: "init/idle/periodic",
    effects: ["say init (0) to 9 tx 1000 detect 400", "report init (0)", "final"] },
  { what: "§6.8.7 a poll is answered in Demand mode",
    facts: [...TO.up, packet("up", { demand: true }), packet("up", { demand: true, poll: true })],
    value: "up/idle/onDemand", effects: [SAY_UP, "final"] },
  { what: "§6.6 the neighbour demands: no periodic packets",
    facts: [...TO.up, packet("up", { demand: true })], value: "up/idle/onDemand",
    effects: [SAY_UP, "onDemand"] },
  { what: "§6.6 it demands no more: periodic packets",
    facts: [...TO.up, packet("up", { demand: true }), packet("up")],
    value: "up/idle/periodic", effects: [SAY_UP, "periodic"] },
  { what: "§6.6 Demand counts only while both are Up",
    facts: [...TO.init, packet("down", { demand: true })], value: "init/idle/periodic",
    effects: ["say init (0) to 9 tx 1000 detect 400"] },
  { what: "§6.6 a Poll Sequence is sent although the neighbour demands",
    facts: [packet("init"), packet("up", { demand: true })],
    value: "up/polling.clear/periodic", effects: [SAY_UP] },
  { what: "§6.6 under Demand every change is polled for",
    facts: [...TO.up, packet("up", { demand: true }), reconfigure({ detectMult: 7 })],
    value: "up/polling.clear/periodic", effects: ["configure", SAY_UP, "poll on", "periodic"] },
  { what: "Demand is not heeded where it is not allowed", config: { allowsDemand: false },
    facts: [...TO.up, packet("up", { demand: true })], value: "up/idle/periodic",
    effects: [SAY_UP] },
  { what: "§6.8.7 RemoteMinRxInterval 0: no periodic packets",
    facts: [...TO.up, packet("up", { requiredMinRxIntervalUs: 0 })], value: "up/idle/onDemand",
    effects: [SAY_UP, "onDemand"] },
  { what: "§6.8.7 the slower of both wishes",
    facts: [...TO.up, packet("up", { requiredMinRxIntervalUs: 700_000 })],
    value: "up/idle/periodic", effects: ["say up (0) to 9 tx 700 detect 400"] },
  { what: "§6.8.4 the neighbour's multiplier and its slower interval",
    facts: [...TO.up, packet("up", { detectMult: 2, desiredMinTxIntervalUs: 300_000 })],
    value: "up/idle/periodic", effects: ["say up (0) to 9 tx 100 detect 600"] },
  { what: "§6.8.5 echoes fail: Down, diagnostic 2", facts: [...TO.up, { type: "ECHO_FAILED" }],
    value: "down/polling.clear/periodic",
    effects: ["say down (2) to 9 tx 1000 detect 400", "report down (2)", "poll on"] },
  { what: "§6.8.3 with echoes control packets are slow, acknowledged at first",
    config: { echo: { txIntervalUs: 20_000, requiredMinRxIntervalUs: 0 } },
    facts: [...TO.up, packet("up", { requiredMinEchoRxIntervalUs: 50_000 })],
    value: "up/polling.clear/periodic",
    effects: ["say up (0) to 9 tx 100 detect 4000 echo 50", "poll on"] },
  { what: "§6.8.6 Required Min Echo RX Interval 0 stops echoes",
    config: { echo: { txIntervalUs: 20_000, requiredMinRxIntervalUs: 0 } },
    facts: [...TO.up, packet("up", { requiredMinEchoRxIntervalUs: 50_000 }), FINAL],
    value: "up/polling.clear/periodic",
    effects: ["poll off", "say up (0) to 9 tx 100 detect 4000",
      "say up (0) to 9 tx 100 detect 4000", "poll on"] },
  { what: "§6.8.16 shutdown: AdminDown, diagnostic 7", facts: [...TO.up, SHUTDOWN],
    value: "adminDown.stopping/idle/periodic",
    effects: ["say adminDown (7) to 9 tx 1000 detect 0", "report adminDown (7)"] },
  { what: "§6.8.7 in AdminDown a packet changes nothing, but a poll is answered",
    facts: [...TO.up, SHUTDOWN, packet("down", { poll: true })],
    value: "adminDown.stopping/idle/periodic", effects: ["final"] },
  { what: "§6.8.16 held down by the configuration", config: { isAdminDown: true }, facts: [],
    value: "adminDown.held/idle/periodic",
    effects: ["say adminDown (7) to 0 tx 1000 detect 0", "report adminDown (7)", "periodic"] },
  { what: "§6.8.16 enabling: Down", config: { isAdminDown: true }, facts: [reconfigure({})],
    value: "down/idle/periodic",
    effects: ["configure", "say down (7) to 0 tx 1000 detect 0", "report down (7)"] },
  { what: "§6.8.16 disabling by the configuration",
    facts: [...TO.up, reconfigure({ isAdminDown: true })],
    value: "adminDown.held/idle/periodic",
    effects: ["configure", "say adminDown (7) to 9 tx 1000 detect 0", "report adminDown (7)"] },
  { what: "§6.8.16 the path is known to be dead: diagnostic 5",
    facts: [...TO.up, { type: "PATH_FAILED" }], value: "adminDown.pathDown/idle/periodic",
    effects: ["say adminDown (5) to 9 tx 1000 detect 0", "report adminDown (5)"] },
  { what: "§6.8.16 the path is back: Down",
    facts: [...TO.up, { type: "PATH_FAILED" }, { type: "PATH_RESTORED" }],
    value: "down/polling.clear/periodic",
    effects: ["say down (5) to 0 tx 1000 detect 0", "report down (5)", "poll on"] },
  { what: "§6.8.3 slower sending waits for the neighbour",
    facts: [...TO.up, reconfigure({ desiredMinTxIntervalUs: 500_000 })],
    value: "up/polling.clear/periodic", effects: ["configure", SAY_UP, "poll on"] },
  { what: "§6.8.3 slower sending counts after the Final",
    facts: [...TO.up, reconfigure({ desiredMinTxIntervalUs: 500_000 }), FINAL],
    value: "up/idle/periodic",
    effects: ["poll off", SAY_UP, "say up (0) to 9 tx 500 detect 400"] },
  { what: "§6.8.3 faster sending counts at once",
    facts: [...TO.up, reconfigure({ desiredMinTxIntervalUs: 60_000 })],
    value: "up/polling.clear/periodic",
    effects: ["configure", "say up (0) to 9 tx 60 detect 400", "poll on"] },
  { what: "§6.8.3 faster detection waits for the neighbour",
    facts: [...TO.up, reconfigure({ requiredMinRxIntervalUs: 60_000 })],
    value: "up/polling.clear/periodic", effects: ["configure", SAY_UP, "poll on"] },
  { what: "§6.8.3 faster detection counts after the Final",
    facts: [...TO.up, reconfigure({ requiredMinRxIntervalUs: 60_000 }), FINAL],
    value: "up/idle/periodic",
    effects: ["poll off", SAY_UP, "say up (0) to 9 tx 100 detect 240"] },
  { what: "§6.8.3 slower detection counts at once",
    facts: [...TO.up, reconfigure({ requiredMinRxIntervalUs: 200_000 })],
    value: "up/polling.clear/periodic",
    effects: ["configure", "say up (0) to 9 tx 100 detect 800", "poll on"] },
  { what: "§6.8.12 a new multiplier needs no poll",
    facts: [...TO.up, reconfigure({ detectMult: 7 })], value: "up/idle/periodic",
    effects: ["configure", SAY_UP] },
  { what: "§6.8.3 a second change while polling: the Final is ambiguous",
    facts: [packet("init"), reconfigure({ desiredMinTxIntervalUs: 60_000 }), FINAL],
    value: "up/separating/periodic",
    effects: ["poll off", "say up (0) to 9 tx 60 detect 400"] },
  { what: "§6.8.3 a packet without F separates two Poll Sequences",
    facts: [packet("init"), reconfigure({ desiredMinTxIntervalUs: 60_000 }), FINAL, packet("up")],
    value: "up/polling.clear/periodic",
    effects: ["say up (0) to 9 tx 60 detect 400", "poll on"] },
];

for (const { what, config = {}, facts, value, effects } of ROWS) {
  Deno.test(`bfdSession ${what}`, () => {
    const walked = walk(config, ...facts);
    assertEquals([walked.value, walked.effects], [value, [...effects]]);
  });
}

// deno-fmt-ignore
const TABLE: readonly [local: "down" | "init" | "up", remote: BfdState, next: string][] = [
  ["down", "adminDown", "down (0)"], ["down", "down", "init (0)"], ["down", "init", "up (0)"],
  ["down", "up", "down (0)"],
  ["init", "adminDown", "down (3)"], ["init", "down", "init (0)"], ["init", "init", "up (0)"],
  ["init", "up", "up (0)"],
  ["up", "adminDown", "down (3)"], ["up", "down", "down (3)"], ["up", "init", "up (0)"],
  ["up", "up", "up (0)"],
];

for (const [local, remote, next] of TABLE) {
  Deno.test(`bfdSession §6.8.6 ${local} hears ${remote}`, () => {
    const { commands, context, value } = walk({}, ...TO[local], packet(remote));
    assertEquals(`${value.split("/")[0]} (${context.diagnostic})`, next);
    const reports = commands.filter(({ type }) => type === "REPORT").length;
    assertEquals(reports, next.startsWith(local) ? 0 : 1);
    assertEquals(context.remote.discriminator, 9);
  });
}

Deno.test("bfdSession §6.8.16: retires after AdminDown, and not before", () => {
  assert(!walk({}, ...TO.up, { type: "RETIRE" }).done);
  assert(walk({}, ...TO.up, SHUTDOWN, { type: "RETIRE" }).done);
});

Deno.test("bfdSession: whatever comes, slow while not Up, and no Poll without an end", () => {
  const packets = fc.record({
    state: fc.constantFrom<BfdState[]>("adminDown", "down", "init", "up"),
    poll: fc.boolean(),
    final: fc.boolean(),
    demand: fc.boolean(),
    requiredMinRxIntervalUs: fc.constantFrom(0, 1, 50_000, 3_000_000),
  }).map(({ state, ...change }) => packet(state, change));
  const others = fc.constantFrom<BfdFact[]>(
    EXPIRED,
    { type: "ECHO_FAILED" },
    reconfigure({ detectMult: 7 }),
    reconfigure({ desiredMinTxIntervalUs: 60_000 }),
    reconfigure({ isAdminDown: true }),
    { type: "PATH_FAILED" },
    { type: "PATH_RESTORED" },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(packets, packets, others), { maxLength: 12 }), (facts) => {
      for (const command of walk({}, ...facts).commands) {
        if (command.type !== "CONDUCT") continue;
        const { speech, txIntervalUs } = command;
        if (speech.state !== "up") assert(speech.desiredMinTxIntervalUs >= 1_000_000);
        assert(txIntervalUs >= Math.min(60_000, speech.desiredMinTxIntervalUs));
      }
      // Whatever was before: a neighbour that answers ends every Poll Sequence.
      const answers = [
        packet("down"),
        packet("init"),
        FINAL,
        packet("up"),
        FINAL,
        packet("up"),
        FINAL,
      ];
      const { value } = walk({}, ...facts, reconfigure({}), { type: "PATH_RESTORED" }, ...answers);
      assertEquals(value.split("/").slice(0, 2), ["up", "idle"]);
    }),
  );
});
