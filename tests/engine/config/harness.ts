/**
 * Short ways to the lexer and the loader for table tests.
 *
 * @module
 */
import { OLD_NAMES } from "../../../engine/config/codes/old_names.ts";
import {
  Complaints,
  type Diagnostic,
  formatDiagnostic,
} from "../../../engine/config/diagnostic.ts";
import { loadConfig, type LoadResult } from "../../../engine/config/load.ts";
import { Reader } from "../../../engine/config/reader.ts";
import { splitWords } from "../../../engine/config/words.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { memorySource, type MemoryWorld } from "./memory_source.ts";

/** Path of the file under test; its directory is the current one. */
export const MAIN = "a.conf";

/** Half of the way, every time. */
export const random = () => 0.5;

/** What a text is read as: words of each line with `|` between them, braces, and complaints. */
export function readLines(text: string, world: Partial<MemoryWorld> = {}): string[] {
  const complaints = new Complaints();
  const source = memorySource({ ...world, files: { ...world.files, [MAIN]: text } });
  const reader = new Reader(source, complaints, { configId: "r1", random });
  const items: string[] = [];
  reader.open(MAIN);
  for (let item = reader.next(); item; item = reader.next()) {
    if (item.type !== "line") items.push(item.type === "open" ? "{" : "}");
    else items.push(splitWords(item).words.map((word) => word.text).join("|"));
  }
  return [...items, ...complaints.list().map(formatShort)];
}

const SHORT = new Map<string, string>(Object.entries(OLD_NAMES).map(([old, name]) => [name, old]));

/** A finding as one line, with the short name of its code. */
export function formatShort(diagnostic: Diagnostic): string {
  return formatDiagnostic(diagnostic)
    .replace(/\[([EW]-\w+-\d+)\]$/, (whole, code) => `[${SHORT.get(code) ?? whole.slice(1, -1)}]`);
}

/** Loads a text. */
export function load(text: string, world: Partial<MemoryWorld> = {}): LoadResult {
  const source = memorySource({ ...world, files: { ...world.files, [MAIN]: text } });
  return loadConfig(MAIN, source, { random });
}

/** Findings without the name of the file under test. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((each) => formatShort(each).replace(`${MAIN}:`, ""));
}

/** Loads a text that must be refused or complained about; its findings. */
export function complaintsOf(text: string, world: Partial<MemoryWorld> = {}): string[] {
  return brief(load(text, world).diagnostics);
}

/**
 * An instance with the lines, in which nothing required is missing unless they say so themselves.
 */
export function instanceText(lines: string, addresses = "192.0.2.1/24", name = "V1"): string {
  return `vrrp_instance ${name} {
${/^\s*interface /m.test(lines) ? "" : "interface eth0\n"}${
    /^\s*virtual_router_id /m.test(lines) ? "" : "virtual_router_id 51\n"
  }${lines === "" ? "" : `${lines}\n`}virtual_ipaddress {
${addresses}
}
}
`;
}

/** The instances of a text that must load. */
export function instancesOf(text: string): readonly VrrpInstanceConfig[] {
  const { config, diagnostics } = load(text);
  if (!config) throw new Error(`Not loaded:\n${brief(diagnostics).join("\n")}`);
  return config.vrrpInstances;
}

/** The only instance of a text that must load. */
export function instanceOf(text: string): VrrpInstanceConfig {
  const [instance, ...others] = instancesOf(text);
  if (!instance || others.length > 0) throw new Error("Not one instance");
  return instance;
}

/** Properties of `after` that are not those of `before`; `null` for what is gone. */
export function changes(before: object, after: object): Record<string, unknown> {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const found: Record<string, unknown> = {};
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(key), now.get(key)];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    const isNested = isPlainObject(a) && isPlainObject(b);
    found[key] = isNested ? changes(a, b) : b ?? null;
  }
  return found;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
