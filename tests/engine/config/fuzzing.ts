/**
 * Random texts for every front end, made fast: a small generator and a stock of fragments rather
 * than shrinking arbitraries, since a million of them are wanted. The seed and the number of a text
 * make it again.
 *
 * @module
 */
import { adviser } from "../../../engine/config/advice/advice.ts";
import { loadWith } from "../../../engine/config/load.ts";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import type { Vocabulary } from "../../../engine/config/vocabulary.ts";
import { readYaml } from "../../../engine/config/yaml/front_end.ts";
import { memorySource } from "./memory_source.ts";

/** What a run came to. */
export interface FuzzReport {
  readonly count: number;
  /** The longest time that one text took. */
  readonly slowestMs: number;
}

/** Longer than any text of this size may take. */
const HANG_MS = 5_000;
const LINES_MAX = 12;
const WORDS_MAX = 6;

const PUNCTUATION = ["{", "}", "{ ", " }", '"', "'", "#", "!", "\\", "$", "${", "~", "@", "(", ")"]
  .concat([",", "=", ":", "-", "[", "]", "|", ">", "&a", "*a", "<<", "%", "\t", "\0", "\r", "é"]);
const LANGUAGE = ["$A=", "$B=", "$A", "${A}", "${B}", "$B ", "${_RANDOM 1 2}", "${_ENV HOME}"]
  .concat(["${_PWD}", "~SEQ(i,1,3) ", "~SEQ(A,2) ", "~LST(B,a,b) ", "~LST({A,B},{1,2}) ", "$i"])
  .concat(["@r1 ", "@^r1 ", "@x ", "include b.conf", "includea *.conf", "\\\n", "${A"]);
const VALUES = ["0", "1", "255", "256", "-1", "1.5", "0x10", "9".repeat(30), "on", "off", "yes"]
  .concat(["192.0.2.1/24", "fe80::1", "2001:db8::/64", "eth0", "/bin/true", "root", "V1", "dev"])
  .concat(["weight", "# stayd: allow W-value-003", "x".repeat(600)]);

function allWords({ keywords }: Vocabulary<never>, into = new Set<string>()): Set<string> {
  for (const [word, { inner }] of Object.entries(keywords)) {
    into.add(word);
    if (inner?.kind === "keywords") allWords(inner.vocabulary, into);
  }
  return into;
}
const KEYWORDS = [...allWords(TOP_LEVEL)];
const BLOCKS = ["global_defs {", "vrrp_instance V1 {", "virtual_server 192.0.2.1 80 {"]
  .concat(["real_server 192.0.2.2 80 {", "virtual_ipaddress {", "vrrp_script s {", "group {"]);

/** A small generator (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** The text of a seed. */
export function fuzzText(seed: number): { readonly text: string; readonly isYaml: boolean } {
  const next = generator(seed);
  const pick = (list: readonly string[]) => list[next(list.length)] ?? "";
  const stocks = [PUNCTUATION, LANGUAGE, VALUES, KEYWORDS, KEYWORDS, BLOCKS];
  const isYaml = next(4) === 0;
  const lines = Array.from({ length: 1 + next(LINES_MAX) }, () => {
    const words = Array.from({ length: next(WORDS_MAX) }, () => pick(stocks[next(6)] ?? VALUES));
    const line = words.join(next(3) === 0 ? "" : " ");
    if (!isYaml) return line;
    return `${" ".repeat(next(4) * 2)}${next(3) === 0 ? "- " : ""}${pick(KEYWORDS)}: ${line}`;
  });
  return { text: lines.join("\n"), isYaml };
}

/** Reads `count` texts; throws at the first that breaks a rule, with its seed. */
export function fuzz(seed: number, count: number): FuzzReport {
  let slowestMs = 0;
  for (let i = 0; i < count; i++) {
    const startMs = performance.now();
    try {
      readOne(seed + i);
    } catch (error) {
      throw new Error(`The text of seed ${seed + i} breaks a rule`, { cause: error });
    }
    const tookMs = performance.now() - startMs;
    if (tookMs > HANG_MS) throw new Error(`The text of seed ${seed + i} takes ${tookMs} ms`);
    slowestMs = Math.max(slowestMs, tookMs);
  }
  return { count, slowestMs };
}

function readOne(seed: number): void {
  const { text, isYaml } = fuzzText(seed);
  const name = isYaml ? "a.yaml" : "a.conf";
  const files = { [name]: text, "b.conf": "include a.conf\npriority 5", "c.conf": "}" };
  const { config, diagnostics } = loadWith(name, memorySource({ files }), {
    configId: "r1",
    random: () => 0.5,
    advise: adviser(),
    ...(isYaml ? { frontEnd: readYaml } : {}),
  });
  const isRefused = diagnostics.some(({ severity }) => severity === "error");
  if ((config === undefined) !== isRefused) throw new Error("A model with errors, or none without");
  for (const { line, column, message } of diagnostics) {
    if (line < 1 || column < 1 || message === "") throw new Error("A finding without a place");
  }
}
