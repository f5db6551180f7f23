/**
 * What many sessions cost a daemon, and whether it holds them.
 *
 * @module
 */
import { saidBy } from "../tests/lab/bfd_judge.ts";
import { type BfdPeer, keepalivedPeer } from "../tests/lab/bfd_peers.ts";
import type { Capture } from "../tests/lab/capture.ts";
import { sleep } from "../tests/lab/command.ts";
import { Lab } from "../tests/lab/lab.ts";
import { addCrowd, crowdOf } from "./bfd_crowd.ts";
import { cpuMs } from "./cpu.ts";

/** What is measured. */
export interface ScaleOptions {
  readonly count: number;
  readonly seconds: number;
  /** TCP checks a second in the same daemon. */
  readonly checks: number;
}

/** What came of it. */
export interface ScaleOutcome {
  /** Until all sessions had said that they are up; NaN: they never did. */
  readonly upAfterSec: number;
  /** Packets of either end that say Down, once all were up. */
  readonly downCount: number;
  readonly cpuSecPerMin: number;
  /** The longest time between two packets of a session. */
  readonly longestGapMs: number;
}

const UP_SEC_MAX = 60;
const SETTLE_MS = 3_000;
const LISTENER = "10.77.0.1";

/** Sessions of a daemon with a keepalived that has as many. */
export async function measureScale(
  peer: BfdPeer,
  { count, seconds, checks }: ScaleOptions,
): Promise<ScaleOutcome> {
  await using lab = await Lab.create(["r1", "r2"]);
  await addCrowd(lab, count);
  const capture = await lab.capture({ filter: "udp port 3784", live: false });
  await lab.start("r2", keepalivedPeer.daemon, keepalivedPeer.config(crowdOf("r2", count)), {
    detail: false,
  });
  await sleep(SETTLE_MS);
  const startMs = Date.now();
  const config = peer.config(crowdOf("r1", count)) + (checks > 0 ? checkText(checks) : "");
  const daemon = await lab.start("r1", peer.daemon, config, { detail: false });
  await untilAllUp(capture, count);
  await sleep(SETTLE_MS);
  const fromMs = Date.now();
  const before = cpuMs(daemon);
  await sleep(seconds * 1_000);
  const spentMs = cpuMs(daemon) - before;
  const toMs = Date.now();
  const frames = await capture.stop();
  const within = frames.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const all = [...saidBy("r1", within), ...saidBy("r2", within)];
  return {
    upAfterSec: upAfterSec(saidBy("r1", frames), count, startMs),
    downCount: all.filter(({ packet }) => packet.state !== "up").length,
    cpuSecPerMin: spentMs / 1_000 * 60 / seconds,
    longestGapMs: longestGapMs(saidBy("r1", within)),
  };
}

/** What is captured comes in batches: the wait is longer than what is waited for. */
async function untilAllUp(capture: Capture, count: number): Promise<void> {
  const up = new Set<string>();
  let readCount = 0;
  for (let left = UP_SEC_MAX; left > 0 && up.size < count; left--) {
    await sleep(1_000);
    const news = capture.frames.slice(readCount);
    readCount += news.length;
    for (const { source, packet } of saidBy("r1", news)) if (packet.state === "up") up.add(source);
  }
}

type Said = ReturnType<typeof saidBy>;

function upAfterSec(said: Said, count: number, startMs: number): number {
  const up = new Set<string>();
  for (const { source, atMs, packet } of said) {
    if (packet.state === "up") up.add(source);
    if (up.size === count) return (atMs - startMs) / 1_000;
  }
  return NaN;
}

function longestGapMs(said: Said): number {
  const last = new Map<string, number>();
  let longest = 0;
  for (const { source, atMs } of said) {
    longest = Math.max(longest, atMs - (last.get(source) ?? atMs));
    last.set(source, atMs);
  }
  return longest;
}

/** Real servers that nobody answers for but a refusal: each check is a connection. */
function checkText(checks: number): string {
  const servers = Array.from(
    { length: checks },
    (_, i) =>
      `    real_server 10.0.0.2 ${2_000 + i} {\n        weight 1\n        TCP_CHECK {\n` +
      "            connect_timeout 1\n            retry 0\n        }\n    }",
  );
  return `virtual_server ${LISTENER} 80 {\n    delay_loop 1\n    lb_algo rr\n    lb_kind NAT\n` +
    `    protocol TCP\n${servers.join("\n")}\n}\n`;
}
