/**
 * A private network of two links that are joined.
 *
 * @module
 */
import { moreOfLibc } from "../../../net/sys/libc.ts";
import { Namespace } from "../namespace.ts";

const { if_nametoindex } = moreOfLibc({
  // unsigned if_nametoindex(const char *name)
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
});

/** Index of an interface of this thread's network; 0 if there is none of that name. */
export function indexOf(name: string): number {
  return if_nametoindex(new TextEncoder().encode(`${name}\0`));
}

/** Two links, v0 and v1, joined, with addresses; each takes the other for another host. */
export function network(): Namespace {
  const namespace = new Namespace();
  // Everything is on one host here: a packet of our own from outside must not be refused as forged.
  for (const [name, value] of [["accept_local", "1"], ["rp_filter", "0"]]) {
    for (const link of ["all", "v1"]) {
      Deno.writeTextFileSync(`/proc/sys/net/ipv4/conf/${link}/${name}`, value ?? "");
    }
  }
  namespace.ip("addr add 192.0.2.1/24 dev v0");
  namespace.ip("addr add 2001:db8::1/64 dev v0 nodad");
  namespace.ip("addr add 2001:db8::2/64 dev v1 nodad");
  return namespace;
}
