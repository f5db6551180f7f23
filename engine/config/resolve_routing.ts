/**
 * Routes and rules of instances, and static entries.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import type { RouteConfig, StaticEntry } from "../../machines/route_config.ts";
import type { Track } from "../../machines/track.ts";
import type { TrackGroupConfig } from "../../machines/track_config.ts";
import { quote } from "./diagnostic.ts";
import type { ConfigDraft, InstanceDraft } from "./drafts.ts";
import type { Given } from "./given.ts";
import { nearestWord } from "./nearest_word.ts";
import type { LineContext } from "./routing/option_line.ts";
import { readRouteLine } from "./routing/route_line.ts";
import { readRuleLine, type RulePriorities } from "./routing/rule_line.ts";
import type { Place } from "./text.ts";

/** What lines are read with. */
export interface RoutingContext extends LineContext {
  readonly priorities: RulePriorities;
}

/** What an instance has of them. */
export function resolveRouting(
  { routes, rules }: InstanceDraft,
  context: RoutingContext,
): Pick<VrrpInstanceConfig, "routes" | "rules"> {
  return {
    routes: routes.flatMap((words) => readRouteLine(words, false, context)?.route ?? []),
    rules: rules.flatMap((words) =>
      readRuleLine(words, false, context.priorities, context)?.rule ?? []
    ),
  };
}

/** What is there all the time. */
export function resolveStatics(
  draft: ConfigDraft,
  context: RoutingContext,
): Pick<Config, "staticAddresses" | "staticRoutes" | "staticRules"> {
  return {
    staticAddresses: staticAddresses(draft, context),
    staticRoutes: draft.staticRoutes.flatMap((words) => {
      const line = readRouteLine(words, true, context);
      if (!line) return [];
      return {
        ...line.route,
        ...watched(line.trackGroup, hasInterface(line.route), draft, context),
      };
    }),
    staticRules: draft.staticRules.flatMap((words) => {
      const line = readRuleLine(words, true, context.priorities, context);
      if (!line) return [];
      const { rule, trackGroup } = line;
      return { ...rule, ...watched(trackGroup, rule.inputInterface !== undefined, draft, context) };
    }),
  };
}

/**
 * Instances that track the interfaces of the static entries of their track groups: without them the
 * instance is in fault. Interfaces that it tracks anyway are left as they are.
 */
export function watchStatics(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly TrackGroupConfig[],
  statics: Pick<Config, "staticAddresses" | "staticRoutes" | "staticRules">,
): readonly VrrpInstanceConfig[] {
  if (groups.length === 0) return instances;
  const namesOf = (group: string) => [
    ...statics.staticAddresses.flatMap((each) => each.trackGroup === group ? [each.interface] : []),
    ...statics.staticRoutes.flatMap((each) =>
      each.trackGroup === group ? each.hops.map((hop) => hop.interface) : []
    ),
    ...statics.staticRules.flatMap((each) =>
      each.trackGroup === group ? [each.inputInterface, each.outputInterface] : []
    ),
  ];
  return instances.map((instance) => {
    const own = groups.filter(({ instances: members }) => members.includes(instance.name));
    const known = instance.tracks.flatMap(({ kind, name }) => kind === "interface" ? [name] : []);
    const names = new Set(own.flatMap(({ name }) => namesOf(name)));
    const tracks = [...names].flatMap((name): Track[] =>
      name === undefined || known.includes(name)
        ? []
        : [{ kind: "interface", name, weight: 0, reversed: false }]
    );
    return tracks.length === 0
      ? instance
      : { ...instance, tracks: [...instance.tracks, ...tracks] };
  });
}

function hasInterface({ hops }: RouteConfig): boolean {
  return hops.some((hop) => hop.interface !== undefined);
}

function staticAddresses(
  draft: ConfigDraft,
  context: RoutingContext,
): Config["staticAddresses"] {
  const { complaints } = context;
  const seen = new Set<string>();
  return draft.staticAddresses.flatMap(({ value, place }) => {
    const link = value.interface ?? draft.global.defaultInterface;
    if (link === undefined) {
      complaints.add("E401", place, `${value.ip} needs dev, or default_interface in global_defs`);
      return [];
    }
    const key = `${value.ip}/${value.prefixLength} ${link}`;
    if (seen.has(key)) {
      complaints.add("W406", place, `${value.ip} is listed twice: ignored`);
      return [];
    }
    seen.add(key);
    const { trackGroup: name } = value;
    const group = name === undefined ? undefined : { value: name, place };
    return { ...value, interface: link, ...watched(group, true, draft, context) };
  });
}

/** The track group of an entry: it must be known, and have an interface to watch. */
function watched(
  group: Given<string> | undefined,
  canBeWatched: boolean,
  { trackGroups }: ConfigDraft,
  { complaints }: RoutingContext,
): StaticEntry {
  if (!group) return {};
  const { value, place } = group;
  if (!trackGroups.has(value)) complainOfGroup(value, place, trackGroups, complaints);
  else if (!canBeWatched) {
    complaints.add("E401", place, `track_group ${quote(value)} needs an interface to watch`);
  }
  return { trackGroup: value };
}

function complainOfGroup(
  name: string,
  place: Place,
  trackGroups: ConfigDraft["trackGroups"],
  complaints: RoutingContext["complaints"],
): void {
  const nearest = nearestWord(name, [...trackGroups.keys()]);
  const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
  complaints.add("E411", place, `there is no track_group ${quote(name)}`, hint);
}
