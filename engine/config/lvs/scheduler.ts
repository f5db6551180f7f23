/**
 * `lvs_sched` and the words for its flags.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import { oneOf } from "../values.ts";
import { type Context, flag, type Keyword, one, values } from "../vocabulary.ts";
import type { SchedulerDraft, VirtualServerDraft } from "./drafts.ts";

const SCHEDULERS = "rr wrr lc wlc lblc sh mh dh fo ovf lblcr sed nq twos".split(" ");

const name = one<VirtualServerDraft, string>(
  `How connections are shared out: ${SCHEDULERS.join(", ")}; default wlc.`,
  oneOf(Object.fromEntries(SCHEDULERS.map((each) => [each, each]))),
  ({ scheduler }, { value }) => scheduler.name = value,
);

type Flag = "flag1" | "flag2" | "flag3";

function plain(doc: string, bit: Flag): Keyword<VirtualServerDraft> {
  return flag(doc, true as const, ({ scheduler }, given) => scheduler[bit] = given);
}

/** A flag that one scheduler has, whose name must stand before it. */
function flagOf(owner: "sh" | "mh", bit: Flag, doc: string): Keyword<VirtualServerDraft> {
  return values(doc, [], ({ scheduler }, { keyword }, context) => {
    if (scheduler.name === owner) scheduler[bit] = { value: true, place: keyword.place };
    else misplaced(scheduler, owner, keyword, context);
  });
}

function misplaced(
  scheduler: SchedulerDraft,
  owner: "sh" | "mh",
  { text, place }: {
    readonly text: string;
    readonly place: Parameters<Context["complaints"]["add"]>[1];
  },
  { complaints }: Context,
): void {
  // keepalived says nothing of flags of sh under mh.
  const isTolerated = owner === "sh" && scheduler.name === "mh";
  const message = scheduler.name === undefined
    ? `${quote(text)} before lvs_sched ${owner} is ignored`
    : `${quote(text)} without lvs_sched ${owner} is ignored`;
  complaints.add(isTolerated ? "W602" : "W403", place, message);
}

/** The words. */
export const SCHEDULER_WORDS: Readonly<Record<string, Keyword<VirtualServerDraft>>> = {
  lvs_sched: name,
  lb_algo: { ...name, status: { kind: "renamed", to: "lvs_sched" } },
  "flag-1": plain("First flag of the scheduler.", "flag1"),
  "flag-2": plain("Second flag of the scheduler.", "flag2"),
  "flag-3": plain("Third flag of the scheduler.", "flag3"),
  "sh-fallback": flagOf("sh", "flag1", "Another server if the one chosen is not available."),
  "sh-port": flagOf("sh", "flag2", "The source port counts, too."),
  "mh-fallback": flagOf("mh", "flag1", "Another server if the one chosen is not available."),
  "mh-port": flagOf("mh", "flag2", "The source port counts, too."),
  hashed: {
    ...values<VirtualServerDraft>(
      "Does nothing with any scheduler.",
      [],
      ({ scheduler }, { keyword }, { complaints }) => {
        const isSilent = scheduler.name === "sh" || scheduler.name === "mh";
        if (isSilent) return;
        complaints.add("W403", keyword.place, "'hashed' without lvs_sched sh is ignored");
      },
    ),
    status: { kind: "noEffect", why: "it never had one" },
  },
};
