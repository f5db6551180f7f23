/**
 * The kernel's table of neighbours, with iproute2 as the judge.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Ip, ip } from "../../net/address.ts";
import { decodeNeighbor } from "../../net/netlink/rtnetlink_neighbor.ts";
import { Neighbors } from "../../net/neighbors.ts";
import { netTest } from "./links_fixture.ts";

const MAC = "02:00:00:00:00:77";
// deno-fmt-ignore
const ROWS: [what: string, entry: string, asked: string, mac: string | undefined][] = [
  ["permanent", `192.0.2.7 lladdr ${MAC} nud permanent`, "192.0.2.7", MAC],
  ["stale", `192.0.2.7 lladdr ${MAC} nud stale`, "192.0.2.7", MAC],
  ["IPv6", `2001:db8::7 lladdr ${MAC} nud reachable`, "2001:db8::7", MAC],
  ["another address", `192.0.2.7 lladdr ${MAC} nud stale`, "192.0.2.8", undefined],
  ["nobody answered", `192.0.2.7 nud failed`, "192.0.2.7", undefined],
];
for (const [what, entry, asked, mac] of ROWS) {
  netTest(`Neighbors.macOf: ${what}`, (namespace) => {
    namespace.ip(`neigh add ${entry} dev v0`);
    const [v0] = namespace.links().filter(({ ifname }) => ifname === "v0");
    using neighbors = new Neighbors();
    const found: string | undefined = neighbors.macOf(v0?.ifindex ?? 0, ip(asked) as Ip);
    assertEquals(found, mac);
    assertEquals(neighbors.macOf(4_711, ip(asked)), undefined, "no such interface");
  });
}

Deno.test("decodeNeighbor: what is cut is none", () => {
  assertEquals(decodeNeighbor(new DataView(new ArrayBuffer(11))), undefined);
  assertEquals(decodeNeighbor(new DataView(new ArrayBuffer(12))), undefined);
});
