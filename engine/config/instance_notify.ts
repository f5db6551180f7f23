/**
 * Keywords of `vrrp_instance` about scripts, mail and tracking.
 *
 * @module
 */
import type { InstanceDraft } from "./drafts.ts";
import { readScript, RUN_AS, script } from "./script_keyword.ts";
import { splitScriptWords } from "./script_words.ts";
import { optional } from "./shape.ts";
import { trackBlocks } from "./track_line.ts";
import { type Keyword, toggle, values, type Vocabulary } from "./vocabulary.ts";

type Event = keyof InstanceDraft["scripts"];

function notify(doc: string, event: Exclude<Event, "deleted">): Keyword<InstanceDraft> {
  return script(doc, ({ scripts }, { value, place }, { complaints }) => {
    if (scripts[event]) complaints.add("W403", place, "a second script of that kind is ignored");
    else scripts[event] = value;
  });
}

/** Without a program: only the state that is told is another. */
const deleted: Keyword<InstanceDraft> = {
  ...values<InstanceDraft>(
    "Tells of DELETED instead of FAULT when a reload removes the instance, and runs a program.",
    [optional("command", { kind: "command" }), ...RUN_AS],
    (draft, { values: [command, ...who] }, context) => {
      draft.tellsDeletion = true;
      const read = command && readScript(command, who, context);
      if (read) draft.scripts.deleted = read;
    },
  ),
  split: splitScriptWords,
};

/** The words. */
export const NOTIFY_KEYWORDS: Vocabulary<InstanceDraft>["keywords"] = {
  notify_master: notify("A program that is run when the instance becomes MASTER.", "master"),
  notify_backup: notify("A program that is run when the instance becomes BACKUP.", "backup"),
  notify_fault: notify("A program that is run when the instance becomes FAULT.", "fault"),
  notify_stop: notify("A program that is run when stayd stops.", "stop"),
  notify: notify("A program that is run at each change, with four arguments.", "any"),
  notify_deleted: deleted,
  notify_master_rx_lower_pri: notify(
    "A program that is run when a master hears a lower priority.",
    "lowerPriority",
  ),
  notify_priority_changes: toggle(
    "Changes of the effective priority are events, too.",
    (draft, given) => draft.notifiesPriorityChanges = given,
  ),
  smtp_alert: toggle("Mails about changes.", (draft, given) => draft.mails = given),
  ...trackBlocks<InstanceDraft>(),
};
