/**
 * VRRP advertisements on the wire: version 3 (RFC 9568 §5.2) and version 2 (RFC 3768 §5.3).
 *
 * ```text
 *  0               1               2               3
 * +-------+-------+---------------+---------------+---------------+
 * |   3   | Type  |     VRID      |   Priority    | Address Count |
 * +-------+-------+---------------+---------------+---------------+
 * | Rsvd  |  Max Advertise Int.   |           Checksum            |
 * +-------+-----------------------+-------------------------------+
 * |                   Addresses (4 or 16 octets each)             |
 *
 * +-------+-------+---------------+---------------+---------------+
 * |   2   | Type  |     VRID      |   Priority    | Address Count |
 * +-------+-------+---------------+---------------+---------------+
 * |   Auth Type   | Advert. Int.  |           Checksum            |
 * +---------------+---------------+-------------------------------+
 * |                   Addresses (4 or 16 octets each)             |
 * |              Authentication Data (8 octets, IPv4 only)        |
 * ```
 *
 * Version 2 over IPv6 is keepalived's, and has no authentication data. Octets may follow: a trailer
 * (vrrp_auth.ts) or padding. Decoding judges the structure only; the checksum, whose pseudo-header
 * is a matter of configuration, is {@linkcode checksumIsRight}; TTL, interval and authentication
 * are up to the instance.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { type Family, familyOf, type Ip, ipFromBytes, ipLength, ipToBytes } from "../address.ts";
import { wordSum } from "./checksum.ts";

/** Where each field sits. Both directions read this table, so they cannot disagree. */
const AT = {
  versionType: 0,
  vrid: 1,
  priority: 2,
  count: 3,
  /** Version 3: 4 reserved bits and 12 bits of centiseconds. */
  intervalCs: 4,
  /** Version 2. */
  authType: 4,
  /** Version 2. */
  intervalSec: 5,
  checksum: 6,
  addresses: 8,
};
/** The only packet type (RFC 9568 §5.2.2, RFC 3768 §5.3.2). */
const TYPE_ADVERTISEMENT = 1;
/** The interval of version 3 is a 12-bit field (RFC 9568 §5.2.7). */
const INTERVAL_CS_MAX = 0x0fff;
const INTERVAL_SEC_MAX = 0xff;
const ADDRESS_COUNT_MAX = 255;

/** Octets of authentication data that end every version 2 advertisement over IPv4. */
export const AUTH_DATA_BYTES = 8;

/** VRRP's versions that exist on the wire. */
export type VrrpVersion = 2 | 3;

/** An advertisement, in either version. */
export interface Advertisement {
  readonly version: VrrpVersion;
  /** 1 to 255. A received one may be 0, which no instance has. */
  readonly vrid: number;
  /** 0 resigns; 255 owns the addresses (RFC 9568 §5.2.4). */
  readonly priority: number;
  /** Version 3: 1 to 4095; version 2: 100 to 25500 in whole seconds. */
  readonly maxAdvertiseIntervalCs: number;
  /** 1 to 255 addresses of one family; keepalived's `no_virtual_ipaddress` may name none. */
  readonly addresses: readonly Ip[];
  /** Version 2 only, 0 to 255, default 0: see vrrp_auth.ts. */
  readonly authType?: number;
  /** Version 2 over IPv4 only: 8 octets, default zeros. */
  readonly authData?: Uint8Array;
}

/** An advertisement as it came, and how much came behind it. */
export interface ReceivedAdvertisement extends Advertisement {
  /** Octets behind the advertisement: 0, an authentication trailer, or padding. */
  readonly trailingBytes: number;
}

/** What tells which instance a packet is for. */
export interface AdvertisementPeek {
  /** 0 to 15. */
  readonly version: number;
  /** 0 to 15. */
  readonly type: number;
  /** 0 to 255. */
  readonly vrid: number;
}

/** Why bytes are not an advertisement. The text is the log message and the counter's key. */
export type Malformed =
  | "too short"
  | "unknown version"
  | "no addresses"
  | "wrong length"
  | "zero interval"
  | "unknown type";

/** Octets of an advertisement, without what may follow it. */
export function advertisementLengthBytes(
  version: VrrpVersion,
  family: Family,
  addressCount: number,
): number {
  const authDataBytes = version === 2 && family === 4 ? AUTH_DATA_BYTES : 0;
  return AT.addresses + addressCount * ipLength(family) + authDataBytes;
}

/** Reads no more than it takes to find the instance a packet is for. */
export function peekAdvertisement(bytes: Uint8Array): AdvertisementPeek | "too short" {
  const [versionType, vrid] = bytes;
  if (bytes.length < AT.addresses || versionType === undefined || vrid === undefined) {
    return "too short";
  }
  return { version: versionType >> 4, type: versionType & 0x0f, vrid };
}

/**
 * Reads an advertisement received over `family`, or says why it is none; never throws, for any
 * neighbour can send any bytes. The checks run in keepalived's order, so that the same packet
 * counts under the same name. `bytes` may be reused afterwards. `addressCountMin` is 0 where both
 * sides agreed to name none.
 */
export function decodeAdvertisement(
  bytes: Uint8Array,
  family: Family,
  addressCountMin: 0 | 1 = 1,
): ReceivedAdvertisement | Malformed {
  if (bytes.length < AT.addresses) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const versionType = view.getUint8(AT.versionType);
  const version = versionType >> 4;
  if (version !== 2 && version !== 3) return "unknown version"; // §7.1
  const count = view.getUint8(AT.count);
  if (count < addressCountMin) return "no addresses"; // RFC 9568 §5.2.5, erratum 8299
  const lengthBytes = advertisementLengthBytes(version, family, count);
  if (bytes.length < lengthBytes) return "wrong length"; // §7.1
  const maxAdvertiseIntervalCs = version === 3
    ? view.getUint16(AT.intervalCs) & INTERVAL_CS_MAX // §5.2.6: the reserved bits are ignored.
    : view.getUint8(AT.intervalSec) * 100;
  if (maxAdvertiseIntervalCs === 0) return "zero interval"; // RFC 9568 §7.1, erratum 8301
  if ((versionType & 0x0f) !== TYPE_ADVERTISEMENT) return "unknown type"; // §7.1
  const size = ipLength(family);
  const common = {
    version,
    vrid: view.getUint8(AT.vrid),
    priority: view.getUint8(AT.priority),
    maxAdvertiseIntervalCs,
    addresses: Array.from({ length: count }, (_, i) => {
      const start = AT.addresses + i * size;
      return ipFromBytes(bytes.subarray(start, start + size));
    }),
    trailingBytes: bytes.length - lengthBytes,
  } as const;
  if (version === 3) return common;
  const authType = view.getUint8(AT.authType);
  if (family === 6) return { ...common, authType };
  const authData = bytes.slice(lengthBytes - AUTH_DATA_BYTES, lengthBytes);
  return { ...common, authType, authData };
}

/**
 * Writes an advertisement, checksum included (RFC 9568 §5.2.8, RFC 3768 §5.3.8).
 *
 * `pseudoHeaderSum` is that of {@linkcode advertisementLengthBytes} octets where the checksum has a
 * pseudo-header: always over IPv6, in version 3 over IPv4 where so configured, else 0. `family` is
 * needed where no addresses tell it.
 */
export function encodeAdvertisement(
  advertisement: Advertisement,
  pseudoHeaderSum = 0,
  family: Family = familyOfAll(advertisement.addresses),
): Uint8Array<ArrayBuffer> {
  const { version, vrid, priority, addresses } = advertisement;
  assert(vrid >= 1 && vrid <= 255, `VRID is 1 to 255: current value is ${vrid}`);
  assert(priority >= 0 && priority <= 255, `priority is 0 to 255: current value is ${priority}`);
  const bytes = new Uint8Array(advertisementLengthBytes(version, family, addresses.length));
  const view = new DataView(bytes.buffer);
  view.setUint8(AT.versionType, version << 4 | TYPE_ADVERTISEMENT);
  view.setUint8(AT.vrid, vrid);
  view.setUint8(AT.priority, priority);
  view.setUint8(AT.count, addresses.length);
  if (version === 3) writeVersion3Fields(view, advertisement);
  else writeVersion2Fields(view, advertisement, family);
  for (const [i, address] of addresses.entries()) {
    bytes.set(ipToBytes(address), AT.addresses + i * ipLength(family));
  }
  writeChecksum(bytes, pseudoHeaderSum);
  return bytes;
}

/** Writes the checksum of a message, or of a message with what follows it, over the old one. */
export function writeChecksum(bytes: Uint8Array, pseudoHeaderSum = 0): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint16(AT.checksum, 0);
  view.setUint16(AT.checksum, 0xffff - wordSum(bytes, pseudoHeaderSum));
}

/**
 * Whether the checksum of a message is right. `pdu` is the advertisement without what follows it;
 * `pseudoHeaderSum` as for {@linkcode encodeAdvertisement}.
 */
export function checksumIsRight(pdu: Uint8Array, pseudoHeaderSum = 0): boolean {
  return wordSum(pdu, pseudoHeaderSum) === 0xffff;
}

function writeVersion3Fields(view: DataView, advertisement: Advertisement): void {
  const { maxAdvertiseIntervalCs: intervalCs, authType, authData } = advertisement;
  assert(
    intervalCs >= 1 && intervalCs <= INTERVAL_CS_MAX,
    `Version 3 interval is 1 to 4095 cs: current value is ${intervalCs}`,
  );
  assert(
    authType === undefined && authData === undefined,
    "Version 3 has no authentication fields",
  );
  view.setUint16(AT.intervalCs, intervalCs);
}

function writeVersion2Fields(view: DataView, advertisement: Advertisement, family: Family): void {
  const { maxAdvertiseIntervalCs, authType = 0, authData } = advertisement;
  const intervalSec = maxAdvertiseIntervalCs / 100;
  assert(
    Number.isInteger(intervalSec) && intervalSec >= 1 && intervalSec <= INTERVAL_SEC_MAX,
    `Version 2 interval is 1 to 255 whole seconds: current value is ${maxAdvertiseIntervalCs} cs`,
  );
  assert(authType >= 0 && authType <= 255, `auth type is 0 to 255: current value is ${authType}`);
  view.setUint8(AT.authType, authType);
  view.setUint8(AT.intervalSec, intervalSec);
  if (authData === undefined) return;
  assert(family === 4, "Version 2 over IPv6 has no authentication data");
  assert(
    authData.length === AUTH_DATA_BYTES,
    `Authentication data has 8 octets: current value is ${authData.length}`,
  );
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  bytes.set(authData, bytes.length - AUTH_DATA_BYTES);
}

/** The family all addresses are of: an advertisement never mixes them (RFC 9568 §5.2.9). */
function familyOfAll(addresses: readonly Ip[]): Family {
  const [first] = addresses;
  assert(
    first !== undefined && addresses.length <= ADDRESS_COUNT_MAX,
    `Advertised addresses are 1 to 255: current value is ${addresses.length}`,
  );
  const family = familyOf(first);
  assert(
    addresses.every((address) => familyOf(address) === family),
    "Advertised addresses are of one family",
  );
  return family;
}
