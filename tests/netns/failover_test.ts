/**
 * What may happen to a pair of routers, and who holds the addresses then: killed, cut off, joined
 * by a better one, split in two.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds, assertWaited } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { FAST_WIRE, instanceText, virtualAddressesOf, type Wire, WIRES } from "../lab/conf.ts";
import type { RunningDaemon } from "../lab/daemon.ts";
import {
  advertsOf,
  announcementsOf,
  downMs,
  isAdvertOf,
  overlapMs,
  takeoverOf,
} from "../lab/judge.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const VIRTUAL = virtualAddressesOf(4);
/** A daemon needs this long to start, at worst, on this machine. */
const START_MS_MAX = 5000;

/** What differs between the rows' configurations. */
interface Settings {
  readonly wire?: Wire;
  readonly priorities?: { readonly r1: number; readonly r2: number };
  readonly r1Lines?: readonly string[];
}

/** A stage on which r1 has been elected and r2 listens. */
interface Play {
  readonly stage: Stage;
  readonly r1: RunningDaemon;
  /** Starts r1 again, with the same configuration. */
  restart(): Promise<RunningDaemon>;
}

interface Row extends Settings {
  readonly name: string;
  play(scene: Play): Promise<void>;
}

const rows: readonly Row[] = [
  {
    name: "kill -9 of the master, and its return",
    async play({ stage: { lab, capture }, r1, restart }) {
      await r1.kill();
      await lab.cut("r1");
      const first = await capture.until("r2 claims", isAdvertOf("r2"), 2000);
      await assertHolds(lab, "r2", VIRTUAL);
      const { advertMs } = takeoverOf("r1", "r2", capture.frames);
      assertWaited("r2 after r1's death", advertMs, downMs(FAST_WIRE, 100));
      assertEquals(first.priority, 100);
      assertEquals(announcementsOf("r2", capture.frames).length, 5 * VIRTUAL.length);

      await lab.restore("r1");
      const before = capture.frames.length;
      await restart();
      await capture.until("r1 preempts", isAdvertOf("r1"), START_MS_MAX, before);
      await sleep(2 * INTERVAL_MS);
      await assertHolds(lab, "r1", VIRTUAL);
      await assertHolds(lab, "r2", []);
      const last = advertsOf("r2", capture.frames).at(-1);
      assertEquals(last?.priority, 100, "a preempted router does not resign");
    },
  },
  ...WIRES.filter((wire) => wire.advertSec < 1 && wire.name !== FAST_WIRE.name).map(killOver),
  {
    name: "the master's cable is cut, and comes back",
    async play({ stage: { lab, capture } }) {
      const [one, other] = await Promise.all([lab.monitor("r1"), lab.monitor("r2")]);
      await lab.cut("r1");
      await assertHolds(lab, "r1", []);
      await capture.until("r2 claims", isAdvertOf("r2"), 2000);
      const { advertMs } = takeoverOf("r1", "r2", capture.frames);
      assertWaited("r2 after the cut", advertMs, downMs(FAST_WIRE, 100));
      await assertHolds(lab, "r2", VIRTUAL);

      const before = capture.frames.length;
      await lab.restore("r1");
      await capture.until("r1 preempts", isAdvertOf("r1"), 2000, before);
      await assertHolds(lab, "r1", VIRTUAL);
      await assertHolds(lab, "r2", []);
      const [mine, its] = [await one.stop(), await other.stop()];
      for (const address of VIRTUAL) {
        // The first change seen at r1 is a removal: before that, it alone held the address.
        const bothMs = overlapMs(address, mine, its);
        assert(bothMs <= INTERVAL_MS, `${address} was held twice for ${bothMs} ms`);
      }
    },
  },
  {
    name: "the network is split where nobody notices, and heals",
    async play({ stage: { lab, capture } }) {
      await lab.isolate("r1");
      await capture.until("r2 claims", isAdvertOf("r2"), 2000);
      await assertHolds(lab, "r1", VIRTUAL);
      await assertHolds(lab, "r2", VIRTUAL);
      const before = capture.frames.length;
      await lab.restore("r1");
      await capture.until("r1 is heard", isAdvertOf("r1"), 2000, before);
      await assertHolds(lab, "r2", []);
      await sleep(3 * INTERVAL_MS);
      await assertHolds(lab, "r1", VIRTUAL);
      const healed = capture.frames.slice(before);
      const heard = healed.findIndex(isAdvertOf("r1"));
      assert(advertsOf("r2", healed.slice(heard)).length <= 1, "r2 gives in at once");
    },
  },
  {
    name: "a split heals between equals: the greater address wins",
    priorities: { r1: 100, r2: 100 },
    async play({ stage: { lab, capture } }) {
      await lab.isolate("r1");
      await capture.until("r2 claims", isAdvertOf("r2"), 2000);
      await lab.restore("r1");
      await assertHolds(lab, "r1", []);
      const before = capture.frames.length;
      await sleep(4 * INTERVAL_MS);
      assertEquals(advertsOf("r1", capture.frames.slice(before)), []);
      await assertHolds(lab, "r2", VIRTUAL);
    },
  },
  {
    name: "a better router joins",
    async play({ stage: { lab, capture }, r1, restart }) {
      await r1.stop();
      await capture.until("r2 follows", isAdvertOf("r2"), 2000);
      const before = capture.frames.length;
      await restart();
      const first = await capture.until("r1 preempts", isAdvertOf("r1"), START_MS_MAX, before);
      await assertHolds(lab, "r2", []);
      await assertHolds(lab, "r1", VIRTUAL);
      const since = capture.frames.slice(before, capture.frames.indexOf(first));
      assertEquals(announcementsOf("r1", since), [], "nothing is announced before the claim");
    },
  },
  {
    name: "a better router joins with nopreempt",
    r1Lines: ["state BACKUP", "nopreempt"],
    async play({ stage: { lab, capture }, r1, restart }) {
      await r1.stop();
      await capture.until("r2 follows", isAdvertOf("r2"), 2000);
      const before = capture.frames.length;
      await restart();
      await sleep(8 * INTERVAL_MS);
      const since = capture.frames.slice(before);
      assertEquals(advertsOf("r1", since), []);
      assert(advertsOf("r2", since).length >= 6, "r2 goes on");
      await assertHolds(lab, "r1", []);
      await assertHolds(lab, "r2", VIRTUAL);
    },
  },
  {
    name: "a better router joins with preempt_delay",
    r1Lines: ["preempt_delay 1.5"],
    async play({ stage: { lab, capture }, r1, restart }) {
      await r1.stop();
      await capture.until("r2 follows", isAdvertOf("r2"), 2000);
      await restart();
      const listens = capture.frames.length;
      const listensMs = Date.now();
      const first = await capture.until("r1 preempts", isAdvertOf("r1"), START_MS_MAX, listens);
      const delayMs = first.atMs - listensMs;
      // It counts from the first advert of r2; it may have listened a little before we knew.
      assert(delayMs > 1500 - INTERVAL_MS, `r1 waited ${delayMs.toFixed(0)} ms only`);
      assert(delayMs < 1500 + 6 * INTERVAL_MS, `r1 waited ${delayMs.toFixed(0)} ms`);
      await assertHolds(lab, "r1", VIRTUAL);
      await assertHolds(lab, "r2", []);
    },
  },
];

function killOver(wire: Wire): Row {
  return {
    name: `kill -9 of the master over ${wire.name}`,
    wire,
    async play({ stage: { lab, capture }, r1 }) {
      await r1.kill();
      await lab.cut("r1");
      await capture.until("r2 claims", isAdvertOf("r2"), 2000);
      const { advertMs } = takeoverOf("r1", "r2", capture.frames);
      assertWaited("r2 after r1's death", advertMs, downMs(wire, 100));
      await assertHolds(lab, "r2", virtualAddressesOf(wire.family));
    },
  };
}

/** Has r1 elected while r2 listens, then plays the row. */
function play(pair: Pair, row: Row): Promise<void> {
  const { wire = FAST_WIRE, priorities = { r1: 200, r2: 100 }, r1Lines = [] } = row;
  return Stage.play(async (stage) => {
    const config = instanceText("r1", wire, { priority: priorities.r1, lines: r1Lines });
    const start = () => stage.start("r1", pair.r1, config, wire.family);
    const r1 = await start();
    const r2Config = instanceText("r2", wire, { priority: priorities.r2 });
    await stage.start("r2", pair.r2, r2Config, wire.family);
    await stage.capture.until("r1 is elected", isAdvertOf("r1"), downMs(wire, 100) + 1000);
    await assertHolds(stage.lab, "r1", virtualAddressesOf(wire.family));
    // r2 has heard of r1 when it is put to the test.
    await sleep(wire.advertSec * 1000);
    await row.play({ stage, r1, restart: start });
  });
}

for (const pair of PAIRS) {
  for (const row of rows) {
    netnsTest(`failover of ${pair.name}: ${row.name}`, () => play(pair, row));
  }
}
