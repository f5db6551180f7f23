/**
 * VRRP beside FRR's vrrpd, with the packets as judge: each hears the other, and takes over from it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep, until } from "../lab/command.ts";
import { advertSource, instanceText, type Wire, WIRES } from "../lab/conf.ts";
import { stayd } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { addFrrDevice, frrText, frrVrrpd } from "../lab/frr_vrrpd.ts";
import { downMs } from "../lab/judge.ts";
import { ensurePackages } from "../lab/packages.ts";
import { Stage, staydTest } from "../lab/stage.ts";

const VRID = 51;
const TAKEOVER_MS_MAX = 10_000;
await ensurePackages(["frr"]).catch(() => {});

/** One address: link-local for IPv6, which comes first on the wire. */
function addressesOf({ family }: Wire): string[] {
  return family === 4 ? ["10.0.0.100"] : ["fe80::100"];
}

for (const wire of WIRES.filter(({ unicast }) => !unicast)) {
  const addresses = addressesOf(wire);
  const advertOf = (priority: number) => (frame: Frame): frame is Advert =>
    frame.kind === "advert" && frame.vrid === VRID && frame.priority === priority;
  const play = (title: string, body: (stage: Stage) => Promise<void>) =>
    staydTest(`FRR's vrrpd, ${wire.name}: ${title}`, () =>
      Stage.play(async (stage) => {
        await addFrrDevice(stage.lab, "r2", wire, VRID, addresses);
        await body(stage);
      }, ["r1", "r2"]));
  const startStayd = (stage: Stage, priority: number) =>
    stage.start("r1", stayd, instanceText("r1", wire, { priority, addresses }), wire.family);
  const startFrr = (stage: Stage, priority: number) =>
    stage.launch("r2", frrVrrpd, frrText(wire, VRID, priority, addresses));

  play("it is active, stayd its backup, which takes over", async (stage) => {
    const { capture, lab } = stage;
    const frr = await startFrr(stage, 200);
    await capture.until("FRR is active", advertOf(200), TAKEOVER_MS_MAX);
    await startStayd(stage, 100);
    await sleep(downMs(wire, 100) + 500);
    assert(!capture.frames.some(advertOf(100)), "a backup hears FRR");
    await frr.kill();
    const taken = await capture.until("stayd takes over", advertOf(100), TAKEOVER_MS_MAX);
    assertEquals(taken.source, advertSource("r1", wire));
    await assertHolds(lab, "r1", addresses, 3_000);
  });

  play("stayd is active, it is the backup, which takes over", async (stage) => {
    const { capture } = stage;
    const r1 = await startStayd(stage, 200);
    await capture.until("stayd is active", advertOf(200), TAKEOVER_MS_MAX);
    const frr = await startFrr(stage, 100);
    await until("FRR waits", () => frr.log().join().includes("Backup"), TAKEOVER_MS_MAX);
    await sleep(downMs(wire, 100) + 500);
    assert(!capture.frames.some(advertOf(100)), "FRR hears stayd");
    await r1.stop();
    await capture.until("stayd resigns", advertOf(0), 2_000);
    await capture.until("FRR takes over", advertOf(100), TAKEOVER_MS_MAX);
  });
}
