/**
 * The port of a BFD session: what leaves, when, and what time does to it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SyscallError } from "../../../net/sys/libc.ts";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import { ip } from "../../../net/address.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { BfdEnd, BfdPair, SharedTime } from "./bfd_ends.ts";

const ENODEV = 19;
const ENETUNREACH = 101;

function started(change: Partial<BfdSessionConfig> = {}) {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  const { tell } = end.start(change);
  time.runFor(0);
  return { time, end, tell };
}

/** A session that is Up with its first Poll Sequence done, at 100 ms × 3, its neighbour ×4. */
function up(change: Partial<BfdSessionConfig> = {}) {
  const session = started(change);
  const { end, time } = session;
  end.hear("init");
  end.hear("up", { final: true });
  end.hear("up");
  time.runFor(0);
  end.sent.length = 0;
  return session;
}

function gapsOf({ sent }: BfdEnd): number[] {
  return sent.slice(1).map(({ atMs }, i) => atMs - (sent[i]?.atMs ?? 0));
}

function reconfigure(change: Partial<BfdSessionConfig>) {
  return { type: "RECONFIGURE", config: sessionConfig(change) } as const;
}

Deno.test("BfdIo RFC 5880 §6.8.1: starts with a Down packet at once, and knows nobody", () => {
  const { end } = started();
  assertEquals(end.sent.length, 1);
  const { packet, sender } = end.last;
  assertEquals([packet.state, packet.yourDiscriminator, packet.poll], ["down", 0, false]);
  assert(packet.myDiscriminator !== 0);
  assertEquals(packet.myDiscriminator, end.io.discriminator);
  assertEquals(sender.options.destination, "192.0.2.2");
});

Deno.test("BfdIo RFC 5881 §4: port 3784, from a port of 49152 to 65535, the same for all packets", () => {
  const { end, time } = started();
  time.runFor(5_000);
  assert(end.sent.length > 4);
  const { options } = end.last.sender;
  assertEquals([options.port, options.sourcePortMin, options.hopLimit], [3784, 49_152, 255]);
  assertEquals(end.outside.senders.length, 1);
});

Deno.test("BfdIo RFC 5883 §5: port 4784 over several hops", () => {
  const { end } = started({ isMultihop: true, hopLimit: 64, hopLimitMin: 60 });
  const { options } = end.last.sender;
  assertEquals([options.port, options.hopLimit], [4784, 64]);
  assertEquals(end.receiver(4784).options.filter.hopLimitMin, 60);
});

Deno.test("BfdIo: speaks from its source address, on its interface, and listens in its family", () => {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  const link = end.outside.links.addLink("eth0", 7);
  end.start({ interface: "eth0", localIp: ip("2001:db8::1"), remoteIp: ip("2001:db8::2") });
  time.runFor(0);
  const { options } = end.last.sender;
  assertEquals(options.source, "2001:db8::1");
  assertEquals(options.interface, { name: "eth0", index: link.index });
  assertEquals(end.receiver(3784, 6).options.family, 6);
});

Deno.test("BfdIo RFC 5880 §6.8.3: while not Up a packet a second at most, with jitter", () => {
  const { end, time } = started();
  time.runFor(60_000);
  const gaps = gapsOf(end);
  assert(gaps.length >= 60, `${gaps.length} packets`);
  for (const gap of gaps) assert(gap >= 750 && gap <= 1_000, `${gap} ms`);
  assert(new Set(gaps.map((gap) => Math.round(gap))).size > 20, "jitter varies");
});

Deno.test("BfdIo RFC 5880 §6.8.7: with a multiplier of 1 a packet is never later than 90 %", () => {
  const { end, time } = started({ detectMult: 1 });
  time.runFor(60_000);
  for (const gap of gapsOf(end)) assert(gap >= 750 && gap <= 900, `${gap} ms`);
});

Deno.test("BfdIo RFC 5880 §6.8.7: Up, the interval is the slower of both wishes", () => {
  const { end, time } = up();
  const beat = () => end.hear("up", { requiredMinRxIntervalUs: 200_000 });
  for (let i = 0; i < 200; i++) time.at(time.nowMs + 50 * i, beat);
  time.runFor(9_900);
  const gaps = gapsOf(end);
  assert(gaps.length > 45);
  for (const gap of gaps.slice(1)) assert(gap >= 150 && gap <= 200, `${gap} ms`);
});

Deno.test("BfdIo RFC 5880 §6.8.4: expires so long after the last packet, and says so at that instant", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 399, noNaN: true }), { maxLength: 20 }),
      (gaps) => {
        const { end, time } = up();
        for (const gap of gaps) {
          time.runFor(gap);
          end.hear("up");
        }
        const lastMs = time.nowMs;
        time.runFor(399.9);
        assertEquals(end.states.at(-1), "up 0");
        time.runFor(1);
        assertEquals(end.states.at(-1), "down 1");
        const { atMs, packet } = end.last;
        assert(Math.abs(atMs - (lastMs + 400)) < 1e-6, `${atMs - lastMs} ms`);
        assertEquals([packet.state, packet.diagnostic, packet.yourDiscriminator], ["down", 1, 0]);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("BfdIo: an expiry is logged with how late it was noticed", () => {
  const { end, time } = up();
  time.runFor(1_000);
  assertEquals(end.logged, ["warning: BFD_Instance(b1) Expired after 400 ms (0 usec overdue)"]);
});

Deno.test("BfdIo RFC 5880 §6.8.7: a state change leaves at once, not at the next period", () => {
  const { end, time } = up();
  time.runFor(30);
  end.sent.length = 0;
  end.hear("down");
  const [only, ...more] = end.sent;
  assertEquals(more, []);
  assertEquals([only?.atMs, only?.packet.state, only?.packet.diagnostic], [30, "down", 3]);
});

Deno.test("BfdIo: packets that say the same as before are not the machine's business", () => {
  const { end, time } = up();
  end.facts.length = 0;
  for (let i = 0; i < 100; i++) {
    time.runFor(40);
    end.hear("up");
  }
  assertEquals(end.facts, []);
  assertEquals(end.io.counters.receivedCount, 103);
  end.hear("up", { detectMult: 5 });
  assertEquals(end.facts.length, 1);
});

Deno.test("BfdIo RFC 5880 §6.8.7: each poll is answered at once with a Final and without a Poll", () => {
  const { end, time } = up();
  time.runFor(10);
  end.sent.length = 0;
  for (let i = 0; i < 3; i++) end.hear("up", { poll: true });
  assertEquals(end.sent.map(({ packet: { poll, final } }) => [poll, final]), [
    [false, true],
    [false, true],
    [false, true],
  ]);
});

Deno.test("BfdIo RFC 5880 §6.5: a Final has no P bit, and a Poll Sequence no packets of its own", () => {
  const { end, time } = started();
  end.hear("down");
  end.sent.length = 0;
  end.hear("init", { poll: true });
  const flags = () => end.sent.map(({ packet: { state, poll, final } }) => [state, poll, final]);
  assertEquals(flags(), [["up", false, true]]);
  time.runFor(100);
  assertEquals(flags(), [["up", false, true], ["up", true, false]]);
});

Deno.test("BfdIo RFC 5880 §6.5: all packets of a Poll Sequence have the P bit, until a Final comes", () => {
  const { end, time } = started();
  end.hear("init");
  for (let i = 1; i < 10; i++) time.at(40 * i, () => end.hear("up"));
  time.runFor(350);
  const polls = end.sent.filter(({ packet }) => packet.state === "up");
  assert(polls.length >= 4);
  assert(polls.every(({ packet }) => packet.poll));
  end.hear("up", { final: true });
  end.sent.length = 0;
  for (let i = 1; i < 10; i++) time.at(time.nowMs + 40 * i, () => end.hear("up"));
  time.runFor(350);
  assert(end.sent.length >= 3);
  assert(end.sent.every(({ packet }) => !packet.poll));
});

Deno.test("BfdIo RFC 5880 §6.8.7: passive, it says nothing before it is spoken to", () => {
  const { end, time } = started({ isPassive: true });
  time.runFor(10_000);
  assertEquals(end.sent, []);
  end.hear("down", { yourDiscriminator: 0 });
  assertEquals(end.last.packet.state, "init");
});

Deno.test("BfdIo RFC 5880 §6.8.7: a neighbour that wants no packets gets answers and news only", () => {
  const { end, time } = up();
  end.hear("up", { requiredMinRxIntervalUs: 0 });
  time.runFor(20);
  end.sent.length = 0;
  time.runFor(370);
  assertEquals(end.sent, []);
  end.hear("up", { requiredMinRxIntervalUs: 0, poll: true });
  assertEquals(end.sent.length, 1);
});

Deno.test("BfdIo RFC 5880 §6.8.6: held down, it discards packets, and counts them; but answers a poll", () => {
  const { end, time } = started({ isAdminDown: true });
  assertEquals([end.last.packet.state, end.last.packet.diagnostic], ["adminDown", 7]);
  end.sent.length = 0;
  end.hear("down");
  time.runFor(100);
  assertEquals(end.sent, []);
  end.hear("up", { poll: true });
  assertEquals(end.sent.map(({ packet: { state, final } }) => [state, final]), [[
    "adminDown",
    true,
  ]]);
  assertEquals(end.states, ["adminDown 7"]);
  assertEquals(end.io.counters.rejected, new Map([["administratively down", 2]]));
});

Deno.test("BfdIo RFC 5880 §6.8.16: let up again, it takes the neighbour's next packet for news", () => {
  const { end, tell } = started({ isAdminDown: true });
  end.hear("down");
  tell(reconfigure({ isAdminDown: false }));
  end.hear("down");
  assertEquals(end.states, ["adminDown 7", "down 7", "init 7"]);
});

Deno.test("BfdIo RFC 5880 §6.8.16: whoever leaves says AdminDown, twice, and closes its sockets", () => {
  const { end, tell, time } = up();
  tell({ type: "SHUTDOWN" });
  tell({ type: "RETIRE" });
  time.runFor(0);
  assertEquals(end.sent.map(({ packet: { state, diagnostic } }) => [state, diagnostic]), [
    ["adminDown", 7],
    ["adminDown", 7],
  ]);
  assertEquals(end.outside.senders.map(({ closed }) => closed), [true]);
  assertEquals(end.outside.receivers.map(({ closed }) => closed), [true]);
  time.runFor(10_000);
  assertEquals(end.sent.length, 2);
});

Deno.test("BfdIo: what cannot be sent is counted and told, and tried again at the next period", () => {
  const { end, time } = started();
  const [sender] = end.outside.senders;
  assert(sender);
  sender.errno = ENETUNREACH;
  time.runFor(1_000);
  assertEquals(end.io.counters.sendFailedCount, 1);
  assertEquals(end.logged, ["error: (b1) Cannot send BFD packet: E101"]);
  sender.errno = 0;
  end.sent.length = 0;
  time.runFor(1_000);
  assertEquals(end.sent.length, 1);
  assertEquals(end.outside.senders.length, 1);
});

Deno.test("BfdIo: an interface that is another one gets another socket", () => {
  const { end, time } = started();
  const [sender] = end.outside.senders;
  assert(sender);
  sender.errno = ENODEV;
  time.runFor(1_000);
  assert(sender.closed);
  end.sent.length = 0;
  time.runFor(1_000);
  assertEquals(end.outside.senders.length, 2);
  assertEquals(end.sent.length, 1);
});

Deno.test("BfdIo: an interface that is missing is waited for", () => {
  const { end, time } = started({ interface: "eth0" });
  assertEquals(end.sent, []);
  assertEquals(end.io.counters.sendFailedCount, 1);
  end.outside.links.addLink("eth0", 7);
  time.runFor(1_000);
  assertEquals(end.sent.length, 1);
});

Deno.test("BfdIo: a socket that the kernel refuses is a failed packet, not the end", () => {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.outside.onOpen = (options) => {
    if ("sourcePortMin" in options) throw new SyscallError("bind", 98);
  };
  end.start();
  time.runFor(1_000);
  assertEquals(end.io.counters.sendFailedCount, 2);
  end.outside.onOpen = () => {};
  time.runFor(1_000);
  assertEquals(end.sent.length, 1);
});

Deno.test("BfdIo: two ends come up at once, and go to their intervals by Poll Sequences", () => {
  const pair = new BfdPair();
  pair.start();
  pair.time.runFor(1_000);
  assertEquals(pair.a.states.at(-1), "up 0");
  assertEquals(pair.b.states.at(-1), "up 0");
  pair.a.sent.length = 0;
  pair.time.runFor(10_000);
  const gaps = gapsOf(pair.a);
  for (const gap of gaps) assert(gap >= 75 && gap <= 100, `${gap} ms`);
  assert(pair.a.sent.every(({ packet }) => !packet.poll && !packet.final));
  assertEquals([pair.a.logged, pair.b.logged], [[], []]);
});

for (const [from, to] of [[100_000, 20_000], [20_000, 100_000], [100_000, 1_500_000]] as const) {
  Deno.test(`BfdIo RFC 5880 §6.8.3: from ${from} to ${to} µs while Up, without a flap`, () => {
    const pair = new BfdPair();
    const intervals = (us: number) => ({
      desiredMinTxIntervalUs: us,
      requiredMinRxIntervalUs: us,
    });
    const a = pair.a.start({ ...intervals(from), remoteIp: ip("192.0.2.2") });
    pair.b.start({ ...intervals(20_000), remoteIp: ip("192.0.2.1") });
    pair.time.runFor(3_000);
    const before = pair.a.states.length;
    const config = sessionConfig({ ...intervals(to), remoteIp: ip("192.0.2.2") });
    a.tell({ type: "RECONFIGURE", config });
    pair.time.runFor(10_000);
    pair.a.sent.length = 0;
    pair.time.runFor(10_000);
    assertEquals(pair.a.states.length, before);
    assertEquals(pair.b.states.at(-1), "up 0");
    for (const gap of gapsOf(pair.a)) {
      assert(gap >= 0.75 * to / 1_000 && gap <= to / 1_000, `${gap} ms`);
    }
  });
}

Deno.test("BfdIo: a session with another name tells its state by that name", () => {
  const { end, tell } = up();
  tell(reconfigure({ name: "b2" }));
  assertEquals(end.reports.map(({ name, state }) => `${name} ${state}`).slice(-2), [
    "b1 up",
    "b2 up",
  ]);
});

Deno.test("BfdIo: counts how often it came up, and was lost", () => {
  const { end, time } = up();
  time.runFor(1_000);
  end.hear("init");
  assertEquals([end.io.counters.upCount, end.io.counters.downCount], [2, 1]);
});

Deno.test("BfdIo RFC 5882 §3.2: tells whether the neighbour is held down on purpose", () => {
  const { end } = up();
  end.hear("adminDown");
  assertEquals(end.reports.at(-1), {
    name: "b1",
    state: "down",
    diagnostic: 3,
    neighborIsAdminDown: true,
  });
});
