/**
 * One probe in a process that does nothing else.
 *
 * @module
 */
import type { ProbeContext, Verdict } from "../../checkers/probe.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { Clock } from "../clock.ts";
import { Loop } from "../loop.ts";
import { ProbeRunner } from "./probe_runner.ts";

/** Runs a probe to its verdict. */
export async function probeOnce(
  start: (context: ProbeContext) => Promise<Verdict>,
  deadlineMs: number,
): Promise<Verdict> {
  using reactor = new Reactor();
  const clock = new Clock(monotonicMs);
  const runner = new ProbeRunner(reactor, clock);
  const loop = new Loop({
    waiter: reactor,
    clock,
    tasks: [runner.turn],
    onStall: () => {},
    mode: "cooperative",
  });
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const done = (verdict: Verdict) => {
    loop.stop();
    resolve(verdict);
  };
  runner.submit({ lane: "socket", start, deadlineMs, done });
  await loop.run();
  return await promise;
}
