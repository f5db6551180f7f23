/**
 * What processes that come and go do to a router, as keepalived has it.
 *
 * The kernel tells of processes in its first network namespace only: keepalived is started there,
 * and enters its own by `net_namespace`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { stayd } from "../lab/daemon.ts";
import { advertsOf, isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const VIRTUAL = virtualAddressesOf(4);
/** A takeover after silence, with a margin for a busy machine. */
const TAKEOVER_MS_MAX = 5_000;
const OUTSIDE = ["nsenter", `--net=/proc/${Deno.pid}/ns/net`];

/** A program like no other on this machine, that does nothing for as long as it is told. */
class Program implements AsyncDisposable {
  readonly path: string;
  readonly #running: Deno.ChildProcess[] = [];

  constructor(lab: Lab) {
    this.path = `${lab.directory}/t${crypto.randomUUID().slice(0, 8)}`;
    Deno.copyFileSync("/bin/sleep", this.path);
  }

  get name(): string {
    return this.path.slice(this.path.lastIndexOf("/") + 1);
  }

  start(seconds = "600"): void {
    this.#running.push(new Deno.Command(this.path, { args: [seconds] }).spawn());
  }

  /** Ends the one that was started last. */
  async stop(): Promise<void> {
    const child = this.#running.pop();
    child?.kill("SIGKILL");
    await child?.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running.length > 0) await this.stop();
  }
}

/** How r1 is made to give up and to come back. */
interface Row {
  readonly name: string;
  readonly lines: (program: Program) => readonly string[];
  /** What r1 is configured with. */
  readonly basePriority: number;
  /** Of the last advert of r1 as it loses. */
  readonly priority: number;
  readonly lose: (program: Program) => Promise<void> | void;
  readonly recover: (program: Program) => Promise<void> | void;
  /** Least time from the loss until r2 is master. */
  readonly delayMs?: number;
  /** keepalived 2.2.7 does not wait where the manual says so. */
  readonly delaysOnlyStayd?: true;
}

const ROWS: readonly Row[] = [
  {
    name: "by name, weight 0",
    lines: ({ name }) => [`process ${name}`],
    basePriority: 150,
    priority: 0,
    lose: (program) => program.stop(),
    recover: (program) => program.start(),
  },
  {
    name: "at most one, weighted",
    lines: ({ name }) => [`process ${name}`, "quorum_max 1", "weight 60"],
    basePriority: 90,
    priority: 90,
    lose: (program) => program.start(),
    recover: (program) => program.stop(),
  },
  {
    name: "with its parameters, after a delay",
    lines: ({ path }) => [
      `process "${path}" 60`,
      "param_match initial",
      "weight -60",
      "terminate_delay 1.5",
    ],
    basePriority: 150,
    priority: 90,
    lose: async (program) => {
      await program.stop();
      program.start("10"); // Another parameter.
    },
    recover: (program) => program.start("60.5"),
    delayMs: 1_500,
  },
  {
    name: "too many of its full command, after a delay",
    lines: ({ path }) => [
      `process "${path}"`,
      "full_command",
      "quorum_max 1",
      "weight -60",
      "fork_delay 1.5",
    ],
    basePriority: 150,
    priority: 90,
    lose: (program) => program.start(),
    recover: (program) => program.stop(),
    delayMs: 1_500,
    delaysOnlyStayd: true,
  },
];

for (const pair of PAIRS) {
  for (const row of ROWS) {
    netnsTest(`track_process ${row.name}: ${pair.name}`, () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        await using program = new Program(lab);
        program.start();
        await startBoth(stage, pair, row.lines(program), row.basePriority);
        await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);

        let before = capture.frames.length;
        const lostMs = performance.now();
        await row.lose(program);
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
        const tookMs = performance.now() - lostMs;
        const waits = row.delaysOnlyStayd === undefined || pair.r1 === stayd;
        assert(tookMs >= (waits ? row.delayMs ?? 0 : 0), `after ${tookMs} ms`);
        const last = advertsOf("r1", capture.frames.slice(before)).at(-1);
        assertEquals(last?.priority, row.priority);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", VIRTUAL);

        before = capture.frames.length;
        await row.recover(program);
        await capture.until("r1 preempts", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
        await assertHolds(lab, "r1", VIRTUAL);
      }));
  }
}

netnsTest(
  "track_process: a thousand others that come and go change nothing",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const [pair] = PAIRS;
      if (!pair) return;
      await using program = new Program(lab);
      program.start();
      await startBoth(stage, pair, [`process ${program.name}`], 150);
      await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);
      const before = capture.frames.length;
      const storm = "i=0; while [ $i -lt 1000 ]; do /bin/true & i=$((i+1)); done; wait";
      await new Deno.Command("/bin/sh", { args: ["-c", storm] }).output();
      await sleep(1_000);
      assertEquals(advertsOf("r2", capture.frames.slice(before)), []);
      await program.stop();
      await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
    }),
);

/** r1, which tracks processes and is the better one while all is well, and r2. */
async function startBoth(
  stage: Stage,
  pair: Pair,
  processLines: readonly string[],
  priority: number,
): Promise<void> {
  const isOutside = pair.r1.name === "keepalived";
  const text = [
    ...isOutside ? [`net_namespace ${stage.lab.namespace("r1")}`] : [],
    ...block("vrrp_track_process p", processLines),
    instanceText("r1", FAST_WIRE, { priority, lines: block("track_process", ["p"]) }),
  ].join("\n");
  await stage.start("r1", pair.r1, text, 4, isOutside ? { wrapper: OUTSIDE } : {});
  await stage.start("r2", pair.r2, instanceText("r2", FAST_WIRE, { priority: 100 }), 4);
}
