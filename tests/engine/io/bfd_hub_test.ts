/**
 * The way of a BFD packet to its session, and what is refused on it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { SyscallError } from "../../../net/sys/libc.ts";
import type { BfdSessionConfig } from "../../../machines/bfd_config.ts";
import type { Received } from "../../../engine/io/outside.ts";
import { ip } from "../../../net/address.ts";
import type { ControlPacket } from "../../../net/packet/bfd.ts";
import { BfdEnd, packetBytes, SharedTime } from "./bfd_ends.ts";

const EADDRINUSE = 98;

function started(...changes: readonly Partial<BfdSessionConfig>[]) {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.outside.links.addLink("eth0", 1);
  end.outside.links.addLink("eth1", 2);
  for (const change of changes) end.start(change);
  time.runFor(0);
  return { time, end };
}

type How = Partial<Received> & { readonly port?: number };

interface Row {
  readonly what: string;
  readonly config?: Partial<BfdSessionConfig>;
  readonly change?: Partial<ControlPacket>;
  readonly how?: How;
  /** Why it is refused; absent: it is taken. */
  readonly reason?: string;
}

const MULTIHOP = { isMultihop: true, hopLimitMin: 250 } as const;
const FAR: How = { port: 4784 };

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  { what: "RFC 5880 §6.8.6 our discriminator" },
  { what: "RFC 5881 §4 our discriminator, from another address", how: { source: ip("192.0.2.99") } },
  { what: "RFC 5881 §5 TTL 254", how: { hopLimit: 254 }, reason: "hop limit too small" },
  { what: "a TTL that is not told", how: { hopLimit: undefined }, reason: "hop limit too small" },
  { what: "TTL 254, where that is enough", config: { hopLimitMin: 254 }, how: { hopLimit: 254 } },
  { what: "RFC 5883 §5 several hops", config: MULTIHOP, how: { ...FAR, hopLimit: 250 } },
  { what: "several hops, one too many", config: MULTIHOP, how: { ...FAR, hopLimit: 249 },
    reason: "hop limit too small" },
  { what: "our interface", config: { interface: "eth0" }, how: { interfaceIndex: 1 } },
  { what: "another interface", config: { interface: "eth0" }, how: { interfaceIndex: 2 },
    reason: "wrong interface" },
  { what: "RFC 5880 §6.8.6 a proof that is not asked for", change: { isAuthenticated: true } as never,
    reason: "authentication not expected" },
  { what: "RFC 5880 §6.8.6 no proof", config: { authentication: { type: "keyedSha1", keys: [{ id: 1, secret: "x" }] } },
    reason: "authentication missing" },
];
for (const { what, config = {}, change = {}, how = {}, reason } of ROWS) {
  Deno.test(`BfdHub ${reason === undefined ? "takes" : "refuses"} ${what}`, () => {
    const { end } = started(config);
    if ("isAuthenticated" in change) {
      const bytes = new Uint8Array(24 + 4);
      bytes.set(packetBytes("down", { yourDiscriminator: end.io.discriminator }));
      bytes.set([1, 4, 1, 65], 24);
      bytes[1] = (bytes[1] ?? 0) | 0x04;
      bytes[3] = 28;
      end.hearBytes(bytes, how);
    } else end.hear("down", change, how);
    const expected = reason === undefined ? [] : [[reason, 1]];
    assertEquals([...end.io.counters.rejected], expected);
    assertEquals(end.io.counters.receivedCount, reason === undefined ? 1 : 0);
    assertEquals(end.states.at(-1), reason === undefined ? "init 0" : "down 0");
    const source = how.source ?? "192.0.2.2";
    assertEquals(
      end.logged,
      reason === undefined
        ? []
        : [`warning: BFD_Instance(b1) Discarded packet from ${source}: ${reason}`],
    );
  });
}

Deno.test("BfdHub refuses a packet of several hops for a session of one, and the other way round", () => {
  const { end } = started({}, { isMultihop: true, hopLimitMin: 0 });
  const [single, multi] = end.ios;
  end.hearBytes(packetBytes("down", { yourDiscriminator: single?.discriminator ?? 0 }), FAR);
  end.hearBytes(packetBytes("down", { yourDiscriminator: multi?.discriminator ?? 0 }));
  assertEquals(single?.counters.rejected, new Map([["wrong port", 1]]));
  assertEquals(multi?.counters.rejected, new Map([["wrong port", 1]]));
});

// deno-fmt-ignore
const NOBODY: [what: string, bytes: Uint8Array, how: How, reason: string, isLogged: boolean][] = [
  ["RFC 5880 §6.8.6 a discriminator that no session has", packetBytes("up", { yourDiscriminator: 77 }), {}, "unknown discriminator", false],
  ["RFC 5880 §6.8.6 a neighbour that no session has", packetBytes("down"), { source: ip("192.0.2.9") }, "unknown neighbor", false],
  ["a neighbour of several hops on the port of one", packetBytes("down"), { source: ip("192.0.2.3") }, "unknown neighbor", false],
  ["RFC 5880 §6.8.6 a wrong version", packetBytes("down").map((b, i) => i === 0 ? 0x40 : b), {}, "unknown version", true],
  ["RFC 5880 §6.8.6 no own discriminator", packetBytes("down").map((b, i) => i >= 4 && i < 8 ? 0 : b), {}, "zero my discriminator", true],
  ["RFC 5880 §6.8.6 Up without our discriminator", packetBytes("up"), {}, "zero your discriminator", true],
];
for (const [what, bytes, how, reason, isLogged] of NOBODY) {
  Deno.test(`BfdHub refuses ${what}`, () => {
    const { end } = started({}, { remoteIp: ip("192.0.2.3"), isMultihop: true });
    end.hearBytes(bytes, how);
    assertEquals(end.hub.rejected, new Map([[reason, 1]]));
    assertEquals(end.ios.map(({ counters }) => counters.receivedCount), [0, 0]);
    assertEquals(end.logged.length, isLogged ? 1 : 0);
  });
}

/** Sessions with one neighbour, and which of them a first packet finds. */
const SESSIONS: readonly Partial<BfdSessionConfig>[] = [
  { name: "any" },
  { name: "to .5", localIp: ip("192.0.2.5") },
  { name: "eth1", interface: "eth1" },
  { name: "to .5 on eth1", localIp: ip("192.0.2.5"), interface: "eth1" },
  { name: "another", remoteIp: ip("192.0.2.3") },
];
// deno-fmt-ignore
const FINDS: [what: string, how: How, name: string][] = [
  ["by its source alone", { destination: ip("192.0.2.1"), interfaceIndex: 1 }, "any"],
  ["by its destination", { destination: ip("192.0.2.5"), interfaceIndex: 1 }, "to .5"],
  ["by its interface", { destination: ip("192.0.2.1"), interfaceIndex: 2 }, "eth1"],
  ["by both", { destination: ip("192.0.2.5"), interfaceIndex: 2 }, "to .5 on eth1"],
  ["of another neighbour", { source: ip("192.0.2.3") }, "another"],
];
for (const [what, how, name] of FINDS) {
  Deno.test(`BfdHub RFC 5880 §6.3: a first packet finds its session ${what}`, () => {
    const { end } = started(...SESSIONS);
    end.hearBytes(packetBytes("down"), how);
    const found = end.ios.filter(({ counters }) => counters.receivedCount > 0);
    assertEquals(found.map(({ config }) => config.name), [name]);
  });
}

Deno.test("BfdHub RFC 5881 §6: on a point-to-point link the interface says who spoke", () => {
  const { end } = started({ interface: "eth1" });
  end.hearBytes(packetBytes("down"), { source: ip("192.0.2.99"), interfaceIndex: 2 });
  assertEquals(end.io.counters.receivedCount, 0);
  end.outside.links.addLink("eth1", 2, { flags: 0x51 });
  end.hearBytes(packetBytes("down"), { source: ip("192.0.2.99"), interfaceIndex: 2 });
  assertEquals(end.states.at(-1), "init 0");
  assertEquals(end.last.sender.options.destination, "192.0.2.2", "where it was configured to go");
});

Deno.test("BfdHub RFC 5880 §6.8.1: a thousand discriminators are not 0, and all different", () => {
  const { end } = started(
    ...Array.from({ length: 1_000 }, (_, i) => ({ remoteIp: ip(`10.0.${i >> 8}.${i & 255}`) })),
  );
  const own = new Set(end.ios.map(({ discriminator }) => discriminator));
  assertEquals(own.size, 1_000);
  assert(!own.has(0));
  assertEquals(end.outside.receivers.length, 1, "they share a socket");
});

Deno.test("BfdHub: each kind of session has its socket, with the least hop limit of its sessions", () => {
  const { end, time } = started(
    {},
    { remoteIp: ip("192.0.2.3"), hopLimitMin: 250 },
    { remoteIp: ip("192.0.2.4"), isMultihop: true, hopLimitMin: 0 },
    { remoteIp: ip("2001:db8::1") },
  );
  assertEquals(
    end.outside.receivers.map(({ options: { family, port }, filters }) => [
      family,
      port,
      filters.at(-1)?.hopLimitMin,
      filters.at(-1)?.bytesMin,
    ]),
    [[4, 3784, 250, 24], [6, 3784, 255, 24], [4, 4784, 0, 24]],
  );
  end.start({ remoteIp: ip("192.0.2.6"), hopLimitMin: 240 });
  time.runFor(0);
  assertEquals(end.receiver().filters.at(-1)?.hopLimitMin, 240);
});

Deno.test("BfdHub: a port that is taken is told of, and tried again", () => {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.outside.onOpen = (options) => {
    if (!("sourcePortMin" in options)) throw new SyscallError("bind", EADDRINUSE);
  };
  end.start();
  time.runFor(0);
  assertEquals(end.logged.length, 1);
  assert(end.logged[0]?.startsWith("error: BFD cannot listen on UDP port 3784: bind: EADDRINUSE"));
  end.outside.onOpen = () => {};
  time.runFor(5_000);
  end.hear("down");
  assertEquals(end.states.at(-1), "init 0");
});

Deno.test("BfdHub: a flooding neighbour is sampled by the kernel, and the others are heard", () => {
  const flooder = ip("192.0.2.3");
  const { end, time } = started({}, { name: "b2", remoteIp: flooder });
  for (let i = 0; i < 5_000; i++) end.hearBytes(packetBytes("down"), { source: flooder });
  assertEquals(end.receiver().filters.at(-1)?.sampled, [flooder]);
  end.hear("down");
  assertEquals(end.io.counters.receivedCount, 1);
  assert((end.ios[1]?.counters.receivedCount ?? 0) < 200, "most of it is not looked at");
  time.runFor(3_000);
  end.hear("up");
  assertEquals(end.receiver().filters.at(-1)?.sampled, []);
});

Deno.test("BfdHub: in a flood from strangers only neighbours are let through", () => {
  const { end, time } = started({}, { name: "b2", remoteIp: ip("192.0.2.3") });
  for (let i = 0; i < 2_000; i++) {
    end.hearBytes(packetBytes("down"), { source: ip(`10.0.${i >> 8}.${i & 255}`) });
  }
  assertEquals(end.receiver().filters.at(-1)?.sources, [ip("192.0.2.2"), ip("192.0.2.3")]);
  time.runFor(3_000);
  end.hear("down");
  assertEquals(end.receiver().filters.at(-1)?.sources, undefined);
});

Deno.test("BfdHub: a kernel without room for the list of neighbours gets a shorter filter", () => {
  const { end } = started({});
  const receiver = end.receiver();
  const set = receiver.setFilter.bind(receiver);
  receiver.setFilter = (filter) => {
    if (filter.sources) throw new SyscallError("setsockopt", 12);
    set(filter);
  };
  for (let i = 0; i < 2_000; i++) {
    end.hearBytes(packetBytes("down"), { source: ip(`10.0.${i >> 8}.${i & 255}`) });
  }
  end.hear("down");
  assertEquals(end.states.at(-1), "init 0");
});

Deno.test("BfdHub: a session that is configured anew is found by its new address", () => {
  const { end } = started({});
  end.io.carryOut({
    type: "CONFIGURE",
    config: { ...end.io.config, remoteIp: ip("192.0.2.7") },
  });
  end.hub.flush();
  end.hearBytes(packetBytes("down"));
  assertEquals(end.io.counters.receivedCount, 0);
  end.hearBytes(packetBytes("down"), { source: ip("192.0.2.7") });
  assertEquals(end.io.counters.receivedCount, 1);
});

Deno.test("BfdHub: an interface that gets another number is still that of its session", () => {
  const { end } = started({ interface: "eth0" });
  const { links } = end.outside;
  links.removeLink(1);
  links.tell({ type: "link", link: links.addLink("eth0", 9), previous: undefined });
  end.hear("down", {}, { interfaceIndex: 1 });
  assertEquals(end.io.counters.receivedCount, 0);
  end.hear("down", {}, { interfaceIndex: 9 });
  assertEquals(end.io.counters.receivedCount, 1);
});

Deno.test("BfdHub: what only repeats waits a twentieth of the shortest interval, 5 ms at most", () => {
  const neighbor = (last: number, requiredMinRxIntervalUs: number) => ({
    remoteIp: ip(`192.0.2.${last}`),
    requiredMinRxIntervalUs,
  });
  const patienceMs = (...changes: Partial<BfdSessionConfig>[]) =>
    started(...changes).end.outside.receivers.map((each) => each.patienceMs);
  assertEquals(patienceMs(neighbor(2, 1_000_000)), [5]);
  assertEquals(patienceMs(neighbor(2, 1_000_000), neighbor(3, 40_000), neighbor(4, 0)), [2]);
  assertEquals(patienceMs(neighbor(2, 0)), [5]);
});

Deno.test("BfdHub: only what says Up and asks for nothing may wait", () => {
  const { end } = started({});
  const pattern = end.outside.receivers[0]?.options.patient;
  assert(pattern !== undefined);
  const waits = (change: Partial<ControlPacket>) => {
    const octet = packetBytes("up", change)[pattern.at] ?? 0;
    return (octet & pattern.mask) === pattern.value;
  };
  assertEquals([waits({}), waits({ controlPlaneIndependent: true })], [true, true]);
  const news: Partial<ControlPacket>[] = [
    { state: "down" },
    { state: "init" },
    { state: "adminDown" },
    { poll: true },
    { final: true },
    { demand: true },
  ];
  assertEquals(news.filter(waits), []);
});
