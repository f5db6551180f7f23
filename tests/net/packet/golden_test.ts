/**
 * Every frame of the captures of real implementations: counted by kind, decoded to what its router
 * was configured to say, and encoded to the same octets, checksums included.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { encodeGratuitousArp } from "../../../net/packet/arp.ts";
import { virtualRouterMac } from "../../../net/packet/ethernet.ts";
import { encodeUnsolicitedAdvertisement } from "../../../net/packet/ndp.ts";
import { encodePcap } from "../../../net/packet/pcap.ts";
import {
  AUTH_TYPE,
  decodeHmacTrailer,
  encodeAuthenticationHeader,
  integrityCheckValue,
  integrityIsRight,
  passwordAuthData,
  signAdvertisement,
  signatureIsRight,
  unixMsFromSequence,
} from "../../../net/packet/vrrp_auth.ts";
import { checksumIsRight, decodeAdvertisement } from "../../../net/packet/vrrp.ts";
import { captureNames, readCapture, readCaptureBytes } from "../../pcap.ts";
import { dissect, type Dissection, type SeenAdvertisement } from "./dissect.ts";

interface Case {
  readonly name: string;
  /** How many frames of each kind the capture has. */
  readonly frames: Readonly<Record<string, number>>;
  /** What the advertisements say besides who has which priority. */
  readonly said: readonly string[];
  /** Who advertised which priority how often, in order, IPv4 before IPv6. */
  readonly runs: readonly string[];
}

const VRID = 51;
const PASSWORD = "s3cretpw";
/** `auth_hmac` key 1 of the captures. */
const HMAC_KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const KEY_ID = 1;

/** The first router is active, then resigns; the second takes over. */
function takeover(first: string, second: string, counts = [6, 1, 4]): string[] {
  const [active, resigned, successor] = counts;
  return [
    `${active} × 200 from ${first}`,
    `${resigned} × 0 from ${first}`,
    `${successor} × 100 from ${second}`,
  ];
}

const R1_TO_R2 = takeover("10.99.0.1", "10.99.0.2");
const FRR_LINK_LOCAL = "fe80::200:5eff:fe00:233";
const V2 = "255 0xc0: v2 vrid 51 100 cs 10.99.1.1";
const V3 = "255 0xc0: v3 vrid 51 100 cs 10.99.1.1";
const V3_FAST = "255 0xc0: v3 vrid 51 50 cs 10.99.1.1";
const V3_IPV6 = "0xc0: v3 vrid 51 100 cs fe80::51 fd99::51";
const NO_AUTH = "auth 0 0000000000000000";

// deno-fmt-ignore
const CASES: readonly Case[] = [
  { name: "frr-v2-v4",
    frames: { "VRRPv2": 11, "GARP": 2, "IGMP": 6, "NS": 2, "RS": 14 },
    said: [`virtual MAC > 224.0.0.18 ${V2} ${NO_AUTH}`], runs: R1_TO_R2 },
  { name: "frr-v3-v4v6",
    frames: { "VRRPv3": 20, "GARP": 2, "unsolicited NA": 6, "IGMP": 6, "NS": 2, "RS": 9, "RA": 15 },
    said: [`virtual MAC > 224.0.0.18 ${V3}`, `virtual MAC > ff02::12 255 ${V3_IPV6}`],
    runs: [...R1_TO_R2, ...takeover(FRR_LINK_LOCAL, FRR_LINK_LOCAL, [5, 1, 3])] },
  { name: "frr1-ka2-v3-v4",
    frames: { "VRRPv3": 11, "GARP": 6, "IGMP": 6, "NS": 2, "RS": 14 },
    said: [`virtual MAC > 224.0.0.18 ${V3}`], runs: R1_TO_R2 },
  { name: "ka1-frr2-v3-v4",
    frames: { "VRRPv3": 11, "GARP": 11, "IGMP": 6, "NS": 2, "RS": 11 },
    said: [`virtual MAC > 224.0.0.18 ${V3}`], runs: R1_TO_R2 },
  { name: "ka227-v2-ah",
    frames: { "AH VRRPv2": 11, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 12 },
    said: [`own MAC > 224.0.0.18 ${V2} auth 2 0000000000000000`], runs: R1_TO_R2 },
  { name: "ka227-v2-noauth",
    frames: { "VRRPv2": 11, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 11 },
    said: [`own MAC > 224.0.0.18 ${V2} ${NO_AUTH}`], runs: R1_TO_R2 },
  { name: "ka227-v2-pass",
    frames: { "VRRPv2": 11, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 11 },
    said: [`own MAC > 224.0.0.18 ${V2} auth 1 7333637265747077`], runs: R1_TO_R2 },
  { name: "ka227-v2-unicast",
    frames: { "VRRPv2": 11, "GARP": 15, "ARP": 2, "NS": 2, "RS": 10 },
    said: [`own MAC > 10.99.0.2 ${V2} ${NO_AUTH}`, `own MAC > 10.99.0.1 ${V2} ${NO_AUTH}`],
    runs: R1_TO_R2 },
  { name: "ka227-v3-v4-mcast",
    frames: { "VRRPv3": 25, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 11 },
    said: [`own MAC > 224.0.0.18 ${V3_FAST}`],
    runs: takeover("10.99.0.1", "10.99.0.2", [15, 1, 9]) },
  { name: "ka227-v3-v4-unicast",
    frames: { "VRRPv3": 11, "GARP": 15, "ARP": 2, "NS": 2, "RS": 12 },
    said: [`own MAC > 10.99.0.2 ${V3}`, `own MAC > 10.99.0.1 ${V3}`], runs: R1_TO_R2 },
  { name: "ka227-v3-v4-vmac",
    frames: { "VRRPv3": 11, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 11 },
    said: [`virtual MAC > 224.0.0.18 ${V3}`], runs: R1_TO_R2 },
  { name: "ka227-v3-v6-mcast",
    frames: { "VRRPv3": 11, "unsolicited NA": 30, "NS": 2, "RS": 12 },
    said: [`own MAC > ff02::12 255 ${V3_IPV6}`],
    runs: takeover("fe80::1cb4:3fff:fedb:1028", "fe80::4810:49ff:fe5d:ba3e") },
  { name: "ka227-v3-v6-unicast",
    // Parameter Problems (ICMPv6 type 4) answer r2 after r1 has closed its socket.
    frames: { "VRRPv3": 11, "unsolicited NA": 30, "NA": 2, "NS": 4, "RS": 11, "ICMPv6 4": 4 },
    said: [`own MAC > fd99::2 64 ${V3_IPV6}`, `own MAC > fd99::1 64 ${V3_IPV6}`],
    runs: takeover("fd99::1", "fd99::2") },
  { name: "kahead-v3-v4-hmac",
    frames: { "VRRPv3": 11, "GARP": 15, "IGMP": 6, "NS": 2, "RS": 12 },
    said: [`own MAC > 224.0.0.18 ${V3} trailer 28`], runs: R1_TO_R2 },
];

Deno.test("captures: each VRRP capture has its row", () => {
  // Those of BFD are another test's.
  const present = captureNames().filter((name) => !name.startsWith("bfd-"));
  assertEquals(present, CASES.map((row) => row.name));
});

for (const row of CASES) {
  Deno.test(`captures ${row.name}: frames by kind`, () => {
    const counts: Record<string, number> = {};
    for (const { kind } of dissectAll(row.name)) counts[kind] = (counts[kind] ?? 0) + 1;
    assertEquals(counts, row.frames);
  });

  Deno.test(`captures ${row.name}: every frame encodes to the same octets`, () => {
    for (const { bytes } of readCapture(row.name).packets) {
      const { encoded, kind } = dissected(bytes);
      assertEquals(hex(encoded), hex(bytes), kind);
    }
  });

  Deno.test(`captures ${row.name}: advertisements say what was configured`, () => {
    const seen = advertisementsOf(row.name);
    const said = seen.map((one) => describe(one));
    assertEquals([...new Set(said)], [...row.said]);
    const runs = [4, 6].flatMap((family) => runsOf(seen.filter((one) => one.family === family)));
    assertEquals(runs, [...row.runs]);
  });

  Deno.test(`captures ${row.name}: the file encodes to the same octets`, () => {
    assertEquals(hex(encodePcap(readCapture(row.name))), hex(readCaptureBytes(row.name)));
  });
}

Deno.test("encodeGratuitousArp RFC 9568 §8.1.2 is what keepalived and FRR send", () => {
  const seen = allFrames().filter(({ kind }) => kind === "GARP");
  assertEquals(seen.length, 141);
  for (const { encoded, sourceMac } of seen) {
    const ours = encodeGratuitousArp({ senderMac: sourceMac, ip: ip("10.99.1.1") });
    assertEquals(hex(ours), hex(encoded));
  }
});

Deno.test("encodeUnsolicitedAdvertisement RFC 4861 §4.4 is what keepalived and FRR send", () => {
  const seen = allFrames().filter(({ kind }) => kind === "unsolicited NA");
  assertEquals(seen.length, 66);
  // keepalived's routers did not forward, FRR sets the flag always.
  assertEquals(seen.filter(({ neighbor }) => neighbor?.router).length, 6);
  for (const { encoded, sourceMac, neighbor } of seen) {
    assert(neighbor !== undefined);
    const { target, router } = neighbor;
    const ours = encodeUnsolicitedAdvertisement({ mac: sourceMac, ip: target, router });
    assertEquals(hex(ours), hex(encoded));
  }
});

Deno.test("integrityCheckValue RFC 2402 §3.3.3 is what keepalived signs", () => {
  const key = new TextEncoder().encode(PASSWORD);
  let sequence = 0;
  for (const { bytes } of readCapture("ka227-v2-ah").packets) {
    const header = dissected(bytes).seen?.authenticationHeader;
    if (header === undefined) continue;
    const packet = bytes.subarray(14);
    assertEquals(hex(integrityCheckValue(packet, key)), hex(header.icv));
    assert(integrityIsRight(packet, key));
    assert(!integrityIsRight(packet, key.subarray(1)));
    assertEquals(header.securityParametersIndex, new DataView(packet.slice().buffer).getUint32(12));
    // r2 goes on counting where r1 stopped.
    assertEquals(header.sequence, ++sequence);
    // Signing anew, from a header without ICV, gives the same packet.
    const unsigned = bytes.slice(14);
    unsigned.set(encodeAuthenticationHeader({ ...header, icv: new Uint8Array(12) }), 20);
    assertEquals(hex(integrityCheckValue(unsigned, key)), hex(header.icv));
  }
  assertEquals(sequence, 11);
});

Deno.test("integrityIsRight: no bit may change but in the fields that routers change", () => {
  const key = new TextEncoder().encode(PASSWORD);
  const [first] = readCapture("ka227-v2-ah").packets.filter(({ bytes }) =>
    dissected(bytes).seen !== undefined
  );
  assert(first !== undefined);
  const packet = first.bytes.subarray(14);
  const unsigned = [1, 6, 7, 10, 11];
  for (const [at, flipped] of flips(packet)) {
    assertEquals(integrityIsRight(flipped, key), unsigned.includes(at), `octet ${at}`);
  }
  for (let length = 0; length < packet.length; length++) {
    assert(!integrityIsRight(packet.subarray(0, length), key));
  }
});

Deno.test("passwordAuthData RFC 2338 §5.3.10 is what keepalived sends", () => {
  const seen = advertisementsOf("ka227-v2-pass");
  assertEquals(seen.length, 11);
  for (const { advertisement: { authType, authData } } of seen) {
    assertEquals(authType, AUTH_TYPE.password);
    assertEquals(authData, passwordAuthData(PASSWORD));
  }
});

Deno.test("signAdvertisement is what keepalived's auth_hmac signs", () => {
  const signed = readCapture("kahead-v3-v4-hmac").packets.flatMap((packet) => {
    const { seen } = dissected(packet.bytes);
    return seen === undefined ? [] : [{ packet, seen }];
  });
  assertEquals(signed.length, 11);
  let last = 0n;
  for (const { packet, seen } of signed) {
    const trailer = decodeHmacTrailer(seen.trailer);
    assert(typeof trailer !== "string");
    assertEquals(trailer.keyId, KEY_ID);
    assertEquals(hex(signAdvertisement(seen, HMAC_KEY, trailer)), hex(seen.trailer));
    assert(signatureIsRight(seen, HMAC_KEY, trailer));
    assert(!signatureIsRight(seen, HMAC_KEY.subarray(1), trailer));
    assert(!signatureIsRight({ ...seen, source: ip("10.99.0.3") }, HMAC_KEY, trailer));
    const capturedMs = packet.timeSec * 1000 + packet.timeNs / 1e6;
    const ageMs = capturedMs - unixMsFromSequence(trailer.sequence);
    assert(ageMs > 0 && ageMs < 5, `signed ${ageMs} ms before it was captured`);
    assert(trailer.sequence > last);
    last = trailer.sequence;
  }
});

Deno.test("signatureIsRight: no bit may change but those of the checksum", () => {
  const [seen] = advertisementsOf("kahead-v3-v4-hmac");
  assert(seen !== undefined);
  const { pdu, trailer, source } = seen;
  for (const [at, flipped] of flips(Uint8Array.of(...pdu, ...trailer))) {
    const decoded = decodeHmacTrailer(flipped.subarray(pdu.length));
    const right = typeof decoded !== "string" &&
      signatureIsRight({ pdu: flipped.subarray(0, pdu.length), source }, HMAC_KEY, decoded);
    assertEquals(right, at === 6 || at === 7, `octet ${at}`);
  }
});

Deno.test("decodeAdvertisement: every flipped bit is refused, or its checksum is wrong", () => {
  const pdus = distinctAdvertisements();
  assertEquals(pdus.length, 41);
  for (const { pdu, trailer, family, pseudoHeaderSum } of pdus) {
    const pduAndTrailer = Uint8Array.of(...pdu, ...trailer);
    for (const [at, flipped] of flips(pduAndTrailer)) {
      if (at >= pdu.length) continue; // The signature's.
      const decoded = decodeAdvertisement(flipped, family);
      if (typeof decoded === "string") continue;
      const lengthBytes = flipped.length - decoded.trailingBytes;
      const right = checksumIsRight(flipped.subarray(0, lengthBytes), pseudoHeaderSum);
      assert(!right, `octet ${at} of ${hex(pduAndTrailer)}`);
    }
  }
});

Deno.test("decodeAdvertisement: no advertisement survives being cut", () => {
  for (const { pdu, trailer, family } of distinctAdvertisements()) {
    for (let length = 0; length < pdu.length; length++) {
      const reason = decodeAdvertisement(pdu.subarray(0, length), family);
      assertEquals(reason, length < 8 ? "too short" : "wrong length");
    }
    // A cut trailer is seen as such.
    for (let length = 0; length <= trailer.length; length++) {
      const decoded = decodeAdvertisement(
        Uint8Array.of(...pdu, ...trailer.subarray(0, length)),
        family,
      );
      assert(typeof decoded !== "string");
      assertEquals(decoded.trailingBytes, length);
    }
  }
});

Deno.test("all codecs: every frame cut anywhere is refused", () => {
  const frames = new Map(
    CASES.flatMap((row) => readCapture(row.name).packets).map(({ bytes }) => [hex(bytes), bytes]),
  );
  assert(frames.size > 200, `only ${frames.size} different frames`);
  for (const bytes of frames.values()) {
    for (let length = 0; length < bytes.length; length++) {
      const result = dissect(bytes.subarray(0, length));
      assert(typeof result === "string", `${length} octets of ${hex(bytes)} were taken`);
      assertNotEquals(result, "no codec");
    }
  }
});

function dissected(bytes: Uint8Array): Dissection {
  const result = dissect(bytes);
  if (typeof result === "string") throw new Error(`${result}: ${hex(bytes)}`);
  return result;
}

function dissectAll(name: string): Dissection[] {
  return readCapture(name).packets.map(({ bytes }) => dissected(bytes));
}

function allFrames(): Dissection[] {
  return CASES.flatMap((row) => dissectAll(row.name));
}

function advertisementsOf(name: string): (SeenAdvertisement & Dissection)[] {
  return dissectAll(name).flatMap((one) => one.seen === undefined ? [] : [{ ...one, ...one.seen }]);
}

function distinctAdvertisements(): SeenAdvertisement[] {
  const all = CASES.flatMap((row) => advertisementsOf(row.name));
  const byContent = new Map(
    all.map((one) => [`${one.source} ${one.destination} ${hex(one.pdu)} ${hex(one.trailer)}`, one]),
  );
  return [...byContent.values()];
}

function describe(seen: SeenAdvertisement & Dissection): string {
  const { family, destination, hopLimit, tos, sourceMac, advertisement, trailer } = seen;
  const { version, vrid, maxAdvertiseIntervalCs, addresses, authType, authData } = advertisement;
  return [
    sourceMac === virtualRouterMac(family, VRID) ? "virtual MAC" : "own MAC",
    `> ${destination} ${hopLimit} 0x${tos.toString(16)}:`,
    `v${version} vrid ${vrid} ${maxAdvertiseIntervalCs} cs`,
    ...addresses,
    ...(authType === undefined ? [] : [`auth ${authType}`]),
    ...(authData === undefined ? [] : [hex(authData)]),
    ...(trailer.length === 0 ? [] : [`trailer ${trailer.length}`]),
  ].join(" ");
}

function runsOf(seen: readonly SeenAdvertisement[]): string[] {
  const runs: { what: string; count: number }[] = [];
  for (const { advertisement, source } of seen) {
    const what = `${advertisement.priority} from ${source}`;
    const last = runs.at(-1);
    if (last?.what === what) last.count++;
    else runs.push({ what, count: 1 });
  }
  return runs.map(({ what, count }) => `${count} × ${what}`);
}

/** Each single-bit change of `bytes`, with the octet it is in. */
function* flips(bytes: Uint8Array): Generator<[at: number, flipped: Uint8Array]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const at = bit >> 3;
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
    yield [at, flipped];
  }
}

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}
