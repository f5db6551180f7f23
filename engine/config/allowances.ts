/**
 * Suppressed findings: remarks `# stayd: allow W-vrrp-006, W-vrrp-007` on the line of a finding, or
 * on a line of their own before it; and codes that are allowed everywhere.
 *
 * What is allowed but not there is told, so that a remark does not outlive its reason.
 *
 * @module
 */
import { type Code, isPublishedCode, type PublishedCode } from "./codes.ts";
import { type Place, type SourceLine, Text } from "./text.ts";
import { withoutComment } from "./words.ts";

/** One code of a remark, or of the command line. */
export interface Allowance {
  readonly code: string;
  /** Undefined: the command line's. */
  readonly place?: Place;
  /** It holds whether the line is read or not: `@ID` lines belong to other machines, too. */
  readonly isConditional: boolean;
  isUsed: boolean;
}

/** What every remark has in it. */
export const REMARK_MARK = "stayd:";
const REMARK = /stayd:[ \t]*allow[ \t]+([\w-]+(?:[ \t,]+[EW]-[\w-]+)*)/;
/** Codes of one remark. */
const CODES_MAX = 100;

/** Collects what is allowed, and answers. */
export class Allowances {
  readonly #everywhere: Allowance[];
  readonly #byLine = new Map<string, Allowance[]>();
  /** A file that is included twice has its remarks once. */
  readonly #files = new Set<string>();
  readonly #all: Allowance[] = [];

  /** `everywhere`: codes that the command line allows. */
  constructor(everywhere: readonly string[] = []) {
    this.#everywhere = everywhere.map((code) => ({ code, isConditional: false, isUsed: false }));
    this.#all.push(...this.#everywhere);
  }

  /** Takes the remarks of a file, whose lines these are. */
  note(lines: readonly SourceLine[]): void {
    const file = lines[0]?.file;
    if (file === undefined || this.#files.has(file)) return;
    this.#files.add(file);
    let waiting: Allowance[] = [];
    for (const line of lines) {
      const hasMark = line.text.includes(REMARK_MARK);
      if (!hasMark && waiting.length === 0) continue;
      const code = withoutComment(Text.ofLine(line)).trim().chars;
      const isOwnLine = code === "";
      const isConditional = code.startsWith("@");
      const own = hasMark ? readRemark(line, isConditional) : [];
      this.#all.push(...own);
      if (isOwnLine) waiting.push(...own);
      else {
        const before = waiting.map((each) => Object.assign(each, { isConditional }));
        this.#byLine.set(keyOf(line), [...before, ...own]);
        waiting = [];
      }
    }
  }

  /** Whether a warning on one of these lines is allowed; what allows it is then needed. */
  allows(code: PublishedCode, lines: readonly SourceLine[]): boolean {
    if (code.startsWith("E")) return false;
    const fitting = [
      ...lines.flatMap((line) => this.#byLine.get(keyOf(line)) ?? []),
      ...this.#everywhere,
    ]
      .filter((allowance) => allowance.code === code);
    for (const allowance of fitting) allowance.isUsed = true;
    return fitting.length > 0;
  }

  /** What is wrong with the remarks themselves, now that everything was read. */
  *complaints(): Generator<{ code: Code; message: string; place?: Place }> {
    for (const { code, place, isConditional, isUsed } of this.#all) {
      const at = place === undefined ? {} : { place };
      if (!isPublishedCode(code)) {
        yield { code: "W-allow-001", message: `there is no code ${code}`, ...at };
      } else if (code.startsWith("E")) {
        yield { code: "W-allow-003", message: `${code} is an error, and cannot be allowed`, ...at };
      } else if (!isUsed && !isConditional) {
        yield { code: "W-allow-002", message: `there is no ${code} here to allow`, ...at };
      }
    }
  }
}

function keyOf({ file, number }: SourceLine): string {
  return `${number} ${file}`;
}

/** The codes of the remark on a line; only what is in its comment counts. */
function readRemark(line: SourceLine, isConditional: boolean): Allowance[] {
  const remark = REMARK.exec(line.text);
  const list = remark?.[1];
  if (!remark || list === undefined) return [];
  const start = remark.index + remark[0].length - list.length;
  // Nothing of it may be left without the comment; quoted, it would be.
  if (withoutComment(Text.ofLine(line)).chars.includes(remark[0])) return [];
  const found: Allowance[] = [];
  for (const { 0: code, index } of list.matchAll(/[\w-]+/g)) {
    if (found.length >= CODES_MAX) break;
    const place = { line, column: start + index + 1 };
    found.push({ code, place, isConditional, isUsed: false });
  }
  return found;
}
