/**
 * The keyword tables of `HTTP_GET`, `SSL_GET` and their `url`.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import { splitScriptWords, unescaped } from "../script_words.ts";
import { many, optional, required, text } from "../shape.ts";
import { oneOf, reader, someText } from "../values.ts";
import {
  adding,
  block,
  type Context,
  flag,
  type Keyword,
  noEffect,
  one,
  renamed,
  type Statement,
  toggle,
  values,
  type Vocabulary,
} from "../vocabulary.ts";
import { checkWords, connectionWords } from "./common_words.ts";
import type { HttpDraft, UrlDraft } from "./drafts.ts";
import { uint32 } from "./readers.ts";

type Words<Draft> = Record<string, Keyword<Draft>>;

const STATUS = { min: 100, max: 599 };

function addStatusCodes(draft: UrlDraft, { values: words }: Statement, context: Context): void {
  for (const { text: word, place } of words) {
    const [, from, to = from] = /^(\d{3})(?:-(\d{3}))?$/.exec(word) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from !== undefined && first >= STATUS.min && last <= STATUS.max && first <= last) {
      draft.statusCodes.push({ first, last });
    } else {
      const message = `${quote(word)} is not a status code or a range of them: ` +
        `${STATUS.min} to ${STATUS.max}`;
      context.complaints.add("E302", place, message);
    }
  }
}

/** Options of PCRE2 that keepalived knows; it ignores other words. */
const REGEX_OPTIONS = `allow_empty_class alt_bsux auto_callout caseless dollar_endonly dotall
  dupnames extended firstline match_unset_backref multiline never_ucp never_utf no_auto_capture
  no_auto_possess no_dotstar_anchor no_start_optimize ucp ungreedy utf never_backslash_c
  alt_circumflex alt_verbnames use_offset_limit`.split(/\s+/);

const digest = reader(text("32 hexadecimal digits"), (word, complaints) => {
  if (/^[0-9a-fA-F]{32}$/.test(word.text)) return word.text.toLowerCase();
  const message = `${quote(word.text)} is not an MD5 digest: 32 hexadecimal digits`;
  complaints.add("E304", word.place, message);
  return undefined;
});

const REGEX_WORDS: Words<UrlDraft> = {
  regex: {
    ...values<UrlDraft>(
      "Regular expression (PCRE) that the body must match.",
      [required("pattern", text("a regular expression"))],
      (draft, { values: [word] }) => {
        if (word) draft.regex = { value: unescaped(word.text), place: word.place };
      },
    ),
    split: splitScriptWords,
  },
  regex_no_match: flag(
    "The body must not match.",
    true as const,
    (draft, given) => draft.regexNoMatch = given,
  ),
  regex_options: values(
    "Options of the regular expression, in words of PCRE2.",
    [required("option", text("an option")), many("more", text("an option"))],
    (draft, { keyword, values: words }, { complaints }) => {
      const known = words.filter(({ text: word, place }) => {
        const isKnown = REGEX_OPTIONS.includes(word);
        if (!isKnown) complaints.add("W602", place, `unknown option ${quote(word)} is ignored`);
        return isKnown;
      });
      const all = [...draft.regexOptions?.value ?? [], ...known.map((word) => word.text)];
      draft.regexOptions = { value: [...new Set(all)], place: keyword.place };
    },
  ),
  regex_stack: noEffect(
    "the runtime's regular expressions need no stack of their own",
    values(
      "Least and most octets of PCRE's stack.",
      [required("start", uint32.shape), required("max", uint32.shape)],
      (draft, { keyword: { place }, values: [first, second] }, { complaints }) => {
        const startBytes = first && uint32(first, complaints);
        const bytesMax = second && uint32(second, complaints);
        if (startBytes === undefined || bytesMax === undefined) return;
        if (startBytes > bytesMax) {
          complaints.add("E402", place, "regex_stack: START is beyond MAX");
        } else draft.regexStack = { value: undefined, place };
      },
    ),
  ),
  regex_min_offset: one(
    "First octet of the body at which a match may begin; default 0.",
    uint32,
    (draft, given) => draft.regexMinOffset = given,
  ),
  regex_max_offset: one(
    "Last octet of the body at which a match may begin; default: the last one.",
    uint32,
    (draft, given) => draft.regexMaxOffset = given,
  ),
};

const URL_WORDS: Words<UrlDraft> = {
  path: one("What is asked for.", someText, (draft, { value }) => draft.path = value),
  digest: one("MD5 digest that the body must have.", digest, (draft, given, { complaints }) => {
    if (draft.digest) complaints.add("W403", given.place, "a second digest is ignored");
    else draft.digest = given;
  }),
  status_code: adding(values(
    "Status codes that are good, as N or N-M; default 200-299.",
    [required("code", text("N or N-M")), many("more", text("N or N-M"))],
    addStatusCodes,
  )),
  virtualhost: one(
    "Host header; default: the one of the checker, the real server or the virtual server.",
    someText,
    (draft, { value }) => draft.virtualHost = value,
  ),
  ...REGEX_WORDS,
};

function urlBlock(vocabulary: Vocabulary<UrlDraft>, tls: boolean): Keyword<HttpDraft> {
  return adding(
    block("A page that must be as expected.", [], vocabulary, ({ urls }, { keyword }) => {
      const url: UrlDraft = { place: keyword.place, tls, statusCodes: [] };
      urls.push(url);
      return url;
    }),
  );
}

const retry = checkWords<HttpDraft>()["retry"];

const SNI_WORDS: Words<HttpDraft> = {
  enable_sni: toggle(
    "Names the host in the TLS handshake; default off.",
    (draft, { value }) => draft.sni = value,
  ),
  sni_name: values(
    "Name in the TLS handshake; default: the Host header.",
    [optional("name", text())],
    (draft, { keyword, values: [word] }, { complaints }) => {
      draft.sni = true;
      if (word && word.text !== "") draft.sniName = word.text;
      else if (draft.sniName !== undefined) {
        complaints.add("W403", keyword.place, "sni_name without a name behind one is ignored");
      }
    },
  ),
};

const HTTP_WORDS: Words<HttpDraft> = {
  ...connectionWords<HttpDraft>(),
  ...checkWords<HttpDraft>(),
  ...(retry && { nb_get_retry: renamed("retry", retry) }),
  virtualhost: one(
    "Host header; default: the one of the real server or the virtual server.",
    someText,
    (draft, { value }) => draft.virtualHost = value,
  ),
  http_protocol: one(
    "Version of HTTP: 1.0, 1.0C or 1.1; the last two ask to close the connection; default 1.0.",
    oneOf<"1.0" | "1.0C" | "1.1">({ "1.0": "1.0", "1.0C": "1.0C", "1.0c": "1.0C", "1.1": "1.1" }),
    (draft, { value }) => draft.protocol = value,
  ),
  ...SNI_WORDS,
  fast_recovery: toggle(
    "Asks for all pages at once at start and while the server is down; default off.",
    (draft, { value }) => draft.fastRecovery = value,
  ),
};

/** The table of `HTTP_GET`. */
export const HTTP_GET: Vocabulary<HttpDraft> = {
  name: "HTTP_GET",
  keywords: { ...HTTP_WORDS, url: urlBlock({ name: "url", keywords: URL_WORDS }, false) },
};

const TLS_COMPLIANT_DOC = "Ends TLS in order, with close_notify; default off.";

const TLS_URL: Vocabulary<UrlDraft> = {
  name: "url",
  keywords: {
    ...URL_WORDS,
    tls_compliant: toggle(TLS_COMPLIANT_DOC, (draft, { value }) => draft.tlsCompliant = value),
  },
};

/** The table of `SSL_GET`. */
export const SSL_GET: Vocabulary<HttpDraft> = {
  name: "SSL_GET",
  keywords: {
    ...HTTP_WORDS,
    tls_compliant: toggle(TLS_COMPLIANT_DOC, (draft, { value }) => draft.tlsCompliant = value),
    url: urlBlock(TLS_URL, true),
  },
};
