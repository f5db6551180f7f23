/**
 * How all threads of this process run: niceness, processors, real-time priority. The kernel keeps
 * each for every thread; new threads inherit what the one that makes them has.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { ERRNO } from "./constants.ts";
import { glob } from "./file.ts";
import { errno, laterOfLibc, SyscallError } from "./libc.ts";

const functions = laterOfLibc({
  // int setpriority(int which, id_t who, int priority)
  setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
  // int sched_getaffinity(pid_t thread, size_t size, cpu_set_t *mask)
  sched_getaffinity: { parameters: ["i32", "u32", "buffer"], result: "i32" },
  // int sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *mask)
  sched_setaffinity: { parameters: ["i32", "u32", "buffer"], result: "i32" },
  // int sched_setscheduler(pid_t thread, int policy, const struct sched_param *)
  sched_setscheduler: { parameters: ["i32", "i32", "buffer"], result: "i32" },
});

const PRIO_PROCESS = 0;
const SCHED_OTHER = 0;
const SCHED_RR = 2;
/** 4,096 processors. */
const MASK_BYTES = 512;

/** Sets the nice value of all threads, −20 to 19. Throws a `SyscallError`, EACCES without right. */
export function setNiceness(niceness: number): void {
  forEachThread("setpriority", (thread) => functions().setpriority(PRIO_PROCESS, thread, niceness));
}

/** The processors that this process may run on. */
export function processors(): number[] {
  const mask = new Uint8Array(MASK_BYTES);
  if (functions().sched_getaffinity(0, mask.length, mask) < 0) {
    throw new SyscallError("sched_getaffinity", errno());
  }
  const cpus: number[] = [];
  for (let cpu = 0; cpu < MASK_BYTES * 8; cpu++) {
    if (((mask[cpu >> 3] ?? 0) & (1 << (cpu & 7))) !== 0) cpus.push(cpu);
  }
  return cpus;
}

/** Keeps all threads on these processors. Throws a `SyscallError`, EINVAL if there is none such. */
export function setProcessors(cpus: readonly number[]): void {
  const mask = new Uint8Array(MASK_BYTES);
  for (const cpu of cpus) {
    assert(cpu >= 0 && cpu < MASK_BYTES * 8, "a processor fits the mask");
    mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  }
  forEachThread(
    "sched_setaffinity",
    (thread) => functions().sched_setaffinity(thread, mask.length, mask),
  );
}

/** SCHED_RR with this priority, 1 to 99, for all threads; undefined: ordinary scheduling. */
export function setRealtimePriority(priority: number | undefined): void {
  const parameters = new Int32Array([priority ?? 0]);
  const policy = priority === undefined ? SCHED_OTHER : SCHED_RR;
  forEachThread(
    "sched_setscheduler",
    (thread) => functions().sched_setscheduler(thread, policy, parameters),
  );
}

/** Numbers of the threads of this process. One may end while they are listed. */
export function ownThreads(): number[] {
  return glob("/proc/self/task/*").map((path) => Number(path.slice(path.lastIndexOf("/") + 1)));
}

function forEachThread(name: string, act: (thread: number) => number): void {
  for (const thread of ownThreads()) {
    if (act(thread) >= 0) continue;
    const error = errno();
    if (error !== ERRNO.ESRCH) throw new SyscallError(name, error);
  }
}
