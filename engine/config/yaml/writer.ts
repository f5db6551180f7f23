/**
 * A tree of statements as YAML, in the shapes that the reader takes.
 *
 * A map has each key once, so statements of one keyword come together; a block comes before those
 * that name it.
 *
 * @module
 */
import type { Node as LibraryNode, YAMLMap, YAMLSeq } from "yaml";
import type { Remarked, Remarks } from "../remarks.ts";
import type { Parameter, Shape } from "../shape.ts";
import type { Branch } from "../statement_tree.ts";
import type { Keyword, Vocabulary } from "../vocabulary.ts";
import type { Word } from "../words.ts";
import { itemMap } from "./item_map.ts";
import { yaml } from "./library.ts";
import { namesFirst } from "./order.ts";
import { parameterPairs, scalarNode } from "./scalar_node.ts";

const LINE_WIDTH = 100;

/** Writes a tree. `head`: a comment for the beginning, without `#`. */
export function writeYaml(
  branches: readonly Branch[],
  vocabulary: Vocabulary<never>,
  remarked: Remarked,
  head: string,
): string {
  const writer = new Writer(remarked);
  const map = writer.map(namesFirst(branches, vocabulary), vocabulary);
  for (const { key } of map.items.slice(1)) key.spaceBefore = true;
  const document = new yaml.Document(map);
  if (head !== "") document.commentBefore = head.replaceAll(/^/gm, " ");
  return document.toString({ lineWidth: LINE_WIDTH, flowCollectionPadding: false });
}

type Map = YAMLMap<LibraryNode, LibraryNode | null>;

class Writer {
  readonly #remarked: Remarked;

  constructor(remarked: Remarked) {
    this.#remarked = remarked;
  }

  map(branches: readonly Branch[], { keywords }: Vocabulary<never>): Map {
    const map: Map = new yaml.YAMLMap();
    for (const [word, group] of Map.groupBy(branches, ({ keyword }) => keyword.text)) {
      const keyword = keywords[word];
      const key = new yaml.Scalar(word);
      const value = keyword ? this.#group(keyword, group, key) : null;
      map.items.push(new yaml.Pair<LibraryNode, LibraryNode | null>(key, value));
    }
    return map;
  }

  /** All statements of one keyword; `key` takes the comments that are not those of a part. */
  #group(keyword: Keyword<never>, group: readonly Branch[], key: LibraryNode): LibraryNode | null {
    const { inner, parameters } = keyword;
    const last = group.at(-1);
    if (!last) return null;
    if (inner && parameters.length > 0) return this.#named(keyword, group);
    if (inner?.kind === "keywords") {
      if (keyword.adds && group.length > 1) {
        return this.#list(group.map((branch) => this.#block(keyword, branch, branch)));
      }
      // Given again, such a block goes on.
      for (const branch of group) this.#remark(branch, key, undefined);
      const children = group.flatMap(({ children = [] }) => children);
      return this.map(children, inner.vocabulary);
    }
    if (inner) {
      for (const branch of group) this.#remark(branch, key, undefined);
      return this.#lines(keyword, group.flatMap(({ lines = [] }) => lines));
    }
    const kept = keyword.adds ? group : [last];
    const values = kept.map(({ values }) => valueNode(values, parameters));
    const [only] = values;
    // A list behind a keyword that adds is one statement for each of its items.
    const isAmbiguous = keyword.adds && yaml.isSeq(only) && !(parameters.length === 1);
    if (only && values.length === 1 && !isAmbiguous) {
      this.#remark(last, key, only);
      return only;
    }
    return this.#list(values.map((value, i) => this.#remark(kept[i], value, value)));
  }

  /** Blocks with names: by name, or as a list where that cannot be. */
  #named(keyword: Keyword<never>, group: readonly Branch[]): LibraryNode {
    const { inner, parameters } = keyword;
    const isSingle = parameters.length === 1 && !parameters[0]?.many;
    const titles = group.map(({ values }) => titleOf(values, isSingle));
    const areUnique = new Set(titles).size === titles.length;
    const isByName = areUnique && group.every(({ values }) => values.length > 0);
    if (inner?.kind === "keywords" && !isByName) {
      return this.#list(group.map((branch) => this.#withNames(keyword, branch)));
    }
    const map: Map = new yaml.YAMLMap();
    for (const [i, branch] of group.entries()) {
      const key = new yaml.Scalar(titles[i]);
      const content = this.#block(keyword, branch, undefined);
      this.#remark(branch, key, undefined);
      map.items.push(new yaml.Pair<LibraryNode, LibraryNode | null>(key, content));
    }
    return map;
  }

  #withNames({ inner, parameters }: Keyword<never>, branch: Branch): LibraryNode {
    const { children = [], values } = branch;
    const map = inner?.kind === "keywords"
      ? this.map(children, inner.vocabulary)
      : new yaml.YAMLMap();
    const names = parameterPairs(values, parameters);
    map.items.unshift(...(names as Map["items"]));
    return this.#remark(branch, map, map);
  }

  #block(keyword: Keyword<never>, branch: Branch, remarked: Branch | undefined): LibraryNode {
    const { inner } = keyword;
    const node = inner?.kind === "keywords"
      ? this.map(branch.children ?? [], inner.vocabulary)
      : this.#lines(keyword, branch.lines ?? []);
    return remarked ? this.#remark(remarked, node, node) : node;
  }

  #lines({ inner }: Keyword<never>, lines: readonly (readonly Word[])[]): LibraryNode {
    if (inner?.kind === "items") {
      return this.#list(lines.map((line) => {
        const node = itemMap(line, inner.grammar) ?? new yaml.Scalar(titleOf(line, false));
        return this.#remark(line, node, node);
      }));
    }
    const shape: Shape = inner?.kind === "words" ? inner.shape : { kind: "text" };
    return this.#list(lines.flatMap((line) =>
      line.map((word, i) => {
        const node = scalarNode(word.text, shape);
        return i === 0 ? this.#remark(line, node, node) : node;
      })
    ));
  }

  #list(nodes: readonly LibraryNode[]): YAMLSeq {
    const list = new yaml.YAMLSeq();
    list.items.push(...nodes);
    return list;
  }

  /** Puts the comments of a statement or an item before one node and behind another. */
  #remark<Node extends LibraryNode>(
    of: Branch | readonly Word[] | undefined,
    before: Node,
    behind: LibraryNode | undefined,
  ): Node {
    const remarks: Remarks | undefined = of && this.#remarked.get(of);
    if (!remarks) return before;
    const texts = [...remarks.before];
    if (remarks.behind !== undefined) {
      if (behind && yaml.isScalar(behind)) behind.comment = bare(remarks.behind);
      else texts.push(remarks.behind);
    }
    const comment = [before.commentBefore, ...texts.map(bare)].filter((text) =>
      typeof text === "string"
    );
    if (texts.length > 0) before.commentBefore = comment.join("\n");
    return before;
  }
}

/** A comment without its `#` or `!`. */
function bare(remark: string): string {
  return remark.replace(/^[#!]/, "") || " ";
}

/** Words as a text that is split into them again. */
function titleOf(words: readonly Word[], isSingle: boolean): string {
  if (isSingle) return words[0]?.text ?? "";
  return words.map(({ text }) => /[\s"]/.test(text) || text === "" ? `"${text}"` : text).join(" ");
}

/** The values of a keyword without a block. */
function valueNode(values: readonly Word[], parameters: readonly Parameter[]): LibraryNode {
  const [first, ...others] = values;
  if (!first) return new yaml.Scalar(true);
  const shapes = values.map((_, i) => (parameters[i] ?? parameters.at(-1))?.shape);
  const [shape] = shapes;
  const takesOne = parameters.length === 1 && !parameters[0]?.many;
  const isSplit = !takesOne && shape?.kind !== "command" && /[\s"]/.test(first.text);
  if (others.length === 0 && !isSplit) return scalarNode(first.text, shape);
  const list = new yaml.YAMLSeq();
  list.flow = true;
  list.items.push(...values.map(({ text }, i) => scalarNode(text, shapes[i])));
  return list;
}
