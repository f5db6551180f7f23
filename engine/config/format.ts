/**
 * Which language a file is written in.
 *
 * @module
 */
/** What a file may be written in; JSON is YAML. */
export const FORMATS = ["keepalived", "yaml", "json"] as const;

/** One of {@linkcode FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** The format of that name; undefined if there is none. */
export function formatNamed(name: string | undefined): Format | undefined {
  return FORMATS.find((format) => format === name);
}

/** What a file is written in: by the end of its name. */
export function formatOf(path: string): Format {
  if (/\.ya?ml$/i.test(path)) return "yaml";
  return /\.json$/i.test(path) ? "json" : "keepalived";
}
