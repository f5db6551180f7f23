/**
 * How the threads of this process share the processor.
 *
 * @module
 */
import { check, laterOfLibc } from "./libc.ts";
import { ownThreads } from "./process_settings.ts";

const scheduling = laterOfLibc({
  // int sched_getscheduler(pid_t thread)
  sched_getscheduler: { parameters: ["i32"], result: "i32" },
  // int sched_getparam(pid_t thread, struct sched_param *)
  sched_getparam: { parameters: ["i32", "buffer"], result: "i32" },
  // int sched_setscheduler(pid_t thread, int policy, const struct sched_param *)
  sched_setscheduler: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  // pid_t getpid(void): also the number of the main thread
  getpid: { parameters: [], result: "i32" },
});

const SCHED_OTHER = 0;
const PRIORITY_MIN = 1;

/**
 * Puts the helpers of the runtime (V8's compiler and collector threads) one real-time priority
 * below the main thread. As equals they would keep it from its processor for as long as they
 * compile: milliseconds, in the middle of a takeover. Not lower, because the main thread waits for
 * them at times. Returns how many threads were changed: none in a process of ordinary priority, or
 * where there is no lower one.
 */
export function deferHelperThreads(): number {
  const c = scheduling();
  const main = c.getpid();
  const policy = check("sched_getscheduler", c.sched_getscheduler(main));
  const [priority = 0] = priorityOf(main);
  if (policy === SCHED_OTHER || priority <= PRIORITY_MIN) return 0;
  const lower = new Int32Array([priority - 1]);
  let count = 0;
  for (const thread of ownThreads()) {
    if (thread !== main && c.sched_setscheduler(thread, policy, lower) === 0) count++;
  }
  return count;
}

const REST_MS = 2;
/** On a slow machine the time may be over before the kernel lets us sleep. */
const REST_COUNT = 3;

/**
 * Sleeps for a moment, so that the processor time used so far does not count for the limit of a
 * real-time process (RLIMIT_RTTIME): the kernel counts from the last sleep, and kills at once a
 * process that is over a limit it has just set.
 */
export function restartRealtimeCount(): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < REST_COUNT; i++) Atomics.wait(nothing, 0, 0, REST_MS);
}

function priorityOf(thread: number): Int32Array<ArrayBuffer> {
  const parameters = new Int32Array(1);
  check("sched_getparam", scheduling().sched_getparam(thread, parameters));
  return parameters;
}
