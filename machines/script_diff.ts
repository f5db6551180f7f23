/**
 * What changes about tracked scripts from one configuration to the next. Those that nothing tracks
 * are not run.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { VrrpScriptConfig } from "./track_config.ts";
import { sameConfig } from "./vrrp_rules.ts";

/** The work between two configurations. */
export interface ScriptDiff {
  /** Names of scripts that are gone. */
  readonly stops: readonly string[];
  readonly updates: readonly VrrpScriptConfig[];
  readonly starts: readonly VrrpScriptConfig[];
}

/** What leads from `before` (nothing at start) to `after`. */
export function diffScripts(before: Config | undefined, after: Config): ScriptDiff {
  const old = new Map(before ? trackedScripts(before).map((each) => [each.name, each]) : []);
  const starts: VrrpScriptConfig[] = [];
  const updates: VrrpScriptConfig[] = [];
  for (const script of trackedScripts(after)) {
    const previous = old.get(script.name);
    old.delete(script.name);
    if (!previous) starts.push(script);
    else if (!sameConfig(previous, script)) updates.push(script);
  }
  return { stops: [...old.keys()], updates, starts };
}

function trackedScripts({ vrrpScripts, vrrpInstances }: Config): VrrpScriptConfig[] {
  const names = new Set(
    vrrpInstances.flatMap(({ tracks }) =>
      tracks.filter(({ kind }) => kind === "script").map(({ name }) => name)
    ),
  );
  return vrrpScripts.filter(({ name }) => names.has(name));
}
