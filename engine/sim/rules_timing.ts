/**
 * When something happens: "patience", "takes over in time", "punctual".
 *
 * @module
 */
import type { Cause } from "../../machines/vrrp_causes.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { type Court, EPSILON_MS, turnMs } from "./court.ts";
import { decidesAlone, downIntervalMs, type Heard, type RouterRecord, skewMs } from "./observer.ts";
import type { Watcher } from "./world.ts";

const MS_PER_CS = 10;

/** The rules of this file. */
export function timingRules(court: Court): Watcher[] {
  return [patience(court), takesOverInTime(court), punctual(court)];
}

/** Becoming active because of these needs no silence: owners and resumed routers. */
const PRIVILEGED: ReadonlySet<Cause["kind"]> = new Set(["startup", "recovery", "resumed"]);

function patience(court: Court): Watcher {
  return {
    reported: (host, instance, { state, cause }) => {
      const record = court.observer.record(host, instance);
      if (state !== "active" || !record || hasWeights(record.config)) return;
      if (cause.kind === "resumed") return judgeResumption(court, record);
      if (PRIVILEGED.has(cause.kind)) return;
      const now = court.observer.now() + EPSILON_MS;
      const { wokeMs = -Infinity, config, lastHeard, listensUntilMs = -Infinity } = record;
      if (now < listensUntilMs) {
        const text = `claims, but must listen until ${
          listensUntilMs.toFixed(3)
        } ms after its stall`;
        court.violate("patience", host, text);
      }
      if (!lastHeard) return;
      const { kind, atMs, intervalCs } = lastHeard;
      const earliestMs = atMs + requiredWaitMs(config, lastHeard);
      // After a stall it listens for one interval more, whatever its timer said before.
      const relistenedMs = wokeMs + intervalCs * MS_PER_CS + skewMs(config, intervalCs);
      if (now >= earliestMs) return;
      if (cause.kind === "silence after stall" && now >= relistenedMs) return;
      const text = `claims after ${cause.kind}, but must wait until ` +
        `${earliestMs.toFixed(3)} ms for what it got at ${atMs.toFixed(3)} ms (${kind})`;
      court.violate("patience", host, text);
    },
  };
}

/** With another priority it waits for another time. */
function hasWeights({ tracks }: VrrpInstanceConfig): boolean {
  return tracks.some(({ weight }) => weight !== 0);
}

/** A router resumes only where nobody who heard it to the end can have replaced it. */
function judgeResumption(court: Court, { host, config, virtualRouter }: RouterRecord): void {
  const diedMs = court.observer.diedMs(host);
  if (diedMs === undefined) return;
  const intervalMs = config.advertisementIntervalCs * MS_PER_CS;
  for (const rival of court.observer.records()) {
    if (rival.host === host || rival.virtualRouter !== virtualRouter) continue;
    if (rival.state !== "active" || rival.stateSinceMs <= diedMs || !rival.host.isLive) continue;
    const { kind, atMs = 0, intervalCs = 0 } = rival.heardBeforeClaim ?? {};
    const heardItsEnd = kind === "heeded" && atMs >= diedMs - intervalMs;
    if (!heardItsEnd || intervalCs < config.advertisementIntervalCs) continue;
    court.violate("patience", host, `resumes, but ${rival.host.name} has replaced it`);
  }
}

/** How long a backup must be patient after it got something. */
function requiredWaitMs(config: VrrpInstanceConfig, { kind, intervalCs }: Heard): number {
  if (kind === "heeded") return downIntervalMs(config, intervalCs);
  return skewMs(config, Math.min(intervalCs, config.advertisementIntervalCs));
}

function takesOverInTime(court: Court): Watcher {
  const check = (untilMs: number) => {
    for (const record of court.observer.records()) {
      const { host, state, config, lastHeard } = record;
      // With preempt_delay even lesser routers are heeded for a while: not judged.
      if (state !== "backup" || !host.isLive || config.preemptDelayMs > 0) continue;
      if (!decidesAlone(config)) continue;
      const startMs = Math.max(lastHeard?.atMs ?? 0, record.stateSinceMs, record.disturbedMs);
      const intervalCs = court.observer.intervalCsMax(record.virtualRouter);
      const isResigned = lastHeard?.kind === "resigned" && lastHeard.atMs === startMs;
      const waitMs = isResigned ? skewMs(config, intervalCs) : downIntervalMs(config, intervalCs);
      if (untilMs <= startMs + waitMs + turnMs(host)) continue;
      const text = `is still backup, but should have claimed at ${
        (startMs + waitMs).toFixed(3)
      } ms`;
      court.violate("takes over in time", host, text);
    }
  };
  return { passing: check };
}

function punctual(court: Court): Watcher {
  const check = (untilMs: number) => {
    for (const record of court.observer.records()) {
      const { host, state, config } = record;
      if (state !== "active" || !host.isLive || !host.hasWay(config)) continue;
      const startMs = Math.max(record.lastSentMs ?? 0, record.stateSinceMs, record.disturbedMs);
      const limitMs = startMs + config.advertisementIntervalCs * MS_PER_CS + turnMs(host);
      if (untilMs <= limitMs) continue;
      court.violate("punctual", host, `its advertisement was due at ${limitMs.toFixed(3)} ms`);
    }
  };
  return { passing: check };
}
