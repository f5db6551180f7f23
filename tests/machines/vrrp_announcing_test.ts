/**
 * What an active router announces after the takeover: bursts, refreshments, answers to lesser ones.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { AnnouncementConfig } from "../../machines/announcement_config.ts";
import { DEFAULT_ANNOUNCEMENTS, instanceConfig, virtualAddress } from "./vrrp_config.ts";
import { only, router } from "./vrrp_router.ts";
import { heard, startup } from "./vrrp_step.ts";

Deno.test("vrrpInstance announcements: delay, refresh, and none after leaving", () => {
  const announcements = { ...DEFAULT_ANNOUNCEMENTS, refreshMs: 7_000, refreshRepeatCount: 2 };
  const { time, tell, commands } = router({ announcements });
  tell(startup(0, true));
  time.runFor(20_000);
  assertEquals(only(commands(), "announce"), [
    "5000 announce ×5",
    "7000 announce ×2",
    "14000 announce ×2",
  ]);
  tell(heard(101, "192.0.2.20", 4_000));
  time.runFor(30_000);
  assertEquals(only(commands(), "announce"), []);
});

Deno.test("vrrpInstance announcements: two bursts after a lesser router was heard", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(6_000);
  commands();
  tell(heard(99));
  time.runFor(10_000);
  assertEquals(only(commands(), "announce"), ["6000 announce ×5", "11000 announce ×5"]);
});

Deno.test("vrrpInstance announcements: a greater router cancels the second burst", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(6_000);
  tell(heard(99));
  tell(heard(101, "192.0.2.20", 4_000));
  commands();
  time.runFor(10_000);
  assertEquals(commands(), []);
});

Deno.test("vrrpInstance announcements: what a reload adds is announced twice, too", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(10_000);
  commands();
  const config = instanceConfig();
  const added = [...config.virtualAddresses, virtualAddress("192.0.2.101")];
  tell({ type: "RECONFIGURE", config: { ...config, virtualAddresses: added } });
  time.runFor(3_000);
  tell({ type: "RECONFIGURE", config: { ...config, virtualAddresses: added, priority: 101 } });
  time.runFor(20_000);
  assertEquals(only(commands(), "announce"), ["15000 announce ×5"], "5 s after it was added");
  tell({ type: "RECONFIGURE", config: { ...config, priority: 101 } });
  time.runFor(20_000);
  assertEquals(only(commands(), "announce"), [], "nothing is new");
});

// deno-fmt-ignore
const REASSERTED: [name: string, change: Partial<AnnouncementConfig>, told: string[]][] = [
  ["as if it had heard it itself", {}, ["6000 announce ×5", "11000 announce ×5"]],
  ["with its own settings", { lowerPriorityRepeatCount: 2, lowerPriorityDelayMs: 0 }, ["6000 announce ×2"]],
  ["not at all, if it does not itself", { lowerPriorityRepeatCount: 0 }, []],
];
for (const [name, change, told] of REASSERTED) {
  Deno.test(`vrrpInstance announcements: another member heard a lesser router: ${name}`, () => {
    const announcements = { ...DEFAULT_ANNOUNCEMENTS, ...change };
    const { time, tell, commands } = router({ announcements });
    tell({ type: "GROUP_REASSERTED" });
    tell(startup(0, true));
    time.runFor(6_000);
    commands();
    tell({ type: "GROUP_REASSERTED" });
    time.runFor(10_000);
    assertEquals(only(commands(), "announce"), told);
  });
}
