/**
 * Addresses of interfaces over rtnetlink: RTM_NEWADDR and RTM_DELADDR, as news and as requests
 * (RFC 3549 §2.3.3.2).
 *
 * ```text
 * +---------------+---------------+---------------+---------------+
 * |    Family     | Prefix length |  Flags, low 8 |     Scope     |
 * +---------------+---------------+---------------+---------------+
 * |                        Interface index                        |
 * +---------------------------------------------------------------+
 * ```
 *
 * IFA_LOCAL is our address and IFA_ADDRESS the other end's, the same where there is no other end;
 * IPv6 leaves IFA_LOCAL out then. The prefix length is that of IFA_ADDRESS.
 *
 * @module
 */
import { type Family, familyOf, type Ip, ipLength, type Prefix, writeIpv4 } from "../address.ts";
import { assert } from "../assert.ts";
import {
  AttributeSchema,
  type AttributeType,
  ip,
  type MalformedAttribute,
  text,
  u32,
  u8,
  UNFIT,
} from "./attribute.ts";
import {
  LITTLE_ENDIAN,
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
} from "./message.ts";

/** Address is there, or changed; or a request to add it. */
export const RTM_NEWADDR = 20;
/** Address is gone; or a request to delete it. */
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

/** IFA_F_*: IPv4: not the first of its network on the interface. IPv6: temporary (RFC 8981). */
export const IFA_F_SECONDARY = 0x1;
/** IFA_F_*: used without Duplicate Address Detection. */
export const IFA_F_NODAD = 0x2;
/** IFA_F_*: Duplicate Address Detection found another holder (RFC 4862 §5.4.5). */
export const IFA_F_DADFAILED = 0x8;
/** IFA_F_*: its preferred lifetime is over. */
export const IFA_F_DEPRECATED = 0x20;
/** IFA_F_*: its valid lifetime never ends. */
export const IFA_F_PERMANENT = 0x80;
/** IFA_F_*: Duplicate Address Detection is not done yet (RFC 4862 §5.4). */
export const IFA_F_TENTATIVE = 0x40;

/** `RTPROT_KEEPALIVED`: marks addresses (and routes) as put there by a VRRP router. */
export const PROTOCOL_VRRP = 18;

/** An address of an interface. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  readonly ip: Ip;
  readonly prefixLength: number;
  /** IFA_F_* bits. */
  readonly flags: number;
  /** 0 global, 200 site, 253 link, 254 host. */
  readonly scope: number;
  /** Who put it there (IFAPROT_*, or 18: a VRRP router); 0: not said, or a kernel before 5.18. */
  readonly protocol: number;
  readonly label?: string | undefined;
  readonly broadcast?: Ip | undefined;
  /** The other end of a point-to-point address; the prefix length is its. */
  readonly peer?: Ip | undefined;
  /** When it was last told; Infinity: forever. */
  readonly preferredLifetimeSec: number;
  /** When it was last told; Infinity: forever. */
  readonly validLifetimeSec: number;
}

/** An address to add or delete. */
export interface AddressRequest {
  readonly interfaceIndex: number;
  readonly ip: Ip;
  /** Not used with a peer, which has its own. */
  readonly prefixLength: number;
  /** 0 global, 200 site, 253 link, 254 host; IPv6 knows better by itself. */
  readonly scope?: number | undefined;
  /** IPv4 only. */
  readonly broadcast?: Ip | undefined;
  /** Alias name, at most 15 octets; IPv4 only. */
  readonly label?: string | undefined;
  /** The other end of a point-to-point address. */
  readonly peer?: Prefix | undefined;
  /** IFA_F_* bits. */
  readonly flags?: number | undefined;
  /** Absent: forever. 0: deprecated from the start. */
  readonly preferredLifetimeSec?: number | undefined;
}

/** Why a body is no address message. The text is the log message and the counter's key. */
export type MalformedAddress =
  | "address message truncated"
  | "address message without index or address"
  | "address of the wrong family"
  | "address with a prefix length out of range"
  | MalformedAttribute;

const AT = { family: 0, prefixLength: 1, flags: 2, scope: 3, index: 4, attributes: 8 };
const HEADER_FLAGS_MAX = 0xff;
const ADDRESS_PLACES = { plain: [28, 36], withFlags: [28, 44] } as const;
const FOREVER_SEC = 0xffffffff;
const CACHE_INFO_BYTES = 16;

interface Lifetimes {
  readonly preferredSec: number;
  readonly validSec: number;
}

/** struct ifa_cacheinfo: two lifetimes, and when it was created and updated. */
const lifetimes: AttributeType<Lifetimes> = {
  read: (view, at, size) =>
    size < CACHE_INFO_BYTES ? UNFIT : {
      preferredSec: view.getUint32(at, LITTLE_ENDIAN),
      validSec: view.getUint32(at + 4, LITTLE_ENDIAN),
    },
  write: (writer, { preferredSec, validSec }) => {
    writer.u32(preferredSec);
    writer.u32(validSec);
    writer.u64(0n);
  },
};

// Written in this order, which is iproute2's.
const addressAttributes = new AttributeSchema({
  local: { id: 2, type: ip }, // IFA_LOCAL
  flags: { id: 8, type: u32 }, // IFA_FLAGS
  address: { id: 1, type: ip }, // IFA_ADDRESS
  broadcast: { id: 4, type: ip }, // IFA_BROADCAST
  label: { id: 3, type: text }, // IFA_LABEL
  lifetimes: { id: 6, type: lifetimes }, // IFA_CACHEINFO
  protocol: { id: 11, type: u8 }, // IFA_PROTO
});

/** AF_INET, AF_INET6. */
const FAMILY_NUMBERS = { 4: 2, 6: 10 } as const;

/** The kernel's number of a family. */
export function familyNumber(family: Family): number {
  return FAMILY_NUMBERS[family];
}

/** The family of the kernel's number; undefined: neither IPv4 nor IPv6. */
export function familyOfNumber(number: number): Family | undefined {
  if (number === FAMILY_NUMBERS[4]) return 4;
  return number === FAMILY_NUMBERS[6] ? 6 : undefined;
}

/** Reads an address; a reason if it is none; undefined if it is of a family that is not IP. */
export function decodeAddress(body: DataView): InterfaceAddress | MalformedAddress | undefined {
  if (body.byteLength < AT.attributes) return "address message truncated";
  const family = familyOfNumber(body.getUint8(AT.family));
  if (family === undefined) return undefined;
  const attributes = addressAttributes.decode(body, AT.attributes);
  if (typeof attributes === "string") return attributes;
  const { address, broadcast } = attributes;
  const local = attributes.local ?? address;
  const interfaceIndex = body.getInt32(AT.index, LITTLE_ENDIAN);
  if (interfaceIndex <= 0 || local === undefined) return "address message without index or address";
  for (const each of [local, address, broadcast]) {
    if (each !== undefined && familyOf(each) !== family) return "address of the wrong family";
  }
  const prefixLength = body.getUint8(AT.prefixLength);
  if (prefixLength > ipLength(family) * 8) return "address with a prefix length out of range";
  return {
    interfaceIndex,
    ip: local,
    prefixLength,
    flags: attributes.flags ?? body.getUint8(AT.flags),
    scope: body.getUint8(AT.scope),
    protocol: attributes.protocol ?? 0,
    label: attributes.label,
    broadcast,
    peer: address === local ? undefined : address,
    preferredLifetimeSec: lifetimeSec(attributes.lifetimes?.preferredSec),
    validLifetimeSec: lifetimeSec(attributes.lifetimes?.validSec),
  };
}

function lifetimeSec(told: number | undefined): number {
  return told === undefined || told === FOREVER_SEC ? Infinity : told;
}

/** Asks for all addresses of both families. */
export function writeAddressDump(writer: MessageWriter): void {
  writer.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP);
  for (let octet = 0; octet < AT.attributes; octet++) writer.u8(0);
  writer.finish();
}

/** Asks for one IPv6 address, and for an acknowledgement. IPv4 has no such request. */
export function writeAddressQuery(
  writer: MessageWriter,
  interfaceIndex: number,
  address: Ip,
): void {
  assert(
    familyOf(address) === 6,
    `Only IPv6 addresses can be asked for: current value is ${address}`,
  );
  writer.begin(RTM_GETADDR, NLM_F_REQUEST | NLM_F_ACK);
  writer.u32(familyNumber(6)); // Prefix length, flags and scope must be 0.
  writer.u32(interfaceIndex);
  addressAttributes.encode(writer, { local: address });
  writer.finish();
}

/** Asks to add an address, marked as a VRRP router's; an error if it is there (EEXIST). */
export function writeAddressAdd(
  writer: MessageWriter,
  request: AddressRequest,
  answer = NLM_F_ACK,
): void {
  const { preferredLifetimeSec, flags = 0 } = request;
  writer.begin(RTM_NEWADDR, NLM_F_REQUEST | answer | NLM_F_CREATE | NLM_F_EXCL);
  writeAddressHeader(writer, request);
  addressAttributes.encode(writer, {
    local: request.ip,
    // The header has room for the low eight.
    flags: flags > HEADER_FLAGS_MAX ? flags : undefined,
    address: request.peer?.ip ?? request.ip,
    broadcast: request.broadcast,
    label: request.label,
    lifetimes: preferredLifetimeSec === undefined
      ? undefined
      : { preferredSec: Math.min(preferredLifetimeSec, FOREVER_SEC), validSec: FOREVER_SEC },
    protocol: PROTOCOL_VRRP,
  });
  writer.finish();
}

/**
 * Asks to add all of these, answered only if refused but for the last one. Thousands of requests
 * that differ by an IPv4 address only are written fast.
 */
export function writeAddressAdds(writer: MessageWriter, requests: readonly AddressRequest[]): void {
  const octets = new Uint8Array(4);
  let previous: AddressRequest | undefined;
  let places: readonly number[] = [];
  for (const [i, request] of requests.entries()) {
    const isLast = i === requests.length - 1;
    if (!isLast && previous && isAlike(previous, request)) {
      writeIpv4(request.ip, octets, 0);
      writer.repeat(places, octets);
    } else {
      writeAddressAdd(writer, request, isLast ? NLM_F_ACK : 0);
      places = placesOfAddress(request);
    }
    previous = request;
  }
}

/** Whether two requests differ by their IPv4 addresses at most. */
function isAlike(a: AddressRequest, b: AddressRequest): boolean {
  return a.interfaceIndex === b.interfaceIndex && a.prefixLength === b.prefixLength &&
    a.scope === b.scope && a.flags === b.flags && a.broadcast === b.broadcast &&
    a.label === b.label && a.preferredLifetimeSec === b.preferredLifetimeSec &&
    a.peer === undefined && b.peer === undefined && familyOf(a.ip) === 4 && familyOf(b.ip) === 4;
}

/** Where IFA_LOCAL and IFA_ADDRESS have the IPv4 address; IFA_FLAGS may be in between. */
function placesOfAddress({ flags = 0 }: AddressRequest): readonly number[] {
  return flags > HEADER_FLAGS_MAX ? ADDRESS_PLACES.withFlags : ADDRESS_PLACES.plain;
}

/** Asks to delete an address, whoever put it there; an error if it is not there. */
export function writeAddressDelete(
  writer: MessageWriter,
  request: AddressRequest,
  answer = NLM_F_ACK,
): void {
  writer.begin(RTM_DELADDR, NLM_F_REQUEST | answer);
  writeAddressHeader(writer, request);
  addressAttributes.encode(writer, {
    local: request.ip,
    address: request.peer?.ip ?? request.ip,
  });
  writer.finish();
}

function writeAddressHeader(writer: MessageWriter, request: AddressRequest): void {
  const { interfaceIndex, peer, scope = 0, flags = 0 } = request;
  const family = familyOf(request.ip);
  const prefixLength = peer?.prefixLength ?? request.prefixLength;
  assert(
    interfaceIndex >= 1,
    () => `An interface index is at least 1: current value is ${interfaceIndex}`,
  );
  assert(
    prefixLength >= 0 && prefixLength <= ipLength(family) * 8,
    () => `A prefix length fits its family: current value is ${request.ip}/${prefixLength}`,
  );
  assert(
    peer === undefined || familyOf(peer.ip) === family,
    () => `A peer is of the same family: current value is ${request.ip} peer ${peer?.ip}`,
  );
  writer.u8(familyNumber(family));
  writer.u8(prefixLength);
  writer.u8(flags & HEADER_FLAGS_MAX);
  writer.u8(scope);
  writer.u32(interfaceIndex);
}
