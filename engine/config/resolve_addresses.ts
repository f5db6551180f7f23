/**
 * The virtual addresses of an instance.
 *
 * @module
 */
import { familyOf, isLinkLocal } from "../../net/address.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";
import type { Given } from "./given.ts";
import type { Subject } from "./subject.ts";

/** The field that counts them has eight bits (RFC 9568 §5.2.5). */
const ADVERTISED_COUNT_MAX = 255;

/** Advertised and excluded addresses: each once, all with an interface. */
export function resolveAddresses(
  subject: Subject,
  isUnicast: boolean,
): Pick<VrrpInstanceConfig, "virtualAddresses" | "excludedAddresses"> {
  const { draft, complaints, family } = subject;
  const seen = new Set<string>();
  const ofFamily = draft.addresses.filter((given) => {
    const { ip } = given.value;
    if (familyOf(ip) === family) return true;
    const message = `${ip} is not an IPv${family} address like the others of ${draft.name.value}`;
    complaints.add("E404", given.place, message, "virtual_ipaddress_excluded takes both");
    return false;
  });
  const advertised = usable(subject, ofFamily, seen);
  const excluded = usable(subject, draft.excluded, seen);
  const surplus = advertised.slice(ADVERTISED_COUNT_MAX);
  const [firstSurplus] = surplus;
  if (firstSurplus) {
    const message =
      `${surplus.length} addresses from here on are not advertised: an advertisement ` +
      `holds ${ADVERTISED_COUNT_MAX}`;
    complaints.add("W407", firstSurplus.place, message);
  }
  checkFirst(subject, ofFamily[0], isUnicast);
  return {
    virtualAddresses: advertised.slice(0, ADVERTISED_COUNT_MAX).map(({ value }) => value),
    excludedAddresses: [...surplus, ...excluded].map(({ value }) => value),
  };
}

function usable(
  { draft, global, complaints }: Subject,
  given: readonly Given<VirtualAddress>[],
  seen: Set<string>,
): Given<VirtualAddress>[] {
  const result: Given<VirtualAddress>[] = [];
  const own = draft.interface?.value;
  const fallback = own === undefined ? global.defaultInterface : undefined;
  for (const each of given) {
    const { value } = each;
    const link = value.interface ?? fallback;
    const key = `${value.ip} ${link ?? own ?? ""}`;
    if (seen.has(key)) {
      complaints.add("W406", each.place, `${value.ip} is listed twice: ignored`);
      continue;
    }
    seen.add(key);
    if (link === undefined && !draft.mentioned.has("interface")) {
      const message = `${value.ip} needs dev: the instance has no interface`;
      complaints.add("E401", each.place, message);
    }
    if (link === undefined || link === value.interface) result.push(each);
    else result.push({ value: { ...value, interface: link }, place: each.place });
  }
  return result;
}

function checkFirst(
  { draft, complaints, family, isStrict }: Subject,
  first: Given<VirtualAddress> | undefined,
  isUnicast: boolean,
): void {
  const { value: name, place } = draft.name;
  if (!first) {
    const message = `vrrp_instance ${name} needs a virtual_ipaddress (RFC 9568 §5.2.5)`;
    const mayHaveNone = draft.allowsNoAddress !== undefined && !isStrict;
    const isMissing = draft.addresses.length === 0 && !draft.hasBadAddress && !mayHaveNone;
    if (isMissing) complaints.add("E401", place, message);
    return;
  }
  if (family === 4 || isUnicast || isLinkLocal(first.value.ip)) return;
  const message = "the first IPv6 address should be a link-local one (RFC 9568 §5.2.9)";
  complaints.add(isStrict ? "W408" : "W602", first.place, message);
}
