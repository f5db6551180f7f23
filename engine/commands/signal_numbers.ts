/**
 * The signals that the daemon follows, under keepalived's names for them, and `--signum`, which
 * tells scripts their numbers.
 *
 * @module
 */
import { EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";

/** Numbers by the kernel's names; the last two are real-time signals. */
export const SIGNALS = {
  HUP: 1,
  INT: 2,
  USR1: 10,
  USR2: 12,
  TERM: 15,
  JSON: 36,
  STATS_CLEAR: 63,
} as const;

/** keepalived's words. */
const NUMBERS: Readonly<Record<string, number>> = {
  STOP: SIGNALS.TERM,
  RELOAD: SIGNALS.HUP,
  DATA: SIGNALS.USR1,
  STATS: SIGNALS.USR2,
  STATS_CLEAR: SIGNALS.STATS_CLEAR,
  JSON: SIGNALS.JSON,
};

/** What is to be written. */
export type DumpRequest = "data" | "stats" | "clear" | "json";

/** What a signal asks to be written; undefined: nothing. */
export function dumpRequested(signal: number): DumpRequest | undefined {
  if (signal === SIGNALS.USR1) return "data";
  if (signal === SIGNALS.USR2) return "stats";
  if (signal === SIGNALS.STATS_CLEAR) return "clear";
  return signal === SIGNALS.JSON ? "json" : undefined;
}

/** Prints the number of a signal; returns the exit status. */
export function printSignal(
  word: string,
  print: (text: string) => void,
  complain: (text: string) => void,
): number {
  const number = Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined;
  if (number === undefined) {
    complain(`stayd: unknown signal ${word}: known are ${Object.keys(NUMBERS).join(", ")}\n`);
    return EXIT_FATAL;
  }
  print(`${number}\n`);
  return EXIT_OK;
}
