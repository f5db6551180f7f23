/**
 * The keyword table of the top level, and which word belongs to which block.
 *
 * @module
 */
import { BFD_INSTANCE, bfdBlock } from "./bfd_instance.ts";
import { quote } from "./diagnostic.ts";
import { type ConfigDraft, InstanceDraft } from "./drafts.ts";
import { givenBy } from "./given.ts";
import { GLOBAL_DEFS } from "./global_defs.ts";
import { GROUP_BLOCKS } from "./group_blocks.ts";
import { LVS_TABLES, lvsWords } from "./lvs/top_words.ts";
import { ROOT_WORDS } from "./root_words.ts";
import { STATIC_BLOCKS } from "./routing/route_blocks.ts";
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
  const { text } = name;
  if (text === "") {
    complaints.add("E210", name.place, "vrrp_instance needs a name");
    return undefined;
  }
  const other = instances.get(text);
  if (other) {
    const { line } = other.name.place;
    const message = `vrrp_instance ${
      quote(text)
    } is already defined at ${line.file}:${line.number}`;
    complaints.add("E209", name.place, message);
    return undefined;
  }
  const instance = new InstanceDraft(givenBy(name, text));
  instances.set(text, instance);
  return instance;
}

/** The table. */
export const TOP_LEVEL: Vocabulary<ConfigDraft> = {
  name: "the top level",
  keywords: {
    ...ROOT_WORDS,
    ...lvsWords<ConfigDraft>(),
    bfd_instance: bfdBlock<ConfigDraft>(),
    ...TRACKED_BLOCKS,
    ...GROUP_BLOCKS,
    ...STATIC_BLOCKS,
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
  [BFD_INSTANCE, "in bfd_instance"],
  ...LVS_TABLES,
];

/** Where a word belongs that a block does not know: `in global_defs`, say. */
export function belongsTo(word: string): string | undefined {
  return BLOCKS.find(([{ keywords }]) => Object.hasOwn(keywords, word))?.[1];
}
