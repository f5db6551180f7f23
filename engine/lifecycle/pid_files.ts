/**
 * Files with the pids of the daemon's processes: where the command line says, or, with
 * `use_pid_dir`, `instance` or a namespace, in keepalived's directory.
 *
 * @module
 */
import type { PlaceConfig } from "../../machines/global_config.ts";
import { makeDirectory } from "../../net/sys/directory.ts";
import { writePidFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Log } from "../log.ts";

/** A process that has a file. */
export type PidOwner = "daemon" | "vrrp" | "check" | "bfd";

/** Paths of the command line. */
export type PidPaths = Partial<Record<PidOwner, string>>;

/** keepalived's. With a network namespace, one of that namespace is in its place. */
export const PID_DIRECTORY = "/run/keepalived";
const NAMES: Readonly<Record<PidOwner, string>> = {
  daemon: "keepalived",
  vrrp: "vrrp",
  check: "checkers",
  bfd: "bfd",
};

/** Where the file of a process is; undefined: it has none. */
export function pidPath(
  owner: PidOwner,
  given: PidPaths,
  { usesPidDirectory, instance }: PlaceConfig,
): string | undefined {
  if (given[owner] !== undefined) return given[owner];
  if (!usesPidDirectory) return undefined;
  return `${PID_DIRECTORY}/${NAMES[owner]}${instance === undefined ? "" : `_${instance}`}.pid`;
}

/** The pid files of a daemon; they go with it. */
export class PidFiles implements Disposable {
  readonly #given: PidPaths;
  readonly #log: Log;
  readonly #held = new Map<PidOwner, Disposable>();
  #place: PlaceConfig | undefined;

  constructor(given: PidPaths, log: Log) {
    this.#given = given;
    this.#log = log;
  }

  /** Writes the daemon's own. False: another one has it, or it cannot be written. */
  claim(place: PlaceConfig): boolean {
    this.#place = place;
    return this.#write("daemon", Deno.pid);
  }

  /** Writes that of a child, in place of an earlier one's. */
  child(owner: PidOwner, pid: number): void {
    this.#held.get(owner)?.[Symbol.dispose]();
    this.#held.delete(owner);
    this.#write(owner, pid);
  }

  /** Removes them. */
  [Symbol.dispose](): void {
    for (const file of this.#held.values()) file[Symbol.dispose]();
    this.#held.clear();
  }

  #write(owner: PidOwner, pid: number): boolean {
    const path = this.#place && pidPath(owner, this.#given, this.#place);
    if (path === undefined) return true;
    if (this.#given[owner] === undefined) this.#makeDirectory();
    const file = writePidFile(path, pid);
    if ("error" in file) {
      this.#log.note("error", `Cannot write pid file ${path}: ${file.error}`);
      return false;
    }
    this.#held.set(owner, file);
    return true;
  }

  #makeDirectory(): void {
    try {
      makeDirectory(PID_DIRECTORY, 0o755);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#log.note("error", `Cannot make ${PID_DIRECTORY}: ${error.message}`);
    }
  }
}
