/**
 * What the results of a tracked script come to: keepalived's counter, as pure functions.
 *
 * The count runs from 0 to rise + fall − 1; from `rise` on the script is good. A success that makes
 * it good takes it to the top, a failure that makes it bad to 0, so that each way takes as many
 * results in a row.
 *
 * @module
 */
import type { Verdict } from "./standing.ts";

/** How many results in a row change something. */
export interface Patience {
  readonly rise: number;
  readonly fall: number;
}

/** The count after one more result; `count` is undefined before the first, which decides alone. */
export function nextCount(
  { rise, fall }: Patience,
  count: number | undefined,
  isSuccess: boolean,
): number {
  const top = rise + fall - 1;
  if (count === undefined) return isSuccess ? top : 0;
  if (isSuccess) return count + 1 >= rise ? top : count + 1;
  return count - 1 < rise ? 0 : count - 1;
}

/** What a count says. */
export function verdictOf({ rise }: Patience, count: number, why: string | undefined): Verdict {
  if (count >= rise) return { state: "good" };
  return { state: "bad", ...(why !== undefined && { why }) };
}
