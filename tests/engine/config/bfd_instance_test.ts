import { assertEquals } from "@std/assert";
import { changes, load } from "./harness.ts";
import { findings } from "./lvs/texts.ts";

function loadSession(lines: string, name = "B") {
  const neighbor = /^neighbou?r_ip/m.test(lines) ? "" : "neighbor_ip 192.0.2.7\n";
  const { config, diagnostics } = load(`bfd_instance ${name} {\n${neighbor}${lines}\n}\n`);
  return { session: config?.bfdSessions.at(-1), found: findings(diagnostics) };
}

const PLAIN = loadSession("").session;

Deno.test("bfd_instance defaults", () => {
  assertEquals(
    PLAIN as unknown,
    {
      name: "B",
      remoteIp: "192.0.2.7",
      isMultihop: false,
      desiredMinTxIntervalUs: 10_000,
      requiredMinRxIntervalUs: 10_000,
      idleTxIntervalUs: 1_000_000,
      detectMult: 5,
      isPassive: false,
      isAdminDown: false,
      hopLimit: 255,
      hopLimitMin: 255,
      isControlPlaneIndependent: false,
      allowsDemand: false,
      echo: { txIntervalUs: 0, requiredMinRxIntervalUs: 0 },
      weight: 0,
      weightIsReversed: false,
      informs: { vrrp: true, checkers: true },
      scripts: {},
    },
  );
});

type Row = [lines: string, expected: Record<string, unknown> | "refused", found?: string[]];

const OUT = (
  word: string,
  range: string,
) => [`error: '${word}' is out of range: must be ${range} [E302]`];

// deno-fmt-ignore
const KEYWORDS: Row[] = [
  ["neighbor_ip 192.0.2.8", { remoteIp: "192.0.2.8" }],
  ["neighbor_ip x", "refused", ["error: 'x' is not an address [E305]"]],
  ["neighbour_ip 2001:db8::8", { remoteIp: "2001:db8::8", hopLimitMin: 64 }],
  ["neighbour_ip", "refused", ["error: 'neighbour_ip' needs a value [E208]"]],
  ["source_ip 192.0.2.1", { localIp: "192.0.2.1" }],
  ["source_ip 2001:db8::1", "refused", ["error: source_ip and neighbor_ip are of different families [E404]"]],
  ["source_ip x", "refused", ["error: 'x' is not an address [E305]"]],
  ["min_rx 50", { requiredMinRxIntervalUs: 50_000 }],
  ["min_rx 3.3", { requiredMinRxIntervalUs: 3_300 }],
  ["min_rx 0.9", "refused", OUT("0.9", "1 to 4294967")],
  ["min_rx 1.0001", "refused", ["error: '1.0001' has more than 3 decimals [E301]"]],
  ["min_tx 4294967", { desiredMinTxIntervalUs: 4_294_967_000 }],
  ["min_tx 4294968", "refused", OUT("4294968", "1 to 4294967")],
  ["min_tx x", "refused", ["error: 'x' is not a number of milliseconds [E301]"]],
  ["idle_tx 2000", { idleTxIntervalUs: 2_000_000 }],
  ["idle_tx 999.999", "refused", OUT("999.999", "1000 to 4294967")],
  ["multiplier 3", { detectMult: 3 }],
  ["multiplier 0", "refused", OUT("0", "1 to 255")],
  ["passive", { isPassive: true }],
  ["passive x", { isPassive: true }, ["warning: 'x' behind 'passive' is ignored [W207]"]],
  ["ttl 64", { hopLimit: 64, hopLimitMin: 64 }],
  ["ttl 0", "refused", OUT("0", "1 to 255")],
  ["hoplimit 64\nmax_hops 4", { hopLimit: 64, hopLimitMin: 60 }],
  ["hoplimit 256", "refused", OUT("256", "1 to 255")],
  ["max_hops 3", { hopLimitMin: 252 }],
  ["max_hops -1", { hopLimitMin: 0 }],
  ["max_hops -2", "refused", OUT("-2", "-1 to 255")],
  ["ttl 9\nmax_hops 10", { hopLimit: 9, hopLimitMin: 0 }, ["warning: max_hops is beyond the TTL: 9 is used [W303]"]],
  ["multihop", { isMultihop: true }],
  ["multihop 1", "refused", ["error: '1' is neither true nor false [E304]"]],
  ["weight -20 reverse", { weight: -20, weightIsReversed: true }],
  ["weight 254", "refused", OUT("254", "-253 to 253")],
  ["weight 5 back", "refused", ["error: 'back' is not one of reverse [E304]"]],
  ["vrrp", { informs: { checkers: false } }],
  ["vrrp x", { informs: { checkers: false } }, ["warning: 'x' behind 'vrrp' is ignored [W207]"]],
  ["checker", { informs: { vrrp: false } }],
  ["interface eth0", { interface: "eth0" }],
  ["interface sixteen-or-more-", "refused", ["error: interface name 'sixteen-or-more-' is longer than 15 bytes [E304]"]],
  ["admin_down", { isAdminDown: true }],
  ["demand on", { allowsDemand: true }],
  ["control_plane_independent", { isControlPlaneIndependent: true }],
  ["authentication_type sha1\nauthentication_key 7 secret\nauthentication_key 8 other", { authentication: { type: "keyedSha1", keys: [{ id: 7, secret: "secret" }, { id: 8, secret: "other" }] } }],
  ["authentication_type sha1\nauthentication_key 7 hex:00ff10", { authentication: { type: "keyedSha1", keys: [{ id: 7, secret: "00ff10", isHex: true }] } }],
  ["authentication_type md5\nauthentication_key 7 hex:0", { authentication: { type: "keyedMd5", keys: [{ id: 7, secret: "hex:0" }] } }],
  ["authentication_type md5", "refused", ["error: authentication_type needs an authentication_key [E401]"]],
  ["authentication_type md4\nauthentication_key 1 a", "refused", ["error: 'md4' is not one of simple, md5, meticulous_md5, sha1, meticulous_sha1 [E304]", "error: authentication_key needs an authentication_type [E401]"]],
  ["authentication_key 1 a", "refused", ["error: authentication_key needs an authentication_type [E401]"]],
  ["authentication_type simple\nauthentication_key 1 aaaaaaaaaaaaaaaaa", "refused", ["error: a key has 1 to 16 octets: this one has 17 [E302]"]],
  ["authentication_type sha1\nauthentication_key 1 aaaaaaaaaaaaaaaaaaaaa", "refused", ["error: a key has 1 to 20 octets: this one has 21 [E302]"]],
  ["authentication_type md5\nauthentication_key 256 a", "refused", ["error: authentication_type needs an authentication_key [E401]", ...OUT("256", "0 to 255")]],
  ["authentication_type md5\nauthentication_key 1 a\nauthentication_key 1 b", "refused", ["error: there is a key 1 already [E405]"]],
  ["echo_tx 50\necho_rx 20.5", { echo: { txIntervalUs: 50_000, requiredMinRxIntervalUs: 20_500 } }],
  ["echo_tx 50\nmultihop", "refused", ["error: echo packets go one hop only [E404]"]],
  ["interface eth0\nmultihop", "refused", ["error: a session over several hops has no interface [E404]"]],
  ["neighbor_ip fe80::1", "refused", ["error: a link-local neighbour needs an interface [E401]"]],
  ["neighbor_ip fe80::1\ninterface eth0", { remoteIp: "fe80::1", interface: "eth0", hopLimitMin: 64 }],
  ["notify_up /bin/true", { scripts: { up: { command: ["/bin/true"] } } }],
  ["notify_down /bin/true", { scripts: { down: { command: ["/bin/true"] } } }],
  ["notify /bin/true root", { scripts: { any: { command: ["/bin/true"], runAs: { user: "root", supplementaryGroups: false } } } }],
  ["checker x\nvrrp", {}, ["warning: 'x' behind 'checker' is ignored [W207]"]],
];
for (const [lines, expected, found = []] of KEYWORDS) {
  Deno.test(`bfd_instance ${lines.replaceAll("\n", "; ")}`, () => {
    const loaded = loadSession(lines);
    assertEquals(loaded.found, found);
    assertEquals(PLAIN && loaded.session ? changes(PLAIN, loaded.session) : "refused", expected);
  });
}

const session = (name: string, lines: string) => `bfd_instance ${name} {\n${lines}\n}\n`;
// deno-fmt-ignore
const WHOLE: [name: string, text: string, found: string[]][] = [
  ["no neighbour", session("B", ""), ["error: bfd_instance B needs a neighbor_ip [E401]"]],
  ["a name too long", session("a".repeat(32), "neighbor_ip 192.0.2.1"), [`error: a name has 1 to 31 characters: '${"a".repeat(32)}' [E210]`]],
  ["the same name", session("B", "neighbor_ip 192.0.2.1").repeat(2), ["error: bfd_instance 'B' is already defined at a.conf:1 [E209]"]],
  ["the same neighbour", session("A", "neighbor_ip 192.0.2.1") + session("B", "neighbor_ip 192.0.2.1"), ["error: bfd_instance 'A' has the same neighbour [E405]"]],
  ["the same neighbour, another way", session("A", "neighbor_ip 192.0.2.1") + session("B", "neighbor_ip 192.0.2.1\nmultihop"), []],
];
for (const [name, text, found] of WHOLE) {
  Deno.test(`bfd_instance: ${name}`, () => assertEquals(findings(load(text).diagnostics), found));
}
