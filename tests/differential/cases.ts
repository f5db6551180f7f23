/**
 * Configurations that are compared with keepalived: of every keyword, in its block, valid values
 * and such as are damaged in one place.
 *
 * @module
 */
import fc from "fast-check";
import { writeWord } from "../../engine/config/conf_writer.ts";
import type { Grammar, Parameter, Shape } from "../../engine/config/shape.ts";
import { TOP_LEVEL } from "../../engine/config/top_level.ts";
import type { Inner, Keyword, Vocabulary } from "../../engine/config/vocabulary.ts";
import { arbitraryValues, arbitraryWord, type Names } from "../engine/config/arbitrary_shape.ts";
import { around } from "./skeletons.ts";

/** A configuration, and what it is about. */
export interface Case {
  /** `global_defs router_id`. */
  readonly keyword: string;
  /** How its line came about. */
  readonly kind: string;
  /** The lines under test. */
  readonly lines: string;
  readonly text: string;
}

const NAMES: Names = {
  interfaces: ["d0", "d1"],
  isMixed: false,
  texts: fc.constantFrom("a", "alpha", "b2", "c-d"),
};
/** What stands for a reference. */
const OBJECTS: Readonly<Record<string, string>> = {
  vrrp_script: "S",
  track_file: "F",
  vrrp_track_file: "F",
  vrrp_track_process: "P",
  bfd_instance: "B",
  vrrp_instance: "M1",
  vrrp_sync_group: "G",
};

/** Cases of every keyword. The same seed gives the same ones. */
export function keywordCases(seed: number, samples: number): Case[] {
  const cases: Case[] = [];
  const walk = ({ keywords }: Vocabulary<never>, path: readonly string[]) => {
    for (const [word, keyword] of Object.entries(keywords)) {
      if (keyword.isOwn) continue;
      const about = [...path, word].join(" ");
      for (const [kind, lines] of linesOf(word, keyword, { seed, samples })) {
        cases.push({ keyword: about, kind, lines, text: around(path, word, lines) });
      }
      const { inner } = keyword;
      if (inner?.kind === "keywords") walk(inner.vocabulary, [...path, word]);
    }
  };
  walk(TOP_LEVEL, []);
  return cases;
}

interface Sampling {
  readonly seed: number;
  readonly samples: number;
}

/** Lines with a keyword: each with how it came about. */
function* linesOf(
  word: string,
  keyword: Keyword<never>,
  sampling: Sampling,
): Generator<[kind: string, lines: string]> {
  const { parameters, inner } = keyword;
  const options = { seed: sampling.seed, numRuns: sampling.samples };
  const lists = fc.sample(arbitraryValues(parameters, NAMES), options).map(connected);
  const bodies = inner ? bodiesOf(inner, sampling) : [""];
  for (const [i, list] of lists.entries()) {
    yield ["valid", statement(word, list, bodies[i % bodies.length] ?? "")];
  }
  const [body = ""] = bodies;
  if (parameters.length > 0) yield ["no value", statement(word, [], body)];
  const [list = []] = lists;
  for (const [kind, damaged] of damages(parameters, list)) {
    yield [kind, statement(word, damaged, body)];
  }
  for (const each of inner ? bodies : []) {
    const damaged = each.replace(/\n\}$/, " zzz\n}");
    yield ["a word more in the block", statement(word, list, damaged)];
  }
}

function* damages(
  parameters: readonly Parameter[],
  list: readonly string[],
): Generator<[kind: string, values: string[]]> {
  for (const [i, { name, shape }] of parameters.entries()) {
    for (const wrong of wrongWords(shape)) {
      yield [`${name} ${wrong.kind}`, [...list.slice(0, i), wrong.word, ...list.slice(i + 1)]];
    }
  }
}

function wrongWords(shape: Shape): { kind: string; word: string }[] {
  switch (shape.kind) {
    case "integer":
      return [
        { kind: "too great", word: String(shape.max + 1) },
        { kind: "too small", word: String(shape.min - 1) },
        { kind: "greatest", word: String(shape.max) },
        { kind: "least", word: String(shape.min) },
        { kind: "with junk", word: `${shape.min}x` },
      ];
    case "time":
      return [
        { kind: "too great", word: String(shape.max + 1) },
        { kind: "greatest", word: String(shape.max) },
        { kind: "least", word: String(shape.min) },
        { kind: "negative", word: "-1" },
        { kind: "with junk", word: `${Math.ceil(shape.min)}x` },
        { kind: "with a decimal", word: `${Math.ceil(shape.min)}.5` },
      ];
    case "boolean":
    case "choice":
    case "address":
    case "prefix":
      return [{ kind: "unknown", word: "zzz" }];
    default:
      return [];
  }
}

function bodiesOf(inner: Inner, { seed, samples }: Sampling): string[] {
  if (inner.kind === "keywords") return ["{\n}"];
  const line = inner.kind === "items"
    ? item(inner.grammar)
    : arbitraryWord(inner.shape, NAMES).map((word) => [word]);
  return fc.sample(line, { seed, numRuns: samples })
    .map((words) => `{\n${connected(words).map(written).join(" ")}\n}`);
}

function item(grammar: Grammar): fc.Arbitrary<string[]> {
  const known = Object.keys(grammar.options);
  const options = fc.shuffledSubarray(known, { maxLength: Math.min(known.length, 1) })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          arbitraryValues(grammar.options[name] ?? [], NAMES).map((values) => [name, ...values])
        ),
      )
    );
  return fc.tuple(arbitraryValues(grammar.parameters, NAMES), options)
    .map(([values, options]) => [...values, ...options.flat()]);
}

/** Names in the place of references. */
function connected(words: readonly string[]): string[] {
  return words.map((word) => {
    const to = /^\0(\w+)\0/.exec(word)?.[1];
    return to === undefined ? word : OBJECTS[to] ?? "NONE";
  });
}

function written(word: string): string {
  return writeWord(word) ?? word;
}

function statement(word: string, values: readonly string[], body: string): string {
  return `${[word, ...values.map(written)].join(" ")}${body === "" ? "" : ` ${body}`}\n`;
}
