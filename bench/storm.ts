/**
 * Adverts of a master while bad packets rain on it, for keepalived and stayd side by side.
 *
 * `deno run -A bench/storm.ts [--runs 3] [--packets 10000] [--daemons keepalived,stayd]`, as root.
 * The packets are of every way to be wrong: random octets, TTL, VRID, checksum, length, version.
 *
 * @module
 */
import { sleep } from "../tests/lab/command.ts";
import { FAST_WIRE, instanceText, type Wire } from "../tests/lab/conf.ts";
import type { Daemon } from "../tests/lab/daemon.ts";
import { badFrames, inject } from "../tests/lab/forged_packets.ts";
import type { Frame } from "../tests/lab/frame.ts";
import { advertsOf, downMs, spacingsMs } from "../tests/lab/judge.ts";
import { Lab } from "../tests/lab/lab.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import { cpuMs } from "./cpu.ts";
import { DAEMONS_DEFAULT, readDaemons } from "./daemons.ts";
import { readCount, readOptions } from "./options.ts";
import { machine, print, progress, spread, summarize, table } from "./report.ts";

const WIRE: Wire = { ...FAST_WIRE, name: "v3 100 ms", advertSec: 0.1 };
const INTERVAL_MS = WIRE.advertSec * 1000;
const PRIORITY = 200;
const ADDRESS = "10.0.0.100";
const STORM_MS = 1000;
const CALM_MS = 2000;

/** One storm. */
interface Outcome {
  /** The longest time between two adverts, in ms, before and from the first bad packet on. */
  readonly calmMs: number;
  readonly stormMs: number;
  readonly logLineCount: number;
  /** Processor time of all processes in the second of the storm. */
  readonly cpuMs: number;
}

function longestPauseMs(frames: readonly Frame[]): number {
  return Math.max(0, ...spacingsMs(advertsOf("r1", frames)));
}

/** Plays one storm on a network of its own. */
async function play(daemon: Daemon, packetCount: number): Promise<Outcome> {
  await using lab = await Lab.create(["r1", "client"]);
  const filter = "proto 112 and not ether src 02:00:00:00:00:09";
  const capture = await lab.capture({ filter, live: false });
  const config = instanceText("r1", WIRE, { priority: PRIORITY, addresses: [ADDRESS] });
  const r1 = await lab.start("r1", daemon, config, { detail: false });
  await r1.listening(4);
  await sleep(downMs(WIRE, PRIORITY) + CALM_MS);
  const target = { vrid: 51, priority: 254, intervalMs: INTERVAL_MS, addresses: [ADDRESS] };
  const before = { startMs: 0, cpuMs: 0, lineCount: 0 };
  const moment = () => {
    Object.assign(before, { startMs: Date.now(), cpuMs: cpuMs(r1), lineCount: r1.log().length });
    return Promise.resolve();
  };
  const frames = badFrames("client", target, packetCount);
  await inject(lab, "client", frames, { durationMs: STORM_MS, moment });
  const spentMs = cpuMs(r1) - before.cpuMs;
  await sleep(CALM_MS / 2);
  const adverts = advertsOf("r1", await capture.stop());
  const lastCalm = adverts.findLastIndex(({ atMs }) => atMs < before.startMs);
  return {
    calmMs: longestPauseMs(adverts.slice(0, lastCalm + 1)),
    // From the last advert of the calm on: the pause that the storm interrupts is its own.
    stormMs: longestPauseMs(adverts.slice(lastCalm)),
    logLineCount: r1.log().length - before.lineCount,
    cpuMs: spentMs,
  };
}

/** Each number of an {@linkcode Outcome}: its column, and its digits. */
const COLUMNS: readonly (readonly [keyof Outcome, string, number])[] = [
  ["calmMs", "longest pause, calm", 1],
  ["stormMs", "longest pause, storm", 1],
  ["logLineCount", "log lines", 0],
  ["cpuMs", "CPU ms", 0],
];

async function main(): Promise<void> {
  const options = readOptions({
    runs: ["3", "how often each is played"],
    daemons: [DAEMONS_DEFAULT, "which to compare, separated by commas; one may be named twice"],
    packets: ["10000", "bad packets in a second"],
  });
  const runs = readCount(options.runs);
  await ensurePackages(["iproute2", "tcpdump", "keepalived"]);
  await ensureNamespaces();
  const packetCount = readCount(options.packets);
  const series: { daemon: Daemon; outcomes: Outcome[] }[] = readDaemons(options.daemons)
    .map((daemon) => ({ daemon, outcomes: [] }));
  for (let run = 0; run < runs; run++) {
    for (const { daemon, outcomes } of series) {
      progress(`${daemon.name}: run ${run + 1} of ${runs}`);
      outcomes.push(await play(daemon, packetCount));
    }
  }
  progress("");
  print(`${packetCount} bad packets in a second to a master at ${WIRE.name}: median (min–max).`);
  print(`${machine()}\n`);
  const rows = series.map(({ daemon, outcomes }) => [
    daemon.name,
    ...COLUMNS.map(([what, , digits]) =>
      spread(summarize(outcomes.map((outcome) => outcome[what])), digits)
    ),
    String(outcomes.length),
  ]);
  print(table(["daemon", ...COLUMNS.map(([, title]) => title), "runs"], rows));
}

if (import.meta.main) await main();
