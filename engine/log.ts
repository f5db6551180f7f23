/**
 * Everything that stayd says: one function per message, so that texts are found and kept stable.
 *
 * Phrases that outside tools look for are keepalived's. Blame decides the level: peers and
 * operators cause warnings, the kernel errors; ordinary life is info. What a peer can provoke at
 * will is limited to a line a second for each instance and reason; the next line tells how many
 * were left out.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import type { BfdState } from "../machines/bfd_facts.ts";
import { DIAG_WORDS } from "../machines/bfd_rules.ts";
import { type Cause, describeCause } from "../machines/vrrp_causes.ts";
import type { GroupState } from "../machines/sync_group_rules.ts";
import type { VrrpReport, VrrpState } from "../machines/vrrp_facts.ts";

/** How much a line matters; the names are LogTape's. */
export type LogLevel = "debug" | "info" | "warning" | "error";
/** Where lines go: LogTape in a process, a timeline in the simulator. */
export type LogWriter = (level: LogLevel, text: string) => void;

/** Least time between two lines of one key. */
const LIMIT_MS = 1_000;
/** Keys remembered; a flood of new ones forgets the oldest. */
const KEY_COUNT_MAX = 4_096;

const STATE_WORDS: Readonly<Record<VrrpState, string>> = {
  initialize: "INIT",
  backup: "BACKUP",
  active: "MASTER",
  fault: "FAULT",
};

const BFD_STATE_WORDS: Readonly<Record<BfdState, string>> = {
  adminDown: "AdminDown",
  down: "Down",
  init: "Init",
  up: "Up",
};
function formatMs(timeMs: number): string {
  return String(Number(timeMs.toFixed(3)));
}

/** keepalived's word for a state. */
export function stateWord(state: VrrpState): string {
  return STATE_WORDS[state];
}

/** The messages of one process. */
export class Log {
  readonly #write: LogWriter;
  readonly #now: () => number;
  readonly #limits = new Map<string, { untilMs: number; suppressedCount: number }>();

  constructor(write: LogWriter, now: () => number) {
    this.#write = write;
    this.#now = now;
  }

  /** Something changed about an instance. */
  report(name: string, report: VrrpReport): void {
    switch (report.type) {
      case "REPORT":
        return this.#state(name, report.state, report.cause);
      case "REPORT_PRIORITY":
        return this.#priority(name, report);
      case "REPORT_LESSER":
        return this.#limited(
          `${name} lesser`,
          "warning",
          `(${name}) Received advert from ${report.source} with lower priority ${report.priority}`,
        );
    }
  }

  /** All members of a sync group have become the same. */
  group(name: string, state: GroupState): void {
    if (state === "initialize") return;
    this.#write("info", `VRRP_Group(${name}) Syncing instances to ${stateWord(state)} state`);
  }

  /** A tracked script ended otherwise than before; `failure` is undefined if it succeeded. */
  scriptEnded(name: string, failure: string | undefined): void {
    const outcome = failure === undefined ? "succeeded" : `failed (${failure})`;
    this.#write(failure === undefined ? "info" : "warning", `VRRP_Script(${name}) ${outcome}`);
  }

  /** A tracked script took too long; it is being ended. */
  scriptTimedOut(name: string): void {
    this.#limited(`script ${name} timeout`, "warning", `VRRP_Script(${name}) timed_out`);
  }

  /** A tracked script was to be started again, but still runs. */
  scriptOverran(name: string): void {
    const text = `Script ${name} still runs when it should start again: its interval is too short`;
    this.#limited(`script ${name} overrun`, "warning", text);
  }

  /** A BFD session is something else; `diagnostic` is 0 to 8. */
  bfdState(name: string, state: BfdState, diagnostic: number, neighborIsAdminDown: boolean): void {
    const why = neighborIsAdminDown && state === "down"
      ? "the neighbor is administratively down"
      : diagnostic === 0
      ? undefined
      : DIAG_WORDS[diagnostic];
    const text = `BFD_Instance(${name}) Entering ${BFD_STATE_WORDS[state]} state`;
    const isTrouble = state === "down" && diagnostic !== 0 && !neighborIsAdminDown;
    this.#write(isTrouble ? "warning" : "info", why === undefined ? text : `${text} (${why})`);
  }

  /** Nothing came from a neighbour for the Detection Time; `lateMs` after that it is noticed. */
  bfdExpired(name: string, detectionMs: number, lateMs: number): void {
    const overdueUs = Math.round(lateMs * 1_000);
    const text = `Expired after ${formatMs(detectionMs)} ms (${overdueUs} usec overdue)`;
    this.#write("warning", `BFD_Instance(${name}) ${text}`);
  }

  /** A BFD packet was not taken; `reason` is also its counter. `name`: of its session, if known. */
  bfdRejected(name: string | undefined, reason: string, source: Ip): void {
    const subject = name === undefined ? "BFD" : `BFD_Instance(${name})`;
    const text = `${subject} Discarded packet from ${source}: ${reason}`;
    this.#limited(`${subject} ${reason}`, "warning", text);
  }

  /** A tracked file's number changed. */
  trackedFile(name: string, value: number): void {
    this.#limited(`file ${name} ${value}`, "info", `Track file ${name}: ${value}`);
  }

  /** A tracked file cannot be used as it is; its last number stays. */
  trackedFileProblem(name: string, why: string): void {
    this.#limited(`file ${name} ${why}`, "warning", `Track file ${name}: ${why}`);
  }

  /** As many tracked processes run as should, or not any more. */
  processQuorum(name: string, isGood: boolean, count: number): void {
    const what = isGood ? "gained" : "lost";
    this.#limited(
      `process ${name} ${what}`,
      isGood ? "info" : "warning",
      `Quorum ${what} for tracked process ${name}: ${count} running`,
    );
  }

  /** The kernel does not tell of processes here. */
  processesPolled(intervalS: number): void {
    this.#write(
      "info",
      `The kernel does not tell of processes here: they are counted every ${intervalS} s`,
    );
  }

  /** How an interface's link is asked for; `wanted`, if configured, does not work there. */
  linkPolled(interfaceName: string, method: string, wanted: string | undefined): void {
    const isOther = wanted !== undefined && wanted !== method;
    const instead = isOther ? `: ${wanted} does not work there` : "";
    this.#limited(
      `linkbeat ${interfaceName} ${method}`,
      isOther ? "warning" : "info",
      `The link of ${interfaceName} is asked for by ${method}${instead}`,
    );
  }

  /** A notification script failed, or could not be run. */
  notificationFailed(subject: string, program: string, why: string): void {
    this.#write("warning", `Notification of ${subject}: ${program}: ${why}`);
  }

  /** Too many notifications wait for a script that does not end. */
  notificationLost(subject: string): void {
    const text = `Notification of ${subject} is left out: too many wait for earlier scripts`;
    this.#limited(`notification ${subject}`, "warning", text);
  }

  /** A mail was taken by its server. */
  mailSent(subject: string): void {
    this.#write("info", `Mail sent: ${subject}`);
  }

  /** A mail could not be sent; `why` is the server's word or the network's. */
  mailFailed(subject: string, why: string): void {
    this.#write("warning", `Mail not sent: ${subject}: ${why.split("\n", 1)[0]}`);
  }

  /** Too many mails wait for a server that does not answer. */
  mailLost(): void {
    this.#limited("mail", "warning", "A mail is left out: too many wait for the server");
  }

  /** Nobody reads a FIFO. */
  fifoFull(path: string): void {
    const text = `A line for FIFO ${path} is lost: nobody reads it`;
    this.#limited(`fifo ${path}`, "warning", text);
  }

  /** A FIFO cannot be used. */
  fifoFailed(path: string, why: string): void {
    this.#write("error", `Cannot use FIFO ${path}: ${why}`);
  }

  /** The script that reads a FIFO is no more. */
  fifoScriptEnded(path: string, failure: string | undefined): void {
    this.#write("warning", `The script of FIFO ${path} ended${failure ? `: ${failure}` : ""}`);
  }

  #priority(name: string, report: VrrpReport & { type: "REPORT_PRIORITY" }): void {
    const { before, priority, contributions } = report;
    const reasons = contributions.map(({ object, change }) =>
      `${object} ${change > 0 ? "+" : ""}${change}`
    );
    const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
    this.#limited(
      `${name} priority ${before} ${priority}`,
      "info",
      `(${name}) Changing effective priority from ${before} to ${priority}${why}`,
    );
  }

  #state(name: string, state: VrrpState, cause: Cause): void {
    const text = state === "initialize"
      ? `(${name}) Stopped: ${describeCause(cause)}`
      : `(${name}) Entering ${stateWord(state)} STATE: ${describeCause(cause)}`;
    this.#write(state === "fault" ? "warning" : "info", text);
  }

  /** An advertisement was not taken; `reason` is also its counter. */
  rejected(name: string, reason: string, source: Ip | undefined, detail = ""): void {
    this.#limited(
      `${name} ${reason}`,
      "warning",
      `(${name}) Discarded advertisement from ${source ?? "unknown"}: ${reason}${detail}`,
    );
  }

  /** An advertisement was taken, but says something that a configuration should not. */
  suspicious(name: string, what: string, source: Ip | undefined): void {
    this.#limited(`${name} ${what}`, "warning", `(${name}) Advertisement from ${source}: ${what}`);
  }

  /** Somebody sends with an address that is ours. */
  ownAddressHeard(name: string, source: Ip): void {
    this.#limited(
      `${name} own address`,
      "warning",
      `(${name}) Another host advertises from our own address ${source}`,
    );
  }

  /** An advertisement or announcement could not be sent. */
  sendFailed(name: string, what: string, code: string): void {
    this.#limited(`${name} ${what} ${code}`, "error", `(${name}) Cannot send ${what}: ${code}`);
  }

  /** The kernel refused an address. */
  addressFailed(name: string, operation: "add" | "delete", address: string, why: string): void {
    this.#limited(
      `${name} ${operation} ${why}`,
      "error",
      `(${name}) Cannot ${operation} address ${address}: ${why}`,
    );
  }

  /** Somebody else removed an address; it is put back. */
  addressVanished(name: string, address: Ip): void {
    this.#limited(
      `${name} vanished`,
      "warning",
      `(${name}) Somebody removed address ${address}: putting it back`,
    );
  }

  /** The kernel refused a route or a rule, which is told in the words of the configuration. */
  routingFailed(name: string, operation: "add" | "delete", words: string, why: string): void {
    this.#limited(
      `${name} ${operation} ${why}`,
      "error",
      `(${name}) Cannot ${operation} ${words}: ${why}`,
    );
  }

  /** A route or a rule was gone, by somebody's doing or with its interface. */
  routingRestored(name: string, words: string): void {
    this.#limited(`${name} restored`, "warning", `(${name}) Put back ${words}, which was gone`);
  }

  /** The kernel refused packet filters: addresses accept packets that they should not. */
  firewallFailed(table: string, why: string): void {
    this.#limited(
      `firewall ${table} ${why}`,
      "error",
      `Cannot make the packet filter table ${table}: ${why}`,
    );
  }

  /** Somebody else changed packet filters of ours. */
  firewallRestored(table: string): void {
    this.#limited(
      `firewall ${table} restored`,
      "warning",
      `Somebody changed the packet filter table ${table}: putting it back`,
    );
  }

  /** Timers were late: this process did not run. */
  stalled(lateMs: number): void {
    this.#limited(
      "stalled",
      "warning",
      `This process did not run for ${lateMs.toFixed(0)} ms when a timer was due`,
    );
  }

  /** The first configuration runs. */
  running(instanceCount: number): void {
    this.#write("info", `Startup complete: ${instanceCount} VRRP instances`);
  }

  /** A reload is done. */
  reloaded(stopCount: number, updateCount: number, startCount: number): void {
    this.#write(
      "info",
      `Reload complete: ${startCount} started, ${updateCount} changed, ${stopCount} stopped`,
    );
  }

  /** A reload was refused: the file has errors. */
  reloadRejected(): void {
    this.#write("error", "Reload refused: the configuration has errors, the old one stays");
  }

  /** A bug of ours; `releasedCount` addresses were let go before leaving. */
  bug(error: unknown, releasedCount: number): void {
    const trace = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#write("error", `Bug: released ${releasedCount} addresses and leaving: ${trace}`);
  }

  /** Free text of a part that has no counter: permissions, processes, start and end. */
  note(level: LogLevel, text: string): void {
    this.#write(level, text);
  }

  #limited(key: string, level: LogLevel, text: string): void {
    const now = this.#now();
    const limit = this.#limits.get(key);
    if (limit && now < limit.untilMs) {
      limit.suppressedCount++;
      return;
    }
    const left = limit && limit.suppressedCount > 0
      ? ` (and ${limit.suppressedCount} more like it)`
      : "";
    if (!limit && this.#limits.size >= KEY_COUNT_MAX) this.#forgetOldest();
    this.#limits.set(key, { untilMs: now + LIMIT_MS, suppressedCount: 0 });
    this.#write(level, text + left);
  }

  #forgetOldest(): void {
    const oldest = this.#limits.keys().next();
    if (!oldest.done) this.#limits.delete(oldest.value);
  }
}
