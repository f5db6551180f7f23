/**
 * Which processes a tracker counts, and what their number says: keepalived's rules, as pure
 * functions.
 *
 * @module
 */
import type { Verdict } from "./standing.ts";
import type { TrackProcessConfig } from "./track_config.ts";

/** What a process is known by. */
export interface ProcessTraits {
  /** What the kernel calls it: at most 15 octets. */
  readonly name: string;
  /** The program as it was called, and its arguments. */
  readonly arguments: readonly string[];
}

type Wanted = Pick<TrackProcessConfig, "command" | "arguments" | "fullCommand">;

const NAME_BYTES_MAX = 15;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Whether the name alone decides: then nothing else of a process need be known. */
export function countsByName(
  { command: [program = ""], arguments: how, fullCommand }: Wanted,
): boolean {
  // The kernel's names are no paths: keepalived would never find one.
  return how === undefined && !fullCommand && !program.includes("/");
}

/** Whether a process is one of those that are counted. */
export function isCounted(wanted: Wanted, process: ProcessTraits): boolean {
  const [program = "", ...parameters] = wanted.command;
  if (countsByName(wanted)) return process.name === cut(program);
  const [actual, ...given] = process.arguments;
  if (actual !== program) return false;
  if (wanted.arguments === undefined) return true;
  if (wanted.arguments === "initial") {
    const last = parameters.at(-1) ?? "";
    const rest = parameters.slice(0, -1);
    return begins(given, rest) && (given[rest.length] ?? "").startsWith(last);
  }
  const isLong = wanted.arguments === "exact" && given.length > parameters.length;
  return !isLong && begins(given, parameters);
}

function begins(given: readonly string[], parameters: readonly string[]): boolean {
  return parameters.every((parameter, i) => given[i] === parameter);
}

/** A name as the kernel keeps it. */
function cut(name: string): string {
  const bytes = encoder.encode(name);
  return bytes.length <= NAME_BYTES_MAX ? name : decoder.decode(bytes.subarray(0, NAME_BYTES_MAX));
}

/** What it says that so many run. */
export function quorumVerdict(
  { quorum, quorumMax = Infinity }: Pick<TrackProcessConfig, "quorum" | "quorumMax">,
  count: number,
): Verdict & { state: "good" | "bad" } {
  if (count < quorum) return { state: "bad", why: `${count} running, at least ${quorum} must` };
  if (count > quorumMax) return { state: "bad", why: `${count} running, at most ${quorumMax} may` };
  return { state: "good" };
}
