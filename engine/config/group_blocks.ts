/**
 * Blocks of groups and of interfaces: `vrrp_sync_group`, `track_group`, `garp_group`,
 * `interface_up_down_delays`, `linkbeat_interfaces`.
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import type { ConfigDraft, GarpGroupDraft, GroupDraft, TrackGroupDraft } from "./drafts.ts";
import { script } from "./script_keyword.ts";
import { optional, required, text } from "./shape.ts";
import { trackBlocks } from "./track_line.ts";
import { interfaceName, oneOf, secondsAsUs, someText } from "./values.ts";
import {
  adding,
  block,
  type Context,
  flag,
  items,
  type Keyword,
  one,
  renamed,
  type Statement,
  toggle,
  type Vocabulary,
  wordList,
} from "./vocabulary.ts";
import type { Word } from "./words.ts";

const GAP_US = { min: 1, max: 1_000_000_000 };
/** 255 s. */
const DELAY_US_MAX = 255_000_000;
const US_PER_MS = 1_000;

type Event = "master" | "backup" | "fault" | "stop" | "any";

function notify(doc: string, event: Event): Keyword<GroupDraft> {
  return script(doc, ({ scripts }, { value, place }, { complaints }) => {
    if (scripts[event]) complaints.add("W403", place, "a second script of that kind is ignored");
    else scripts[event] = value;
  });
}

const tracksWeights = flag<GroupDraft, true>(
  "Weights of the members and of the group act; otherwise only faults do.",
  true,
  (draft, { value }) => draft.tracksWeights = value,
);

const SYNC_GROUP: Vocabulary<GroupDraft> = {
  name: "vrrp_sync_group",
  keywords: {
    group: wordList("Names of the instances.", someText, ({ members }, given, { complaints }) => {
      if (members.some(({ value }) => value === given.value)) {
        complaints.add("W406", given.place, `${quote(given.value)} is a member already`);
      } else members.push(given);
    }),
    ...trackBlocks<GroupDraft>(),
    notify_master: notify("A program that is run when the group becomes MASTER.", "master"),
    notify_backup: notify("A program that is run when the group becomes BACKUP.", "backup"),
    notify_fault: notify("A program that is run when the group becomes FAULT.", "fault"),
    notify_stop: notify("A program that is run when stayd stops.", "stop"),
    notify: notify("A program that is run at each change, with four arguments.", "any"),
    smtp_alert: toggle("Mails about changes.", (draft, { value }) => draft.mails = value),
    sync_group_tracking_weight: tracksWeights,
    global_tracking: renamed("sync_group_tracking_weight", tracksWeights),
    notify_priority_changes: toggle(
      "Changes of members' priorities are events unless they say.",
      (draft, { value }) => draft.notifiesPriorityChanges = value,
    ),
  },
};

function openGroup(
  { groups }: ConfigDraft,
  { values: [name] }: Statement,
  { complaints }: Context,
): GroupDraft | undefined {
  if (!name) return undefined;
  if (name.text === "") {
    complaints.add("E210", name.place, "vrrp_sync_group needs a name");
    return undefined;
  }
  if (groups.has(name.text)) {
    complaints.add("E209", name.place, `vrrp_sync_group ${quote(name.text)} is defined twice`);
    return undefined;
  }
  const group = {
    at: { value: name.text, place: name.place },
    members: [],
    tracks: [],
    scripts: {},
  };
  groups.set(name.text, group);
  return group;
}

const TRACK_GROUP: Vocabulary<TrackGroupDraft> = {
  name: "track_group",
  keywords: {
    group: wordList(
      "Instances that watch the interfaces of static entries with this group.",
      someText,
      ({ instances }, given) => instances.push(given),
    ),
  },
};

function openTrackGroup(
  { trackGroups }: ConfigDraft,
  { values: [name] }: Statement,
  { complaints }: Context,
): TrackGroupDraft | undefined {
  if (!name) return undefined;
  if (trackGroups.has(name.text)) {
    complaints.add("E209", name.place, `track_group ${quote(name.text)} is defined twice`);
    return undefined;
  }
  const group = { at: { value: name.text, place: name.place }, instances: [] };
  trackGroups.set(name.text, group);
  return group;
}

const GARP_GROUP: Vocabulary<GarpGroupDraft> = {
  name: "garp_group",
  keywords: {
    garp_interval: one(
      "Least gap in seconds between two gratuitous ARPs on all of the interfaces together.",
      secondsAsUs(GAP_US.min, GAP_US.max),
      (draft, { value }) => draft.arpIntervalUs = value,
    ),
    gna_interval: one(
      "The same for unsolicited Neighbor Advertisements.",
      secondsAsUs(GAP_US.min, GAP_US.max),
      (draft, { value }) => draft.neighborIntervalUs = value,
    ),
    interface: adding(one("An interface.", interfaceName, ({ interfaces }, given) => {
      interfaces.push(given);
    })),
    interfaces: wordList("Interfaces.", interfaceName, ({ interfaces }, given) => {
      interfaces.push(given);
    }),
  },
};

const DELAY_SHAPE = { kind: "time", unit: "s", min: 0, max: 255, digits: 6 } as const;

function addDelay(
  { delays }: ConfigDraft,
  [name, down, up, surplus]: readonly Word[],
  { complaints }: Context,
): void {
  if (!name) return;
  const link = interfaceName(name, complaints);
  if (!down) return complaints.add("E208", name.place, "a delay needs a number of seconds");
  if (surplus) complaints.add("W207", surplus.place, `${quote(surplus.text)} is ignored`);
  const read = secondsAsUs(0, DELAY_US_MAX);
  const downUs = read(down, complaints);
  const upUs = up ? read(up, complaints) : 0;
  if (link === undefined || downUs === undefined || upUs === undefined) return;
  const value = { interface: link, downMs: downUs / US_PER_MS, upMs: upUs / US_PER_MS };
  delays.push({ value, place: name.place });
}

const METHODS = { MII: "mii", ETHTOOL: "ethtool", IOCTL: "ioctl" } as const;

function addLinkbeat(
  { linkbeats }: ConfigDraft,
  [name, how, surplus]: readonly Word[],
  { complaints }: Context,
): void {
  if (!name) return;
  const link = interfaceName(name, complaints);
  if (surplus) complaints.add("W207", surplus.place, `${quote(surplus.text)} is ignored`);
  const method = how && oneOf<"mii" | "ethtool" | "ioctl">(METHODS)(how, complaints);
  if (link === undefined || (how && method === undefined)) return;
  linkbeats.push({
    value: { interface: link, ...(method && { method }) },
    place: name.place,
  });
}

/** The words of the top level. */
export const GROUP_BLOCKS: Readonly<Record<string, Keyword<ConfigDraft>>> = {
  vrrp_sync_group: {
    ...block(
      "Instances that are master together or not at all.",
      [required("name", text())],
      SYNC_GROUP,
      openGroup,
    ),
    isLandmark: true,
  },
  track_group: block(
    "Instances that watch the interfaces of static entries.",
    [required("name", text())],
    TRACK_GROUP,
    openTrackGroup,
  ),
  garp_group: adding(block(
    "Interfaces that share the least gaps between announcements.",
    [],
    GARP_GROUP,
    ({ garpGroups }: ConfigDraft, { keyword: { place } }) => {
      const group = { place, interfaces: [] };
      garpGroups.push(group);
      return group;
    },
  )),
  interface_up_down_delays: {
    ...items<ConfigDraft>(
      "How many seconds changes of an interface must last to count.",
      {
        parameters: [
          required("interface", { kind: "interface" }),
          required("down", DELAY_SHAPE),
          optional("up", DELAY_SHAPE),
        ],
        options: {},
      },
      (draft) => ({
        accepts: () => true,
        add: (words, context) => addDelay(draft, words, context),
      }),
    ),
    isLandmark: true,
  },
  linkbeat_interfaces: {
    ...items<ConfigDraft>(
      "Interfaces whose link state is asked for every second.",
      {
        parameters: [
          required("interface", { kind: "interface" }),
          optional("method", { kind: "choice", words: Object.keys(METHODS) }),
        ],
        options: {},
      },
      (draft) => ({
        accepts: () => true,
        add: (words, context) => addLinkbeat(draft, words, context),
      }),
    ),
    isLandmark: true,
  },
};
