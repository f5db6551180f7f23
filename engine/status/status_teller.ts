/**
 * Tells what the virtual routers of this process are, a few at a time: nobody who asks may delay an
 * advertisement.
 *
 * @module
 */
import type { VrrpContext } from "../../machines/vrrp_facts.ts";
import { clearCounters } from "../io/vrrp_counters.ts";
import type { VrrpEngine } from "../vrrp_engine.ts";
import {
  type GroupStatus,
  instanceStatus,
  linkStatuses,
  NO_STATUS,
  type ProcessStatus,
} from "./process_status.ts";

/** Instances told of in one turn of the loop; each costs some 10 µs. */
const INSTANCES_PER_TURN = 32;
/** Whoever asks more often waits for an answer that is on its way. */
const QUEUE_COUNT_MAX = 16;

/** Gets an answer in pieces. */
export type Receiver = (piece: ProcessStatus, isLast: boolean) => void;

interface Question {
  readonly clears: boolean;
  readonly receive: Receiver;
  readonly ids: string[];
  readonly discriminators: number[];
}

/** The teller of one process. */
export class StatusTeller {
  readonly #engine: VrrpEngine;
  readonly #questions: Question[] = [];

  constructor(engine: VrrpEngine) {
    this.#engine = engine;
  }

  /**
   * Begins an answer; `clears`: counters begin anew as they are told. False: there are too many
   * questions already.
   */
  ask(clears: boolean, receive: Receiver): boolean {
    if (this.#questions.length >= QUEUE_COUNT_MAX) return false;
    const { ports, bfd } = this.#engine;
    this.#questions.push({
      clears,
      receive,
      ids: [...ports.keys()],
      discriminators: Array.from(bfd.sessions, ({ discriminator }) => discriminator),
    });
    return true;
  }

  /** For the end of every turn of the loop; returns whether there is more to tell. */
  readonly run = (): boolean => {
    const [question] = this.#questions;
    if (!question) return false;
    const { keeper, ports, root } = this.#engine;
    const { children } = root.getSnapshot();
    const instances = question.ids.splice(0, INSTANCES_PER_TURN).flatMap((id) => {
      const port = ports.get(id);
      const context = contextOf(children[id]?.getSnapshot());
      if (!port || !context) return []; // It is no more.
      const status = instanceStatus(port, context, keeper.heldBy(id));
      if (question.clears) clearCounters(port.counters);
      return [status];
    });
    const sessions = question.discriminators
      .splice(0, INSTANCES_PER_TURN - instances.length)
      .flatMap((discriminator) => this.#engine.bfd.session(discriminator)?.status ?? []);
    const isLast = question.ids.length === 0 && question.discriminators.length === 0;
    if (isLast) this.#questions.shift();
    const piece = { ...NO_STATUS, instances, sessions };
    question.receive(isLast ? { ...piece, ...this.#rest() } : piece, isLast);
    return this.#questions.length > 0;
  };

  #rest(): Pick<ProcessStatus, "groups" | "links" | "sockets"> {
    const { root, hub, links } = this.#engine;
    const groups = Object.values(root.getSnapshot().children).flatMap((child) => {
      const group = groupOf(child?.getSnapshot());
      return group ? [group] : [];
    });
    return {
      groups,
      links: linkStatuses(links, (ip) => hub.isVirtual(ip)),
      sockets: hub.sockets(),
    };
  }
}

/** The children of the root are of several kinds; XState's types do not say so. */
function contextOf(snapshot: unknown): VrrpContext | undefined {
  const context = memoryOf(snapshot);
  return context && "standing" in context ? context as unknown as VrrpContext : undefined;
}

type Memory = Readonly<Record<string, unknown>>;

interface GroupMemory {
  readonly name: string;
  readonly state: GroupStatus["state"];
  readonly members: readonly { readonly state: string; readonly faults: readonly string[] }[];
}

function groupOf(snapshot: unknown): GroupStatus | undefined {
  const memory = memoryOf(snapshot);
  if (!memory || !("members" in memory)) return undefined;
  const { name, state, members } = memory as unknown as GroupMemory;
  return {
    name,
    state,
    faultCount: members.filter(({ faults }) => faults.length > 0).length,
    startingCount: members.filter((member) => member.state === "initialize").length,
  };
}

function memoryOf(snapshot: unknown): Memory | undefined {
  if (typeof snapshot !== "object" || snapshot === null || !("context" in snapshot)) return;
  const { context } = snapshot;
  return typeof context === "object" && context !== null ? context as Memory : undefined;
}
