/**
 * Every field of the model, one by one: what a reload that changes only it does. The tables name
 * every field there is, or they are no types.
 *
 * An instance that stays keeps its role, its addresses and what it knows; what the wire would not
 * know again is another router. Nothing else of a configuration concerns an instance at all.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import { diffConfigs } from "../../machines/config_diff.ts";
import type { GlobalConfig } from "../../machines/global_config.ts";
import {
  DEFAULT_ANNOUNCEMENTS,
  instanceConfig,
  unicastPeer,
  virtualAddress,
  wholeConfig,
} from "./vrrp_config.ts";
import { step } from "./vrrp_step.ts";

type InstanceRows = {
  readonly [Field in keyof VrrpInstanceConfig]-?: readonly [
    to: NonNullable<VrrpInstanceConfig[Field]>,
    what: "same router" | "another router",
  ];
};

const script = { command: ["/bin/true"] };

const INSTANCE: InstanceRows = {
  // What the wire knows it by.
  interface: ["eth9", "another router"],
  family: [6, "another router"],
  vrid: [99, "another router"],
  multicastGroup: [ip("224.0.0.99"), "another router"],
  unicastPeers: [[unicastPeer("192.0.2.9")], "another router"],
  // What it is told to do otherwise, as the same router.
  name: ["renamed", "same router"],
  version: [2, "same router"],
  priority: [7, "same router"],
  initialRole: ["active", "same router"],
  advertisementIntervalCs: [200, "same router"],
  downIntervalAdverts: [5, "same router"],
  preempt: [false, "same router"],
  preemptDelayMs: [5_000, "same router"],
  startupDelayMs: [5_000, "same router"],
  accept: [false, "same router"],
  strict: [true, "same router"],
  sourceIp: [ip("192.0.2.77"), "same router"],
  tracksSourceIp: [true, "same router"],
  tracksInterface: [false, "same router"],
  faultsWithoutPeers: [true, "same router"],
  unicastHopLimit: [1, "same router"],
  checksUnicastSource: [true, "same router"],
  checksumIncludesPseudoHeader: [false, "same router"],
  oldUnicastChecksum: [true, "same router"],
  password: ["secret", "same router"],
  authenticationHeader: [true, "same router"],
  ownerIgnoresAdvertisements: [true, "same router"],
  answersLowerPriority: [false, "same router"],
  advertisesBeforeYielding: [true, "same router"],
  checksAddressesOnChangeOnly: [false, "same router"],
  tracks: [[{ kind: "script", name: "s", weight: 5, reversed: false }], "same router"],
  syncGroup: ["G", "same router"],
  scripts: [{ master: script }, "same router"],
  tellsDeletion: [true, "same router"],
  mails: [true, "same router"],
  notifiesPriorityChanges: [true, "same router"],
  virtualMac: [{ notifiesNetlink: false }, "same router"],
  virtualMacForAddresses: [true, "same router"],
  transmitsOnBase: [true, "same router"],
  ipvlan: [{ mode: "bridge" }, "same router"],
  vrf: ["red", "same router"],
  hmac: [
    { keys: [], activeKey: 1, timeWindowSec: 3, antiReplay: "time", mode: "enforce" },
    "same router",
  ],
  promotesSecondaries: [true, "same router"],
  extraAnnouncementMs: [1_000, "same router"],
  extraAnnouncementsForAll: [true, "same router"],
  announcements: [{ ...DEFAULT_ANNOUNCEMENTS, repeatCount: 1 }, "same router"],
  virtualAddresses: [[virtualAddress("192.0.2.2")], "same router"],
  excludedAddresses: [[virtualAddress("192.0.2.3")], "same router"],
  routes: [[{ words: "a route" } as never], "same router"],
  rules: [[{ words: "a rule" } as never], "same router"],
  receiveBufferBytes: [65_536, "same router"],
};

const BEFORE = instanceConfig();
const STATES = ["backup hearing", "active advertising quiet"];

/** What would be a change of role, or would let go of what is held. */
function isDrastic(effect: string): boolean {
  return /^(release|report|send 0)/.test(effect);
}

for (const field of Object.keys(INSTANCE) as (keyof VrrpInstanceConfig)[]) {
  const [to, what] = INSTANCE[field];
  const after: VrrpInstanceConfig = { ...BEFORE, [field]: to };

  Deno.test(`reload: ${field} of an instance changes: ${what}`, () => {
    const { stops, updates, starts } = diffConfigs(wholeConfig([BEFORE]), wholeConfig([after]));
    if (what === "another router") {
      assertEquals([stops, updates, starts], [[vrrpInstanceIdentity(BEFORE)], [], [after]]);
      return;
    }
    assertEquals([stops, updates, starts], [[], [after], []]);
    for (const state of STATES) {
      // Known, and good: what is tracked from now on is pending, and that is no reason to yield.
      const context = { verdicts: { "script s": { state: "good" } } } as const;
      const { value, effects, context: memory } = step(
        { state, context },
        { type: "RECONFIGURE", config: after },
      );
      const [role] = state.split(" ");
      assert(
        typeof value === "object" && role !== undefined && role in value,
        `${state} → ${value}`,
      );
      assertEquals(effects.filter(isDrastic), [], state);
      assert(effects.some((effect) => effect.startsWith("configure ")), `${effects}`);
      assertEquals(memory.config, after);
    }
  });
}

Deno.test("reload: of tracked objects what is still tracked stays known, the rest is forgotten", () => {
  const track = (name: string) => ({ kind: "script", name, weight: 0, reversed: false }) as const;
  const from = {
    state: "active advertising quiet",
    config: { tracks: [track("a"), track("b")] },
    context: {
      verdicts: { "script a": { state: "good" }, "script b": { state: "good" } },
    },
  } as const;
  const config = instanceConfig({ tracks: [track("b"), track("c")], priority: 50 });
  const { context } = step(from, { type: "RECONFIGURE", config });
  assertEquals(context.verdicts, { "script b": { state: "good" } });
});

Deno.test("reload: a backup goes on counting from the last advertisement of its master", () => {
  const context = { heardAtMs: 0, activeAdverIntervalCs: 400 };
  const config = instanceConfig({ priority: 101 });
  const after = step({ state: "backup hearing", context }, { type: "RECONFIGURE", config });
  assertEquals(after.context.activeAdverIntervalCs, 400);
});

type Changed<Whole> = { readonly [Field in keyof Whole]-?: NonNullable<Whole[Field]> };

const { global: OLD } = wholeConfig();
/** No field of these concerns an instance: what does is filled in in every instance. */
const GLOBAL: Changed<GlobalConfig> = {
  routerId: "other",
  dynamicInterfaces: true,
  logUnknownVrids: true,
  defaults: { ...OLD.defaults, version: 3 },
  vrrpProcess: { ...OLD.vrrpProcess, niceness: 1 },
  checkProcess: { ...OLD.checkProcess, niceness: 1 },
  bfdProcess: { ...OLD.bfdProcess, niceness: 1 },
  processName: "other",
  namesProcesses: true,
  scripts: { ...OLD.scripts, startup: script },
  notifications: { ...OLD.notifications, fifo: { path: "/f" } },
  mail: { ...OLD.mail, recipients: ["a@b"] },
  files: { ...OLD.files, umask: 0o22 },
  reload: { ...OLD.reload, timePath: "/t" },
  place: { ...OLD.place, instance: "i" },
  firewall: { ...OLD.firewall, counters: true },
  virtualMac: { ...OLD.virtualMac, prefix: "v" },
  lvs: { ...OLD.lvs, flushesAtStart: true },
  pollsLinks: true,
  delayAfterBootMs: 1_000,
  disablesLocalIgmp: true,
};

for (const field of Object.keys(GLOBAL) as (keyof GlobalConfig)[]) {
  Deno.test(`reload: ${field} of global_defs changes: no instance hears of it`, () => {
    const before = wholeConfig([BEFORE]);
    const after: Config = { ...before, global: { ...before.global, [field]: GLOBAL[field] } };
    assert(JSON.stringify(before) !== JSON.stringify(after), "it is another value");
    assertEquals(diffConfigs(before, after), { stops: [], updates: [], starts: [] });
  });
}
