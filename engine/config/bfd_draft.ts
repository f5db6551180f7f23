/**
 * What a `bfd_instance` block says, before it is judged as a whole.
 *
 * @module
 */
import type { BfdAuthType, BfdKey, BfdScripts } from "../../machines/bfd_config.ts";
import type { Ip } from "../../net/address.ts";
import type { Given } from "./given.ts";

/** `bfd_instance`. */
export interface BfdDraft {
  readonly name: Given<string>;
  /** Keywords that were there, whatever became of their values. */
  readonly mentioned: Set<string>;
  remoteIp?: Given<Ip>;
  localIp?: Given<Ip>;
  requiredMinRxIntervalUs?: number;
  desiredMinTxIntervalUs?: number;
  idleTxIntervalUs?: number;
  detectMult?: number;
  passive?: true;
  hopLimit?: number;
  hopsMax?: Given<number>;
  multihop?: boolean;
  weight?: number;
  reversed?: boolean;
  vrrp?: true;
  checker?: true;
  own: BfdOwnDraft;
}

/** What these words say. */
export interface BfdOwnDraft {
  interface?: Given<string>;
  adminDown?: boolean;
  demand?: boolean;
  controlPlaneIndependent?: boolean;
  authType?: Given<BfdAuthType>;
  readonly keys: Given<BfdKey>[];
  echoTx?: Given<number>;
  echoRx?: Given<number>;
  readonly scripts: { -readonly [Event in keyof BfdScripts]: BfdScripts[Event] };
}
