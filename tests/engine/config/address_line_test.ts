import { assertEquals } from "@std/assert";
import type { VirtualAddress } from "../../../machines/config.ts";
import { brief, instanceText, load } from "./harness.ts";

/** Line; the address beyond the plain one of its family, or that the text is refused; findings. */
type Row = [line: string, expected: Record<string, unknown> | "refused", findings?: string[]];

const V4 = { ip: "192.0.2.1", prefixLength: 32, scope: 0, flags: 0, tracked: true };
const V6 = { ip: "fe80::1", prefixLength: 128, scope: 0, flags: 2, tracked: true };

// deno-fmt-ignore
const ROWS: Row[] = [
  ["192.0.2.1", V4],
  ["192.0.2.1/24", { ...V4, prefixLength: 24 }],
  ["192.0.2.1/0", { ...V4, prefixLength: 0 }],
  ["192.0.2.1/33", "refused", ["5:1: error: '192.0.2.1/33' has a wrong prefix length: 0 to 32 [E302]"]],
  ["192.0.2.1/", "refused", ["5:1: error: '192.0.2.1/' has a wrong prefix length: 0 to 32 [E302]"]],
  ["192.0.2", "refused", ["5:1: error: '192.0.2' is not an address [E305]"]],
  ["010.0.0.1", "refused", ["5:1: error: '010.0.0.1' is not an address [E305]"]],
  ["192.0.2.1-5", "refused", ["5:1: error: '192.0.2.1-5' is not an address [E305]"]],
  ["0.0.0.0", "refused", ["5:1: error: '0.0.0.0' cannot be the address of a host [E409]"]],
  ["224.0.0.18", "refused", ["5:1: error: '224.0.0.18' cannot be the address of a host [E409]"]],
  ["255.255.255.255", "refused", ["5:1: error: '255.255.255.255' cannot be the address of a host [E409]"]],
  ["fe80::1", { ...V6, preferredLifetimeSec: 0 }],
  ["FE80:0::1/64", { ...V6, prefixLength: 64 }],
  ["fe80::1/129", "refused", ["5:1: error: 'fe80::1/129' has a wrong prefix length: 0 to 128 [E302]"]],
  ["ff02::1", "refused", ["5:1: error: 'ff02::1' cannot be the address of a host [E409]"]],
  ["192.0.2.1 dev eth1", { ...V4, interface: "eth1" }],
  ["192.0.2.1 dev", "refused", ["5:11: error: 'dev' needs a value [E208]"]],
  ["192.0.2.1 dev a dev b", "refused", ["5:21: error: dev is given twice [E402]"]],
  ["192.0.2.1 dev a/b", "refused", ["5:15: error: 'a/b' cannot be the name of an interface [E304]"]],
  ["192.0.2.1 scope global", V4],
  ["192.0.2.1 scope site", { ...V4, scope: 200 }],
  ["192.0.2.1 scope link", { ...V4, scope: 253 }],
  ["192.0.2.1 scope host", { ...V4, scope: 254 }],
  ["192.0.2.1 scope nowhere", { ...V4, scope: 255 }],
  ["192.0.2.1 scope 100", { ...V4, scope: 100 }],
  ["192.0.2.1 scope 0x10", { ...V4, scope: 16 }],
  ["192.0.2.1 scope 256", "refused", ["5:17: error: '256' is not a scope [E304]"]],
  ["192.0.2.1 scope foo", "refused", ["5:17: error: 'foo' is not a scope [E304]"]],
  ["fe80::1/64 scope link", { ...V6, prefixLength: 64 }, ["5:18: warning: the scope of an IPv6 address is fixed: ignored [W403]"]],
  ["192.0.2.1/24 brd 192.0.2.255", { ...V4, prefixLength: 24, broadcast: "192.0.2.255" }],
  ["192.0.2.1/24 broadcast 192.0.2.7", { ...V4, prefixLength: 24, broadcast: "192.0.2.7" }],
  ["192.0.2.1/24 brd +", { ...V4, prefixLength: 24, broadcast: "192.0.2.255" }],
  ["192.0.2.1/28 brd +", { ...V4, prefixLength: 28, broadcast: "192.0.2.15" }],
  ["192.0.2.77/26 brd -", { ...V4, ip: "192.0.2.77", prefixLength: 26, broadcast: "192.0.2.64" }],
  ["192.0.2.1/31 brd +", { ...V4, prefixLength: 31 }, ["5:18: warning: /31 has no broadcast address: ignored [W403]"]],
  ["192.0.2.1/24 brd x", "refused", ["5:18: error: 'x' is no IPv4 address [E305]"]],
  ["fe80::1 brd +", "refused", ["5:13: error: an IPv6 address has no broadcast address [E402]"]],
  ["192.0.2.1 label eth0:1", { ...V4, label: "eth0:1" }],
  ["192.0.2.1 label 0123456789012345", "refused", ["5:17: error: label '0123456789012345' is longer than 15 bytes [E304]"]],
  ["192.0.2.1 label", "refused", ["5:11: error: 'label' needs a value [E208]"]],
  ["fe80::1/64 label x", { ...V6, prefixLength: 64 }, ["5:18: warning: an IPv6 address has no label: ignored [W403]"]],
  ["192.0.2.1 peer 192.0.2.2", { ...V4, peer: { ip: "192.0.2.2", prefixLength: 32 } }],
  ["192.0.2.1 peer 192.0.2.2/30", { ...V4, prefixLength: 30, peer: { ip: "192.0.2.2", prefixLength: 30 } }],
  ["192.0.2.1/24 peer 192.0.2.2", { ...V4, peer: { ip: "192.0.2.2", prefixLength: 32 } }, ["5:1: warning: with a peer the prefix length of the address is ignored [W403]"]],
  ["192.0.2.1 brd 192.0.2.9 peer 192.0.2.2", { ...V4, peer: { ip: "192.0.2.2", prefixLength: 32 } }, ["5:15: warning: an address with a peer has no broadcast address: ignored [W403]"]],
  ["192.0.2.1 peer fe80::2", "refused", ["5:16: error: peer 'fe80::2' is of another family than its address [E404]"]],
  ["192.0.2.1 peer x", "refused", ["5:16: error: 'x' is not an address [E305]"]],
  ["fe80::1/64 -nodad", { ...V6, prefixLength: 64, flags: 0 }],
  ["fe80::1/64 home", { ...V6, prefixLength: 64, flags: 0x12 }],
  ["fe80::1/64 mngtmpaddr", { ...V6, prefixLength: 64, flags: 0x102 }],
  ["fe80::1/64 noprefixroute", { ...V6, prefixLength: 64, flags: 0x202 }],
  ["fe80::1/64 autojoin", { ...V6, prefixLength: 64, flags: 0x402 }],
  ["192.0.2.1 noprefixroute autojoin", { ...V4, flags: 0x600 }],
  ["192.0.2.1 home", V4, ["5:11: warning: 'home' means nothing for IPv4 [W602]"]],
  ["fe80::1/64 preferred_lft 60", { ...V6, prefixLength: 64, preferredLifetimeSec: 60 }],
  ["fe80::1 preferred_lft forever", V6],
  ["fe80::1 preferred_lft x", "refused", ["5:23: error: 'x' is not a number [E301]"]],
  ["192.0.2.1 preferred_lft 60", V4, ["5:25: warning: preferred_lft means nothing for IPv4 [W602]"]],
  ["192.0.2.1 no_track", { ...V4, tracked: false }],
  ["192.0.2.1 use_vmac", { ...V4, virtualMac: true }],
  ["192.0.2.1 no_tracks", "refused", ["5:11: error: unknown word 'no_tracks' for an address (did you mean 'no_track'?) [E304]"]],
  ["192.0.2.1 track_group G", "refused", ["5:11: error: unknown word 'track_group' for an address [E304]"]],
  ["192.0.2.1/24 no_track label x scope link dev a", { ...V4, prefixLength: 24, interface: "a", label: "x", scope: 253, tracked: false }],
];

/** Addresses of the first instance, as plain data. */
function addressesOf(text: string): { addresses: unknown; findings: string[] } {
  const { config, diagnostics } = load(text);
  const [instance] = config?.vrrpInstances ?? [];
  return { addresses: instance?.virtualAddresses ?? "refused", findings: brief(diagnostics) };
}

for (const [line, expected, findings = []] of ROWS) {
  Deno.test(`virtual_ipaddress ${line}`, () => {
    const addresses = expected === "refused" ? expected : [expected];
    assertEquals(addressesOf(instanceText("", line)), { addresses, findings });
  });
}

/** Extra lines of the instance and its addresses; what is advertised, excluded, and said. */
type ListRow = [
  name: string,
  lines: string,
  addresses: string,
  advertised: string[],
  excluded: string[],
  findings?: string[],
];
const excludedBlock = (lines: string) => `virtual_ipaddress_excluded {\n${lines}\n}`;
const many = (count: number) =>
  Array.from(
    { length: count },
    (_, i) => `10.0.${i >> 8}.${i & 255}`.replace("10.0.0.0", "10.9.9.9"),
  );

// deno-fmt-ignore
const LISTS: ListRow[] = [
  ["in the order of the text", "", "192.0.2.9\n192.0.2.1", ["192.0.2.9", "192.0.2.1"], []],
  ["two blocks add up", "virtual_ipaddress {\n192.0.2.9\n}", "192.0.2.1", ["192.0.2.9", "192.0.2.1"], []],
  ["excluded ones", excludedBlock("192.0.2.9\nfe80::1"), "192.0.2.1", ["192.0.2.1"], ["192.0.2.9", "fe80::1"]],
  ["listed twice", "", "192.0.2.1\n192.0.2.1/24", ["192.0.2.1"], [], ["6:1: warning: 192.0.2.1 is listed twice: ignored [W406]"]],
  ["listed twice with the interface named", "", "192.0.2.1\n192.0.2.1 dev eth0", ["192.0.2.1"], [], ["6:1: warning: 192.0.2.1 is listed twice: ignored [W406]"]],
  ["on two interfaces", "", "192.0.2.1\n192.0.2.1 dev eth1", ["192.0.2.1", "192.0.2.1"], []],
  ["advertised and excluded", excludedBlock("192.0.2.1"), "192.0.2.1", ["192.0.2.1"], [], ["5:1: warning: 192.0.2.1 is listed twice: ignored [W406]"]],
  ["the first says the family", "", "fe80::1\n192.0.2.1", [], [], ["6:1: error: 192.0.2.1 is not an IPv6 address like the others of V1 (virtual_ipaddress_excluded takes both) [E404]"]],
  ["IPv6, the first not link-local", "", "2001:db8::1/64", ["2001:db8::1"], [], ["5:1: warning: the first IPv6 address should be a link-local one (RFC 9568 §5.2.9) [W602]"]],
  ["IPv6, the same in strict mode", "strict_mode", "2001:db8::1/64", ["2001:db8::1"], [], ["6:1: warning: the first IPv6 address should be a link-local one (RFC 9568 §5.2.9) [W408]"]],
  ["none", "", "", [], [], ["1:15: error: vrrp_instance V1 needs a virtual_ipaddress (RFC 9568 §5.2.5) [E401]"]],
  ["only excluded ones", excludedBlock("192.0.2.1"), "", [], [], ["1:15: error: vrrp_instance V1 needs a virtual_ipaddress (RFC 9568 §5.2.5) [E401]"]],
  ["255", "", many(255).join("\n"), many(255), []],
  ["257", excludedBlock("192.0.2.1"), many(257).join("\n"), many(255), [...many(257).slice(255), "192.0.2.1"], [
    "263:1: warning: 2 addresses from here on are not advertised: an advertisement holds 255 [W407]"]],
];
const ips = (list: readonly VirtualAddress[] = []) => list.map(({ ip }) => String(ip));
for (const [name, lines, addresses, advertised, excluded, findings = []] of LISTS) {
  Deno.test(`virtual_ipaddress list: ${name}`, () => {
    const { config, diagnostics } = load(instanceText(lines, addresses));
    const [instance] = config?.vrrpInstances ?? [];
    const found = brief(diagnostics);
    assertEquals(found, findings);
    assertEquals(ips(instance?.virtualAddresses), advertised);
    assertEquals(ips(instance?.excludedAddresses), excluded);
  });
}
