/**
 * Mail against a server that keeps it: plain, STARTTLS, TLS, logins, and servers that do not play
 * along.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { sendMail } from "../../../engine/notify/smtp.ts";
import type { MailConfig, MailServerConfig } from "../../../machines/global_config.ts";
import { HAS_OPENSSL, makeCertificates } from "../../checkers/certificates.ts";
import { type MailSink, openMailSink, type SinkOptions } from "../../lab/mail_sink.ts";

const MAIL = { subject: "[R] VRRP Instance X - Entering MASTER state", text: "=> text <=\n" };
const certificates = HAS_OPENSSL ? await makeCertificates() : undefined;

function config(port: number, server: Partial<MailServerConfig> = {}): MailConfig {
  return {
    recipients: ["a@example.org", "Bob, X <b@example.org>"],
    sender: "stayd <s@example.org>",
    heloName: "me.example.org",
    server: { host: "127.0.0.1", port, ...server },
    timeoutMs: 5_000,
    vrrp: true,
    checkers: false,
    omitsFaults: false,
    omitsCheckers: false,
  };
}

async function withSink(
  options: SinkOptions,
  run: (sink: MailSink) => Promise<void>,
): Promise<void> {
  await using sink = await openMailSink(options);
  await run(sink);
}

Deno.test("sendMail: headers, text, envelope, name", () =>
  withSink({}, async (sink) => {
    await sendMail(MAIL, config(sink.port));
    const [mail] = sink.mails;
    assert(mail);
    assertEquals(sink.commands[0], "EHLO me.example.org");
    assertEquals([mail.from, mail.to], ["s@example.org", ["a@example.org", "b@example.org"]]);
    const header = (name: string) => mail.lines.find((line) => line.startsWith(`${name}: `));
    assertEquals(header("From"), "From: stayd <s@example.org>");
    assertEquals(header("To"), 'To: a@example.org, "Bob, X" <b@example.org>');
    assertEquals(header("Subject"), `Subject: ${MAIL.subject}`);
    assert(header("Date") && header("Message-ID") && header("X-Mailer") === "X-Mailer: stayd");
    assertEquals(mail.lines.slice(mail.lines.indexOf("") + 1), ["=> text <="]);
  }));

Deno.test("sendMail: plain stays plain, even if TLS is offered", () =>
  withSink({ tls: "starttls" }, async (sink) => {
    await sendMail(MAIL, config(sink.port));
    assertEquals(sink.mails[0]?.secure, false);
  }));

Deno.test("sendMail: what is no ASCII arrives", () =>
  withSink({}, async (sink) => {
    await sendMail({ subject: "Router ü", text: "dot:\n.\nend ✓\n" }, config(sink.port));
    const lines = sink.mails[0]?.lines ?? [];
    assert(lines.some((line) => line.startsWith("Subject: =?UTF-8?Q?Router_=C3=BC?=")));
    assertEquals(sink.mails.length, 1, "a dot alone does not end it");
  }));

for (const security of ["starttls", "tls"] as const) {
  Deno.test({
    name: `sendMail: ${security} and a login, the password from a file`,
    ignore: !certificates,
    fn: () =>
      withSink({
        tls: security,
        login: "alice s3cret",
        ...(certificates && { certificate: certificates.good }),
      }, async (sink) => {
        const passwordFile = await Deno.makeTempFile();
        await Deno.writeTextFile(passwordFile, "s3cret\nignored\n");
        const settings = config(sink.port, { security, user: "alice", passwordFile });
        const authorities = [certificates?.authority ?? ""];
        await sendMail(MAIL, settings, { authorities });
        assertEquals(sink.mails.map(({ secure, user }) => [secure, user]), [[true, "alice"]]);
        await Deno.writeTextFile(passwordFile, "wrong");
        const error = await assertRejects(() => sendMail(MAIL, settings, { authorities }));
        assert(String(error).includes("535") && !String(error).includes("wrong"), `${error}`);
        await Deno.remove(passwordFile);
        assertEquals(sink.mails.length, 1);
      }),
  });

  Deno.test({
    name: `sendMail: ${security}: a certificate that nobody vouches for is refused`,
    ignore: !certificates,
    fn: () =>
      withSink({
        tls: security,
        ...(certificates && { certificate: certificates.good }),
      }, async (sink) => {
        const error = await assertRejects(() => sendMail(MAIL, config(sink.port, { security })));
        assert(/certificate|issuer/i.test(String(error)), `${error}`);
        assertEquals(sink.mails, []);
      }),
  });
}

Deno.test("sendMail: STARTTLS that is not offered is no reason to go without", () =>
  withSink({}, async (sink) => {
    await assertRejects(() => sendMail(MAIL, config(sink.port, { security: "starttls" })));
    assertEquals(sink.mails, []);
  }));

// deno-fmt-ignore
const REFUSALS: [name: string, answers: Record<string, string>, why: RegExp][] = [
  ["nobody is greeted",         { CONNECT: "554 go away" },        /554 go away/],
  ["the sender is refused",     { MAIL: "550 not you" },           /550 not you/],
  ["a recipient is refused",    { RCPT: "550 unknown" },           /550 unknown/],
  ["the mail is refused",       { ".": "552 too long" },           /552 too long/],
  ["the server says nothing",   { CONNECT: "silence" },            /./],
  ["it stops in the middle",    { DATA: "silence" },               /./],
];
for (const [name, answers, why] of REFUSALS) {
  Deno.test(`sendMail: ${name}`, () =>
    withSink({ answers }, async (sink) => {
      const settings = { ...config(sink.port), timeoutMs: 200 };
      const error = await assertRejects(() => sendMail(MAIL, settings));
      assert(why.test(String(error)), `${error}`);
      assertEquals(sink.mails.length, answers["."] === undefined ? 0 : 1);
    }));
}

Deno.test("sendMail: nobody listens", async () => {
  const { port, ...sink } = await openMailSink();
  await sink[Symbol.asyncDispose]();
  await assertRejects(() => sendMail(MAIL, config(port)));
});

Deno.test("sendMail, keepalived #199: a name that nobody knows is looked up by the way, and fails", async () => {
  const settings = { ...config(25, { host: "no-such-host.invalid" }), timeoutMs: 2_000 };
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  const error = await assertRejects(() => sendMail(MAIL, settings));
  clearInterval(ticking);
  assert(/ENOTFOUND|EAI_AGAIN|dns|timed? ?out|not within/i.test(String(error)), `${error}`);
  assert(turns > 0, "others have their turns meanwhile");
});
