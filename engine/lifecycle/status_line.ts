/**
 * What the service manager shows of the daemon in one line.
 *
 * @module
 */
import type { VrrpState } from "../../machines/vrrp_facts.ts";

const WORDS: readonly (readonly [VrrpState, string])[] = [
  ["active", "master"],
  ["backup", "backup"],
  ["fault", "in fault"],
];

/** `3 virtual routers: 2 master, 1 in fault`. */
export function statusLine(states: readonly VrrpState[]): string {
  const parts = WORDS.flatMap(([state, word]) => {
    const count = states.filter((each) => each === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const what = `${states.length} virtual router${states.length === 1 ? "" : "s"}`;
  return parts.length === 0 ? what : `${what}: ${parts.join(", ")}`;
}
