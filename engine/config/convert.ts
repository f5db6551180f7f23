/**
 * A configuration from one language to the other.
 *
 * What is written is read again: a result that does not mean the same is none.
 *
 * @module
 */
import { confComments } from "./comments.ts";
import type { ConfigSource } from "./config_source.ts";
import { writeConf } from "./conf_writer.ts";
import { DEFINITION } from "./definitions.ts";
import { type Diagnostic, quote } from "./diagnostic.ts";
import type { Format } from "./format.ts";
import { frontEndFor } from "./front_ends.ts";
import { readInclude } from "./includes.ts";
import { layOut } from "./layout.ts";
import { type LoadOptions, loadTree, loadWith } from "./load.ts";
import { attachComments } from "./remarks.ts";
import { TOP_LEVEL } from "./top_level.ts";

/** What is converted into what. */
export interface Conversion {
  readonly file: string;
  readonly from: Format;
  readonly to: Format;
}

/** The new text; or errors of the configuration; or why it cannot be said in the other language. */
export type Converted =
  | { readonly text: string }
  | { readonly diagnostics: readonly Diagnostic[] }
  | { readonly wrong: string };

/** Converts a configuration. */
export async function convert(
  { file, from, to }: Conversion,
  source: ConfigSource,
  options: LoadOptions = {},
): Promise<Converted> {
  const { config, diagnostics, tree } = loadTree(file, source, {
    ...options,
    frontEnd: await frontEndFor(from),
  });
  if (!config) return { diagnostics };
  const content = source.read(file);
  const text = "bytes" in content ? new TextDecoder().decode(content.bytes) : "";
  const comments = from === "keepalived"
    ? confComments(text)
    : (await import("./yaml/comments.ts")).yamlComments(text);
  const ownHead = headComments(text);
  const others = comments.slice(ownHead.length);
  const { remarked, left } = attachComments(others, tree, file);
  const head = [...ownHead.filter((line) => !NOTE.test(line)), ...headOf(file, from, text)];
  let written: string;
  if (to === "keepalived") {
    const conf = writeConf(tree, TOP_LEVEL, remarked);
    const [lost] = conf.lost;
    if (lost) {
      const { file, number } = lost.place.line;
      return { wrong: `${file}:${number}: the line of ${quote(lost.text)} cannot be written` };
    }
    const lines = [...head.map((line) => `# ${line}`), "", conf.text, ...left];
    written = layOut(lines.join("\n"));
  } else {
    const { writeYaml } = await import("./yaml/writer.ts");
    const behind = left.map((remark) => remark.replace(/^!/, "#"));
    written = writeYaml(tree, TOP_LEVEL, remarked, head.join("\n")) +
      behind.map((line) => `${line}\n`).join("");
    if (to === "json") written = await asJson(written);
  }
  const again = loadWith(file, { ...source, read: readsAs(file, written, source) }, {
    ...options,
    frontEnd: await frontEndFor(to),
  });
  const isSame = JSON.stringify(again.config) === JSON.stringify(config);
  return isSame ? { text: written } : { wrong: differenceOf(again.diagnostics) };
}

async function asJson(text: string): Promise<string> {
  const { yaml } = await import("./yaml/library.ts");
  return `${JSON.stringify(yaml.parse(text), null, 2)}\n`;
}

/** A source in which a file has another content. */
function readsAs(file: string, text: string, source: ConfigSource): ConfigSource["read"] {
  const bytes = new TextEncoder().encode(text);
  return (path) => path === file ? { bytes } : source.read(path);
}

function differenceOf(diagnostics: readonly Diagnostic[]): string {
  const error = diagnostics.find(({ severity }) => severity === "error");
  return error
    ? `the result would be refused: ${error.message}`
    : "the result would not mean the same";
}

/** Comments at the beginning, up to an empty line: they are about the whole. */
function headComments(text: string): string[] {
  const head: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!/^\s*[#!]/.test(line)) return line.trim() === "" ? head : [];
    head.push(line.trim().replace(/^[#!] ?/, ""));
  }
  return head;
}

/** What an earlier conversion said. */
const NOTE = /^(Converted by stayd from|Included files are part|What was made of) /;

/** What people should know of the result. */
function headOf(file: string, from: Format, text: string): string[] {
  const head = [`Converted by stayd from ${file === "-" ? "standard input" : file}.`];
  if (from !== "keepalived") {
    return /^include:/m.test(text) ? [...head, "Included files are part of it."] : head;
  }
  const lines = text.split("\n").map((line) => line.trim().replace(/^@\S+\s*/, ""));
  const kinds = [
    ...lines.some((line) => readInclude(line)) ? ["included files"] : [],
    ...lines.some((line) => DEFINITION.test(line)) ? ["definitions"] : [],
    ...lines.some((line) => line.startsWith("~")) ? ["sequences"] : [],
    ...text.split("\n").some((line) => line.trim().startsWith("@")) ? ["conditional lines"] : [],
  ];
  return kinds.length === 0
    ? head
    : [...head, `What was made of ${kinds.join(", ")} is written out.`];
}
