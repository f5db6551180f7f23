/**
 * SMTP_CHECK: a mail server greets, takes our HELO, and says goodbye.
 *
 * @module
 */
import { connect, type Connection, ENDED, isTrouble, type Trouble } from "./connection.ts";
import { failed, type Probe, timed, undecided } from "./probe.ts";
import { type SmtpReply, SmtpReplyReader } from "./smtp_reply.ts";

/** What is said. */
export interface SmtpOptions {
  /** Our name. */
  readonly heloName: string;
}

/** Connecting and four things that are said and answered. */
const STEPS_MAX = 8;
/** No blanks or control characters: another command could hide there. */
const NAME = /^[!-~]{1,255}$/;
const encoder = new TextEncoder();

/** Talks to a mail server. */
export const probeSmtp: Probe<SmtpOptions> = (target, { heloName }, context) =>
  timed(context, async () => {
    if (!NAME.test(heloName)) return undecided("request not possible", "no name for HELO");
    const endMs = context.timers.now() + STEPS_MAX * target.timeoutMs;
    const connected = await connect(target, context, endMs);
    if (isTrouble(connected)) return connected;
    using connection = connected;
    const reader = new SmtpReplyReader();
    const trouble = await expect(connection, reader, "greeting", 220) ??
      await say(connection, `HELO ${heloName}`) ??
      await expect(connection, reader, "HELO", 250) ??
      await say(connection, "QUIT") ??
      await expect(connection, reader, "QUIT", undefined);
    return trouble ?? { outcome: "passed" };
  });

function say(connection: Connection, line: string): Promise<Trouble | undefined> {
  return connection.send(encoder.encode(`${line}\r\n`));
}

/** Reads a reply; its code must be as given, if one is. */
async function expect(
  connection: Connection,
  reader: SmtpReplyReader,
  to: string,
  code: number | undefined,
): Promise<Trouble | undefined> {
  for (;;) {
    const bytes = await connection.receive();
    if (bytes === ENDED) return failed("no reply", `to ${to}`);
    if (isTrouble(bytes)) return bytes;
    const reply = reader.push(bytes);
    if (reply === "more") continue;
    if (reply === "too long") return failed("reply too long", `to ${to}`);
    if (typeof reply === "string") return failed("malformed reply", `to ${to}: ${reply}`);
    return code === undefined || reply.code === code ? undefined : wrongCode(reply, to);
  }
}

function wrongCode({ code, text }: SmtpReply, to: string): Trouble {
  return failed("wrong reply", `to ${to}: ${code} ${text}`);
}
