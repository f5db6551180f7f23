/**
 * Two sockets of one port, on the loopback interface.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { type DatagramSocket, openUdpSocket } from "../../../net/sys/socket.ts";
import { openUdpPair } from "../../../net/sys/udp_pair.ts";

/** The second octet begins with 11, and asks for nothing. */
const PATTERN = { at: 1, mask: 0xf0, value: 0xc0 };

function heardBy(socket: DatagramSocket): number[][] {
  const heard: number[][] = [];
  socket.receive(({ bytes }) => heard.push([...bytes]));
  return heard;
}

for (const [family, here, port] of [[4, "127.0.0.1", 29_790], [6, "::1", 29_791]] as const) {
  Deno.test(`openUdpPair: over IPv${family} what may wait is the second socket's, all else the first one's`, () => {
    const { urgent, patient } = openUdpPair({ family, port }, PATTERN);
    assert(patient !== undefined, "this kernel knows how");
    using first = urgent;
    using second = patient;
    using sender = openUdpSocket({ family });
    const texts = [[1, 0xc0], [1, 0x40], [1, 0xcf, 9], [1, 0xe0], [1], [0xc0, 0], [2, 0xc8]];
    for (const text of texts) {
      const message = { bytes: Uint8Array.from(text), destination: ip(here), port };
      assertEquals(sender.send([message]).errno, 0);
    }
    assertEquals(heardBy(second), [[1, 0xc0], [1, 0xcf, 9], [2, 0xc8]]);
    assertEquals(heardBy(first), [[1, 0x40], [1, 0xe0], [1], [0xc0, 0]]);
  });

  Deno.test(`openUdpPair: over IPv${family} nobody gets a port that another pair has`, () => {
    const pair = openUdpPair({ family, port }, PATTERN);
    using _first = pair.urgent;
    using _second = pair.patient;
    const error = assertThrows(() => openUdpPair({ family, port }, PATTERN));
    assert(error instanceof SyscallError);
    assertEquals(error.code, "EADDRINUSE");
  });
}
