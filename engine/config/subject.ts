/**
 * What the parts of an instance are resolved from.
 *
 * @module
 */
import type { Family } from "../../net/address.ts";
import type { Complaints } from "./diagnostic.ts";
import type { GlobalDraft, InstanceDraft } from "./drafts.ts";

/** An instance as written, and what follows from it for all its parts. */
export interface Subject {
  readonly draft: InstanceDraft;
  readonly global: GlobalDraft;
  readonly complaints: Complaints;
  readonly family: Family;
  readonly version: 2 | 3;
  readonly priority: number;
  /** Priority 255: owner of the addresses (RFC 9568 §5.2.4). */
  readonly isOwner: boolean;
  readonly isStrict: boolean;
  /** What is not said is as RFC 9568 has it (`vrrp_profile rfc9568`). */
  readonly followsRfc: boolean;
  /** `state MASTER`, as far as it holds. */
  readonly wantsActive: boolean;
}
