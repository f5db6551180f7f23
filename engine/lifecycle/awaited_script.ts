/**
 * A script that something waits for: at start or at the end. It is ended when it takes too long.
 *
 * @module
 */
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { Exit } from "../../net/sys/spawn.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { failureOf, type ScriptStarter } from "../scripts/script_runner.ts";

const SIGTERM = 15;
const SIGKILL = 9;
/** After it was asked to end. */
const GRACE_MS = 2_000;

/** What a script needs to run. */
export interface ScriptParts {
  readonly starter: ScriptStarter;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs it, then calls `then`, once: whether it went well or not, it is in the log. */
export function runAwaited(
  { starter, clock, log }: ScriptParts,
  what: "startup" | "shutdown",
  { script, timeoutMs }: { readonly script: ScriptConfig; readonly timeoutMs: number },
  then: () => void,
): void {
  log.note("info", `Running ${what} script ${script.command.join(" ")}`);
  let timer: number | undefined;
  let isTimedOut = false;
  let isOver = false;
  const end = (level: "info" | "warning", text: string) => {
    if (isOver) return;
    isOver = true;
    if (timer !== undefined) clock.clearTimeout(timer);
    log.note(level, `${what} script ${text}`);
    then();
  };
  const onEnded = (exit: Exit) => {
    const failure = failureOf(exit);
    if (failure === undefined) end("info", "succeeded");
    else end("warning", isTimedOut ? "timed out" : `failed: ${failure}`);
  };
  const running = starter.start(script, { onEnded });
  if (typeof running === "string") return end("warning", `cannot run: ${running}`);
  timer = clock.setTimeout(() => {
    isTimedOut = true;
    running.signal(SIGTERM);
    timer = clock.setTimeout(() => {
      running.signal(SIGKILL);
      // Whatever the kernel holds it up with, we do not wait for it.
      timer = clock.setTimeout(() => end("warning", "does not end: given up"), GRACE_MS);
    }, GRACE_MS);
  }, timeoutMs);
}
