/**
 * Packets made by hand, and put on the wire from a host: adverts of any kind, and rubbish that no
 * router may heed, in any number, the same every time.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Ip, ip } from "../../net/address.ts";
import { pseudoHeaderSum } from "../../net/packet/checksum.ts";
import { encodeEthernet, ETHERTYPE_IPV4, multicastMac } from "../../net/packet/ethernet.ts";
import { encodeIpv4, PROTOCOL_VRRP } from "../../net/packet/ip.ts";
import { encodePcap } from "../../net/packet/pcap.ts";
import { encodeAdvertisement } from "../../net/packet/vrrp.ts";
import { type Host, type Lab, station } from "./lab.ts";

const GROUP = ip("224.0.0.18");
const HOP_LIMIT = 255;
const CHECKSUM_AT = 6;
const BYTES_MAX = 64;

/** An advert of version 3 over IPv4, its checksum right. */
export interface Forged {
  readonly vrid: number;
  readonly priority: number;
  readonly intervalMs: number;
  readonly addresses: readonly string[];
}

/** The whole frame of an advert; `source` and `ttl` are what they should be unless given. */
export function forgedFrame(
  from: Host,
  advert: Forged,
  { source = station(from).ipv4, ttl = HOP_LIMIT }: { source?: Ip; ttl?: number } = {},
): Uint8Array {
  return frame(from, pduOf(source, advert), source, ttl);
}

/** When and how fast frames are put on the wire. */
export interface Pace {
  /** All of them, evenly, in this time; default at once. */
  readonly durationMs?: number;
  /** Resolves at the moment to begin; called once all is prepared. Default: begin. */
  readonly moment?: () => Promise<unknown>;
}

/** Puts frames on the wire from a host. */
export async function inject(
  lab: Lab,
  from: Host,
  frames: readonly Uint8Array[],
  { durationMs = 0, moment = () => Promise.resolve() }: Pace = {},
): Promise<void> {
  const packets = frames.map((bytes) => ({
    timeSec: 0,
    timeNs: 0,
    originalLengthBytes: bytes.length,
    bytes,
  }));
  const file = `${lab.directory}/forged.pcap`;
  await Deno.writeFile(file, encodePcap({ packets }));
  const injector = fileURLToPath(import.meta.resolve("./injector.ts"));
  const program = [Deno.execPath(), "run", "-A", injector, file, `${durationMs}`];
  const child = new Deno.Command("ip", {
    args: ["netns", "exec", lab.namespace(from), ...program],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read(); // It says that it is ready, and waits for the word.
  await moment();
  await child.stdin.close();
  if (!(await child.status).success) throw new Error("The injector failed");
  await output.cancel();
}

/** Frames of every way to be wrong, in turn; each but for its fault is like `target`. */
export function badFrames(from: Host, target: Forged, count: number): Uint8Array[] {
  const random = new Pseudorandom(count);
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % KINDS.length] ?? randomBytes;
    return kind(from, target, random);
  });
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

type Kind = (from: Host, target: Forged, random: Pseudorandom) => Uint8Array;

const randomBytes: Kind = (from, _target, random) =>
  frame(from, Uint8Array.from({ length: random.below(BYTES_MAX) }, () => random.below(256)));

const wrongTtl: Kind = (from, target, random) =>
  forgedFrame(from, target, { ttl: random.below(HOP_LIMIT) });

const wrongVrid: Kind = (from, target, random) => {
  const vrid = 1 + (target.vrid + random.below(254)) % 255;
  return forgedFrame(from, { ...target, vrid });
};

const wrongChecksum: Kind = (from, target, random) => {
  const pdu = pduOf(station(from).ipv4, target);
  const at = CHECKSUM_AT + random.below(2);
  pdu[at] = (pdu[at] ?? 0) ^ (1 + random.below(255));
  return frame(from, pdu);
};

const cutShort: Kind = (from, target, random) => {
  const pdu = pduOf(station(from).ipv4, target);
  return frame(from, pdu.subarray(0, random.below(pdu.length)));
};

const wrongVersion: Kind = (from, target, random) => {
  const pdu = pduOf(station(from).ipv4, target);
  pdu[0] = ((4 + random.below(12)) << 4) | 1;
  return frame(from, pdu);
};

const KINDS = [randomBytes, wrongTtl, wrongVrid, wrongChecksum, cutShort, wrongVersion];

function pduOf(source: Ip, advert: Forged): Uint8Array<ArrayBuffer> {
  const { vrid, priority, intervalMs, addresses } = advert;
  const sum = pseudoHeaderSum(source, GROUP, PROTOCOL_VRRP, 8 + 4 * addresses.length);
  return encodeAdvertisement(
    {
      version: 3,
      vrid,
      priority,
      maxAdvertiseIntervalCs: intervalMs / 10,
      addresses: addresses.map(ip),
    },
    sum,
  );
}

function frame(
  from: Host,
  pdu: Uint8Array,
  source = station(from).ipv4,
  ttl = HOP_LIMIT,
): Uint8Array {
  const packet = encodeIpv4({
    tos: 0xc0,
    ttl,
    protocol: PROTOCOL_VRRP,
    source,
    destination: GROUP,
    payload: pdu,
  });
  return encodeEthernet({
    destination: multicastMac(GROUP),
    source: station(from).mac,
    etherType: ETHERTYPE_IPV4,
    payload: packet,
  });
}
