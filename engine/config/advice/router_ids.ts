/**
 * One virtual router ID twice on an interface (W-vrrp-011). Where the wire could not tell them
 * apart it is an error of its own.
 *
 * @module
 */
import { vrrpInstanceIdentity } from "../../../machines/config.ts";
import type { Finding, Whole } from "./whole.ts";

/** The check. */
export function* adviseOnRouterIds({ draft, instances }: Whole): Generator<Finding> {
  const first = new Map<string, string>();
  const identities = new Set<string>();
  for (const instance of instances) {
    const { name, interface: link, family, vrid } = instance;
    const identity = vrrpInstanceIdentity(instance);
    const given = draft.instances.get(name)?.vrid;
    if (link === undefined || !given || identities.has(identity)) continue;
    identities.add(identity);
    const key = `${link} ${family} ${vrid}`;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, name);
      continue;
    }
    const message = `virtual_router_id ${vrid} on ${link} is also that of vrrp_instance ${other}`;
    yield { code: "W-vrrp-011", place: given.place, message };
  }
}
