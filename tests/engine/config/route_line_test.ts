/**
 * Lines of `virtual_routes`: what each word means, and what is wrong with it. Findings are those of
 * `keepalived -t` 2.2.7 in our words, but for what docs/differences.md lists.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RouteConfig } from "../../../machines/route_config.ts";
import { brief, changes, instanceText, load } from "./harness.ts";

/** Line; what differs from the plain one, or that the text is refused; findings. */
type Row = [line: string, change: Record<string, unknown> | "refused", findings?: string[]];

const PLAIN = "10.0.0.0/8 dev eth0";

// deno-fmt-ignore
const ROWS: Row[] = [
  ["10.0.0.0/8 via 192.0.2.9", { hops: [{ via: "192.0.2.9", onlink: false }] }],
  ["10.0.0.0/8 via 192.0.2.9 dev eth0", { hops: [{ via: "192.0.2.9", onlink: false, interface: "eth0" }] }],
  ["10.0.0.0/8 dev nosuch0", { hops: [{ onlink: false, interface: "nosuch0" }] }],
  ["default6 via 2001:db8::1 dev eth0", { family: 6, destination: { ip: "::", prefixLength: 0 }, hops: [{ via: "2001:db8::1", onlink: false, interface: "eth0" }] }],
  ["10.0.0.0/8 10.0.0.1 dev eth0", { destination: { ip: "10.0.0.1", prefixLength: 32 } }, ["5:12: warning: a second destination: the last one counts [W602]"]],
  ["dev eth0", "refused", ["5:1: error: a route needs a destination [E401]"]],
  ["10.0.0.0/8 dev eth0 foo", "refused", ["5:21: error: unknown word 'foo' for a route [E304]"]],
  ["10.0.0.0/8 via 192.0.2.9 dev eth0 nexthop via 192.0.2.8 dev eth0", { hops: [{ via: "192.0.2.8", interface: "eth0", onlink: false }] }, ["5:1: warning: via and dev of a route with nexthop are ignored [W602]"]],
  ["10.0.0.0/8 via 2001:db8::1 dev eth0", "refused", ["5:16: error: 2001:db8::1 is not an IPv4 address like the rest of the line [E404]"]],
  ["10.0.0.0/8 via inet6 2001:db8::1 dev eth0", { hops: [{ via: "2001:db8::1", interface: "eth0", onlink: false }] }],
  ["2001:db8::/32 via inet 192.0.2.1 dev eth0", "refused", ["5:24: error: 192.0.2.1 is not an IPv6 address like the rest of the line [E404]"]],
  ["10.0.0.0/8 dev eth0 track_group G", "refused", ["5:21: error: unknown word 'track_group' for a route [E304]"]],
  ["10.0.0.0/8 dev eth0 table foo", "refused", ["5:27: error: 'foo' is not a routing table [E304]"]],
  ["10.0.0.0/8 dev eth0 protocol 4", {}, ["5:30: warning: a watched route has protocol 18: '4' is ignored (no_track) [W403]"]],
  ["10.0.0.0/8 dev eth0 protocol 4 no_track", { protocol: 4, tracked: false }],
  ["10.0.0.0/8 dev eth0 scope foo", "refused", ["5:27: error: 'foo' is not a scope [E304]"]],
  ["2001:db8::/32 dev eth0 scope link", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 } }, ["5:30: warning: the scope of an IPv6 route is fixed: ignored [W602]"]],
  ["10.0.0.0/8 dev eth0 metric -1", "refused", ["5:28: error: '-1' is out of range: must be 0 to 4294967295 [E302]"]],
  ["10.0.0.0/8 dev eth0 metric 0x10", "refused", ["5:28: error: '0x10' is not a number [E301]"]],
  ["10.0.0.0/8 dev eth0 mtu lock 1400", { metrics: { mtuBytes: 1400 }, lockedMetrics: ["mtuBytes"] }],
  ["10.0.0.0/8 dev eth0 rtt 5ms", { metrics: { rttEighthMs: 40 } }],
  ["10.0.0.0/8 dev eth0 rtt 1.5s", { metrics: { rttEighthMs: 12000 } }],
  ["10.0.0.0/8 dev eth0 rtt 1e3", "refused", ["5:25: error: '1e3' is not a time: 1s, 20ms, or a whole number [E301]"]],
  ["10.0.0.0/8 dev eth0 hoplimit 300", "refused", ["5:30: error: '300' is out of range: must be 0 to 255 [E302]"]],
  ["10.0.0.0/8 dev eth0 features ecn", { metrics: { features: 1 } }],
  ["10.0.0.0/8 dev eth0 features foo", "refused", ["5:30: error: 'foo' is not one of ecn [E304]"]],
  ["10.0.0.0/8 dev eth0 quickack 2", "refused", ["5:30: error: '2' is out of range: must be 0 to 1 [E302]"]],
  ["10.0.0.0/8 dev eth0 pref low", "refused", ["5:26: error: pref is for IPv6 routes only [E402]"]],
  ["2001:db8::/32 dev eth0 pref 7", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, preference: 7 }],
  ["10.0.0.0/8 dev eth0 realms 3/4", { realms: { source: 3, destination: 4 } }],
  ["10.0.0.0/8 dev eth0 realms foo", "refused", ["5:28: error: 'foo' is not a realm [E304]"]],
  ["10.0.0.0/8 dev eth0 expires 5", "refused", ["5:29: error: expires is for IPv6 routes only [E402]"]],
  ["2001:db8::/32 dev eth0 expires 5", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, expiresSec: 5 }],
  ["10.0.0.0/8 dev eth0 encap ip id 5 dst 10.0.0.1", { hops: [{ onlink: false, interface: "eth0", encapsulation: { id: "5", destinationIp: "10.0.0.1", kind: "ip" } }] }],
  ["10.0.0.0/8 dev eth0 encap ip", "refused", ["5:27: error: encap ip needs id or dst [E401]"]],
  ["10.0.0.0/8 dev eth0 encap ip id 5 flags 3", { hops: [{ onlink: false, interface: "eth0", encapsulation: { id: "5", flags: 3, kind: "ip" } }] }],
  ["10.0.0.0/8 dev eth0 encap ip id 5 tos AF11 ttl 3", { hops: [{ onlink: false, interface: "eth0", encapsulation: { id: "5", tos: 40, hopLimit: 3, kind: "ip" } }] }],
  ["10.0.0.0/8 dev eth0 encap mpls 100/200", { hops: [{ onlink: false, interface: "eth0", encapsulation: { kind: "mpls", labels: [100, 200] } }] }],
  ["10.0.0.0/8 dev eth0 encap mpls x", "refused", ["5:32: error: 'x' is not LABEL[/LABEL…]: at most 30, 0 to 1048575 [E304]"]],
  ["10.0.0.0/8 dev eth0 encap ila 1:2:3:4", { hops: [{ onlink: false, interface: "eth0", encapsulation: { kind: "ila", locator: "1:2:3:4" } }] }],
  ["10.0.0.0/8 dev eth0 encap seg6 x", "refused", ["5:27: error: 'seg6' is not one of ip, ip6, mpls, ila [E304]"]],
  ["10.0.0.0/8 dev eth0 ttl-propagate enabled", { propagatesTtl: true }],
  ["10.0.0.0/8 dev eth0 ttl-propagate foo", "refused", ["5:35: error: 'foo' is not one of enabled, disabled [E304]"]],
  ["blackhole 10.0.0.0/8", { type: "blackhole", hops: [] }],
  ["blackhole 10.0.0.0/8 dev eth0", { type: "blackhole" }],
  ["10.0.0.0/8 blackhole", "refused", ["5:12: error: 'blackhole' needs a value [E208]"]],
  ["10.0.0.0/8 via 192.0.2.9 or 192.0.2.8 dev eth0", { hops: [{ via: "192.0.2.9", onlink: false, interface: "eth0" }, { via: "192.0.2.8", onlink: false, interface: "eth0" }] }, ["5:26: warning: 'or' is an old way to write a path (nexthop) [W501]"]],
  ["10.0.0.0/8 via 192.0.2.9 as 192.0.2.8 dev eth0", { hops: [{ via: "192.0.2.9", onlink: false, interface: "eth0" }] }, ["5:26: warning: 'as' has no meaning for routes: ignored [W403]"]],
  ["10.0.0.0/8 gw 192.0.2.9 dev eth0", { hops: [{ via: "192.0.2.9", onlink: false, interface: "eth0" }] }, ["5:12: warning: 'gw' is an old name (via) [W501]"]],
  ["10.0.0.0/8 nexthop via 192.0.2.9 dev eth0 weight 5 nexthop via 192.0.2.7 dev eth0 weight 257", "refused", ["5:90: error: '257' is out of range: must be 1 to 256 [E302]"]],
  ["10.0.0.0/8 nexthop via 192.0.2.9 dev eth0 table 5", "refused", ["5:43: error: unknown word 'table' for a route [E304]"]],
  ["10.0.0.0/8 nexthop weight 5", { hops: [{ weight: 5, onlink: false }] }, ["5:12: warning: a path needs via or dev: the kernel will refuse it [W602]"]],
  ["10.0.0.0/8 from 10.0.0.0/8 dev eth0", "refused", ["5:17: error: from is for IPv6 routes only [E402]"]],
  ["2001:db8::/32 from 2001:db8:1::/48 dev eth0", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, from: { ip: "2001:db8:1::", prefixLength: 48 } }],
  ["10.0.0.0/8 src 192.0.2.1 dev eth0", { sourceIp: "192.0.2.1" }],
  ["10.0.0.0/8 src 2001:db8::1 dev eth0", "refused", ["5:16: error: 2001:db8::1 is not an IPv4 address like the rest of the line [E404]"]],
  ["10.0.0.0/8 dev eth0 dev eth1", { hops: [{ onlink: false, interface: "eth1" }] }, ["5:21: warning: 'dev' again: the last one counts [W602]"]],
  ["10.0.0.0/8 dev eth0 tos 300", "refused", ["5:25: error: '300' is not a type of service [E304]"]],
  ["10.0.0.0/8 dev eth0 congctl lock cubic", { metrics: { congestionControl: "cubic" }, lockedMetrics: ["congestionControl"] }],
  ["10.0.0.0/8 dev eth0 congctl abcdefghijklmnopqrstuvwxyz", "refused", ["5:29: error: 'abcdefghijklmnopqrstuvwxyz' is longer than 15 bytes [E304]"]],
  ["10.0.0.0/8 dev eth0 vrf red", { vrf: "red" }],
  ["10.0.0.0/33 dev eth0", "refused", ["5:1: error: '10.0.0.0/33' has a wrong prefix length: 0 to 32 [E302]"]],
  ["to 10.0.0.0/8 dev eth0", {}],
  ["inet 10.0.0.0/8 dev eth0", {}],
  ["10.0.0.1/8 dev eth0", {}, ["5:1: warning: '10.0.0.1/8' has bits of a host: 10.0.0.0/8 is used [W602]"]],
  ["10/8 dev eth0", "refused", ["5:1: error: unknown word '10/8' for a route [E304]"]],
  ["foo 10.0.0.0/8 dev eth0", "refused", ["5:1: error: unknown word 'foo' for a route [E304]"]],
  ["10.0.0.0/8 dev", "refused", ["5:12: error: 'dev' needs a value [E208]"]],
  ["10.0.0.0/8", { hops: [] }, ["5:1: warning: a route needs via or dev: the kernel will refuse it [W602]"]],
  ["multicast 224.0.0.0/4 dev eth0", { destination: { ip: "224.0.0.0", prefixLength: 4 }, type: "multicast" }],
  ["default dev eth0 onlink", { destination: { ip: "0.0.0.0", prefixLength: 0 }, hops: [{ onlink: true, interface: "eth0" }] }],
  ["10.0.0.0/8 dev eth0 initcwnd 10 initrwnd 10 window 4 quickack 1 fastopen_no_cookie 1", { metrics: { initcwndSegments: 10, initrwndSegments: 10, windowBytes: 4, quickack: 1, fastOpenNoCookie: 1 } }],
  ["10.0.0.0/8 dev eth0 mtu", "refused", ["5:21: error: 'mtu' needs a value [E208]"]],
  ["blackhole to 2001:db8::/32", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, type: "blackhole", hops: [] }],
  ["default", { destination: { ip: "0.0.0.0", prefixLength: 0 }, hops: [] }, ["5:1: warning: a route needs via or dev: the kernel will refuse it [W602]"]],
  ["all via 192.0.2.9", { destination: { ip: "0.0.0.0", prefixLength: 0 }, hops: [{ via: "192.0.2.9", onlink: false }] }],
  ["any via 2001:db8::9", { family: 6, destination: { ip: "::", prefixLength: 0 }, hops: [{ via: "2001:db8::9", onlink: false }] }],
  ["inet default via 192.0.2.9", { destination: { ip: "0.0.0.0", prefixLength: 0 }, hops: [{ via: "192.0.2.9", onlink: false }] }],
  ["inet6 x default dev eth0", { family: 6, destination: { ip: "::", prefixLength: 0 } }, ["5:7: warning: 'x' behind 'inet6' is skipped [W602]"]],
  ["inet6 10.0.0.0/8 dev eth0", "refused", ["5:7: error: 10.0.0.0 is not an IPv6 address like the rest of the line [E404]"]],
  ["prohibit 10.0.0.0/8", { type: "prohibit", hops: [] }],
  ["10.0.0.0/8 via inet 192.0.2.9", { hops: [{ via: "192.0.2.9", onlink: false }] }],
  ["10.0.0.0/8 via inet6 192.0.2.9", "refused", ["5:22: error: 192.0.2.9 is not an address of inet6 [E404]"]],
  ["10.0.0.0/8 via x", "refused", ["5:16: error: 'x' is not an address [E305]"]],
  ["10.0.0.0/8 oif eth0", {}],
  ["10.0.0.0/8 dev a/b", "refused", ["5:16: error: 'a/b' cannot be the name of an interface [E304]"]],
  ["10.0.0.0/8 dev eth0 dsfield EF", { tos: 184 }],
  ["10.0.0.0/8 dev eth0 tos 0x10", { tos: 16 }],
  ["10.0.0.0/8 dev eth0 table 0x64", { table: 100 }],
  ["10.0.0.0/8 dev eth0 table lan", { table: 7 }],
  ["10.0.0.0/8 dev eth0 table mian", "refused", ["5:27: error: 'mian' is not a routing table (did you mean 'main'?) [E304]"]],
  ["10.0.0.0/8 dev eth0 protocol keepalived", {}],
  ["10.0.0.0/8 dev eth0 scope link", { scope: 253 }],
  ["10.0.0.0/8 dev eth0 metric 5", { metric: 5 }],
  ["10.0.0.0/8 dev eth0 priority 5", { metric: 5 }],
  ["10.0.0.0/8 dev eth0 preference 5", { metric: 5 }],
  ["10.0.0.0/8 dev eth0 src x", "refused", ["5:25: error: 'x' is not an address [E305]"]],
  ["10.0.0.0/8 dev eth0 advmss lock 1400 reordering 4 cwnd lock 5 ssthresh 6", { metrics: { advmssBytes: 1400, reorderingSegments: 4, cwndSegments: 5, ssthreshSegments: 6 }, lockedMetrics: ["advmssBytes", "cwndSegments"] }],
  ["10.0.0.0/8 dev eth0 rttvar lock 10ms rto_min 0.2s", { metrics: { rttvarQuarterMs: 40, rtoMinMs: 200 }, lockedMetrics: ["rttvarQuarterMs"] }],
  ["10.0.0.0/8 dev eth0 rtt 100", { metrics: { rttEighthMs: 100 } }],
  ["10.0.0.0/8 dev eth0 rtt 1.5", "refused", ["5:25: error: '1.5' is not a time: 1s, 20ms, or a whole number [E301]"]],
  ["10.0.0.0/8 dev eth0 rtt 9999999999s", "refused", ["5:25: error: '9999999999s' is out of range: must be at most 4294967295 [E302]"]],
  ["10.0.0.0/8 dev eth0 mtu lock", "refused", ["5:25: error: 'lock' needs a value [E208]"]],
  ["10.0.0.0/8 dev eth0 mtu lock x", "refused", ["5:30: error: 'x' is not a number [E301]"]],
  ["10.0.0.0/8 dev eth0 window x", "refused", ["5:28: error: 'x' is not a number [E301]"]],
  ["10.0.0.0/8 dev eth0 initcwnd -1", "refused", ["5:30: error: '-1' is out of range: must be 0 to 4294967295 [E302]"]],
  ["10.0.0.0/8 dev eth0 initrwnd 4294967296", "refused", ["5:30: error: '4294967296' is out of range: must be 0 to 4294967295 [E302]"]],
  ["10.0.0.0/8 dev eth0 fastopen_no_cookie 2", "refused", ["5:40: error: '2' is out of range: must be 0 to 1 [E302]"]],
  ["10.0.0.0/8 dev eth0 realms cosmos", { realms: { source: 0, destination: 0 } }],
  ["10.0.0.0/8 dev eth0 realms 1/2/3", "refused", ["5:28: error: '1/2/3' is not [SOURCE/]DESTINATION [E304]"]],
  ["2001:db8::/32 dev eth0 realms 3", "refused", ["5:31: error: realms is for IPv4 routes only [E402]"]],
  ["2001:db8::/32 dev eth0 pref high", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, preference: 1 }],
  ["2001:db8::/32 dev eth0 pref best", "refused", ["5:29: error: 'best' is not one of medium, high, low [E304]"]],
  ["2001:db8::/32 dev eth0 expires x", "refused", ["5:32: error: 'x' is not a number [E301]"]],
  ["10.0.0.0/8 dev eth0 ttl-propagate disabled", { propagatesTtl: false }],
  ["10.0.0.0/8 dev eth0 add", { creation: "add" }],
  ["10.0.0.0/8 dev eth0 add append", { creation: "append" }],
  ["10.0.0.0/8 dev eth0 no_track", { tracked: false }],
  ["10.0.0.0/8 dev eth0 encap", "refused", ["5:21: error: 'encap' needs a value [E208]"]],
  ["2001:db8::/32 dev eth0 encap ip6 id 0x10 src 2001:db8::1 dst 2001:db8::2 tc 8 hoplimit 64 flags 0x1", { family: 6, destination: { ip: "2001:db8::", prefixLength: 32 }, hops: [{ onlink: false, interface: "eth0", encapsulation: { id: "16", sourceIp: "2001:db8::1", destinationIp: "2001:db8::2", tos: 8, hopLimit: 64, flags: 1, kind: "ip6" } }] }],
  ["10.0.0.0/8 dev eth0 encap ip dst 2001:db8::2", "refused", ["5:34: error: 2001:db8::2 is not an IPv4 address [E404]"]],
  ["10.0.0.0/8 dev eth0 encap ip id 18446744073709551616", "refused", ["5:33: error: '18446744073709551616' is out of range: must be 0 to 18446744073709551615 [E302]"]],
  ["10.0.0.0/8 dev eth0 encap ip id x", "refused", ["5:33: error: 'x' is not a number [E301]"]],
  ["10.0.0.0/8 dev eth0 encap ip id 1 ttl 256", "refused", ["5:39: error: '256' is out of range: must be 0 to 255 [E302]"]],
  ["10.0.0.0/8 dev eth0 encap ip id 1 mtu 1400", { hops: [{ onlink: false, interface: "eth0", encapsulation: { id: "1", kind: "ip" } }], metrics: { mtuBytes: 1400 } }],
  ["10.0.0.0/8 dev eth0 encap mpls 1048576", "refused", ["5:32: error: '1048576' is not LABEL[/LABEL…]: at most 30, 0 to 1048575 [E304]"]],
  ["10.0.0.0/8 dev eth0 encap ila 1:2:3", "refused", ["5:31: error: '1:2:3' is not a locator: four groups as in 1:2:3:4 [E304]"]],
  ["10.0.0.0/8 nexthop via 192.0.2.8 dev eth0 weight 5 nexthop via inet 192.0.2.9 oif eth1 onlink", { hops: [{ via: "192.0.2.8", interface: "eth0", weight: 5, onlink: false }, { via: "192.0.2.9", interface: "eth1", onlink: true }] }],
  ["10.0.0.0/8 nexthop dev eth0 encap mpls 16 realms 7 nexthop dev eth1", { hops: [{ interface: "eth0", onlink: false, encapsulation: { kind: "mpls", labels: [16] }, realms: { source: 0, destination: 7 } }, { interface: "eth1", onlink: false }] }],
  ["2001:db8::/32 nexthop dev eth0 realms 7", "refused", ["5:39: error: realms is for IPv4 routes only [E402]"]],
  ["10.0.0.0/8 nexthop via fe80::1 dev eth0", "refused", ["5:24: error: fe80::1 is not an IPv4 address like the rest of the line [E404]"]],
  ["10.0.0.0/8 nexthop via 192.0.2.8 weight 0", "refused", ["5:41: error: '0' is out of range: must be 1 to 256 [E302]"]],
  ["10.0.0.0/8 or x", "refused", ["5:12: warning: 'or' is an old way to write a path (nexthop) [W501]", "5:15: error: 'x' is not an address [E305]"]],
  ["10.0.0.0/8 dev eth0 as to 192.0.2.7", {}, ["5:21: warning: 'as' has no meaning for routes: ignored [W403]"]],
  ["10.0.0.0/8 dev eth0 no_trakc", "refused", ["5:21: error: unknown word 'no_trakc' for a route (did you mean 'no_track'?) [E304]"]],
];

const TABLES = { "/etc/iproute2/rt_tables": "# comment\n7 lan\n255 local\n" };
const NOT_ACTED_UPON = "virtual_routes' is not acted upon in this version [W601]";

function read(line: string): { route: RouteConfig | undefined; findings: string[] } {
  const { config, diagnostics } = load(instanceText(`virtual_routes {\n${line}\n}`), {
    files: TABLES,
  });
  const findings = brief(diagnostics).filter((each) => !each.endsWith(NOT_ACTED_UPON));
  return { route: config?.vrrpInstances[0]?.routes[0], findings };
}

const plain = read(PLAIN).route;

for (const [line, change, findings = []] of ROWS) {
  Deno.test(`virtual_routes ${line}`, () => {
    const { route: found, findings: said } = read(line);
    const changed = plain && found ? differences(plain, found) : "refused";
    assertEquals({ change: changed, findings: said }, { change, findings });
  });
}

/** Whole values of the properties that differ. */
function differences(before: RouteConfig, after: RouteConfig): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(after));
  return Object.fromEntries(
    Object.keys(changes(before, after)).map((key) => [key, values.get(key)]),
  );
}

Deno.test("virtual_routes defaults", () => {
  assertEquals(plain as unknown, {
    family: 4,
    destination: { ip: "10.0.0.0", prefixLength: 8 },
    type: "unicast",
    table: 254,
    protocol: 18,
    scope: 0,
    tos: 0,
    hops: [{ interface: "eth0", onlink: false }],
    metrics: {},
    lockedMetrics: [],
    creation: "prepend",
    tracked: true,
  });
});
