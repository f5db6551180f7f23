/**
 * A YAML or JSON text as nodes with places.
 *
 * Everything is bounded: size, depth, and how often anchors may multiply what they stand for.
 *
 * @module
 */
import type { Alias, Document, LineCounter, Node as LibraryNode, Pair } from "yaml";
import { type Complaints, quote } from "../diagnostic.ts";
import type { Place, SourceLine } from "../text.ts";
import { yaml } from "./library.ts";
import type { Entry, Mapping, Node, Scalar } from "./node.ts";

/** Longest text, in bytes. */
export const YAML_BYTES_MAX = 8 * 1_024 * 1_024;
/** Deepest nesting of lists and maps; the configuration itself needs eight. */
const DEPTH_MAX = 32;
/** Most values in all, those that anchors bring in counted each time. */
const NODES_MAX = 2_000_000;
/** Most syntax errors that are told of one file. */
const ERRORS_MAX = 20;
const MERGE_KEY = "<<";

/** Reads a text; undefined if it is empty or was complained about. */
export function readDocument(text: string, file: string, complaints: Complaints): Node | undefined {
  const lines = text.split(/\r?\n/).map((text, i) => ({ file, number: i + 1, text }));
  complaints.noteRemarks(lines);
  const counter = new yaml.LineCounter();
  const document = parse(text, counter);
  const reader = new NodeReader(lines, counter, complaints);
  if (!document) return reader.tooDeep(0);
  const exhausted = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  if (exhausted) return reader.tooDeep(exhausted.pos[0]);
  for (const { message, pos: [at] } of document.errors.slice(0, ERRORS_MAX)) {
    complaints.add("E127", reader.place(at), firstLower(message));
  }
  for (const { message, pos: [at] } of document.warnings.slice(0, ERRORS_MAX)) {
    complaints.add("W602", reader.place(at), firstLower(message));
  }
  if (document.errors.length > 0 || !document.contents) return undefined;
  return reader.read(document.contents as LibraryNode, "", 0);
}

function parse(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    // Unique keys are looked for in NodeReader: the library would compare each with each.
    return yaml.parseDocument(text, {
      lineCounter,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined; // The stack is at its end.
    throw error;
  }
}

function firstLower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

class NodeReader {
  readonly #lines: readonly SourceLine[];
  readonly #counter: LineCounter;
  readonly #complaints: Complaints;
  readonly #anchors = new Map<string, LibraryNode>();
  /** Nodes around the one that is read. */
  readonly #open = new Set<LibraryNode>();
  #count = 0;
  #usedAt: Place | undefined;

  constructor(lines: readonly SourceLine[], counter: LineCounter, complaints: Complaints) {
    this.#lines = lines;
    this.#counter = counter;
    this.#complaints = complaints;
  }

  place(offset: number, path?: string): Place {
    const { line: number, col: column } = this.#counter.linePos(offset);
    const line = this.#lines[number - 1] ?? this.#lines.at(-1) ?? { file: "", number: 1, text: "" };
    return {
      line,
      column: Math.max(1, column),
      ...(path === undefined || path === "" ? {} : { path }),
      ...(this.#usedAt ? { usedAt: this.#usedAt } : {}),
    };
  }

  tooDeep(offset: number): undefined {
    const message = `lists and maps nested more than ${DEPTH_MAX} deep`;
    this.#complaints.add("E128", this.place(offset), message);
    return undefined;
  }

  read(node: LibraryNode | null, path: string, at: number): Node | undefined {
    const start = node?.range?.[0] ?? at;
    const place = this.place(start, path);
    if (!node) return { kind: "scalar", type: "null", text: "", place };
    if (this.#count > NODES_MAX) return undefined;
    if (++this.#count > NODES_MAX) {
      this.#complaints.add("E128", place, `more than ${NODES_MAX} values`);
      return undefined;
    }
    if (yaml.isAlias(node)) return this.#alias(node, path, place);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (yaml.isScalar(node)) return this.#scalar(node, place);
    if (this.#open.size >= DEPTH_MAX) return this.tooDeep(start);
    this.#open.add(node);
    try {
      if (yaml.isMap(node)) return this.#map(node.items as Pair[], path, place);
      if (yaml.isSeq(node)) return this.#list(node.items as LibraryNode[], path, place);
      return undefined;
    } finally {
      this.#open.delete(node);
    }
  }

  #alias({ source }: Alias, path: string, place: Place): Node | undefined {
    const target = this.#anchors.get(source);
    if (!target) return this.#wrong(place, `unknown anchor ${quote(source)}`);
    if (this.#open.has(target)) return this.#wrong(place, `anchor ${quote(source)} needs itself`);
    const outer = this.#usedAt;
    this.#usedAt = outer ?? place;
    try {
      return this.read(target, path, 0);
    } finally {
      this.#usedAt = outer;
    }
  }

  #scalar(node: LibraryNode & { value?: unknown; source?: string }, place: Place): Scalar {
    const { value, source } = node;
    if (typeof value === "string") return { kind: "scalar", type: "string", text: value, place };
    const type = value === null || value === undefined
      ? "null"
      : typeof value === "boolean"
      ? "boolean"
      : "number";
    return { kind: "scalar", type, text: source ?? String(value ?? ""), place };
  }

  #list(nodes: readonly LibraryNode[], path: string, place: Place): Node {
    const items = nodes.map((node, i) => this.read(node, `${path}[${i}]`, 0));
    return { kind: "list", items: items.filter((item) => item !== undefined), place };
  }

  #map(pairs: readonly Pair[], path: string, place: Place): Mapping {
    const entries = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const { key: keyNode, value: valueNode } of pairs) {
      const key = this.#key(keyNode, path, place);
      if (!key) continue;
      const inner = path === "" ? key.text : `${path}.${key.text}`;
      const value = this.read(valueNode as LibraryNode | null, inner, this.#endOf(keyNode));
      if (!value) continue;
      if (key.text === MERGE_KEY) merged.push(...this.#merge(value));
      else if (entries.has(key.text)) {
        this.#complaints.add("E209", key.place, `key ${quote(key.text)} is there already`);
      } else {entries.set(key.text, {
          key: { ...key, place: { ...key.place, path: inner } },
          value,
        });}
    }
    // What is merged comes first, and what is written beside it replaces it.
    const all = new Map(merged.toReversed().map((entry) => [entry.key.text, entry]));
    const inherited = [...all.values()].toReversed().filter(({ key }) => !entries.has(key.text));
    return { kind: "map", entries: [...inherited, ...entries.values()], place };
  }

  #endOf(node: unknown): number {
    return yaml.isNode(node) ? node.range?.[1] ?? 0 : 0;
  }

  #key(node: unknown, path: string, place: Place): Scalar | undefined {
    const key = yaml.isNode(node) ? this.read(node, path, 0) : undefined;
    if (key?.kind === "scalar") return key;
    return this.#wrong(key?.place ?? place, "a key must be a word");
  }

  #merge(value: Node): readonly Entry[] {
    const maps = value.kind === "list" ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.kind === "map") return map.entries;
      this.#wrong(map.place, `${MERGE_KEY} takes a map or a list of maps`);
      return [];
    });
  }

  #wrong(place: Place, message: string): undefined {
    this.#complaints.add("E127", place, message);
    return undefined;
  }
}
