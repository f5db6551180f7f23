import { createHash } from "node:crypto";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CONTROL_BYTES, encodeControlPacket } from "../../../net/packet/bfd.ts";
import {
  authenticationBytes,
  type AuthenticationType,
  checkAuthentication,
  type ExpectedAuthentication,
  isMeticulous,
  nextSequence,
  type Unauthentic,
  writeAuthentication,
} from "../../../net/packet/bfd_auth.ts";
import { longWord, octet, octets } from "./arbitraries.ts";

const TYPES: readonly AuthenticationType[] = [
  "simplePassword",
  "keyedMd5",
  "meticulousKeyedMd5",
  "keyedSha1",
  "meticulousKeyedSha1",
];
const SECRET = new TextEncoder().encode("secret");
const LONG_SECRET = new TextEncoder().encode("0123456789abcdefghij");
/** Up, ×3, 100 ms both ways, discriminators 0x11223344 and 0x55667788, with a section. */
const HEAD = (length: string) => `20c403${length}1122334455667788000186a0000186a000000000`;

/** What Python's hashlib makes of the same packets. */
// deno-fmt-ignore
const SIGNED: readonly [AuthenticationType, secret: Uint8Array, hex: string][] = [
  ["simplePassword", SECRET, HEAD("21") + "010907736563726574"],
  ["keyedMd5", SECRET, HEAD("30") + "02180700fffffffe8859f0f6786e16e0e306fdd33a087c29"],
  ["meticulousKeyedSha1", LONG_SECRET,
    HEAD("34") + "051c0700fffffffe3b221de17a266c95ef9fbcb8b2b7e4bbb5009e2a"],
];

function signed(
  type: AuthenticationType,
  secret: Uint8Array = SECRET,
  sequence = 100,
  id = 7,
): Uint8Array<ArrayBuffer> {
  const key = { id, secret };
  const bytes = new Uint8Array(CONTROL_BYTES + authenticationBytes(type, key)).fill(0xa5);
  encodeControlPacket({
    diagnostic: 0,
    state: "up",
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: 3,
    myDiscriminator: 0x11223344,
    yourDiscriminator: 0x55667788,
    desiredMinTxIntervalUs: 100_000,
    requiredMinRxIntervalUs: 100_000,
    requiredMinEchoRxIntervalUs: 0,
  }, bytes);
  writeAuthentication(bytes, type, key, sequence);
  return bytes;
}

function expecting(
  type: AuthenticationType,
  change: Partial<ExpectedAuthentication> = {},
): ExpectedAuthentication {
  const keys = [{ id: 7, secret: SECRET }];
  return { type, keys, lastSequence: undefined, detectMult: 3, ...change };
}

for (const [type, secret, hex] of SIGNED) {
  Deno.test(`writeAuthentication §6.7 ${type}: as another implementation signs it`, () => {
    assertEquals(signed(type, secret, 0xfffffffe).toHex(), hex);
    const sequence = type === "simplePassword" ? 0 : 0xfffffffe;
    const expected = expecting(type, { keys: [{ id: 7, secret }] });
    assertEquals(checkAuthentication(Uint8Array.fromHex(hex), expected), sequence);
  });
}

for (const type of TYPES) {
  const digestType = type !== "simplePassword";

  Deno.test(`checkAuthentication §6.7 ${type}: takes any configured key, and no other packet`, () => {
    const keys = [{ id: 1, secret: LONG_SECRET.subarray(0, 16) }, { id: 7, secret: SECRET }];
    const right = signed(type);
    assertEquals(checkAuthentication(right, expecting(type, { keys })), digestType ? 100 : 0);
    for (let at = digestType ? 0 : CONTROL_BYTES; at < right.length; at++) {
      // Reserved is ignored by the ladder, yet under the digest.
      const flipped = right.with(at, (right[at] ?? 0) ^ 1);
      const result = checkAuthentication(flipped, expecting(type, { keys }));
      assertEquals(typeof result, "string", `octet ${at}`);
    }
  });

  Deno.test(`checkAuthentication §6.7 ${type}: the order of the checks`, () => {
    const secret = digestType ? "wrong digest" : "wrong password";
    const rows: [what: Uint8Array, expected: ExpectedAuthentication, Unauthentic][] = [
      [signed(type).with(24, 9).with(26, 8), expecting(type), "wrong authentication type"],
      [signed(type).with(26, 8).with(25, 4), expecting(type), "unknown key"],
      [signed(type).with(25, 4), expecting(type), "wrong authentication length"],
      [signed(type).slice(0, 26), expecting(type), "unknown key"],
      [signed(type).slice(0, -1), expecting(type), "wrong authentication length"],
      [signed(type, new Uint8Array(6)), expecting(type), secret],
    ];
    for (const [bytes, expected, why] of rows) {
      assertEquals(checkAuthentication(bytes, expected), why);
    }
  });

  Deno.test(`checkAuthentication §6.7 ${type}: never throws, refuses what is not signed`, () => {
    fc.assert(fc.property(octets(26, 64), longWord, (bytes, lastSequence) => {
      const result = checkAuthentication(bytes, expecting(type, { lastSequence }));
      assertEquals(typeof result, "string");
    }));
  });
}

for (const type of TYPES.slice(1)) {
  Deno.test(`checkAuthentication §6.7 ${type}: the window of sequence numbers`, () => {
    const firstAhead = isMeticulous(type) ? 1 : 0;
    // deno-fmt-ignore
    const rows: readonly [last: number, sequence: number, isTaken: boolean][] = [
      [100, 99, false], [100, 100, firstAhead === 0], [100, 101, true],
      [100, 109, true], [100, 110, false], // 3 × Detect Mult
      [0xffff_fffe, 0xffff_ffff, true], [0xffff_fffe, 0, true], [0xffff_fffe, 7, true],
      [0xffff_fffe, 8, false], [0, 0xffff_ffff, false],
    ];
    for (const [lastSequence, sequence, isTaken] of rows) {
      const result = checkAuthentication(
        signed(type, SECRET, sequence),
        expecting(type, { lastSequence }),
      );
      const wanted = isTaken ? sequence : "sequence out of window";
      assertEquals(result, wanted, `${lastSequence}, ${sequence}`);
    }
  });

  Deno.test(`checkAuthentication §6.7 ${type}: a forged sequence outside is refused by window`, () => {
    const forged = signed(type, new Uint8Array(6), 5);
    const expected = expecting(type, { lastSequence: 100 });
    assertEquals(checkAuthentication(forged, expected), "sequence out of window");
  });
}

Deno.test("nextSequence §6.7.3: in a circle", () => {
  assertEquals([nextSequence(0), nextSequence(0xffff_ffff)], [1, 0]);
});

Deno.test("authenticationBytes §4.2 to §4.4: lengths, and keys that are too short or long", () => {
  const key = (length: number) => ({ id: 1, secret: new Uint8Array(length) });
  // deno-fmt-ignore
  const rows: readonly [AuthenticationType, length: number, bytes: number | undefined][] = [
    ["simplePassword", 1, 4], ["simplePassword", 16, 19], ["simplePassword", 17, undefined],
    ["keyedMd5", 16, 24], ["meticulousKeyedMd5", 17, undefined],
    ["keyedSha1", 20, 28], ["meticulousKeyedSha1", 21, undefined], ["keyedSha1", 0, undefined],
  ];
  for (const [type, length, bytes] of rows) {
    if (bytes === undefined) assertThrows(() => authenticationBytes(type, key(length)));
    else assertEquals(authenticationBytes(type, key(length)), bytes);
  }
});

Deno.test("writeAuthentication: what is written is taken, for any key and sequence", () => {
  const cases = fc.record({
    type: fc.constantFrom(...TYPES),
    secret: octets(1, 16),
    sequence: longWord,
    id: octet,
  });
  fc.assert(fc.property(cases, ({ type, secret, sequence, id }) => {
    const bytes = signed(type, secret, sequence, id);
    const result = checkAuthentication(bytes, expecting(type, { keys: [{ id, secret }] }));
    assert(typeof result === "number", `${result}`);
  }));
});

Deno.test("writeAuthentication §6.7.3: the key of a digest is never sent", () => {
  for (const type of TYPES.slice(1)) {
    assert(!signed(type).toHex().includes(SECRET.toHex()), type);
  }
});

for (const type of TYPES.filter((each) => each !== "simplePassword")) {
  Deno.test(`checkAuthentication §6.7.3, §6.7.4 ${type}: the reserved octet is not looked at`, () => {
    const bytes = signed(type);
    const [reservedAt, digestAt] = [CONTROL_BYTES + 3, CONTROL_BYTES + 8];
    assertEquals(bytes[reservedAt], 0);
    bytes[reservedAt] = 0xff;
    // As a neighbour signs it that has a use for the octet: with the key in place of the digest.
    const digest = bytes.subarray(digestAt).fill(0);
    digest.set(SECRET);
    digest.set(createHash(type.endsWith("Md5") ? "md5" : "sha1").update(bytes).digest());
    const key = { id: 7, secret: SECRET };
    const expected = { type, keys: [key], lastSequence: undefined, detectMult: 3 };
    assertEquals(checkAuthentication(bytes, expected), 100);
  });
}
