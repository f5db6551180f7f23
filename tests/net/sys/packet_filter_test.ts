/**
 * What filters of UDP sockets let pass, by the kernel's word on the loopback interface.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Family, familyOf, type Ip, ip } from "../../../net/address.ts";
import {
  returningProgram,
  SAMPLED_ONE_IN,
  sourceCountMax,
  type UdpFilter,
  udpFilterProgram,
} from "../../../net/sys/packet_filter.ts";
import { type DatagramSocket, openPacketSocket, openUdpSocket } from "../../../net/sys/socket.ts";

const ALL: UdpFilter = { hopLimitMin: 0, bytesMin: 0, sampled: [] };
const [A, B] = [ip("127.0.0.5"), ip("127.0.0.6")];
const ONE = ip("::1");
const OTHERS: readonly Ip[] = [ip("192.0.2.1"), ip("2001:db8::1"), ip("192.0.2.2")];

function countAt(socket: DatagramSocket): number {
  let total = 0;
  for (let count = socket.receive(() => {}); count > 0; count = socket.receive(() => {})) {
    total += count;
  }
  return total;
}

/** How many of the datagrams of `lengths` octets a filtered socket gets. */
function passed(
  family: Family,
  filter: UdpFilter,
  source: Ip,
  lengths: readonly number[],
  hopLimit = 255,
): number {
  using receiver = openUdpSocket({ family, filter });
  using sender = openUdpSocket({ family, bindAddress: source, hopLimit, filter: "nothing" });
  const destination = family === 4 ? ip("127.0.0.1") : ONE;
  const port = receiver.localPort;
  sender.send(lengths.map((length) => ({ bytes: new Uint8Array(length), destination, port })));
  return countAt(receiver);
}

// deno-fmt-ignore
const ROWS: [what: string, family: Family, filter: Partial<UdpFilter>, source: Ip, lengths: number[], hopLimit: number, count: number][] = [
  ["all", 4, {}, A, [0, 24], 255, 2],
  ["long enough", 4, { bytesMin: 24 }, A, [23, 24, 25], 255, 2],
  ["hop limit, met", 4, { hopLimitMin: 254 }, A, [24], 254, 1],
  ["only others", 4, { sources: OTHERS }, A, [24], 255, 0],
  ["only others and us", 4, { sources: [...OTHERS, A, B] }, A, [24], 255, 1],
  ["nobody", 4, { sources: [] }, A, [24], 255, 0],
  ["IPv6: hop limit, met", 6, { hopLimitMin: 255, bytesMin: 24 }, ONE, [24, 23], 255, 1],
  ["IPv6: only others", 6, { sources: OTHERS }, ONE, [24], 255, 0],
  ["IPv6: only others and us", 6, { sources: [...OTHERS, ONE] }, ONE, [24], 255, 1],
  ["only us, at the end of a long list", 4,
    { sources: [...Array.from({ length: sourceCountMax(4) - 1 }, (_, i) => ip(`10.1.${i >> 8}.${i & 255}`)), A] },
    A, [24], 255, 1],
];
for (const [what, family, filter, source, lengths, hopLimit, count] of ROWS) {
  Deno.test(`UdpFilter: ${what}`, () => {
    assertEquals(passed(family, { ...ALL, ...filter }, source, lengths, hopLimit), count);
  });
}

for (const [family, source] of [[4, A], [6, ONE]] as const) {
  Deno.test(`UdpFilter: IPv${family}, of a hop limit that is too small only a sample passes`, () => {
    const lengths = new Array<number>(640).fill(24);
    const count = passed(family, { ...ALL, hopLimitMin: 255 }, source, lengths, 254);
    // Expected are 10: the chance of seven times as many is nil.
    assert(count < 70, `${count} passed`);
  });
}

Deno.test("UdpFilter: of a source that is sampled little passes, of others all", () => {
  const many = new Array<number>(4_096).fill(24);
  using receiver = openUdpSocket({
    family: 4,
    filter: { ...ALL, sampled: [A] },
    receiveBufferBytes: 8 << 20,
  });
  const send = (source: Ip) => {
    using sender = openUdpSocket({ family: 4, bindAddress: source, filter: "nothing" });
    const port = receiver.localPort;
    const destination = ip("127.0.0.1");
    sender.send(many.map((length) => ({ bytes: new Uint8Array(length), destination, port })));
    return countAt(receiver);
  };
  const sampled = send(A);
  // Expected are 64: the chance of none, or of four times as many, is nil.
  assert(sampled > 0 && sampled < 4 * many.length / SAMPLED_ONE_IN, `${sampled} passed`);
  assert(send(B) > 1_000, "another source is not sampled");
});

Deno.test("DatagramSocket.setFilter: replaces the filter", () => {
  using receiver = openUdpSocket({ family: 4, filter: { ...ALL, sources: [] } });
  using sender = openUdpSocket({ family: 4, bindAddress: A, filter: "nothing" });
  const message = {
    bytes: new Uint8Array(24),
    destination: ip("127.0.0.1"),
    port: receiver.localPort,
  };
  sender.send([message]);
  receiver.setFilter(ALL);
  sender.send([message, message]);
  assertEquals(countAt(receiver), 2);
});

Deno.test("openUdpSocket: one that only speaks hears nothing", () => {
  using deaf = openUdpSocket({ family: 4, filter: "nothing" });
  using sender = openUdpSocket({ family: 4 });
  sender.send([{ bytes: Uint8Array.of(1), destination: ip("127.0.0.1"), port: deaf.localPort }]);
  assertEquals([deaf.batchCount, deaf.receive(() => {})], [0, 0]);
});

Deno.test("udpFilterProgram: the longest lists fit", () => {
  for (const family of [4, 6] as const) {
    const source = family === 4 ? A : ONE;
    const sources = new Array<Ip>(sourceCountMax(family)).fill(source);
    const sampled = sources.slice(0, 16);
    assert(udpFilterProgram(family, { ...ALL, sources, sampled }).length > 0);
  }
});

/** How many of 640 datagrams between two addresses of this host a packet socket gets. */
function tapped(source: Ip, destination: Ip, sampled: readonly Ip[], isOtherPort = false): number {
  const family = familyOf(source);
  using target = openUdpSocket({ family, bindAddress: destination });
  using sender = openUdpSocket({ family, bindAddress: source, filter: "nothing" });
  const port = target.localPort;
  using tap = openPacketSocket({
    protocol: family === 4 ? 0x0800 : 0x86dd,
    receiveBufferBytes: 1 << 20,
    program: returningProgram(family, isOtherPort ? port ^ 1 : port, sampled),
  });
  sender.send(Array.from({ length: 640 }, () => ({ bytes: new Uint8Array(1), destination, port })));
  return countAt(tap);
}

// deno-fmt-ignore
const RETURNING: [what: string, source: Ip, destination: Ip, sampled: Ip[], isOtherPort: boolean, least: number, most: number][] = [
  ["from an address to the same", A, A, [], false, 640, 640],
  ["from an address to another one", A, B, [], false, 0, 0],
  ["to another port", A, A, [], true, 0, 0],
  ["a sample", A, A, [A], false, 0, 40],
  ["others are sampled", A, A, [B], false, 640, 640],
  ["IPv6", ONE, ONE, [], false, 640, 640],
  ["IPv6, to another port", ONE, ONE, [], true, 0, 0],
  ["IPv6, a sample", ONE, ONE, [ONE], false, 0, 40],
];
for (const [what, source, destination, sampled, isOtherPort, least, most] of RETURNING) {
  Deno.test({
    name: `returningProgram: ${what}`,
    ignore: Deno.uid() !== 0,
    fn: () => {
      const count = tapped(source, destination, sampled, isOtherPort);
      assert(count >= least && count <= most, `${count} datagrams`);
    },
  });
}
