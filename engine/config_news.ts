/**
 * A configuration as it is told to a process that has an earlier one: virtual servers, of which
 * there may be thousands, are only counted where they are what they were.
 *
 * @module
 */
import type { Config } from "../machines/config.ts";
import type { VirtualServerConfig } from "../machines/lvs_config.ts";
import { sameConfig } from "../machines/vrrp_rules.ts";
import { assert } from "../net/assert.ts";

/** What is told. Plain data. */
export interface ConfigNews extends Omit<Config, "virtualServers"> {
  /** All of them, in their order. */
  readonly virtualServers: readonly (VirtualServerConfig | Kept)[];
}

/** So many virtual servers in a row are as they were, from this place in the list before. */
interface Kept {
  readonly keptFrom: number;
  readonly count: number;
}

/** What is to be told to who was told `before` last; undefined: nothing. */
export function newsOf(config: Config, before: Config | undefined): ConfigNews {
  if (!before) return config;
  const told: (VirtualServerConfig | Kept)[] = [];
  let nextAt = 0;
  let [keptFrom, count] = [0, 0];
  const endRun = () => {
    if (count > 0) told.push({ keptFrom, count });
    count = 0;
  };
  const find = finder(before.virtualServers);
  for (const server of config.virtualServers) {
    const guessed = before.virtualServers[nextAt];
    // Mostly it is in its place: then the others need not be looked at, even if it changed.
    const isInPlace = guessed !== undefined && isNamesake(guessed, server);
    const found = isInPlace ? nextAt : find(server);
    const known = found === undefined ? undefined : before.virtualServers[found];
    const at = known && sameConfig(known, server) ? found : undefined;
    if (at === undefined || at !== nextAt) endRun();
    if (at === undefined) told.push(server);
    else {
      if (count === 0) keptFrom = at;
      count++;
    }
    if (at !== undefined) nextAt = at + 1;
    else if (isInPlace) nextAt++;
  }
  endRun();
  return { ...config, virtualServers: told };
}

/** The configuration, for who was told `before` last. What is as it was is the same object. */
export function configOf(news: ConfigNews, before: Config | undefined): Config {
  const virtualServers = news.virtualServers.flatMap((each) => {
    if (!("keptFrom" in each)) return each;
    const kept = before?.virtualServers.slice(each.keptFrom, each.keptFrom + each.count);
    assert(kept?.length === each.count, "what is kept was told before");
    return kept;
  });
  return { ...news, virtualServers };
}

/** Finds the place of a virtual server by its name; they are listed when one is looked for. */
function finder(
  servers: readonly VirtualServerConfig[],
): (server: VirtualServerConfig) => number | undefined {
  let places: Map<string, number> | undefined;
  return (server) => {
    places ??= new Map(servers.map((each, i) => [nameOf(each), i]));
    return places.get(nameOf(server));
  };
}

function nameOf({ name, family }: VirtualServerConfig): string {
  return `${name} ${family}`;
}

function isNamesake(one: VirtualServerConfig, other: VirtualServerConfig): boolean {
  return one.name === other.name && one.family === other.family;
}
