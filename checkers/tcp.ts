/**
 * TCP_CHECK: a connection can be made. It is closed at once, without a word.
 *
 * @module
 */
import { connect, isTrouble } from "./connection.ts";
import { type Probe, timed } from "./probe.ts";

/** Connects. */
export const probeTcp: Probe<undefined> = (target, _options, context) =>
  timed(context, async () => {
    const endMs = context.timers.now() + target.timeoutMs;
    const connection = await connect(target, context, endMs);
    if (isTrouble(connection)) return connection;
    connection[Symbol.dispose]();
    return { outcome: "passed" };
  });
