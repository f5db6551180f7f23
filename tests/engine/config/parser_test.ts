import { assertEquals } from "@std/assert";
import { complaintsOf, load } from "./harness.ts";

const BODY = "interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1\n}\n";
const GOOD = `vrrp_instance V1 {\n${BODY}}\n`;
const OTHER = GOOD.replace("V1", "V2").replace("51", "52");

type Row = [name: string, text: string, expected: string[]];

// One mistake, one message. The rest of the text is always read: a second mistake would show.
// deno-fmt-ignore
const RECOVERY: Row[] = [
  ["nothing wrong", GOOD + OTHER, []],
  ["a brace on the next line", `vrrp_instance V1\n{\n${BODY.replace("ess {", "ess\n{")}}\n`, []],
  ["a block on one line", "vrrp_instance V1 { interface eth0\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 } }", []],
  ["an unknown keyword", `vrrp_instance V1 {\nfrob 5\n${BODY}}\n`, ["2:1: error: unknown keyword 'frob' [E201]"]],
  ["… with a typing error", `vrrp_instance V1 {\npriorty 5\n${BODY}}\n`, ["2:1: error: unknown keyword 'priorty' (did you mean 'priority'?) [E201]"]],
  ["… of another block", `priority 5\nvrrp_version 2\n${GOOD}`, [
    "1:1: error: unknown keyword 'priority' (it belongs in vrrp_instance) [E201]",
    "2:1: error: unknown keyword 'vrrp_version' (it belongs in global_defs) [E201]"]],
  ["… of the top level", `global_defs {\nuse_pid_dir\n}\n${GOOD}`, ["2:1: error: unknown keyword 'use_pid_dir' (it belongs outside all blocks) [E201]"]],
  ["words that every object has", "constructor x\n__proto__ {\n}\n", ["1:1: error: unknown keyword 'constructor' [E201]", "2:1: error: unknown keyword '__proto__' [E201]"]],
  ["an unknown block", `vrrp_instace V1 {\n${BODY}}\n${OTHER}`, ["1:1: error: unknown keyword 'vrrp_instace' (did you mean 'vrrp_instance'?) [E201]"]],
  ["an unknown block in a block", `vrrp_instance V1 {\nfrob {\na {\nb\n}\nc\n}\n${BODY}}\n${OTHER}`, ["2:1: error: unknown keyword 'frob' [E201]"]],
  ["a block behind a keyword without one", `vrrp_instance V1 {\npriority 5 {\na\n}\n${BODY}}\n${OTHER}`, ["2:12: error: unexpected { [E202]"]],
  ["a block behind an address", `vrrp_instance V1 {\n${BODY.replace("2.1", "2.1 {\na\n}")}}\n${OTHER}`, ["5:11: error: unexpected { [E202]"]],
  ["a brace from nowhere", `{\nfrob\n}\n${GOOD}`, ["1:1: error: unexpected { [E202]"]],
  ["a doubled {", `vrrp_instance V1 { {\n${BODY}}\n${OTHER}`, ["1:20: error: unexpected { [E202]"]],
  ["a block without {", `vrrp_instance V1\n${BODY}}\n${OTHER}`, ["1:1: error: 'vrrp_instance V1' without { [E203]"]],
  ["a list without {", `vrrp_instance V1 {\n${BODY.replace("ess {", "ess")}}\n${OTHER}`, ["4:1: error: 'virtual_ipaddress' without { [E203]"]],
  ["a block without { and }", `vrrp_instance V1 {\nunicast_peer\n${BODY}}\n${OTHER}`, ["2:1: error: 'unicast_peer' without { [E203]"]],
  ["an instance without }", `vrrp_instance V1 {\n${BODY}${OTHER}`, ["7:1: error: 'vrrp_instance' inside 'vrrp_instance V1' of line 1: } is missing [E204]"]],
  ["a list without }", `vrrp_instance V1 {\n${BODY.replace("\n}", "")}priority 5\n}\n${OTHER}`, ["6:1: error: 'priority' inside 'virtual_ipaddress' of line 4: } is missing [E204]"]],
  ["a list and its instance without }", `vrrp_instance V1 {\n${BODY.replace("\n}", "")}${OTHER}`,
    ["6:1: error: 'vrrp_instance' inside 'virtual_ipaddress' of line 4 inside 'vrrp_instance V1' of line 1: } is missing [E204]"]],
  ["authentication without }", `vrrp_instance V1 {\nauthentication {\nauth_type PASS\nauth_pass x\n${BODY}}\n${OTHER}`,
    ["5:1: error: 'interface' inside 'authentication' of line 2: } is missing [E204]"]],
  ["a skipped block without }", `virtual_server x {\nreal_server 192.0.2.2 80 {\n}\n${GOOD}frob`, [
    "1:16: error: 'x' is not an address [E305]",
    "4:1: error: 'vrrp_instance' inside 'virtual_server x' of line 1: } is missing [E204]",
    "11:1: error: unknown keyword 'frob' [E201]"]],
  ["a skipped block in a block without }", `vrrp_instance V1 {\n${BODY.replace("virtual_ip", "track_interface {\neth1\nvirtual_ip")}}\n${OTHER}`, [
    "6:1: error: 'virtual_ipaddress' inside 'track_interface' of line 4: } is missing [E204]"]],
  ["a word of a skipped block that looks like one", `virtual_server x {\ntrack_file {\nvrrp_instance\n}\n}\n${GOOD}`, [
    "1:16: error: 'x' is not an address [E305]"]],
  ["the end inside a block", `vrrp_instance V1 {\n${BODY}`, ["1:1: error: 'vrrp_instance V1' is not closed: } is missing [E204]"]],
  ["the end inside two", `vrrp_instance V1 {\n${BODY.replace("\n}", "")}`, ["4:1: error: 'virtual_ipaddress' is not closed: } is missing, and so for 1 around it [E204]"]],
  ["the end inside a skipped block", `${GOOD}virtual_server x {\na`, [
    "8:1: error: 'virtual_server x' is not closed: } is missing [E204]",
    "8:16: error: 'x' is not an address [E305]"]],
  ["a } too many", `${GOOD}}\n${OTHER}`, ["8:1: error: } without a block to close [E205]"]],
  ["a } too early", `vrrp_instance V1 {\npriority 5 }\n${BODY}}\n${OTHER}`, ["2:12: error: } closes 'vrrp_instance V1', but 'interface' of line 3 belongs to it [E205]"]],
  ["a } too early in a list", `vrrp_instance V1 {\n${BODY.replace("2.1", "2.1\n}\n192.0.2.2")}}\n${OTHER}`, ["6:1: error: } closes 'virtual_ipaddress', but '192.0.2.2' of line 7 belongs to it [E205]"]],
  ["an open quote", `vrrp_instance V1 {\npriority "5\nstate "\n${BODY}}\n${OTHER}`, [
    "2:10: error: quote without its end [E103]",
    "3:7: error: quote without its end [E103]"]],
  ["an open quote first", `"vrrp_instance V1 {\n${GOOD}`, ["1:1: error: quote without its end [E103]"]],
  ["an open quote in a list", `vrrp_instance V1 {\n${BODY.replace("2.1", '2.1 dev "a')}}\n`, ["5:15: error: quote without its end [E103]"]],
  ["an open quote in a script", `vrrp_instance V1 {\nnotify_master "/bin/x\n${BODY}}\n`, ["2:15: error: quote without its end [E103]"]],
  ["quotes of scripts", `vrrp_instance V1 {\nnotify_master '/bin/x "y"' root\n${BODY}}\n`, []],
  ["an open quote in quotes of a script", `vrrp_instance V1 {\nnotify_master '/bin/x "y' root\n${BODY}}\n`, ["2:15: error: quote without its end in a command [E103]"]],
  ["a value is missing", `vrrp_instance V1 {\npriority\n${BODY}}\n`, ["2:1: error: 'priority' needs a value [E208]"]],
  ["a block's name is missing", `vrrp_instance {\n${BODY}}\n${OTHER}`, ["1:1: error: 'vrrp_instance' needs a value [E208]"]],
  ["two keywords on one line", `vrrp_instance V1 { priority 5 state MASTER\n${BODY}}\n`, ["1:31: error: 'state' on the line of 'priority': it would be ignored (one keyword a line) [E206]"]],
  ["words too many", `vrrp_instance V1 V2 {\npriority 5 6\nnopreempt x\n${BODY}}\n`, [
    "1:18: warning: 'V2' behind 'vrrp_instance' is ignored [W207]", "2:12: warning: '6' behind 'priority' is ignored [W207]",
    "3:11: warning: 'x' behind 'nopreempt' is ignored [W207]"]],
  ["the same name twice", `${GOOD}vrrp_instance V1 {\nfrob\n}\n${OTHER}`, ["8:15: error: vrrp_instance 'V1' is already defined at a.conf:1 [E209]"]],
  ["an empty list", `global_defs {\nnotification_email {\n}\n}\n${GOOD}`, ["2:1: warning: 'notification_email' is empty [W-block-011]"]],
  ["an empty name", `vrrp_instance "" {\n${BODY}}\n${OTHER}`, ["1:16: error: vrrp_instance needs a name [E210]"]],
  ["each inactive keyword is named once", `global_defs {\nenable_traps\nenable_traps\nenable_dbus\n}\n${GOOD}`, [
    "2:1: warning: keyword 'enable_traps' has no effect: stayd has no SNMP agent; --signum=JSON writes state and counters [W601]",
    "4:1: warning: keyword 'enable_dbus' has no effect: stayd has no D-Bus service; vrrp_notify_fifo tells of changes [W601]"]],
  ["nothing at all", "", []],
];
for (const [name, text, expected] of RECOVERY) {
  Deno.test(`Parser ${name}`, () => assertEquals(complaintsOf(text), expected));
}

Deno.test("Parser: blocks that are opened again and again need no stack", () => {
  const text = "virtual_server a {\n".repeat(50_000);
  const { diagnostics } = load(text);
  assertEquals(diagnostics.length, 1_001);
  assertEquals(diagnostics.at(-1)?.message, "99000 more findings are not shown");
});

Deno.test("Parser: braces nested deeply need no stack", () => {
  assertEquals(complaintsOf("a {".repeat(300) + "\n" + "b {\n".repeat(100_000)), [
    "1:1: error: unknown keyword 'a' [E201]",
    "1:1: error: 'a' is not closed: } is missing [E204]",
  ]);
});
