/**
 * Runs probes as the daemon does: a loop, its clock, the runner.
 *
 * @module
 */
import type { Probe, ProbeContext, Target, Verdict } from "../../checkers/probe.ts";
import { Clock } from "../../engine/clock.ts";
import { type Lane, ProbeRunner } from "../../engine/io/probe_runner.ts";
import { Loop } from "../../engine/loop.ts";
import { ip } from "../../net/address.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";

/** A probe in the lab has this long, whatever happens. */
const DEADLINE_MS = 20_000;

/** A loop with a runner; dispose of it at the end of a test. */
export class ProbeLab implements AsyncDisposable {
  readonly #reactor = new Reactor();
  readonly runner: ProbeRunner;
  readonly #loop: Loop;
  readonly #ended: Promise<void>;

  constructor() {
    const clock = new Clock(monotonicMs);
    this.runner = new ProbeRunner(this.#reactor, clock);
    this.#loop = new Loop({
      waiter: this.#reactor,
      clock,
      tasks: [this.runner.turn],
      onStall: () => {},
      mode: "cooperative",
    });
    this.#ended = this.#loop.run();
  }

  /** Runs a probe to its verdict. */
  run<Options>(probe: Probe<Options>, target: Target, options: Options): Promise<Verdict> {
    return this.start("socket", (context) => probe(target, options, context));
  }

  /** Runs anything that takes a context. */
  start(lane: Lane, start: (context: ProbeContext) => Promise<Verdict>): Promise<Verdict> {
    return new Promise((done) =>
      this.runner.submit({ lane, start, deadlineMs: DEADLINE_MS, done })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.stop();
    this.#loop.stop();
    this.#reactor.wake();
    await this.#ended;
    this.#reactor[Symbol.dispose]();
  }
}

/** A port of this machine, and a timeout long enough for a busy one. */
export function local(port: number, change: Partial<Target> = {}): Target {
  return { ip: ip("127.0.0.1"), port, timeoutMs: 5_000, ...change };
}

/** The verdict without what differs from run to run. */
export function gist(verdict: Verdict): string {
  if (verdict.outcome === "passed") {
    return ["passed", ...verdict.warnings ?? []].join(", ");
  }
  const { outcome, reason, detail } = verdict;
  return `${outcome}: ${reason}${detail === undefined ? "" : ` (${detail})`}`;
}
