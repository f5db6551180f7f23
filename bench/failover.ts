/**
 * How late a takeover is, for keepalived and stayd side by side in one run.
 *
 * `deno run -A bench/failover.ts [--runs 15] [--daemons keepalived,stayd]`, as root. Times are the
 * kernel's packet timestamps, counted past the protocol's own wait: from the last advert of the old
 * master the whole down interval (kill), or from its resignation the skew time (stop).
 *
 * @module
 */
import { WIRES } from "../tests/lab/conf.ts";
import type { Wire } from "../tests/lab/conf.ts";
import type { Daemon } from "../tests/lab/daemon.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import { Contest, type Departure, type Result } from "./contest.ts";
import { DAEMONS_DEFAULT, readDaemons } from "./daemons.ts";
import { readCount, readOptions } from "./options.ts";
import { machine, print, progress, spread, summarize, type Summary, table } from "./report.ts";

const DEPARTURES: readonly Departure[] = ["kill", "stop"];
/** How much later than keepalived's our 95th percentile may be. */
const P95_RATIO_MAX = 1.5;

function wires(): Wire[] {
  const [v2] = WIRES;
  const v3 = WIRES.find(({ version, family, unicast }) =>
    version === 3 && family === 4 && !unicast
  );
  if (v2 === undefined || v3 === undefined) throw new Error("There is no IPv4 multicast wire");
  return [
    { ...v2, name: "v2 1 s" },
    ...[100, 30, 10].map((ms) => ({ ...v3, name: `v3 ${ms} ms`, advertSec: ms / 1000 })),
  ];
}

/** The samples of one daemon on one wire. */
interface Series extends Result {
  readonly daemon: Daemon;
}

/** Plays all runs of one wire: one departure of each pair in turn. */
async function play(wire: Wire, daemons: readonly Daemon[], runs: number): Promise<Series[]> {
  await using stack = new AsyncDisposableStack();
  const contests: Contest[] = [];
  for (const daemon of daemons) contests.push(stack.use(await Contest.begin(daemon, wire)));
  for (let run = 0; run < runs; run++) {
    for (const departure of DEPARTURES) {
      for (const contest of contests) await contest.play(departure);
    }
    progress(`${wire.name}: run ${run + 1} of ${runs}`);
  }
  progress("");
  return await Promise.all(
    contests.map(async (contest) => ({ daemon: contest.daemon, ...await contest.result() })),
  );
}

/** One kind of number of one kind of departure. */
function summaryOf(
  { samples }: Series,
  departure: Departure,
  what: "advertMs" | "announcementMs",
): Summary {
  const fitting = samples.filter((sample) => sample.departure === departure);
  return summarize(fitting.map((sample) => sample[what]));
}

/** One row of the table per departure and daemon. */
function rowsOf(wire: Wire, series: readonly Series[]): string[][] {
  return DEPARTURES.flatMap((departure) =>
    series.map((one) => {
      const advert = summaryOf(one, departure, "advertMs");
      const garp = summaryOf(one, departure, "announcementMs");
      const spoilt = one.spoiltCount === 0 ? "" : ` (${one.spoiltCount} of all spoilt)`;
      const runs = `${advert.count}${spoilt}`;
      const columns = [advert, garp].flatMap((sum) => [spread(sum, 2), sum.p95.toFixed(2)]);
      return [wire.name, departure, one.daemon.name, ...columns, runs];
    })
  );
}

/** What the target says of ours beside keepalived's. */
function verdicts(wire: Wire, series: readonly Series[]): string[] {
  const ours = series.find(({ daemon }) => daemon.name === "stayd");
  const theirs = series.find(({ daemon }) => daemon.name === "keepalived");
  if (ours === undefined || theirs === undefined) return [];
  return DEPARTURES.flatMap((departure) =>
    (["advertMs", "announcementMs"] as const).map((what) => {
      const name = what === "advertMs" ? "first advert" : "first GARP";
      return `${wire.name} ${departure}, ${name}: ${
        verdict(summaryOf(ours, departure, what), summaryOf(theirs, departure, what))
      }`;
    })
  );
}

function verdict(ours: Summary, theirs: Summary): string {
  const median = ours.median <= theirs.median;
  const p95 = ours.p95 < P95_RATIO_MAX * theirs.p95;
  const ratio = (a: number, b: number) => `${(a / b).toFixed(2)} ×`;
  return `median ${ratio(ours.median, theirs.median)} keepalived's (${
    median ? "met" : "MISSED"
  }), ` +
    `95th percentile ${ratio(ours.p95, theirs.p95)} (${p95 ? "met" : "MISSED"})`;
}

async function main(): Promise<void> {
  const options = readOptions({
    runs: ["15", "kills and stops of each"],
    daemons: [DAEMONS_DEFAULT, "which to compare, separated by commas; one may be named twice"],
    wires: ["", "only wires whose name has this: v2 1 s, v3 100 ms, v3 30 ms, v3 10 ms"],
  });
  const runs = readCount(options.runs);
  await ensurePackages(["iproute2", "tcpdump", "keepalived"]);
  await ensureNamespaces();
  const daemons = readDaemons(options.daemons);
  const chosen = wires().filter(({ name }) => name.includes(options.wires));
  const [rows, judged]: [string[][], string[]] = [[], []];
  for (const wire of chosen) {
    const series = await play(wire, daemons, runs);
    rows.push(...rowsOf(wire, series));
    judged.push(...verdicts(wire, series));
  }
  print(`Failover, ms past the protocol's ideal: median (min–max). ${machine()}\n`);
  const head = ["VRRP", "event", "daemon", "first advert", "p95", "first GARP", "p95", "runs"];
  print(table(head, rows));
  if (judged.length > 0) print(`\n${judged.join("\n")}`);
}

if (import.meta.main) await main();
