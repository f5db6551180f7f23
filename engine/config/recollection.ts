/**
 * Reading again: a configuration with thousands of virtual servers is read again because one of
 * them changed. A block whose text is what it was, among surroundings that are what they were,
 * means what it meant: it is passed over, and its meaning comes from the reading before.
 *
 * Remembered is only what depends on nothing but its own text and those surroundings: no
 * definition, condition, sequence or include in it, no finding about it, no script, nothing else
 * that it follows. (Advice on the whole is not about such blocks.) Whether the surroundings are
 * the same is known at the end; if they are not, or there is any error, everything is read as if
 * nothing had been known (load.ts).
 *
 * @module
 */
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { assert } from "../../net/assert.ts";
import type { Complaints } from "./diagnostic.ts";
import type { ConfigDraft } from "./drafts.ts";
import type { Context } from "./keyword.ts";
import { VirtualServerDraft } from "./lvs/drafts.ts";
import { ResolvedServer } from "./lvs/resolved_server.ts";
import type { PhysicalLines } from "./physical_lines.ts";
import { isBlank, type Place, type Text } from "./text.ts";
import type { Brace, Item } from "./words.ts";

const WORD = "virtual_server";
/** What makes a text mean different things at different times, or in different places. */
const FICKLE = /[$~@\\]|include/;
/** Checks that depend on nothing but what they say. */
const PLAIN_CHECKS: ReadonlySet<string> = new Set(["tcp", "ping", "udp", "dns", "smtp", "http"]);

/** A block as it stands in a file. */
interface Block {
  /** All of that file. */
  readonly chars: string;
  readonly start: number;
  readonly end: number;
  readonly lineCount: number;
}

/** What became of a block. When the same text is read again it moves there. */
class Known extends ResolvedServer {
  readonly #lineCount: number;
  // Of the text that was read last: or else an older one would be kept for ever.
  #chars: string;
  #start: number;
  #end: number;
  #lines: PhysicalLines | undefined;
  #isSteady: boolean | undefined;

  constructor({ config, identity }: ResolvedServer, { chars, start, end, lineCount }: Block) {
    super(config, identity, () => this.#placeNow());
    this.#lineCount = lineCount;
    this.#chars = chars;
    this.#start = start;
    this.#end = end;
  }

  /** Whether its text means the same wherever it stands. */
  get isSteady(): boolean {
    return this.#isSteady ??= !FICKLE.test(this.#text());
  }

  /** Its first line, which tells it from others. */
  get firstLine(): string {
    return firstLine(this.#chars, this.#start);
  }

  /** Whether its text is what comes there, as whole lines. */
  isAt(chars: string, start: number): boolean {
    const text = this.#text();
    const end = start + text.length;
    const isWhole = text.endsWith("\n") || end === chars.length;
    // Several times faster than `startsWith`.
    return isWhole && chars.slice(start, end) === text;
  }

  /** It is what comes next: passes over it. */
  pass(lines: PhysicalLines): void {
    const { chars, nextAt } = lines;
    const length = this.#end - this.#start;
    this.#chars = chars;
    this.#start = nextAt;
    this.#end = nextAt + length;
    this.#lines = lines;
    lines.pass(length, this.#lineCount);
  }

  /** The text was read; its place is not asked for again. */
  settle(): this {
    this.#lines = undefined;
    return this;
  }

  #text(): string {
    return this.#chars.slice(this.#start, this.#end);
  }

  #placeNow(): Place {
    assert(this.#lines !== undefined, "it is asked for while the text is read");
    return this.#lines.placeAt(this.#start);
  }
}

/** Blocks of an earlier reading: each may be passed over once. */
export class KnownBlocks {
  readonly #blocks: readonly Known[];
  /** The one that comes next if none came or went. */
  #nextAt = 0;
  readonly #passed = new Set<Known>();
  /** Places of those that were not in their place are looked for. */
  #places: Map<string, number> | undefined;

  constructor(blocks: readonly Known[]) {
    this.#blocks = blocks;
  }

  /** How many there are. */
  get size(): number {
    return this.#blocks.length;
  }

  /** Which of them comes there; undefined: another one. */
  take(chars: string, start: number): Known | undefined {
    const next = this.#blocks[this.#nextAt];
    if (next?.isAt(chars, start)) return this.#pass(next, this.#nextAt);
    const line = firstLine(chars, start);
    if (next?.firstLine === line) {
      this.#nextAt++; // It changed.
      return undefined;
    }
    this.#places ??= new Map(this.#blocks.map((each, i) => [each.firstLine, i]));
    const at = this.#places.get(line) ?? this.#blocks.length;
    const found = this.#blocks[at];
    return found?.isAt(chars, start) ? this.#pass(found, at) : undefined;
  }

  #pass(known: Known, at: number): Known | undefined {
    this.#nextAt = at + 1;
    if (this.#passed.has(known)) return undefined;
    this.#passed.add(known);
    return known;
  }
}

/** What is remembered from one reading to the next. */
export class Recollection {
  #surroundings: string | undefined;
  #known: readonly Known[] = [];

  /** Blocks that may be passed over. */
  blocks(): KnownBlocks {
    return new KnownBlocks(this.#known.filter(({ isSteady }) => isSteady));
  }

  /**
   * Remembers a reading that was a success, and forgets the one before. Returns false: it passed
   * over blocks in other surroundings than theirs, so that it does not count.
   */
  keep({ surroundings, known, passedCount }: Reading): boolean {
    if (passedCount > 0 && surroundings !== this.#surroundings) return false;
    this.#surroundings = surroundings;
    this.#known = known.map((each) => each.settle());
    return true;
  }
}

/** One reading: watches what is read, and passes over what is known. */
export class Reading {
  readonly #blocks: KnownBlocks;
  readonly #draft: ConfigDraft;
  readonly #context: Context;
  /** Everything but virtual servers, brace by brace and line by line. */
  readonly #surroundings: string[] = [];
  /** Where those that were read stand. */
  readonly #places = new Map<VirtualServerDraft | ResolvedServer, Block>();
  #depth = 0;
  #isInServer = false;
  /** Of the virtual server that is read; undefined: it cannot be remembered. */
  #begin: Begin | undefined;
  /** What will be known from it. */
  readonly known: Known[] = [];
  /** Blocks that were passed over. */
  passedCount = 0;

  constructor(blocks: KnownBlocks, draft: ConfigDraft, context: Context) {
    this.#blocks = blocks;
    this.#draft = draft;
    this.#context = context;
  }

  /** Everything but virtual servers, as text. */
  get surroundings(): string {
    return this.#surroundings.join("\n");
  }

  /** Before a line is read: passes over a block that is known, if it begins there. */
  passes(lines: PhysicalLines): boolean {
    if (this.#depth !== 0 || this.#blocks.size === 0 || !lines.canPass) return false;
    const { chars, nextAt: start } = lines;
    if (!chars.startsWith(WORD, start)) return false;
    const known = this.#blocks.take(chars, start);
    if (!known) return false;
    known.pass(lines);
    this.#draft.lvs.servers.push(known);
    this.passedCount++;
    return true;
  }

  /** Something was read. */
  see(item: Item, lines: PhysicalLines): void {
    if (item.type === "line") return this.#seeLine(item, lines);
    this.#depth += item.type === "open" ? 1 : -1;
    if (!this.#isInServer) this.#surroundings.push(item.type);
    else if (this.#depth <= 0) this.#end(item, lines);
  }

  /** A virtual server is resolved; `said`: something was said about it. */
  resolved(
    draft: VirtualServerDraft | ResolvedServer,
    result: ResolvedServer,
    said: boolean,
  ): void {
    if (said) return;
    if (draft instanceof Known) return void this.known.push(draft);
    const block = this.#places.get(draft);
    if (block && isPlain(draft, result.config)) this.known.push(new Known(result, block));
  }

  #seeLine(text: Text, lines: PhysicalLines): void {
    if (this.#depth === 0) {
      this.#isInServer = text.startsWith(WORD) && isBlank(text.chars.charAt(WORD.length));
      this.#begin = this.#isInServer ? this.#beginAt(text, lines) : undefined;
    }
    if (!this.#isInServer) this.#surroundings.push(text.chars);
  }

  #beginAt(text: Text, lines: PhysicalLines): Begin | undefined {
    const isFirst = lines.canPass && lines.holds(text.origin) && text.start === lines.start;
    return isFirst
      ? { lines, at: lines.lineAt, number: lines.number, ...this.#counts() }
      : undefined;
  }

  #end(brace: Brace, lines: PhysicalLines): void {
    this.#isInServer = false;
    const begin = this.#begin;
    this.#begin = undefined;
    if (!begin || begin.lines !== lines || !lines.endsWith(brace)) return;
    const { saidCount, scriptCount, serverCount } = this.#counts();
    const { servers } = this.#draft.lvs;
    const server = servers.at(-1);
    if (!server || serverCount !== begin.serverCount + 1) return;
    if (saidCount !== begin.saidCount || scriptCount !== begin.scriptCount) return;
    const { chars, nextAt: end } = lines;
    const lineCount = lines.number - begin.number + 1;
    this.#places.set(server, { chars, start: begin.at, end, lineCount });
  }

  #counts(): Counts {
    const { complaints, scripts } = this.#context;
    const serverCount = this.#draft.lvs.servers.length;
    return { saidCount: complaints.saidCount, scriptCount: scripts.length, serverCount };
  }
}

interface Counts {
  readonly saidCount: Complaints["saidCount"];
  readonly scriptCount: number;
  readonly serverCount: number;
}

/** How things were when a block began. */
interface Begin extends Counts {
  readonly lines: PhysicalLines;
  readonly at: number;
  readonly number: number;
}

function firstLine(chars: string, start: number): string {
  const end = chars.indexOf("\n", start);
  return chars.slice(start, end < 0 ? chars.length : end);
}

/** Groups are numbered, and what tracks something depends on that. */
function isPlain(draft: VirtualServerDraft | ResolvedServer, config: VirtualServerConfig): boolean {
  if (!(draft instanceof VirtualServerDraft)) return true;
  return draft.service.kind !== "group" &&
    config.realServers.every(({ checkers }) =>
      checkers.every(({ kind }) => PLAIN_CHECKS.has(kind))
    );
}
