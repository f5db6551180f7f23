/**
 * Lines of `virtual_rules`: what each word means, and what is wrong with it. Findings are those of
 * `keepalived -t` 2.2.7 in our words, but for what docs/differences.md lists.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RuleConfig } from "../../../machines/route_config.ts";
import { brief, changes, instanceText, load } from "./harness.ts";

/** Line; what differs from the plain one, or that the text is refused; findings. */
type Row = [line: string, change: Record<string, unknown> | "refused", findings?: string[]];

const PLAIN = "table 5 priority 3";

// deno-fmt-ignore
const ROWS: Row[] = [
  ["from 10.0.0.0/8 table 5", { priority: 16384, from: { ip: "10.0.0.0", prefixLength: 8 } }, ["5:1: warning: a rule without priority gets 16384 (priority N) [W303]"]],
  ["from 10.0.0.0/8 table 5 priority 100", { priority: 100, from: { ip: "10.0.0.0", prefixLength: 8 } }],
  ["from 10.0.0.0/8 to 2001:db8::/32 table 5 priority 100", "refused", ["5:20: error: 2001:db8:: is not an IPv4 address like the rest of the line [E404]"]],
  ["from 10.0.0.0/8 priority 100", "refused", ["5:1: error: a rule needs an action: table, goto, blackhole, … [E401]"]],
  ["table 5 priority 100", { priority: 100 }],
  ["not from 10.0.0.0/8 table 5 priority 100", { priority: 100, inverted: true, from: { ip: "10.0.0.0", prefixLength: 8 } }],
  ["from any to default lookup main priority 100", { priority: 100, action: { kind: "table", table: 254 } }],
  ["from 10.0.0.0/8 table 0 priority 100", "refused", ["5:1: error: table 0 cannot be used by a rule [E302]"]],
  ["from 10.0.0.0/8 table 5 blackhole priority 100", "refused", ["5:25: error: a second action for a rule [E402]"]],
  ["from 10.0.0.0/8 table 5 table 6 priority 100", "refused", ["5:31: error: a second action for a rule [E402]"]],
  ["from 10.0.0.0/8 type blackhole priority 100", { priority: 100, action: { kind: "blackhole" }, from: { ip: "10.0.0.0", prefixLength: 8 } }],
  ["from 10.0.0.0/8 goto 200 priority 100", { priority: 100, action: { kind: "goto", priority: 200 }, from: { ip: "10.0.0.0", prefixLength: 8 } }],
  ["from 10.0.0.0/8 goto 50 priority 100", "refused", ["5:1: error: goto 50 needs a priority below that [E402]"]],
  ["from 10.0.0.0/8 goto 50", "refused", ["5:1: error: goto 50 needs a priority below that [E402]"]],
  ["from 10.0.0.0/8 l3mdev table 5 priority 100", "refused", ["5:30: error: a second action for a rule [E402]"]],
  ["l3mdev priority 100", { priority: 100, action: { kind: "l3mdev" } }],
  ["fwmark 0x10/0xff table 5 priority 0x64", { priority: 100, firewallMark: { mark: 16, mask: 255 } }],
  ["fwmark x table 5 priority 100", "refused", ["5:8: error: 'x' is not a number [E301]"]],
  ["realms 3/4 table 5 priority 100", { priority: 100, realms: { source: 3, destination: 4 } }],
  ["realms 3/4 blackhole priority 100", "refused", ["5:8: error: realms, suppress_prefixlength and suppress_ifgroup need a table [E402]"]],
  ["from 2001:db8::/32 realms 3 table 5 priority 100", "refused", ["5:27: error: realms is for IPv4 rules only [E402]"]],
  ["suppress_prefixlength 0 table main priority 100", { priority: 100, action: { kind: "table", table: 254 }, suppressPrefixLength: 0 }],
  ["suppress_prefixlength 0 blackhole priority 100", "refused", ["5:23: error: realms, suppress_prefixlength and suppress_ifgroup need a table [E402]"]],
  ["suppress_ifgroup 0 table main priority 100", { priority: 100, action: { kind: "table", table: 254 }, suppressInterfaceGroup: 0 }],
  ["suppress_ifgroup default table main priority 100", { priority: 100, action: { kind: "table", table: 254 }, suppressInterfaceGroup: 0 }],
  ["iif eth0 table 5 priority 100", { priority: 100, inputInterface: "eth0" }],
  ["iif nosuch0 table 5 priority 100", { priority: 100, inputInterface: "nosuch0" }],
  ["dev eth0 oif eth0 table 5 priority 100", { priority: 100, inputInterface: "eth0", outputInterface: "eth0" }],
  ["tunnel-id 5 table 5 priority 100", { priority: 100, tunnelId: "5" }],
  ["uidrange 1-5 table 5 priority 100", { priority: 100, userIds: { first: 1, last: 5 } }],
  ["uidrange 5-1 table 5 priority 100", "refused", ["5:10: error: '5-1' ends before it begins [E302]"]],
  ["uidrange 5 table 5 priority 100", { priority: 100, userIds: { first: 5, last: 5 } }],
  ["protocol 4 table 5 priority 100", { priority: 100 }, ["5:10: warning: a watched rule has protocol 18: 4 is ignored (no_track) [W403]"]],
  ["protocol 4 table 5 priority 100 no_track", { priority: 100, protocol: 4, tracked: false }],
  ["protocol 300 table 5 priority 100", "refused", ["5:10: error: '300' is out of range: must be 0 to 255 [E302]"]],
  ["protocol bird table 5 priority 100", "refused", ["5:10: error: 'bird' is not a number [E301]"]],
  ["ipproto tcp sport 1-2 dport 80-80 table 5 priority 100", { priority: 100, ipProtocol: 6, sourcePorts: { first: 1, last: 2 }, destinationPorts: { first: 80, last: 80 } }],
  ["ipproto 300 table 5 priority 100", "refused", ["5:9: error: '300' is not an IP protocol [E304]"]],
  ["ipproto foo table 5 priority 100", "refused", ["5:9: error: 'foo' is not an IP protocol [E304]"]],
  ["sport 80 table 5 priority 100", { priority: 100, sourcePorts: { first: 80, last: 80 } }],
  ["dport 5-1 table 5 priority 100", "refused", ["5:7: error: '5-1' ends before it begins [E302]"]],
  ["dport 0-70000 table 5 priority 100", "refused", ["5:7: error: '0-70000' is out of range: must be 0 to 65535 [E302]"]],
  ["tos AF11 table 5 priority 100", { priority: 100, tos: 40 }],
  ["tos 300 table 5 priority 100", "refused", ["5:5: error: '300' is not a type of service [E304]"]],
  ["nop priority 100", { priority: 100, action: { kind: "nop" } }],
  ["prohibit priority 100", { priority: 100, action: { kind: "prohibit" } }],
  ["unreachable priority 100", { priority: 100, action: { kind: "unreachable" } }],
  ["foo table 5 priority 100", "refused", ["5:1: error: unknown word 'foo' for a rule [E304]"]],
  ["inet6 table 5 priority 100", { family: 6, priority: 100 }],
  ["inet6 x table 5 priority 100", { family: 6, priority: 100 }, ["5:7: warning: 'x' behind 'inet6' is skipped [W602]"]],
  ["inet x from 2001:db8::/32 table 5 priority 100", "refused", ["5:6: warning: 'x' behind 'inet' is skipped [W602]", "5:13: error: 2001:db8:: is not an IPv4 address like the rest of the line [E404]"]],
  ["table 5 priority 100 track_group G", "refused", ["5:22: error: unknown word 'track_group' for a rule [E304]"]],
  ["table 5 priority 4294967296", "refused", ["5:18: error: '4294967296' is out of range: must be 0 to 4294967295 [E302]"]],
  ["type foo priority 100", "refused", ["5:6: error: no action behind 'type' [E304]"]],
  ["type priority 100 table 5", "refused", ["5:6: error: no action behind 'type' [E304]"]],
  ["table foo priority 5", "refused", ["5:7: error: 'foo' is not a routing table [E304]"]],
  ["table 5 priority", "refused", ["5:9: error: 'priority' needs a value [E208]"]],
  ["from 10.0.0.1/8 table 5 priority 3", { from: { ip: "10.0.0.0", prefixLength: 8 } }, ["5:6: warning: '10.0.0.1/8' has bits of a host: 10.0.0.0/8 is used [W602]"]],
  ["from 10.0.0.0/8 from 10.1.0.0/16 table 5 priority 3", { from: { ip: "10.1.0.0", prefixLength: 16 } }, ["5:17: warning: 'from' again: the last one counts [W602]"]],
  ["to 2001:db8::/32 table 5 order 7", { family: 6, priority: 7, to: { ip: "2001:db8::", prefixLength: 32 } }],
  ["from x table 5 priority 3", "refused", ["5:6: error: 'x' is not an address [E305]"]],
  ["from", "refused", ["5:1: error: 'from' needs a value [E208]"]],
  ["sup_pl 8 sup_group 3 lookup 5 preference 3", { suppressPrefixLength: 8, suppressInterfaceGroup: 3 }],
  ["suppress_prefixlength -1 table 5 priority 3", "refused", ["5:23: error: '-1' is out of range: must be 0 to 2147483647 [E302]"]],
  ["suppress_ifgroup foo table 5 priority 3", "refused", ["5:18: error: 'foo' is not a group of interfaces [E304]"]],
  ["dsfield 0x10 table 5 priority 3", { tos: 16 }],
  ["fwmark 5/x table 5 priority 3", "refused", ["5:8: error: 'x' is not a number [E301]"]],
  ["fwmark 5/6/7 table 5 priority 3", "refused", ["5:8: error: '5/6/7' is not MARK[/MASK] [E304]"]],
  ["fwmark 07 table 5 priority 3", { firewallMark: { mark: 7, mask: 4294967295 } }],
  ["realms x table 5 priority 3", "refused", ["5:8: error: 'x' is not a realm [E304]"]],
  ["iif a/b table 5 priority 3", "refused", ["5:5: error: 'a/b' cannot be the name of an interface [E304]"]],
  ["oif a/b table 5 priority 3", "refused", ["5:5: error: 'a/b' cannot be the name of an interface [E304]"]],
  ["tunnel-id x table 5 priority 3", "refused", ["5:11: error: 'x' is not a number [E301]"]],
  ["uidrange 1- table 5 priority 3", "refused", ["5:10: error: '1-' is not a range: FIRST-LAST [E301]"]],
  ["uidrange 0-4294967296 table 5 priority 3", "refused", ["5:10: error: '0-4294967296' is out of range: must be 0 to 4294967295 [E302]"]],
  ["ipproto 6 table 5 priority 3", { ipProtocol: 6 }],
  ["ipproto sctp table 5 priority 3", { ipProtocol: 132 }],
  ["sport x table 5 priority 3", "refused", ["5:7: error: 'x' is not a range: FIRST-LAST [E301]"]],
  ["sport 443 dport 1000-2000 table 5 priority 3", { sourcePorts: { first: 443, last: 443 }, destinationPorts: { first: 1000, last: 2000 } }],
  ["type prohibit priority 3", { action: { kind: "prohibit" } }],
  ["goto x priority 3", "refused", ["5:6: error: 'x' is not a number [E301]"]],
  ["goto 5 priority 5", "refused", ["5:1: error: goto 5 needs a priority below that [E402]"]],
  ["no_track table 5 priority 3", { tracked: false }],
  ["table 5 pirority 3", "refused", ["5:9: error: unknown word 'pirority' for a rule (did you mean 'priority'?) [E304]"]],
];

const TABLES = { "/etc/iproute2/rt_tables": "# comment\n7 lan\n255 local\n" };
const NOT_ACTED_UPON = "virtual_rules' is not acted upon in this version [W601]";

function read(line: string): { rule: RuleConfig | undefined; findings: string[] } {
  const { config, diagnostics } = load(instanceText(`virtual_rules {\n${line}\n}`), {
    files: TABLES,
  });
  const findings = brief(diagnostics).filter((each) => !each.endsWith(NOT_ACTED_UPON));
  return { rule: config?.vrrpInstances[0]?.rules[0], findings };
}

const plain = read(PLAIN).rule;

for (const [line, change, findings = []] of ROWS) {
  Deno.test(`virtual_rules ${line}`, () => {
    const { rule: found, findings: said } = read(line);
    const changed = plain && found ? differences(plain, found) : "refused";
    assertEquals({ change: changed, findings: said }, { change, findings });
  });
}

/** Whole values of the properties that differ. */
function differences(before: RuleConfig, after: RuleConfig): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(after));
  return Object.fromEntries(
    Object.keys(changes(before, after)).map((key) => [key, values.get(key)]),
  );
}

Deno.test("virtual_rules defaults", () => {
  assertEquals(plain as unknown, {
    family: 4,
    priority: 3,
    action: { kind: "table", table: 5 },
    inverted: false,
    protocol: 18,
    tracked: true,
  });
});

Deno.test("rules without a priority get one, downwards, for each family", () => {
  const lines = ["table 5", "inet6 table 5", "table 6", "table 9 priority 1", "inet6 table 7"];
  const text = `static_rules {\nfrom 10.0.0.0/8 table 1\n}\n` +
    instanceText(`virtual_rules {\n${lines.join("\n")}\n}`);
  const { config } = load(text);
  assertEquals(config?.staticRules.map(({ priority }) => priority), [16_384]);
  assertEquals(
    config?.vrrpInstances[0]?.rules.map(({ priority }) => priority),
    [16_383, 16_384, 16_382, 1, 16_383],
  );
});
