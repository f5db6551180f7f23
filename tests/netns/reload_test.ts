/**
 * A changed configuration and SIGHUP: addresses differ only by the difference, and no role changes
 * but where the new priorities say so.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds, assertWaited } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { FAST_WIRE, instanceText } from "../lab/conf.ts";
import { advertsOf, downMs, isAdvertOf, isAnnouncementOf } from "../lab/judge.ts";
import type { Host } from "../lab/lab.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const OLD = ["10.0.0.100", "10.0.0.101", "10.0.0.102"];
const NEW = ["10.0.0.101", "10.0.0.102", "10.0.0.103"];

function config(host: Host, priority: number, addresses: readonly string[]): string {
  return instanceText(host, FAST_WIRE, { priority, addresses });
}

/** r1 with 200 elected, r2 with 100 listening, both with the old addresses. */
async function begin(stage: Stage, pair: Pair) {
  const r1 = await stage.start("r1", pair.r1, config("r1", 200, OLD), 4);
  const r2 = await stage.start("r2", pair.r2, config("r2", 100, OLD), 4);
  await stage.capture.until("r1 is elected", isAdvertOf("r1"), 2000);
  await assertHolds(stage.lab, "r1", OLD);
  await sleep(INTERVAL_MS);
  return { r1, r2 };
}

for (const pair of PAIRS) {
  netnsTest(
    `reload of ${pair.name}: the master's priority and addresses`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const { r1, r2 } = await begin(stage, pair);
        const monitor = await lab.monitor("r1");
        const before = capture.frames.length;
        // keepalived 2.2.7 ignores adverts with other addresses than its own: both change at once.
        await Promise.all([
          r1.reload(config("r1", 210, NEW)),
          r2.reload(config("r2", 100, NEW)),
        ]);
        await capture.until("the new priority", isAdvertOf("r1", 210), 2000, before);
        await assertHolds(lab, "r1", NEW);
        await capture.until("the new address", isAnnouncementOf("r1", "10.0.0.103"), 2000, before);
        await sleep(5 * INTERVAL_MS);

        const changes = (await monitor.stop()).map(({ change, ip }) => `${change} ${ip}`);
        assertEquals(changes.toSorted(), ["added 10.0.0.103", "removed 10.0.0.100"]);
        const since = capture.frames.slice(before);
        assertEquals(advertsOf("r2", since), [], "r2 stays behind");
        assert(advertsOf("r1", since).every(({ priority }) => priority >= 200), "r1 never resigns");
        const last = advertsOf("r1", since).at(-1);
        assertEquals<unknown>(last?.addresses, NEW);
        assertEquals(last?.priority, 210);
      }),
  );

  netnsTest(`reload of ${pair.name}: the same configuration`, () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const { r1, r2 } = await begin(stage, pair);
      const monitors = await Promise.all([lab.monitor("r1"), lab.monitor("r2")]);
      const before = capture.frames.length;
      await Promise.all([
        r1.reload(config("r1", 200, OLD)),
        r2.reload(config("r2", 100, OLD)),
      ]);
      await sleep(6 * INTERVAL_MS);
      for (const monitor of monitors) assertEquals(await monitor.stop(), []);
      const since = capture.frames.slice(before);
      assertEquals(advertsOf("r2", since), []);
      assert(advertsOf("r1", since).every(({ priority }) => priority === 200));
      await assertHolds(lab, "r1", OLD);
    }));

  netnsTest(
    `reload of ${pair.name}: the backup becomes the better router`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const { r2 } = await begin(stage, pair);
        const before = capture.frames.length;
        const reloadMs = Date.now();
        await r2.reload(config("r2", 220, OLD));
        const first = await capture.until("r2 preempts", isAdvertOf("r2"), 3000, before);
        assertEquals(first.priority, 220);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", OLD);
        // At the latest a whole wait after the reload; r1's adverts no longer hold it back.
        const waitedMs = Math.max(first.atMs - reloadMs, downMs(FAST_WIRE, 220));
        assertWaited("r2 after the reload", waitedMs, downMs(FAST_WIRE, 220));
        await sleep(2 * INTERVAL_MS);
        const since = capture.frames.slice(capture.frames.indexOf(first));
        assert(advertsOf("r1", since).length <= 1, "r1 gives in at once");
      }),
  );

  netnsTest(
    `reload of ${pair.name}: the master becomes the worse router`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const { r1 } = await begin(stage, pair);
        const before = capture.frames.length;
        await r1.reload(config("r1", 50, OLD));
        await capture.until("r1 says so", isAdvertOf("r1", 50), 2000, before);
        await capture.until("r2 preempts", isAdvertOf("r2", 100), 3000, before);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", OLD);
      }),
  );
}
