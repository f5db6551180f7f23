/**
 * What mail says, as keepalived's, and whose it is.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { EventWord, LvsNotice, NotifyEvent } from "../../../engine/notify/events.ts";
import { mailAbout, mailAboutServers, mailboxOf } from "../../../engine/notify/mail.ts";

function event(kind: NotifyEvent["kind"], word: EventWord): NotifyEvent {
  return { kind, name: "X", word, priority: 100, scripts: [], mails: true };
}

const OWNS = "=> VRRP Instance is now owning VRRP VIPs <=\n";
const OWNS_NOT = "=> VRRP Instance is no longer owning VRRP VIPs <=\n";

// The first six as keepalived 2.2.7 sends them.
// deno-fmt-ignore
const MAILS: [NotifyEvent["kind"], EventWord, subject: string | undefined, text: string][] = [
  ["INSTANCE", "MASTER",  "[R] VRRP Instance X - Entering MASTER state", OWNS],
  ["INSTANCE", "BACKUP",  "[R] VRRP Instance X - Entering BACKUP state", OWNS_NOT],
  ["INSTANCE", "FAULT",   "[R] VRRP Instance X - Entering FAULT state",  OWNS_NOT],
  ["GROUP",    "MASTER",  "[R] VRRP Group X - Entering MASTER state", "=> All VRRP group instances are now in MASTER state <=\n"],
  ["GROUP",    "BACKUP",  "[R] VRRP Group X - Entering BACKUP state", "=> All VRRP group instances are now in BACKUP state <=\n"],
  ["GROUP",    "FAULT",   "[R] VRRP Group X - Entering FAULT state",  "=> All VRRP group instances are now in FAULT state <=\n"],
  ["INSTANCE", "STOP",    "[R] VRRP Instance X - Stopping", OWNS_NOT],
  ["INSTANCE", "DELETED", "[R] VRRP Instance X - Deleted",  OWNS_NOT],
  ["INSTANCE", "MASTER_PRIORITY",     undefined, ""],
  ["INSTANCE", "MASTER_RX_LOWER_PRI", undefined, ""],
];
for (const [kind, word, subject, text] of MAILS) {
  Deno.test(`mailAbout ${kind} ${word}`, () => {
    const mail = mailAbout(event(kind, word), { omitsFaults: false }, "R");
    assertEquals(mail, subject === undefined ? undefined : { subject, text });
  });
}

Deno.test("mailAbout: no_email_faults", () => {
  const omits = { omitsFaults: true };
  assertEquals(mailAbout(event("INSTANCE", "FAULT"), omits, "R"), undefined);
  assertEquals(mailAbout(event("GROUP", "BACKUP"), omits, "R")?.subject.includes("BACKUP"), true);
});

// deno-fmt-ignore
const MAILBOXES: [text: string, name: string, address: string][] = [
  ["a@b.c",             "",       "a@b.c"],
  ["<a@b.c>",           "",       "a@b.c"],
  ["Bob <a@b.c>",       "Bob",    "a@b.c"],
  ["Bob, X <a@b.c>",    "Bob, X", "a@b.c"],
  ['"Bob, X" <a@b.c> ', "Bob, X", "a@b.c"],
  ["root",              "",       "root"],
];
for (const [text, name, address] of MAILBOXES) {
  Deno.test(`mailboxOf ${text}`, () => assertEquals(mailboxOf(text), { name, address }));
}

const SERVER = {
  id: "[192.0.2.2]:80",
  name: "[192.0.2.2]:tcp:80",
  service: "[192.0.2.1]:tcp:80",
};
// deno-fmt-ignore
const SERVER_MAILS: [LvsNotice, omitsCheckers: boolean, subject: string | undefined][] = [
  [{ kind: "RS", ...SERVER, isUp: false, text: "t" }, true,
    "[R] Realserver [192.0.2.2]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - DOWN"],
  [{ kind: "CHECK", ...SERVER, isUp: true, text: "t" }, false,
    "[R] Realserver [192.0.2.2]:tcp:80 of virtual server [192.0.2.1]:tcp:80 - UP"],
  [{ kind: "CHECK", ...SERVER, isUp: true, text: "t" }, true, undefined],
  [{ kind: "VS", name: "V", isUp: true, text: "t" }, true, "[R] Virtualserver V - UP"],
  [{ kind: "VS", name: "V", isUp: true }, false, undefined],
];
for (const [notice, omitsCheckers, subject] of SERVER_MAILS) {
  Deno.test(`mailAboutServers ${notice.kind} ${omitsCheckers} ${notice.text}`, () => {
    const mail = mailAboutServers(notice, { omitsCheckers }, "R");
    assertEquals(mail, subject === undefined ? undefined : { subject, text: "=> t <=\n" });
  });
}
