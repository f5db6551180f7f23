/**
 * Mail about events, in keepalived's words.
 *
 * @module
 */
import type { MailConfig } from "../../machines/global_config.ts";
import { type EventWord, type LvsNotice, type NotifyEvent, wordOf } from "./events.ts";

/** What one mail says. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** Somebody with a mailbox. */
export interface Mailbox {
  /** Empty: only the address is known. */
  readonly name: string;
  readonly address: string;
}

/** The words of subjects; others are no changes of state. */
const CHANGES: Readonly<Partial<Record<EventWord, string>>> = {
  MASTER: "Entering MASTER state",
  BACKUP: "Entering BACKUP state",
  FAULT: "Entering FAULT state",
  STOP: "Stopping",
  DELETED: "Deleted",
};

/** The mail about an event; undefined where there is none. */
export function mailAbout(
  { kind, name, word }: NotifyEvent,
  { omitsFaults }: Pick<MailConfig, "omitsFaults">,
  routerId: string,
): Mail | undefined {
  const change = CHANGES[word];
  if (change === undefined || (word === "FAULT" && omitsFaults)) return undefined;
  const subject = kind === "INSTANCE" ? `VRRP Instance ${name}` : `VRRP Group ${name}`;
  return { subject: `[${routerId}] ${subject} - ${change}`, text: textAbout(kind, word) };
}

/** The mail about a server or a quorum; undefined where there is none. */
export function mailAboutServers(
  notice: LvsNotice,
  { omitsCheckers }: Pick<MailConfig, "omitsCheckers">,
  routerId: string,
): Mail | undefined {
  const { kind, name, isUp, text } = notice;
  if (text === undefined || kind === "CHECK" && omitsCheckers) return undefined;
  const what = kind === "VS"
    ? `Virtualserver ${name}`
    : `Realserver ${name} of virtual server ${notice.service}`;
  return { subject: `[${routerId}] ${what} - ${wordOf(isUp)}`, text: `=> ${text} <=\n` };
}

function textAbout(kind: NotifyEvent["kind"], word: EventWord): string {
  const what = kind === "GROUP"
    ? `All VRRP group instances are now in ${word} state`
    : `VRRP Instance is ${word === "MASTER" ? "now" : "no longer"} owning VRRP VIPs`;
  return `=> ${what} <=\n`;
}

/** Reads `Name, X <a@b>`, with or without quotes, or the address alone. */
export function mailboxOf(text: string): Mailbox {
  const [, name = "", address] = /^\s*"?(.*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  return address === undefined ? { name: "", address: text.trim() } : { name, address };
}
