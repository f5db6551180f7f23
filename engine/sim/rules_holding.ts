/**
 * Who may hold an address: "held while active", "one holder", "resigned is gone".
 *
 * @module
 */
import { compareIp, type Ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { Host } from "./host.ts";
import { type Court, EPSILON_MS, turnMs } from "./court.ts";
import { addressesOf, decidesAlone, type RouterRecord } from "./observer.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const MS_PER_CS = 10;

/** The rules of this file. */
export function holdingRules(court: Court): Watcher[] {
  return [
    heldWhileActive(court),
    oneHolder(court),
    resignedIsGone(court),
    faultIsHeeded(court),
    groupMovesTogether(court),
  ];
}

function heldWhileActive(court: Court): Watcher {
  const check = (host: Host, expected: ReadonlySet<Ip>) => {
    const held = host.kernel.virtualAddresses;
    for (const ip of held) {
      if (!expected.has(ip)) court.violate("held while active", host, `holds ${ip}, is not active`);
    }
    for (const ip of expected) {
      if (held.has(ip) || host.kernel.wasRefused(ip)) continue;
      court.violate("held while active", host, `is active, does not hold ${ip}`);
    }
  };
  return {
    settled: (host) => {
      if (!host.isLive) return;
      const active = [...court.observer.recordsOf(host)].filter(({ state }) => state === "active");
      check(host, new Set(active.flatMap(({ config }) => addressesOf(config))));
    },
    happened: (host, event) => {
      if (event === "stopped" || event === "lost power") check(host, new Set());
    },
  };
}

function oneHolder(court: Court): Watcher {
  /** Since when a lesser router hears a greater one, both active, by their names. */
  const sinceMs = new Map<string, number>();
  return {
    stepped: () => {
      const active = [...court.observer.records()].filter(({ host, state }) =>
        state === "active" && host.isLive
      );
      const present = new Set<string>();
      for (const greater of active) {
        for (const lesser of active) {
          if (!mustYield(lesser, greater)) continue;
          const pair = `${lesser.host.name} ${greater.host.name} ${greater.virtualRouter}`;
          present.add(pair);
          const start = sinceMs.get(pair) ?? court.observer.now();
          sinceMs.set(pair, start);
          const { connection: { lan }, config } = greater;
          const limitMs = config.advertisementIntervalCs * 10 + lan.delayMsMax +
            turnMs(greater.host) + turnMs(lesser.host);
          if (court.observer.now() - start <= limitMs) continue;
          const text = `is active beside ${greater.host.name}, whom it hears since ${start} ms`;
          court.violate("one holder", lesser.host, text);
        }
      }
      for (const pair of sinceMs.keys()) if (!present.has(pair)) sinceMs.delete(pair);
    },
  };
}

/** Whether the first router loses an election against the second, and can hear of it. */
function mustYield(lesser: RouterRecord, greater: RouterRecord): boolean {
  if (lesser === greater || lesser.virtualRouter !== greater.virtualRouter) return false;
  const { config, connection: { lan } } = lesser;
  if (!decidesAlone(config) || !decidesAlone(greater.config)) return false;
  if (config.version !== greater.config.version) return false;
  if (config.ownerIgnoresAdvertisements && config.priority === 255) return false;
  if (lan.conditions.lossRatio > 0) return false;
  if (!lan.canHear(greater.host.name, lesser.host.name)) return false;
  if (!greater.host.hasWay(greater.config) || !lesser.host.hasWay(config)) return false;
  const difference = greater.config.priority - config.priority;
  if (difference !== 0) return difference > 0;
  return lesser.source !== undefined && greater.source !== undefined &&
    compareIp(greater.source, lesser.source) > 0;
}

function resignedIsGone(court: Court): Watcher {
  const resignedMs = new Map<RouterRecord, number>();
  return {
    transmitted: (host, connection, frame, atMs) => {
      const seen = readFrame(frame);
      if (seen?.kind !== "advertisement") return;
      const record = court.observer.recordFor(host, connection, seen);
      if (!record) return;
      if (seen.priority === 0) resignedMs.set(record, atMs);
      // An owner whose fault is over at once may come back; others have to wait.
      else if (resignedMs.has(record) && record.config.priority !== 255) {
        court.violate("resigned is gone", host, "advertises after its resignation");
      }
    },
    reported: (host, instance, { state }) => {
      const record = court.observer.record(host, instance);
      if (record?.previousState !== "active" || state === "active" || state === "backup") return;
      if (resignedMs.has(record) || !host.hasWay(record.config)) return;
      court.violate("resigned is gone", host, `left for ${state} without priority 0`);
    },
    settled: (host) => {
      for (const record of court.observer.recordsOf(host)) {
        const atMs = resignedMs.get(record);
        if (atMs === undefined) continue;
        resignedMs.delete(record);
        if (record.state === "active") {
          court.violate("resigned is gone", host, `is still active, resigned at ${atMs} ms`);
        }
        const limitMs = addressesOf(record.config).length * host.addressChangeMs + turnMs(host);
        if (court.observer.now() - atMs > limitMs + EPSILON_MS) {
          court.violate("resigned is gone", host, `took too long, resigned at ${atMs} ms`);
        }
      }
    },
    happened: (host) => {
      for (const record of resignedMs.keys()) {
        if (record.host === host && !host.isLive) resignedMs.delete(record);
      }
    },
  };
}

function faultIsHeeded(court: Court): Watcher {
  return {
    settled: (host) => {
      for (const { state, config, connection } of court.observer.recordsOf(host)) {
        if (state !== "active" || !config.tracksInterface || host.isStalled) continue;
        if (host.hasWay(config)) continue;
        const text = `is active without a cable in ${connection.linkName}, or an interface on it`;
        court.violate("fault is heeded", host, text);
      }
    },
  };
}

function groupMovesTogether(court: Court): Watcher {
  /** What a reload brought together has this long to agree. */
  const agreesByMs = new Map<Host, number>();
  return {
    happened: (host, event) => {
      if (event !== "configured") return;
      const patienceMs = Math.max(0, ...(host.config?.vrrpInstances ?? []).map(patienceMsOf));
      agreesByMs.set(host, court.observer.now() + patienceMs + turnMs(host));
    },
    settled: (host) => {
      if (!host.isLive || court.observer.now() <= (agreesByMs.get(host) ?? -Infinity)) return;
      const groups = Map.groupBy(court.observer.recordsOf(host), ({ config }) => config.syncGroup);
      for (const [group, members] of groups) {
        if (group === undefined) continue;
        const [active, others] = [true, false].map((isActive) =>
          members.filter(({ state }) => (state === "active") === isActive)
            .map(({ config, state }) => `${config.name} ${state}`)
        );
        if (!active?.length || !others?.length) continue;
        const text = `sync group ${group}: ${active.join(", ")}, but ${others.join(", ")}`;
        court.violate("group moves together", host, text);
      }
    },
  };
}

/** How long a router may take to find out whether it can be active. */
function patienceMsOf(config: VrrpInstanceConfig): number {
  const { downIntervalAdverts, advertisementIntervalCs, startupDelayMs, preemptDelayMs } = config;
  const downMs = (downIntervalAdverts + 2) * advertisementIntervalCs * MS_PER_CS;
  return downMs + startupDelayMs + preemptDelayMs;
}
