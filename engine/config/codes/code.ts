/**
 * What is said of a kind of finding.
 *
 * @module
 */

/** The entry of a code. */
export interface CodeEntry {
  /** What it is about: a few words. */
  readonly title: string;
  /** Why it is told, and what could be done; sentences. */
  readonly explanation: string;
  /** Lines that give it. */
  readonly example: string;
  /** keepalived accepts this in silence: advice of ours. Its `-t` does not fail with it. */
  readonly isAdvice?: true;
}
