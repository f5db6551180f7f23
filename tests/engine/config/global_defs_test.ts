import { assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { DEFAULT_ANNOUNCEMENTS } from "../../machines/vrrp_config.ts";
import { brief, changes, instanceText, load } from "./harness.ts";

/** A text that holds nothing but `global_defs` and one plain instance. */
function text(lines: string, instanceLines = ""): string {
  return `global_defs {\n${lines}\n}\n${instanceText(instanceLines)}`;
}

const PLAIN = load(text("")).config;

Deno.test("global_defs defaults", () => {
  assertEquals(PLAIN?.global, {
    dynamicInterfaces: false,
    logUnknownVrids: false,
    defaults: {
      version: 2,
      multicastGroup4: ip("224.0.0.18"),
      multicastGroup6: ip("ff02::12"),
      announcements: DEFAULT_ANNOUNCEMENTS,
      downIntervalAdverts: 3,
      answersLowerPriority: true,
      advertisesBeforeYielding: false,
      checksUnicastSource: false,
      checksAddressesOnChangeOnly: false,
      strict: false,
      interface: "eth0",
    },
    vrrpProcess: { niceness: 0, cpus: [], realtimePriority: 50, realtimeLimitUs: 1_000_000 },
    checkProcess: { niceness: 0, cpus: [] },
    bfdProcess: { niceness: 0, cpus: [] },
    namesProcesses: false,
    scripts: {
      startupTimeoutMs: 10_000,
      shutdownTimeoutMs: 10_000,
      secured: false,
      keepsLinks: false,
      supplementaryGroups: false,
    },
    notifications: { priorityChanges: false, statesAfterReload: false, firstServerStates: false },
    mail: {
      recipients: [],
      timeoutMs: 30_000,
      vrrp: false,
      checkers: false,
      omitsFaults: false,
      omitsCheckers: false,
    },
    files: { namesInstance: false, jsonVersion: 1 },
    reload: { repeats: false },
    place: { usesPidDirectory: false, childWaitMs: 5_000 },
    firewall: {
      priority: -1,
      counters: false,
      ipvsPriority: -1,
      ipvsFirstMark: 1_000,
    },
    virtualMac: {
      prefix: "vrrp",
      addressPrefix: "vrrp",
      extraAnnouncementMs: 0,
      extraAnnouncementsForAll: false,
    },
    lvs: { flushesAtStart: false, atStop: "own", repairsTable: false, logsAllFailures: false },
    pollsLinks: false,
    disablesLocalIgmp: false,
  });
});

/** Lines; what they change in `global` and in the instance; findings. */
type Row = [lines: string, expected: Record<string, unknown> | "refused", findings?: string[]];

const garp = (change: Record<string, number>) => ({ instance: { announcements: change } });

// deno-fmt-ignore
const DAEMON: Row[] = [
  ["router_id R1", { global: { routerId: "R1" } }],
  ['router_id "my router"', { global: { routerId: "my router" } }],
  ['router_id ""', "refused", ["2:12: error: empty text [E208]"]],
  ["router_id", "refused", ["2:1: error: 'router_id' needs a value [E208]"]],
  ["dynamic_interfaces", { global: { dynamicInterfaces: true } }],
  ["dynamic_interfaces allow_if_changes", { global: { dynamicInterfaces: true } }],
  ["dynamic_interfaces x", "refused", ["2:20: error: 'x' is not allow_if_changes [E304]"]],
  ["log_unknown_vrids", { global: { logUnknownVrids: true } }],
  ["vrrp_rt_priority 10", { global: { vrrpProcess: { realtimePriority: 10 } } }],
  ["vrrp_rt_priority 0", { global: { vrrpProcess: { realtimePriority: 1 } } }, ["2:18: warning: '0' is out of range: 1 is used (1 to 99) [W303]"]],
  ["vrrp_rt_priority 100", { global: { vrrpProcess: { realtimePriority: 99 } } }, ["2:18: warning: '100' is out of range: 99 is used (1 to 99) [W303]"]],
  ["vrrp_rt_priority x", "refused", ["2:18: error: 'x' is not a number [E301]"]],
  ["vrrp_rlimit_rttime 300000", { global: { vrrpProcess: { realtimeLimitUs: 300_000 } } }],
  ["vrrp_rlimit_rttime 10000", { global: { vrrpProcess: { realtimeLimitUs: 200_000 } } }, ["2:20: warning: 10000 µs are too few for this runtime: 200000 are used [W602]"]],
  ["vrrp_rlimit_rttime 0", "refused", ["2:20: error: '0' is out of range: must be 1 to 4294967295 [E302]"]],
  ["vrrp_rlimit_rtime 300000", { global: { vrrpProcess: { realtimeLimitUs: 300_000 } } }, ["2:1: warning: 'vrrp_rlimit_rtime' is an old name (vrrp_rlimit_rttime) [W602]"]],
  ["smtp_server 192.0.2.9\nsmtp_server 192.0.2.9", { global: { mail: { server: { host: "192.0.2.9", port: 25 } } } }],
  ["notification_email {\na@b.example\n}", { global: { mail: { recipients: ["a@b.example"] } } }],
  ["vrrp_rx_bufs_policy 65536", { instance: { receiveBufferBytes: 65_536 } }],
  ["vrrp_rx_bufs_policy MTU advert", {}, [`2:1: warning: keyword 'vrrp_rx_bufs_policy' has no effect: the kernel's own buffers are greater [W601]`]],
  ["vrrp_rx_bufs_policy x", "refused", ["2:21: error: 'x' is not a number [E301]"]],
  ["default_interface a/b", "refused", ["2:19: error: 'a/b' cannot be the name of an interface [E304]"]],
];

// deno-fmt-ignore
const DEFAULTS: Row[] = [
  ["vrrp_version 3", { instance: { version: 3 } }],
  ["vrrp_version 1", "refused", ["2:14: error: '1' is not one of 2, 3 [E304]"]],
  ["vrrp_mcast_group4 224.0.0.99", { instance: { multicastGroup: "224.0.0.99" } }],
  ["vrrp_mcast_group4 192.0.2.1", "refused", ["2:19: error: '192.0.2.1' is not a multicast group [E409]"]],
  ["vrrp_mcast_group4 ff02::99", "refused", ["2:19: error: 'ff02::99' is not an IPv4 address [E404]"]],
  ["vrrp_mcast_group6 ff02::99", {}],
  ["vrrp_mcast_group6 ff05::99", {}, ["2:19: warning: 'ff05::99' is not link-local: routers may forward it (RFC 9568 §5.1.2.2) [W408]"]],
  ["vrrp_mcast_group6 224.0.0.18", "refused", ["2:19: error: '224.0.0.18' is not an IPv6 address [E404]"]],
  ["vrrp_garp_master_delay 7", garp({ delayMs: 7_000, lowerPriorityDelayMs: 7_000 })],
  ["vrrp_garp_master_delay x", "refused", ["2:24: error: 'x' is not a number [E301]"]],
  ["vrrp_garp_master_repeat 3", garp({ repeatCount: 3, lowerPriorityRepeatCount: 3 })],
  ["vrrp_garp_master_repeat 0", garp({ repeatCount: 1, lowerPriorityRepeatCount: 1 }), ["2:25: warning: 0 messages: 1 is used [W303]"]],
  ["vrrp_garp_master_refresh 60", garp({ refreshMs: 60_000 })],
  ["vrrp_garp_master_refresh 2000001", "refused", ["2:26: error: '2000001' is out of range: must be 0 to 2000000 [E302]"]],
  ["vrrp_garp_master_refresh_repeat 2", garp({ refreshRepeatCount: 2 })],
  ["vrrp_garp_master_refresh_repeat x", "refused", ["2:33: error: 'x' is not a number [E301]"]],
  ["vrrp_garp_lower_prio_delay 3", garp({ lowerPriorityDelayMs: 3_000 })],
  ["vrrp_garp_lower_prio_delay 4295", "refused", ["2:28: error: '4295' is out of range: must be 0 to 4294 [E302]"]],
  ["vrrp_garp_lower_prio_repeat 0", garp({ lowerPriorityRepeatCount: 0 })],
  ["vrrp_garp_lower_prio_repeat -1", "refused", ["2:29: error: '-1' is out of range: must be 0 to 10000 [E302]"]],
  ["vrrp_garp_interval 0.001", garp({ arpIntervalUs: 1_000 })],
  ["vrrp_garp_interval 0", "refused", ["2:20: error: '0' is out of range: must be 0.000001 to 1000 [E302]"]],
  ["vrrp_gna_interval .000001", garp({ neighborIntervalUs: 1 })],
  ["vrrp_gna_interval x", "refused", ["2:19: error: 'x' is not a number of seconds [E301]"]],
  ["vrrp_min_garp", garp({ repeatCount: 1, delayMs: 0, lowerPriorityRepeatCount: 1, lowerPriorityDelayMs: 0 })],
  ["vrrp_min_garp\nvrrp_garp_master_repeat 4", garp({ repeatCount: 4, delayMs: 0, lowerPriorityRepeatCount: 4, lowerPriorityDelayMs: 0 })],
  ["vrrp_garp_master_repeat 4\nvrrp_min_garp", garp({ repeatCount: 4, delayMs: 0, lowerPriorityRepeatCount: 4, lowerPriorityDelayMs: 0 })],
  ["vrrp_min_garp false", {}],
  ["vrrp_min_garp 1", "refused", ["2:15: error: '1' is neither true nor false [E304]"]],
  ["vrrp_down_timer_adverts 5", { instance: { downIntervalAdverts: 5 } }],
  ["vrrp_down_timer_adverts 0", "refused", ["2:25: error: '0' is out of range: must be 1 to 100 [E302]"]],
  ["vrrp_lower_prio_no_advert", { instance: { answersLowerPriority: false } }],
  ["vrrp_lower_prio_no_advert x", "refused", ["2:27: error: 'x' is neither true nor false [E304]"]],
  ["vrrp_higher_prio_send_advert", { instance: { advertisesBeforeYielding: true } }],
  ["vrrp_higher_prio_send_advert x", "refused", ["2:30: error: 'x' is neither true nor false [E304]"]],
  ["vrrp_check_unicast_src", { instance: { checksUnicastSource: true } }],
  ["vrrp_skip_check_adv_addr", { instance: { checksAddressesOnChangeOnly: true } }],
  ["vrrp_skip_check_adv_addr x", "refused", ["2:26: error: 'x' is neither true nor false [E304]"]],
  ["vrrp_strict", { instance: { strict: true, accept: false, answersLowerPriority: false, announcements: { lowerPriorityRepeatCount: 0, lowerPriorityDelayMs: 0 } } }],
  ["vrrp_strict x", "refused", ["2:13: error: 'x' is neither true nor false [E304]"]],
  ["v3_checksum_as_v2", { instance: { checksumIncludesPseudoHeader: false } }],
  ["vrrp_startup_delay 2.5", { instance: { startupDelayMs: 2_500 } }],
  ["vrrp_startup_delay 0.0009", "refused", ["2:20: error: '0.0009' is out of range: must be 0.001 to 4294.967295 [E302]"]],
  ["vrrp_owner_ignore_adverts", {}],
  ["vrrp_owner_ignore_adverts x", "refused", ["2:27: error: 'x' is neither true nor false [E304]"]],
];

for (const [lines, expected, findings = []] of [...DAEMON, ...DEFAULTS]) {
  Deno.test(`global_defs ${lines.replaceAll("\n", "; ")}`, () => {
    const { config, diagnostics } = load(text(lines));
    const changed = config && PLAIN
      ? {
        ...nonEmpty("global", withoutDefaults(changes(PLAIN.global, config.global))),
        ...nonEmpty(
          "instance",
          changes({ ...PLAIN.vrrpInstances[0] }, { ...config.vrrpInstances[0] }),
        ),
      }
      : "refused";
    const found = brief(diagnostics);
    assertEquals({ changed, findings: found }, { changed: expected, findings });
  });
}

/** What instances take over is seen in the instance. */
function withoutDefaults({ defaults: _, ...rest }: Record<string, unknown>) {
  return rest;
}

function nonEmpty(name: string, value: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(value).length > 0 ? { [name]: value } : {};
}

// What an instance says holds, and may undo what global_defs says.
// deno-fmt-ignore
const CHAIN: [globalLines: string, instanceLines: string, change: Record<string, unknown>][] = [
  ["vrrp_version 3", "version 2", {}],
  ["vrrp_mcast_group4 224.0.0.99", "mcast_dst_ip 224.0.0.98", { multicastGroup: "224.0.0.98" }],
  ["vrrp_garp_master_delay 7", "garp_master_delay 10", { announcements: { delayMs: 10_000, lowerPriorityDelayMs: 7_000 } }],
  ["vrrp_garp_lower_prio_delay 3", "garp_master_delay 10\ngarp_lower_prio_delay 4", { announcements: { delayMs: 10_000, lowerPriorityDelayMs: 4_000 } }],
  ["", "garp_master_repeat 2", { announcements: { repeatCount: 2 } }],
  ["vrrp_min_garp", "garp_master_delay 1", { announcements: { repeatCount: 1, delayMs: 1_000, lowerPriorityRepeatCount: 1, lowerPriorityDelayMs: 0 } }],
  ["vrrp_garp_master_refresh 9\nvrrp_garp_master_refresh_repeat 9", "garp_master_refresh 0\ngarp_master_refresh_repeat 1", {}],
  ["vrrp_down_timer_adverts 5", "down_timer_adverts 4", { downIntervalAdverts: 4 }],
  ["vrrp_lower_prio_no_advert\nvrrp_higher_prio_send_advert", "lower_prio_no_advert no\nhigher_prio_send_advert no", {}],
  ["vrrp_skip_check_adv_addr", "skip_check_adv_addr no", {}],
  ["v3_checksum_as_v2", "v3_checksum_as_v2 no", {}],
  ["vrrp_strict", "strict_mode no", {}],
  ["vrrp_owner_ignore_adverts", "priority 255", { priority: 255, initialRole: "active", ownerIgnoresAdvertisements: true }],
  ["vrrp_owner_ignore_adverts", "priority 255\nowner_ignore_adverts no", { priority: 255, initialRole: "active" }],
  ["vrrp_rx_bufs_policy 65536", "kernel_rx_buf_size 131072", { receiveBufferBytes: 131_072 }],
  ["vrrp_rx_bufs_policy 65536", "kernel_rx_buf_size 0", { receiveBufferBytes: 65_536 }],
];
for (const [globalLines, instanceLines, change] of CHAIN) {
  const name = `${globalLines}; ${instanceLines}`.replaceAll("\n", "; ");
  Deno.test(`global_defs and instance: ${name}`, () => {
    const { config, diagnostics } = load(text(globalLines, instanceLines));
    const [plain, instance] = [PLAIN?.vrrpInstances[0], config?.vrrpInstances[0]];
    assertEquals(brief(diagnostics), []);
    assertEquals(changes({ ...plain }, { ...instance }), change);
  });
}

Deno.test("global_defs: the order of blocks does not matter, and blocks add up", () => {
  const { config } = load(
    `${instanceText("")}global_defs {\nvrrp_version 3\n}\nglobal_defs {\nrouter_id R\n}`,
  );
  assertEquals([config?.vrrpInstances[0]?.version, config?.global.routerId], [3, "R"]);
});

Deno.test("global_defs random_seed makes _RANDOM repeatable", () => {
  const numbers = (seed: number) =>
    load(`global_defs {\nrandom_seed ${seed}\nrouter_id "\${_RANDOM} \${_RANDOM}"\n}`).config
      ?.global
      .routerId;
  assertEquals(numbers(1), numbers(1));
  assertEquals(numbers(1) === numbers(2), false);
  assertEquals(numbers(1), "20547 89");
});

// deno-fmt-ignore
const INCLUDE_CHECK: [words: string, findings: string[]][] = [
  ["", ["3:9: error: no file 'n' to include [E124]", "4:9: error: no file '*n' to include [E124]", "5:9: error: not including 'd/': it is a directory [E125]"]],
  ["match", ["3:9: error: no file 'n' to include [E124]", "4:9: warning: no file '*n' to include [W603]", "5:9: error: not including 'd/': it is a directory [E125]"]],
  ["+wildcard_match", ["3:9: warning: no file 'n' to include [W603]", "4:9: error: no file '*n' to include [E124]", "5:9: error: not including 'd/': it is a directory [E125]"]],
  ["match -read", ["3:9: error: no file 'n' to include [E124]", "4:9: warning: no file '*n' to include [W603]", "5:9: warning: not including 'd/': it is a directory [W604]"]],
  ["foo", ["2:15: error: 'foo' is not one of read, match, wildcard_match, brace_match [E304]", "3:9: warning: no file 'n' to include [W603]", "4:9: warning: no file '*n' to include [W603]", "5:9: warning: not including 'd/': it is a directory [W604]"]],
  ["match read", ["2:21: error: 'read' needs a + or - before it: only the first word stands alone [E304]", "3:9: warning: no file 'n' to include [W603]", "4:9: warning: no file '*n' to include [W603]", "5:9: warning: not including 'd/': it is a directory [W604]"]],
];
for (const [words, findings] of INCLUDE_CHECK) {
  Deno.test(`global_defs include_check ${words}`, () => {
    const lines = `global_defs {\ninclude_check ${words}\ninclude n\ninclude *n\ninclude d/\n}`;
    assertEquals(brief(load(lines, { files: { "d/": "" } }).diagnostics), findings);
  });
}

Deno.test("global_defs include_check holds in included files and ends with its file", () => {
  const files = {
    "b.conf": "global_defs {\ninclude_check match\n}\ninclude c.conf\ninclude n",
    "c.conf": "include n",
  };
  assertEquals(brief(load("include b.conf\ninclude n", { files }).diagnostics), [
    "2:9: warning: no file 'n' to include [W603]",
    "b.conf:5:9: error: no file 'n' to include [E124]",
    "c.conf:1:9: error: no file 'n' to include [E124]",
  ]);
});

Deno.test("global_defs: what instances take over is told, too", () => {
  const { config } = load(text("vrrp_version 3\nvrrp_strict\nvrrp_garp_master_delay 7"));
  assertEquals(changes({ ...PLAIN?.global.defaults }, { ...config?.global.defaults }), {
    version: 3,
    strict: true,
    announcements: { delayMs: 7_000, lowerPriorityDelayMs: 7_000 },
  });
});
