/**
 * Keywords that are known but do nothing in this version: each is accepted with one warning.
 *
 * A later version moves them from here to the tables of their blocks.
 *
 * @module
 */
import { splitScriptWords } from "./script_words.ts";
import { many, text } from "./shape.ts";
import { type Context, type Keyword, later, warnOnce } from "./vocabulary.ts";
import { splitWords, type Word } from "./words.ts";

/** Warns, once for each keyword, that it does nothing. */
export function warnInactive(word: Word, context: Context): void {
  warnOnce(word, "is not acted upon in this version", context);
}

/** A table of keywords that do nothing: lists of words, separated by blanks. */
export function inactiveKeywords<Draft>(words: {
  readonly values?: string;
  readonly scripts?: string;
  readonly blocks?: string;
  /** Blocks of the top level that cannot stand inside another. */
  readonly landmarks?: string;
}): Record<string, Keyword<Draft>> {
  const table: Record<string, Keyword<Draft>> = {};
  const add = (list: string | undefined, change: Partial<Keyword<Draft>>) => {
    for (const word of list?.split(/\s+/) ?? []) {
      if (word !== "") table[word] = { ...INACTIVE, ...change };
    }
  };
  add(words.values, {});
  add(words.scripts, { split: splitScriptWords });
  const inner = { kind: "words", shape: text() } as const;
  add(words.blocks, { inner });
  add(words.landmarks, { inner, isLandmark: true });
  return table;
}

const INACTIVE: Keyword<unknown> = later({
  doc: "",
  status: { kind: "acts" },
  parameters: [many("values", text())],
  split: splitWords,
  apply: () => undefined,
});

/** Of the top level. */
export const INACTIVE_AT_TOP_LEVEL = {
  blocks: "SSL",
  landmarks: `static_ipaddress static_routes static_rules bfd_instance virtual_server_group
    virtual_server`,
};

/** Of `vrrp_instance`. */
export const INACTIVE_IN_VRRP_INSTANCE = { blocks: "virtual_routes virtual_rules" };
