/**
 * The tracked files of checks: each is watched once, whatever number of checks follow it, and by
 * the path that it has now.
 *
 * @module
 */
import type { TrackFileConfig } from "../../machines/track_config.ts";
import type { FileWatch } from "./file_watch.ts";

/** A file that is followed. */
interface Followed {
  readonly listeners: Set<() => void>;
  path: string | undefined;
  watched: Disposable | undefined;
}

/** All files, by name. */
export class FileBoard {
  readonly #watch: FileWatch;
  readonly #files = new Map<string, Followed>();
  #paths: ReadonlyMap<string, string> = new Map();

  constructor(watch: FileWatch) {
    this.#watch = watch;
  }

  /** Takes over where the files are; who follows one that is elsewhere is told. */
  configure(files: readonly TrackFileConfig[]): void {
    this.#paths = new Map(files.map(({ name, path }) => [name, path]));
    for (const [name, file] of this.#files) {
      if (file.path === this.#paths.get(name)) continue;
      this.#look(name, file);
      for (const listener of file.listeners) listener();
    }
  }

  /** Calls `listener` whenever a file may have changed. Returns what ends it. */
  follow(name: string, listener: () => void): () => void {
    const known = this.#files.get(name);
    const file = known ?? { listeners: new Set(), path: undefined, watched: undefined };
    file.listeners.add(listener);
    if (!known) {
      this.#files.set(name, file);
      this.#look(name, file);
    }
    return () => {
      file.listeners.delete(listener);
      if (file.listeners.size > 0) return;
      file.watched?.[Symbol.dispose]();
      this.#files.delete(name);
    };
  }

  #look(name: string, file: Followed): void {
    file.watched?.[Symbol.dispose]();
    const path = this.#paths.get(name);
    file.path = path;
    file.watched = path === undefined ? undefined : this.#watch.watch(path, () => {
      for (const listener of file.listeners) listener();
    });
  }
}
