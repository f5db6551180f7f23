/**
 * The receive checks, in their fixed order: the first that fails names the counter (RFC 9568 §7.1,
 * RFC 3768 §7.1, with keepalived's additions). What is left over is an advertisement that the state
 * machine must hear.
 *
 * @module
 */
import { type Family, type Ip, isMulticast } from "../../net/address.ts";
import { pseudoHeaderSum } from "../../net/packet/checksum.ts";
import { PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import {
  checksumIsRight,
  decodeAdvertisement,
  type Malformed,
  peekAdvertisement,
  type ReceivedAdvertisement,
} from "../../net/packet/vrrp.ts";
import { passwordAuthData, sameSecret } from "../../net/packet/vrrp_auth.ts";
import type { Sealed } from "../../net/packet/vrrp_seal.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { PRIORITY_OWNER } from "../../machines/vrrp_rules.ts";
import { authTypeOf, HOP_LIMIT } from "./advertisement_builder.ts";
import { judgeSeal, type SealCount } from "./authentication_header.ts";
import type { HmacVerifier } from "./hmac_verifier.ts";
import type { Rejection } from "./vrrp_counters.ts";

/** A VRRP message with what its IP header said. */
export interface VrrpDatagram {
  readonly family: Family;
  readonly pdu: Uint8Array;
  readonly source: Ip;
  readonly destination: Ip;
  readonly hopLimit: number;
  /** There if the message came under an Authentication Header. */
  readonly sealed?: Sealed;
}

/** What an instance remembers of those it heard. */
export interface Memory {
  /** There if the instance has keys. */
  readonly verifier: HmacVerifier | undefined;
  readonly sealCount: SealCount;
}

/** What {@linkcode checkAdvertisement} found. */
export type Checked =
  | {
    readonly advertisement: ReceivedAdvertisement;
    /** Its interval is not ours: logged, accepted (RFC 9568 §7.1). */
    readonly intervalDiffers: boolean;
    /** Its checksum is one of old keepalived's. */
    readonly checksumIsOld: boolean;
  }
  | { readonly rejection: Rejection };

/** Under which counter a message goes that could not be read. */
const MALFORMED_REJECTIONS: Readonly<Record<Malformed, Rejection>> = {
  "too short": "wrong length",
  "wrong length": "wrong length",
  "unknown version": "wrong version",
  "unknown type": "unknown packet type",
  "no addresses": "no addresses",
  "zero interval": "zero interval",
};
const TYPE_ADVERTISEMENT = 1;

/** As everybody computes a checksum, or as old keepalived does. */
type ChecksumReading = "usual" | "old";

/** Checks a message against the instance that its VRID names. */
export function checkAdvertisement(
  datagram: VrrpDatagram,
  config: VrrpInstanceConfig,
  memory: Memory,
): Checked {
  const rejection = checkEnvelope(datagram, config);
  if (rejection) return { rejection };
  const addressCountMin = config.virtualAddresses.length === 0 ? 0 : 1;
  const advertisement = decodeAdvertisement(datagram.pdu, datagram.family, addressCountMin);
  if (typeof advertisement === "string") {
    return { rejection: MALFORMED_REJECTIONS[advertisement] };
  }
  const signature = checkSignature(advertisement, datagram, memory);
  if (signature) return { rejection: signature };
  const reading = readingOf(checksummed(datagram, advertisement), config);
  const contents = checkContents(advertisement, reading, datagram, config, memory);
  if (contents) return { rejection: contents };
  return {
    advertisement,
    intervalDiffers: advertisement.maxAdvertiseIntervalCs !== config.advertisementIntervalCs,
    checksumIsOld: reading === "old",
  };
}

/** What can be judged before the message is read. */
function checkEnvelope(datagram: VrrpDatagram, config: VrrpInstanceConfig): Rejection | undefined {
  const isSealed = datagram.sealed !== undefined;
  if (isSealed !== (config.authenticationHeader === true)) return "authentication type differs";
  const unicast = config.unicastPeers.length > 0;
  if (isMulticast(datagram.destination) === unicast) return "multicast and unicast differ";
  if (!unicast && datagram.hopLimit !== HOP_LIMIT) return "wrong TTL or hop limit"; // §5.1.1.3
  const peek = peekAdvertisement(datagram.pdu);
  if (peek === "too short") return "wrong length";
  if (peek.version !== config.version) return "wrong version";
  if (peek.type !== TYPE_ADVERTISEMENT) return "unknown packet type";
  return undefined;
}

/** What follows a message must be its signature. */
function checkSignature(
  { trailingBytes }: ReceivedAdvertisement,
  { pdu: bytes, source }: VrrpDatagram,
  { verifier }: Memory,
): Rejection | undefined {
  if (!verifier) return trailingBytes > 0 ? "wrong length" : undefined;
  const length = bytes.length - trailingBytes;
  const [pdu, trailer] = [bytes.subarray(0, length), bytes.subarray(length)];
  return verifier.judge({ pdu, trailer, source });
}

function checkContents(
  advertisement: ReceivedAdvertisement,
  reading: ChecksumReading | undefined,
  datagram: VrrpDatagram,
  config: VrrpInstanceConfig,
  memory: Memory,
): Rejection | undefined {
  const authentication = config.version === 2 &&
    checkAuthentication(advertisement, datagram, config, memory);
  if (authentication) return authentication;
  // RFC 3768 §7.1: a version 2 router discards what has another interval.
  const { maxAdvertiseIntervalCs } = advertisement;
  if (config.version === 2 && maxAdvertiseIntervalCs !== config.advertisementIntervalCs) {
    return "interval differs";
  }
  if (!reading) return "wrong checksum";
  if (config.ownerIgnoresAdvertisements && config.priority === PRIORITY_OWNER) {
    return "owner ignores advertisements";
  }
  return checkSource(datagram, config);
}

function checkAuthentication(
  { authType, authData }: ReceivedAdvertisement,
  { sealed, source }: VrrpDatagram,
  config: VrrpInstanceConfig,
  { sealCount }: Memory,
): Rejection | undefined {
  const { password } = config;
  if (authType === undefined || authType > 2) return "unknown authentication type";
  if (authType !== authTypeOf(config)) return "authentication type differs";
  if (password === undefined) return undefined; // RFC 3768 §5.3.10: the data is ignored.
  if (sealed) return judgeSeal(sealed, source, password, sealCount);
  return authData && sameSecret(authData, passwordAuthData(password))
    ? undefined
    : "wrong password";
}

/** What the checksum is about: over IPv4 the message, over IPv6 all that the packet holds. */
function checksummed(datagram: VrrpDatagram, { trailingBytes }: ReceivedAdvertisement) {
  const { family, pdu } = datagram;
  if (family === 6 || trailingBytes === 0) return datagram;
  return { ...datagram, pdu: pdu.subarray(0, pdu.length - trailingBytes) };
}

/**
 * How the checksum fits; undefined: it does not. Version 3 over IPv4 was read in two ways (RFC
 * 5798: with a pseudo-header, RFC 9568: without), and old keepalived put the group into it for
 * unicast: all are heard.
 */
function readingOf(
  { family, pdu, source, destination }: VrrpDatagram,
  { version, multicastGroup, unicastPeers }: VrrpInstanceConfig,
): ChecksumReading | undefined {
  const sumFor = (to: Ip) => pseudoHeaderSum(source, to, PROTOCOL_VRRP, pdu.length);
  const hasHeader = version === 3 || family === 6;
  if (hasHeader && checksumIsRight(pdu, sumFor(destination))) return "usual";
  if (family === 6) return undefined;
  if (checksumIsRight(pdu)) return "usual";
  const mayBeOld = hasHeader && unicastPeers.length > 0;
  return mayBeOld && checksumIsRight(pdu, sumFor(multicastGroup)) ? "old" : undefined;
}

function checkSource(
  { source, hopLimit }: VrrpDatagram,
  { checksUnicastSource, unicastPeers }: VrrpInstanceConfig,
): Rejection | undefined {
  if (unicastPeers.length === 0) return undefined;
  const peer = unicastPeers.find(({ ip }) => ip === source);
  if (!peer) return checksUnicastSource ? "source is no configured peer" : undefined;
  const inRange = hopLimit >= peer.hopLimitMin && hopLimit <= peer.hopLimitMax;
  return inRange ? undefined : "wrong TTL or hop limit";
}

/** Whether an advertisement names exactly the configured addresses, in any order. */
export function namesOurAddresses(
  { addresses }: ReceivedAdvertisement,
  { virtualAddresses }: VrrpInstanceConfig,
): boolean {
  if (addresses.length !== virtualAddresses.length) return false;
  const named = new Set(addresses);
  return virtualAddresses.every(({ ip }) => named.has(ip));
}
