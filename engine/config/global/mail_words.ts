/**
 * Keywords of `global_defs` about mail.
 *
 * @module
 */
import type { GlobalDraft } from "../drafts.ts";
import { optional, required, text } from "../shape.ts";
import { integer, oneOf, someText } from "../values.ts";
import {
  type Context,
  flag,
  one,
  type Statement,
  toggle,
  values,
  type Vocabulary,
  wordList,
} from "../vocabulary.ts";

const PORT_MAX = 65_535;
const PORT_SMTP = 25;
const SECONDS_MAX = 4_294;
const MS_PER_SEC = 1_000;

const SECURITY = { starttls: "starttls", tls: "tls" } as const;

function setServer(draft: GlobalDraft, { values: words }: Statement, context: Context): void {
  const [host, portWord, securityWord, user, file] = words;
  const { complaints } = context;
  const port = portWord ? integer(1, PORT_MAX)(portWord, complaints) : PORT_SMTP;
  const security = securityWord && oneOf<"starttls" | "tls">(SECURITY)(securityWord, complaints);
  if (!host || port === undefined || (securityWord && !security)) return;
  if (user && !file) {
    complaints.add("E401", user.place, "a login needs a file with the password");
    return;
  }
  draft.mail.server = {
    host: host.text,
    port,
    ...(security && { security }),
    ...(user && file && { user: user.text, passwordFile: file.text }),
  };
}

/** The words. */
export const MAIL_WORDS: Vocabulary<GlobalDraft>["keywords"] = {
  notification_email: wordList(
    "Who is sent mail.",
    someText,
    (draft, { value }) => draft.recipients.push(value),
  ),
  notification_email_from: one(
    "Sender of mail; default: the user and host that stayd runs as.",
    someText,
    (draft, { value }) => draft.mail.sender = value,
  ),
  smtp_server: values(
    "Mail server; default port 25, without TLS and login, which keepalived does not have.",
    [
      required("host", text("a name or address")),
      optional("port", { kind: "integer", min: 1, max: PORT_MAX }),
      optional("security", { kind: "choice", words: ["starttls", "tls"] }),
      optional("user", text("who logs in")),
      optional("password file", text("a file with the password")),
    ],
    setServer,
  ),
  smtp_helo_name: one(
    "Name that is told to the mail server; default: the host name.",
    someText,
    (draft, { value }) => draft.mail.heloName = value,
  ),
  smtp_connect_timeout: one(
    "Seconds that a mail server may take to answer; default 30.",
    integer(0, SECONDS_MAX),
    (draft, { value, place }, { complaints }) => {
      if (value === 0) complaints.add("W303", place, "0 seconds: 1 is used");
      draft.mail.timeoutMs = Math.max(value, 1) * MS_PER_SEC;
    },
  ),
  smtp_alert: toggle(
    "Mails about everything that does not say otherwise.",
    (draft, { value }) => draft.mails = value,
  ),
  smtp_alert_vrrp: toggle(
    "Mails about instances and groups that do not say otherwise.",
    (draft, { value }) => draft.mail.vrrp = value,
  ),
  smtp_alert_checker: toggle(
    "Mails about virtual servers that do not say otherwise.",
    (draft, { value }) => draft.mail.checkers = value,
  ),
  no_email_faults: flag(
    "No mail about faults.",
    true,
    (draft, { value }) => draft.mail.omitsFaults = value,
  ),
  no_checker_emails: toggle(
    "No mail about single checkers.",
    (draft, { value }) => draft.mail.omitsCheckers = value,
  ),
};
