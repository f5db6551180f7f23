/**
 * Ten thousand bad packets in a second: the master goes on as if there were none.
 *
 * keepalived is not asked to: each packet for its VRID, good or bad, makes its master wait another
 * interval before the next advert.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { keepalived, stayd } from "../lab/daemon.ts";
import { badFrames, type Forged, inject } from "../lab/forged_packets.ts";
import { advertsOf, announcementsOf, isAdvertOf, spacingsMs } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const VIRTUAL = virtualAddressesOf(4);
const PACKET_COUNT = 10_000;
const DURATION_MS = 1000;
/** A line or two of each kind, not of each packet. */
const LOG_LINES_MAX = 50;

/** All but its faults is a good advert of a better router: heeding one would show. */
const TARGET: Forged = { vrid: 51, priority: 254, intervalMs: INTERVAL_MS, addresses: VIRTUAL };

function storm(lab: Lab): Promise<void> {
  const frames = badFrames("client", TARGET, PACKET_COUNT);
  return inject(lab, "client", frames, { durationMs: DURATION_MS });
}

staydTest("storm: ten thousand bad packets change nothing", () =>
  Stage.play(
    async (stage) => {
      const { lab, capture } = stage;
      const config = (host: "r1" | "r2", priority: number) =>
        instanceText(host, FAST_WIRE, { priority });
      const r1 = await stage.start("r1", stayd, config("r1", 200), 4);
      const r2 = await stage.start("r2", stayd, config("r2", 100), 4);
      await capture.until("r1 is elected", isAdvertOf("r1"), 2000);
      await assertHolds(lab, "r1", VIRTUAL);
      await sleep(2 * INTERVAL_MS);
      const monitors = await Promise.all([lab.monitor("r1"), lab.monitor("r2")]);
      const [before, lines1, lines2] = [capture.frames.length, r1.log().length, r2.log().length];

      await storm(lab);
      await sleep(3 * INTERVAL_MS);
      const since = (await capture.stop()).slice(before);
      assertEquals(advertsOf("r2", since), [], "r2 stays behind");
      assert(advertsOf("r1", since).every(({ priority }) => priority === 200), "no resignation");
      const longestMs = Math.max(...spacingsMs(advertsOf("r1", since)));
      assert(longestMs <= 2 * INTERVAL_MS, `r1 was silent for ${longestMs.toFixed(1)} ms`);
      assertEquals(announcementsOf("r1", since), [], "nothing is announced again");
      for (const monitor of monitors) assertEquals(await monitor.stop(), []);
      const logged = [r1.log().length - lines1, r2.log().length - lines2];
      assert(logged.every((count) => count <= LOG_LINES_MAX), `${logged} lines were logged`);
    },
    ["r1", "r2", "client"],
    "not ether src 02:00:00:00:00:09",
  ));

netnsTest(
  "storm: keepalived's master can be silenced by one, which shows that ours is real",
  () =>
    Stage.play(
      async (stage) => {
        const { lab, capture } = stage;
        const config = instanceText("r1", FAST_WIRE, { priority: 200 });
        await stage.start("r1", keepalived, config, 4);
        await capture.until("r1 is elected", isAdvertOf("r1"), 2000);
        await sleep(2 * INTERVAL_MS);
        const before = capture.frames.length;
        await storm(lab);
        await sleep(3 * INTERVAL_MS);
        const since = advertsOf("r1", (await capture.stop()).slice(before));
        assert(Math.max(...spacingsMs(since)) > 2 * INTERVAL_MS, "the packets reached it");
      },
      ["r1", "client"],
      "not ether src 02:00:00:00:00:09",
    ),
);
