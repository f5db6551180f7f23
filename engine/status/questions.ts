/**
 * Questions to another process that wait for their answers, which come in pieces.
 *
 * @module
 */
import type { ProcessStatus } from "./process_status.ts";

/** Gets the whole answer; undefined: there will be none. */
export type Answered = (status: ProcessStatus | undefined) => void;

interface Open {
  readonly answered: Answered;
  readonly pieces: ProcessStatus[];
}

/** Whoever asks more often is not answered. */
const QUESTION_COUNT_MAX = 16;

/** The open questions to one process. */
export class Questions {
  readonly #open = new Map<number, Open>();
  #lastNumber = 0;

  /** Keeps a question; returns its number. The oldest is given up if there are too many. */
  add(answered: Answered): number {
    const [oldest] = this.#open;
    if (oldest && this.#open.size >= QUESTION_COUNT_MAX) {
      this.#open.delete(oldest[0]);
      oldest[1].answered(undefined);
    }
    this.#open.set(++this.#lastNumber, { answered, pieces: [] });
    return this.#lastNumber;
  }

  /** A piece of an answer came; one that nobody waits for is dropped. */
  take(question: number, piece: ProcessStatus, isLast: boolean): void {
    const open = this.#open.get(question);
    if (!open) return;
    open.pieces.push(piece);
    if (!isLast) return;
    this.#open.delete(question);
    open.answered({
      instances: open.pieces.flatMap(({ instances }) => instances),
      groups: open.pieces.flatMap(({ groups }) => groups),
      sessions: open.pieces.flatMap(({ sessions }) => sessions),
      links: open.pieces.flatMap(({ links }) => links),
      sockets: open.pieces.flatMap(({ sockets }) => sockets),
      services: open.pieces.flatMap(({ services }) => services),
    });
  }

  /** The process is no more. */
  giveUp(): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { answered } of open) answered(undefined);
  }
}
