import { assertEquals } from "@std/assert";
import { brief, complaintsOf, instanceText, load } from "./harness.ts";

/** Lines and addresses of the instance; its family and version, or nothing; findings. */
type FamilyRow = [
  name: string,
  lines: string,
  addresses: string,
  expected: [family: 4 | 6, version: 2 | 3] | [],
  findings?: string[],
];

// deno-fmt-ignore
const FAMILIES: FamilyRow[] = [
  ["IPv4 is version 2", "", "192.0.2.1", [4, 2]],
  ["IPv4 of version 3", "version 3", "192.0.2.1", [4, 3]],
  ["IPv6 is version 3", "", "fe80::1", [6, 3]],
  ["IPv6 of version 2 does not exist", "version 2", "fe80::1", [6, 3], ["4:9: warning: VRRP version 2 has no IPv6: version 3 is used [W403]"]],
  ["native_ipv6 agrees", "native_ipv6", "fe80::1", [6, 3]],
  ["a source of the other family", "mcast_src_ip 192.0.2.9", "fe80::1", [], ["4:14: error: source 192.0.2.9 is not an IPv6 address [E404]"]],
  ["peers of the other family", "unicast_peer {\n192.0.2.9\n}", "fe80::1", [], ["5:1: error: peer 192.0.2.9 is not an IPv6 address [E404]"]],
  ["a group of the other family", "mcast_dst_ip 224.0.0.18", "fe80::1", [], ["4:14: error: mcast_dst_ip is not an IPv6 address [E404]"]],
  ["a group of IPv6 that routers forward", "mcast_dst_ip ff05::12", "fe80::1", [6, 3], ["4:14: warning: 'ff05::12' is not link-local: routers may forward it (RFC 9568 §5.1.2.2) [W408]"]],
  ["unicast IPv6 needs no link-local address", "unicast_peer {\nfe80::9\n}", "2001:db8::1/64", [6, 3]],
];
for (const [name, lines, addresses, expected, findings = []] of FAMILIES) {
  Deno.test(`family and version: ${name}`, () => {
    const { config, diagnostics } = load(instanceText(lines, addresses));
    const [instance] = config?.vrrpInstances ?? [];
    assertEquals(brief(diagnostics), findings);
    assertEquals(instance ? [instance.family, instance.version] : [], expected);
  });
}

Deno.test("family and version: vrrp_version is for IPv4", () => {
  const text = `global_defs {\nvrrp_version 2\n}\n${instanceText("", "fe80::1")}`;
  assertEquals(load(text).config?.vrrpInstances[0]?.version, 3);
});

const VIP = "virtual_ipaddress {\n192.0.2.1\n}\n";

// deno-fmt-ignore
const REQUIRED: [name: string, text: string, findings: string[]][] = [
  ["everything is missing", "vrrp_instance V1 {\n}", [
    "1:15: error: vrrp_instance V1 needs a virtual_router_id [E401]",
    "1:15: error: vrrp_instance V1 needs an interface (or unicast_src_ip with unicast_peer) [E401]",
    "1:15: error: vrrp_instance V1 needs a virtual_ipaddress (RFC 9568 §5.2.5) [E401]"]],
  ["no VRID", `vrrp_instance V1 {\ninterface a\n${VIP}}`, ["1:15: error: vrrp_instance V1 needs a virtual_router_id [E401]"]],
  ["a wrong VRID is not missing", `vrrp_instance V1 {\ninterface a\nvirtual_router_id 0\n${VIP}}`, ["3:19: error: '0' is out of range: must be 1 to 255 [E302]"]],
  ["no addresses, and said so", "vrrp_instance V1 {\ninterface a\nvirtual_router_id 1\nno_virtual_ipaddress\n}", []],
  ["no addresses in strict mode, though said so", "vrrp_instance V1 {\ninterface a\nvirtual_router_id 1\nversion 3\nstrict_mode on\nno_virtual_ipaddress\n}", [
    "1:15: error: vrrp_instance V1 needs a virtual_ipaddress (RFC 9568 §5.2.5) [E401]"]],
  ["no interface", `vrrp_instance V1 {\nvirtual_router_id 1\n${VIP}}`, [
    "1:15: error: vrrp_instance V1 needs an interface (or unicast_src_ip with unicast_peer) [E401]",
    "4:1: error: 192.0.2.1 needs dev: the instance has no interface [E401]"]],
  ["no interface, a source without peers", `vrrp_instance V1 {\nvirtual_router_id 1\nunicast_src_ip 192.0.2.9\n${VIP.replace("2.1", "2.1 dev a")}}`, [
    "1:15: error: vrrp_instance V1 needs an interface (or unicast_src_ip with unicast_peer) [E401]",
    "3:16: warning: unicast without peers is deprecated: multicast is used [W501]"]],
  ["no interface, unicast", `vrrp_instance V1 {\nvirtual_router_id 1\nunicast_src_ip 192.0.2.9\nunicast_peer {\n192.0.2.8\n}\n${VIP.replace("2.1", "2.1 dev a")}}`, []],
  ["no interface, link-local source", `vrrp_instance V1 {\nvirtual_router_id 1\nunicast_src_ip fe80::9\nunicast_peer {\nfe80::8\n}\nvirtual_ipaddress {\nfe80::1 dev a\n}\n}`, [
    "3:16: error: a link-local source address needs an interface [E402]"]],
  ["no interface, default_interface for the addresses", `global_defs {\ndefault_interface b\n}\nvrrp_instance V1 {\nvirtual_router_id 1\nunicast_src_ip 192.0.2.9\nunicast_peer {\n192.0.2.8\n}\n${VIP}}`, []],
];
for (const [name, text, findings] of REQUIRED) {
  Deno.test(`required: ${name}`, () => assertEquals(complaintsOf(text), findings));
}

Deno.test("default_interface is for addresses of instances without an interface", () => {
  const global = "global_defs {\ndefault_interface b\n}\n";
  const unicast = "unicast_src_ip 192.0.2.9\nunicast_peer {\n192.0.2.8\n}\n";
  const without = `vrrp_instance V1 {\nvirtual_router_id 1\n${unicast}${VIP}}\n`;
  const { config } = load(`${global}${without}${instanceText("", "192.0.2.2", "V2")}`);
  const interfaces = config?.vrrpInstances.map(({ virtualAddresses: [first] }) => first?.interface);
  assertEquals(interfaces, ["b", undefined]);
});

/** Lines of two instances with VRID 51 on eth0, the second from line 8 on; findings. */
type TwinRow = [name: string, first: string, second: string, findings: string[]];
const TWIN = (line: number, column = 19) =>
  `${line}:${column}: error: virtual_router_id 51 is that of vrrp_instance V1 (a.conf:1) on the same ` +
  "network (another one for vrrp_instance V2) [E405]";
const peers = (peer: string, source: string) =>
  `unicast_src_ip ${source}\nunicast_peer {\n${peer}\n}`;

// deno-fmt-ignore
const TWINS: TwinRow[] = [
  ["the same VRID, interface and family", "", "", [TWIN(10)]],
  ["whatever the version", "version 3", "version 2", [TWIN(11)]],
  ["another interface", "", "interface eth1", []],
  ["another VRID", "", "virtual_router_id 52", []],
  ["another group", "", "mcast_dst_ip 224.0.0.99", []],
  ["multicast and unicast", "", peers("192.0.2.8", "192.0.2.9"), []],
  ["unicast from one source", peers("192.0.2.7", "192.0.2.9"), peers("192.0.2.8", "192.0.2.9"), [TWIN(14)]],
  ["unicast from two sources", peers("192.0.2.8", "192.0.2.9"), peers("192.0.2.8", "192.0.2.10"), []],
];
for (const [name, first, second, findings] of TWINS) {
  Deno.test(`VRID of two instances: ${name}`, () => {
    const text = instanceText(first) + instanceText(second, "192.0.2.2", "V2");
    assertEquals(complaintsOf(text), findings);
  });
}

Deno.test("VRID of two instances: the families are two networks", () => {
  assertEquals(complaintsOf(instanceText("") + instanceText("", "fe80::1", "V2")), []);
});

Deno.test("VRID of two instances: wrong ones are not compared", () => {
  const wrong = "virtual_router_id 0";
  assertEquals(
    complaintsOf(instanceText(wrong) + instanceText(wrong, "192.0.2.2", "V2")).length,
    2,
  );
});
