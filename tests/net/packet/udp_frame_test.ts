import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip, parseMac } from "../../../net/address.ts";
import { decodeUdpFrame, encodeUdpFrame, type UdpFrame } from "../../../net/packet/udp_frame.ts";
import { readCapture } from "../../pcap.ts";
import { address, family, mac, octet, octets, word } from "./arbitraries.ts";

const FRAMES: fc.Arbitrary<UdpFrame> = family.chain((each) =>
  fc.record({
    ...{ sourceMac: mac, destinationMac: mac, source: address(each), destination: address(each) },
    ...{ hopLimit: octet, trafficClass: octet, sourcePort: word, payload: octets(0, 64) },
    destinationPort: fc.integer({ min: 1, max: 0xffff }),
  })
);

Deno.test("encodeUdpFrame, decodeUdpFrame: both ways, in both families", () => {
  fc.assert(fc.property(FRAMES, (frame) => {
    assertEquals(decodeUdpFrame(encodeUdpFrame(frame)), frame);
  }));
});

Deno.test("decodeUdpFrame: what is cut is none; never throws", () => {
  fc.assert(fc.property(FRAMES, fc.nat(), (frame, at) => {
    const bytes = encodeUdpFrame(frame);
    assertEquals(decodeUdpFrame(bytes.subarray(0, at % bytes.length)), undefined);
  }));
  fc.assert(fc.property(octets(0, 80), (bytes) => void decodeUdpFrame(bytes)));
});

Deno.test("decodeUdpFrame: what real daemons sent", () => {
  const frames = readCapture("bfd-bird-frr").packets.flatMap(({ bytes }) =>
    decodeUdpFrame(bytes) ?? []
  );
  assertEquals(frames.length, 269);
  const [first] = frames;
  assert(first);
  const { source, destination, hopLimit, destinationPort } = first;
  assertEquals([source, destination], [ip("10.99.0.1"), ip("10.99.0.2")]);
  assertEquals([hopLimit, destinationPort], [255, 3784]);
  assert(parseMac(first.sourceMac) !== undefined);
});
