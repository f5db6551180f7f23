/**
 * Reloads at the time that stands in a file (`reload_time_file`): all routers of a network may then
 * change their configurations at once.
 *
 * @module
 */
import type { ReloadConfig } from "../../machines/global_config.ts";
import { readFile, removeFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Clock } from "../clock.ts";
import type { FileWatch } from "../io/file_watch.ts";
import type { Log } from "../log.ts";
import { nextReload } from "./reload_time.ts";

/** What a timer is made of. */
export interface ReloadTimerOptions {
  readonly watch: FileWatch;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly unixMs: () => number;
  readonly reload: () => void;
}

/** The time of day may be set meanwhile: it is looked at anew so often. */
const LOOK_MS_MAX = 30_000;
const TEXT_BYTES_MAX = 256;

/** The timer of a daemon. */
export class ReloadTimer implements Disposable {
  readonly #options: ReloadTimerOptions;
  #config: ReloadConfig = { repeats: false };
  #watched: Disposable | undefined;
  #timer: number | undefined;

  constructor(options: ReloadTimerOptions) {
    this.#options = options;
  }

  /** Takes over a configuration. */
  configure(config: ReloadConfig): void {
    const before = this.#config;
    this.#config = config;
    const { timePath } = config;
    if (timePath === before.timePath) return;
    this.#watched?.[Symbol.dispose]();
    this.#watched = timePath === undefined
      ? undefined
      : this.#options.watch.watch(timePath, () => this.#look());
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#watched?.[Symbol.dispose]();
    this.#cancel();
  }

  /** The file may be another. */
  #look(): void {
    this.#cancel();
    const { log, unixMs } = this.#options;
    const { timePath } = this.#config;
    const text = timePath === undefined ? undefined : textOf(timePath);
    if (timePath === undefined || text === undefined) return;
    const next = nextReload(text, unixMs());
    if (typeof next === "string") return log.note("warning", `${timePath}: ${next}`);
    log.note("info", `Reload at ${new Date(next.atUnixMs).toISOString()}`);
    this.#wait(next.atUnixMs, timePath, next.isDaily);
  }

  #wait(atUnixMs: number, path: string, isDaily: boolean): void {
    const { clock, unixMs } = this.#options;
    const leftMs = atUnixMs - unixMs();
    this.#timer = clock.setTimeout(() => {
      if (unixMs() < atUnixMs) this.#wait(atUnixMs, path, isDaily);
      else this.#fire(path, isDaily);
    }, Math.min(LOOK_MS_MAX, Math.max(0, leftMs)));
  }

  #fire(path: string, isDaily: boolean): void {
    const { log, reload } = this.#options;
    this.#timer = undefined;
    log.note("info", `Reload as ${path} says`);
    if (isDaily && this.#config.repeats) this.#look(); // Tomorrow.
    else this.#remove(path);
    reload();
  }

  #remove(path: string): void {
    try {
      removeFile(path);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#options.log.note("warning", `Cannot remove ${path}: ${error.message}`);
    }
  }

  #cancel(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** What stands in it; undefined: it cannot be read, or there is nothing. */
function textOf(path: string): string | undefined {
  try {
    const text = new TextDecoder().decode(readFile(path, TEXT_BYTES_MAX)).trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
