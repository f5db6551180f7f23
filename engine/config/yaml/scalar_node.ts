/**
 * Words as YAML scalars.
 *
 * @module
 */
import type { Node as LibraryNode, Pair } from "yaml";
import type { Parameter, Shape } from "../shape.ts";
import type { Word } from "../words.ts";
import { yaml } from "./library.ts";

/** The values before a block, as keys in it. */
export function parameterPairs(
  values: readonly Word[],
  parameters: readonly Parameter[],
): Pair<LibraryNode, LibraryNode>[] {
  return parameters.slice(0, values.length).map(({ name, shape, many }, i) => {
    const own = many ? values.slice(i) : values.slice(i, i + 1);
    const nodes = own.map(({ text }) => scalarNode(text, shape));
    const list = new yaml.YAMLSeq();
    list.flow = true;
    list.items.push(...nodes);
    return new yaml.Pair<LibraryNode, LibraryNode>(
      new yaml.Scalar(name),
      nodes.length === 1 && nodes[0] ? nodes[0] : list,
    );
  });
}

/** A word as a scalar that is read as that word again. */
export function scalarNode(text: string, shape: Shape | undefined): LibraryNode {
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return new yaml.Scalar(Number(text));
  if (shape?.kind === "boolean" && /^(true|false)$/.test(text)) {
    return new yaml.Scalar(text === "true");
  }
  return new yaml.Scalar(text);
}
