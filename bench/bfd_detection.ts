/**
 * How late a daemon says that its neighbour is lost.
 *
 * The neighbour is a BIRD that is killed and started again. The capture is not live: at the moment
 * that matters nothing runs but the daemon.
 *
 * @module
 */
import { saidBy } from "../tests/lab/bfd_judge.ts";
import { type BfdPeer, birdPeer } from "../tests/lab/bfd_peers.ts";
import { sleep } from "../tests/lab/command.ts";
import { Lab, station } from "../tests/lab/lab.ts";

/** What is measured. */
export interface DetectionOptions {
  readonly intervalMs: number;
  readonly mult: number;
  readonly runs: number;
}

/** Slow start of both ends, on a busy machine. */
const UP_MS = 3_000;
const AFTER_MS = 400;

/** What came of it: for each death ms past the Detection Time after the last packet. */
export interface DetectionOutcome {
  /** Until the first Down on the wire. */
  readonly saidMs: readonly number[];
  /** Until it was noticed, by the daemon's own log. */
  readonly noticedMs: readonly number[];
}

/** A neighbour is killed so many times. */
export async function measureDetection(
  peer: BfdPeer,
  { intervalMs, mult, runs }: DetectionOptions,
): Promise<DetectionOutcome> {
  await using lab = await Lab.create(["r1", "r2"]);
  const capture = await lab.capture({ filter: "udp port 3784", live: false });
  const session = (local: "r1" | "r2", remote: "r1" | "r2") => ({
    local: station(local).ipv4,
    remote: station(remote).ipv4,
    txMs: intervalMs,
    rxMs: intervalMs,
    mult,
  });
  const own = await lab.start("r1", peer.daemon, peer.config([session("r1", "r2")]), {
    detail: false,
  });
  const deaths: number[] = [];
  for (let run = 0; run < runs; run++) {
    const other = await lab.start("r2", birdPeer.daemon, birdPeer.config([session("r2", "r1")]));
    await sleep(UP_MS + Math.random() * intervalMs);
    deaths.push(Date.now());
    await other.kill();
    await sleep(intervalMs * mult + AFTER_MS);
  }
  const frames = await capture.stop();
  const noticed = own.log().flatMap((line) => peer.lossIn(line) ?? []);
  const lost = deaths.flatMap((diedMs) => {
    const last = saidBy("r2", frames).findLast(({ atMs }) => atMs < diedMs + intervalMs);
    if (!last) return [];
    const later = saidBy("r1", frames).filter(({ atMs }) => atMs > last.atMs);
    const before = saidBy("r1", frames).findLast(({ atMs }) => atMs <= last.atMs);
    const down = later.find(({ packet }) => packet.state === "down");
    // It had not come up again: nothing was lost.
    if (!down || before?.packet.state !== "up") return [];
    const idealMs = last.atMs + intervalMs * mult;
    const ownMs = noticed.flatMap((each) => "atMs" in each ? each.atMs - idealMs : []);
    const noticedMs = ownMs.toSorted((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 1);
    return [{ saidMs: down.atMs - idealMs, noticedMs }];
  });
  const overdueMs = noticed.flatMap((each) => "overdueMs" in each ? each.overdueMs : []);
  return {
    saidMs: lost.map(({ saidMs }) => saidMs),
    noticedMs: [...overdueMs, ...lost.flatMap(({ noticedMs }) => noticedMs)],
  };
}
