/**
 * The JSON Schema of one value.
 *
 * @module
 */
import type { Shape } from "./shape.ts";

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** What any of the schemas allows. */
export function anyOf(schemas: readonly Schema[]): Schema {
  const seen = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  const [only] = seen.values();
  return only && seen.size === 1 ? only : { anyOf: [...seen.values()] };
}

/** Any text, also one that YAML takes for something else. */
export function scalarSchema(): Schema {
  return { type: ["string", "number", "boolean"] };
}

/** What a value of a shape looks like in YAML; numbers may be texts, too. */
export function shapeSchema(shape: Shape): Schema {
  switch (shape.kind) {
    case "integer": {
      const { min: minimum, max: maximum } = shape;
      const sign = minimum < 0 ? "[+-]?" : "\\+?";
      const pattern = shape.base === "any"
        ? `^${sign}(0[xX][0-9a-fA-F]+|[0-9]+)$`
        : `^${sign}[0-9]+$`;
      return { type: ["integer", "string"], minimum, maximum, pattern };
    }
    case "time": {
      const { unit, min: minimum, max: maximum } = shape;
      return {
        description: `In ${unit}, or with a unit: 100ms, 1.5s, 2m.`,
        type: ["number", "string"],
        minimum,
        maximum,
        pattern: "^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)(us|ms|s|m|min|h)?$",
      };
    }
    case "boolean":
      return { enum: [true, false, "true", "on", "yes", "false", "off", "no"] };
    case "choice": {
      const numbers = shape.words.filter((word) => /^\d+$/.test(word)).map(Number);
      const booleans = shape.words.filter((word) => /^(true|false)$/.test(word));
      return { enum: [...shape.words, ...numbers, ...booleans.map((word) => word === "true")] };
    }
    case "address":
    case "prefix":
      return { type: "string", pattern: addressPattern(shape) };
    case "interface":
      return { type: ["string", "integer"], pattern: "^[^/:\\s]+$", maxLength: 15 };
    case "text":
      return shape.what === undefined
        ? scalarSchema()
        : { ...scalarSchema(), description: shape.what };
    case "reference":
      return { ...scalarSchema(), description: `The name of a ${shape.to}.` };
    case "command":
      return { ...scalarSchema(), description: "A command with its arguments." };
    case "anyOf":
      return anyOf(shape.shapes.map(shapeSchema));
  }
}

function addressPattern({ family }: { readonly family?: 4 | 6 }): string {
  const [four, six] = ["[0-9.]+", "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"];
  const address = family === 4 ? four : family === 6 ? six : `(${four}|${six})`;
  return `^${address}(/[0-9]+)?$`;
}
