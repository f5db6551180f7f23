/**
 * What a reload has to do with BFD sessions, by what the wire knows a session by.
 *
 * @module
 */
import { type BfdSessionConfig, bfdSessionIdentity } from "./bfd_config.ts";
import type { Config } from "./config.ts";
import { sameConfig } from "./vrrp_rules.ts";

/** The work between two configurations. */
export interface SessionDiff {
  /** Identities of sessions that are gone. */
  readonly stops: readonly string[];
  readonly updates: readonly BfdSessionConfig[];
  readonly starts: readonly BfdSessionConfig[];
}

/** What leads from `before` (nothing at start) to `after`. */
export function diffSessions(before: Config | undefined, after: Config): SessionDiff {
  const old = new Map(before?.bfdSessions.map((each) => [bfdSessionIdentity(each), each]));
  const starts: BfdSessionConfig[] = [];
  const updates: BfdSessionConfig[] = [];
  for (const session of after.bfdSessions) {
    const identity = bfdSessionIdentity(session);
    const previous = old.get(identity);
    old.delete(identity);
    if (!previous) starts.push(session);
    else if (!sameConfig(previous, session)) updates.push(session);
  }
  return { stops: [...old.keys()], updates, starts };
}
