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

/** For each death: ms from the Detection Time after the last packet to the first Down. */
export async function measureDetection(
  peer: BfdPeer,
  { intervalMs, mult, runs }: DetectionOptions,
): Promise<number[]> {
  await using lab = await Lab.create(["r1", "r2"]);
  const capture = await lab.capture({ filter: "udp port 3784", live: false });
  const session = (local: "r1" | "r2", remote: "r1" | "r2") => ({
    local: station(local).ipv4,
    remote: station(remote).ipv4,
    txMs: intervalMs,
    rxMs: intervalMs,
    mult,
  });
  await lab.start("r1", peer.daemon, peer.config([session("r1", "r2")]), { detail: false });
  const deaths: number[] = [];
  for (let run = 0; run < runs; run++) {
    const other = await lab.start("r2", birdPeer.daemon, birdPeer.config([session("r2", "r1")]));
    await sleep(UP_MS + Math.random() * intervalMs);
    deaths.push(Date.now());
    await other.kill();
    await sleep(intervalMs * mult + AFTER_MS);
  }
  const frames = await capture.stop();
  return deaths.flatMap((diedMs) => {
    const last = saidBy("r2", frames).findLast(({ atMs }) => atMs < diedMs + intervalMs);
    if (!last) return [];
    const own = saidBy("r1", frames).filter(({ atMs }) => atMs > last.atMs);
    const before = saidBy("r1", frames).findLast(({ atMs }) => atMs <= last.atMs);
    const down = own.find(({ packet }) => packet.state === "down");
    // It had not come up again: nothing was lost.
    if (!down || before?.packet.state !== "up") return [];
    return [down.atMs - last.atMs - intervalMs * mult];
  });
}
