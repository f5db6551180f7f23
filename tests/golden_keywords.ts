/**
 * docs/keywords.md: every keyword of every block, written from the tables that read them, compared
 * with them by a test.
 *
 * @module
 */
import type { Grammar, Parameter, Shape } from "../engine/config/shape.ts";
import { TOP_LEVEL } from "../engine/config/top_level.ts";
import type { Inner, Keyword, Status, Vocabulary } from "../engine/config/vocabulary.ts";

const PAGE = new URL("../docs/keywords.md", import.meta.url);

/** A block with a table, and where it stands. */
interface Block {
  /** Keywords that lead to it from the top level, which is empty. */
  readonly path: readonly string[];
  readonly vocabulary: Vocabulary<never>;
}

/** Every block of keywords, each table once, in the order in which they are found. */
export function allBlocks(): Block[] {
  const blocks: Block[] = [];
  const seen = new Set<string>();
  const visit = (vocabulary: Vocabulary<never>, path: readonly string[]) => {
    const key = `${vocabulary.name} ${Object.keys(vocabulary.keywords)}`;
    if (seen.has(key)) return;
    seen.add(key);
    blocks.push({ path, vocabulary });
    for (const [word, { inner }] of Object.entries(vocabulary.keywords)) {
      if (inner?.kind === "keywords") visit(inner.vocabulary, [...path, word]);
    }
  };
  visit(TOP_LEVEL, []);
  return blocks;
}

/** What a value looks like, with its name unless that says nothing. */
function shapeText(name: string, shape: Shape): string {
  const text = looks(shape, name);
  const isPlain = name === "value" || name === text || text.startsWith(`${name}[`) ||
    shape.kind === "choice" || shape.kind === "boolean" || shape.kind === "anyOf";
  return isPlain ? text : `${name}: ${text}`;
}

function looks(shape: Shape, name: string): string {
  switch (shape.kind) {
    case "integer":
      return `${shape.min} to ${shape.max}`;
    case "time":
      return `${shape.min} to ${shape.max} ${shape.unit}`;
    case "boolean":
      return "true | false";
    case "choice":
      return shape.words.join(" | ");
    case "address":
      return `${familyText(shape)}address`;
    case "prefix":
      return `${familyText(shape)}address[/length]`;
    case "interface":
      return "interface";
    case "text":
      return shape.what ?? name;
    case "reference":
      return `name of a ${shape.to}`;
    case "command":
      return "with its arguments, in quotes";
    case "anyOf":
      return shape.shapes.map((each) => looks(each, name)).join(" | ");
  }
}

function familyText({ family, multicast }: { family?: 4 | 6; multicast?: true }): string {
  return `${family === undefined ? "" : `IPv${family} `}${multicast ? "multicast " : ""}`;
}

function valuesText(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, shape, optional, many }) => {
    const text = shapeText(name, shape);
    return optional ? `[${text}${many ? " …" : ""}]` : `‹${text}›`;
  }).join(" ");
}

function innerText(inner: Inner | undefined): string {
  switch (inner?.kind) {
    case undefined:
      return "";
    case "keywords":
      return "{ keywords }";
    case "items":
      return "{ one a line }";
    case "words":
      return `{ words: ${shapeText("value", inner.shape)} }`;
  }
}

function statusText(status: Status): string {
  switch (status.kind) {
    case "acts":
      return "acts";
    case "noEffect":
      return `accepted, no effect: ${status.why}`;
    case "renamed":
      return `acts; old name of \`${status.to}\``;
  }
}

/** `Seconds between advertisements; default 1.`: the sentence and the default. */
function splitDefault(doc: string): [meaning: string, byDefault: string] {
  const [, meaning = doc, byDefault = ""] = /^(.*?)[;,] default:? (.*)\.$/s.exec(doc) ?? [];
  return [byDefault === "" ? meaning : `${meaning}.`, byDefault];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

function keywordRow([word, keyword]: [string, Keyword<never>]): string {
  const [meaning, byDefault] = splitDefault(keyword.doc);
  const given = [valuesText(keyword.parameters), innerText(keyword.inner)].filter(Boolean);
  return row([
    `\`${word}\``,
    given.join(" "),
    byDefault,
    statusText(keyword.status) + (keyword.isOwn ? "; stayd's own" : ""),
    keyword.adds ? `${meaning} Given again, it adds.` : meaning,
  ]);
}

/** Words of a line; those with the same values are in one row. */
function grammarLines({ parameters, options }: Grammar): string {
  const wordsOf = new Map<string, string[]>();
  for (const [word, values] of Object.entries(options)) {
    const text = valuesText(values);
    wordsOf.set(text, [...wordsOf.get(text) ?? [], `\`${word}\``]);
  }
  const first = valuesText(parameters);
  if (wordsOf.size === 0) return `: ${first}.\n`;
  return [
    first === "" ? ", in any order:" : `: ${first}, and in any order`,
    "",
    "| words | values |",
    "|---|---|",
    ...Array.from(wordsOf, ([values, words]) => row([words.join(", "), values])),
    "",
  ].join("\n");
}

/** Blocks of lines; those whose lines are the same are described once. */
function lineBlocks(path: readonly string[], { keywords }: Vocabulary<never>): string[] {
  const pathsOf = new Map<string, string[]>();
  for (const [word, { inner }] of Object.entries(keywords)) {
    if (inner?.kind !== "items") continue;
    const lines = grammarLines(inner.grammar);
    pathsOf.set(lines, [...pathsOf.get(lines) ?? [], `\`${[...path, word].join(" › ")}\``]);
  }
  return Array.from(pathsOf, ([lines, paths]) => `Lines of ${paths.join(", ")}${lines}`);
}

function blockLines({ path, vocabulary }: Block): string[] {
  const title = path.length === 0 ? "The top level" : `\`${path.join(" › ")}\``;
  return [
    `## ${title}`,
    "",
    "| keyword | values | default | stayd | meaning |",
    "|---|---|---|---|---|",
    ...Object.entries(vocabulary.keywords).map(keywordRow),
    "",
    ...lineBlocks(path, vocabulary),
  ];
}

const HEAD = [
  "# Keywords",
  "",
  "Every keyword of every block, as the tables of stayd have them: this page is written from them",
  "(`deno task golden`). Values stand as ‹needed› and [optional]. What stayd does: *acts*; accepts",
  "a keyword and says why it needs it not. Where it differs from keepalived:",
  "[differences.md](differences.md).",
  "",
];

/** What the page has to be. */
export function goldenKeywords(): string {
  return [...HEAD, ...allBlocks().flatMap(blockLines)].join("\n").trimEnd() + "\n";
}

/** The page as it is; empty if there is none. */
export function presentKeywords(): string {
  try {
    return Deno.readTextFileSync(PAGE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Writes it anew; returns its name if it changed. */
export function updateKeywords(): string[] {
  const text = goldenKeywords();
  if (presentKeywords() === text) return [];
  Deno.writeTextFileSync(PAGE, text);
  return ["docs/keywords.md"];
}
