/**
 * Signs the advertisements of one instance (`auth_hmac`): which number each gets.
 *
 * @module
 */
import { assert } from "../../net/assert.ts";
import type { Ip } from "../../net/address.ts";
import {
  sequenceFromUnixMs,
  signAdvertisement,
  unixMsFromSequence,
} from "../../net/packet/vrrp_auth.ts";
import type { HmacConfig } from "../../machines/auth_config.ts";

const MS_PER_SEC = 1_000;

/** Makes trailers. Numbers grow, and follow the clock. */
export class HmacSigner {
  readonly #config: HmacConfig;
  readonly #key: Uint8Array;
  readonly #unixMs: () => number;
  #last = 0n;

  /** `unixMs` is the clock that routers share: milliseconds since 1970 UTC. */
  constructor(config: HmacConfig, unixMs: () => number) {
    const key = config.keys.find(({ id }) => id === config.activeKey);
    assert(key, "the configuration has the key that signs");
    this.#config = config;
    this.#key = Uint8Array.fromHex(key.hex);
    this.#unixMs = unixMs;
  }

  /** The trailer of a message, the same for all who get it: the destination is not signed. */
  sign(pdu: Uint8Array, source: Ip): Uint8Array {
    this.#last = this.#next();
    const trailer = { keyId: this.#config.activeKey, sequence: this.#last };
    return signAdvertisement({ pdu, source }, this.#key, trailer);
  }

  #next(): bigint {
    const { antiReplay, timeWindowSec } = this.#config;
    const nowMs = this.#unixMs();
    const now = sequenceFromUnixMs(nowMs);
    const aheadMs = unixMsFromSequence(this.#last) - nowMs;
    // The clock was set back: numbers so far ahead of it would be refused for their age.
    const restarts = antiReplay === "time" && aheadMs > timeWindowSec * MS_PER_SEC;
    return restarts || now > this.#last ? now : this.#last + 1n;
  }
}
