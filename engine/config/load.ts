/**
 * Text to configuration: reads keepalived.conf files into the model, or says all that is wrong with
 * them.
 *
 * @module
 */
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import type { Whole } from "./advice/whole.ts";
import { resolveSessions } from "./bfd_instance.ts";
import { binder } from "./bound_scope.ts";
import type { ConfigSource } from "./config_source.ts";
import { Complaints, type Diagnostic } from "./diagnostic.ts";
import { type ConfigDraft, emptyDraft, type InstanceDraft } from "./drafts.ts";
import { type FrontEnd, readKeepalived } from "./front_end.ts";
import { resolveLvs } from "./lvs/resolve.ts";
import { Reader } from "./reader.ts";
import { KnownBlocks, Reading, type Recollection } from "./recollection.ts";
import { recording } from "./recorder.ts";
import { resolveGlobal } from "./resolve_global.ts";
import { resolveHmac } from "./resolve_hmac.ts";
import { resolveInstance } from "./resolve_instance.ts";
import {
  resolveRouting,
  resolveStatics,
  type RoutingContext,
  watchStatics,
} from "./resolve_routing.ts";
import { joinGroups, resolveTracked, resolveTracks } from "./resolve_tracked.ts";
import { resolveLinks } from "./resolve_links.ts";
import { RouteNames } from "./routing/names.ts";
import { RulePriorities } from "./routing/rule_line.ts";
import type { Branch } from "./statement_tree.ts";
import { belongsTo, TOP_LEVEL } from "./top_level.ts";
import type { Context, KeywordScope } from "./vocabulary.ts";

export type { ConfigSource } from "./config_source.ts";
export { type Diagnostic, formatDiagnostic } from "./diagnostic.ts";

/** A configuration with at most warnings, or at least one error. */
export type LoadResult =
  | { readonly config: Config; readonly diagnostics: readonly Diagnostic[] }
  | { readonly config: undefined; readonly diagnostics: readonly Diagnostic[] };

/** What a configuration depends on besides its files. */
export interface LoadOptions {
  /** Name of this configuration, for `@ID` lines; default: the host name up to its first dot. */
  readonly configId?: string;
  /** At least 0, less than 1; for `_RANDOM`. Default: Math.random. */
  readonly random?: () => number;
  /** Codes of warnings that are not wanted. */
  readonly allow?: readonly string[];
}

/** The same, and parts that are only loaded where they are needed. */
export interface LoadParts extends LoadOptions {
  /** Gives advice on the whole. Default: none is given. */
  readonly advise?: (whole: Whole, complaints: Complaints) => void;
  /** The language of the file. Default: keepalived's. */
  readonly frontEnd?: FrontEnd;
  /** What earlier readings knew, of keepalived's language. */
  readonly recollection?: Recollection;
}

/**
 * Reads a configuration. The result is deeply frozen; diagnostics are all there are, in the order
 * of the text. Never throws, whatever the files contain.
 */
export function loadConfig(
  path: string,
  source: ConfigSource,
  options: LoadOptions = {},
): LoadResult {
  return load(path, source, options, (root) => root);
}

/** The same, with advice, and in any language. */
export function loadWith(path: string, source: ConfigSource, parts: LoadParts): LoadResult {
  return load(path, source, parts, (root) => root);
}

/** What is wrong with a configuration that nobody wants otherwise. */
export function diagnose(
  path: string,
  source: ConfigSource,
  parts: LoadParts,
): readonly Diagnostic[] {
  return read(path, source, { ...parts, isWanted: false }, (root) => root).result.diagnostics;
}

/** The same; and all statements, in order, if it is fine. */
export function loadTree(
  path: string,
  source: ConfigSource,
  options: LoadParts = {},
): LoadResult & { readonly tree: readonly Branch[] } {
  const tree: Branch[] = [];
  const result = load(path, source, options, (root) => recording(TOP_LEVEL, root, tree));
  return { ...result, tree };
}

const bindTopLevel = binder(TOP_LEVEL);

function load(
  path: string,
  source: ConfigSource,
  options: LoadParts,
  around: (root: KeywordScope) => KeywordScope,
): LoadResult {
  const { config, diagnostics } = readAgain(path, source, options, around) ??
    read(path, source, options, around).result;
  return { config: deepFreeze(config), diagnostics };
}

/** Reads with what the reading before knew; undefined: it may mean something else now. */
function readAgain(...[path, source, options, around]: Parameters<typeof read>) {
  const blocks = options.recollection?.blocks();
  if (!blocks || blocks.size === 0) return undefined;
  // All of it may be read once more.
  const files: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  const noteConfig = (path: string, bytes: Uint8Array) => void files.push({ path, bytes });
  const { result, counts } = read(path, { ...source, noteConfig }, { ...options, blocks }, around);
  if (!counts) return undefined;
  for (const { path, bytes } of files) source.noteConfig?.(path, bytes);
  return result;
}

/** What a reading came to. */
interface Outcome {
  readonly result: LoadResult;
  /** Whether it is what a reading that knows nothing would have come to. */
  readonly counts: boolean;
}

function read(
  path: string,
  source: ConfigSource,
  options: LoadParts & { readonly isWanted?: boolean; readonly blocks?: KnownBlocks },
  around: (root: KeywordScope) => KeywordScope,
): Outcome {
  const complaints = new Complaints(options.allow);
  const configId = options.configId ?? source.hostName().replace(/\..*/s, "");
  const reader = new Reader(source, complaints, {
    configId,
    random: options.random ?? Math.random,
  });
  const context: Context = {
    complaints,
    inactive: new Set(),
    scripts: [],
    setIncludeChecks: (checks) => reader.setIncludeChecks(checks),
    seedRandom: (seed) => reader.random = seededRandom(seed),
  };
  const draft = emptyDraft();
  const { recollection, blocks = new KnownBlocks([]) } = options;
  const reading = recollection && new Reading(blocks, draft, context);
  reader.reading = reading;
  const frontEnd = options.frontEnd ?? readKeepalived;
  frontEnd(path, around(bindTopLevel(draft)), { source, reader, context, belongsTo });
  const tracked = resolveTracked(draft, complaints);
  const { iprouteUsrDirectory: usr, iprouteEtcDirectory: etc } = draft.global;
  const lines = {
    complaints,
    names: new RouteNames(source, { usr, etc }),
    priorities: new RulePriorities(),
  };
  // First the static rules: rules without a priority get one in this order.
  const statics = resolveStatics(draft, lines);
  const instances = resolveInstances(draft, lines, source);
  const { syncGroups } = tracked;
  options.advise?.({ draft, instances, syncGroups, scripts: context.scripts, source }, complaints);
  const config: Config = {
    global: resolveGlobal(draft, complaints),
    ...statics,
    vrrpInstances: joinGroups(watchStatics(instances, tracked.trackGroups, statics), syncGroups),
    ...tracked,
    bfdSessions: resolveSessions(draft.bfdSessions.values(), complaints),
    ...resolveLvs(draft, complaints, { ...options, ...(reading && { reading }) }),
  };
  const diagnostics = complaints.list();
  if (!complaints.isFine) return { result: { config: undefined, diagnostics }, counts: false };
  const counts = !reading || !recollection || recollection.keep(reading);
  return { result: { config, diagnostics }, counts };
}

function resolveInstances(
  draft: ConfigDraft,
  lines: RoutingContext,
  source: ConfigSource,
): VrrpInstanceConfig[] {
  const { complaints } = lines;
  const byIdentity = new Map<string, InstanceDraft>();
  return [...draft.instances.values()].map((instance) => {
    const resolved = resolveInstance(instance, draft.global, complaints);
    const hmac = instance.hmac && resolveHmac(instance.hmac, { ...resolved, source, complaints });
    const config = {
      ...resolved,
      ...(hmac && { hmac }),
      tracks: resolveTracks(instance.tracks, draft, complaints),
      ...resolveRouting(instance, lines),
      ...resolveLinks(instance, resolved, lines),
    };
    const identity = vrrpInstanceIdentity(config);
    const other = byIdentity.get(identity);
    const { vrid, name } = instance;
    if (!other) byIdentity.set(identity, instance);
    else if (vrid) {
      const { value, place } = other.name;
      const message = `virtual_router_id ${vrid.value} is that of vrrp_instance ${value} ` +
        `(${place.line.file}:${place.line.number}) on the same network`;
      complaints.add("E405", vrid.place, message, `another one for vrrp_instance ${name.value}`);
    }
    return config;
  });
}

/** A small generator (mulberry32): the same numbers for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  // There may be a hundred thousand of them: no lists of their contents are made.
  for (const name in value) deepFreeze(value[name]);
  return value;
}
