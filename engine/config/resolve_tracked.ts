/**
 * Objects that can be tracked, and groups, with their defaults and checks.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import type { SyncGroupConfig } from "../../machines/group_config.ts";
import type { Track } from "../../machines/track.ts";
import type {
  GarpGroupConfig,
  LinkbeatConfig,
  TrackFileConfig,
  TrackGroupConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from "../../machines/track_config.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import type {
  ConfigDraft,
  GarpGroupDraft,
  GroupDraft,
  TrackFileDraft,
  TrackLine,
  TrackProcessDraft,
  VrrpScriptDraft,
} from "./drafts.ts";
import type { Given } from "./given.ts";
import { nearestWord } from "./nearest_word.ts";

const INTERVAL_MS = 1_000;
/** A file's number counts as it is. */
const FILE_WEIGHT = 1;
const PRIORITY_OWNER = 255;

/** What this module makes of a configuration. */
type TrackedConfig = Pick<
  Config,
  | "vrrpScripts"
  | "trackProcesses"
  | "trackFiles"
  | "trackGroups"
  | "interfaceDelays"
  | "linkbeats"
  | "garpGroups"
  | "syncGroups"
>;

/** Everything of these kinds. */
export function resolveTracked(
  draft: ConfigDraft,
  complaints: Complaints,
): TrackedConfig {
  return {
    vrrpScripts: [...draft.scripts.values()].flatMap((each) => scriptOf(each, complaints)),
    trackProcesses: [...draft.processes.values()].flatMap((each) => processOf(each, complaints)),
    trackFiles: [...draft.files.values()].flatMap((each) => fileOf(each, complaints)),
    trackGroups: trackGroups(draft, complaints),
    interfaceDelays: draft.delays.map(({ value }) => value),
    linkbeats: linkbeats(draft),
    garpGroups: garpGroups(draft.garpGroups, complaints),
    syncGroups: syncGroups(draft, complaints),
  };
}

function linkbeats({ linkbeats, instances }: ConfigDraft): LinkbeatConfig[] {
  const named = linkbeats.map(({ value }) => value);
  const others = new Set(
    [...instances.values()].flatMap(({ pollsLink, interface: link }) =>
      pollsLink && link && !named.some((each) => each.interface === link.value) ? [link.value] : []
    ),
  );
  return [...named, ...Array.from(others, (link) => ({ interface: link }))];
}

function scriptOf(draft: VrrpScriptDraft, complaints: Complaints): VrrpScriptConfig[] {
  const { at, script, intervalMs = INTERVAL_MS } = draft;
  if (!script) {
    complaints.add("E401", at.place, `vrrp_script ${at.value} needs a script`);
    return [];
  }
  const { timeoutMs = intervalMs, weight = 0, reversed = false, rise = 1, fall = 1 } = draft;
  return [{
    name: at.value,
    script,
    intervalMs,
    timeoutMs,
    weight,
    reversed,
    rise,
    fall,
    startsFailed: draft.startsFailed ?? false,
    ...(draft.runAs && { runAs: draft.runAs }),
  }];
}

function processOf(draft: TrackProcessDraft, complaints: Complaints): TrackProcessConfig[] {
  const { at, command, quorumMax } = draft;
  if (!command) {
    complaints.add("E401", at.place, `vrrp_track_process ${at.value} needs a process`);
    return [];
  }
  const quorum = quorumMax === 0 ? 0 : draft.quorum ?? 1;
  const isUpsideDown = quorumMax !== undefined && quorumMax < quorum;
  if (isUpsideDown) {
    complaints.add("W403", at.place, `quorum_max ${quorumMax} is below the quorum: ignored`);
  }
  return [{
    name: at.value,
    command,
    ...(draft.arguments && { arguments: draft.arguments }),
    weight: draft.weight ?? 0,
    reversed: draft.reversed ?? false,
    quorum,
    ...(quorumMax !== undefined && !isUpsideDown && { quorumMax }),
    terminateDelayMs: draft.terminateDelayMs ?? 0,
    forkDelayMs: draft.forkDelayMs ?? 0,
    fullCommand: draft.fullCommand ?? false,
  }];
}

function fileOf(draft: TrackFileDraft, complaints: Complaints): TrackFileConfig[] {
  const { at, path } = draft;
  if (path === undefined) {
    complaints.add("E401", at.place, `track_file ${at.value} needs a file`);
    return [];
  }
  return [{
    name: at.value,
    path,
    weight: draft.weight ?? FILE_WEIGHT,
    reversed: draft.reversed ?? false,
    ...(draft.initial && { initial: draft.initial }),
  }];
}

/** Names that are instances; the others are complained about. */
function knownInstances(
  names: readonly Given<string>[],
  { instances }: ConfigDraft,
  complaints: Complaints,
): string[] {
  return names.flatMap(({ value, place }) => {
    if (instances.has(value)) return [value];
    const nearest = nearestWord(value, [...instances.keys()]);
    const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
    complaints.add("E411", place, `there is no vrrp_instance ${quote(value)}`, hint);
    return [];
  });
}

function trackGroups(draft: ConfigDraft, complaints: Complaints): TrackGroupConfig[] {
  return [...draft.trackGroups.values()].flatMap(({ at, instances }) => {
    if (instances.length === 0) {
      complaints.add("E401", at.place, `track_group ${at.value} needs a group of instances`);
      return [];
    }
    const known = knownInstances(instances, draft, complaints);
    return known.length === 0 ? [] : [{ name: at.value, instances: known }];
  });
}

function garpGroups(drafts: readonly GarpGroupDraft[], complaints: Complaints): GarpGroupConfig[] {
  const taken = new Set<string>();
  return drafts.flatMap(({ place, interfaces, arpIntervalUs, neighborIntervalUs }) => {
    if (arpIntervalUs === undefined && neighborIntervalUs === undefined) {
      complaints.add("E401", place, "garp_group needs a garp_interval or a gna_interval");
      return [];
    }
    const own = interfaces.flatMap((given) => {
      if (!taken.has(given.value)) {
        taken.add(given.value);
        return [given.value];
      }
      complaints.add("W406", given.place, `${quote(given.value)} is in a garp_group already`);
      return [];
    });
    return [{
      interfaces: own,
      ...(arpIntervalUs !== undefined && { arpIntervalUs }),
      ...(neighborIntervalUs !== undefined && { neighborIntervalUs }),
    }];
  });
}

function syncGroups(draft: ConfigDraft, complaints: Complaints): SyncGroupConfig[] {
  const groupOf = new Map<string, string>();
  return [...draft.groups.values()].flatMap((group) => {
    const { at, members } = group;
    if (members.length === 0) {
      complaints.add("E401", at.place, `vrrp_sync_group ${at.value} needs a group of instances`);
      return [];
    }
    const own = knownInstances(members, draft, complaints).filter((name) => {
      const other = groupOf.get(name);
      const place = members.find(({ value }) => value === name)?.place ?? at.place;
      if (other !== undefined) {
        complaints.add("E412", place, `${quote(name)} is in vrrp_sync_group ${other} already`);
      } else groupOf.set(name, at.value);
      return other === undefined;
    });
    if (own.length === 1) {
      complaints.add("W407", at.place, `vrrp_sync_group ${at.value} has one member only`);
    }
    return own.length === 0 ? [] : [syncGroup(group, own, draft, complaints)];
  });
}

function syncGroup(
  { at, tracks, scripts, ...group }: GroupDraft,
  members: readonly string[],
  draft: ConfigDraft,
  complaints: Complaints,
): SyncGroupConfig {
  warnOfMixedOwners(members, at, draft, complaints);
  return {
    name: at.value,
    members,
    tracks: resolveTracks(tracks, draft, complaints),
    tracksWeights: group.tracksWeights ?? false,
    scripts,
    mails: group.mails ?? draft.global.mail.vrrp ?? draft.global.mails ?? false,
    notifiesPriorityChanges: group.notifiesPriorityChanges ??
      draft.global.notifications.priorityChanges ?? false,
  };
}

function warnOfMixedOwners(
  members: readonly string[],
  at: Given<string>,
  { instances }: ConfigDraft,
  complaints: Complaints,
): void {
  const owners = members.filter((name) => {
    const instance = instances.get(name);
    return instance?.priority?.value === PRIORITY_OWNER ||
      (!instance?.priority && instance?.state?.value === "MASTER");
  });
  if (owners.length === 0 || owners.length === members.length) return;
  const message =
    `vrrp_sync_group ${at.value} has an address owner (${owners[0]}) beside others: ` +
    "all start as BACKUP";
  complaints.add("W403", at.place, message);
}

/** Lines of `track_…` blocks with the weights of what they name; unknown names are errors. */
export function resolveTracks(
  lines: readonly Given<TrackLine>[],
  draft: ConfigDraft,
  complaints: Complaints,
): Track[] {
  return lines.flatMap(({ value, place }) => {
    const { kind, name } = value;
    const object = kind === "interface"
      ? { weight: 0, reversed: false }
      : objectOf(kind, name, draft);
    if (!object) {
      complaints.add("E411", place, `there is no ${kind} ${quote(name)} to track`);
      return [];
    }
    const { weight = kind === "file" ? FILE_WEIGHT : 0, reversed = false } = object;
    return [{ kind, name, weight: value.weight ?? weight, reversed: value.reversed ?? reversed }];
  });
}

function objectOf(
  kind: "script" | "file" | "process" | "bfd",
  name: string,
  { scripts, files, processes, bfdSessions }: ConfigDraft,
): { weight?: number; reversed?: boolean } | undefined {
  switch (kind) {
    case "script":
      return scripts.get(name);
    case "file":
      return files.get(name);
    case "process":
      return processes.get(name);
    case "bfd":
      return bfdSessions.get(name);
  }
}

/**
 * Instances with the names and tracks of their groups. Where the group does not let weights act,
 * weighted objects count for nothing, and weighted interfaces as faults, as in keepalived. Owners
 * beside others start as backups.
 */
export function joinGroups(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly SyncGroupConfig[],
): VrrpInstanceConfig[] {
  const byMember = new Map(groups.flatMap((group) => group.members.map((name) => [name, group])));
  const owners = new Set(
    instances.filter(({ initialRole }) => initialRole === "active").map(({ name }) => name),
  );
  return instances.map((instance) => {
    const group = byMember.get(instance.name);
    if (!group) return instance;
    const known = new Set(group.tracks.map(({ kind, name }) => `${kind} ${name}`));
    const own = instance.tracks.filter(({ kind, name }) => !known.has(`${kind} ${name}`));
    const all = [...own, ...group.tracks];
    const startsActive = group.members.every((name) => owners.has(name));
    return {
      ...instance,
      syncGroup: group.name,
      tracks: group.tracksWeights ? all : all.flatMap(withoutWeight),
      initialRole: startsActive ? instance.initialRole : "backup",
    };
  });
}

function withoutWeight(track: Track): Track[] {
  if (track.kind === "interface") return [{ ...track, weight: 0 }];
  if (track.weight === 0) return [track];
  return track.kind === "file" && track.weight === FILE_WEIGHT ? [{ ...track, weight: 0 }] : [];
}
