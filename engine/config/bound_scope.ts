/**
 * Keyword tables at work on drafts, as the parser meets them.
 *
 * @module
 */
import type { Parameter } from "./shape.ts";
import type { Text } from "./text.ts";
import type {
  Context,
  Inner,
  Keyword,
  KeywordScope,
  Scope,
  Statement,
  Status,
  Vocabulary,
} from "./keyword.ts";
import type { Words } from "./words.ts";

/** What puts a table to work on drafts. */
export function binder<Draft>(vocabulary: Vocabulary<Draft>): (draft: Draft) => KeywordScope {
  let table: Table<Draft> | undefined;
  return (draft) => new BoundScope(vocabulary, table ??= tableOf(vocabulary), draft);
}

/** The keywords of a table, for words that were cut out of a text: a map finds them faster. */
type Table<Draft> = ReadonlyMap<string, Keyword<Draft>>;

function tableOf<Draft>({ keywords }: Vocabulary<Draft>): Table<Draft> {
  return new Map(Object.entries(keywords).map(([word, each]) => [word, new TableEntry(each)]));
}

/** A class, because there is one for each block: closures would be made anew each time. */
class BoundScope<Draft> implements KeywordScope {
  readonly kind = "keywords";
  readonly #vocabulary: Vocabulary<Draft>;
  readonly #table: Table<Draft>;
  readonly #draft: Draft;

  constructor(vocabulary: Vocabulary<Draft>, table: Table<Draft>, draft: Draft) {
    this.#vocabulary = vocabulary;
    this.#table = table;
    this.#draft = draft;
  }

  get name(): string {
    return this.#vocabulary.name;
  }

  get isSecret(): boolean {
    return this.#vocabulary.isSecret ?? false;
  }

  get words(): readonly string[] {
    return Object.keys(this.#vocabulary.keywords);
  }

  find(word: string): Keyword<never> | undefined {
    const keyword = this.#table.get(word);
    if (keyword) this.#vocabulary.mention?.(this.#draft, word);
    return keyword;
  }

  act(keyword: Keyword<never>, statement: Statement, context: Context): Scope | undefined {
    return (keyword as Keyword<Draft>).apply(this.#draft, statement, context);
  }
}

/** A keyword as the parser gets it: keywords of one shape only are faster to look at. */
class TableEntry<Draft> implements Keyword<Draft> {
  readonly doc: string;
  readonly status: Status;
  readonly parameters: readonly Parameter[];
  declare readonly inner?: Inner;
  declare readonly adds?: true;
  declare readonly isLandmark?: true;
  declare readonly isSecret?: true;
  declare readonly split?: (text: Text) => Words;
  readonly apply: Keyword<Draft>["apply"];

  constructor(keyword: Keyword<Draft>) {
    this.doc = keyword.doc;
    this.status = keyword.status;
    this.parameters = keyword.parameters;
    this.apply = keyword.apply;
    const { inner, adds, isLandmark, isSecret, split } = keyword;
    Object.assign(this, { inner, adds, isLandmark, isSecret, split });
  }
}
