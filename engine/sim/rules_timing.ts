/**
 * When something happens: "patience", "takes over in time", "punctual".
 *
 * @module
 */
import type { Cause } from "../../machines/vrrp_causes.ts";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "../../machines/config.ts";
import { type Court, EPSILON_MS, turnMs } from "./court.ts";
import { downIntervalMs, type Heard, skewMs } from "./observer.ts";
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
      if (state !== "active" || PRIVILEGED.has(cause.kind)) return;
      for (const record of court.observer.recordsOf(host)) {
        if (record.id !== vrrpInstanceIdentity(instance) || !record.lastHeard) continue;
        const { kind, atMs, intervalCs } = record.lastHeard;
        const earliestMs = atMs + requiredWaitMs(record.config, record.lastHeard);
        // After a stall it listens for one interval more, whatever its timer said before.
        const { wokeMs = -Infinity, config } = record;
        const relistenedMs = wokeMs + intervalCs * MS_PER_CS + skewMs(config, intervalCs);
        const isFine = court.observer.now() >= earliestMs - EPSILON_MS ||
          (cause.kind === "silence after stall" &&
            court.observer.now() >= relistenedMs - EPSILON_MS);
        if (isFine) continue;
        const text = `claims after ${cause.kind}, but must wait until ` +
          `${earliestMs.toFixed(3)} ms for what it got at ${atMs.toFixed(3)} ms (${kind})`;
        court.violate("patience", host, text);
      }
    },
  };
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
      const startMs = Math.max(lastHeard?.atMs ?? 0, record.stateSinceMs, record.disturbedMs);
      if (untilMs <= startMs + downIntervalMs(config, config.advertisementIntervalCs)) continue;
      const waitMs = downIntervalMs(config, court.observer.intervalCsMax(record.virtualRouter));
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
      const { host, state, config, connection: { lan } } = record;
      if (state !== "active" || !host.isLive || !lan.isPlugged(host.name)) continue;
      const startMs = Math.max(record.lastSentMs ?? 0, record.stateSinceMs, record.disturbedMs);
      const limitMs = startMs + config.advertisementIntervalCs * MS_PER_CS + turnMs(host);
      if (untilMs <= limitMs) continue;
      court.violate("punctual", host, `its advertisement was due at ${limitMs.toFixed(3)} ms`);
    }
  };
  return { passing: check };
}
