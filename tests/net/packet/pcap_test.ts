import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodePcap, encodePcap, type Pcap } from "../../../net/packet/pcap.ts";
import { readCaptureBytes } from "../../pcap.ts";
import { longWord, octets } from "./arbitraries.ts";

type Format = Pick<Pcap, "byteOrder" | "resolution">;

const PACKET = {
  timeSec: 0x12345678,
  timeNs: 5_000_000,
  originalLengthBytes: 0x0102,
  bytes: Uint8Array.of(0xaa, 0xbb, 0xcc),
};
/** One packet in each format: 5000 µs are 0x1388, 5 000 000 ns are 0x4c4b40. */
const VECTORS: readonly [Format, string][] = [
  [
    { byteOrder: "little", resolution: "microseconds" },
    "d4c3b2a1" + "02000400" + "00".repeat(8) + "00020000" + "01000000" +
    "78563412" + "88130000" + "03000000" + "02010000" + "aabbcc",
  ],
  [
    { byteOrder: "big", resolution: "microseconds" },
    "a1b2c3d4" + "00020004" + "00".repeat(8) + "00000200" + "00000001" +
    "12345678" + "00001388" + "00000003" + "00000102" + "aabbcc",
  ],
  [
    { byteOrder: "little", resolution: "nanoseconds" },
    "4d3cb2a1" + "02000400" + "00".repeat(8) + "00020000" + "01000000" +
    "78563412" + "404b4c00" + "03000000" + "02010000" + "aabbcc",
  ],
  [
    { byteOrder: "big", resolution: "nanoseconds" },
    "a1b23c4d" + "00020004" + "00".repeat(8) + "00000200" + "00000001" +
    "12345678" + "004c4b40" + "00000003" + "00000102" + "aabbcc",
  ],
];

Deno.test("encodePcap, decodePcap: both byte orders, both resolutions", () => {
  for (const [format, hex] of VECTORS) {
    const pcap: Pcap = { ...format, snapLengthBytes: 512, packets: [PACKET] };
    assertEquals(encodePcap(pcap).toHex(), hex);
    assertEquals(decodePcap(Uint8Array.fromHex(hex)), pcap);
  }
});

Deno.test("encodePcap: what is not given is what tcpdump writes", () => {
  assertEquals(decodePcap(encodePcap({ packets: [] })), {
    byteOrder: "little",
    resolution: "microseconds",
    snapLengthBytes: 262_144,
    packets: [],
  });
});

Deno.test("encodePcap: a time is cut to the resolution, and asserted", () => {
  const written = decodePcap(encodePcap({ packets: [{ ...PACKET, timeNs: 999_999_999 }] }));
  assert(typeof written !== "string");
  assertEquals(written.packets[0]?.timeNs, 999_999_000);
  for (const timeNs of [-1, 1_000_000_000]) {
    assertThrows(() => encodePcap({ packets: [{ ...PACKET, timeNs }] }));
  }
});

Deno.test("decodePcap: refuses what is none", () => {
  const [[, good] = [undefined, ""]] = VECTORS;
  const rows = [
    ["", "too short"],
    [good.slice(0, 46), "too short"],
    ["0a0d0d0a" + good.slice(8), "unknown magic number"], // pcapng
    [good.replace("02000400", "02000300"), "unknown version"],
    [good.replace("02000400", "01000400"), "unknown version"],
    [good.replace("0002000001000000", "0002000071000000"), "not Ethernet"],
    [good.replace("88130000", "40420f00"), "wrong time"],
    [good.slice(0, -2), "truncated packet"],
    [good.slice(0, -8), "truncated packet"],
    [good.replace("03000000", "04000000"), "truncated packet"],
    [good.replace("03000000", "ffffffff"), "truncated packet"],
    [good + "00", "truncated packet"],
  ] as const;
  for (const [hex, reason] of rows) {
    assertEquals(decodePcap(Uint8Array.fromHex(hex)), reason, hex);
  }
});

Deno.test("decodePcap: bits above the link type are not part of it", () => {
  const [[, good] = [undefined, ""]] = VECTORS;
  const marked = good.replace("0002000001000000", "0002000001000024");
  assertEquals(decodePcap(Uint8Array.fromHex(marked)), decodePcap(Uint8Array.fromHex(good)));
});

Deno.test("decodePcap: encodes back, over the whole range of every field", () => {
  const microseconds = fc.nat({ max: 999_999 }).map((us) => us * 1000);
  const files = fc.constantFrom<Pcap["resolution"][]>("microseconds", "nanoseconds").chain(
    (resolution) =>
      fc.record({
        byteOrder: fc.constantFrom<Pcap["byteOrder"][]>("little", "big"),
        resolution: fc.constant(resolution),
        snapLengthBytes: longWord,
        packets: fc.array(fc.record({
          timeSec: longWord,
          timeNs: resolution === "microseconds" ? microseconds : fc.nat({ max: 999_999_999 }),
          originalLengthBytes: longWord,
          bytes: octets(0, 40),
        })),
      }),
  );
  fc.assert(fc.property(files, (pcap) => {
    assertEquals(decodePcap(encodePcap(pcap)), pcap);
  }));
});

Deno.test("decodePcap: a file cut anywhere is refused, but between packets", () => {
  const bytes = readCaptureBytes("frr-v2-v4");
  let taken = 0;
  for (let length = 0; length <= bytes.length; length++) {
    const pcap = decodePcap(bytes.subarray(0, length));
    if (typeof pcap === "string") {
      assertEquals(pcap, length < 24 ? "too short" : "truncated packet");
    } else {
      assertEquals(pcap.packets.length, taken);
      taken++;
    }
  }
  assertEquals(taken, 35 + 1);
});

Deno.test("decodePcap: never throws", () => {
  const headers = VECTORS.map(([, hex]) => Uint8Array.fromHex(hex.slice(0, 48)));
  const likely = fc.tuple(fc.constantFrom(...headers), octets(0, 99)).map(([header, rest]) =>
    Uint8Array.of(...header, ...rest)
  );
  fc.assert(fc.property(fc.oneof(octets(0, 99), likely), (bytes) => {
    const pcap = decodePcap(bytes);
    if (typeof pcap !== "string") assertEquals(encodePcap(pcap).length, bytes.length);
  }));
});
