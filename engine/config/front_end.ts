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
export const readKeepalived: FrontEnd = (path, root, { reader, context, belongsTo }) => {
  reader.open(path);
  new Parser(reader, root, context, belongsTo).run();
};
