/**
 * Sends one mail: nodemailer's SMTP, without the rest of it. It is loaded when there is one to
 * send.
 *
 * @module
 */
import type { MailConfig } from "../../machines/global_config.ts";
import { ownCredentials } from "../../net/sys/credentials.ts";
import { getenv, hostName, readFile } from "../../net/sys/file.ts";
import { type Mail, mailboxOf } from "./mail.ts";

/** What a server may take in all, as a multiple of what it may take to answer. */
const WHOLE_FACTOR = 4;
const PASSWORD_BYTES_MAX = 1_024;
const ROOT = 0;

/** What is beyond the configuration. */
export interface SmtpOptions {
  /** Who vouches for servers, PEM, instead of those everybody trusts. */
  readonly authorities?: readonly string[];
}

/** Sends a mail; rejects with why not. */
export type MailSender = (mail: Mail, config: MailConfig) => Promise<void>;

/** Sends a mail; rejects with why not. */
export async function sendMail(
  mail: Mail,
  config: MailConfig,
  options: SmtpOptions = {},
): Promise<void> {
  const { server, recipients } = config;
  if (!server || recipients.length === 0) return;
  const sender = config.sender ?? defaultSender();
  const message = await compose(mail, sender, recipients);
  const envelope = {
    from: mailboxOf(sender).address,
    to: recipients.map((each) => mailboxOf(each).address),
  };
  const { default: SmtpConnection } = await import("nodemailer/smtp");
  const connection = new SmtpConnection({
    host: server.host,
    port: server.port,
    name: config.heloName ?? hostName(),
    secure: server.security === "tls",
    requireTLS: server.security === "starttls",
    // Plain means plain: a certificate that nobody looks at would only seem to be one.
    ignoreTLS: server.security === undefined,
    connectionTimeout: config.timeoutMs,
    greetingTimeout: config.timeoutMs,
    socketTimeout: config.timeoutMs,
    ...(options.authorities && { tls: { ca: options.authorities } }),
  });
  const wait = <Result>(act: (then: (error?: Error | null, result?: Result) => void) => void) =>
    new Promise<void>((resolve, reject) => act((error) => error ? reject(error) : resolve()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    connection.on("error", reject);
    connection.on("end", () => reject(new Error("the server closed the connection")));
    const limitMs = WHOLE_FACTOR * config.timeoutMs;
    timer = setTimeout(() => reject(new Error(`not within ${limitMs / 1_000} s`)), limitMs);
  });
  limit.catch(() => {}); // After the mail is sent nobody waits for it.
  try {
    await Promise.race([limit, wait((then) => connection.connect(then))]);
    const { user, passwordFile } = server;
    if (user !== undefined && passwordFile !== undefined) {
      const who = { user, pass: passwordIn(passwordFile) };
      await Promise.race([limit, wait((then) => connection.login(who, then))]);
    }
    await Promise.race([limit, wait((then) => connection.send(envelope, message, then))]);
    connection.quit();
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function compose(
  { subject, text }: Mail,
  sender: string,
  recipients: readonly string[],
): Promise<Uint8Array> {
  const { default: MimeNode } = await import("nodemailer/mime");
  const message = new MimeNode("text/plain; charset=utf-8", { hostname: hostName() })
    .setHeader("From", [mailboxOf(sender)])
    .setHeader("To", recipients.map(mailboxOf))
    .setHeader("Subject", subject)
    .setHeader("X-Mailer", "stayd")
    .setContent(text);
  return await new Promise((resolve, reject) =>
    message.build((error, bytes) => error ? reject(error) : resolve(bytes))
  );
}

/** The user and host that stayd runs as. */
function defaultSender(): string {
  const user = ownCredentials().uid === ROOT ? "root" : getenv("USER") || "stayd";
  return `${user}@${hostName()}`;
}

/** The first line of a file. */
function passwordIn(path: string): string {
  const text = new TextDecoder().decode(readFile(path, PASSWORD_BYTES_MAX));
  return text.replace(/\r?\n[^]*$/, "");
}
