/**
 * The journal: every fact and every command as a JSON line, in order, with its time. It is what a
 * decision is explained from, and what an incident is replayed from: given the facts and the timers
 * alone, in this order, the machines say the same messages and commands again.
 *
 * Secrets are masked. A line is `{"at": ms, "actor": id, KIND: event}`; times are monotonic. KIND
 * is `fact` for what comes from the world, `timer` for what a machine told itself to do later,
 * `message` between machines, and `command` to the world.
 *
 * @module
 */
import type { InspectionEvent } from "xstate";
import { SECRET_FIELDS } from "./config/mask.ts";

/** Characters held back before they are written; beyond it lines are dropped and counted. */
const BUFFER_LENGTH_MAX = 8 * 1024 * 1024;

/** Collects lines and hands them on in batches. */
export class Journal {
  readonly #now: () => number;
  readonly #write: (lines: string) => boolean;
  readonly #process: string | undefined;
  #buffer = "";
  #droppedCount = 0;

  /**
   * `write` takes whole lines; false means "not now", and they are offered again. `process` is
   * named in each line, where several processes have one journal.
   */
  constructor(now: () => number, write: (lines: string) => boolean, process?: string) {
    this.#now = now;
    this.#write = write;
    this.#process = process;
  }

  /** Notes one event between actors, as XState's inspection shows it. */
  readonly inspect = (inspected: InspectionEvent): void => {
    if (inspected.type !== "@xstate.event") return;
    const { event, actorRef, sourceRef } = inspected;
    if (event.type === "xstate.init" || event.type === "xstate.stop") return;
    const id = idOf(actorRef);
    const parent = parentOf(actorRef);
    const isPort = id === "io" && parent !== undefined;
    const kind = isPort ? "command" : kindOf(actorRef, sourceRef);
    this.#append({
      at: this.#now(),
      ...(this.#process !== undefined && { process: this.#process }),
      actor: isPort ? parent : id,
      [kind]: event,
    });
  };

  /** Hands on what was collected; for the end of a turn. Never asks for another turn. */
  readonly flush = (): false => {
    if (this.#buffer !== "" && this.#write(this.#buffer)) this.#buffer = "";
    return false;
  };

  #append(line: object): void {
    const text = JSON.stringify(line, withoutSecrets) + "\n";
    if (this.#buffer.length + text.length > BUFFER_LENGTH_MAX) {
      this.#droppedCount++;
      return;
    }
    if (this.#droppedCount > 0) {
      this.#buffer += JSON.stringify({ at: this.#now(), dropped: this.#droppedCount }) + "\n";
      this.#droppedCount = 0;
    }
    this.#buffer += text;
  }
}

function kindOf(actor: object, source: object | undefined): "fact" | "timer" | "message" {
  if (source === actor) return "timer";
  return source === undefined || idOf(source) === "io" ? "fact" : "message";
}

/** Configurations are in the journal; passwords and keys are not. */
function withoutSecrets(key: string, value: unknown): unknown {
  return SECRET_FIELDS.has(key) && typeof value === "string" ? "***" : value;
}

/** The id of an actor: it is there, but not in XState's types for inspection. */
function idOf(actor: object): string | undefined {
  return "id" in actor ? String(actor.id) : undefined;
}

function parentOf(actor: object): string | undefined {
  const parent = "_parent" in actor ? actor._parent : undefined;
  return typeof parent === "object" && parent !== null ? idOf(parent) : undefined;
}
