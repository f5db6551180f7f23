/**
 * Keywords of `global_defs` about scripts and FIFOs.
 *
 * @module
 */
import type { FifoConfig } from "../../../machines/script_config.ts";
import type { GlobalDraft } from "../drafts.ts";
import { required, text } from "../shape.ts";
import { readRunAs, RUN_AS, script } from "../script_keyword.ts";
import { integer } from "../values.ts";
import { flag, type Keyword, one, toggle, values, type Vocabulary } from "../vocabulary.ts";

const TIMEOUT_SEC_MAX = 1_000;
const MS_PER_SEC = 1_000;

type Fifo = "fifo" | "vrrpFifo" | "lvsFifo";

function fifo(doc: string, which: Fifo): Keyword<GlobalDraft> {
  return values<GlobalDraft>(
    doc,
    [required("path", text("a path")), ...RUN_AS],
    (draft, { values: [path, ...who] }, { complaints }) => {
      const { notifications } = draft;
      if (!path) return;
      const before = notifications[which];
      if (before && before.path !== "") {
        complaints.add("W403", path.place, "a second FIFO is ignored");
        return;
      }
      const owner = readRunAs(who);
      notifications[which] = { ...before, path: path.text, ...(owner && { owner }) };
    },
  );
}

function fifoScript(doc: string, which: Fifo): Keyword<GlobalDraft> {
  return script<GlobalDraft>(
    doc,
    ({ notifications }, { value, place }, { complaints }) => {
      const before: FifoConfig = notifications[which] ?? { path: "" };
      if (before.script) complaints.add("W403", place, "a second script is ignored");
      else notifications[which] = { ...before, script: value };
    },
  );
}

function timeout(what: "startup" | "shutdown"): Keyword<GlobalDraft> {
  return one(
    `Seconds that the ${what} script may take; default 10.`,
    integer(1, TIMEOUT_SEC_MAX),
    ({ scripts }, { value }) => scripts[`${what}TimeoutMs`] = value * MS_PER_SEC,
  );
}

function once(what: "startup" | "shutdown", when: string): Keyword<GlobalDraft> {
  return script(
    `A program that is run ${when}.`,
    ({ scripts }, { value, place }, { complaints }) => {
      if (scripts[what]) complaints.add("W403", place, `a second ${what}_script is ignored`);
      else scripts[what] = value;
    },
  );
}

/** The words. */
export const NOTIFY_WORDS: Vocabulary<GlobalDraft>["keywords"] = {
  startup_script: once("startup", "and awaited before anything starts"),
  shutdown_script: once("shutdown", "when everything has ended"),
  startup_script_timeout: timeout("startup"),
  shutdown_script_timeout: timeout("shutdown"),
  script_user: values(
    "Who scripts run as unless they say; default: keepalived_script if it exists, else root.",
    [required("user", text("a user")), ...RUN_AS.slice(1)],
    (draft, { values: who }) => {
      const runAs = readRunAs(who);
      if (runAs) draft.scripts.runAs = runAs;
    },
  ),
  enable_script_security: flag(
    "Refuses scripts that root would run and others could change.",
    true,
    (draft, { value }) => draft.scripts.secured = value,
  ),
  use_symlink_paths: toggle(
    "Runs scripts by their paths as they are, not by what links lead to.",
    (draft, { value }) => draft.scripts.keepsLinks = value,
  ),
  set_supplementary_groups: toggle(
    "Scripts get the supplementary groups of their user, too.",
    (draft, { value }) => draft.scripts.supplementaryGroups = value,
  ),
  notify_fifo: fifo("A FIFO that all events are written to.", "fifo"),
  vrrp_notify_fifo: fifo("A FIFO that events of VRRP are written to.", "vrrpFifo"),
  lvs_notify_fifo: fifo("A FIFO that events of virtual servers are written to.", "lvsFifo"),
  notify_fifo_script: fifoScript("A program that reads the FIFO of all events.", "fifo"),
  vrrp_notify_fifo_script: fifoScript("A program that reads the FIFO of VRRP.", "vrrpFifo"),
  lvs_notify_fifo_script: fifoScript(
    "A program that reads the FIFO of virtual servers.",
    "lvsFifo",
  ),
  vrrp_notify_priority_changes: toggle(
    "Changes of the effective priority are events, too.",
    (draft, { value }) => draft.notifications.priorityChanges = value,
  ),
  fifo_write_vrrp_states_on_reload: flag(
    "Writes all states to the FIFOs after a reload.",
    true,
    (draft, { value }) => draft.notifications.statesAfterReload = value,
  ),
  rs_init_notifies: toggle(
    "The first state of a real server is an event, too.",
    (draft, { value }) => draft.notifications.firstServerStates = value,
  ),
};
