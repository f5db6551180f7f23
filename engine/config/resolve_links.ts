/**
 * Interfaces that an instance makes: what its words mean together with the rest of it.
 *
 * @module
 */
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { quote } from "./diagnostic.ts";
import type { InstanceDraft } from "./drafts.ts";
import type { LineContext } from "./routing/option_line.ts";

/** What is resolved here. */
type LinkConfig = Pick<VrrpInstanceConfig, "virtualMac" | "ipvlan" | "transmitsOnBase" | "vrf">;

/** `instance`: as far as it is resolved. */
export function resolveLinks(
  draft: InstanceDraft,
  instance: Pick<VrrpInstanceConfig, "strict" | "unicastPeers" | "interface">,
  context: LineContext,
): LinkConfig {
  const { virtualMac, ipvlan } = draft;
  const interfaceGroup = groupOf(draft, context);
  const group = interfaceGroup === undefined ? {} : { interfaceGroup };
  const vrf = vrfOf(draft, instance, context);
  if (!virtualMac && !ipvlan) return { ...vrf, transmitsOnBase: false };
  return {
    ...vrf,
    // One interface of its own is enough.
    ...(virtualMac
      ? { virtualMac: { ...virtualMac.value, ...group } }
      : ipvlan && { ipvlan: { ...ipvlan.value, ...group } }),
    transmitsOnBase: transmitsOnBase(draft, instance, context),
  };
}

/** Sockets that belong to an interface are in its VRF anyway. */
function vrfOf(
  { vrf }: InstanceDraft,
  { unicastPeers, interface: own }: Pick<VrrpInstanceConfig, "unicastPeers" | "interface">,
  { complaints }: LineContext,
): Pick<VrrpInstanceConfig, "vrf"> {
  if (!vrf) return {};
  if (own === undefined && unicastPeers.length > 0) return { vrf: vrf.value };
  complaints.add("W403", vrf.place, "vrf is for unicast without an interface: ignored");
  return {};
}

function transmitsOnBase(
  { virtualMac, transmitsOnBase, name }: InstanceDraft,
  { strict, unicastPeers }: Pick<VrrpInstanceConfig, "strict" | "unicastPeers">,
  { complaints }: LineContext,
): boolean {
  const place = virtualMac?.place ?? name.place;
  if (transmitsOnBase && strict) {
    complaints.add("W403", place, "vmac_xmit_base in strict mode is ignored (RFC 9568 §7.2)");
    return false;
  }
  // What peers send to the address of the interface never reaches the one above it.
  return transmitsOnBase || (virtualMac !== undefined && unicastPeers.length > 0);
}

function groupOf({ interfaceGroup }: InstanceDraft, context: LineContext): number | undefined {
  if (!interfaceGroup) return undefined;
  const { text, place } = interfaceGroup;
  const number = context.names.find("group", text);
  if (number === undefined) {
    context.complaints.add("E304", place, `${quote(text)} is not a group of interfaces`);
  }
  return number;
}
