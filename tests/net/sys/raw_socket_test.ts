/**
 * Raw IP sockets between two links, in both families. Needs root.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Family, type Ip, ip, ipToBytes } from "../../../net/address.ts";
import { ERRNO } from "../../../net/sys/constants.ts";
import { moreOfLibc, SyscallError } from "../../../net/sys/libc.ts";
import { type Datagram, type DatagramSocket, openRawSocket } from "../../../net/sys/socket.ts";
import { IS_ROOT } from "../namespace.ts";
import { instanceOf } from "./instance_of.ts";
import { indexOf, network } from "./two_links.ts";

// Raw sockets need CAP_NET_RAW, and a network that is nobody else's.
const ignore = !IS_ROOT;

const PROTOCOL = 112;
const GROUP = { 4: ip("224.0.0.18"), 6: ip("ff02::12") };

const { getsockopt } = moreOfLibc({
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
});

function optionOf({ fd }: DatagramSocket, level: number, name: number): number {
  const value = new Int32Array(1);
  assertEquals(getsockopt(fd, level, name, value, new Uint32Array([4])), 0);
  return value[0] ?? -1;
}

/** An IPv4 header with TTL, protocol, source and destination; the kernel fills in the rest. */
function framed(source: Ip, destination: Ip, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(20 + payload.length);
  packet.set([0x45, 0xc0, 0, 0, 0, 0, 0, 0, 255, PROTOCOL]);
  packet.set(ipToBytes(source), 12);
  packet.set(ipToBytes(destination), 16);
  packet.set(payload, 20);
  return packet;
}

type Heard = Pick<Datagram, "source" | "destination" | "interfaceIndex" | "hopLimit"> & {
  readonly payload: number[];
};

/** What came, without the IPv4 header. */
function heardBy(socket: DatagramSocket, headerBytes: number): Heard[] {
  const heard: Heard[] = [];
  while (
    socket.receive(({ bytes, source, destination, interfaceIndex, hopLimit }) => {
      const payload = [...bytes.subarray(headerBytes)];
      heard.push({ payload, source, destination, interfaceIndex, hopLimit });
    }) > 0
  );
  return heard;
}

const families: [Family, source: Ip, headerBytes: number][] = [
  [4, ip("192.0.2.1"), 20],
  [6, ip("2001:db8::1"), 0],
];

for (const [family, source, headerBytes] of families) {
  const group = GROUP[family];
  const open = (link: string, receives: boolean) =>
    openRawSocket({
      family,
      protocol: PROTOCOL,
      interface: link,
      interfaceIndex: indexOf(link),
      receives,
      headerIncluded: family === 4 && !receives,
      trafficClass: 0xc0,
      hopLimit: 255,
      ...(receives ? {} : { multicastInterfaceIndex: indexOf(link) }),
    });
  const message = (octets: readonly number[], more = {}) => {
    const payload = Uint8Array.from(octets);
    const bytes = family === 4 ? framed(source, group, payload) : payload;
    return { bytes, source, destination: group, hopLimit: 255, ...more };
  };

  Deno.test({
    name: `openRawSocket: IPv${family} multicast from link to link`,
    ignore,
    fn() {
      using _network = network();
      using receiver = open("v1", true);
      using sender = open("v0", false);
      receiver.joinGroup(group, indexOf("v1"));
      // A wrong checksum, for which the kernel must not care: bad ones are counted by us.
      assertEquals(sender.send([message([0x31, 51, 100, 1, 0, 100, 0xde, 0xad])]).errno, 0);
      assertEquals(heardBy(receiver, headerBytes), [{
        payload: [0x31, 51, 100, 1, 0, 100, 0xde, 0xad],
        source,
        destination: group,
        interfaceIndex: indexOf("v1"),
        hopLimit: 255,
      }]);
    },
  });

  Deno.test({
    name: `DatagramSocket.joinGroup: IPv${family} only groups that were joined are heard`,
    ignore,
    fn() {
      using _network = network();
      using receiver = open("v1", true);
      using member = open("v1", true); // Somebody else's membership is not ours.
      using sender = open("v0", false);
      member.joinGroup(group, indexOf("v1"));
      sender.send([message([1])]);
      assertEquals([heardBy(receiver, 0).length, heardBy(member, 0).length], [0, 1]);
      receiver.joinGroup(group, indexOf("v1"));
      const again = assertThrows(() => receiver.joinGroup(group, indexOf("v1")));
      assertEquals(instanceOf(SyscallError, again).code, "EADDRINUSE");
      sender.send([message([2])]);
      assertEquals(heardBy(receiver, 0).length, 1);
      receiver.leaveGroup(group, indexOf("v1"));
      receiver.leaveGroup(group, indexOf("v1")); // Twice is fine.
      sender.send([message([3])]);
      assertEquals(heardBy(receiver, 0).length, 0);
    },
  });

  Deno.test({
    name: `openRawSocket: IPv${family} hears its own link only, and never itself`,
    ignore,
    fn() {
      using _network = network();
      using here = open("v0", true);
      using there = open("v1", true);
      using sender = open("v0", false);
      here.joinGroup(group, indexOf("v0"));
      there.joinGroup(group, indexOf("v1"));
      sender.send([message([1])]);
      assertEquals([heardBy(here, 0).length, heardBy(there, 0).length], [0, 1]);
    },
  });

  Deno.test({
    name: `openRawSocket: IPv${family} that only speaks queues nothing`,
    ignore,
    fn() {
      using _network = network();
      using deaf = open("v1", false);
      using sender = open("v0", false);
      using hearing = open("v1", true);
      hearing.joinGroup(group, indexOf("v1"));
      deaf.joinGroup(group, indexOf("v1"));
      sender.send([message([1])]);
      assertEquals(heardBy(hearing, 0).length, 1);
      assertEquals([deaf.batchCount, deaf.receive(() => {})], [0, 0]);
      const waiting = new Int32Array(9); // SO_MEMINFO: octets that wait to be read come first
      assertEquals(getsockopt(deaf.fd, 1, 55, waiting, new Uint32Array([36])), 0);
      assertEquals(waiting[0], 0);
    },
  });

  Deno.test({
    name: `openRawSocket: IPv${family} a link that goes down, and away, is a result`,
    ignore,
    fn() {
      using links = network();
      using receiver = open("v1", true);
      using sender = open("v0", false);
      receiver.joinGroup(group, indexOf("v1"));
      links.ip("link set v0 down");
      const down = sender.send([message([1])]);
      assertEquals(down.sentCount, 0);
      assert(down.errno !== 0);
      links.ip("link set v1 down");
      const received = receiver.receive(() => {});
      assert(received === 0 || received === -ERRNO.ENETDOWN, `${received}`);
      links.ip("link del v0");
      const gone = receiver.receive(() => {});
      assert(gone === 0 || gone === -ERRNO.ENODEV || gone === -ERRNO.ENETDOWN, `${gone}`);
      receiver.leaveGroup(group, 99); // It left with its link.
      assert(sender.send([message([1])]).errno !== 0);
    },
  });

  Deno.test({
    name: `openRawSocket: IPv${family} options are what was asked for`,
    ignore,
    fn() {
      using _network = network();
      using sender = openRawSocket({
        family,
        protocol: PROTOCOL,
        interface: "v0",
        receives: false,
        trafficClass: 0xc0,
        priority: 6,
        hopLimit: 255,
        multicastInterfaceIndex: indexOf("v0"),
      });
      const level = family === 4 ? 0 : 41;
      const [tos, ttl, multicastTtl, loop] = family === 4 ? [1, 2, 33, 34] : [67, 16, 18, 19];
      assertEquals(optionOf(sender, level, tos ?? 0), 0xc0);
      assertEquals(optionOf(sender, level, ttl ?? 0), 255);
      assertEquals(optionOf(sender, level, multicastTtl ?? 0), 255);
      assertEquals(optionOf(sender, level, loop ?? 0), 0);
      assertEquals(optionOf(sender, 1, 12), 6); // SO_PRIORITY
      using receiver = openRawSocket({
        family,
        protocol: PROTOCOL,
        receives: true,
        receiveBufferBytes: 3_000_000,
      });
      assertEquals(optionOf(receiver, 1, 8), 6_000_000); // SO_RCVBUF: the kernel doubles it.
      if (family === 6) assertEquals(optionOf(receiver, 255, 7), -1); // IPV6_CHECKSUM: ours.
    },
  });

  Deno.test({
    name: `openRawSocket: IPv${family} bound to an address that does not exist yet`,
    ignore,
    fn() {
      using _network = network();
      const bindAddress = family === 4 ? ip("198.51.100.7") : ip("2001:db8:9::7");
      using _socket = openRawSocket({ family, protocol: PROTOCOL, bindAddress, receives: true });
    },
  });
}

Deno.test({
  name: "openRawSocket: IPv6 link-local source, on the link that the socket is tied to",
  ignore,
  fn() {
    using links = network();
    const local = (link: string) => {
      const addresses = links.links().find(({ ifname }) => ifname === link)?.addr_info ?? [];
      const address = addresses.find(({ local }) => local?.startsWith("fe80"))?.local;
      return ip(address ?? "none");
    };
    using receiver = openRawSocket({
      family: 6,
      protocol: PROTOCOL,
      interface: "v1",
      receives: true,
    });
    using sender = openRawSocket({
      family: 6,
      protocol: PROTOCOL,
      interface: "v0",
      receives: false,
    });
    receiver.joinGroup(GROUP[6], indexOf("v1"));
    const bytes = Uint8Array.of(1, 2, 3);
    const source = local("v0");
    const toGroup = { bytes, source, destination: GROUP[6], hopLimit: 255 };
    const toOne = { ...toGroup, destination: local("v1"), interfaceIndex: indexOf("v0") };
    assertEquals(sender.send([toGroup, toOne]), { sentCount: 2, errno: 0 });
    assertEquals(heardBy(receiver, 0).map(({ source, destination }) => [source, destination]), [
      [source, GROUP[6]],
      [source, local("v1")],
    ]);
  },
});

Deno.test({
  name: "openRawSocket: what came before it was set up is not received",
  ignore,
  fn() {
    using _network = network();
    const common = { family: 4, protocol: PROTOCOL } as const;
    using sender = openRawSocket({
      ...common,
      interface: "v0",
      receives: false,
      headerIncluded: true,
    });
    const target = ip("192.0.2.1");
    // Sent to ourselves over `lo`, while a socket for `v1` is being opened again and again.
    const message = { bytes: framed(target, target, Uint8Array.of(1)), destination: target };
    using loopSender = openRawSocket({ ...common, receives: false, headerIncluded: true });
    for (let i = 0; i < 20; i++) {
      loopSender.send([message]);
      using receiver = openRawSocket({ ...common, interface: "v1", receives: true });
      loopSender.send([message]);
      assertEquals(heardBy(receiver, 20), []);
    }
    assertEquals(sender.send([message]).errno, 0);
  },
});
