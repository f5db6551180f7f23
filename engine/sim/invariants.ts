/**
 * Judges a run by all invariants of court.ts; the rules themselves are in the files named rules_*.
 *
 * @module
 */
import type { Court, InvariantName, Violation } from "./court.ts";
import type { Host } from "./host.ts";
import { Observer } from "./observer.ts";
import { announcementRules } from "./rules_announcement.ts";
import { balanceRules } from "./rules_balance.ts";
import { bfdRules } from "./rules_bfd.ts";
import { convergenceRules } from "./rules_convergence.ts";
import { holdingRules } from "./rules_holding.ts";
import { stallRules } from "./rules_stall.ts";
import { stormRules } from "./rules_storm.ts";
import { timingRules } from "./rules_timing.ts";
import type { Watcher, World } from "./world.ts";

/** Judges a run; the first violation ends it. */
export class Invariants {
  /** To be given to the world, in this order. */
  readonly watchers: readonly Watcher[];
  violation: Violation | undefined;
  readonly #observer: Observer = new Observer();
  #world: World | undefined;

  constructor() {
    const court: Court = {
      observer: this.#observer,
      world: () => this.#worldNow(),
      violate: (invariant, host, text) => this.#violate(invariant, host, text),
    };
    this.watchers = [
      this.#observer,
      {
        failed: (host, error) => {
          const trace = error instanceof Error ? error.stack ?? error.message : String(error);
          court.violate("engine lives", host, trace);
        },
      },
      ...holdingRules(court),
      ...timingRules(court),
      ...stallRules(court),
      ...bfdRules(court),
      ...stormRules(court),
      ...announcementRules(court),
      ...balanceRules(court),
      ...convergenceRules(court),
    ];
  }

  /** Makes the world known, before it runs. */
  watch(world: World): void {
    this.#world = world;
    this.#observer.world = world;
  }

  #worldNow(): World {
    if (!this.#world) throw new Error("Cannot judge a world before it is known");
    return this.#world;
  }

  #violate(invariant: InvariantName, host: Host, text: string): void {
    const world = this.#worldNow();
    this.violation ??= { invariant, atMs: world.agenda.now(), host: host.name, text };
    world.halt();
  }
}
