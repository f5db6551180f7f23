import { assertEquals } from "@std/assert";
import { changes } from "../harness.ts";
import { type Lines, loadServer } from "./texts.ts";

const PLAIN = loadServer({}).server;

Deno.test("virtual_server defaults", () => {
  assertEquals(
    PLAIN as unknown,
    {
      name: "[192.0.2.1]:tcp:80",
      entries: [{ kind: "addresses", first: "192.0.2.1", last: "192.0.2.1", port: 80 }],
      protocol: "tcp",
      family: 4,
      scheduler: "rr",
      schedulerFlags: 0,
      onePacket: false,
      followsAddress: false,
      quorum: 1,
      hysteresis: 0,
      notifiesAtStop: false,
      mails: false,
      realServers: [{
        ip: "192.0.2.2",
        port: 80,
        forwarding: { kind: "nat" },
        inhibits: false,
        weight: 1,
        upperThreshold: 0,
        lowerThreshold: 0,
        mails: true,
        checkers: [],
      }],
    },
  );
});

type Row = [lines: string, expected: Record<string, unknown> | "refused", found?: string[]];

const script = (command: string) => ({ command: [command] });
const SORRY = {
  ip: "192.0.2.9",
  port: 80,
  forwarding: { kind: "nat" },
  inhibits: false,
  isRealServer: false,
};
const NEVER_USED = "warning: the sorry server is never used: no real server has a checker [W602]";
const NO_NUMBER = (word: string) => [`error: '${word}' is not a number [E301]`];
const OUT = (
  word: string,
  range: string,
) => [`error: '${word}' is out of range: must be ${range} [E302]`];
const OF_SERVER = (change: Record<string, unknown>) => ({
  realServers: [{ ...PLAIN?.realServers[0], ...change }],
});
const PERSISTENT = { timeoutSec: 360, granularity: 0xffff_ffff };

const NO_SNMP = "warning: keyword 'snmp_name' has no effect: stayd has no SNMP agent [W601]";

// deno-fmt-ignore
const KEYWORDS: Row[] = [
  ["ip_family inet", {}],
  ["ip_family inet6", "refused", ["error: the virtual server has the other family already [E404]"]],
  ["ip_family inet7", "refused", ["error: 'inet7' is not one of inet, inet6 [E304]"]],
  ["lvs_sched wrr", { scheduler: "wrr" }],
  ["lvs_sched best", "refused", ["error: 'best' is not one of rr, wrr, lc, wlc, lblc, sh, mh, dh, fo, ovf, lblcr, sed, nq, twos [E304]"]],
  ["lb_algo lc\nlvs_sched mh", { scheduler: "mh" }],
  ["lvs_sched mh\nlb_algo lc", { scheduler: "lc" }],
  ["lb_algo best\nlvs_sched rr", "refused", ["error: 'best' is not one of rr, wrr, lc, wlc, lblc, sh, mh, dh, fo, ovf, lblcr, sed, nq, twos [E304]"]],
  ["flag-1", { schedulerFlags: 0x08 }],
  ["flag-1 x", { schedulerFlags: 0x08 }, ["warning: 'x' behind 'flag-1' is ignored [W207]"]],
  ["flag-2", { schedulerFlags: 0x10 }],
  ["flag-2 x", { schedulerFlags: 0x10 }, ["warning: 'x' behind 'flag-2' is ignored [W207]"]],
  ["flag-3", { schedulerFlags: 0x20 }],
  ["flag-3 x", { schedulerFlags: 0x20 }, ["warning: 'x' behind 'flag-3' is ignored [W207]"]],
  ["lvs_sched sh\nsh-port\nsh-fallback", { scheduler: "sh", schedulerFlags: 0x18 }],
  ["sh-port\nlvs_sched sh", { scheduler: "sh" }, ["warning: 'sh-port' before lvs_sched sh is ignored [W403]"]],
  ["lvs_sched rr\nsh-fallback", {}, ["warning: 'sh-fallback' without lvs_sched sh is ignored [W403]"]],
  ["lvs_sched mh\nsh-fallback", { scheduler: "mh" }, ["warning: 'sh-fallback' without lvs_sched sh is ignored [W602]"]],
  ["lvs_sched mh\nmh-port\nmh-fallback", { scheduler: "mh", schedulerFlags: 0x18 }],
  ["lvs_sched sh\nmh-port", { scheduler: "sh" }, ["warning: 'mh-port' without lvs_sched mh is ignored [W403]"]],
  ["lvs_sched rr\nmh-fallback", {}, ["warning: 'mh-fallback' without lvs_sched mh is ignored [W403]"]],
  ["lvs_sched sh\nhashed", { scheduler: "sh" }],
  ["hashed", {}, ["warning: 'hashed' without lvs_sched sh is ignored [W403]"]],
  ["lvs_method DR", OF_SERVER({ forwarding: { kind: "direct" } })],
  ["lvs_method FULLNAT", "refused", ["error: 'FULLNAT' is not one of NAT, DR, TUN [E304]"]],
  ["lb_kind DR\nlvs_method NAT", {}],
  ["lb_kind nat\nlvs_method NAT", "refused", ["error: 'nat' is not one of NAT, DR, TUN [E304]"]],
  ["lvs_method TUN", OF_SERVER({ forwarding: { kind: "tunnel", encapsulation: "ipip", checksum: "none" } })],
  ["lvs_method TUN type gue port 6080 remcsum", OF_SERVER({ forwarding: { kind: "tunnel", encapsulation: "gue", port: 6080, checksum: "remote" } })],
  ["lvs_method TUN csum type gre", OF_SERVER({ forwarding: { kind: "tunnel", encapsulation: "gre", checksum: "whole" } })],
  ["lvs_method TUN type gue", "refused", ["error: a gue tunnel needs a port [E402]"]],
  ["lvs_method TUN type gre port 5", "refused", ["error: a port with gre: only gue has one [E402]"]],
  ["lvs_method TUN csum", "refused", ["error: csum with ipip: it has no checksums [E402]"]],
  ["lvs_method TUN type gre remcsum", "refused", ["error: remcsum with gre: only gue has it [E402]"]],
  ["lvs_method TUN type", "refused", ["error: 'type' needs a value [E208]"]],
  ["lvs_method TUN type sit", "refused", ["error: 'sit' is not one of ipip, gue, gre [E304]"]],
  ["lvs_method TUN port 0", "refused", OUT("0", "1 to 65535")],
  ["lvs_method TUN fast", "refused", ["error: unknown option 'fast' of TUN [E304]"]],
  ["lvs_method NAT type ipip", "refused", ["error: 'type' behind 'NAT': only TUN has options [E304]"]],
  ["persistence_timeout", { persistence: PERSISTENT }],
  ["persistence_timeout 50", { persistence: { ...PERSISTENT, timeoutSec: 50 } }],
  ["persistence_timeout 0", "refused", OUT("0", "1 to 2678400")],
  ["persistence_timeout x", "refused", NO_NUMBER("x")],
  ["persistence_granularity 255.255.255.0", { persistence: { ...PERSISTENT, granularity: 0xffff_ff00 } }],
  ["persistence_granularity 255.0.255.0", { persistence: { ...PERSISTENT, granularity: 0xff00_ff00 } }],
  ["persistence_granularity 64", "refused", ["error: persistence_granularity is of IPv6, the service of IPv4 [E404]"]],
  ["persistence_granularity 1.2.3", "refused", ["error: '1.2.3' is not a netmask [E305]"]],
  ["persistence_timeout 5\npersistence_engine sip", { persistence: { ...PERSISTENT, timeoutSec: 5, engine: "sip" } }],
  ["persistence_timeout 5\npersistence_engine abcdefghijklmnopq", { persistence: { ...PERSISTENT, timeoutSec: 5, engine: "abcdefghijklmnop" } },
    ["warning: a name has at most 16 characters: the rest is cut off [W303]"]],
  ["protocol udp\nops", { name: "[192.0.2.1]:udp:80", protocol: "udp", onePacket: true }],
  ["protocol SCTP", { name: "[192.0.2.1]:sctp:80", protocol: "sctp" }],
  ["protocol DCCP", "refused", ["error: 'DCCP' is not one of tcp, udp, sctp [E304]"]],
  ["ops", {}, ["warning: ops needs protocol UDP: ignored [W403]"]],
  ["ha_suspend", { followsAddress: true }],
  ["ha_suspend x", { followsAddress: true }, ["warning: 'x' behind 'ha_suspend' is ignored [W207]"]],
  ["inhibit_on_failure", OF_SERVER({ inhibits: true })],
  ["inhibit_on_failure no", OF_SERVER({ inhibits: true }), ["warning: 'no' behind 'inhibit_on_failure' is ignored [W207]"]],
  ["alpha", {}],
  ["alpha x", {}, ["warning: 'x' behind 'alpha' is ignored [W207]"]],
  ["omega", { notifiesAtStop: true }],
  ["omega x", { notifiesAtStop: true }, ["warning: 'x' behind 'omega' is ignored [W207]"]],
  ["smtp_alert", { mails: true }],
  ["smtp_alert perhaps", "refused", ["error: 'perhaps' is neither true nor false [E304]"]],
  ["snmp_name web", { snmpName: "web" }, [NO_SNMP]],
  ["snmp_name", "refused", ["error: 'snmp_name' needs a value [E208]"]],
  ["weight 5", { ...OF_SERVER({ weight: 5 }) }],
  ["weight 0", "refused", OUT("0", "1 to 2147483647")],
  ["weight 3\nquorum 2", { ...OF_SERVER({ weight: 3 }), quorum: 2 }],
  ["quorum 5", {}, ["warning: quorum 5 is more than the weight of all real servers, 1: 1 is used [W303]"]],
  ["quorum 0", "refused", OUT("0", "1 to 4294967295")],
  ["weight 9\nquorum 3\nhysteresis 1", { ...OF_SERVER({ weight: 9 }), quorum: 3, hysteresis: 1 }],
  ["weight 9\nquorum 3\nhysteresis 3", { ...OF_SERVER({ weight: 9 }), quorum: 3, hysteresis: 2 }, ["warning: hysteresis 3 is not less than the quorum: 2 is used [W303]"]],
  ["weight 3\nquorum 3\nhysteresis 1", { ...OF_SERVER({ weight: 3 }), quorum: 3, hysteresis: 1 },
    ["warning: the quorum can never be gained: 3 + 1 are needed, all real servers have 3 [W602]"]],
  ["hysteresis -1", "refused", OUT("-1", "0 to 4294967295")],
  ["quorum_up /bin/up", { quorumUp: script("/bin/up") }],
  ["quorum_up /bin/up\nquorum_up /bin/b", { quorumUp: script("/bin/up") }, ["warning: a second quorum_up is ignored [W403]"]],
  ["quorum_down /bin/down", { quorumDown: script("/bin/down") }],
  ["quorum_down ''", "refused", ["error: a script needs a command [E208]"]],
  ["sorry_server 192.0.2.9", { sorryServer: SORRY }, [NEVER_USED]],
  ["sorry_server 192.0.2.9 8080", { sorryServer: { ...SORRY, port: 8080 } }, [NEVER_USED]],
  ["sorry_server nobody 80", "refused", ["error: 'nobody' is not an address [E305]"]],
  ["sorry_server 2001:db8::1 80", "refused", ["error: '2001:db8::1' is not of IPv4, as the virtual server is (lvs_method TUN) [E404]", NEVER_USED]],
  ["sorry_server 192.0.2.8\nsorry_server 192.0.2.9", { sorryServer: SORRY }, ["warning: a second sorry_server replaces the first one [W602]", NEVER_USED]],
  ["sorry_server 192.0.2.9\nsorry_server_inhibit", { sorryServer: { ...SORRY, inhibits: true } }, [NEVER_USED]],
  ["sorry_server_inhibit", {}, ["warning: before sorry_server: ignored [W403]"]],
  ["sorry_server 192.0.2.9 81\nsorry_server_lvs_method DR", { sorryServer: { ...SORRY, forwarding: { kind: "direct" } } },
    ["warning: port 81 needs lvs_method NAT: 80 is used [W403]", NEVER_USED]],
  ["sorry_server_lvs_method DR", {}, ["warning: before sorry_server: ignored [W403]"]],
  ["sorry_server 192.0.2.2 80", { sorryServer: { ...SORRY, ip: "192.0.2.2", isRealServer: true } },
    [NEVER_USED, "warning: the sorry server is the only real server [W602]"]],
  ["real_server 192.0.2.3 8080 {\nweight 4\n}", { realServers: [{ ...PLAIN?.realServers[0], ip: "192.0.2.3", port: 8080, weight: 4 }, PLAIN?.realServers[0]] }],
  ["real_server 192.0.2.3 70000 {\nweight 4\n}", "refused", OUT("70000", "0 to 65535")],
  ["real_server 192.0.2.2 80 {\nweight 4\n}", { realServers: [{ ...PLAIN?.realServers[0], weight: 4 }] },
    ["warning: real_server '192.0.2.2 80' is already on line 2: this one is ignored [W406]"]],
  ["real_server 2001:db8::3 80 {\n}", "refused", ["error: '2001:db8::3' is not of IPv4, as the virtual server is (lvs_method TUN) [E404]"]],
  ["retry 0", "refused", OUT("0", "1 to 4294967295")],
  ["delay_before_retry -1", "refused", ["error: '-1' is not a number of seconds [E301]"]],
  ["warmup x", "refused", ["error: 'x' is not a number of seconds [E301]"]],
  ["connect_timeout 0", "refused", OUT("0", "0.000001 to 4294.967295")],
  ["delay_loop 0", "refused", OUT("0", "0.000001 to 2000000")],
  ["virtualhost \"\"", "refused", ["error: empty text [E208]"]],
];
for (const [lines, expected, found = []] of KEYWORDS) {
  Deno.test(`virtual_server ${lines.replaceAll("\n", "; ")}`, () => {
    const loaded = loadServer({ virtualServer: lines });
    assertEquals(loaded.found, found);
    assertEquals(
      PLAIN && loaded.server ? changes(PLAIN, loaded.server) : "refused",
      expected,
    );
  });
}

/** Services by another name than an address of IPv4. */
type ServiceRow = [
  name: string,
  Lines,
  expected: Record<string, unknown> | "refused",
  found?: string[],
];

const one = (first: string, port = 80, last = first) => ({ kind: "addresses", first, last, port });
const group = (lines: string) => `virtual_server_group G {\n${lines}\n}`;
const tunnel = (endpoint: string, service: string, before?: string): Lines => ({
  service,
  endpoint,
  virtualServer: "lvs_method TUN",
  ...(before === undefined ? {} : { before }),
});
// deno-fmt-ignore
const SERVICES: ServiceRow[] = [
  ["IPv6", { service: "2001:DB8::1 80", endpoint: "2001:db8::2 80" }, { name: "[2001:db8::1]:tcp:80", family: 6, entries: [one("2001:db8::1")] }],
  ["a mark", { service: "fwmark 5", endpoint: "192.0.2.2" }, { name: "FWM 5", family: 4, entries: [{ kind: "fwmark", mark: 5, family: 4 }] }],
  ["a mark with IPv6 servers", { service: "fwmark 5", endpoint: "2001:db8::2" }, { name: "FWM 5", family: 6, entries: [{ kind: "fwmark", mark: 5, family: 6 }] }],
  ["a mark with tunnelled servers", tunnel("2001:db8::2", "fwmark 5"), { name: "FWM 5", family: 6, entries: [{ kind: "fwmark", mark: 5, family: 6 }] }],
  ["a mark of a family", { service: "fwmark 5", endpoint: "192.0.2.2", virtualServer: "ip_family inet6" }, "refused",
    ["error: '192.0.2.2' is not of IPv6, as the virtual server is (lvs_method TUN) [E404]"]],
  ["a mark with a protocol", { service: "fwmark 5", endpoint: "192.0.2.2", virtualServer: "protocol TCP" }, { name: "FWM 5", family: 4, entries: [{ kind: "fwmark", mark: 5, family: 4 }] },
    ["warning: a firewall mark stands for all protocols: ignored [W403]"]],
  ["a mark that follows an address", { service: "fwmark 5", endpoint: "192.0.2.2", virtualServer: "ha_suspend" }, { name: "FWM 5", family: 4, entries: [{ kind: "fwmark", mark: 5, family: 4 }] },
    ["warning: ha_suspend with a firewall mark is ignored [W403]"]],
  ["mark 0", { service: "fwmark 0" }, "refused", ["error: 0 is no firewall mark [E302]"]],
  ["no mark", { service: "fwmark" }, "refused", ["error: 'fwmark' needs a value [E208]"]],
  ["a mark that is none", { service: "fwmark x" }, "refused", NO_NUMBER("x")],
  ["no port", { service: "192.0.2.1" }, { name: "[192.0.2.1]:tcp:0", family: 4, entries: [one("192.0.2.1", 0)] },
    ["warning: without a port a service must be persistent: persistence_timeout 360 is used [W413]"]],
  ["no address", { service: "192.0.2.300 80" }, "refused", ["error: '192.0.2.300' is not an address [E305]"]],
  ["a range where one address stands", { service: "192.0.2.1-9 80" }, { name: "[192.0.2.1]:tcp:80", family: 4, entries: [one("192.0.2.1")] },
    ["warning: one address is wanted here: '-9' is ignored [W306]"]],
  ["words too many", { service: "192.0.2.1 80 90" }, { name: "[192.0.2.1]:tcp:80", family: 4, entries: [one("192.0.2.1")] }, ["warning: '90' is ignored [W207]"]],
  ["a group", { service: "group G", before: group("fwmark 3\n192.0.2.1-9 80\n192.0.2.16/30 81\n192.0.3.250-192.0.4.3") , virtualServer: "persistence_timeout 9" },
    { name: "[G]:0", family: 4, entries: [one("192.0.2.1", 80, "192.0.2.9"), one("192.0.2.16", 81, "192.0.2.19"), one("192.0.3.250", 0, "192.0.4.3"), { kind: "fwmark", mark: 3, family: 4 }] }],
  ["a group of IPv6", { service: "group G", endpoint: "2001:db8::9 80", before: group("2001:db8::a-1f 80\n2001:db8:1::/126 80") },
    { name: "[G]:0", family: 6, entries: [one("2001:db8::a", 80, "2001:db8::1f"), one("2001:db8:1::", 80, "2001:db8:1::3")] }],
  ["a group of both, tunnelled", tunnel("192.0.2.2", "group G", group("192.0.2.1 80\n2001:db8::1 80\nfwmark 1 inet6")),
    { name: "[G]:0", family: 4, entries: [one("192.0.2.1"), one("2001:db8::1"), { kind: "fwmark", mark: 1, family: 6 }] }],
  ["a group of both", { service: "group G", before: group("192.0.2.1 80\n2001:db8::1 80") }, "refused",
    ["error: virtual_server_group 'G' has both families: then all real servers need lvs_method TUN, and no ip_family [E404]"]],
  ["a group of both with a mark", tunnel("192.0.2.2", "group G", group("192.0.2.1 80\n2001:db8::1 80\nfwmark 1")), "refused",
    ["error: virtual_server_group 'G' has both families: a fwmark in it needs inet or inet6 [E404]"]],
  ["a group of the other family", { service: "group G", before: group("2001:db8::1 80") }, "refused",
    ["error: virtual_server_group 'G' is IPv6, but the virtual server is IPv4 [E404]"]],
  ["a group that is not there", { service: "group Gi", before: group("192.0.2.1 80") }, "refused", ["error: there is no virtual_server_group 'Gi' (did you mean 'G'?) [E411]"]],
  ["an empty group", { service: "group G", before: group("") }, "refused",
    ["warning: virtual_server_group 'G' has no entries [W602]", "error: virtual_server_group 'G' has no entries [E401]"]],
  ["a group twice", { service: "group G", before: `${group("192.0.2.1 80")}\n${group("192.0.2.5 80")}` }, { name: "[G]:0", family: 4, entries: [one("192.0.2.1")] },
    ["warning: virtual_server_group 'G' is defined twice: the first is used [W602]"]],
  ["too many addresses", { service: "group G", before: group("10.0.0.0/8 80") }, "refused", ["error: the virtual server has more than 65536 addresses (a firewall mark) [E302]"]],
  ["very many addresses", { service: "group G", endpoint: "2001:db8::9 80", before: group("2001:db8::/32 80") }, "refused", ["error: the virtual server has more than 65536 addresses (a firewall mark) [E302]"]],
  ["as many as may be", { service: "group G", before: group("10.0.0.0/16 80") }, { name: "[G]:0", family: 4, entries: [one("10.0.0.0", 80, "10.0.255.255")] }],
];
for (const [name, lines, expected, found = []] of SERVICES) {
  Deno.test(`virtual_server: ${name}`, () => {
    const loaded = loadServer(lines);
    assertEquals(loaded.found, found);
    const { server } = loaded;
    const actual = server && { name: server.name, family: server.family, entries: server.entries };
    assertEquals<unknown>(actual ?? "refused", expected);
  });
}

// deno-fmt-ignore
const GROUP_LINES: [line: string, found: string][] = [
  ["192.0.2.9-9 80", "error: '192.0.2.9-9' must end behind where it begins [E302]"],
  ["192.0.2.9-256 80", "error: '192.0.2.9-256' must end behind where it begins [E302]"],
  ["192.0.2.9-x 80", "error: '192.0.2.9-x' has no end that could be read [E305]"],
  ["2001:db8::1-10000 80", "error: '2001:db8::1-10000' has no end that could be read [E305]"],
  ["192.0.2.9-192.0.2.8 80", "error: '192.0.2.9-192.0.2.8' ends before it begins [E302]"],
  ["192.0.2.9-2001:db8::1 80", "error: '192.0.2.9-2001:db8::1' has addresses of different families [E404]"],
  ["192.0.2.0/0 80", "error: '192.0.2.0/0' has a wrong prefix length: 1 to 32 [E302]"],
  ["2001:db8::/129 80", "error: '2001:db8::/129' has a wrong prefix length: 1 to 128 [E302]"],
  ["192.0.2.1/24 80", "error: '192.0.2.1/24' has bits behind its prefix [E409]"],
  ["192.0.2.1 http", "error: 'http' is not a number [E301]"],
  ["fwmark", "error: 'fwmark' needs a value [E208]"],
  ["fwmark 1 ipv6", "error: 'ipv6' is not one of inet, inet6 [E304]"],
];
for (const [line, found] of GROUP_LINES) {
  Deno.test(`virtual_server_group ${line}`, () => {
    const loaded = loadServer({ service: "group G", before: group(`192.0.2.1 80\n${line}`) });
    assertEquals(loaded.found, [found]);
  });
}
