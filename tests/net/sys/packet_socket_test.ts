/**
 * Packet sockets: whole Ethernet frames between two links. Needs root.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ERRNO } from "../../../net/sys/constants.ts";
import { type DatagramSocket, openPacketSocket } from "../../../net/sys/socket.ts";
import { IS_ROOT } from "../namespace.ts";
import { indexOf, network } from "./two_links.ts";

// Packet sockets need CAP_NET_RAW, and a network that is nobody else's.
const ignore = !IS_ROOT;

const ETHERTYPE_EXPERIMENT = 0x88b5; // IEEE 802 Local Experimental

/** Length and content of a frame in a line. */
function summary(frame: Uint8Array): string {
  return `${frame.length}: ${frame.slice(0, 16).join(" ")} … ${new Set(frame.slice(14)).size}`;
}

Deno.test({
  name: "openPacketSocket: whole frames, each to its interface",
  ignore,
  fn() {
    using _network = network();
    using sender = openPacketSocket({ protocol: 0 });
    using zero = openPacketSocket({
      protocol: ETHERTYPE_EXPERIMENT,
      interfaceIndex: indexOf("v0"),
    });
    using one = openPacketSocket({ protocol: ETHERTYPE_EXPERIMENT, interfaceIndex: indexOf("v1") });
    const frame = (last: number) =>
      Uint8Array.of(...new Array(6).fill(0xff), 2, 0, 0, 0, 0, last, 0x88, 0xb5, last);
    const result = sender.send([
      { bytes: frame(1), interfaceIndex: indexOf("v0") },
      { bytes: frame(2), interfaceIndex: indexOf("v1") },
      { bytes: frame(3), interfaceIndex: indexOf("v0") },
    ]);
    assertEquals(result, { sentCount: 3, errno: 0 });
    const heard = (socket: DatagramSocket) => {
      const frames: [number, number | undefined][] = [];
      socket.receive(({ bytes, interfaceIndex }) => frames.push([interfaceIndex, bytes[14]]));
      return frames;
    };
    assertEquals(heard(one), [[indexOf("v1"), 1], [indexOf("v1"), 3]]);
    assertEquals(heard(zero), [[indexOf("v0"), 2]]);
    assertEquals([sender.batchCount, sender.receive(() => {})], [0, 0]);
    const nowhere = sender.send([{ bytes: frame(4), interfaceIndex: 9_999 }]);
    assertEquals(nowhere, { sentCount: 0, errno: ERRNO.ENXIO });
  },
});

Deno.test({
  name: "openPacketSocket: 300 frames of many lengths arrive as they were, past the queue as well",
  ignore,
  fn() {
    using _network = network();
    using sender = openPacketSocket({ protocol: 0, bypassesQueue: true });
    using receiver = openPacketSocket({
      protocol: ETHERTYPE_EXPERIMENT,
      interfaceIndex: indexOf("v1"),
      receiveBufferBytes: 4_000_000,
    });
    const frames = Array.from({ length: 300 }, (_, i) => {
      const frame = new Uint8Array(14 + (i * 7) % 1_400).fill(i);
      frame.set([...new Array(6).fill(0xff), 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
      return frame;
    });
    const heard: Uint8Array[] = [];
    for (let at = 0; at < frames.length; at += 100) {
      const messages = frames.slice(at, at + 100)
        .map((bytes) => ({ bytes, interfaceIndex: indexOf("v0") }));
      assertEquals(sender.send(messages), { sentCount: 100, errno: 0 });
      while (receiver.receive(({ bytes }) => heard.push(bytes.slice())) > 0);
    }
    assertEquals(heard.map(summary), frames.map(summary));
  },
});
