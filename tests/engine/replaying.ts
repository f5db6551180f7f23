/**
 * Journals of runs, and the same decisions made again from nothing but them.
 *
 * @module
 */
import type { AnyActorRef, InspectionEvent } from "xstate";
import { Clock } from "../../engine/clock.ts";
import { createLocalRoot, type Door, type LocalDoors } from "../../engine/compose.ts";
import { Journal } from "../../engine/journal.ts";
import { bfdSessionIdentity } from "../../machines/bfd_config.ts";
import type { CheckerPort } from "../../machines/checker.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import { virtualServerIdentity } from "../../machines/lvs_config.ts";
import type { RealServerInput } from "../../machines/real_server.ts";
import type { VirtualServerInput } from "../../machines/virtual_server.ts";

/** A line of a journal. */
export interface JournalLine {
  readonly at: number;
  readonly actor: string;
  readonly fact?: JournalEvent;
  readonly timer?: JournalEvent;
  readonly message?: JournalEvent;
  readonly command?: JournalEvent;
}

/** An event as JSON has it. */
export interface JournalEvent {
  readonly type: string;
}

/** Notes everything, for as long as somebody asks. */
export class Recorder {
  readonly #journal: Journal;
  #text = "";
  /** Lines so far. */
  count = 0;

  constructor(now: () => number) {
    this.#journal = new Journal(now, (lines) => {
      this.#text += lines;
      this.count++;
      return true;
    });
  }

  readonly inspect = (event: InspectionEvent): void => {
    this.#journal.inspect(event);
    this.#journal.flush(); // Long runs have more than is held back.
  };

  /** What was noted so far. */
  lines(): JournalLine[] {
    return this.#text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }
}

/**
 * Makes the decisions of a journal again: machines without a clock, which are told its facts and
 * its timers in its order. Returns the journal of that.
 */
export function replay(lines: readonly JournalLine[], tracks: boolean): JournalLine[] {
  let doneCount = 0;
  const next = () => lines[doneCount];
  const recorder = new Recorder(() => next()?.at ?? 0);
  /** A door tells what its world told at this moment: often nothing. */
  const door = <Input>(
    idOf: (input: Input) => string,
    thenTell = () => {},
  ): Door<unknown, Input, never> => {
    return (input, tell) => {
      const id = idOf(input);
      const tellAll = () => {
        for (let line = next(); line?.fact && line.actor === id; line = next()) {
          const before = doneCount;
          tell(line.fact as never);
          if (doneCount === before) return; // It is not heard any more.
        }
      };
      tellAll();
      const carryOut = () => {
        tellAll();
        thenTell();
      };
      return { carryOut, [Symbol.dispose]: () => {} };
    };
  };
  /** What a session reports its port tells the system at once. */
  const tellSystem = () => {
    for (let line = next(); line?.fact && line.actor === "system"; line = next()) {
      const before = doneCount;
      root.send(line.fact as never);
      if (doneCount === before) return;
    }
  };
  const doors = {
    system: door(() => "system"),
    vrrp: door(vrrpInstanceIdentity),
    group: door(({ name }: { name: string }) => `group ${name}`),
    bfd: door(bfdSessionIdentity, tellSystem),
    virtualServer: door(({ config }: VirtualServerInput) => virtualServerIdentity(config)),
    realServer: door(({ id }: RealServerInput) => id),
    checker: door(({ id }: CheckerPort) => id),
    ...(tracks && {
      script: door(({ name }: { name: string }) => `script ${name}`),
      file: door(({ config }: { config: { name: string } }) => `file ${config.name}`),
      process: door(({ name }: { name: string }) => `process ${name}`),
    }),
  };
  const root = createLocalRoot(doors as unknown as LocalDoors, {
    clock: new Clock(() => 0), // Nobody runs its timers.
    inspect: (event) => {
      const before = recorder.count;
      recorder.inspect(event);
      doneCount += recorder.count - before;
    },
  });
  root.start();
  for (let line = next(); line; line = next()) {
    const event = line.fact ?? line.timer;
    const target = line.actor === "system" ? root : descendant(root, line.actor);
    const before = doneCount;
    if (event) (target as { send(event: JournalEvent): void } | undefined)?.send(event);
    if (doneCount === before) break; // Something was not said again, or nobody is there to hear.
  }
  return recorder.lines();
}

/** The actor of that name, however deep; those with facts and timers have names of their own. */
function descendant(actor: AnyActorRef, id: string): AnyActorRef | undefined {
  const children: Readonly<Record<string, AnyActorRef | undefined>> =
    actor.getSnapshot()?.children ?? {};
  if (children[id]) return children[id];
  for (const child of Object.values(children)) {
    const found = child && descendant(child, id);
    if (found) return found;
  }
  return undefined;
}

/**
 * Lines to be compared: what was told by the outside and what a timer did look alike in a replay.
 */
export function decisions(lines: readonly JournalLine[]): string[] {
  return lines.map(({ at, actor, fact, timer, message, command }) => {
    const kind = command ? "command" : message ? "message" : "input";
    return `${at} ${actor} ${kind} ${JSON.stringify(command ?? message ?? fact ?? timer)}`;
  });
}
