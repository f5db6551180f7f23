/**
 * What YAML says, reduced to what a configuration needs: scalars, lists and maps, each with its
 * place. Anchors and merge keys are resolved, within bounds.
 *
 * @module
 */
import type { Place } from "../text.ts";

/** Text as it was written (without quotes), and what YAML takes it for. */
export interface Scalar {
  readonly kind: "scalar";
  readonly type: "string" | "number" | "boolean" | "null";
  readonly text: string;
  readonly place: Place;
}

/** A list. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly place: Place;
}

/** A map; its keys are unique, and in the order of the text. */
export interface Mapping {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  readonly place: Place;
}

/** A key with its value. */
export interface Entry {
  readonly key: Scalar;
  readonly value: Node;
}

/** Any value. */
export type Node = Scalar | List | Mapping;

/** What a value is, for messages. */
export function kindName(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  return node.type === "null" ? "nothing" : node.type === "string" ? "text" : `a ${node.type}`;
}
