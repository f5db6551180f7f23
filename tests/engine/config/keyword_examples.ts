/**
 * What each keyword does to the model: rows of keyword_examples.tsv.
 *
 * @module
 */
import { loadConfig } from "../../../engine/config/load.ts";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import type { Vocabulary } from "../../../engine/config/vocabulary.ts";
import { around } from "../../differential/skeletons.ts";
import { MAIN, random } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

/** A row of the table. */
export interface Example {
  /** Blocks from the outermost. */
  readonly path: readonly string[];
  readonly word: string;
  /** What must stand before it to have an effect, in the same block. */
  readonly context: string;
  /** Lines that are right; they stand in a block that has all it needs. */
  readonly right: string;
  /** What they change in the model: see {@linkcode changes}. */
  readonly changes: string;
  readonly wrong: string;
  /** The code of what is found then. */
  readonly code: string;
}

/** The rows of a text: columns are separated by tabs, `\n` stands for a new line. */
export function readExamples(text: string): Example[] {
  return text.split("\n").filter((row) => row !== "" && !row.startsWith("#")).map((row) => {
    const [about = "", context = "", right = "", changes = "", wrong = "", code = ""] = row.split(
      "\t",
    );
    const words = about.split(" ");
    return {
      path: words.slice(0, -1),
      word: words.at(-1) ?? "",
      context: context.replaceAll("\\n", "\n"),
      right: right.replaceAll("\\n", "\n"),
      changes,
      wrong: wrong.replaceAll("\\n", "\n"),
      code,
    };
  });
}

/** `BLOCK … KEYWORD` of every keyword. */
export function allKeywords(): string[] {
  const all: string[] = [];
  const walk = ({ keywords }: Vocabulary<never>, path: readonly string[]) => {
    for (const [word, { inner }] of Object.entries(keywords)) {
      all.push([...path, word].join(" "));
      if (inner?.kind === "keywords") walk(inner.vocabulary, [...path, word]);
    }
  };
  walk(TOP_LEVEL, []);
  return all;
}

/** What is right changes in the model: `PATH=JSON …`, `-PATH` for what is gone. */
export function changesOf({ path, word, context, right }: Example): string {
  const before = load(whole(path, "", context)).config;
  const after = load(whole(path, word, `${context}\n${right}`)).config;
  return after ? changes("", before, after).join(" ") : "refused";
}

/** The codes of what is found in what is wrong, but for what is found without it. */
export function codesOf({ path, word, context, wrong }: Example): string[] {
  const before = load(whole(path, "", context)).diagnostics.map(({ code }) => code);
  const after = load(whole(path, word, `${context}\n${wrong}`)).diagnostics;
  return after.map(({ code }) => code).filter((code) => !before.includes(code));
}

/** Defaults have an effect on an instance. */
const INSTANCE = `vrrp_instance D {
interface d1
virtual_router_id 99
unicast_peer {
192.0.2.99
}
virtual_ipaddress {
192.0.2.98/24
}
}
`;

function whole(path: readonly string[], word: string, lines: string): string {
  const text = around(path, word, `${lines}\n`);
  return path[0] === "global_defs" ? text + INSTANCE : text;
}

function load(text: string) {
  const source = memorySource({ files: { [MAIN]: text, "/etc/hostname": "5" } });
  return loadConfig(MAIN, source, { random });
}

function changes(path: string, before: unknown, after: unknown): string[] {
  if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(after))) return [];
  if (after === undefined) return [`-${path}`];
  if (!isBranch(before) || !isBranch(after)) return [`${path}=${JSON.stringify(sorted(after))}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    changes(path === "" ? key : `${path}.${key}`, before[key], after[key])
  );
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The order of fields means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isBranch(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1));
}
