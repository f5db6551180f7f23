/**
 * The keyword table of the top level, and which word belongs to which block.
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import { type ConfigDraft, emptyInstance, type InstanceDraft } from "./drafts.ts";
import { GLOBAL_DEFS } from "./global_defs.ts";
import { INACTIVE_AT_TOP_LEVEL, inactiveKeywords } from "./known_words.ts";
import { GROUP_BLOCKS } from "./group_blocks.ts";
import { ROOT_WORDS } from "./root_words.ts";
import { required, text } from "./shape.ts";
import { TRACKED_BLOCKS } from "./tracked.ts";
import { adding, block, type Context, type Statement, type Vocabulary } from "./vocabulary.ts";
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
  const instance = emptyInstance({ value: text, place });
  instances.set(text, instance);
  return instance;
}

/** The table. */
export const TOP_LEVEL: Vocabulary<ConfigDraft> = {
  name: "the top level",
  keywords: {
    ...inactiveKeywords<ConfigDraft>(INACTIVE_AT_TOP_LEVEL),
    ...ROOT_WORDS,
    ...TRACKED_BLOCKS,
    ...GROUP_BLOCKS,
    global_defs: {
      ...adding(
        block(
          "What holds for the whole daemon.",
          [],
          GLOBAL_DEFS,
          ({ global }: ConfigDraft) => global,
        ),
      ),
      isLandmark: true,
    },
    vrrp_instance: {
      ...block("One virtual router.", [required("name", text())], VRRP_INSTANCE, openInstance),
      isLandmark: true,
    },
  },
};

const BLOCKS: readonly (readonly [Vocabulary<never>, string])[] = [
  [TOP_LEVEL, "outside all blocks"],
  [GLOBAL_DEFS, "in global_defs"],
  [VRRP_INSTANCE, "in vrrp_instance"],
];

/** Where a word belongs that a block does not know: `in global_defs`, say. */
export function belongsTo(word: string): string | undefined {
  return BLOCKS.find(([{ keywords }]) => Object.hasOwn(keywords, word))?.[1];
}
