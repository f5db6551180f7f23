/**
 * The keyword table of `real_server`.
 *
 * @module
 */
import { script } from "../script_keyword.ts";
import { integer } from "../values.ts";
import { one, toggle, type Vocabulary } from "../vocabulary.ts";
import { CHECKER_BLOCKS } from "./checkers.ts";
import { alphaWord, serverWords } from "./common_words.ts";
import type { RealServerDraft } from "./drafts.ts";
import { uint32, WEIGHT_MAX } from "./readers.ts";

/** The table. */
export const REAL_SERVER: Vocabulary<RealServerDraft> = {
  name: "real_server",
  keywords: {
    ...serverWords<RealServerDraft>(),
    weight: one(
      "Share of connections; 0: none, and it does not count for the quorum; default 1.",
      integer(0, WEIGHT_MAX),
      (draft, { value }) => draft.weight = value,
    ),
    uthreshold: one(
      "Connections from which on it gets no more; 0: no limit.",
      uint32,
      (draft, given) => draft.upperThreshold = given,
    ),
    lthreshold: one(
      "Connections below which it gets some again; 0: three quarters of uthreshold.",
      uint32,
      (draft, given) => draft.lowerThreshold = given,
    ),
    inhibit_on_failure: toggle(
      "A failed server stays in the table with weight 0; default: as the virtual server.",
      (draft, { value }) => draft.inhibits = value,
    ),
    alpha: alphaWord<RealServerDraft>(),
    notify_up: script(
      "Program run when it becomes well.",
      (draft, { value }) => draft.notifyUp = value,
    ),
    notify_down: script(
      "Program run when it fails.",
      (draft, { value }) => draft.notifyDown = value,
    ),
    ...CHECKER_BLOCKS,
  },
};
