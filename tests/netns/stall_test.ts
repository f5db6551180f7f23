/**
 * A process that was stopped past its own or its peer's patience and goes on: it must look at what
 * came meanwhile before it believes its timers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds, LATE_MS_MAX } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { keepalived } from "../lab/daemon.ts";
import { advertsOf, announcementsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import { signal } from "../lab/process_tree.ts";
import { netnsTest, Stage, SUBJECT } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const VIRTUAL = virtualAddressesOf(4);

/** Whoever the stalled one meets. */
const PEERS = [...new Set([SUBJECT, keepalived])];

for (const peer of PEERS) {
  netnsTest(
    `stall of the master: ${SUBJECT.name}, with ${peer.name} in its place`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        // Of equals the one with the greater address, r2, stays master when both are.
        const config = (host: "r1" | "r2") => instanceText(host, FAST_WIRE, { priority: 100 });
        const r1 = await stage.start("r1", SUBJECT, config("r1"), 4);
        await capture.until("r1 is elected", isAdvertOf("r1"), 2000);
        await stage.start("r2", peer, config("r2"), 4);
        await sleep(2 * INTERVAL_MS);

        const stalled = r1.speaker();
        assert(signal(stalled, "SIGSTOP"));
        await capture.until("r2 claims", isAdvertOf("r2"), 2000);
        await sleep(3 * INTERVAL_MS);
        await assertHolds(lab, "r1", VIRTUAL);
        const monitor = await lab.monitor("r1");
        const before = capture.frames.length;
        const awakeMs = Date.now();
        assert(signal(stalled, "SIGCONT"));
        await assertHolds(lab, "r1", []);
        const released = await monitor.stop();
        for (const { change, ip, atMs } of released) {
          assertEquals(change, "removed", ip);
          assert(atMs - awakeMs < LATE_MS_MAX, `${ip} released after ${atMs - awakeMs} ms`);
        }
        await sleep(5 * INTERVAL_MS);
        const since = capture.frames.slice(before);
        assertEquals(advertsOf("r1", since), [], "it says nothing");
        assertEquals(announcementsOf("r1", since), []);
        await assertHolds(lab, "r2", VIRTUAL);
      }),
  );

  netnsTest(
    `stall of the backup: ${SUBJECT.name}, with ${peer.name} as master`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        await stage.start("r1", peer, instanceText("r1", FAST_WIRE, { priority: 200 }), 4);
        const config = instanceText("r2", FAST_WIRE, { priority: 100 });
        const r2 = await stage.start("r2", SUBJECT, config, 4);
        await capture.until("r1 is elected", isAdvertOf("r1"), 2000);
        await sleep(2 * INTERVAL_MS);

        const monitor = await lab.monitor("r2");
        const stalled = r2.speaker();
        assert(signal(stalled, "SIGSTOP"));
        await sleep(downMs(FAST_WIRE, 100) + 3 * INTERVAL_MS);
        assert(signal(stalled, "SIGCONT"));
        await sleep(5 * INTERVAL_MS);
        assertEquals(advertsOf("r2", capture.frames), [], "it never claims");
        assertEquals(announcementsOf("r2", capture.frames), []);
        assertEquals(await monitor.stop(), []);
        await assertHolds(lab, "r1", VIRTUAL);
      }),
  );
}
