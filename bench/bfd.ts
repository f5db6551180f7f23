/**
 * BFD of stayd beside keepalived, BIRD and FRR.
 *
 * `deno run -A bench/bfd.ts [--part detection,scale] [--daemons stayd,keepalived,bird,frr]
 * [--intervals 10,50,100] [--runs 15] [--sessions 100,500,1000] [--seconds 20] [--checks 0]`,
 * as root.
 *
 * @module
 */
import { BFD_PEERS, type BfdPeer, staydPeer } from "../tests/lab/bfd_peers.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import { measureDetection } from "./bfd_detection.ts";
import { measureScale } from "./bfd_scale.ts";
import { readOptions } from "./options.ts";
import { GrowingTable, machine, print, progress, spread, summarize } from "./report.ts";

const PEERS: readonly BfdPeer[] = [staydPeer, ...BFD_PEERS];
const MULT = 3;

function readPeers(names: string): BfdPeer[] {
  return names.split(",").map((name) => {
    const peer = PEERS.find(({ daemon }) => daemon.name === name);
    if (peer === undefined) throw new Error(`There is no daemon "${name}"`);
    return peer;
  });
}

async function detection(peers: readonly BfdPeer[], intervals: number[], runs: number) {
  print(
    "\nA neighbour is killed: ms past its last packet and the Detection Time, until it is\n" +
      "noticed (by the daemon's log) and until Down is on the wire.",
  );
  const head = ["interval", "daemon", "noticed", "Down, median (min–max)", "p95", "runs"];
  const rows = new GrowingTable(head, [12, 10, 20, 24, 6]);
  for (const intervalMs of intervals) {
    for (const peer of peers) {
      progress(`${peer.daemon.name}, ${intervalMs} ms × ${MULT}`);
      const { saidMs, noticedMs } = await measureDetection(peer, { intervalMs, mult: MULT, runs });
      const summary = summarize(saidMs);
      rows.add([
        `${intervalMs} ms × ${MULT}`,
        peer.daemon.name,
        spread(summarize(noticedMs), 2),
        spread(summary, 2),
        summary.p95.toFixed(2),
        String(summary.count),
      ]);
    }
  }
}

async function scale(
  peers: readonly BfdPeer[],
  counts: number[],
  options: { readonly seconds: number; readonly checks: number },
) {
  const { seconds, checks } = options;
  const beside = checks > 0 ? `, beside ${checks} TCP checks a second in the same daemon` : "";
  print(`\nSessions at 100 ms × 3 with a keepalived, for ${seconds} s${beside}.`);
  const head = [
    "sessions",
    "daemon",
    "all up after, s",
    "Down packets",
    "CPU s per min",
    "longest gap, ms",
  ];
  const rows = new GrowingTable(head, [0, 10]);
  for (const count of counts) {
    for (const peer of peers) {
      progress(`${peer.daemon.name}, ${count} sessions`);
      const outcome = await measureScale(peer, { count, seconds, checks });
      rows.add([
        String(count),
        peer.daemon.name,
        outcome.upAfterSec.toFixed(1),
        String(outcome.downCount),
        outcome.cpuSecPerMin.toFixed(1),
        outcome.longestGapMs.toFixed(0),
      ]);
    }
  }
}

async function main(): Promise<void> {
  const options = readOptions({
    part: ["detection,scale", "what to measure"],
    daemons: ["stayd,keepalived,bird,frr", "which to compare"],
    intervals: ["10,50,100", "of detection, in ms"],
    runs: ["15", "losses for each interval"],
    sessions: ["100,500,1000", "how many sessions, of scale"],
    seconds: ["20", "how long each number of sessions is held"],
    checks: ["0", "TCP checks a second beside the sessions, of stayd"],
  });
  await ensurePackages(["iproute2", "tcpdump", "keepalived", "bird2", "frr"]);
  await ensureNamespaces();
  const numbers = (text: string) => text.split(",").map(Number);
  const peers = readPeers(options.daemons);
  print(machine());
  const parts = options.part.split(",");
  if (parts.includes("detection")) {
    await detection(peers, numbers(options.intervals), Number(options.runs));
  }
  if (parts.includes("scale")) {
    await scale(peers, numbers(options.sessions), {
      seconds: Number(options.seconds),
      checks: Number(options.checks),
    });
  }
}

if (import.meta.main) await main();
