/**
 * Builds the advertisements of one instance: the message, its checksum and, for IPv4, the IP header
 * (RFC 9568 §5.1, §5.2, §7.2). Messages are kept until the configuration or the source changes; the
 * header is made anew for each, as its identification counts up.
 *
 * @module
 */
import { assert } from "../../net/assert.ts";
import { type Ip, ipLength } from "../../net/address.ts";
import { pseudoHeaderSum } from "../../net/packet/checksum.ts";
import { encodeIpv4, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import {
  advertisementLengthBytes,
  encodeAdvertisement,
  writeChecksum,
} from "../../net/packet/vrrp.ts";
import {
  AUTH_TYPE,
  AUTHENTICATION_HEADER_BYTES,
  HMAC_TRAILER_BYTES,
  passwordAuthData,
} from "../../net/packet/vrrp_auth.ts";
import { seal } from "../../net/packet/vrrp_seal.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { HmacSigner } from "./hmac_signer.ts";
import type { OutgoingAdvertisement } from "./outside.ts";
import type { WireHabits } from "./wire_habits.ts";

/** Internetwork control: what routers mark their own traffic with. */
export const TRAFFIC_CLASS = 0xc0;
/** TTL or Hop Limit of multicast advertisements (RFC 9568 §5.1.1.3, §5.1.2.3). */
export const HOP_LIMIT = 255;

const MTU_BYTES_ETHERNET = 1_500;
const IP_HEADER_BYTES = { 4: 20, 6: 40 };
/** The count is one octet (RFC 9568 §5.2.5). */
const ADDRESS_COUNT_MAX = 255;

interface Message {
  readonly destination: Ip;
  /** With what follows the message, if it is signed. */
  readonly pdu: Uint8Array;
}

/** Makes the packets of one instance. */
export class AdvertisementBuilder {
  readonly #config: VrrpInstanceConfig;
  readonly #signer: HmacSigner | undefined;
  readonly #habits: WireHabits;
  /** What messages were built with. */
  #isOldChecksum: boolean;
  #source: Ip | undefined;
  #addresses: readonly Ip[] = [];
  #identification = 0;
  /** Built ahead of the moment it is needed. */
  #prebuilt: { readonly priority: number; readonly packets: OutgoingAdvertisement[] } | undefined;
  /** Messages by priority, each with its destination. */
  readonly #messages = new Map<number, readonly Message[]>();

  /** `unixMs` is the clock that signatures tell, `habits` what was learned of the wire. */
  constructor(config: VrrpInstanceConfig, unixMs: () => number, habits: WireHabits) {
    this.#config = config;
    this.#habits = habits;
    this.#isOldChecksum = habits.checksum.isOld(config);
    const { hmac } = config;
    if (hmac && hmac.mode !== "receiveOnly") this.#signer = new HmacSigner(hmac, unixMs);
  }

  /** What packets are sent from, and how long they may be; no source while there is none. */
  setSource(source: Ip | undefined, mtuBytes = MTU_BYTES_ETHERNET): void {
    this.#source = source;
    this.#addresses = this.#advertised(mtuBytes);
    this.#messages.clear();
    this.#prebuilt = undefined;
  }

  /** Builds what {@linkcode build} will give next, if it is asked for the same priority. */
  prebuild(priority: number): OutgoingAdvertisement[] {
    const packets = this.build(priority);
    this.#prebuilt = { priority, packets };
    return packets;
  }

  /** The packets that say `priority`: one for the group, or one for each unicast peer. */
  build(priority: number): OutgoingAdvertisement[] {
    const source = this.#source;
    assert(source !== undefined, "an advertisement needs a source address");
    const { family, unicastPeers, unicastHopLimit, password, authenticationHeader } = this.#config;
    const hopLimit = unicastPeers.length > 0 ? unicastHopLimit : HOP_LIMIT;
    this.#followPeers();
    const prebuilt = this.#prebuilt;
    this.#prebuilt = undefined;
    // A signature or a number of long ago would be refused.
    const keeps = !this.#signer && !authenticationHeader;
    if (prebuilt?.priority === priority && keeps) return prebuilt.packets;
    const sequence = authenticationHeader && this.#habits.sealCount.next();
    return this.#signed(this.prepare(priority), source).map(({ destination, pdu }) => {
      if (family === 6) return { bytes: pdu, source, destination, hopLimit };
      this.#identification = (this.#identification + 1) & 0xffff;
      const fields = {
        tos: TRAFFIC_CLASS,
        identification: this.#identification,
        flagsAndOffset: 0,
        ttl: hopLimit,
        source,
        destination,
        payload: pdu,
      };
      const protocol = PROTOCOL_VRRP;
      const bytes = sequence === undefined || password === undefined
        ? encodeIpv4({ ...fields, protocol })
        : seal(fields, { protocol, sequence, password });
      return { bytes, source, destination, hopLimit };
    });
  }

  /** The messages with their signature: one for all, as the destination is not signed. */
  #signed(messages: readonly Message[], source: Ip): readonly Message[] {
    const [first] = messages;
    const trailer = first && this.#signer?.sign(first.pdu, source);
    if (!trailer) return messages;
    return messages.map(({ destination, pdu }) => {
      const bytes = new Uint8Array(pdu.length + trailer.length);
      bytes.set(pdu);
      bytes.set(trailer, pdu.length);
      // A kernel that checks IPv6 checksums does so for all that the packet holds.
      if (this.#config.family === 6) {
        writeChecksum(bytes, pseudoHeaderSum(source, destination, PROTOCOL_VRRP, bytes.length));
      }
      return { destination, pdu: bytes };
    });
  }

  /** The messages that say `priority`, kept for when they are needed. */
  prepare(priority: number): readonly Message[] {
    const source = this.#source;
    assert(source !== undefined, "an advertisement needs a source address");
    this.#followPeers();
    const known = this.#messages.get(priority);
    if (known) return known;
    const messages = this.#destinations().map((destination) => ({
      destination,
      pdu: this.#encode(priority, source, destination),
    }));
    this.#messages.set(priority, messages);
    return messages;
  }

  /** Forgets messages that peers would not take any more. */
  #followPeers(): void {
    const isOld = this.#habits.checksum.isOld(this.#config);
    if (isOld === this.#isOldChecksum) return;
    this.#isOldChecksum = isOld;
    this.#messages.clear();
    this.#prebuilt = undefined;
  }

  #destinations(): readonly Ip[] {
    const { unicastPeers, multicastGroup } = this.#config;
    return unicastPeers.length > 0 ? unicastPeers.map(({ ip }) => ip) : [multicastGroup];
  }

  #encode(priority: number, source: Ip, destination: Ip): Uint8Array {
    const { family, version, vrid, advertisementIntervalCs, password, authenticationHeader } =
      this.#config;
    const addresses = this.#addresses;
    const common = { vrid, priority, maxAdvertiseIntervalCs: advertisementIntervalCs, addresses };
    const sum = this.#pseudoSum(addresses.length, source, destination);
    if (version === 3) return encodeAdvertisement({ version, ...common }, sum, family);
    const authType = authTypeOf(this.#config);
    if (family === 6) return encodeAdvertisement({ version, ...common, authType }, sum, family);
    const authData = passwordAuthData(authenticationHeader ? "" : password ?? "");
    return encodeAdvertisement({ version, ...common, authType, authData }, sum, family);
  }

  /** The addresses that fit a packet: the others come and go with them, but are not named. */
  #advertised(mtuBytes: number): readonly Ip[] {
    const { family, version, virtualAddresses } = this.#config;
    const fixedBytes = IP_HEADER_BYTES[family] + advertisementLengthBytes(version, family, 0) +
      (this.#signer ? HMAC_TRAILER_BYTES : 0) +
      (this.#config.authenticationHeader ? AUTHENTICATION_HEADER_BYTES : 0);
    const countMax = Math.max(1, Math.floor((mtuBytes - fixedBytes) / ipLength(family)));
    return virtualAddresses.slice(0, Math.min(countMax, ADDRESS_COUNT_MAX)).map(({ ip }) => ip);
  }

  /** Sum over the pseudo-header where the checksum covers one: IPv6 always, IPv4 as configured. */
  #pseudoSum(addressCount: number, source: Ip, destination: Ip): number {
    const { family, version, checksumIncludesPseudoHeader, multicastGroup } = this.#config;
    if (family === 4 && !(version === 3 && checksumIncludesPseudoHeader)) return 0;
    const lengthBytes = advertisementLengthBytes(version, family, addressCount);
    const to = family === 4 && this.#isOldChecksum ? multicastGroup : destination;
    return pseudoHeaderSum(source, to, PROTOCOL_VRRP, lengthBytes);
  }
}

/** How an instance proves who it is (RFC 2338 §5.3.6). */
export function authTypeOf({ password, authenticationHeader }: VrrpInstanceConfig): number {
  if (password === undefined) return AUTH_TYPE.none;
  return authenticationHeader ? AUTH_TYPE.authenticationHeader : AUTH_TYPE.password;
}
