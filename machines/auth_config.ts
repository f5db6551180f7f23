/**
 * Authentication of advertisements by HMAC, keepalived's own extension, as plain data.
 *
 * @module
 */

/** How advertisements are signed and checked. */
export interface HmacConfig {
  /** All keys that are accepted. */
  readonly keys: readonly HmacKey[];
  /** The key that signs: 1 to 255. */
  readonly activeKey: number;
  /** How far clocks may differ, 1 to 300 s; for `time` only. */
  readonly timeWindowSec: number;
  /** Against repetition: by the clock, or by numbers that only grow. */
  readonly antiReplay: "time" | "monotonic";
  /**
   * `enforce`: what is not signed is refused. `permissive`: it is not. `receiveOnly`: as that, and
   * nothing is signed.
   */
  readonly mode: "enforce" | "permissive" | "receiveOnly";
}

/** One key; several are known while keys change. */
export interface HmacKey {
  /** 1 to 255. */
  readonly id: number;
  /** 32 to 64 octets in hexadecimal. A secret: never shown. */
  readonly hex: string;
}
