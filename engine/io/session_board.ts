/**
 * What is known of BFD sessions where they do not live: for checks that follow them.
 *
 * @module
 */
import { trackedObject, type Verdicts } from "../../machines/standing.ts";

/** Told whether the session is up, at each change. */
export type SessionListener = (isUp: boolean) => void;

/** The states of all sessions, by name. */
export class SessionBoard {
  readonly #states = new Map<string, boolean>();
  readonly #listeners = new Map<string, Set<SessionListener>>();

  /** Takes in news; what is not about sessions is passed over. */
  take(news: Verdicts): void {
    for (const [object, { state }] of Object.entries(news)) {
      if (!object.startsWith(PREFIX) || state === "pending") continue;
      const isUp = state === "good";
      if (this.#states.get(object) === isUp) continue;
      this.#states.set(object, isUp);
      for (const listener of this.#listeners.get(object) ?? []) listener(isUp);
    }
  }

  /** Calls `listener` with what is known of a session, and at each change. Returns what ends it. */
  follow(name: string, listener: SessionListener): () => void {
    const object = trackedObject({ kind: "bfd", name });
    const listeners = this.#listeners.get(object) ?? new Set();
    this.#listeners.set(object, listeners.add(listener));
    const known = this.#states.get(object);
    if (known !== undefined) listener(known);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(object);
    };
  }
}

const PREFIX = trackedObject({ kind: "bfd", name: "" });
