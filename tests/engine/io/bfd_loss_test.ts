/**
 * The moment of a loss: what is made ready for it, and that the neighbour hears of it first.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { BfdEnd, BfdPair, SharedTime } from "./bfd_ends.ts";

const LOST_AT_MS = 400;

/** A session that is Up at 0 ms, and is lost at 400 ms unless its neighbour says more. */
function up(change: Partial<BfdSessionConfig> = {}) {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  const { tell } = end.start(change);
  time.runFor(0);
  end.hear("init");
  end.hear("up", { final: true, requiredMinEchoRxIntervalUs: 50_000 });
  end.hear("up", { requiredMinEchoRxIntervalUs: 50_000 });
  time.runFor(0);
  return { time, end, tell };
}

/** Lets time pass until the next timer is the one of the loss. */
function approach({ time, end }: ReturnType<typeof up>): void {
  while (end.clock.nextDeadlineMs() !== LOST_AT_MS) {
    const leftMs = (end.clock.nextDeadlineMs() ?? 0) - time.nowMs;
    time.runFor(leftMs);
  }
}

Deno.test("BfdIo: what a loss will have it say is made ready, and is what it then says", () => {
  const session = up();
  approach(session);
  const { end, time } = session;
  const sentCount = end.sent.length;
  assertEquals([end.clock.prepareNext(), end.clock.prepareNext()], [true, true]);
  assertEquals([end.sent.length, end.states.at(-1)], [sentCount, "up 0"]);
  const { prepared } = end.last.sender;
  let sent: Uint8Array | undefined;
  end.outside.onSent = (_, bytes) => sent = bytes;
  time.runFor(LOST_AT_MS - time.nowMs);
  assertEquals(end.states.at(-1), "down 1");
  assert(prepared && sent === prepared, "the very octets");
});

Deno.test("BfdIo: a loss stays prepared while periodic packets leave", () => {
  const { end, time } = up();
  time.runFor(LOST_AT_MS / 2);
  assertEquals([end.clock.nextBeliefMs(), end.clock.prepareNext()], [LOST_AT_MS, true]);
  const { prepared } = end.last.sender;
  const sent: Uint8Array[] = [];
  end.outside.onSent = (_, bytes) => sent.push(bytes);
  time.runFor(LOST_AT_MS / 2);
  assertEquals(end.states.at(-1), "down 1");
  const at = sent.indexOf(prepared ?? new Uint8Array());
  assert(at >= 1, `after periodic packets: ${at}`);
});

for (const prepares of [true, false]) {
  const name = prepares ? "prepared" : "unprepared";
  Deno.test(`BfdIo RFC 5880 §6.8.7: a passive end that lost its neighbour is silent: ${name}`, () => {
    const session = up({ isPassive: true });
    approach(session);
    const { end, time } = session;
    const sentCount = end.sent.length;
    if (prepares) assertEquals(end.clock.prepareNext(), true);
    time.runFor(5_000);
    assertEquals([end.states.at(-1), end.sent.length], ["down 1", sentCount]);
  });
}

Deno.test("BfdIo: what happens after a preparation counts, not what was prepared", () => {
  const session = up();
  approach(session);
  const { end, time } = session;
  assertEquals(end.clock.prepareNext(), true);
  session.tell({ type: "RECONFIGURE", config: sessionConfig({ detectMult: 7 }) });
  time.runFor(LOST_AT_MS - time.nowMs);
  assertEquals([end.last.packet.state, end.last.packet.detectMult], ["down", 7]);
  assertEquals(end.sent.filter(({ packet }) => packet.state === "down").length, 2);
});

Deno.test("BfdIo: a preparation changes nothing if the neighbour speaks after all", () => {
  const session = up();
  approach(session);
  const { end, time } = session;
  assertEquals(end.clock.prepareNext(), true);
  const before = end.last.bytes;
  end.hear("up");
  time.runFor(100);
  assertEquals(end.states.at(-1), "up 0");
  assertEquals(end.last.bytes, before);
});

const CHANGES: fc.Arbitrary<Partial<BfdSessionConfig>> = fc.record({
  detectMult: fc.integer({ min: 1, max: 9 }),
  isControlPlaneIndependent: fc.boolean(),
  idleTxIntervalUs: fc.integer({ min: 1_000_000, max: 3_000_000 }),
  ...{ echo: fc.record({ txIntervalUs: fc.constant(0), requiredMinRxIntervalUs: fc.nat(9_000) }) },
});

Deno.test("BfdIo: prepared or not, the same is said of a loss", () => {
  fc.assert(fc.property(CHANGES, (change) => {
    const said = [true, false].map((prepares) => {
      const session = up(change);
      approach(session);
      const { end, time } = session;
      if (prepares) end.clock.prepareNext();
      time.runFor(LOST_AT_MS - time.nowMs);
      return { ...end.last.packet, myDiscriminator: 0 };
    });
    assertEquals(said[0], said[1]);
    assertEquals(said[0]?.state, "down");
  }));
});

Deno.test("BfdIo: a proof is made when it is needed, as each has its number", () => {
  const pair = new BfdPair();
  const keys = [{ id: 1, secret: "sesame" }];
  pair.start({ authentication: { type: "keyedSha1", keys } });
  pair.time.runFor(5_000);
  const { a, time } = pair;
  assertEquals(a.states.at(-1), "up 0");
  pair.passes = () => false;
  while (!a.clock.prepareNext()) time.runFor((a.clock.nextDeadlineMs() ?? 0) - time.nowMs);
  assertEquals(a.last.sender.prepared, undefined);
});

const LOSSES = [
  {
    name: "nothing is heard",
    echoUs: 0,
    happen: ({ time }: ReturnType<typeof up>) => time.runFor(401),
  },
  {
    name: "echo packets do not come back",
    echoUs: 50_000,
    happen: ({ time, end }: ReturnType<typeof up>) => {
      for (let i = 0; i < 40; i++) {
        time.runFor(10);
        end.hear("up", { requiredMinEchoRxIntervalUs: 50_000 });
      }
    },
  },
];
for (const { name, echoUs, happen } of LOSSES) {
  Deno.test(`BfdIo RFC 5880 §6.8.7: the neighbour hears of a loss before anybody else: ${name}`, () => {
    const session = up({ echo: { txIntervalUs: echoUs, requiredMinRxIntervalUs: echoUs } });
    const { end } = session;
    const note = end.outside.onSent;
    const reported: string[] = [];
    end.outside.onSent = (sender, bytes) => {
      const count = end.sent.length;
      note(sender, bytes);
      if (end.sent.length > count) reported.push(`${end.last.packet.state}: ${end.states.at(-1)}`);
    };
    happen(session);
    assertEquals(reported.filter((line) => line.startsWith("down")), ["down: up 0"]);
    assert(end.states.at(-1)?.startsWith("down"));
  });
}

Deno.test("BfdIo: what is read just before a loss would be believed puts it off", () => {
  const { end, time } = up();
  const [receiver] = end.outside.receivers;
  assert(receiver);
  let readCount = 0;
  receiver.onCatchUp = () => {
    if (++readCount > 1) return;
    assertEquals(time.nowMs, LOST_AT_MS);
    end.hear("up", { requiredMinEchoRxIntervalUs: 50_000 });
  };
  time.runFor(LOST_AT_MS + 1);
  assertEquals([readCount, end.states.at(-1)], [1, "up 0"]);
  time.runFor(2 * LOST_AT_MS);
  assertEquals(end.states.at(-1), "down 1", "once");
});

Deno.test("BfdIo: a loss is not believed while what came before it is unread, but for a second at most", () => {
  for (const unreadMs of [LOST_AT_MS - 1, LOST_AT_MS]) {
    const { end, time } = up();
    const [receiver] = end.outside.receivers;
    assert(receiver);
    receiver.unreadMs = unreadMs;
    time.runFor(LOST_AT_MS + 50);
    assertEquals(end.states.at(-1), unreadMs < LOST_AT_MS ? "up 0" : "down 1");
  }
  const heard = up();
  const [receiver] = heard.end.outside.receivers;
  assert(receiver);
  receiver.unreadMs = 0;
  heard.time.runFor(LOST_AT_MS + 20);
  receiver.unreadMs = undefined;
  heard.end.hear("up", { requiredMinEchoRxIntervalUs: 50_000 });
  heard.time.runFor(LOST_AT_MS - 1);
  assertEquals(heard.end.states.at(-1), "up 0", "it was heard after all");
  const flooded = up();
  const [other] = flooded.end.outside.receivers;
  assert(other);
  other.unreadMs = 0;
  flooded.time.runFor(LOST_AT_MS + 999);
  assertEquals(flooded.end.states.at(-1), "up 0");
  flooded.time.runFor(2);
  assertEquals(flooded.end.states.at(-1), "down 1");
});
