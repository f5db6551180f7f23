/**
 * The JSON Schema (draft 2020-12) of configurations in YAML or JSON, made from the vocabulary, so
 * that editors complete and check them. It says what a value looks like, not what values go
 * together.
 *
 * @module
 */
import type { Grammar, Parameter } from "./shape.ts";
import { anyOf, scalarSchema, type Schema, shapeSchema } from "./shape_schema.ts";
import type { Inner, Keyword, Vocabulary } from "./vocabulary.ts";

const NOTHING: Schema = { type: "null" };
const INCLUDE: Schema = {
  description: "Files, or shell patterns of files, whose keywords are read here.",
  anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
};

/** The schema of a whole file. */
export function jsonSchema(vocabulary: Vocabulary<never>): Schema {
  const maker = new Maker();
  const { properties } = maker.block(vocabulary);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of stayd",
    type: ["object", "null"],
    properties: { include: INCLUDE, ...properties as object },
    patternProperties: { "^x-": { description: "Not read: a place for anchors." } },
    additionalProperties: false,
    $defs: Object.fromEntries(maker.definitions),
  };
}

class Maker {
  readonly definitions = new Map<string, Schema>();
  readonly #names = new Map<Vocabulary<never>, string>();

  /** The keywords of a block, open to further ones. */
  block({ keywords }: Vocabulary<never>): Schema {
    const properties = Object.entries(keywords).map(([word, keyword]) =>
      [word, { ...about(keyword), ...this.#keyword(keyword) }] as const
    );
    return { properties: Object.fromEntries(properties) };
  }

  #keyword({ inner, parameters, adds }: Keyword<never>): Schema {
    if (!inner) {
      const value = valueSchema(parameters);
      return adds ? anyOf([value, { type: "array", items: value }]) : value;
    }
    const content = this.#content(inner);
    if (parameters.length > 0) return this.#named(inner, parameters, content);
    const isList = adds && inner.kind === "keywords";
    return anyOf([content, ...isList ? [{ type: "array", items: content }] : []]);
  }

  /** By name; and as a list, in which the values before the block are keys, too. */
  #named(inner: Inner, parameters: readonly Parameter[], content: Schema): Schema {
    const byName = { type: "object", additionalProperties: content };
    if (inner.kind !== "keywords") return anyOf([byName, NOTHING]);
    const item = {
      type: "object",
      $ref: this.#reference(inner.vocabulary),
      ...namesSchema(parameters),
      unevaluatedProperties: false,
    };
    return anyOf([byName, { type: "array", items: item }, NOTHING]);
  }

  #content(inner: Inner): Schema {
    if (inner.kind === "keywords") {
      const $ref = this.#reference(inner.vocabulary);
      return { type: ["object", "null"], $ref, unevaluatedProperties: false };
    }
    const item = inner.kind === "items" ? itemSchema(inner.grammar) : shapeSchema(inner.shape);
    return anyOf([{ type: "array", items: item }, item, { type: "string" }, NOTHING]);
  }

  #reference(vocabulary: Vocabulary<never>): string {
    const known = this.#names.get(vocabulary);
    if (known !== undefined) return `#/$defs/${known}`;
    let name = vocabulary.name.replaceAll(/\W/g, "_");
    for (let n = 2; this.definitions.has(name); n++) {
      name = `${name.replace(/_\d+$/, "")}_${n}`;
    }
    this.#names.set(vocabulary, name);
    this.definitions.set(name, {}); // Taken, while what stands in it is looked at.
    this.definitions.set(name, this.block(vocabulary));
    return `#/$defs/${name}`;
  }
}

/** What people should know. */
function about({ doc, status }: Keyword<never>): Schema {
  const more = status.kind === "renamed"
    ? `Old name of ${status.to}.`
    : status.kind === "noEffect"
    ? `No effect: ${status.why}.`
    : "";
  const description = [doc, more].filter((text) => text !== "").join(" ");
  return {
    ...(description === "" ? {} : { description }),
    ...(status.kind === "renamed" ? { deprecated: true } : {}),
  };
}

/** What may stand behind a keyword or an option. */
function valueSchema(parameters: readonly Parameter[]): Schema {
  const [first] = parameters;
  if (!first) return { enum: [true, false, null] };
  const least = parameters.filter(({ optional }) => !optional).length;
  const takesOne = parameters.length === 1 && !first.many;
  const mayBeAbsent: Schema[] = least === 0 ? [{ enum: [true, false, null] }] : [];
  const single = least <= 1 ? [shapeSchema(first.shape)] : [];
  const list = {
    type: "array",
    prefixItems: parameters.map(({ shape }) => shapeSchema(shape)),
    items: parameters.at(-1)?.many ? shapeSchema(parameters.at(-1)?.shape ?? first.shape) : false,
    minItems: least,
  };
  if (takesOne) return anyOf([...single, ...mayBeAbsent, { ...list, maxItems: 1 }]);
  const map = { type: "object", ...namesSchema(parameters), additionalProperties: false };
  return anyOf([...single, ...mayBeAbsent, { type: "string" }, list, map]);
}

/** Values by their names. */
function namesSchema(parameters: readonly Parameter[]): Schema {
  const properties = parameters.map(({ name, shape, many }) => {
    const one = shapeSchema(shape);
    return [name, many ? anyOf([one, { type: "array", items: one }]) : one] as const;
  });
  return {
    properties: Object.fromEntries(properties),
    required: parameters.filter(({ optional }) => !optional).map(({ name }) => name),
  };
}

/** A line of a block of items: as a text, or as a map. */
function itemSchema({ parameters, options }: Grammar): Schema {
  const names = namesSchema(parameters);
  const optionSchemas = Object.entries(options).map(([word, parameters]) => {
    const value = valueSchema(parameters);
    const isRepeated = parameters.length === 1;
    return [word, isRepeated ? anyOf([value, { type: "array", items: value }]) : value] as const;
  });
  const map = {
    type: "object",
    ...names,
    properties: { ...names.properties as object, ...Object.fromEntries(optionSchemas) },
    additionalProperties: false,
  };
  return anyOf([scalarSchema(), map]);
}
