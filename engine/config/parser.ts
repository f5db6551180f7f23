/**
 * Blocks: looks lines up in keyword tables, and recovers from braces that are missing or too many.
 *
 * One mistake is to give one message. A block that is unknown, refused or not acted upon is skipped
 * as a whole. A block of the top level inside another shows that a `}` is missing; a line that
 * belongs to the block just closed shows that its `}` came too early.
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import { nearestWord } from "./nearest_word.ts";
import { NO_TEXT, type Place, type Text } from "./text.ts";
import {
  type Context,
  type ItemScope,
  type Keyword,
  type KeywordScope,
  type Scope,
  valuesMax,
  valuesMin,
} from "./vocabulary.ts";
import { type Brace, type Item, splitWords, type Word, WordSplitter, WordStock } from "./words.ts";

/** An open block. */
interface Open {
  readonly scope: Scope;
  /** Its keyword. */
  readonly first: Word;
  /** The words between that and its `{`. */
  readonly values: readonly Word[];
}

/** Where items come from, one after the other; undefined at the end. */
interface Items {
  next(): Item | undefined;
}

/** Reads items until there are no more. */
export class Parser {
  readonly #items: Items;
  readonly #context: Context;
  readonly #root: KeywordScope;
  /** In which block a word is known that this one does not know. */
  readonly #belongsTo: (word: string) => string | undefined;
  /** Blocks inside the top level, innermost last. */
  #open: Open[] = [];
  /** The block closed last, until another line made sense; and its brace. */
  #closed: Open | undefined;
  #closing: Brace | undefined;
  /** Of the line that is read. One for all of them: there are hundreds of thousands. */
  readonly #splitter = new WordSplitter(NO_TEXT, new WordStock());
  /** The item before was the `{` of a block. */
  #hasJustOpened = false;
  /** The next item, if it was looked at already; and the one after it. */
  #ahead: Item | undefined;
  #further: Item | undefined;

  constructor(
    items: Items,
    root: KeywordScope,
    context: Context,
    belongsTo: (word: string) => string | undefined,
  ) {
    this.#items = items;
    this.#root = root;
    this.#context = context;
    this.#belongsTo = belongsTo;
  }

  /** Reads everything. */
  run(): void {
    for (let item = this.#take(); item; item = this.#take()) {
      const hasJustOpened = this.#hasJustOpened;
      this.#hasJustOpened = false;
      if (item.type === "line") this.#line(item);
      else if (item.type === "close") this.#close(item, hasJustOpened);
      // A doubled brace rather than a block in the block.
      else if (hasJustOpened) this.#add("E202", item.place, "unexpected {");
      else this.#unexpectedOpen(item);
    }
    const last = this.#open.at(-1);
    if (last) {
      const count = this.#open.length;
      const more = count === 1 ? "" : `, and so for ${count - 1} around it`;
      const message = `${
        quote(titleOf(last.first, last.values))
      } is not closed: } is missing${more}`;
      this.#add("E204", last.first.place, message);
    }
  }

  #take(): Item | undefined {
    const ahead = this.#ahead;
    if (!ahead) return this.#items.next();
    this.#ahead = this.#further;
    this.#further = undefined;
    return ahead;
  }

  #peek(): Item | undefined {
    return this.#ahead ??= this.#items.next();
  }

  #add(...args: Parameters<Context["complaints"]["add"]>): void {
    this.#context.complaints.add(...args);
  }

  #scope(): Scope {
    return this.#open.at(-1)?.scope ?? this.#root;
  }

  #close(brace: Brace, isEmpty: boolean): void {
    const block = this.#open.pop();
    if (isEmpty && block?.scope.kind === "items" && block.scope.wantsItems) {
      this.#add(
        "W-block-011",
        block.first.place,
        `${quote(titleOf(block.first, block.values))} is empty`,
      );
    }
    if (!block) return this.#add("E205", brace.place, "} without a block to close");
    this.#closed = block;
    this.#closing = brace;
  }

  #unexpectedOpen({ place }: Brace): void {
    this.#add("E202", place, "unexpected {");
    this.#skipBlock("{", place);
  }

  #line(text: Text): void {
    const splitter = this.#splitter;
    splitter.begin(text);
    const first = splitter.next();
    if (!first) return this.#endLine(splitter.openQuoteAt);
    const scope = this.#scope();
    if (scope.kind === "items") return this.#item(scope, text, first);
    const keyword = scope.find(first.text);
    if (!keyword) {
      if (this.#closeMissing(first) || this.#reopen(first)) return this.#line(text);
      return this.#unknown(scope, first, splitter.rest());
    }
    this.#closed = undefined;
    if (keyword.split) {
      const { words, openQuoteAt } = keyword.split(text);
      return this.#statement(scope, keyword, first, words.slice(1), openQuoteAt);
    }
    const values = splitter.rest();
    this.#statement(scope, keyword, first, values, splitter.openQuoteAt);
  }

  #item(scope: ItemScope, text: Text, first: Word): void {
    if (!scope.accepts(first.text) && this.#closeMissing(first)) return this.#line(text);
    const words = this.#splitter.rest(first);
    const { openQuoteAt } = this.#splitter;
    this.#endLine(openQuoteAt);
    scope.add(openQuoteAt ? [] : words, this.#context);
    this.#closed = undefined;
  }

  /** Ends a line: a quote must have ended, and no block may follow. */
  #endLine(openQuoteAt: Place | undefined): void {
    if (openQuoteAt) this.#add("E103", openQuoteAt, "quote without its end");
    const next = this.#peek();
    if (next?.type !== "open") return;
    this.#take();
    if (openQuoteAt) this.#skipBlock("{", next.place);
    else this.#unexpectedOpen(next);
  }

  #unknown(scope: KeywordScope, first: Word, values: readonly Word[]): void {
    const { text, place } = first;
    const [value] = values;
    const { complaints } = this.#context;
    if (scope.isSecret && value) complaints.hide(value.place);
    const nearest = nearestWord(text, scope.words);
    const other = this.#belongsTo(text);
    const hint = other !== undefined
      ? `it belongs ${other}`
      : nearest === undefined
      ? undefined
      : `did you mean '${nearest}'?`;
    this.#add("E201", place, `unknown keyword ${quote(text)}`, hint);
    if (this.#peek()?.type !== "open") return;
    this.#take();
    this.#skipBlock(scope.isSecret ? text : titleOf(first, values), place);
  }

  #statement(
    scope: KeywordScope,
    keyword: Keyword<never>,
    first: Word,
    words: readonly Word[],
    openQuoteAt: Place | undefined,
  ): void {
    if (keyword.isSecret) {
      const secretAt = words[0]?.place ?? openQuoteAt;
      if (secretAt) this.#context.complaints.hide(secretAt);
    }
    if (openQuoteAt) this.#add("E103", openQuoteAt, "quote without its end");
    const isWhole = openQuoteAt === undefined && this.#checkCount(scope, keyword, first, words);
    const hasSurplus = words.length > keyword.parameters.length;
    const values = hasSurplus ? words.slice(0, valuesMax(keyword)) : words;
    const statement = { keyword: first, values };
    if (!keyword.inner) {
      // First act, then look ahead: what it sets may hold for the next line.
      if (isWhole) scope.act(keyword, statement, this.#context);
      return this.#endLine(undefined);
    }
    if (!this.#enter(scope, first, words)) return;
    const inner = isWhole ? scope.act(keyword, statement, this.#context) : undefined;
    if (!inner) return this.#skipBlock(titleOf(first, words), first.place);
    this.#open.push({ scope: inner, first, values: words });
    this.#hasJustOpened = true;
  }

  /**
   * Takes the `{` of a block. Without one, the block is still read if the next line looks like it.
   */
  #enter(scope: KeywordScope, first: Word, values: readonly Word[]): boolean {
    const next = this.#peek();
    if (next?.type === "open") {
      this.#take();
      return true;
    }
    this.#add("E203", first.place, `${quote(titleOf(first, values))} without {`);
    if (next?.type !== "line") return false;
    const [word] = splitWords(next).words;
    return word !== undefined && !scope.find(word.text) && !this.#root.find(word.text)?.isLandmark;
  }

  #checkCount(
    scope: KeywordScope,
    keyword: Keyword<never>,
    first: Word,
    values: readonly Word[],
  ): boolean {
    if (values.length === keyword.parameters.length) return true;
    const { text } = first;
    if (values.length < valuesMin(keyword)) {
      this.#add("E208", first.place, `${quote(text)} needs a value`);
      return false;
    }
    const surplus = values[valuesMax(keyword)];
    if (!surplus) return true;
    if (!keyword.isSecret && scope.find(surplus.text)) {
      const message = `${quote(surplus.text)} on the line of ${quote(text)}: it would be ignored`;
      this.#add("E206", surplus.place, message, "one keyword a line");
    } else {
      const what = keyword.isSecret ? "a second word" : quote(surplus.text);
      this.#add("W207", surplus.place, `${what} behind ${quote(text)} is ignored`);
    }
    return true;
  }

  /**
   * Whether a word belongs to a block around this one, whose `}` must be missing; then that is
   * said, and everything up to there is closed.
   */
  #closeMissing({ text, place }: Word): boolean {
    const outer = this.#open.findLastIndex(({ scope }, i) =>
      i < this.#open.length - 1 && scope.kind === "keywords" && scope.find(text) !== undefined
    );
    if (outer < 0 && !(this.#open.length > 0 && this.#root.find(text)?.isLandmark)) return false;
    const left = this.#open.splice(outer + 1);
    this.#closed = undefined;
    const titles = left.map(({ first, values }) =>
      `${quote(titleOf(first, values))} of line ${first.place.line.number}`
    );
    const message = `${quote(text)} inside ${titles.toReversed().join(" inside ")}: } is missing`;
    this.#add("E204", place, message);
    return true;
  }

  /** Whether a word belongs to the block just closed; then that is said, and it is open again. */
  #reopen({ text, place }: Word): boolean {
    const closed = this.#closed;
    this.#closed = undefined;
    if (!closed) return false;
    const { scope, first, values } = closed;
    const isIts = scope.kind === "items" ? scope.accepts(text) : scope.find(text) !== undefined;
    if (!isIts) return false;
    const message =
      `} closes ${quote(titleOf(first, values))}, but ${
        quote(text)
      } of line ${place.line.number} ` +
      "belongs to it";
    this.#add("E205", this.#closing?.place ?? place, message);
    this.#open.push(closed);
    return true;
  }

  /** Skips to the `}` that fits, or to a block that cannot stand inside another. */
  #skipBlock(title: string, place: Place): void {
    this.#closed = undefined;
    let depth = 1;
    for (let item = this.#take(); item; item = this.#take()) {
      if (item.type === "open") depth++;
      else if (item.type === "close") depth--;
      else if (item.type === "line" && this.#endsSkipping(item, depth)) {
        const [word] = splitWords(item).words;
        const message = `${quote(word?.text ?? "")} inside ${quote(title)} of line ` +
          `${place.line.number}: } is missing`;
        this.#add("E204", item.placeAt(0), message);
        this.#further = this.#ahead;
        this.#ahead = item;
        return;
      }
      if (depth === 0) return;
    }
    this.#add("E204", place, `${quote(title)} is not closed: } is missing`);
    this.#open = [];
  }

  /**
   * Whether a line in a skipped block begins a block that does not belong there: one that cannot
   * stand inside another, or one of the block around. In the first case everything is closed.
   */
  #endsSkipping(text: Text, depth: number): boolean {
    const [word] = splitWords(text).words;
    if (!word || this.#peek()?.type !== "open") return false;
    if (this.#root.find(word.text)?.isLandmark) {
      this.#open = [];
      return true;
    }
    const around = this.#open.at(-1)?.scope;
    return depth === 1 && around?.kind === "keywords" &&
      around.find(word.text)?.inner !== undefined;
  }
}

/** `vrrp_instance V1`: at most two words, for messages. */
function titleOf(first: Word, [value]: readonly Word[]): string {
  return value ? `${first.text} ${value.text}` : first.text;
}
