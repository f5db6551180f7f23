/**
 * The keyword table of the top level, and which word belongs to which block.
 *
 * @module
 */
import { BFD_INSTANCE, bfdBlock } from "./bfd_instance.ts";
import { quote } from "./diagnostic.ts";
import type { ConfigDraft, InstanceDraft } from "./drafts.ts";
import { GLOBAL_DEFS } from "./global_defs.ts";
import { INACTIVE_AT_TOP_LEVEL, inactiveKeywords } from "./known_words.ts";
import { LVS_TABLES, lvsWords } from "./lvs/top_words.ts";
import { many, required, text } from "./shape.ts";
import { block, type Context, type Statement, values, type Vocabulary } from "./vocabulary.ts";
import { VRRP_INSTANCE } from "./vrrp_instance.ts";

function openInstance(
  { instances }: ConfigDraft,
  { values: [name] }: Statement,
  { complaints }: Context,
): InstanceDraft | undefined {
  if (!name) return undefined;
  const { text, place } = name;
  if (text === "") {
    complaints.add("E210", place, "vrrp_instance needs a name");
    return undefined;
  }
  const other = instances.get(text);
  if (other) {
    const { line } = other.name.place;
    const message = `vrrp_instance ${
      quote(text)
    } is already defined at ${line.file}:${line.number}`;
    complaints.add("E209", place, message);
    return undefined;
  }
  const instance: InstanceDraft = {
    name: { value: text, place },
    mentioned: new Set(),
    garp: {},
    addresses: [],
    excluded: [],
    peers: [],
  };
  instances.set(text, instance);
  return instance;
}

/** The table. */
export const TOP_LEVEL: Vocabulary<ConfigDraft> = {
  name: "the top level",
  keywords: {
    ...inactiveKeywords<ConfigDraft>(INACTIVE_AT_TOP_LEVEL),
    ...lvsWords<ConfigDraft>(),
    bfd_instance: bfdBlock<ConfigDraft>(),
    global_defs: {
      ...block("", [], GLOBAL_DEFS, ({ global }: ConfigDraft) => global),
      isLandmark: true,
    },
    vrrp_instance: {
      ...block("", [required("name", text())], VRRP_INSTANCE, openInstance),
      isLandmark: true,
    },
    net_namespace: values(
      "",
      [many("values", text())],
      (_, { keyword: { place } }, { complaints }) => {
        const message =
          "keyword 'net_namespace' is not supported in this version: the addresses would " +
          "be put into the wrong namespace";
        complaints.add("E502", place, message, "ip netns exec NAME stayd");
      },
    ),
  },
};

const BLOCKS: readonly (readonly [Vocabulary<never>, string])[] = [
  [TOP_LEVEL, "outside all blocks"],
  [GLOBAL_DEFS, "in global_defs"],
  [VRRP_INSTANCE, "in vrrp_instance"],
  [BFD_INSTANCE, "in bfd_instance"],
  ...LVS_TABLES,
];

/** Where a word belongs that a block does not know: `in global_defs`, say. */
export function belongsTo(word: string): string | undefined {
  return BLOCKS.find(([{ keywords }]) => Object.hasOwn(keywords, word))?.[1];
}
