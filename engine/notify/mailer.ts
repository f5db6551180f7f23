/**
 * Mails in order, one at a time, and never in anybody's way.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { MailConfig } from "../../machines/global_config.ts";
import { hostName } from "../../net/sys/file.ts";
import type { Log } from "../log.ts";
import type { LvsNotice, NotifyEvent } from "./events.ts";
import { type Mail, mailAbout, mailAboutServers } from "./mail.ts";
import { type MailSender, sendMail } from "./smtp.ts";

/** Mails that may wait for a server that does not answer; the oldest are left out, with a line. */
const WAITING_COUNT_MAX = 100;

/** Sends the mails of a daemon. */
export class Mailer {
  readonly #log: Log;
  readonly #send: MailSender;
  #config: MailConfig | undefined;
  #routerId = "";
  readonly #waiting: Mail[] = [];
  #isSending = false;

  constructor(log: Log, send: MailSender = sendMail) {
    this.#log = log;
    this.#send = send;
  }

  /** Takes over a configuration. */
  configure({ global }: Config): void {
    this.#config = global.mail;
    this.#routerId = global.routerId ?? hostName();
  }

  /** Whether a mail waits or is being sent. */
  get isBusy(): boolean {
    return this.#isSending;
  }

  /** Mails about an event, if that is wanted and there is somebody to be told. */
  tell(event: NotifyEvent): void {
    if (!this.#config?.server || this.#config.recipients.length === 0) return;
    this.#queue(mailAbout(event, this.#config, this.#routerId));
  }

  /** Mails about servers and quorums, under the same conditions. */
  tellOfServers(notice: LvsNotice): void {
    if (!this.#config?.server || this.#config.recipients.length === 0) return;
    this.#queue(mailAboutServers(notice, this.#config, this.#routerId));
  }

  #queue(mail: Mail | undefined): void {
    if (!mail) return;
    this.#waiting.push(mail);
    if (this.#waiting.length > WAITING_COUNT_MAX) {
      this.#waiting.shift();
      this.#log.mailLost();
    }
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let mail = this.#waiting.shift(); mail; mail = this.#waiting.shift()) {
      const config = this.#config;
      if (!config?.server) continue; // A reload took it away.
      try {
        await this.#send(mail, config);
        this.#log.mailSent(mail.subject);
      } catch (error) {
        this.#log.mailFailed(mail.subject, error instanceof Error ? error.message : String(error));
      }
    }
    this.#isSending = false;
  }
}
