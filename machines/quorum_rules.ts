/**
 * The arithmetic of virtual servers: who is well, with what weight, whether that is enough, and
 * what the balancer's table says then. Without a machine.
 *
 * @module
 */
import type { CheckWeight } from "./check_rules.ts";
import {
  type Forwarding,
  type RealServerConfig,
  realServerIdentity,
  type VirtualServerConfig,
} from "./lvs_config.ts";
import type { Ip } from "../net/address.ts";

/** What one check says of its server. */
export interface CheckStanding {
  readonly isUp: boolean;
  readonly weight?: CheckWeight;
}

/** Where a real server stands. */
export interface ServerStanding {
  readonly isUp: boolean;
  /** 0 to 2³¹−1. */
  readonly weight: number;
}

/** Where the real servers stand, by {@linkcode realServerIdentity}. */
export type Standings = Readonly<Record<string, ServerStanding>>;

/** A server in the balancer's table. */
export interface Destination {
  readonly ip: Ip;
  /** 0: the port of the service. */
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

const WEIGHT_MAX = 2 ** 31 - 1;
const SORRY_WEIGHT = 1;

/** A server is well if all its checks are; what they say of its weight adds up. */
export function serverStanding(weight: number, checks: readonly CheckStanding[]): ServerStanding {
  const change = checks.reduce((sum, each) => sum + contribution(weight, each.weight), 0);
  return {
    isUp: checks.every(({ isUp }) => isUp),
    weight: Math.min(WEIGHT_MAX, Math.max(0, weight + change)),
  };
}

function contribution(configured: number, weight: CheckWeight | undefined): number {
  if (!weight) return 0;
  return weight.kind === "absolute" ? weight.value - configured : weight.value;
}

/** Before any check was made: well, unless a check is to say so first (`alpha`). */
export function firstStanding({ weight, checkers }: RealServerConfig): ServerStanding {
  return serverStanding(weight, checkers.map(({ alpha }) => ({ isUp: !alpha })));
}

/**
 * Which real servers were well, by {@linkcode serverKey}, and which virtual servers had their
 * quorum, by {@linkcode quorumKey}; of others nobody knows.
 */
export type KnownServers = Readonly<Record<string, boolean>>;

/** What a real server is known by among those of all virtual servers. */
export function serverKey(service: string, id: string): string {
  return `${service} ${id}`;
}

/** What the quorum of a virtual server is known by. */
export function quorumKey(service: string): string {
  return serverKey(service, "quorum");
}

/** Whether a virtual server begins with its quorum; what was known of it, hysteresis keeps. */
export function startsWithQuorum(
  config: VirtualServerConfig,
  standings: Standings,
  known: KnownServers,
): boolean {
  if (known[quorumKey(config.name)] && !isQuorumLost(config, standings)) return true;
  return isQuorumGained(config, standings);
}

/** The standings at first: what was known, or what the configuration says. */
export function firstStandings(
  { name, realServers }: VirtualServerConfig,
  known: KnownServers,
): Standings {
  return Object.fromEntries(realServers.map((server) => {
    const id = realServerIdentity(server);
    const wasUp = known[serverKey(name, id)];
    const standing = wasUp === undefined ? firstStanding(server) : knownStanding(server, wasUp);
    return [id, standing];
  }));
}

/** What the table has first, before any machine runs. */
export function firstDestinations(
  config: VirtualServerConfig,
  known: KnownServers,
): Destination[] {
  const standings = firstStandings(config, known);
  return destinationsOf(config, standings, startsWithQuorum(config, standings, known));
}

/** The standing that a server begins with, where it was well before, or was not. */
export function knownStanding(server: RealServerConfig, wasUp: boolean): ServerStanding {
  return serverStanding(server.weight, server.checkers.map(() => ({ isUp: wasUp })));
}

/** What all servers that are well weigh together; the sorry server never counts. */
export function livingWeight(
  { realServers }: VirtualServerConfig,
  standings: Standings,
): number {
  return realServers.reduce((sum, server) => {
    const { isUp, weight } = standingOf(server, standings);
    return isUp ? sum + weight : sum;
  }, 0);
}

/**
 * Whether a quorum that was lost is gained: hysteresis above it, or all there is, if that is enough
 * for the quorum but never for the hysteresis.
 */
export function isQuorumGained(config: VirtualServerConfig, standings: Standings): boolean {
  const { quorum, hysteresis, realServers } = config;
  const all = realServers.reduce((sum, { weight }) => sum + weight, 0);
  const wanted = Math.max(quorum, Math.min(quorum + hysteresis, all));
  return livingWeight(config, standings) >= wanted;
}

/** Whether a quorum that was there is lost. */
export function isQuorumLost(config: VirtualServerConfig, standings: Standings): boolean {
  const living = livingWeight(config, standings);
  return living === 0 || living < config.quorum - config.hysteresis;
}

/**
 * What the table has for the service. With the quorum, or without a sorry server, all that are
 * well serve; else the sorry server does. Who does not serve is in the table only if it inhibits.
 */
export function destinationsOf(
  config: VirtualServerConfig,
  standings: Standings,
  hasQuorum: boolean,
): Destination[] {
  const { realServers, sorryServer } = config;
  const isSorry = !hasQuorum && sorryServer !== undefined;
  const destinations = new Map<string, Destination>();
  for (const server of realServers) {
    const { isUp, weight } = standingOf(server, standings);
    const serves = isUp && !isSorry;
    if (!serves && !server.inhibits) continue;
    destinations.set(realServerIdentity(server), destination(server, serves ? weight : 0));
  }
  if (!sorryServer || !isSorry && !sorryServer.inhibits) return [...destinations.values()];
  const identity = realServerIdentity(sorryServer);
  // It may be a real server, too: then it is there once.
  const known = destinations.get(identity);
  if (isSorry) destinations.set(identity, destination(sorryServer, SORRY_WEIGHT));
  else if (!known) destinations.set(identity, destination(sorryServer, 0));
  return [...destinations.values()];
}

type Placed =
  & Omit<Destination, "weight" | "upperThreshold" | "lowerThreshold">
  & Partial<Pick<Destination, "upperThreshold" | "lowerThreshold">>;

function destination(
  { ip, port, forwarding, upperThreshold = 0, lowerThreshold = 0 }: Placed,
  weight: number,
): Destination {
  return { ip, port, forwarding, weight, upperThreshold, lowerThreshold };
}

function standingOf(server: RealServerConfig, standings: Standings): ServerStanding {
  return standings[realServerIdentity(server)] ?? firstStanding(server);
}
