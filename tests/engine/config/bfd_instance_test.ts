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
