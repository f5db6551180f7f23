/**
 * Files that are watched by their paths: whatever makes a path lead to other content is noticed, be
 * it a link or a directory on its way. While a directory is missing its path is tried each second.
 *
 * @module
 */
import { type DirectoryEvent, Inotify } from "../../net/sys/inotify.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { linkTrail, type Place } from "../../net/sys/link_trail.ts";
import type { Clock } from "../clock.ts";
import type { Waits } from "./reading.ts";

const RETRY_MS = 1_000;

/** A watched path. */
interface Watched {
  readonly path: string;
  readonly onChanged: () => void;
  /** `watch/name` of everything whose change matters. */
  places: ReadonlySet<string>;
  watches: ReadonlySet<number>;
}

/** All files that one process watches. */
export class FileWatch implements Disposable {
  readonly #reactor: Waits;
  readonly #clock: Clock;
  /** Opened when the first path is watched. */
  #inotify: Inotify | undefined;
  readonly #all = new Set<Watched>();
  /** Those with a directory that is missing or cannot be watched. */
  readonly #incomplete = new Set<Watched>();
  #timer: number | undefined;

  constructor(reactor: Waits, clock: Clock) {
    this.#reactor = reactor;
    this.#clock = clock;
  }

  /**
   * Calls `onChanged` whenever the path may lead to something else than before, and each second
   * while that cannot be noticed. The result ends it.
   */
  watch(path: string, onChanged: () => void): Disposable {
    const watched: Watched = { path, onChanged, places: new Set(), watches: new Set() };
    this.#all.add(watched);
    this.#follow(watched);
    return {
      [Symbol.dispose]: () => {
        this.#all.delete(watched);
        this.#incomplete.delete(watched);
        this.#forget(watched.watches);
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#all.clear();
    if (!this.#inotify) return;
    this.#reactor.remove(this.#inotify.fd);
    this.#inotify[Symbol.dispose]();
  }

  /** Watches every directory on the way of a path, as it is now. */
  #follow(watched: Watched): void {
    const before = watched.watches;
    const places = new Set<string>();
    const watches = new Set<number>();
    let isComplete = true;
    for (const { directory, name } of trailOf(watched.path)) {
      const watch = this.#watchDirectory(directory);
      if (watch === undefined) isComplete = false;
      else {
        places.add(`${watch}/${name}`);
        watches.add(watch);
      }
    }
    watched.places = places;
    watched.watches = watches;
    this.#forget(before);
    if (isComplete) this.#incomplete.delete(watched);
    else this.#retry(watched);
  }

  #watchDirectory(directory: string): number | undefined {
    try {
      return this.#opened().watch(directory);
    } catch (error) {
      if (error instanceof SyscallError) return undefined;
      throw error;
    }
  }

  #opened(): Inotify {
    if (this.#inotify) return this.#inotify;
    const inotify = new Inotify();
    this.#inotify = inotify;
    this.#reactor.add(inotify.fd, () => inotify.read((event) => this.#notice(event)));
    return inotify;
  }

  /** Ends watches that no path needs any more. */
  #forget(watches: ReadonlySet<number>): void {
    for (const watch of watches) {
      const isNeeded = Array.from(this.#all).some((each) => each.watches.has(watch));
      if (!isNeeded) this.#inotify?.unwatch(watch);
    }
  }

  #notice(event: DirectoryEvent): void {
    for (const watched of Array.from(this.#all)) {
      if (!this.#all.has(watched) || !concerns(event, watched)) continue;
      this.#follow(watched);
      watched.onChanged();
    }
  }

  #retry(watched: Watched): void {
    this.#incomplete.add(watched);
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      for (const each of Array.from(this.#incomplete)) {
        if (!this.#incomplete.has(each)) continue;
        this.#follow(each);
        each.onChanged();
      }
    }, RETRY_MS);
  }
}

function concerns(event: DirectoryEvent, { places, watches }: Watched): boolean {
  switch (event.type) {
    case "changed":
      return places.has(`${event.watch}/${event.name}`);
    case "gone":
      return watches.has(event.watch);
    case "lost":
      return true;
  }
}

function trailOf(path: string): Place[] {
  try {
    return linkTrail(path);
  } catch (error) {
    if (error instanceof SyscallError) return [{ directory: "", name: "" }]; // Tried again.
    throw error;
  }
}
