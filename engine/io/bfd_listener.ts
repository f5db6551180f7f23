/**
 * What a BFD session takes for its neighbour's word: the checks of RFC 5880 §6.8.6 and §6.7 that
 * need to know the session, in their order, and RFC 5881 §5.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { BfdPacket } from "../../machines/bfd_facts.ts";
import type { ReceivedControlPacket } from "../../net/packet/bfd.ts";
import { type AuthenticationKey, checkAuthentication } from "../../net/packet/bfd_auth.ts";
import type { BfdDatagram, BfdRejection } from "./bfd_shared.ts";
import { keysOf } from "./bfd_speaker.ts";
import type { Received } from "./outside.ts";

/** The listening half of a session. */
export class BfdListener {
  #config: BfdSessionConfig;
  #keys: AuthenticationKey[] = [];
  /** bfd.RcvAuthSeq; undefined: bfd.AuthSeqKnown is 0. */
  #sequence: number | undefined;
  /** Octets of the last packet, where others may be taken for it without looking. */
  #last: Uint8Array | undefined;
  /** What the machine knows of the neighbour. */
  #known: BfdPacket | undefined;
  /** Index of the only interface that is listened to. */
  #interfaceIndex: number | undefined;

  constructor(config: BfdSessionConfig) {
    this.#config = config;
    this.configure(config);
  }

  /** Takes over a configuration. */
  configure(config: BfdSessionConfig): void {
    const before = this.#config.authentication;
    const { authentication } = config;
    this.#config = config;
    this.#keys = authentication ? keysOf(authentication) : [];
    this.#last = undefined;
    if (before?.type !== authentication?.type) this.#sequence = undefined;
  }

  /** The interface came, went, or is another one. */
  set interfaceIndex(index: number | undefined) {
    this.#interfaceIndex = index;
    this.#last = undefined;
  }

  /** What the neighbour says next is news, whatever it is. */
  forget(): void {
    this.#known = undefined;
    this.#last = undefined;
  }

  /** Nothing was heard for twice the Detection Time (RFC 5880 §6.8.1). */
  forgetSequence(): void {
    this.#sequence = undefined;
  }

  /** Whether a datagram repeats the last packet, so that it tells no more than that it came. */
  isRepetition({ bytes, hopLimit = 0, interfaceIndex }: Received): boolean {
    const last = this.#last;
    if (!last || last.length !== bytes.length || hopLimit < this.#config.hopLimitMin) return false;
    if (this.#isElsewhere(interfaceIndex)) return false;
    for (let i = 0; i < last.length; i++) if (last[i] !== bytes[i]) return false;
    return true;
  }

  /** What a packet tells; undefined: nothing new. Or why it is refused. */
  judge({ packet, received, isMultihop }: BfdDatagram): BfdPacket | BfdRejection | undefined {
    const { bytes, hopLimit = 0, interfaceIndex } = received;
    const { hopLimitMin } = this.#config;
    if (isMultihop !== this.#config.isMultihop) return "wrong port";
    if (hopLimit < hopLimitMin) return "hop limit too small";
    if (this.#isElsewhere(interfaceIndex)) return "wrong interface";
    const unproven = this.#unproven(packet, bytes.subarray(0, packet.lengthBytes));
    if (unproven !== undefined) return unproven;
    const news = newsOf(packet);
    if (this.#known && sameWords(this.#known, news)) {
      if (!packet.isAuthenticated) this.#last = bytes.slice();
      return undefined;
    }
    this.#known = news;
    this.#last = undefined;
    return news;
  }

  #isElsewhere(interfaceIndex: number): boolean {
    return this.#config.interface !== undefined && interfaceIndex !== this.#interfaceIndex;
  }

  #unproven(packet: ReceivedControlPacket, bytes: Uint8Array): BfdRejection | undefined {
    const { authentication } = this.#config;
    if (!authentication) {
      return packet.isAuthenticated ? "authentication not expected" : undefined;
    }
    if (!packet.isAuthenticated) return "authentication missing";
    const result = checkAuthentication(bytes, {
      type: authentication.type,
      keys: this.#keys,
      lastSequence: this.#sequence,
      detectMult: packet.detectMult,
    });
    if (typeof result === "string") return result;
    this.#sequence = result;
    return undefined;
  }
}

function newsOf(packet: ReceivedControlPacket): BfdPacket {
  return {
    state: packet.state,
    poll: packet.poll,
    final: packet.final,
    demand: packet.demand,
    detectMult: packet.detectMult,
    myDiscriminator: packet.myDiscriminator,
    desiredMinTxIntervalUs: packet.desiredMinTxIntervalUs,
    requiredMinRxIntervalUs: packet.requiredMinRxIntervalUs,
    requiredMinEchoRxIntervalUs: packet.requiredMinEchoRxIntervalUs,
  };
}

/** Polls and Finals are always news: each is answered, or ends something. */
function sameWords(known: BfdPacket, news: BfdPacket): boolean {
  return !news.poll && !news.final && !known.poll && !known.final &&
    known.state === news.state && known.demand === news.demand &&
    known.detectMult === news.detectMult && known.myDiscriminator === news.myDiscriminator &&
    known.desiredMinTxIntervalUs === news.desiredMinTxIntervalUs &&
    known.requiredMinRxIntervalUs === news.requiredMinRxIntervalUs &&
    known.requiredMinEchoRxIntervalUs === news.requiredMinEchoRxIntervalUs;
}
