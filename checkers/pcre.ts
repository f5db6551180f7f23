/**
 * Translates a regular expression of PCRE2, as keepalived has it, into one of the language's own.
 * What has no equal is refused with a reason; nothing is translated into something else.
 *
 * One difference stays: a back-reference to a group that took no part matches the empty text
 * (PCRE2's `match_unset_backref`) instead of nothing.
 *
 * @module
 */
import { classEscape, readClass } from "./pcre_class.ts";
import { type Flags, literal, type PcreMode, Unmappable } from "./pcre_mode.ts";
import { Scanner } from "./pcre_scanner.ts";

/** Options of PCRE2 that change nothing here: how to search, or what a pattern may not have. */
const NO_EFFECT: ReadonlySet<string> = new Set([
  "alt_verbnames",
  "auto_callout",
  "dupnames",
  "match_unset_backref",
  "never_backslash_c",
  "never_ucp",
  "never_utf",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "use_offset_limit",
]);
const KNOWN: ReadonlySet<string> = new Set([
  ...NO_EFFECT,
  "allow_empty_class",
  "alt_bsux",
  "alt_circumflex",
  "caseless",
  "dollar_endonly",
  "dotall",
  "extended",
  "firstline",
  "multiline",
  "no_auto_capture",
  "ucp",
  "ungreedy",
  "utf",
]);

/** A pattern of the language. */
export interface Translated {
  readonly source: string;
  readonly flags: string;
}

/**
 * Translates; `options` are PCRE2's in lower case, without prefix. The result is for texts of
 * octets (a character each) unless `utf` is among the options.
 */
export function translatePcre(
  pattern: string,
  options: ReadonlySet<string>,
): Translated | { readonly problem: string } {
  const unknown = [...options].find((option) => !KNOWN.has(option));
  if (unknown !== undefined) return { problem: `unknown option ${unknown}` };
  if (options.has("alt_bsux")) return { problem: "alt_bsux is not supported" };
  const mode: PcreMode = {
    utf: options.has("utf"),
    ucp: options.has("ucp"),
    allowsEmptyClass: options.has("allow_empty_class"),
    dollarEndOnly: options.has("dollar_endonly"),
    altCircumflex: options.has("alt_circumflex"),
  };
  if (mode.ucp && !mode.utf) return { problem: "ucp without utf" };
  const flags: Flags = {
    caseless: options.has("caseless"),
    dotAll: options.has("dotall"),
    multiline: options.has("multiline"),
    extended: options.has("extended"),
    ungreedy: options.has("ungreedy"),
    noCapture: options.has("no_auto_capture"),
  };
  try {
    const translator = new Translator(mode.utf ? pattern : octets(pattern), mode, flags);
    const source = translator.run();
    const letters = `${translator.isCaseless ? "i" : ""}${mode.utf ? "u" : ""}`;
    new RegExp(source, letters); // The language has the last word.
    return { source, flags: letters };
  } catch (error) {
    if (error instanceof Unmappable) return { problem: error.message };
    if (error instanceof SyntaxError) return { problem: error.message };
    throw error;
  }
}

/** A character for each octet of the pattern in UTF-8. */
function octets(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) => String.fromCharCode(octet)).join("");
}

class Translator extends Scanner {
  readonly #mode: PcreMode;
  #flags: Flags;
  /** Flags outside of the groups that are open, the outermost first. */
  readonly #outer: Flags[] = [];
  #groupCount = 0;
  /** The highest group that is referred to. */
  #referredGroup = 0;
  #out = "";
  /** Whether something stands there that a quantifier can be for. */
  #isQuantifiable = false;
  #hasAtoms = false;
  isCaseless: boolean;

  constructor(pattern: string, mode: PcreMode, flags: Flags) {
    super(pattern);
    this.#mode = mode;
    this.#flags = flags;
    this.isCaseless = flags.caseless;
  }

  run(): string {
    for (let next = this.next(); next !== undefined; next = this.next()) this.#translate(next);
    if (this.#outer.length > 0) throw new Unmappable("missing )");
    if (this.#referredGroup > this.#groupCount) {
      throw new Unmappable(`no group ${this.#referredGroup}`);
    }
    return this.#out;
  }

  #translate(next: string): void {
    if (this.#flags.extended && this.#skipBlank(next)) return;
    switch (next) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#atom(readClass(this, this.#mode));
      case "(":
        return this.#open();
      case ")":
        return this.#close();
      case ".":
        return this.#atom(this.#flags.dotAll ? "[^]" : "[^\\n]");
      case "^":
        return this.#assertion(this.#lineStart());
      case "$":
        return this.#assertion(this.#lineEnd());
      case "|":
        return this.#assertion("|");
      case "*":
      case "+":
      case "?":
        return this.#quantify(next);
      case "{": {
        const counts = this.take(/\d+(?:,\d*)?\}/y);
        return counts ? this.#quantify(`{${counts[0]}`) : this.#atom("\\{");
      }
      default:
        return this.#atom(literal(next));
    }
  }

  #atom(text: string): void {
    this.#out += text;
    this.#isQuantifiable = true;
    this.#hasAtoms = true;
  }

  #assertion(text: string): void {
    this.#out += text;
    this.#isQuantifiable = false;
  }

  #skipBlank(next: string): boolean {
    if (next === "#") this.take(/[^\n]*\n?/y);
    return next === "#" || /[\t-\r ]/.test(next);
  }

  #lineStart(): string {
    const start = this.#textStart();
    if (!this.#flags.multiline) return start;
    // Not behind a newline that is the last character, unless alt_circumflex says so.
    return `(?:${start}|(?<=\\n)${this.#mode.altCircumflex ? "" : "(?=[^])"})`;
  }

  /** V8 misjudges some patterns with ^ behind other things: /(?:[^]*?a^|)/ must match "". */
  #textStart(): string {
    return this.#hasAtoms ? "(?<![^])" : "^";
  }

  #lineEnd(): string {
    if (this.#flags.multiline) return "(?=\\n|$)";
    return this.#mode.dollarEndOnly ? "$" : "(?=\\n?$)";
  }

  #quantify(quantifier: string): void {
    if (!this.#isQuantifiable) throw new Unmappable(`nothing before ${quantifier}`);
    const after = this.take(/[?+]/y)?.[0];
    if (after === "+") throw new Unmappable("possessive quantifiers are not supported");
    this.#assertion(`${quantifier}${(after === "?") !== this.#flags.ungreedy ? "?" : ""}`);
  }

  #escape(): void {
    const reference = this.take(/g\{?(-?\d+)\}?|k[{<'](\w+)[}>']|([1-9]\d*)/y);
    if (reference) return this.#reference(reference);
    const next = this.next();
    switch (next) {
      case undefined:
        throw new Unmappable("\\ at the end");
      case "A":
        return this.#assertion(this.#textStart());
      case "z":
        return this.#assertion("$");
      case "Z":
        return this.#assertion("(?=\\n?$)");
      case "b":
      case "B":
        if (this.#mode.ucp) throw new Unmappable(`\\${next} with ucp is not supported`);
        return this.#assertion(`\\${next}`);
      case "R":
        return this.#atom("(?:\\r\\n|[\\n-\\r\\x85])");
      case "N":
        return this.#atom("[^\\n]");
      case "Q": {
        const text = this.take(/([^]*?)(?:\\E|$)/y)?.[1] ?? "";
        for (const each of text) this.#atom(literal(each));
        return;
      }
      case "E":
        return;
      default:
        return this.#atom(classEscape(next, this, this.#mode, false));
    }
  }

  #reference([whole, number = "", name, plain]: RegExpExecArray): void {
    if (name !== undefined) return this.#atom(`\\k<${name}>`);
    // Two digits and more may be an octal code, depending on groups that are still to come.
    if (plain !== undefined && plain.length > 1) {
      throw new Unmappable(`\\${plain} is not supported: \\g{${plain}} or \\o{${plain}}`);
    }
    const value = Number(plain ?? number);
    const group = value < 0 ? this.#groupCount + 1 + value : value;
    if (group < 1) throw new Unmappable(`no group for \\${whole}`);
    this.#referredGroup = Math.max(this.#referredGroup, group);
    this.#atom(`(?:\\${group})`);
  }

  #open(): void {
    if (this.take(/\*/y)) throw new Unmappable("verbs such as (*UTF) are not supported");
    if (this.take(/\?#[^)]*\)/y)) return;
    const name = this.take(/\?P?<([A-Za-z_]\w*)>|\?'([A-Za-z_]\w*)'/y);
    const look = this.take(/\?(?:[:=!]|<[=!])/y);
    const backward = this.take(/\?P=(\w+)\)/y);
    const inline = this.take(/\?\^?[imsxnUJ]*(?:-[imsxnUJ]*)?[:)]/y);
    if (backward) return this.#atom(`\\k<${backward[1]}>`);
    if (inline) return this.#inlineFlags(inline[0]);
    if (this.take(/\?/y)) {
      throw new Unmappable("atomic groups, recursion, conditions and callouts are not supported");
    }
    this.#outer.push(this.#flags);
    if (name) this.#capture(`(?<${name[1] ?? name[2]}>`);
    else if (look) this.#assertion(`(${look[0]}`);
    else if (this.#flags.noCapture) this.#assertion("(?:");
    else this.#capture("(");
  }

  #capture(text: string): void {
    this.#groupCount++;
    this.#assertion(text);
  }

  #inlineFlags(text: string): void {
    const [on = "", off = ""] = text.slice(1, -1).split("-");
    if (on.includes("^")) throw new Unmappable("(?^) is not supported");
    const before = this.#flags;
    const after = {
      caseless: flagged("i", before.caseless),
      multiline: flagged("m", before.multiline),
      dotAll: flagged("s", before.dotAll),
      extended: flagged("x", before.extended),
      noCapture: flagged("n", before.noCapture),
      ungreedy: flagged("U", before.ungreedy),
    };
    const isChanged = after.caseless !== before.caseless;
    if (text.endsWith(":")) {
      this.#outer.push(before);
      this.#assertion(isChanged ? `(?${after.caseless ? "i" : "-i"}:` : "(?:");
    } else if (isChanged) {
      if (this.#out !== "") {
        throw new Unmappable("(?i) is supported at the start, and as (?i:…)");
      }
      this.isCaseless = after.caseless;
    }
    this.#flags = after;

    function flagged(letter: string, value: boolean): boolean {
      return (value || on.includes(letter)) && !off.includes(letter);
    }
  }

  #close(): void {
    const flags = this.#outer.pop();
    if (!flags) throw new Unmappable("unmatched )");
    this.#flags = flags;
    this.#atom(")");
  }
}
