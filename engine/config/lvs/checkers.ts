/**
 * The keyword tables of all checkers but those for HTTP.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import { readRunAs, RUN_AS } from "../script_keyword.ts";
import { splitCommand, splitScriptWords } from "../script_words.ts";
import { many, optional, required, text } from "../shape.ts";
import { integer, oneOf, someText } from "../values.ts";
import {
  adding,
  block,
  type Context,
  flag,
  type Keyword,
  one,
  type Statement,
  values,
  type Vocabulary,
} from "../vocabulary.ts";
import type { Word } from "../words.ts";
import { alphaWord, checkWords, connectionWords } from "./common_words.ts";
import {
  type BfdCheckDraft,
  type CheckBase,
  type CheckerDraft,
  type DnsDraft,
  type FileDraft,
  type MiscDraft,
  PlainDraft,
  type RealServerDraft,
  type SmtpDraft,
  type UdpDraft,
  withOneMore,
} from "./drafts.ts";
import { HTTP_GET, SSL_GET } from "./http_check.ts";
import { oneOfAnyCase, readHex, WEIGHT_MAX } from "./readers.ts";

function plain(name: string): Vocabulary<PlainDraft> {
  return { name, keywords: { ...connectionWords<PlainDraft>(), ...checkWords<PlainDraft>() } };
}

const REPLY_BYTES_MAX = 65_535;

/** All words of a line as one text of hexadecimal digits. */
function hexOf(
  { keyword, values: words }: Statement,
  wildcards: boolean,
  { complaints }: Context,
): ReturnType<typeof readHex> {
  const joined = words.map((word) => word.text).join(" ");
  const hex = readHex(joined, wildcards);
  if (!hex) {
    const more = wildcards ? " and x" : "";
    const message = `${quote(joined)} is not hexadecimal: digits${more} in pairs`;
    complaints.add("E301", words[0]?.place ?? keyword.place, message);
  }
  return hex;
}

const UDP_CHECK: Vocabulary<UdpDraft> = {
  name: "UDP_CHECK",
  keywords: {
    ...connectionWords<UdpDraft>(),
    ...checkWords<UdpDraft>(),
    payload: values(
      "Octets to send, in hexadecimal; default: 32 octets of text.",
      [required("octets", text("hexadecimal digits")), many("more", text("hexadecimal digits"))],
      (draft, statement, context) => {
        const hex = hexOf(statement, false, context);
        if (hex) draft.payload = { value: hex.octets, place: statement.keyword.place };
      },
    ),
    require_reply: values(
      "A reply must come; with octets in hexadecimal, x for digits that do not matter, this one.",
      [many("octets", text("hexadecimal digits and x"))],
      (draft, statement, context) => {
        const hex = statement.values.length === 0 ? undefined : hexOf(statement, true, context);
        draft.reply = { value: hex, place: statement.keyword.place };
      },
    ),
    min_reply_length: one(
      "Fewest octets of a reply; default 0.",
      integer(0, REPLY_BYTES_MAX),
      (draft, given) => draft.replyBytesMin = given,
    ),
    max_reply_length: one(
      "Most octets of a reply; default 255.",
      integer(0, REPLY_BYTES_MAX),
      (draft, given) => draft.replyBytesMax = given,
    ),
  },
};

const DNS_TYPES = ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"] as const;
/** RFC 1035 §2.3.4. */
const NAME_CHARS_MAX = 253;
const LABEL_CHARS_MAX = 63;

function isDomainName(name: string): boolean {
  if (name === ".") return true;
  const labels = name.replace(/\.$/, "").split(".");
  return name.length <= NAME_CHARS_MAX &&
    labels.every(({ length }) => length > 0 && length <= LABEL_CHARS_MAX);
}

const DNS_CHECK: Vocabulary<DnsDraft> = {
  name: "DNS_CHECK",
  keywords: {
    ...connectionWords<DnsDraft>(),
    ...checkWords<DnsDraft>(),
    type: one(
      "Type of the records asked for; default SOA.",
      oneOfAnyCase(DNS_TYPES),
      (draft, { value }) => draft.type = value,
    ),
    name: one("Name asked for; default: the root.", someText, (draft, given, { complaints }) => {
      if (!isDomainName(given.value)) {
        complaints.add("E304", given.place, `${quote(given.value)} is not a domain name`);
      } else if (draft.name) complaints.add("W403", given.place, "a second name is ignored");
      else draft.name = given;
    }),
  },
};

const SMTP_HOST: Vocabulary<CheckBase> = {
  name: "host",
  keywords: { ...connectionWords(), ...checkWords() },
};

const SMTP_CHECK: Vocabulary<SmtpDraft> = {
  name: "SMTP_CHECK",
  keywords: {
    ...connectionWords<SmtpDraft>(),
    ...checkWords<SmtpDraft>(),
    helo_name: one(
      "Name said in HELO; default smtpchecker.keepalived.org.",
      someText,
      (draft, { value }) => draft.heloName = value,
    ),
    host: adding(block(
      "A further place to check, with its own connection; better a SMTP_CHECK for each.",
      [],
      SMTP_HOST,
      (draft, { keyword: { place } }, { complaints }) => {
        complaints.add("W602", place, "'host' is an old form", "one SMTP_CHECK for each host");
        const host: CheckBase = { place, connection: {} };
        draft.hosts.push(host);
        return host;
      },
    )),
  },
};

const MISC_TIMEOUT_SEC_MAX = 4_294;

const MISC_CHECK: Vocabulary<MiscDraft> = {
  name: "MISC_CHECK",
  keywords: {
    ...checkWords<MiscDraft>(),
    misc_path: {
      ...values<MiscDraft>(
        "The program; exit status 0 is good.",
        [required("command", { kind: "command" }), many("arguments", text())],
        (draft, { values: [command, ...rest] }, { complaints }) => {
          const words = command && splitCommand(command.text);
          if (words?.[0]) draft.command = [...words, ...rest.map((word) => word.text)];
          else if (command) {
            complaints.add("E208", command.place, "misc_path needs a command");
          }
        },
      ),
      split: splitScriptWords,
    },
    misc_timeout: one(
      "Whole seconds after which it is ended, a failure; default: delay_loop.",
      integer(0, MISC_TIMEOUT_SEC_MAX),
      (draft, { value }) => draft.timeoutSec = value,
    ),
    misc_dynamic: flag(
      "The exit status sets the weight: from 2 on, the weight is that less 2; 0 leaves it.",
      true as const,
      (draft, { value }) => draft.dynamic = value,
    ),
    user: values(
      "Who runs it; default: script_user.",
      [required("user", text("a user")), ...RUN_AS.slice(1)],
      (draft, { values: who }) => {
        const runAs = readRunAs(who);
        if (runAs) draft.runAs = runAs;
      },
    ),
  },
};

const FILE_CHECK: Vocabulary<FileDraft> = {
  name: "FILE_CHECK",
  keywords: {
    track_file: one(
      "Name of the track_file whose number counts.",
      Object.assign(someText.bind(undefined), {
        shape: { kind: "reference", to: "track_file" } as const,
      }),
      (draft, given) => draft.file = given,
    ),
    weight: values(
      "Factor of the number, added to the weight of the server; 0: a number but 0 is a failure.",
      [
        required("weight", { kind: "integer", min: -WEIGHT_MAX, max: WEIGHT_MAX }),
        optional("direction", { kind: "choice", words: ["reverse", "noreverse"] }),
      ],
      (draft, { values: [word, direction] }, { complaints }) => {
        const weight = word && integer(-WEIGHT_MAX, WEIGHT_MAX)(word, complaints);
        const reversed = direction
          ? oneOf({ reverse: true, noreverse: false })(direction, complaints)
          : false;
        if (weight === undefined || reversed === undefined) return;
        draft.weight = weight;
        if (direction) draft.reversed = reversed;
      },
    ),
  },
};

const BFD_CHECK: Vocabulary<BfdCheckDraft> = {
  name: "BFD_CHECK",
  keywords: {
    name: one(
      "Name of the bfd_instance that must be up.",
      Object.assign(someText.bind(undefined), {
        shape: { kind: "reference", to: "bfd_instance" } as const,
      }),
      (draft, given) => draft.session = given,
    ),
    alpha: alphaWord<BfdCheckDraft>(),
  },
};

function baseOf({ place }: Word): CheckBase {
  return { place, connection: {} };
}

function checker<Draft extends CheckerDraft>(
  doc: string,
  vocabulary: Vocabulary<Draft>,
  make: (keyword: Word) => Draft,
): Keyword<RealServerDraft> {
  return adding(block(doc, [], vocabulary, (server, { keyword }) => {
    const draft = make(keyword);
    server.checkers = withOneMore<CheckerDraft>(server.checkers, draft);
    return draft;
  }));
}

/** The blocks of checkers. */
export const CHECKER_BLOCKS: Readonly<Record<string, Keyword<RealServerDraft>>> = {
  TCP_CHECK: checker(
    "Good if a TCP connection comes about.",
    plain("TCP_CHECK"),
    (keyword) => new PlainDraft("tcp", keyword),
  ),
  PING_CHECK: checker(
    "Good if an ICMP echo is answered.",
    plain("PING_CHECK"),
    (keyword) => new PlainDraft("ping", keyword),
  ),
  UDP_CHECK: checker(
    "Good if a UDP datagram is not refused, or is answered.",
    UDP_CHECK,
    (keyword): UdpDraft => ({ ...baseOf(keyword), kind: "udp" }),
  ),
  DNS_CHECK: checker(
    "Good if a DNS server answers.",
    DNS_CHECK,
    (keyword): DnsDraft => ({ ...baseOf(keyword), kind: "dns" }),
  ),
  SMTP_CHECK: checker(
    "Good if a mail server greets.",
    SMTP_CHECK,
    (keyword): SmtpDraft => ({ ...baseOf(keyword), kind: "smtp", hosts: [] }),
  ),
  HTTP_GET: checker(
    "Good if a web server answers as expected.",
    HTTP_GET,
    (keyword) => ({ ...baseOf(keyword), kind: "http", tls: false, urls: [] }),
  ),
  SSL_GET: checker(
    "Good if a web server answers over TLS as expected.",
    SSL_GET,
    (keyword) => ({ ...baseOf(keyword), kind: "http", tls: true, urls: [] }),
  ),
  MISC_CHECK: checker(
    "Good if a program says so.",
    MISC_CHECK,
    (keyword): MiscDraft => ({ ...baseOf(keyword), kind: "misc" }),
  ),
  FILE_CHECK: checker(
    "Good if a number in a file says so.",
    FILE_CHECK,
    (keyword): FileDraft => ({ ...baseOf(keyword), kind: "file" }),
  ),
  BFD_CHECK: checker(
    "Good while a BFD session is up.",
    BFD_CHECK,
    (keyword): BfdCheckDraft => ({ ...baseOf(keyword), kind: "bfd" }),
  ),
};

/** Tables of these blocks by keyword, for hints about misplaced words. */
export const CHECKER_TABLES: readonly (readonly [Vocabulary<never>, string])[] = [
  ...Object.entries(CHECKER_BLOCKS).flatMap(([word, { inner }]) =>
    inner?.kind === "keywords" ? [[inner.vocabulary, `in ${word}`] as const] : []
  ),
];
