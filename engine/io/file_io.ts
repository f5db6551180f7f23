/**
 * The door of one tracked file: writes it at start if that is wanted, reads it, and again whenever
 * it changes.
 *
 * @module
 */
import { readNumber } from "../../checkers/file.ts";
import type {
  FileTrackerCommand,
  FileTrackerFact,
  FileTrackerInput,
} from "../../machines/file_tracker.ts";
import { ERRNO, O } from "../../net/sys/constants.ts";
import { Fd } from "../../net/sys/fd.ts";
import { check, cString, libc, SyscallError } from "../../net/sys/libc.ts";
import type { Clock } from "../clock.ts";
import type { Behind } from "../compose.ts";
import type { Log } from "../log.ts";
import type { FileWatch } from "./file_watch.ts";

/** What the door needs. */
export interface FileIoOptions {
  readonly watch: FileWatch;
  readonly clock: Clock;
  readonly log: Log;
}

/** Further octets of a file do not count. */
const NUMBER_BYTES_MAX = 127;
const MODE = 0o644;

/** One file. */
export class FileIo implements Behind<FileTrackerCommand> {
  readonly #options: FileIoOptions;
  readonly #name: string;
  readonly #tell: (fact: FileTrackerFact) => void;
  #watched: Disposable | undefined;
  #first: number | undefined;
  /** What was last said about it. */
  #lastLine: string | undefined;

  constructor(
    options: FileIoOptions,
    { config }: FileTrackerInput,
    tell: (fact: FileTrackerFact) => void,
  ) {
    this.#options = options;
    this.#name = config.name;
    this.#tell = tell;
  }

  /** Carries out one command of the tracker. */
  carryOut(command: FileTrackerCommand): void {
    if (command.type === "INITIALIZE") return this.#initialize(command);
    const { path } = command;
    this[Symbol.dispose]();
    this.#watched = this.#options.watch.watch(path, () => this.#read(path));
    // The machine is not told while it is still in the step that commanded this.
    this.#first = this.#options.clock.setTimeout(() => this.#read(path), 0);
  }

  [Symbol.dispose](): void {
    if (this.#first !== undefined) this.#options.clock.clearTimeout(this.#first);
    this.#watched?.[Symbol.dispose]();
    this.#watched = undefined;
  }

  #initialize({ path, value, overwrites }: FileTrackerCommand & { type: "INITIALIZE" }): void {
    // In place: whoever writes numbers keeps the file it owns. Through no link: it is ours to say
    // which file is written.
    const how = overwrites ? O.TRUNC : O.EXCL;
    const flags = O.WRONLY | O.CREAT | how | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    const text = new TextEncoder().encode(`${value}\n`);
    try {
      using fd = new Fd(check("open", libc.open(cString(path), flags, MODE)));
      check("write", libc.write(fd.number, text, text.length));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      if (error.errno === ERRNO.EEXIST && !overwrites) return;
      this.#options.log.trackedFileProblem(this.#name, `cannot be written: ${error.code}`);
    }
  }

  #read(path: string): void {
    const atMs = this.#options.clock.now();
    const content = readStart(path);
    const value = typeof content === "string" ? undefined : readNumber(content);
    const problem = typeof content === "string" ? content : "its number is out of bounds";
    const line = value === undefined ? problem : String(value);
    if (line !== this.#lastLine) {
      const { log } = this.#options;
      if (value === undefined) log.trackedFileProblem(this.#name, problem);
      else log.trackedFile(this.#name, value);
    }
    this.#lastLine = line;
    this.#tell(value === undefined ? { type: "UNREADABLE", atMs } : { type: "READ", value, atMs });
  }
}

/** What a file begins with, nothing if it is not there; or why it cannot be read, as text. */
function readStart(path: string): Uint8Array | string {
  try {
    const flags = O.RDONLY | O.CLOEXEC | O.NONBLOCK;
    using fd = new Fd(check("open", libc.open(cString(path), flags, 0)));
    const bytes = new Uint8Array(NUMBER_BYTES_MAX);
    return bytes.subarray(0, check("read", libc.read(fd.number, bytes, bytes.length)));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (MISSING.has(error.errno)) return new Uint8Array(0);
    return `cannot be read: ${error.code}`;
  }
}

const MISSING: ReadonlySet<number> = new Set([ERRNO.ENOENT, ERRNO.ENOTDIR]);
