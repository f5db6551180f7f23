/**
 * UDP, netlink and unix sockets on this machine, and what holds for all of them.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Family, type Ip, ip } from "../../../net/address.ts";
import { AF, ERRNO, MSG, SOCK } from "../../../net/sys/constants.ts";
import { check, libc, monotonicMs, SyscallError } from "../../../net/sys/libc.ts";
import {
  type Datagram,
  type DatagramSocket,
  openNetlinkSocket,
  openUdpSocket,
  openUnixDatagram,
} from "../../../net/sys/socket.ts";
import { unixAddress } from "../../../net/sys/socket_address.ts";
import { instanceOf } from "./instance_of.ts";

/** A datagram with octets that stay. */
type Kept = Omit<Datagram, "bytes" | "arrivedMs"> & { readonly text: string };

/** Everything that has come. */
function heardBy(socket: DatagramSocket): Kept[] {
  const heard: Kept[] = [];
  while (
    socket.receive(({ bytes, arrivedMs, ...rest }) => {
      const ageMs = arrivedMs === undefined ? 0 : monotonicMs() - arrivedMs;
      assert(ageMs >= 0 && ageMs < 10_000, `${ageMs} ms is no age`);
      heard.push({ ...rest, text: new TextDecoder().decode(bytes) });
    }) > 0
  );
  return heard;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const loopback: [Family, Ip, other: Ip][] = [
  [4, ip("127.0.0.1"), ip("127.0.0.2")],
  [6, ip("::1"), ip("::1")],
];

for (const [family, here, other] of loopback) {
  Deno.test(`openUdpSocket: IPv${family} tells source, destination, interface and hop limit`, () => {
    using receiver = openUdpSocket({ family });
    using sender = openUdpSocket({ family, bindAddress: here, hopLimit: 200 });
    const port = receiver.localPort;
    assert(port > 0);
    const result = sender.send([{ bytes: bytes("hello"), destination: other, port }]);
    assertEquals(result, { sentCount: 1, errno: 0 });
    assertEquals(heardBy(receiver), [{
      text: "hello",
      source: here,
      sourcePort: sender.localPort,
      destination: other,
      interfaceIndex: 1,
      hopLimit: 200,
      truncated: false,
      senderPortId: undefined,
    }]);
    assertEquals(receiver.receive(() => {}), 0);
  });

  Deno.test(`DatagramSocket.send: IPv${family} source, interface and hop limit of one message`, () => {
    using receiver = openUdpSocket({ family });
    using sender = openUdpSocket({ family });
    const route = { destination: here, port: receiver.localPort };
    sender.send([
      { bytes: bytes("a"), ...route, source: other, hopLimit: 255, interfaceIndex: 1 },
      { bytes: bytes("b"), ...route, hopLimit: 1 },
      { bytes: bytes("c"), ...route, source: other },
      { bytes: bytes("d"), ...route },
    ]);
    assertEquals(
      heardBy(receiver).map(({ text, source, hopLimit }) => [text, source, hopLimit]),
      [["a", other, 255], ["b", here, 1], ["c", other, 64], ["d", here, 64]],
    );
  });

  Deno.test(`DatagramSocket: IPv${family} batches of any size, in order`, () => {
    using receiver = openUdpSocket({ family, receiveBufferBytes: 4_000_000 });
    using sender = openUdpSocket({ family });
    const route = { destination: here, port: receiver.localPort };
    for (const count of [0, 1, 63, 64, 65, 200]) {
      const texts = Array.from({ length: count }, (_, i) => `${i}`.padEnd(i % 50, "."));
      const messages = texts.map((text) => ({ bytes: bytes(text), ...route }));
      assertEquals(sender.send(messages), { sentCount: count, errno: 0 });
      const batches: number[] = [];
      const heard: string[] = [];
      let got: number;
      do {
        got = receiver.receive((datagram) => heard.push(new TextDecoder().decode(datagram.bytes)));
        batches.push(got);
      } while (got === receiver.batchCount);
      assertEquals(heard, texts);
      assertEquals(batches.length, Math.floor(count / 64) + 1);
    }
  });

  Deno.test(`DatagramSocket: IPv${family} octets that are too long for us are cut, and it shows`, () => {
    using receiver = openUdpSocket({ family });
    using sender = openUdpSocket({ family });
    const route = { destination: here, port: receiver.localPort };
    const long = "x".repeat(5_000); // Also too long to be copied when sending.
    sender.send([{ bytes: bytes("a"), ...route }, { bytes: bytes(long), ...route }]);
    sender.send([{ bytes: bytes("b"), ...route }]);
    assertEquals(
      heardBy(receiver).map(({ text, truncated }) => [text.length, text[0], truncated]),
      [[1, "a", false], [2_048, "x", true], [1, "b", false]],
    );
  });
}

Deno.test("DatagramSocket.send: stops at what the kernel refuses, and says why", () => {
  using receiver = openUdpSocket({ family: 4, bindAddress: ip("127.0.0.1") });
  using sender = openUdpSocket({ family: 4 });
  const good = { bytes: bytes("x"), destination: ip("127.0.0.1"), port: receiver.localPort };
  const tooLong = { ...good, bytes: new Uint8Array(70_000) };
  assertEquals(sender.send([good, good, tooLong, good]), {
    sentCount: 2,
    errno: ERRNO.EMSGSIZE,
  });
  assertEquals(heardBy(receiver).length, 2);
  const noHop = { ...good, hopLimit: 0 }; // No TTL for IPv4.
  assertEquals(sender.send([noHop]), { sentCount: 0, errno: ERRNO.EINVAL });
  assertEquals(sender.send([good]), { sentCount: 1, errno: 0 }); // The socket goes on.
});

Deno.test("DatagramSocket.send: a source that is not ours is refused, by name", () => {
  using sender = openUdpSocket({ family: 6 });
  const message = { bytes: bytes("x"), destination: ip("::1"), port: 9 };
  const { errno } = sender.send([{ ...message, source: ip("2001:db8::99") }]);
  assertEquals(errno, ERRNO.EINVAL);
});

Deno.test("openUdpSocket: a peer's refusal is the result of a receive", async () => {
  // A port of which nobody is given by chance, as tests beside this one are given ports.
  using socket = openUdpSocket({ family: 4, peer: { ip: ip("127.0.0.1"), port: 9 } });
  socket.send([{ bytes: bytes("anybody?") }]);
  // On a busy machine the kernel's answer comes a little later.
  let result = 0;
  for (let i = 0; i < 1_000 && result === 0; i++) {
    result = socket.receive(() => {});
    if (result === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(result, -ERRNO.ECONNREFUSED);
  assertEquals(socket.receive(() => {}), 0);
});

Deno.test("openUdpSocket: bindsFreely takes addresses that do not exist yet", () => {
  const options = { family: 4, bindAddress: ip("192.0.2.200") } as const;
  const error = instanceOf(SyscallError, assertThrows(() => openUdpSocket(options)));
  assertEquals(error.message, "bind: EADDRNOTAVAIL (Cannot assign requested address)");
  using _socket = openUdpSocket({ ...options, bindsFreely: true });
  using _socket6 = openUdpSocket({
    family: 6,
    bindAddress: ip("2001:db8::200"),
    bindsFreely: true,
  });
});

Deno.test("open…: what fails leaves no descriptor behind", () => {
  const openCount = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = openCount();
  for (let i = 0; i < 10; i++) {
    assertThrows(() => openUdpSocket({ family: 4, interface: "no-such-link" }));
    assertThrows(() => openUdpSocket({ family: 4, bindAddress: ip("192.0.2.200") }));
    assertThrows(() => openUnixDatagram("/no/such/socket"));
  }
  assert(openCount() < before + 10); // Other tests may run at the same time.
  const error = assertThrows(() => openUdpSocket({ family: 4, interface: "no-such-link" }));
  assertEquals(
    instanceOf(SyscallError, error).message,
    "setsockopt SO_BINDTODEVICE no-such-link: ENODEV (No such device)",
  );
});

Deno.test("DatagramSocket: views are valid inside of the callback, also around another receive", () => {
  using one = openUdpSocket({ family: 4 });
  using two = openUdpSocket({ family: 4 });
  using sender = openUdpSocket({ family: 4 });
  const to = (socket: DatagramSocket, text: string) =>
    sender.send([{ bytes: bytes(text), destination: ip("127.0.0.1"), port: socket.localPort }]);
  for (const text of ["one", "uno"]) to(one, text);
  for (const text of ["two", "due"]) to(two, text);
  const heard: string[] = [];
  one.receive((outer) => {
    two.receive((inner) => heard.push(new TextDecoder().decode(inner.bytes)));
    heard.push(new TextDecoder().decode(outer.bytes));
  });
  assertEquals(heard, ["two", "due", "one", "uno"]);
});

Deno.test("DatagramSocket: sockets take turns with the same buffers", () => {
  using sender = openUdpSocket({ family: 4 });
  const buffers = new Set<ArrayBufferLike>();
  for (let i = 0; i < 10; i++) {
    using socket = openUdpSocket({ family: 4 });
    const route = { destination: ip("127.0.0.1"), port: socket.localPort };
    sender.send([{ bytes: bytes("x"), ...route }]);
    socket.receive((datagram) => buffers.add(datagram.bytes.buffer));
  }
  assertEquals(buffers.size, 1);
});

Deno.test("DatagramSocket.receive: nothing is delivered after the callback closed the socket", () => {
  const socket = openUdpSocket({ family: 4 });
  using sender = openUdpSocket({ family: 4 });
  const route = { destination: ip("127.0.0.1"), port: socket.localPort };
  sender.send(["a", "b", "c"].map((text) => ({ bytes: bytes(text), ...route })));
  let count = 0;
  socket.receive(() => {
    count++;
    socket[Symbol.dispose]();
  });
  assertEquals(count, 1);
});

Deno.test("DatagramSocket.receive: a throwing callback does not harm the next receive", () => {
  using socket = openUdpSocket({ family: 4 });
  using sender = openUdpSocket({ family: 4 });
  const message = { destination: ip("127.0.0.1"), port: socket.localPort };
  sender.send([{ ...message, bytes: bytes("first") }]);
  assertThrows(() =>
    socket.receive(() => {
      throw new Error("broken");
    })
  );
  sender.send([{ ...message, bytes: bytes("a longer second") }]);
  assertEquals(heardBy(socket).map(({ text }) => text), ["a longer second"]);
});

Deno.test("openNetlinkSocket: RTM_GETLINK lists the loopback interface", () => {
  using socket = openNetlinkSocket({ protocol: 0 });
  assert(socket.portId > 0);
  const request = new Uint8Array(32); // nlmsghdr (16), ifinfomsg (16)
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, 18, true); // RTM_GETLINK
  view.setUint16(6, 0x301, true); // NLM_F_REQUEST | NLM_F_DUMP
  assertEquals(socket.send([{ bytes: request }]).errno, 0);
  let sizeBytes = 0;
  let lastType = 0;
  let holdsLo = false;
  while (
    socket.receive(({ bytes, senderPortId, truncated }) => {
      assertEquals([senderPortId, truncated], [0, false]);
      sizeBytes += bytes.length;
      holdsLo ||= new TextDecoder("latin1").decode(bytes).includes("lo\0");
      const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at + 16 <= bytes.length; at += (data.getUint32(at, true) + 3) & ~3) {
        lastType = data.getUint16(at + 4, true);
      }
    }) > 0
  );
  assert(sizeBytes > 500);
  assertEquals([holdsLo, lastType], [true, 3]); // NLMSG_DONE
});

Deno.test("openNetlinkSocket: an unknown group or protocol is an error", () => {
  assertThrows(() => openNetlinkSocket({ protocol: 250 }));
  assertThrows(() => openNetlinkSocket({ protocol: 0, groups: [100_000] }));
});

Deno.test("openUnixDatagram: sends to a path; a listener that is gone is a value", async () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/log`;
  const listener = check("socket", libc.socket(AF.UNIX, SOCK.DGRAM | SOCK.CLOEXEC, 0));
  const address = unixAddress(path);
  check("bind", libc.bind(listener, address, address.length));
  using socket = openUnixDatagram(path);
  assertEquals(socket.send([{ bytes: bytes("<30>hello") }]), { sentCount: 1, errno: 0 });
  const buffer = new Uint8Array(100);
  const count = libc.recv(listener, buffer, buffer.length, MSG.DONTWAIT);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "<30>hello");
  let result = { sentCount: 1, errno: 0 };
  for (let i = 0; i < 10_000 && result.errno === 0; i++) {
    result = socket.send([{ bytes: bytes("nobody reads") }]);
  }
  assertEquals(result, { sentCount: 0, errno: ERRNO.EAGAIN });
  libc.close(listener);
  // A program that another test starts just now may hold a copy of the listener until it runs.
  for (let i = 0; i < 500 && result.errno === ERRNO.EAGAIN; i++) {
    result = socket.send([{ bytes: bytes("too late") }]);
    if (result.errno === ERRNO.EAGAIN) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(result.errno, ERRNO.ECONNREFUSED);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("DatagramSocket: closed sockets are not used any more", () => {
  const socket = openUdpSocket({ family: 4 });
  const number = socket.fd;
  socket[Symbol.dispose]();
  assertEquals(libc.close(number), -1);
  assertThrows(() => socket.receive(() => {}));
  assertThrows(() => socket.send([{ bytes: bytes("x") }]));
});
