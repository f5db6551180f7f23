/**
 * Mails in order, one at a time, bounded; what fails holds up nothing.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { EventWord, NotifyEvent } from "../../../engine/notify/events.ts";
import type { Mail } from "../../../engine/notify/mail.ts";
import { Mailer } from "../../../engine/notify/mailer.ts";
import { Log } from "../../../engine/log.ts";
import type { Config } from "../../../machines/config.ts";
import type { MailConfig } from "../../../machines/global_config.ts";
import { wholeConfig } from "../../machines/vrrp_config.ts";

function event(word: EventWord, name = "X"): NotifyEvent {
  return { kind: "INSTANCE", name, word, priority: 100, scripts: [], mails: true };
}

function mailing(change: Partial<MailConfig>): Config {
  const config = wholeConfig([]);
  const mail = { ...config.global.mail, ...change };
  return { ...config, global: { ...config.global, mail, routerId: "R" } };
}

const SERVER = { recipients: ["a@b.c"], server: { host: "mx", port: 25 } };

/** A mailer whose mails are taken or refused when the test says so. */
function subject(change: Partial<MailConfig> = SERVER) {
  const lines: string[] = [];
  const sending: { mail: Mail; end: (why?: string) => void }[] = [];
  const mailer = new Mailer(
    new Log((_, text) => lines.push(text), () => 0),
    (mail) =>
      new Promise((resolve, reject) => {
        const end = (why?: string) => why === undefined ? resolve() : reject(new Error(why));
        sending.push({ mail, end });
      }),
  );
  mailer.configure(mailing(change));
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return {
    mailer,
    lines,
    now: () => sending.map(({ mail }) => mail.subject.replace(/.* - /, "")),
    end: async (why?: string) => {
      sending.shift()?.end(why);
      await settle();
    },
  };
}

Deno.test("Mailer: one at a time, in order", async () => {
  const { mailer, now, end, lines } = subject();
  for (const word of ["BACKUP", "MASTER", "FAULT"] as const) mailer.tell(event(word));
  assertEquals(now(), ["Entering BACKUP state"]);
  await end();
  assertEquals([now(), mailer.isBusy], [["Entering MASTER state"], true]);
  await end("550 no");
  await end();
  assertEquals([now(), mailer.isBusy], [[], false]);
  assertEquals(lines, [
    "Mail sent: [R] VRRP Instance X - Entering BACKUP state",
    "Mail not sent: [R] VRRP Instance X - Entering MASTER state: 550 no",
    "Mail sent: [R] VRRP Instance X - Entering FAULT state",
  ]);
});

// deno-fmt-ignore
const SILENT: [name: string, change: Partial<MailConfig>, EventWord][] = [
  ["no server",          { recipients: ["a@b.c"] },           "MASTER"],
  ["nobody to be told",  { server: { host: "mx", port: 25 } }, "MASTER"],
  ["no_email_faults",    { ...SERVER, omitsFaults: true },    "FAULT"],
  ["no change of state", SERVER,                              "MASTER_PRIORITY"],
];
for (const [name, change, word] of SILENT) {
  Deno.test(`Mailer: no mail: ${name}`, () => {
    const { mailer, now } = subject(change);
    mailer.tell(event(word));
    assertEquals([now(), mailer.isBusy], [[], false]);
  });
}

Deno.test("Mailer: what waits for a server that a reload takes away is given up", async () => {
  const { mailer, now, end, lines } = subject();
  mailer.tell(event("BACKUP"));
  mailer.tell(event("MASTER"));
  mailer.configure(mailing({ recipients: ["a@b.c"] }));
  await end();
  assertEquals([now(), mailer.isBusy, lines.length], [[], false, 1]);
});

Deno.test("Mailer: a hundred wait for a dead server, the oldest are left out", async () => {
  const { mailer, now, end, lines } = subject();
  for (let i = 0; i < 150; i++) mailer.tell(event(i % 2 === 0 ? "MASTER" : "BACKUP", `V${i}`));
  assertEquals(now().length, 1);
  assertEquals(lines, ["A mail is left out: too many wait for the server"]);
  let count = 0;
  for (; mailer.isBusy; count++) await end("timeout");
  assertEquals(count, 101);
});
