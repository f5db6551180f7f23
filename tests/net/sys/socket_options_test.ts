/**
 * What a socket hears while it is set up.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { AF, ERRNO, MSG, SOCK } from "../../../net/sys/constants.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { check, errno, libc } from "../../../net/sys/libc.ts";
import { openUdpSocket } from "../../../net/sys/socket.ts";
import { internetAddress } from "../../../net/sys/socket_address.ts";
import { acceptInput, refuseInput } from "../../../net/sys/socket_options.ts";

/** A socket that hears from its first moment, on a port of its own. */
function openEarly(): { fd: Fd; port: number } {
  const flags = SOCK.NONBLOCK | SOCK.CLOEXEC;
  const fd = new Fd(check("socket", libc.socket(AF.INET, SOCK.DGRAM | flags, 0)));
  const address = internetAddress(ip("127.0.0.1"));
  check("bind", libc.bind(fd.number, address, address.length));
  const length = new Uint32Array([address.length]);
  check("getsockname", libc.getsockname(fd.number, address, length));
  return { fd, port: new DataView(address.buffer).getUint16(2) };
}

function heardBy(fd: Fd): number[] {
  const heard: number[] = [];
  const buffer = new Uint8Array(8);
  while (libc.recv(fd.number, buffer, buffer.length, MSG.DONTWAIT) >= 0) heard.push(buffer[0] ?? 0);
  assertEquals(errno(), ERRNO.EAGAIN);
  return heard;
}

Deno.test("refuseInput, acceptInput: nothing from before, nothing from between, all from then on", () => {
  const { fd, port } = openEarly();
  using _fd = fd;
  using sender = openUdpSocket({ family: 4 });
  const send = (octet: number) =>
    sender.send([{ bytes: Uint8Array.of(octet), destination: ip("127.0.0.1"), port }]);
  for (const octet of [1, 2, 3]) send(octet);
  refuseInput(fd);
  send(4);
  acceptInput(fd);
  send(5);
  assertEquals(heardBy(fd), [5]);
  refuseInput(fd);
  send(6);
  assertEquals(heardBy(fd), []);
});
