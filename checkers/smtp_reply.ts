/**
 * Reads a reply of a mail server as it arrives (RFC 5321 §4.2): a code, perhaps on many lines.
 *
 * @module
 */

/** A reply. */
export interface SmtpReply {
  /** 0 to 999. */
  readonly code: number;
  /** Text of its last line. */
  readonly text: string;
}

/** Why octets are no reply. */
export type Malformed = "no code" | "codes differ" | "too long";

/** Octets of all its lines: hundreds of lines of the longest kind (§4.5.3.1.5: 512). */
const REPLY_BYTES_MAX = 64 * 1_024;
const LF = 0x0a;
const decoder = new TextDecoder();

/** One reply after another. */
export class SmtpReplyReader {
  #line = "";
  #replyBytes = 0;
  #code: number | undefined;

  /** Takes what came. What follows a complete reply in the same octets is dropped: none is due. */
  push(bytes: Uint8Array): "more" | SmtpReply | Malformed {
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(LF, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      this.#replyBytes += end - at;
      if (this.#replyBytes > REPLY_BYTES_MAX) return "too long";
      this.#line += decoder.decode(bytes.subarray(at, end));
      at = end;
      if (newline < 0) break;
      const outcome = this.#readLine(this.#line.replace(/\r?\n$/, ""));
      this.#line = "";
      if (outcome !== "more") return outcome;
    }
    return "more";
  }

  #readLine(line: string): "more" | SmtpReply | Malformed {
    // A code alone is a last line, too (§4.2: a receiver should accept it).
    const [, digits, separator = " ", text = ""] = /^(\d{3})(?:([ -])(.*))?$/s.exec(line) ?? [];
    if (digits === undefined) return "no code";
    const code = Number(digits);
    if (this.#code !== undefined && this.#code !== code) return "codes differ";
    this.#code = code;
    if (separator === "-") return "more";
    this.#code = undefined;
    this.#replyBytes = 0;
    return { code, text };
  }
}
