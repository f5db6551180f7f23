/**
 * Blocks of what can be tracked: `vrrp_script`, `vrrp_track_process`, `track_file`.
 *
 * @module
 */
import type { TrackKind } from "../../machines/track.ts";
import { quote } from "./diagnostic.ts";
import type { ConfigDraft, TrackFileDraft, TrackProcessDraft, VrrpScriptDraft } from "./drafts.ts";
import { readRunAs, RUN_AS, script } from "./script_keyword.ts";
import { splitScriptWords } from "./script_words.ts";
import { many, optional, required, text } from "./shape.ts";
import { readWeight, WEIGHT_PARAMETERS } from "./track_line.ts";
import {
  anyInteger,
  clampedInteger,
  integer,
  oneOf,
  type Read,
  reader,
  secondsAsUs,
  someText,
} from "./values.ts";
import {
  block,
  type Context,
  flag,
  type Keyword,
  one,
  renamed,
  type Statement,
  values,
  type Vocabulary,
} from "./vocabulary.ts";

const COUNT_MAX = 2 ** 31 - 1;
const PROCESS_COUNT_MAX = 65_535;
const FILE_VALUE_MAX = 254;
const INTERVAL_US_MAX = 4_294_000_000;
const DELAY_US = { min: 1, max: 3_600_000_000 };
const US_PER_MS = 1_000;
const MS_PER_SEC = 1_000;
const DIGITS = 3;

/** Seconds with up to three decimals as ms; 0 becomes 1 s, as in keepalived. */
const period: Read<number> = reader(
  { kind: "time", unit: "s", min: 0, max: INTERVAL_US_MAX / 1e6, digits: DIGITS },
  (word, complaints) => {
    if (/\.\d{4,}$/.test(word.text)) {
      complaints.add("E301", word.place, `${quote(word.text)} has more than ${DIGITS} decimals`);
      return undefined;
    }
    const us = secondsAsUs(0, INTERVAL_US_MAX)(word, complaints);
    if (us === 0) complaints.add("W303", word.place, "0 seconds: 1 is used");
    return us === undefined ? undefined : us / US_PER_MS || MS_PER_SEC;
  },
);

interface Weighted {
  weight?: number;
  reversed?: boolean;
}

function weight<Draft extends Weighted>(kind: TrackKind): Keyword<Draft> {
  return values(
    "What trackers add to the priority while it is good (or, negative, while it is bad), unless " +
      "they say; 0: a failure is a fault.",
    WEIGHT_PARAMETERS,
    (draft, { values: words }, context) => {
      const read = readWeight(words, kind, context);
      if (!read) return;
      draft.weight = read.weight;
      draft.reversed = read.reversed ?? false;
    },
  );
}

const VRRP_SCRIPT: Vocabulary<VrrpScriptDraft> = {
  name: "vrrp_script",
  keywords: {
    script: script("The program; exit status 0 is good.", (draft, { value }) => {
      draft.script = value;
    }),
    interval: one("Seconds between two starts; default 1.", period, (draft, { value }) => {
      draft.intervalMs = value;
    }),
    timeout: one(
      "Seconds after which it is ended, a failure; default: the interval.",
      period,
      (draft, { value }) => draft.timeoutMs = value,
    ),
    weight: weight("script"),
    rise: one(
      "Successes in a row that make it good; default 1.",
      clampedInteger(1, COUNT_MAX),
      (draft, { value }) => draft.rise = value,
    ),
    fall: one(
      "Failures in a row that make it bad; default 1.",
      clampedInteger(1, COUNT_MAX),
      (draft, { value }) => draft.fall = value,
    ),
    user: values(
      "Who runs it; default: script_user.",
      [required("user", text("a user")), ...RUN_AS.slice(1)],
      (draft, { values: who }) => {
        const runAs = readRunAs(who);
        if (runAs) draft.runAs = runAs;
      },
    ),
    init_fail: flag("Bad until it succeeds for the first time.", true, (draft, { value }) => {
      draft.startsFailed = value;
    }),
  },
};

function delay(
  doc: string,
  fields: readonly ("terminateDelayMs" | "forkDelayMs")[],
): Keyword<TrackProcessDraft> {
  return one(doc, secondsAsUs(DELAY_US.min, DELAY_US.max), (draft, { value }) => {
    for (const field of fields) draft[field] = value / US_PER_MS;
  });
}

const TRACK_PROCESS: Vocabulary<TrackProcessDraft> = {
  name: "vrrp_track_process",
  keywords: {
    process: {
      ...values<TrackProcessDraft>(
        "Name or path of the processes, and arguments to be compared.",
        [required("command", text("a name or path")), many("arguments", text())],
        (draft, { keyword, values: words }, { complaints }) => {
          if (draft.command) {
            complaints.add("W403", keyword.place, "a second process is ignored");
            return;
          }
          draft.command = words.map((word) => word.text);
          if (words.length === 1) return;
          draft.arguments ??= "exact";
          draft.fullCommand = true;
        },
      ),
      split: splitScriptWords,
    },
    param_match: values(
      "How arguments are compared: exactly, or initial, partial.",
      [optional("how", { kind: "choice", words: ["initial", "partial"] })],
      (draft, { values: [word] }, { complaints }) => {
        const read = oneOf<"initial" | "partial">({ initial: "initial", partial: "partial" });
        const how = word ? read(word, complaints) : "exact";
        if (how) draft.arguments = how;
      },
    ),
    weight: weight("process"),
    quorum: one(
      "Fewest processes that must run; default 1.",
      integer(1, PROCESS_COUNT_MAX),
      (draft, { value }) => draft.quorum = value,
    ),
    quorum_max: one(
      "Most processes that may run; 0: none.",
      integer(0, PROCESS_COUNT_MAX),
      (draft, { value }) => draft.quorumMax = value,
    ),
    delay: delay("Seconds before a change counts; default 0.", ["terminateDelayMs", "forkDelayMs"]),
    terminate_delay: delay("Seconds before a lost quorum counts; default 0.", ["terminateDelayMs"]),
    fork_delay: delay("Seconds before a reached quorum counts; default 0.", ["forkDelayMs"]),
    full_command: flag(
      "Compares the command line, not the name of at most 15 octets that the kernel keeps.",
      true,
      (draft, { value }) => draft.fullCommand = value,
    ),
  },
};

function setInitial(draft: TrackFileDraft, { values: words }: Statement, context: Context): void {
  let value = 0;
  let overwrites = false;
  for (const word of words) {
    if (word.text === "overwrite") overwrites = true;
    else {
      const number = anyInteger(-FILE_VALUE_MAX, FILE_VALUE_MAX)(word, context.complaints);
      if (number === undefined) return;
      value = number;
    }
  }
  draft.initial = { value, overwrites };
}

const TRACK_FILE: Vocabulary<TrackFileDraft> = {
  name: "track_file",
  keywords: {
    file: one("Path of the file; it holds a number.", someText, (draft, { value }) => {
      draft.path = value;
    }),
    weight: weight("file"),
    init_file: values(
      "Creates the file at start, with a number; an existing one stays unless overwrite is said.",
      [
        optional("value", {
          kind: "integer",
          min: -FILE_VALUE_MAX,
          max: FILE_VALUE_MAX,
          base: "any",
        }),
        optional("overwrite", { kind: "choice", words: ["overwrite"] }),
      ],
      setInitial,
    ),
  },
};

/** Opens a block with a name; a second one of that name is a mistake. */
function named<Draft>(
  doc: string,
  vocabulary: Vocabulary<Draft>,
  of: (draft: ConfigDraft) => Map<string, Draft>,
  make: (at: { readonly value: string; readonly place: Statement["keyword"]["place"] }) => Draft,
): Keyword<ConfigDraft> {
  const parameters = [required("name", text())];
  return block(
    doc,
    parameters,
    vocabulary,
    (draft, { keyword, values: [name] }, { complaints }) => {
      if (!name) return undefined;
      const all = of(draft);
      if (name.text === "") {
        complaints.add("E210", name.place, `${keyword.text} needs a name`);
        return undefined;
      }
      if (all.has(name.text)) {
        const message = `${keyword.text} ${
          quote(name.text)
        } is defined twice: the first one is used`;
        complaints.add("W602", name.place, message);
        return undefined;
      }
      const made = make({ value: name.text, place: name.place });
      all.set(name.text, made);
      return made;
    },
  );
}

const trackFile = named(
  "A file with a number that can be tracked.",
  TRACK_FILE,
  ({ files }) => files,
  (at): TrackFileDraft => ({ at, name: at.value }),
);

/** The words of the top level. */
export const TRACKED_BLOCKS: Readonly<Record<string, Keyword<ConfigDraft>>> = {
  vrrp_script: {
    ...named(
      "A program that can be tracked.",
      VRRP_SCRIPT,
      ({ scripts }) => scripts,
      (at): VrrpScriptDraft => ({ at, name: at.value }),
    ),
    isLandmark: true,
  },
  vrrp_track_process: {
    ...named(
      "Processes that can be tracked.",
      TRACK_PROCESS,
      ({ processes }) => processes,
      (at): TrackProcessDraft => ({ at, name: at.value }),
    ),
    isLandmark: true,
  },
  // Inside an instance the word has another meaning.
  track_file: trackFile,
  vrrp_track_file: renamed("track_file", trackFile, true),
};
