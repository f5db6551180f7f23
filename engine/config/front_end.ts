/**
 * Languages that a configuration may be written in. Each front end reads a file into the scopes of
 * one vocabulary, so that meanings and checks are the same for all.
 *
 * @module
 */
import type { ConfigSource } from "./config_source.ts";
import { Parser } from "./parser.ts";
import type { Reader } from "./reader.ts";
import type { Context, KeywordScope } from "./vocabulary.ts";

/** What a front end may use besides the scope it fills. */
export interface FrontEndWorld {
  readonly source: ConfigSource;
  readonly reader: Reader;
  readonly context: Context;
  /** In which block a word is known that this one does not know. */
  readonly belongsTo: (word: string) => string | undefined;
}

/** Reads a file; what is wrong with it is complained about. Never throws. */
export type FrontEnd = (path: string, root: KeywordScope, world: FrontEndWorld) => void;

/** keepalived's language. */
export const readKeepalived: FrontEnd = (path, root, { reader, context, belongsTo }) =>
  new Parser(reader.items(path), root, context, belongsTo).run();

/** What a file may be written in; JSON is YAML. */
export const FORMATS = ["keepalived", "yaml", "json"] as const;

/** One of {@linkcode FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** What a file is written in: by the end of its name. */
export function formatOf(path: string): Format {
  if (/\.ya?ml$/i.test(path)) return "yaml";
  return /\.json$/i.test(path) ? "json" : "keepalived";
}

/** The front end for a format. That of YAML is loaded only when it is needed. */
export async function frontEndFor(format: Format): Promise<FrontEnd> {
  return format === "keepalived" ? readKeepalived : (await import("./yaml/front_end.ts")).readYaml;
}
