/**
 * What a process that balances knows of its virtual servers at one moment, as plain data: it
 * survives JSON.
 *
 * @module
 */
import type { CheckState } from "../../machines/check_rules.ts";
import {
  realServerIdentity,
  type VirtualServerConfig,
  virtualServerIdentity,
} from "../../machines/lvs_config.ts";
import type { Standings } from "../../machines/quorum_rules.ts";
import { BALANCER } from "../../machines/system.ts";

/** One virtual server. */
export interface ServiceStatus {
  /** Its identity: `[192.0.2.1]:tcp:80 ipv4`. */
  readonly id: string;
  readonly hasQuorum: boolean;
  /** No check is made: the address is elsewhere. */
  readonly isSuspended: boolean;
  readonly servers: readonly ServerStatus[];
}

/** One real server. */
export interface ServerStatus {
  /** `[192.0.2.2]:80`. */
  readonly id: string;
  readonly isUp: boolean;
  /** What its checks make of the configured one. */
  readonly weight: number;
  /** In the order of the configuration. */
  readonly checks: readonly CheckStatus[];
}

/** One check. */
export interface CheckStatus {
  /** What it counts as. */
  readonly isUp: boolean;
  /** It found something out. */
  readonly hasRun: boolean;
  /** Failures in a row, while it is up. */
  readonly failureCount: number;
  /** What it changes the weight by, or makes it. */
  readonly weight: number;
}

/** An actor, as far as it is looked at: XState's types do not know the children of children. */
interface Seen {
  readonly context?: unknown;
  readonly value?: unknown;
  readonly children?: Readonly<Record<string, { getSnapshot(): unknown } | undefined>>;
}

interface ServiceMemory {
  readonly config: VirtualServerConfig;
  readonly standings: Standings;
  readonly isSuspended: boolean;
}

interface ServerMemory {
  readonly checks: readonly { readonly id: string; readonly isUp: boolean }[];
}

/** Gives the snapshot of each child of an actor, by its id. */
function* childrenOf(snapshot: unknown): Iterable<readonly [id: string, snapshot: Seen]> {
  const { children = {} } = snapshot as Seen;
  for (const [id, child] of Object.entries(children)) {
    const own = child?.getSnapshot();
    if (typeof own === "object" && own !== null) yield [id, own];
  }
}

/** The snapshots of all virtual servers, by the snapshot of the root. */
export function serviceSnapshots(root: unknown): readonly unknown[] {
  for (const [id, all] of childrenOf(root)) {
    if (id !== BALANCER) continue;
    return Array.from(
      childrenOf(all),
      ([, shelf]) => Array.from(childrenOf(shelf), ([, service]) => service),
    ).flat();
  }
  return [];
}

/** A virtual server as it is, by the snapshot of its machine. */
export function serviceStatus(snapshot: unknown): ServiceStatus {
  const { context, value } = snapshot as Seen;
  const { config, standings, isSuspended } = context as ServiceMemory;
  const { serving } = value as { readonly serving?: string };
  const servers = new Map(childrenOf(snapshot));
  return {
    id: virtualServerIdentity(config),
    hasQuorum: serving === "gained",
    isSuspended,
    servers: config.realServers.map((server) => {
      const name = realServerIdentity(server);
      const { isUp = false, weight = 0 } = standings[name] ?? {};
      return { id: name, isUp, weight, checks: checkStatuses(servers.get(name)) };
    }),
  };
}

function checkStatuses(server: Seen | undefined): CheckStatus[] {
  if (!server) return [];
  const { checks } = server.context as ServerMemory;
  const known = new Map(childrenOf(server));
  return checks.map(({ id, isUp }) => {
    const { state } = (known.get(id)?.context ?? {}) as { readonly state?: CheckState };
    return {
      isUp,
      hasRun: state?.isUp !== undefined,
      failureCount: state?.failureCount ?? 0,
      weight: state?.weight?.value ?? 0,
    };
  });
}
