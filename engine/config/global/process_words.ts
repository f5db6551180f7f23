/**
 * Keywords of `global_defs` about processes: names, priorities, processors, memory.
 *
 * @module
 */
import type { GlobalDraft } from "../drafts.ts";
import { many, required, type Shape } from "../shape.ts";
import { clampedInteger, integer, type Read, reader, someText } from "../values.ts";
import {
  flag,
  type Keyword,
  noEffect,
  one,
  renamed,
  values,
  type Vocabulary,
} from "../vocabulary.ts";

type Table = Vocabulary<GlobalDraft>["keywords"];

const NAME_BYTES_MAX = 15;
const US_MAX = 4_294_967_295;
const CPU_MAX = 4_095;
const AUTO_DELAY_US_MAX = 10_000_000;
const NO_PROCESS = "BFD lives in the VRRP process, and what holds for that holds for it";

/** The kernel keeps 15 octets of a process's name. */
const processName: Read<string> = reader(
  { kind: "text", what: "at most 15 octets" },
  (word, complaints) => {
    const name = someText(word, complaints);
    if (name === undefined || new TextEncoder().encode(name).length <= NAME_BYTES_MAX) return name;
    complaints.add(
      "W303",
      word.place,
      `a process name has at most ${NAME_BYTES_MAX} bytes: cut off`,
    );
    const bytes = new TextEncoder().encode(name).subarray(0, NAME_BYTES_MAX);
    return new TextDecoder().decode(bytes).replace(/\ufffd$/, "");
  },
);

const CPU: Shape = { kind: "integer", min: 0, max: CPU_MAX };
const cpu = integer(0, CPU_MAX);

type Child = "vrrpProcess" | "checkProcess" | "bfdProcess";

/** `PREFIX_priority` and so on. */
function childWords(prefix: string, child: Child, what: string): Table {
  const acts = (word: Keyword<GlobalDraft>) =>
    child === "bfdProcess" ? noEffect(NO_PROCESS, word) : word;
  const limit = one<GlobalDraft, number>(
    `CPU time in µs that ${what} may use without sleeping at real-time priority.`,
    integer(1, US_MAX),
    (draft, { value }) => {
      if (child !== "vrrpProcess") draft[child].realtimeLimitUs = value;
    },
  );
  const words: Record<string, Keyword<GlobalDraft>> = {
    [`${prefix}_process_name`]: acts(one(
      `Name of ${what}.`,
      processName,
      (draft, { value }) => draft[child].name = value,
    )),
    [`${prefix}_priority`]: acts(one(
      `Nice value of ${what}; default 0.`,
      integer(-20, 19),
      (draft, { value }) => draft[child].niceness = value,
    )),
    [`${prefix}_cpu_affinity`]: acts(values(
      `Processors that ${what} may run on; default all.`,
      [required("cpu", CPU), many("more", CPU)],
      (draft, { values: words }, { complaints }) => {
        const cpus = words.map((word) => cpu(word, complaints));
        if (cpus.every((each) => each !== undefined)) draft[child].cpus = cpus;
      },
    )),
    [`${prefix}_no_swap`]: noEffect(
      "program text is always locked in memory, and more of it would end the runtime",
      flag(`Keeps ${what} in memory.`, true, () => {}),
    ),
  };
  if (child === "vrrpProcess") return words; // The rest acts, in global/vrrp_words.ts.
  return {
    ...words,
    [`${prefix}_rt_priority`]: acts(one(
      `Real-time priority of ${what}, 1 to 99; default: ordinary scheduling.`,
      clampedInteger(1, 99),
      (draft, { value }) => draft[child].realtimePriority = value,
    )),
    [`${prefix}_rlimit_rttime`]: acts(limit),
    [`${prefix}_rlimit_rtime`]: renamed(`${prefix}_rlimit_rttime`, acts(limit), true),
  };
}

const checkerName = childWords("checker", "checkProcess", "the process of health checks");

/** The words. */
export const PROCESS_WORDS: Table = {
  process_names: flag(
    "Names the child processes after what they do.",
    true,
    (draft, { value }) => draft.namesProcesses = value,
  ),
  process_name: one(
    "Name of the parent process.",
    processName,
    (draft, { value }) => draft.processName = value,
  ),
  ...childWords("vrrp", "vrrpProcess", "the VRRP process"),
  ...checkerName,
  lvs_process_name: renamed(
    "checker_process_name",
    one(
      "Name of the process of health checks.",
      processName,
      (draft, { value }) => draft.checkProcess.name = value,
    ),
    true,
  ),
  ...childWords("bfd", "bfdProcess", "BFD"),
  max_auto_priority: noEffect(
    "the VRRP process runs at real-time priority from the start",
    values(
      "Greatest real-time priority that is taken when timers are late.",
      [{ name: "priority", shape: { kind: "integer", min: -1, max: 99 }, optional: true }],
      (_, { values: [word] }, { complaints }) => {
        if (word) integer(-1, 99)(word, complaints);
      },
    ),
  ),
  min_auto_priority_delay: noEffect(
    "the VRRP process runs at real-time priority from the start",
    one(
      "Lateness in µs from which on the priority is raised; default 1000000.",
      integer(1, AUTO_DELAY_US_MAX),
      () => {},
    ),
  ),
};
