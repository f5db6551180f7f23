/**
 * What must be true in the end, when nothing disturbs any more: "best is active", "client knows".
 *
 * A run is judged if it went on for {@linkcode settlingMs} after the last disturbance, and if the
 * wire is then without loss and one-way blocks; partitions are judged part by part.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import { CLIENT_NAME } from "./client.ts";
import type { Host } from "./host.ts";
import type { Court } from "./court.ts";
import type { Lan } from "./lan.ts";
import { addressesOf, decidesAlone, type RouterRecord } from "./observer.ts";
import { noticeMs } from "./balance_page.ts";
import type { ReadyScenario } from "./scenario.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const MS_PER_CS = 10;
/** For what is left of delays on the wire and turns. */
const MARGIN_MS = 100;

/** Who announced an address last. */
interface LastAnnouncement {
  readonly host: Host;
  readonly atMs: number;
  readonly clientHears: boolean;
  /** When another host announced it. */
  readonly rivalMs: number | undefined;
}

/**
 * When everything must have settled after the last disturbance: start-up delay, then a whole down
 * interval to elect a router, a preempt delay and another down interval to elect a better one, each
 * with the longest interval of all; then checks take their time.
 */
export function settlingMs(scenario: ReadyScenario): number {
  let downMs = 0;
  let startupMs = 0;
  let preemptMs = 0;
  let checksMs = 0;
  let delayMs = (scenario.wire?.delayMs ?? 0) + (scenario.wire?.jitterMs ?? 0);
  for (const { config, otherConfigs = {} } of scenario.hosts) {
    for (const { vrrpInstances, virtualServers } of [config, ...Object.values(otherConfigs)]) {
      checksMs = Math.max(checksMs, ...virtualServers.map(noticeMs));
      for (const instance of vrrpInstances) {
        const { downIntervalAdverts, advertisementIntervalCs, version } = instance;
        const intervalMs = advertisementIntervalCs * MS_PER_CS;
        const skewMs = version === 2 ? 1_000 : intervalMs;
        downMs = Math.max(downMs, downIntervalAdverts * intervalMs + skewMs);
        startupMs = Math.max(startupMs, instance.startupDelayMs);
        preemptMs = Math.max(preemptMs, instance.preemptDelayMs);
      }
    }
  }
  for (const row of scenario.rows) {
    if (row[1] === "wire") {
      delayMs = Math.max(delayMs, (row[2].delayMs ?? 0) + (row[2].jitterMs ?? 0));
    }
  }
  return startupMs + 3 * downMs + preemptMs + 4 * delayMs + checksMs + MARGIN_MS;
}

/** The rules of this file. */
export function convergenceRules(court: Court): Watcher[] {
  return [converges(court)];
}

function converges(court: Court): Watcher {
  let disturbedMs = 0;
  const lastAnnouncements = new Map<string, LastAnnouncement>();
  const isQuiet = (lan: Lan) => {
    const { scenario, durationMs } = court.world();
    if (durationMs - disturbedMs < settlingMs(scenario)) return false;
    return lan.conditions.lossRatio === 0 && !lan.hasOneWayBlocks;
  };
  return {
    disturbed: (row) => {
      disturbedMs = row[0] + (row[1] === "stall" ? row[3] : 0);
    },
    happened: (_, event) => {
      if (event === "woke up") disturbedMs = court.observer.now();
    },
    transmitted: (host, connection, frame, atMs) => {
      const seen = readFrame(frame);
      if (seen?.kind !== "announcement") return;
      const { lan } = connection;
      const clientHears = lan.canHear(host.name, CLIENT_NAME) && lan.conditions.lossRatio === 0;
      const key = `${lan.name} ${seen.ip}`;
      const before = lastAnnouncements.get(key);
      const rivalMs = before?.host === host ? before.rivalMs : before?.atMs;
      lastAnnouncements.set(key, { host, atMs, clientHears, rivalMs });
    },
    ended: () => {
      const byRouter = Map.groupBy(court.observer.records(), (record) => record.virtualRouter);
      for (const records of byRouter.values()) {
        const lan = records[0]?.connection.lan;
        if (!lan || !isQuiet(lan)) continue;
        for (const part of partsOf(lan, records)) {
          const active = judgeElection(court, part);
          if (!active) continue;
          for (const ip of addressesOf(active.config)) {
            judgeClient(court, active, ip, lastAnnouncements.get(`${lan.name} ${ip}`));
          }
        }
      }
    },
  };
}

/** The routers that can take part, by who hears whom. */
function partsOf(lan: Lan, records: readonly RouterRecord[]): RouterRecord[][] {
  const parts: RouterRecord[][] = [];
  for (const record of records) {
    const { host, state, config } = record;
    if (!host.isLive || state === "fault" || !host.hasWay(config)) continue;
    const part = parts.find(([first]) => first && lan.canHear(first.host.name, record.host.name));
    if (part) part.push(record);
    else parts.push([record]);
  }
  return parts;
}

/** The active router of a part, if it is as it must be. */
function judgeElection(court: Court, part: readonly RouterRecord[]): RouterRecord | undefined {
  const [first] = part;
  const versions = new Set(part.map(({ config }) => config.version));
  const intervals = new Set(part.map(({ config }) => config.advertisementIntervalCs));
  if (!first || versions.size > 1) return undefined;
  if (intervals.size > 1) {
    // Version 2 routers with different intervals do not believe each other. Others learn a short
    // interval from a lesser router, and lose patience with a slow one that does not answer it.
    const learns = part.every(({ config }) => config.answersLowerPriority);
    if (first.config.version === 2 || !learns) return undefined;
  }
  const active = part.filter(({ state }) => state === "active");
  const [winner] = active;
  const isSimple = part.every(({ config }) => decidesAlone(config));
  // Where something else may keep all of them from it, nobody need be active.
  if (!winner && !isSimple) return undefined;
  if (!winner || active.length > 1) {
    const names = active.map(({ host }) => host.name).join(", ") || "nobody";
    court.violate("best is active", first.host, `${first.virtualRouter}: ${names} active at last`);
    return undefined;
  }
  for (const { host, config } of part) {
    if (!isSimple || config.priority <= winner.config.priority || !config.preempt) continue;
    const text = `${first.virtualRouter}: has priority ${config.priority}, but ` +
      `${winner.host.name} with ${winner.config.priority} is active at last`;
    court.violate("best is active", host, text);
  }
  return winner;
}

function judgeClient(
  court: Court,
  { host, connection: { lan } }: RouterRecord,
  ip: Ip,
  last: LastAnnouncement | undefined,
): void {
  // A lesser router that announced last, and then yielded without a word, left the client astray:
  // VRRP has no remedy but higher_prio_send_advert and garp_master_refresh.
  if (last?.host !== host || !last.clientHears || host.kernel.wasRefused(ip)) return;
  // On a slow wire that of another may come in later.
  if (last.rivalMs !== undefined && last.atMs - last.rivalMs <= lan.delayMsMax) return;
  const known = court.world().clients.get(lan.name)?.neighbors.get(ip);
  // A virtual MAC address is that of all its routers: switches know whose it is now.
  const station = known && lan.stationOf(known);
  if (known === host.macOf(ip) && station === host.name) return;
  const where = `${known}, ${station ?? "nowhere"}`;
  court.violate("client knows", host, `is active, but the client looks for ${ip} at ${where}`);
}
