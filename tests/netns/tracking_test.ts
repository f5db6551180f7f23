/**
 * What an interface, a script or the rest of a sync group does to a router, as keepalived has it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import type { Host, Lab } from "../lab/lab.ts";
import { advertsOf, isAdvertOf } from "../lab/judge.ts";
import { isRunning } from "../lab/process_tree.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const VIRTUAL = virtualAddressesOf(4);
/** A takeover after silence, with a margin for a busy machine. */
const TAKEOVER_MS_MAX = 3_000;
/** An interface beside the one of the adverts. */
const TRACKED = "d0";

async function addTracked(lab: Lab, host: Host): Promise<void> {
  const [device, peer] = [TRACKED, `${TRACKED}p`];
  await lab.runAt(host, ["ip", "link", "add", device, "type", "veth", "peer", "name", peer]);
  await lab.runAt(host, ["ip", "link", "set", peer, "up"]);
  await setTracked(lab, host, "up");
}

async function setTracked(lab: Lab, host: Host, state: "up" | "down"): Promise<void> {
  await lab.runAt(host, ["ip", "link", "set", TRACKED, state]);
}

for (const pair of PAIRS) {
  netnsTest(`track_interface with a weight: ${pair.name}`, () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      await addTracked(lab, "r1");
      const lines = block("track_interface", [`${TRACKED} weight -60`]);
      await start(stage, pair, "r1", instanceText("r1", FAST_WIRE, { priority: 150, lines }));
      await start(stage, pair, "r2", instanceText("r2", FAST_WIRE, { priority: 100 }));
      await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);

      let before = capture.frames.length;
      await setTracked(lab, "r1", "down");
      await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
      await sleep(2 * INTERVAL_MS);
      const last = advertsOf("r1", capture.frames.slice(before)).at(-1);
      assertEquals(last?.priority, 90, "it says what it is worth, and does not resign");
      await assertHolds(lab, "r1", []);
      await assertHolds(lab, "r2", VIRTUAL);

      before = capture.frames.length;
      await setTracked(lab, "r1", "up");
      await capture.until("r1 preempts", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
      assertEquals(advertsOf("r1", capture.frames.slice(before))[0]?.priority, 150);
      await sleep(2 * INTERVAL_MS);
      await assertHolds(lab, "r1", VIRTUAL);
      await assertHolds(lab, "r2", []);
    }));

  netnsTest(
    `sync group, one member loses what it tracks: ${pair.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        await addTracked(lab, "r1");
        await start(stage, pair, "r1", groupText("r1", 150, block("track_interface", [TRACKED])));
        await start(stage, pair, "r2", groupText("r2", 100, []));
        await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", VIRTUAL);

        let before = capture.frames.length;
        await setTracked(lab, "r1", "down");
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", VIRTUAL);
        const left = advertsOf("r1", capture.frames.slice(before));
        const resigned = new Set(left.filter(({ priority }) => priority === 0).map((a) => a.vrid));
        assertEquals(resigned, new Set([51, 52]), "both resign");

        before = capture.frames.length;
        await setTracked(lab, "r1", "up");
        await capture.until("r1 is back", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", VIRTUAL);
        await assertHolds(lab, "r2", []);
        const taken = advertsOf("r1", capture.frames.slice(before)).slice(0, 2);
        const [first, second] = taken;
        assert(first && second && first.vrid !== second.vrid, "both take over together");
      }),
  );
}

for (const pair of PAIRS) {
  netnsTest(
    `track_script fails, hangs and is well again: ${pair.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const file = `${lab.directory}/check`;
        const say = (text: string) => Deno.writeTextFile(file, text);
        await say("exit 0");
        const text = scriptText(`/bin/sh ${file}`) +
          instanceText("r1", FAST_WIRE, { priority: 150, lines: block("track_script", ["chk"]) });
        await start(stage, pair, "r1", text);
        await start(stage, pair, "r2", instanceText("r2", FAST_WIRE, { priority: 100 }));
        await capture.until("r1 is master", isAdvertOf("r1"), 2 * TAKEOVER_MS_MAX);
        const trail = `${lab.directory}/hangs`;
        for (const trouble of ["exit 1", `sleep 60 & echo $! >>${trail}; sleep 60`]) {
          let before = capture.frames.length;
          await say(trouble);
          await capture.until("r2 is master", isAdvertOf("r2"), 2 * TAKEOVER_MS_MAX, before);
          const last = advertsOf("r1", capture.frames.slice(before)).at(-1);
          assertEquals(last?.priority, 0, "r1 resigns");
          await assertHolds(lab, "r1", []);
          await assertHolds(lab, "r2", VIRTUAL);
          before = capture.frames.length;
          await say("exit 0");
          await capture.until("r1 preempts", isAdvertOf("r1"), 2 * TAKEOVER_MS_MAX, before);
          await assertHolds(lab, "r1", VIRTUAL);
        }
        const left = Deno.readTextFileSync(trail).trim().split("\n").map(Number);
        await until("what hung is gone, with what it started", () => !left.some(isRunning), 3_000);
      }),
  );
}

/** A script that is run each second. */
function scriptText(command: string): string {
  return [
    ...block("global_defs", ["script_user root", "enable_script_security"]),
    ...block("vrrp_script chk", [`script "${command}"`, "interval 1", "timeout 1"]),
    "",
  ].join("\n");
}

async function start(stage: Stage, pair: Pair, host: "r1" | "r2", text: string): Promise<void> {
  await stage.start(host, pair[host], text, 4);
}

/** Two instances in a group; the second one has more lines. */
function groupText(host: Host, priority: number, lines: readonly string[]): string {
  const [first = "", second = ""] = VIRTUAL;
  return [
    instanceText(host, FAST_WIRE, { priority, addresses: [first] }),
    instanceText(host, FAST_WIRE, { name: "V2", vrid: 52, priority, addresses: [second], lines }),
    ...block("vrrp_sync_group G", block("group", ["V1", "V2"])),
    "",
  ].join("\n");
}
