/**
 * Authentication sections of BFD control packets (RFC 5880 §4.2 to §4.4, §6.7).
 *
 * ```text
 *  0               1               2               3
 * +---------------+---------------+---------------+---------------+
 * | Auth Type (1) |   Auth Len    |  Auth Key ID  |  Password...  |   1 to 16 octets
 * +---------------+---------------+---------------+---------------+
 *
 * +---------------+---------------+---------------+---------------+
 * | Auth Type     |   Auth Len    |  Auth Key ID  |  Reserved (0) |   2, 3: MD5; 4, 5: SHA1
 * +---------------+---------------+---------------+---------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * |     Digest: 16 (MD5) or 20 (SHA1) octets, over the whole packet with the key in its place
 * ```
 *
 * `node:crypto` takes tens of milliseconds to load, so that happens on first use: a configuration
 * without keys never pays for it.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { CONTROL_BYTES } from "./bfd.ts";
import { sameSecret } from "./vrrp_auth.ts";

/** Where each field sits in the section. Both directions read this table. */
const AT = { type: 0, length: 1, keyId: 2, password: 3, reserved: 3, sequence: 4, digest: 8 };
const PASSWORD_BYTES_MAX = 16;
const LONG = 2 ** 32;
/** How far the sequence may run ahead, in detection multipliers (§6.7.3, §6.7.4). */
const WINDOW_MULTS = 3;

interface Scheme {
  /** Auth Type on the wire. */
  readonly number: number;
  readonly digest?: { readonly algorithm: "md5" | "sha1"; readonly bytes: number };
  /** Every packet has a greater sequence than the one before. */
  readonly isMeticulous?: true;
}

const MD5 = { algorithm: "md5", bytes: 16 } as const;
const SHA1 = { algorithm: "sha1", bytes: 20 } as const;
const SCHEMES = {
  simplePassword: { number: 1 },
  keyedMd5: { number: 2, digest: MD5 },
  meticulousKeyedMd5: { number: 3, digest: MD5, isMeticulous: true },
  keyedSha1: { number: 4, digest: SHA1 },
  meticulousKeyedSha1: { number: 5, digest: SHA1, isMeticulous: true },
} as const satisfies Record<string, Scheme>;

/** Authentication types (RFC 5880 §4.1). */
export type AuthenticationType = keyof typeof SCHEMES;

/** A key that both ends know. */
export interface AuthenticationKey {
  /** 0 to 255. */
  readonly id: number;
  /** 1 to 16 octets, with SHA1 1 to 20. */
  readonly secret: Uint8Array;
}

/** What a received packet is measured by. */
export interface ExpectedAuthentication {
  readonly type: AuthenticationType;
  readonly keys: readonly AuthenticationKey[];
  /** bfd.RcvAuthSeq; undefined if bfd.AuthSeqKnown is 0. */
  readonly lastSequence: number | undefined;
  /** Detect Mult, which bounds how far the sequence may have run ahead: 1 to 255. */
  readonly detectMult: number;
}

/** Why a packet is refused, in the order of the checks of §6.7.2 to §6.7.4. */
export type Unauthentic =
  | "wrong authentication type"
  | "unknown key"
  | "wrong authentication length"
  | "sequence out of window"
  | "wrong password"
  | "wrong digest";

/** Octets of the section that a key makes. */
export function authenticationBytes(type: AuthenticationType, key: AuthenticationKey): number {
  const scheme: Scheme = SCHEMES[type];
  const bytesMax = scheme.digest?.bytes ?? PASSWORD_BYTES_MAX;
  const { length } = key.secret;
  assert(length >= 1 && length <= bytesMax, `A key has 1 to ${bytesMax} octets: it has ${length}`);
  return scheme.digest ? AT.digest + scheme.digest.bytes : AT.password + length;
}

/** Whether bfd.XmitAuthSeq grows with every packet, not only with new contents. */
export function isMeticulous(type: AuthenticationType): boolean {
  const scheme: Scheme = SCHEMES[type];
  return scheme.isMeticulous ?? false;
}

/** The next of a sequence number, in a circle. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) % LONG;
}

/**
 * Fills in the section of a packet that is else complete. `packet` has exactly
 * {@linkcode authenticationBytes} octets behind its 24; `sequence` is bfd.XmitAuthSeq.
 */
export function writeAuthentication(
  packet: Uint8Array,
  type: AuthenticationType,
  key: AuthenticationKey,
  sequence: number,
): void {
  const scheme: Scheme = SCHEMES[type];
  const sectionBytes = authenticationBytes(type, key);
  assert(packet.length === CONTROL_BYTES + sectionBytes, "the packet ends with its section");
  assert(key.id >= 0 && key.id <= 255, `Key ID is an octet: current value is ${key.id}`);
  const section = packet.subarray(CONTROL_BYTES);
  section[AT.type] = scheme.number;
  section[AT.length] = sectionBytes;
  section[AT.keyId] = key.id;
  if (!scheme.digest) return section.set(key.secret, AT.password);
  section[AT.reserved] = 0;
  new DataView(section.buffer, section.byteOffset).setUint32(AT.sequence, sequence);
  placeSecret(section, key.secret);
  section.set(digestOf(packet, scheme.digest.algorithm), AT.digest);
}

/**
 * The sequence number of an authentic packet (0 with a password), or why it is not one; never
 * throws. `packet` is what the Length field covers, with the A bit set: at least 26 octets.
 */
export function checkAuthentication(
  packet: Uint8Array,
  expected: ExpectedAuthentication,
): number | Unauthentic {
  const section = packet.subarray(CONTROL_BYTES);
  const scheme: Scheme = SCHEMES[expected.type];
  if (section[AT.type] !== scheme.number) return "wrong authentication type";
  const key = expected.keys.find(({ id }) => id === section[AT.keyId]);
  if (!key) return "unknown key";
  const sectionBytes = authenticationBytes(expected.type, key);
  if (section[AT.length] !== sectionBytes || section.length !== sectionBytes) {
    return "wrong authentication length";
  }
  if (!scheme.digest) {
    return sameSecret(section.subarray(AT.password), key.secret) ? 0 : "wrong password";
  }
  const sequence = new DataView(section.buffer, section.byteOffset).getUint32(AT.sequence);
  if (!isInWindow(sequence, expected)) return "sequence out of window";
  const scratch = packet.slice();
  placeSecret(scratch.subarray(CONTROL_BYTES), key.secret);
  const digest = digestOf(scratch, scheme.digest.algorithm);
  return sameSecret(section.subarray(AT.digest), digest) ? sequence : "wrong digest";
}

function isInWindow(sequence: number, expected: ExpectedAuthentication): boolean {
  const { lastSequence, detectMult, type } = expected;
  if (lastSequence === undefined) return true;
  const aheadCount = (sequence - lastSequence + LONG) % LONG;
  return aheadCount >= (isMeticulous(type) ? 1 : 0) && aheadCount <= WINDOW_MULTS * detectMult;
}

/** Puts the key where the digest will be, filled up with zeros. */
function placeSecret(section: Uint8Array, secret: Uint8Array): void {
  section.fill(0, AT.digest);
  section.set(secret, AT.digest);
}

function digestOf(packet: Uint8Array, algorithm: "md5" | "sha1"): Uint8Array {
  // Not an import: that would load the module at start (see above).
  const hash = process.getBuiltinModule("node:crypto").createHash(algorithm);
  return Uint8Array.from(hash.update(packet).digest());
}
