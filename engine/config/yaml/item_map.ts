/**
 * An item, `192.0.2.1/24 dev eth0`, as a map: `{address: 192.0.2.1/24, dev: eth0}`.
 *
 * @module
 */
import type { Node as LibraryNode } from "yaml";
import type { Grammar } from "../shape.ts";
import type { Word } from "../words.ts";
import { yaml } from "./library.ts";
import { parameterPairs, scalarNode } from "./scalar_node.ts";

/** The map, or a scalar if one says it all; undefined if the line cannot be such a map. */
export function itemMap(line: readonly Word[], grammar: Grammar): LibraryNode | undefined {
  const { parameters, options } = grammar;
  const isOption = ({ text }: Word) => Object.hasOwn(options, text);
  const firstOption = line.findIndex((word, i) => i > 0 && isOption(word));
  const values = firstOption < 0 ? line : line.slice(0, firstOption);
  const least = parameters.filter(({ optional }) => !optional).length;
  if (values.length < least || (!parameters.at(-1)?.many && values.length > parameters.length)) {
    return undefined;
  }
  const [only] = line;
  if (only && line.length === 1 && !/[\s"]/.test(only.text)) {
    return scalarNode(only.text, parameters[0]?.shape);
  }
  const map = new yaml.YAMLMap<LibraryNode, LibraryNode>();
  map.flow = true;
  map.items.push(...parameterPairs(values, parameters));
  for (let i = values.length; i < line.length;) {
    const word = line[i++];
    const option = word && isOption(word) ? options[word.text] : undefined;
    if (!word || !option || option.length > 1 || map.has(word.text)) return undefined;
    const [parameter] = option;
    const value = parameter ? line[i++] : undefined;
    if (parameter && (!value || parameter.optional || parameter.many)) return undefined;
    map.items.push(
      new yaml.Pair<LibraryNode, LibraryNode>(
        new yaml.Scalar(word.text),
        value ? scalarNode(value.text, parameter?.shape) : new yaml.Scalar(true),
      ),
    );
  }
  return map;
}
