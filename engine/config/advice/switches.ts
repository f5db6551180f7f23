/**
 * Keywords that take each other back: only the last one holds (W-model-010); and such as mean
 * nothing without another (W-model-003).
 *
 * @module
 */
import type { InstanceDraft } from "../drafts.ts";
import type { Given } from "../given.ts";
import type { Finding, Whole } from "./whole.ts";

interface Switch {
  readonly words: readonly [string, string];
  readonly given: (draft: InstanceDraft) => Given<unknown> | undefined;
}

const SWITCHES: readonly Switch[] = [
  { words: ["accept", "no_accept"], given: ({ accept }) => accept },
  { words: ["preempt", "nopreempt"], given: ({ preempt }) => preempt },
  { words: ["mcast_src_ip", "unicast_src_ip"], given: sourceOf },
];

function sourceOf({ unicastSourceIp, multicastSourceIp }: InstanceDraft) {
  return unicastSourceIp ?? multicastSourceIp;
}

/** The check. */
export function* adviseOnSwitches({ draft }: Whole): Generator<Finding> {
  for (const instance of draft.instances.values()) {
    if (instance.transmitsOnBase && !instance.virtualMac && !instance.ipvlan) {
      const message = "vmac_xmit_base without use_vmac or use_ipvlan is ignored";
      yield { code: "W-model-003", place: instance.name.place, message };
    }
    for (const { words: [one, other], given } of SWITCHES) {
      const place = given(instance)?.place;
      if (!instance.mentioned.has(one) || !instance.mentioned.has(other) || !place) continue;
      const message = `both ${one} and ${other}: only the last one holds`;
      yield { code: "W-model-010", place, message };
    }
  }
}
