/**
 * Our two processes lose one another: what the network and the kernel see of it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds, assertWaited } from "../lab/assertions.ts";
import { sleep, until } from "../lab/command.ts";
import { FAST_WIRE, instanceText, virtualAddressesOf, type Wire } from "../lab/conf.ts";
import { keepalived, stayd } from "../lab/daemon.ts";
import { advertsOf, downMs, isAdvertOf, skewMs, spacingsMs, takeoverOf } from "../lab/judge.ts";
import { isRunning, signal } from "../lab/process_tree.ts";
import { Stage, staydTest } from "../lab/stage.ts";

const VIRTUAL = virtualAddressesOf(4);
/** A peer patient enough for a process to start on a busy machine. */
const PATIENT_WIRE: Wire = { ...FAST_WIRE, advertSec: 0.5 };

/** r1 (stayd) elected with 200, r2 (keepalived) behind it with 100. */
async function begin(stage: Stage, wire: Wire) {
  const config = (host: "r1" | "r2", priority: number) => instanceText(host, wire, { priority });
  const r1 = await stage.start("r1", stayd, config("r1", 200), 4);
  await stage.start("r2", keepalived, config("r2", 100), 4);
  await stage.capture.until("r1 is elected", isAdvertOf("r1"), downMs(wire, 200) + 1000);
  await assertHolds(stage.lab, "r1", VIRTUAL);
  await sleep(wire.advertSec * 1000);
  return r1;
}

staydTest(
  "supervision: the vrrp process is killed, and another adopts its addresses",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const r1 = await begin(stage, PATIENT_WIRE);
      const monitor = await lab.monitor("r1");
      const killed = r1.speaker();
      const before = capture.frames.length;
      assert(signal(killed, "SIGKILL"));
      await until("another process speaks", () => {
        const other = stayd.speaker(r1.pids());
        return other !== undefined && other !== killed;
      }, 3000);
      await capture.until("r1 speaks again", isAdvertOf("r1", 200), 3000, before);
      await sleep(3 * PATIENT_WIRE.advertSec * 1000);
      const frames = await capture.stop();
      assertEquals(advertsOf("r2", frames), [], "r2 noticed nothing");
      assert(advertsOf("r1", frames).every(({ priority }) => priority === 200));
      const longestMs = Math.max(...spacingsMs(advertsOf("r1", frames)));
      assert(longestMs < downMs(PATIENT_WIRE, 100), `r1 was silent for ${longestMs} ms`);
      const removed = (await monitor.stop()).filter(({ change }) => change === "removed");
      assertEquals(removed, [], "the addresses stayed");
      await assertHolds(lab, "r1", VIRTUAL);
    }),
);

staydTest(
  "supervision: the parent is killed, and the vrrp process resigns and leaves",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const r1 = await begin(stage, FAST_WIRE);
      const child = r1.speaker();
      assert(child !== r1.pid, "there are two processes");
      assert(signal(r1.pid, "SIGKILL"));
      await capture.until("r1 resigns", isAdvertOf("r1", 0), 1000);
      await assertHolds(lab, "r1", []);
      await until("the child has left", () => !isRunning(child), 1000);
      await capture.until("r2 follows", isAdvertOf("r2"), 2000);
      const { last, advertMs } = takeoverOf("r1", "r2", capture.frames);
      assertEquals(last.priority, 0);
      assertWaited("r2 after the resignation", advertMs, skewMs(FAST_WIRE, 100));
      await assertHolds(lab, "r2", VIRTUAL);
    }),
);
