/**
 * Whose turn it is to be looked at closely: a few virtual servers at each audit, all of them in a
 * round.
 *
 * @module
 */

/** As many as are looked at in one turn of the loop: a small table is seen closely each time. */
const EACH_TIME = 64;

/** The turns. */
export class CloseLooks {
  /** Who is left of this round, and whether what is found then is repaired. */
  #left = new Map<string, boolean>();

  /** Begins a round. */
  begin(owners: readonly string[], repairs: boolean): void {
    this.#left = new Map(owners.map((owner) => [owner, repairs]));
  }

  /** Those whose turn is now; a further round, of these, begins after the last one. */
  next(owners: readonly string[]): ReadonlyMap<string, boolean> {
    if (this.#left.size === 0) this.begin(owners, false);
    const now = new Map(this.#left.entries().take(EACH_TIME));
    for (const owner of now.keys()) this.#left.delete(owner);
    return now;
  }
}
