/**
 * A page of arithmetic: what a balancer's table has when all is quiet. Written without the machines
 * (quorum_rules.ts), so that a mistake in them is noticed.
 *
 * @module
 */
import { type CheckConfig, type PaceConfig } from "../../machines/check_config.ts";
import type {
  DestinationConfig,
  RealServerConfig,
  VirtualServerConfig,
} from "../../machines/lvs_config.ts";
import { type IpvsServiceKey } from "../../net/netlink/ipvs_service.ts";
import { plannedServices } from "../io/ipvs_plan.ts";

/** Destinations with their weights, `[192.0.2.7]:80=1`, sorted. */
export type TableLines = readonly string[];

/** Before the first attempt of every check. */
const BOOTSTRAP_MS = 1_000;
/** Changes that were refused are tried again so much later; some for turns. */
const RETRY_MS = 1_000;
const SORRY_WEIGHT = 1;

/** The services of a virtual server. */
export function keysOf(config: VirtualServerConfig): IpvsServiceKey[] {
  return plannedServices(config, []).map(({ service }) => service.key);
}

/** What a server is known by in the table of a service. */
export function destinationName(
  { ip, port, forwarding }: DestinationConfig,
  key: IpvsServiceKey,
): string {
  const servicePort = key.kind === "fwmark" ? 0 : key.port;
  return `[${ip}]:${forwarding.kind === "nat" && port || servicePort}`;
}

/**
 * What one of its services may have, when of the servers those are well for which `isUp` says so.
 * Between what gains a quorum and what loses it either table may be.
 */
export function pageOf(
  config: VirtualServerConfig,
  key: IpvsServiceKey,
  isUp: (server: RealServerConfig) => boolean,
): TableLines[] {
  const { quorum, hysteresis, realServers } = config;
  const sum = (servers: readonly RealServerConfig[]) =>
    servers.reduce((total, { weight }) => total + weight, 0);
  const living = sum(realServers.filter(isUp));
  const wanted = Math.max(quorum, Math.min(quorum + hysteresis, sum(realServers)));
  if (living >= wanted) return [linesOf(config, key, isUp, true)];
  if (living === 0 || living < quorum - hysteresis) return [linesOf(config, key, isUp, false)];
  return [true, false].map((hasQuorum) => linesOf(config, key, isUp, hasQuorum));
}

function linesOf(
  { realServers, sorryServer }: VirtualServerConfig,
  key: IpvsServiceKey,
  isUp: (server: RealServerConfig) => boolean,
  hasQuorum: boolean,
): TableLines {
  const name = (server: DestinationConfig) => destinationName(server, key);
  const weights = new Map<string, number>();
  const isSorry = !hasQuorum && sorryServer !== undefined;
  for (const server of realServers) {
    if (isUp(server) && !isSorry) weights.set(name(server), server.weight);
    else if (server.inhibits) weights.set(name(server), 0);
  }
  if (sorryServer && isSorry) weights.set(name(sorryServer), SORRY_WEIGHT);
  else if (sorryServer?.inhibits && !weights.has(name(sorryServer))) {
    weights.set(name(sorryServer), 0);
  }
  return Array.from(weights, ([server, weight]) => `${server}=${weight}`).sort();
}

/** How long it takes at most until all checks of a virtual server know how the servers are. */
export function noticeMs({ realServers }: VirtualServerConfig): number {
  const checks = realServers.flatMap(({ checkers }) => checkers);
  return BOOTSTRAP_MS + RETRY_MS + Math.max(0, ...checks.map(checkMs));
}

function checkMs(check: CheckConfig): number {
  if (check.kind === "bfd" || check.kind === "file") return BOOTSTRAP_MS;
  const { warmupMs, delayLoopMs, retries, delayBeforeRetryMs }: PaceConfig = check;
  const timeoutMs = "connection" in check ? check.connection.timeoutMs : check.timeoutMs;
  const pageCount = check.kind === "http" ? check.urls.length : 1;
  const pauseMs = Math.max(delayLoopMs, delayBeforeRetryMs);
  const perPageMs = (retries + 2) * (pauseMs + timeoutMs);
  return warmupMs + (pageCount + 1) * perPageMs;
}
