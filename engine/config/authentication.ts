/**
 * The blocks `authentication` and `auth_hmac` of a `vrrp_instance`.
 *
 * @module
 */
import type { Complaints } from "./diagnostic.ts";
import type { AuthenticationDraft, HmacDraft } from "./drafts.ts";
import { required, text } from "./shape.ts";
import { integer, oneOf } from "./values.ts";
import {
  adding,
  type Context,
  one,
  type Statement,
  values,
  type Vocabulary,
} from "./vocabulary.ts";
import type { Place } from "./text.ts";
import type { Word } from "./words.ts";

/** Octets of a version 2 password on the wire (RFC 2338 §5.3.6.1). */
const PASSWORD_BYTES_MAX = 8;
const KEY_BYTES = { min: 32, max: 64 };
const KEY_ID_MAX = 255;
const WINDOW_SEC_MAX = 300;

/** The octets of a password that fit; the rest is cut off. */
function password(word: Word, { complaints }: Context): string | undefined {
  const bytes = new TextEncoder().encode(word.text);
  const cut = new TextDecoder().decode(bytes.subarray(0, PASSWORD_BYTES_MAX));
  if (word.text.includes("\ufffd") || cut.includes("\ufffd")) {
    const message = `a password must be UTF-8, also when cut to ${PASSWORD_BYTES_MAX} bytes`;
    complaints.add("E111", word.place, message);
    return undefined;
  }
  if (bytes.length > PASSWORD_BYTES_MAX) {
    const message = `a password has at most ${PASSWORD_BYTES_MAX} bytes: the rest is cut off`;
    complaints.add("W-vrrp-010", word.place, message);
  }
  const { line, column } = word.place;
  const behind = line.text.startsWith(word.text, column - 1)
    ? line.text.charAt(column - 1 + word.text.length)
    : "";
  if (behind === "#" || behind === "!") {
    const message = `the password ends before the ${behind}, which begins a comment`;
    const hint = "double quotes, on every router, if it belongs to it";
    complaints.add("W602", word.place, message, hint);
  }
  return cut;
}

/** `authentication`. */
export const AUTHENTICATION: Vocabulary<AuthenticationDraft> = {
  name: "authentication",
  isSecret: true,
  keywords: {
    auth_type: one(
      "PASS: a text password; AH: an authentication header.",
      oneOf<"PASS" | "AH">({ PASS: "PASS", AH: "AH" }),
      (draft, given) => draft.type = given,
    ),
    auth_pass: {
      ...values<AuthenticationDraft>(
        "The password, of at most 8 octets.",
        [required("password", text())],
        (draft, { values: [word] }, context) => {
          const value = word && password(word, context);
          if (word && value !== undefined) draft.password = { value, place: word.place };
        },
      ),
      isSecret: true,
    },
  },
};

/** `hex:…`, `file:PATH` or text. */
export function readSecret(
  secret: string,
  place: Place,
  complaints: Complaints,
): { readonly hex: string } | { readonly path: string } | undefined {
  if (secret.startsWith("file:")) {
    const path = secret.slice("file:".length);
    if (path !== "") return { path };
    complaints.add("E208", place, "file: needs a path");
    return undefined;
  }
  const isHex = secret.startsWith("hex:");
  const digits = secret.slice("hex:".length);
  if (isHex && !/^([0-9a-fA-F]{2})*$/.test(digits)) {
    complaints.add("E301", place, "a key in hex: has two hexadecimal digits for each octet");
    return undefined;
  }
  const hex = isHex ? digits.toLowerCase() : new TextEncoder().encode(secret).toHex();
  const bytes = hex.length / 2;
  if (bytes >= KEY_BYTES.min && bytes <= KEY_BYTES.max) return { hex };
  const message = `a key has ${KEY_BYTES.min} to ${KEY_BYTES.max} bytes: this one has ${bytes}`;
  complaints.add("E302", place, message);
  return undefined;
}

function addKey({ keys }: HmacDraft, { values: [idWord, secret] }: Statement, context: Context) {
  const id = idWord && integer(1, KEY_ID_MAX)(idWord, context.complaints);
  const read = secret && readSecret(secret.text, secret.place, context.complaints);
  if (!idWord || id === undefined || !read) return;
  if (keys.has(id)) context.complaints.add("W406", idWord.place, `key ${id} is there already`);
  else keys.set(id, { id, place: secret.place, ...read });
}

/** `auth_hmac`. */
export const AUTH_HMAC: Vocabulary<HmacDraft> = {
  name: "auth_hmac",
  isSecret: true,
  keywords: {
    key: {
      ...adding(values<HmacDraft>(
        "A key: its number and hex:…, file:PATH or text of 32 to 64 octets.",
        [
          required("id", { kind: "integer", min: 1, max: KEY_ID_MAX }),
          required("secret", text("hex:…, file:PATH or text")),
        ],
        addKey,
      )),
      isSecret: true,
    },
    active_key: one(
      "Number of the key that signs.",
      integer(1, KEY_ID_MAX),
      (draft, given) => draft.activeKey = given,
    ),
    time_window: one(
      "Seconds that clocks may differ; default: 3 advertisements, at least 5.",
      integer(1, WINDOW_SEC_MAX),
      (draft, given) => draft.timeWindowSec = given,
    ),
    anti_replay: one(
      "Against repetition: by time, or by monotonic numbers; default time.",
      oneOf<"time" | "monotonic">({ time: "time", monotonic: "monotonic" }),
      (draft, given) => draft.antiReplay = given,
    ),
    mode: one(
      "What becomes of advertisements: permissive accepts what is not signed; default enforce.",
      oneOf<"enforce" | "permissive" | "receiveOnly">({
        enforce: "enforce",
        permissive: "permissive",
        "receive-only": "receiveOnly",
      }),
      (draft, given) => draft.mode = given,
    ),
  },
};
