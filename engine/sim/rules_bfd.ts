/**
 * What BFD sessions owe to who follows them: "a living path stays up", "a dead path is noticed",
 * "a loss is told at once". Judged by the packets that entered inboxes, and by those that left.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import type { BfdState } from "../../machines/bfd_facts.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { Connection } from "./connection.ts";
import { type Court, EPSILON_MS, turnMs } from "./court.ts";
import type { Host } from "./host.ts";
import { readFrame, type SeenBfdPacket } from "./wire_tap.ts";
import type { Watcher } from "./world.ts";

const US_PER_MS = 1_000;
const DIAG_EXPIRED = 1;
/** Slow start, a Detection Time at its slow pace, and some. */
const REST_MS_MIN = 8_000;

/** What is known of one session of a host. */
interface SessionRecord {
  readonly host: Host;
  config: BfdSessionConfig;
  state: BfdState;
  /** When it came to that state, or its host woke up, or was configured. */
  sinceMs: number;
  /** When the last packet for it entered the inbox, and what it said. */
  heardMs: number;
  heard: SeenBfdPacket | undefined;
  /** The intervals that may be in force: bounds of the Detection Time. */
  shortestRxUs: number;
  longestRxUs: number;
  /** How many packets its host had thrown away by then, as there were too many. */
  droppedCount: number;
  /** When it said last that it is not up. */
  saidMs: number;
  /** It was lost, and has not said so yet. */
  owesNews: boolean;
}

/** The rules of this file. */
export function bfdRules(court: Court): Watcher[] {
  const records = new Map<string, SessionRecord>();
  const recordsOf = (host: Host) => [...records.values()].filter((each) => each.host === host);
  let disturbedMs = 0;
  const rest = () => court.observer.now() - disturbedMs;
  return [
    {
      disturbed: (row) => {
        disturbedMs = court.observer.now() + (row[1] === "stall" ? row[3] : 0);
      },
      ended: () => {
        if (rest() < REST_MS_MIN) return;
        for (const record of records.values()) judgeRest(court, record);
      },
      happened: (host, event) => {
        if (event === "started" || event === "configured") {
          adopt(records, host, host.config?.bfdSessions ?? [], court.observer.now());
        } else if (event === "woke up") {
          for (const record of recordsOf(host)) record.sinceMs = court.observer.now();
        } else if (event === "stopped" || event === "crashed" || event === "lost power") {
          for (const [key, { host: owner }] of records) if (owner === host) records.delete(key);
        }
      },
      queued: (host, _, frame) => {
        const seen = readFrame(frame);
        if (seen?.kind !== "bfd") return;
        const record = records.get(keyOf(host, seen.source));
        if (!record) return;
        record.heardMs = court.observer.now();
        record.droppedCount = host.process?.bfdDroppedCount ?? 0;
        record.heard = seen;
      },
      sessionReported: (host, report) => noteReport(court, recordsOf(host), report),
      transmitted: (host, _: Connection, frame) => {
        const seen = readFrame(frame);
        if (seen?.kind !== "bfd" || seen.state === "up" || seen.state === "init") return;
        const record = records.get(keyOf(host, seen.destination));
        if (!record) return;
        record.saidMs = court.observer.now();
        record.owesNews = false;
      },
      settled: (host) => {
        for (const record of recordsOf(host)) {
          if (!record.owesNews) continue;
          record.owesNews = false;
          const text = `lost ${record.config.name}, and did not say so`;
          court.violate("a loss is told at once", host, text);
        }
      },
      passing: (untilMs) => {
        for (const record of records.values()) judgeSilence(court, record, untilMs);
      },
    },
  ];
}

function keyOf(host: Host, neighbor: string): string {
  return `${host.name} ${neighbor}`;
}

function adopt(
  records: Map<string, SessionRecord>,
  host: Host,
  sessions: readonly BfdSessionConfig[],
  nowMs: number,
): void {
  const kept = new Set(sessions.map(({ remoteIp }) => keyOf(host, remoteIp)));
  for (const [key, record] of records) {
    if (record.host === host && !kept.has(key)) records.delete(key);
  }
  for (const config of sessions) {
    const key = keyOf(host, config.remoteIp);
    const known = records.get(key);
    const rxUs = config.requiredMinRxIntervalUs;
    records.set(key, {
      host,
      config,
      state: known?.state ?? "down",
      sinceMs: nowMs,
      heardMs: known?.heardMs ?? -Infinity,
      heard: known?.heard,
      shortestRxUs: Math.min(known?.shortestRxUs ?? Infinity, rxUs),
      longestRxUs: Math.max(known?.longestRxUs ?? 0, rxUs),
      droppedCount: 0,
      saidMs: known?.saidMs ?? -Infinity,
      owesNews: false,
    });
  }
}

function noteReport(
  court: Court,
  records: readonly SessionRecord[],
  { name, state, diagnostic }: SessionReport,
): void {
  const record = records.find(({ config }) => config.name === name);
  if (!record) return;
  const nowMs = court.observer.now();
  const wasUp = record.state === "up";
  record.state = state;
  record.sinceMs = nowMs;
  if (!wasUp || state === "up") return;
  // People are told after the neighbour.
  record.owesNews = record.saidMs < nowMs - turnMs(record.host);
  const isFlooded = (record.host.process?.bfdDroppedCount ?? 0) !== record.droppedCount;
  if (diagnostic !== DIAG_EXPIRED || isFlooded) return;
  const leastMs = detectionMs(record, record.shortestRxUs);
  const silenceMs = nowMs - record.heardMs;
  if (silenceMs >= leastMs - EPSILON_MS) return;
  const text = `lost ${name} ${silenceMs.toFixed(3)} ms after a packet, but must wait ` +
    `${leastMs.toFixed(3)} ms`;
  court.violate("a living path stays up", record.host, text);
}

/** Routers whose neighbour runs, and has the same session, are up with it. */
function judgeRest(court: Court, { host, config, state }: SessionRecord): void {
  if (state === "up" || !host.isLive) return;
  for (const other of court.world().hosts.values()) {
    const connection = other.connections.find(({ nic }) =>
      [...nic.addresses()].includes(config.remoteIp)
    );
    if (!connection || !other.isLive) continue;
    const isMutual = other.config?.bfdSessions.some(({ remoteIp }) =>
      host.connections.some(({ nic }) => [...nic.addresses()].includes(remoteIp))
    );
    const { lan } = connection;
    if (!isMutual || lan.conditions.lossRatio > 0) continue;
    if (!lan.canHear(host.name, other.name) || !lan.canHear(other.name, host.name)) continue;
    const text = `${config.name} is ${state}, though ${other.name} can be heard`;
    court.violate("a whole path comes up", host, text);
  }
}

function judgeSilence(court: Court, record: SessionRecord, untilMs: number): void {
  const { host, state, heard, heardMs, sinceMs, config } = record;
  if (state !== "up" || !heard || !host.isLive) return;
  const mostMs = detectionMs(record, record.longestRxUs);
  const limitMs = Math.max(heardMs, sinceMs) + mostMs + turnMs(host);
  if (untilMs <= limitMs) return;
  const text = `${config.name} is up, but should have been lost at ${limitMs.toFixed(3)} ms`;
  court.violate("a dead path is noticed", host, text);
}

/** RFC 5880 §6.8.4. */
function detectionMs({ heard }: SessionRecord, rxUs: number): number {
  if (!heard) return 0;
  return heard.detectMult * Math.max(rxUs, heard.desiredMinTxIntervalUs) / US_PER_MS;
}
