/**
 * What is announced, and how often, as keepalived does: after a lesser router was heard, by the
 * whole group; and what a reload adds.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { keepalived, stayd } from "../lab/daemon.ts";
import { forgedFrame, inject } from "../lab/forged_packets.ts";
import type { Frame } from "../lab/frame.ts";
import { announcementsOf, isAdvertOf } from "../lab/judge.ts";
import { netnsTest, Stage } from "../lab/stage.ts";

const DELAYS = ["garp_master_delay 1", "garp_lower_prio_delay 1"];
const [FIRST, SECOND, ADDED] = ["10.0.0.100", "10.0.0.101", "10.0.0.102"];

/** How often r1 announced each address. */
function countsIn(frames: readonly Frame[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ip } of announcementsOf("r1", frames)) counts[ip] = (counts[ip] ?? 0) + 1;
  return counts;
}

/** How many bursts there are of what a reload adds: 2.2.7 has no second one. */
const DAEMONS = [{ daemon: keepalived, burstCount: 1 }, { daemon: stayd, burstCount: 2 }];

for (const { daemon, burstCount } of DAEMONS) {
  netnsTest(
    `a lesser router is answered by the announcements of the group: ${daemon.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const member = (name: string, vrid: number, address: string, repeat: number) =>
          instanceText("r1", FAST_WIRE, {
            name,
            vrid,
            priority: 150,
            addresses: [address],
            lines: [...DELAYS, `garp_lower_prio_repeat ${repeat}`],
          });
        const text = [
          member("V1", 51, FIRST, 3),
          member("V2", 52, SECOND, 2),
          ...block("vrrp_sync_group G", block("group", ["V1", "V2"])),
          "",
        ].join("\n");
        await stage.start("r1", daemon, text, 4);
        await capture.until("r1 is master", isAdvertOf("r1"), 5_000);
        await sleep(2_000); // The bursts of the takeover are over.
        const before = capture.frames.length;
        const advert = { vrid: 51, priority: 50, intervalMs: 200, addresses: [FIRST] };
        await inject(lab, "client", [forgedFrame("client", advert)]);
        await sleep(700);
        assertEquals(countsIn(capture.frames.slice(before)), { [FIRST]: 3, [SECOND]: 2 });
        await sleep(1_000);
        assertEquals(countsIn(capture.frames.slice(before)), { [FIRST]: 6, [SECOND]: 4 }, "again");
      }, ["r1", "client"]),
  );

  netnsTest(
    `what a reload adds is announced, bursts ${burstCount}: ${daemon.name}`,
    () =>
      Stage.play(async (stage) => {
        const { capture } = stage;
        const text = (...addresses: string[]) =>
          instanceText("r1", FAST_WIRE, {
            priority: 150,
            addresses,
            lines: [...DELAYS, "garp_master_repeat 2"],
          });
        const running = await stage.start("r1", daemon, text(FIRST, SECOND), 4);
        await capture.until("r1 is master", isAdvertOf("r1"), 5_000);
        await sleep(2_000);
        const before = capture.frames.length;
        await running.reload(text(FIRST, SECOND, ADDED));
        await sleep(700);
        assertEquals(countsIn(capture.frames.slice(before))[ADDED], 2);
        await sleep(1_500);
        assertEquals(countsIn(capture.frames.slice(before))[ADDED], 2 * burstCount);
      }, ["r1", "client"]),
  );
}
