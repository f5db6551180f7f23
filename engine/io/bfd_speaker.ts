/**
 * What a BFD session says: its packets as octets, kept for as long as they say the same, and the
 * socket that they leave through.
 *
 * @module
 */
import type { BfdAuthenticationConfig, BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { BfdSpeech } from "../../machines/bfd_facts.ts";
import { CONTROL_BYTES, encodeControlPacket } from "../../net/packet/bfd.ts";
import {
  authenticationBytes,
  type AuthenticationKey,
  isMeticulous,
  nextSequence,
  writeAuthentication,
} from "../../net/packet/bfd_auth.ts";
import { CONTROL_PORT, MULTIHOP_PORT } from "./bfd_shared.ts";
import type { Outside, UdpSender } from "./outside.ts";
import { openSessionSender } from "./session_sender.ts";

const LONG = 2 ** 32;
/** ENODEV, ENXIO: the interface is another one by now. */
const STALE_ERRNOS: ReadonlySet<number> = new Set([19, 6]);
const ENODEV = 19;

/** Keys as octets. */
export function keysOf({ keys }: BfdAuthenticationConfig): AuthenticationKey[] {
  const encoder = new TextEncoder();
  return keys.map(({ id, secret, isHex }) => ({
    id,
    secret: isHex ? Uint8Array.fromHex(secret) : encoder.encode(secret),
  }));
}

/** What a packet says beside the speech of the moment. */
export interface Flags {
  readonly poll: boolean;
  readonly final: boolean;
}

/** The speaking half of a session. */
export class BfdSpeaker implements Disposable {
  readonly #outside: Outside;
  readonly #myDiscriminator: number;
  #config: BfdSessionConfig;
  #sender: UdpSender | undefined;
  /** Octets as they were sent last, by flags; none where each packet is another one. */
  #images: (Uint8Array | undefined)[] = [];
  #sequence: number;
  /** What will perhaps be said next, and its octets. */
  #ready: { readonly speech: BfdSpeech; readonly image: Uint8Array } | undefined;

  constructor(outside: Outside, config: BfdSessionConfig, myDiscriminator: number) {
    this.#outside = outside;
    this.#config = config;
    this.#myDiscriminator = myDiscriminator;
    this.#sequence = Math.floor(outside.random() * LONG);
  }

  /** Takes over a configuration; the next packet leaves accordingly. */
  configure(config: BfdSessionConfig): void {
    const before = this.#config;
    this.#config = config;
    this.#ready = undefined;
    this.forget();
    const isSame = before.hopLimit === config.hopLimit && before.localIp === config.localIp &&
      before.remoteIp === config.remoteIp && before.interface === config.interface &&
      before.isMultihop === config.isMultihop;
    if (!isSame) this.#close();
  }

  /** What is said changes. */
  forget(): void {
    this.#images = [];
  }

  /** Makes a packet ready that may have to be sent soon, and quickly. */
  prepare(speech: BfdSpeech): void {
    // A proof has a number, which only what is sent may use up.
    if (this.#config.authentication) return;
    if (!this.#ready || !sameSpeech(this.#ready.speech, speech)) {
      const image = this.#compose(speech, { poll: false, final: false }, undefined);
      this.#ready = { speech, image };
    }
    this.#sender?.prepare?.(this.#ready.image);
  }

  /** Sends a packet at once. Returns 0, or what the kernel said. */
  say(speech: BfdSpeech, flags: Flags): number {
    const sender = this.#sender ?? this.#open();
    if (typeof sender === "number") return sender;
    const errno = sender.send(this.#imageOf(speech, flags));
    if (STALE_ERRNOS.has(errno)) this.#close();
    return errno;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #imageOf(speech: BfdSpeech, flags: Flags): Uint8Array {
    const { authentication } = this.#config;
    const at = (flags.poll ? 1 : 0) + (flags.final ? 2 : 0);
    const known = this.#images[at];
    if (known && !(authentication && isMeticulous(authentication.type))) return known;
    const ready = this.#ready;
    const image = ready && at === 0 && sameSpeech(ready.speech, speech)
      ? ready.image
      : this.#compose(speech, flags, authentication);
    this.#images[at] = image;
    return image;
  }

  #compose(
    speech: BfdSpeech,
    flags: Flags,
    authentication: BfdAuthenticationConfig | undefined,
  ): Uint8Array {
    const [key] = authentication ? keysOf(authentication) : [];
    const proof = authentication && key && { type: authentication.type, key };
    const proofBytes = proof ? authenticationBytes(proof.type, proof.key) : 0;
    const bytes = new Uint8Array(CONTROL_BYTES + proofBytes);
    const packet = { ...speech, ...flags, demand: false, myDiscriminator: this.#myDiscriminator };
    encodeControlPacket(packet, bytes);
    if (proof) {
      this.#sequence = nextSequence(this.#sequence);
      writeAuthentication(bytes, proof.type, proof.key, this.#sequence);
    }
    return bytes;
  }

  #open(): UdpSender | number {
    const { interface: name, hopLimit, isMultihop } = this.#config;
    if (name !== undefined && !this.#outside.links.linkByName(name)) return ENODEV;
    const port = isMultihop ? MULTIHOP_PORT : CONTROL_PORT;
    const sender = openSessionSender(this.#outside, this.#config, { port, hopLimit });
    if (typeof sender !== "number") this.#sender = sender;
    return sender;
  }

  #close(): void {
    this.#sender?.[Symbol.dispose]();
    this.#sender = undefined;
  }
}

/** Whether two say the same. */
export function sameSpeech(a: BfdSpeech, b: BfdSpeech): boolean {
  return a.state === b.state && a.diagnostic === b.diagnostic &&
    a.yourDiscriminator === b.yourDiscriminator && a.detectMult === b.detectMult &&
    a.controlPlaneIndependent === b.controlPlaneIndependent &&
    a.desiredMinTxIntervalUs === b.desiredMinTxIntervalUs &&
    a.requiredMinRxIntervalUs === b.requiredMinRxIntervalUs &&
    a.requiredMinEchoRxIntervalUs === b.requiredMinEchoRxIntervalUs;
}
