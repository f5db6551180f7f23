/**
 * Virtual addresses that lie outside every network of their interface (W-vrrp-006).
 *
 * @module
 */
import { contains, familyOf, type Ip, isLinkLocal, type Prefix } from "../../../net/address.ts";
import type { VirtualAddress } from "../../../machines/config.ts";
import type { Given } from "../given.ts";
import type { InterfaceFacts } from "../interface_facts.ts";
import type { Finding, Whole } from "./whole.ts";

/** The check. Silent about interfaces, and families on them, of which nothing is known. */
export function* adviseOnAddresses({ draft, interfaces }: Whole): Generator<Finding> {
  if (!interfaces || (interfaces.isGuess && !hasAll(draft.instances.values(), interfaces))) return;
  const instances = [...draft.instances.values()];
  const virtual = new Set(
    instances.flatMap(({ addresses, excluded }) =>
      [...addresses, ...excluded].map(({ value }) => value.ip)
    ),
  );
  for (const { interface: own, addresses, excluded } of instances) {
    for (const given of [...addresses, ...excluded]) {
      const name = given.value.interface ?? own?.value;
      if (name === undefined) continue;
      const networks = networksOf(name, given.value.ip, interfaces, virtual);
      const finding = judge(given, name, networks);
      if (finding) yield finding;
    }
  }
}

function hasAll(
  instances: Iterable<{ readonly interface?: Given<string> }>,
  { prefixes }: InterfaceFacts,
): boolean {
  return [...instances].every(({ interface: link }) => !link || prefixes.has(link.value));
}

/** Networks of that family, without those that virtual addresses themselves bring along. */
function networksOf(
  name: string,
  ip: Ip,
  { prefixes }: InterfaceFacts,
  virtual: ReadonlySet<Ip>,
): Prefix[] {
  return (prefixes.get(name) ?? []).filter((prefix) =>
    familyOf(prefix.ip) === familyOf(ip) && !virtual.has(prefix.ip) && !isLinkLocal(prefix.ip)
  );
}

function judge(
  { value, place }: Given<VirtualAddress>,
  name: string,
  networks: readonly Prefix[],
): Finding | undefined {
  const { ip, peer } = value;
  if (networks.length === 0 || peer !== undefined || isLinkLocal(ip)) return undefined;
  if (networks.some((network) => contains(network, ip))) return undefined;
  const shown = networks.slice(0, 3).map(({ ip, prefixLength }) => `${ip}/${prefixLength}`);
  const more = networks.length > shown.length ? " …" : "";
  const message = `${ip} lies in no network of ${name}: ${shown.join(", ")}${more}`;
  return { code: "W-vrrp-006", place, message };
}
