/**
 * Packets that no router may heed: each a way to be wrong, in any number, the same every time.
 *
 * @module
 */
import { ip } from "../../net/address.ts";
import { pseudoHeaderSum } from "../../net/packet/checksum.ts";
import { encodeEthernet, ETHERTYPE_IPV4, multicastMac } from "../../net/packet/ethernet.ts";
import { encodeIpv4, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import { encodeAdvertisement } from "../../net/packet/vrrp.ts";
import { type Host, station } from "./lab.ts";

const GROUP = ip("224.0.0.18");
const HOP_LIMIT = 255;
const BYTES_MAX = 64;

/** What the packets nearly are: a good advert of a better router. */
export interface NearlyGood {
  readonly vrid: number;
  readonly addresses: readonly string[];
}

/** Octets and numbers that look random and are not. */
class Pseudorandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    // The generator of Numerical Recipes; its upper bits are good enough for rubbish.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * bound);
  }
}

/** `count` frames from a host, all kinds in turn. */
export function badFrames(from: Host, target: NearlyGood, count: number): Uint8Array[] {
  const random = new Pseudorandom(count);
  const kinds = [randomBytes, wrongTtl, wrongVrid, wrongChecksum, cutShort, wrongVersion];
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] ?? randomBytes;
    return kind(from, target, random);
  });
}

type Kind = (from: Host, target: NearlyGood, random: Pseudorandom) => Uint8Array;

const randomBytes: Kind = (from, _target, random) =>
  frame(from, Uint8Array.from({ length: random.below(BYTES_MAX) }, () => random.below(256)));

const wrongTtl: Kind = (from, target, random) =>
  frame(from, advert(from, target), random.below(HOP_LIMIT));

const wrongVrid: Kind = (from, target, random) => {
  const vrid = 1 + (target.vrid + random.below(254)) % 255;
  return frame(from, advert(from, { ...target, vrid }));
};

const wrongChecksum: Kind = (from, target, random) => {
  const pdu = advert(from, target);
  const at = 6 + random.below(2);
  pdu[at] = (pdu[at] ?? 0) ^ (1 + random.below(255));
  return frame(from, pdu);
};

const cutShort: Kind = (from, target, random) => {
  const pdu = advert(from, target);
  return frame(from, pdu.subarray(0, random.below(pdu.length)));
};

const wrongVersion: Kind = (from, target, random) => {
  const pdu = advert(from, target);
  pdu[0] = ((4 + random.below(12)) << 4) | 1;
  return frame(from, pdu);
};

/** A good advert of priority 254, which a master of less would have to heed. */
function advert(from: Host, { vrid, addresses }: NearlyGood): Uint8Array<ArrayBuffer> {
  const lengthBytes = 8 + 4 * addresses.length;
  const sum = pseudoHeaderSum(station(from).ipv4, GROUP, PROTOCOL_VRRP, lengthBytes);
  return encodeAdvertisement(
    { version: 3, vrid, priority: 254, maxAdvertiseIntervalCs: 20, addresses: addresses.map(ip) },
    sum,
  );
}

function frame(from: Host, pdu: Uint8Array, ttl = HOP_LIMIT): Uint8Array {
  const { mac, ipv4 } = station(from);
  const packet = encodeIpv4({
    tos: 0xc0,
    ttl,
    protocol: PROTOCOL_VRRP,
    source: ipv4,
    destination: GROUP,
    payload: pdu,
  });
  return encodeEthernet({
    destination: multicastMac(GROUP),
    source: mac,
    etherType: ETHERTYPE_IPV4,
    payload: packet,
  });
}
