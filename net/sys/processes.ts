/**
 * The processes of this machine, as /proc shows them.
 *
 * @module
 */
import { O } from "./constants.ts";
import { Fd } from "./fd.ts";
import { glob } from "./file.ts";
import { cString, libc } from "./libc.ts";

/** What a process is known by. */
export interface ProcessFacts {
  /** At most 15 octets. */
  readonly name: string;
  /** The program as it was called, and its arguments; nothing for threads of the kernel. */
  readonly arguments: readonly string[];
}

/** Further octets of a command line do not count. */
const BYTES_MAX = 4_096;
const bytes = new Uint8Array(BYTES_MAX);
const decoder = new TextDecoder();
/** States of processes that have ended: zombies, and what is even less. */
const ENDED = /^ [ZXx]/;

/** The process ids of all processes. */
export function processIds(): number[] {
  return glob("/proc/[0-9]*").map((path) => Number(path.slice("/proc/".length)));
}

/** What a process is; undefined if it has ended. Without arguments it is one file less to read. */
export function processFacts(pid: number, withArguments: boolean): ProcessFacts | undefined {
  // "pid (name) state …", where a name may have parentheses itself.
  const status = readStart(`/proc/${pid}/stat`);
  const [from, to] = [status?.indexOf("(") ?? -1, status?.lastIndexOf(")") ?? -1];
  if (status === undefined || from < 0 || to < from || ENDED.test(status.slice(to + 1))) {
    return undefined;
  }
  const line = withArguments ? readStart(`/proc/${pid}/cmdline`) ?? "" : "";
  const words = line.endsWith("\0") ? line.slice(0, -1) : line;
  return { name: status.slice(from + 1, to), arguments: words === "" ? [] : words.split("\0") };
}

function readStart(path: string): string | undefined {
  const number = libc.open(cString(path), O.RDONLY | O.CLOEXEC, 0);
  if (number < 0) return undefined;
  using fd = new Fd(number);
  const count = libc.read(fd.number, bytes, bytes.length);
  return count < 0 ? undefined : decoder.decode(bytes.subarray(0, count));
}
