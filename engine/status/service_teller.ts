/**
 * Tells what the virtual servers of this process are, a few at a turn of the loop.
 *
 * @module
 */
import { NO_STATUS } from "./process_status.ts";
import { serviceSnapshots, serviceStatus } from "./service_status.ts";
import type { Receiver } from "./status_teller.ts";

/** Virtual servers told of in one turn. */
const SERVICES_PER_TURN = 32;
/** Whoever asks more often waits for an answer that is on its way. */
const QUEUE_COUNT_MAX = 16;

interface Question {
  readonly receive: Receiver;
  readonly left: unknown[];
}

/** The teller of one process. */
export class ServiceTeller {
  readonly #root: () => unknown;
  readonly #questions: Question[] = [];

  /** `root` gives the snapshot of the root actor. */
  constructor(root: () => unknown) {
    this.#root = root;
  }

  /** Begins an answer. False: there are too many questions already. */
  ask(receive: Receiver): boolean {
    if (this.#questions.length >= QUEUE_COUNT_MAX) return false;
    this.#questions.push({ receive, left: [...serviceSnapshots(this.#root())] });
    return true;
  }

  /** For the end of every turn of the loop; returns whether there is more to tell. */
  readonly run = (): boolean => {
    const [question] = this.#questions;
    if (!question) return false;
    const services = question.left.splice(0, SERVICES_PER_TURN).map(serviceStatus);
    const isLast = question.left.length === 0;
    if (isLast) this.#questions.shift();
    question.receive({ ...NO_STATUS, services }, isLast);
    return this.#questions.length > 0;
  };
}
