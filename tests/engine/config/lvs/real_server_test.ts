import { assertEquals } from "@std/assert";
import { changes } from "../harness.ts";
import { checkOf, loadServer } from "./texts.ts";

type Row = [lines: string, expected: Record<string, unknown> | "refused", found?: string[]];

const PLAIN = loadServer({}).server?.realServers[0];
const script = (command: string) => ({ command: [command] });
const OUT = (
  word: string,
  range: string,
) => [`error: '${word}' is out of range: must be ${range} [E302]`];
const NOT_SECONDS = (word: string) => [`error: '${word}' is not a number of seconds [E301]`];

const NO_SNMP = "warning: keyword 'snmp_name' has no effect: stayd has no SNMP agent [W601]";

// deno-fmt-ignore
const KEYWORDS: Row[] = [
  ["weight 0", { weight: 0 }, ["warning: quorum 1 is more than the weight of all real servers, 0: 1 is used [W303]", "warning: no real server has weight: none ever gets a connection [W602]"]],
  ["weight 2147483647", { weight: 2147483647 }],
  ["weight 2147483648", "refused", OUT("2147483648", "0 to 2147483647")],
  ["lvs_method DR", { forwarding: { kind: "direct" } }],
  ["lvs_method dr", "refused", ["error: 'dr' is not one of NAT, DR, TUN [E304]"]],
  ["uthreshold 100\nlthreshold 80", { upperThreshold: 100, lowerThreshold: 80 }],
  ["uthreshold -1", "refused", OUT("-1", "0 to 4294967295")],
  ["lthreshold 80", { lowerThreshold: 80 }, ["warning: lthreshold without uthreshold has no effect [W602]"]],
  ["uthreshold 70\nlthreshold 80", { upperThreshold: 70, lowerThreshold: 80 }, ["warning: lthreshold 80 is above uthreshold 70 [W602]"]],
  ["lthreshold x", "refused", ["error: 'x' is not a number [E301]"]],
  ["inhibit_on_failure", { inhibits: true }],
  ["inhibit_on_failure on", { inhibits: true }],
  ["inhibit_on_failure 1", "refused", ["error: '1' is neither true nor false [E304]"]],
  ["notify_up /bin/up", { notifyUp: script("/bin/up") }],
  ["notify_up \"\"", "refused", ["error: a script needs a command [E208]"]],
  ["notify_down '/bin/down a' nobody", { notifyDown: { command: ["/bin/down", "a"], runAs: { user: "nobody", supplementaryGroups: false } } }],
  ["notify_down '/bin/x", "refused", ["error: quote without its end [E103]"]],
  ["alpha", {}, ["warning: alpha without a checker has no effect: the server is always up [W602]"]],
  ["alpha 5", "refused", ["error: '5' is neither true nor false [E304]"]],
  ["smtp_alert off", { mails: false }],
  ["smtp_alert 0", "refused", ["error: '0' is neither true nor false [E304]"]],
  ["snmp_name a", { snmpName: "a" }, [NO_SNMP]],
  ["snmp_name", "refused", ["error: 'snmp_name' needs a value [E208]"]],
  ["virtualhost a", {}],
  ["virtualhost", "refused", ["error: 'virtualhost' needs a value [E208]"]],
  ["retry 0", "refused", OUT("0", "1 to 4294967295")],
  ["delay_before_retry x", "refused", NOT_SECONDS("x")],
  ["warmup x", "refused", NOT_SECONDS("x")],
  ["connect_timeout 4295", "refused", OUT("4295", "0.000001 to 4294.967295")],
  ["delay_loop 0", "refused", OUT("0", "0.000001 to 2000000")],
];
for (const [lines, expected, found = []] of KEYWORDS) {
  Deno.test(`real_server ${lines.replaceAll("\n", "; ")}`, () => {
    const loaded = loadServer({ realServer: lines });
    assertEquals(loaded.found, found);
    const server = loaded.server?.realServers[0];
    assertEquals(PLAIN && server ? changes(PLAIN, server) : "refused", expected);
  });
}

/** Ports: of the service and the server, the method, what is programmed, what is checked. */
type PortRow = [
  service: string,
  endpoint: string,
  method: string,
  port: number,
  checked: number,
  found?: string[],
];
// deno-fmt-ignore
const PORTS: PortRow[] = [
  ["192.0.2.1 80", "192.0.2.2", "NAT", 80, 80],
  ["192.0.2.1 80", "192.0.2.2 81", "NAT", 81, 81],
  ["192.0.2.1 80", "192.0.2.2", "DR", 80, 80],
  ["192.0.2.1 80", "192.0.2.2 0", "DR", 80, 80],
  ["192.0.2.1 80", "192.0.2.2 81", "DR", 80, 81, ["warning: port 81 needs lvs_method NAT: 80 is used [W403]"]],
  ["192.0.2.1 80", "192.0.2.2 81", "TUN", 80, 81, ["warning: port 81 needs lvs_method NAT: 80 is used [W403]"]],
  ["fwmark 1", "192.0.2.2 81", "NAT", 81, 81],
  ["fwmark 1", "192.0.2.2 81", "DR", 0, 81, ["warning: port 81 needs lvs_method NAT: it is ignored [W403]"]],
  ["fwmark 1", "192.0.2.2", "DR", 0, 0, ["warning: the check has no port, and can only fail (connect_port) [W602]"]],
];
for (const [service, endpoint, method, port, checked, found = []] of PORTS) {
  Deno.test(`real_server ${endpoint} of ${service} by ${method}`, () => {
    const loaded = loadServer({
      service,
      endpoint,
      virtualServer: `lvs_method ${method}`,
      realServer: "TCP_CHECK {\n}",
    });
    const check = checkOf(loaded.server);
    assertEquals(loaded.found, found);
    assertEquals(loaded.server?.realServers[0]?.port, port);
    assertEquals(check?.kind === "tcp" ? check.connection.port : undefined, checked);
  });
}

/** What is inherited: lines of virtual server, real server and checker, and the result in it. */
type InheritRow = [
  virtualServer: string,
  realServer: string,
  check: string,
  expected: Record<string, unknown>,
];
const CHECK = checkOf(loadServer({ realServer: "TCP_CHECK {\n}" }).server);
// deno-fmt-ignore
const INHERITED: InheritRow[] = [
  ["delay_loop 6", "", "", { delayLoopMs: 6_000, warmupMs: 6_000 }],
  ["delay_loop 6", "delay_loop 7.5", "", { delayLoopMs: 7_500, warmupMs: 7_500 }],
  ["delay_loop 6", "delay_loop 7", "delay_loop 8", { delayLoopMs: 8_000, warmupMs: 8_000 }],
  ["warmup 0", "", "", { warmupMs: 0 }],
  ["warmup 1", "warmup 2", "", { warmupMs: 2_000 }],
  ["retry 4", "", "", { retries: 4 }],
  ["retry 4", "retry 5", "retry 0", { retries: 0 }],
  ["delay_before_retry 2", "", "", { delayBeforeRetryMs: 2_000 }],
  ["delay_before_retry 2", "delay_before_retry 3", "", { delayBeforeRetryMs: 3_000 }],
  ["connect_timeout 1", "", "", { connection: { timeoutMs: 1_000 } }],
  ["connect_timeout 1", "connect_timeout 2", "connect_timeout 0.3", { connection: { timeoutMs: 300 } }],
  ["alpha", "", "", { alpha: true }],
  ["alpha", "alpha off", "", {}],
  ["", "alpha", "alpha no", {}],
];
for (const [virtualServer, realServer, check, expected] of INHERITED) {
  const name = [virtualServer, realServer, check].map((each) => each || "-").join(" ← ");
  Deno.test(`checks inherit ${name}`, () => {
    const loaded = loadServer({
      virtualServer,
      realServer: `${realServer}\nTCP_CHECK {\n${check}\n}`,
    });
    assertEquals(loaded.found, []);
    const found = checkOf(loaded.server);
    assertEquals(CHECK && found ? changes(CHECK, found) : undefined, expected);
  });
}

Deno.test("mail: global words before the defaults of servers", () => {
  const mails = (before: string) => {
    const { server } = loadServer({ before: `global_defs {\n${before}\n}` });
    return [server?.mails, server?.realServers[0]?.mails];
  };
  assertEquals(mails(""), [false, true]);
  assertEquals(mails("smtp_alert"), [true, true]);
  assertEquals(mails("smtp_alert off"), [false, false]);
  assertEquals(mails("smtp_alert off\nsmtp_alert_checker"), [true, true]);
});

Deno.test("a virtual_server needs a real_server, and a service is there once", () => {
  const head = "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n}";
  assertEquals(loadServer({ before: head }).found, [
    "error: a virtual_server needs a real_server [E401]",
    "error: the service [192.0.2.1]:tcp:80 is already that of the virtual_server at a.conf:1 [E405]",
  ]);
});

Deno.test("a dynamic weight may reach the quorum", () => {
  const lines = "weight 0\nMISC_CHECK {\nmisc_path /bin/x\nmisc_dynamic\n}";
  assertEquals(loadServer({ realServer: lines }).found, [
    "warning: quorum 1 is more than the weight of all real servers, 0: 1 is used [W303]",
  ]);
});
