/**
 * Every state with every fact: what is not in the table must change nothing, send nothing and arm
 * nothing (the RFC's *discard*, and facts that come at the wrong time).
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { VrrpContext, VrrpFact } from "../../machines/vrrp_facts.ts";
import { nextChance } from "../../machines/vrrp_chance.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { instanceConfig } from "./vrrp_config.ts";
import { type From, heard, OUR_IP, startup, step, valueOf } from "./vrrp_step.ts";

const FAULTY: Partial<VrrpContext> = { faults: ["missing"] };
/** A track without a verdict: nothing can be said of the router yet. */
const UNSEEN: Partial<VrrpInstanceConfig> = {
  tracks: [{ kind: "script", name: "unseen", weight: 0, reversed: false }],
};
/** In a sync group that is waited for. */
const GROUPED: Partial<VrrpInstanceConfig> = { syncGroup: "G" };
const BACKUPS = ["hearing", "resigned", "relistening"];
const HOLDINGS = ["settling", "refreshing", "quiet"].flatMap((announcements) =>
  ["idle", "pending"].map((reassertion) => `${announcements} ${reassertion}`)
);

const FACTS: Readonly<Record<string, VrrpFact>> = {
  STARTUP: startup(),
  "STARTUP delayed": startup(3_000),
  "STARTUP resumes": startup(0, true),
  SHUTDOWN: { type: "SHUTDOWN" },
  RETIRE: { type: "RETIRE" },
  RECONFIGURE: { type: "RECONFIGURE", config: instanceConfig({ priority: 110 }) },
  "ADVERTISEMENT 0": heard(0),
  "ADVERTISEMENT lesser": heard(99),
  "ADVERTISEMENT tie lost": heard(100),
  "ADVERTISEMENT tie won": heard(100, "192.0.2.9"),
  "ADVERTISEMENT greater": heard(101),
  "ADVERTISEMENT twin": heard(100, OUR_IP),
  SOURCE_ADDRESS: { type: "SOURCE_ADDRESS", ip: ip("192.0.2.77") },
  FAULT_RAISED: { type: "FAULT_RAISED", reason: "missing" },
  FAULT_CLEARED: { type: "FAULT_CLEARED", reason: "missing" },
  "STALLED shortly": { type: "STALLED", lateMs: 100 },
  "STALLED an interval": { type: "STALLED", lateMs: 1_500 },
  "STALLED long": { type: "STALLED", lateMs: 2_500 },
  ADDRESSES_VANISHED: { type: "ADDRESSES_VANISHED", count: 1 },
  "TRACKED elsewhere": { type: "TRACKED", verdicts: { "script other": { state: "bad" } }, atMs: 0 },
  GROUP_ACTIVATED: { type: "GROUP_ACTIVATED" },
  GROUP_RELEGATED: { type: "GROUP_RELEGATED" },
  GROUP_FAULT: { type: "GROUP_FAULT", reason: "others" },
  GROUP_REASSERTED: { type: "GROUP_REASSERTED" },
};

/** Facts that only change what is remembered, in every state. */
const REMEMBERED: ReadonlySet<string> = new Set([
  "SOURCE_ADDRESS",
  "FAULT_RAISED",
  "FAULT_CLEARED",
  "TRACKED elsewhere",
  "GROUP_FAULT",
]);

/** Active_Down_Interval and what chance adds to it, from a seed of 0. */
const WITH_JITTER = `wait ${3_609.375 + nextChance(0).chance * 1_000}`;
const CONFIGURE = "configure priority 110";
const RELEGATED = ["release", "report backup: advertisement", "wait 14437.5"];
const RESIGNED = ["send 0", "release"];
const RELISTEN: Outcome = ["backup relistening", ["wait 1609.375"]];
const HEEDED: Outcome = ["backup hearing", ["wait 14437.5"]];

type Outcome = [to: string, effects: string[]];
type Table = Readonly<Record<string, Outcome>>;

/** What happens in each state, by fact; an absent fact is ignored. */
function expectations(): Map<string, { from: From; table: Table }> {
  const all = new Map<string, { from: From; table: Table }>();
  const add = (state: string, table: Table, context: Partial<VrrpContext> = {}, config = {}) =>
    all.set(state, { from: { state, context, config }, table });
  add("initialize", {
    STARTUP: ["backup hearing", ["release", "report backup: startup", "wait 3609.375"]],
    "STARTUP delayed": ["delayed", ["release", "wait 3000"]],
    "STARTUP resumes": [
      "active advertising",
      ["send 100", "report active: resumed", "claim ×5", "wait 1000", "wait 5000"],
    ],
    RETIRE: ["retired", []],
    RECONFIGURE: ["initialize", [CONFIGURE]],
  });
  add("delayed", {
    SHUTDOWN: ["initialize", []],
    RECONFIGURE: ["delayed", [CONFIGURE]],
  });
  add(
    "awaiting",
    {
      SHUTDOWN: ["initialize", ["report initialize: shutdown"]],
      RECONFIGURE: ["backup hearing", [CONFIGURE, "report backup: startup", "wait 3570.3125"]],
      FAULT_RAISED: ["fault", ["report fault: fault"]],
      GROUP_FAULT: ["fault", ["report fault: fault"]],
    },
    {},
    UNSEEN,
  );
  add("fault", {
    SHUTDOWN: ["initialize", ["report initialize: shutdown"]],
    RECONFIGURE: ["fault", [CONFIGURE]],
    FAULT_CLEARED: ["backup hearing", ["report backup: recovery", "wait 3609.375"]],
  }, FAULTY);
  for (const timer of BACKUPS) {
    add(`backup ${timer}`, {
      SHUTDOWN: ["initialize", ["report initialize: shutdown"]],
      RECONFIGURE: ["backup hearing", [CONFIGURE, "wait 3570.3125"]],
      "ADVERTISEMENT 0": ["backup resigned", ["wait 609.375"]],
      "ADVERTISEMENT tie lost": HEEDED,
      "ADVERTISEMENT tie won": HEEDED,
      "ADVERTISEMENT greater": HEEDED,
      "ADVERTISEMENT twin": HEEDED,
      FAULT_RAISED: ["fault", ["report fault: fault"]],
      GROUP_FAULT: ["fault", ["report fault: fault"]],
      "STALLED an interval": RELISTEN,
      "STALLED long": RELISTEN,
    });
  }
  add(
    "backup ready",
    {
      SHUTDOWN: ["initialize", ["tell hearing", "report initialize: shutdown", "tell initialize"]],
      RECONFIGURE: ["backup hearing", ["tell hearing", CONFIGURE, "wait 3570.3125"]],
      "ADVERTISEMENT tie lost": ["backup hearing", ["tell hearing", "wait 14437.5"]],
      "ADVERTISEMENT tie won": ["backup hearing", ["tell hearing", "wait 14437.5"]],
      "ADVERTISEMENT greater": ["backup hearing", ["tell hearing", "wait 14437.5"]],
      "ADVERTISEMENT twin": ["backup hearing", ["tell hearing", "wait 14437.5"]],
      FAULT_RAISED: ["fault", ["tell hearing", "report fault: fault", "tell fault"]],
      GROUP_FAULT: ["fault", ["tell hearing", "report fault: fault", "tell fault"]],
      "STALLED an interval": ["backup relistening", ["tell hearing", "wait 1609.375"]],
      "STALLED long": ["backup relistening", ["tell hearing", "wait 1609.375"]],
      GROUP_ACTIVATED: ["active advertising", [
        "tell hearing",
        "send 100",
        "report active: group",
        "claim ×5",
        "tell active",
        "wait 1000",
        "wait 5000",
      ]],
    },
    {},
    GROUPED,
  );
  for (const regions of HOLDINGS) {
    addActive(add, regions);
  }
  return all;
}

function addActive(add: (state: string, table: Table) => void, regions: string): void {
  const [announcements = ""] = regions.split(" ");
  const common: Table = {
    SHUTDOWN: ["initialize", [...RESIGNED, "report initialize: shutdown"]],
    FAULT_RAISED: ["fault", [...RESIGNED, "report fault: fault"]],
    GROUP_FAULT: ["fault", [...RESIGNED, "report fault: fault"]],
    GROUP_RELEGATED: ["backup hearing", ["release", "report backup: group", WITH_JITTER]],
    "ADVERTISEMENT tie lost": ["backup hearing", RELEGATED],
    "ADVERTISEMENT greater": ["backup hearing", RELEGATED],
  };
  const answered: Outcome = [
    `active advertising ${announcements} pending`,
    ["send 100", "report lesser", "announce ×5", "wait 5000"],
  ];
  const doubt: Outcome = [`active doubting ${regions}`, ["wait 0"]];
  add(`active advertising ${regions}`, {
    ...common,
    // Neighbours know what was announced: a second burst would tell them nothing.
    RECONFIGURE: [
      `active advertising ${regions}`,
      [CONFIGURE, "send 110", "claim ×5", "wait 1000"],
    ],
    "ADVERTISEMENT 0": [`active advertising ${regions}`, ["send 100", "wait 1000"]],
    "ADVERTISEMENT lesser": answered,
    "ADVERTISEMENT tie won": answered,
    GROUP_REASSERTED: [
      `active advertising ${announcements} pending`,
      ["announce ×5", "wait 5000"],
    ],
    "STALLED long": doubt,
    ADDRESSES_VANISHED: [`active advertising ${regions}`, ["claim ×5"]],
  });
  add(`active doubting ${regions}`, {
    ...common,
    RECONFIGURE: [`active doubting ${regions}`, [CONFIGURE]],
    "ADVERTISEMENT lesser": ["backup hearing", RELEGATED],
    "ADVERTISEMENT tie won": ["backup hearing", RELEGATED],
    "STALLED long": doubt,
  });
}

const EXPECTED = expectations();

for (const [state, { from, table }] of EXPECTED) {
  Deno.test(`vrrpInstance every fact in state ${state}`, () => {
    for (const [name, fact] of Object.entries(FACTS)) {
      const expected = table[name];
      const stepped = step(from, fact);
      const outcome: Outcome = expected ?? [state, []];
      assertEquals([stepped.value, stepped.effects], [valueOf(outcome[0]), outcome[1]], name);
      if (expected || REMEMBERED.has(name)) continue;
      const before = step(from, { type: "STALLED", lateMs: 0 }).context;
      assertEquals(stepped.context, before, `${name} is remembered`);
    }
  });
}

Deno.test("vrrpInstance: the matrix has every fact of the machine", () => {
  const tested = new Set(Object.values(FACTS).map(({ type }) => type));
  const known = vrrpInstance.events.filter((type) => !type.startsWith("xstate."));
  assertEquals(new Set<string>(tested), new Set<string>(known));
});
