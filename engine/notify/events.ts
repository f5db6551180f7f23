/**
 * What people and programs are told of: reports as events, in keepalived's words.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { NotifyScripts, SyncGroupConfig } from "../../machines/group_config.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { GroupState } from "../../machines/sync_group_rules.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";

/** keepalived's words for what happens. */
export type EventWord =
  | "MASTER"
  | "BACKUP"
  | "FAULT"
  | "STOP"
  | "DELETED"
  | "MASTER_RX_LOWER_PRI"
  | "MASTER_PRIORITY"
  | "BACKUP_PRIORITY";

/** Something to be told. */
export interface NotifyEvent {
  readonly kind: "INSTANCE" | "GROUP";
  readonly name: string;
  readonly word: EventWord;
  /** Effective priority; 0 for groups. */
  readonly priority: number;
  /** Scripts to be run, in this order. */
  readonly scripts: readonly ScriptRun[];
  /** Whether mail tells of it. */
  readonly mails: boolean;
}

/** What a line says. */
export type LineEvent = Omit<NotifyEvent, "scripts" | "mails">;

/** A script and what stands behind its own arguments. */
export interface ScriptRun {
  readonly script: ScriptConfig;
  readonly moreArguments: readonly string[];
}

/** What is known of an instance from its earlier reports. */
export interface Known {
  /** The word it was last told of with; undefined: never. */
  readonly word: EventWord | undefined;
  readonly priority: number;
}

const WORDS: Readonly<Record<Exclude<VrrpState, "initialize">, EventWord>> = {
  active: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
};

/** Something to be told of virtual servers. */
export type LvsNotice =
  & {
    readonly isUp: boolean;
    /** Run as it is. */
    readonly script?: ScriptConfig;
    /** What mail says of it; absent: there is none. */
    readonly text?: string;
  }
  & (
    /** The quorum of a virtual server. */
    | { readonly kind: "VS"; readonly name: string }
    /**
     * A real server, named as `[192.0.2.2]:tcp:80`, of a virtual server; or only one of its checks.
     */
    | {
      readonly kind: "RS" | "CHECK";
      /** Within the virtual server: `[192.0.2.2]:80`. */
      readonly id: string;
      readonly name: string;
      readonly service: string;
    }
  );

/** keepalived's word. */
export function wordOf(isUp: boolean): string {
  return isUp ? "UP" : "DOWN";
}

/** The line of such a notice in a FIFO. */
export function lvsLine(notice: LvsNotice): string {
  const { name, isUp } = notice;
  const word = wordOf(isUp);
  return notice.kind === "VS" ? `VS ${name} ${word}\n` : `RS ${name} ${notice.service} ${word}\n`;
}

/** The line of an event in a FIFO. */
export function fifoLine({ kind, name, word, priority }: LineEvent): string {
  return `${kind} "${name}" ${word} ${priority}\n`;
}

/**
 * What a report of an instance is told as; undefined: nothing new. `isGone`: a reload removed it.
 */
export function instanceEvent(
  config: VrrpInstanceConfig,
  report: VrrpReport,
  known: Known,
  isGone: boolean,
): NotifyEvent | undefined {
  const make = (word: EventWord, priority: number, scripts?: readonly ScriptRun[]): NotifyEvent => {
    const { name, mails } = config;
    const event = { kind: "INSTANCE", name, word, priority, mails } as const;
    return { ...event, scripts: scripts ?? scriptsOf(config.scripts, event) };
  };
  switch (report.type) {
    case "REPORT": {
      const word = report.state === "initialize" ? lastWord(config, isGone) : WORDS[report.state];
      return word === known.word ? undefined : make(word, report.priority);
    }
    case "REPORT_PRIORITY": {
      if (!config.notifiesPriorityChanges) return undefined;
      if (known.word === "MASTER") return make("MASTER_PRIORITY", report.priority, []);
      return known.word === "BACKUP" ? make("BACKUP_PRIORITY", report.priority, []) : undefined;
    }
    case "REPORT_LESSER": {
      const { lowerPriority } = config.scripts;
      const runs = lowerPriority ? [{ script: lowerPriority, moreArguments: [] }] : [];
      return make("MASTER_RX_LOWER_PRI", known.priority, runs);
    }
  }
}

function lastWord({ tellsDeletion }: VrrpInstanceConfig, isGone: boolean): EventWord {
  if (!isGone) return "STOP";
  return tellsDeletion ? "DELETED" : "FAULT";
}

/** What a new state of a group is told as. */
export function groupEvent(
  { name, scripts, mails }: SyncGroupConfig,
  state: GroupState,
): NotifyEvent {
  const word = state === "initialize" ? "STOP" : WORDS[state];
  const event = { kind: "GROUP", name, word, priority: 0, mails } as const;
  return { ...event, scripts: scriptsOf(scripts, event) };
}

/** What is run when a BFD session comes up, or is up no more. */
export function sessionRuns({ name, scripts }: BfdSessionConfig, isUp: boolean): ScriptRun[] {
  const own = isUp ? scripts.up : scripts.down;
  const runs: ScriptRun[] = own ? [{ script: own, moreArguments: [] }] : [];
  if (!scripts.any) return runs;
  return [...runs, { script: scripts.any, moreArguments: ["BFD", name, isUp ? "UP" : "DOWN"] }];
}

function scriptsOf(
  scripts: NotifyScripts & { readonly deleted?: ScriptConfig },
  { kind, name, word, priority }: LineEvent,
): ScriptRun[] {
  const own = {
    MASTER: scripts.master,
    BACKUP: scripts.backup,
    FAULT: scripts.fault,
    STOP: scripts.stop,
    DELETED: scripts.deleted,
    MASTER_RX_LOWER_PRI: undefined,
    MASTER_PRIORITY: undefined,
    BACKUP_PRIORITY: undefined,
  }[word];
  const runs: ScriptRun[] = own ? [{ script: own, moreArguments: [] }] : [];
  if (!scripts.any) return runs;
  return [...runs, { script: scripts.any, moreArguments: [kind, name, word, String(priority)] }];
}
