/**
 * Intervals of BFD that not every system can keep (W-bfd-001): RFC 7419 names a few that all should
 * know, as some hardware knows no others.
 *
 * @module
 */
import type { BfdDraft } from "../bfd_draft.ts";
import type { Finding, Whole } from "./whole.ts";

/** RFC 7419 §3, and the one for graceful restarts. */
const COMMON_US: readonly number[] = [
  3_300,
  10_000,
  20_000,
  50_000,
  100_000,
  1_000_000,
  10_000_000,
];
const US_PER_MS = 1_000;

/** The check. */
export function* adviseOnIntervals({ draft }: Whole): Generator<Finding> {
  for (const session of draft.bfdSessions.values()) {
    for (const [keyword, intervalUs] of intervalsOf(session)) {
      if (!intervalUs || COMMON_US.includes(intervalUs)) continue;
      const message = `${keyword} ${intervalUs / US_PER_MS} of bfd_instance ` +
        `${session.name.value} is none of the common intervals`;
      const slower = COMMON_US.find((each) => each > intervalUs);
      const hint = slower === undefined ? undefined : `the next one is ${slower / US_PER_MS} ms`;
      yield { code: "W-bfd-001", place: session.name.place, message, ...(hint && { hint }) };
    }
  }
}

function intervalsOf(session: BfdDraft): readonly (readonly [string, number | undefined])[] {
  const { desiredMinTxIntervalUs: tx, requiredMinRxIntervalUs: rx } = session;
  return [["min_tx", tx], ["min_rx", rx]];
}
