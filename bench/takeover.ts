/**
 * A takeover with thousands of addresses, for keepalived and stayd side by side.
 *
 * `deno run -A bench/takeover.ts [--runs 5] [--addresses 5000] [--daemons keepalived,stayd]`, as
 * root. r1 dies; r2 takes over and has all the addresses to install and to announce; r3 listens. If
 * r2 forgets its adverts meanwhile, r3 believes it dead and becomes a second master.
 *
 * @module
 */
import { sleep } from "../tests/lab/command.ts";
import { block, FAST_WIRE, instanceText, type Wire } from "../tests/lab/conf.ts";
import type { Daemon } from "../tests/lab/daemon.ts";
import type { Frame } from "../tests/lab/frame.ts";
import { advertsOf, announcementsOf, downMs, spacingsMs, takeoverOf } from "../tests/lab/judge.ts";
import { type Host, Lab } from "../tests/lab/lab.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import { DAEMONS_DEFAULT, readDaemons } from "./daemons.ts";
import { readCount, readOptions } from "./options.ts";
import { machine, print, progress, spread, summarize, type Summary, table } from "./report.ts";

const WIRE: Wire = { ...FAST_WIRE, name: "v3 100 ms", advertSec: 0.1 };
const INTERVAL_MS = WIRE.advertSec * 1000;
const PRIORITIES = { r1: 200, r2: 100, r3: 50 } as const;
const ADVERTISED = "10.0.0.100";
/** A start with thousands of addresses, and its removal of what it may find. */
const SETTLE_MS = 2500;
/** From the death of r1 until nothing is left to be seen. */
const WATCH_MS = 4000;

/** One takeover; times in ms. */
interface Outcome {
  /** Past the ideal wait. */
  readonly firstAdvertMs: number;
  readonly firstAnnouncementMs: number;
  /** When the last address had been announced once, past the ideal wait. */
  readonly allAnnouncedMs: number;
  /** The longest pause between two adverts of the new master. */
  readonly silenceMs: number;
  /** Adverts of r3, which should never send one. */
  readonly falseMasterCount: number;
  /** From SIGTERM to the end of the new master, with all its addresses. */
  readonly exitMs: number;
}

/** That many host addresses, none of them in the routers' own network. */
function manyAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.1.${i >> 8}.${i & 0xff}/32`);
}

function configOf(host: "r1" | "r2" | "r3", addresses: readonly string[]): string {
  // An advert names 255 addresses at most, and all routers must name the same.
  const lines = host === "r2" ? block("virtual_ipaddress_excluded", addresses) : [];
  return instanceText(host, WIRE, {
    priority: PRIORITIES[host],
    addresses: [ADVERTISED],
    lines,
  });
}

/** Plays one takeover on a network of its own. */
async function play(daemon: Daemon, addresses: readonly string[]): Promise<Outcome> {
  const hosts = ["r1", "r2", "r3"] as const;
  await using lab = await Lab.create(hosts);
  const capture = await lab.capture({ filter: "proto 112 or arp", live: false });
  const start = (host: "r1" | "r2" | "r3") =>
    lab.start(host, daemon, configOf(host, addresses), { detail: false });
  const r1 = await start("r1");
  await r1.listening(4);
  const [r2] = await Promise.all([start("r2"), start("r3")]);
  await r2.listening(4);
  await sleep(SETTLE_MS);
  await Promise.all([r1.kill(), lab.cut("r1")]);
  await sleep(WATCH_MS);
  const held = (await lab.virtualAddresses("r2")).length;
  if (held !== addresses.length + 1) throw new Error(`r2 holds ${held} addresses\n${r2.tail()}`);
  const frames = await capture.stop();
  const termMs = performance.now();
  await r2.stop();
  return measure(frames, addresses.length + 1, performance.now() - termMs);
}

function measure(frames: readonly Frame[], addressCount: number, exitMs: number): Outcome {
  const { last, advertMs, announcementMs } = takeoverOf("r1", "r2", frames);
  if (last.priority === 0) throw new Error("r1 resigned, which a killed router cannot");
  const idealMs = downMs(WIRE, PRIORITIES.r2);
  const after = frames.filter(({ atMs }) => atMs > last.atMs);
  const firstMs = new Map<string, number>();
  for (const { ip, atMs } of announcementsOf("r2", after)) {
    if (!firstMs.has(ip)) firstMs.set(ip, atMs);
  }
  if (firstMs.size !== addressCount) throw new Error(`${firstMs.size} addresses were announced`);
  return {
    firstAdvertMs: advertMs - idealMs,
    firstAnnouncementMs: announcementMs - idealMs,
    allAnnouncedMs: Math.max(...firstMs.values()) - last.atMs - idealMs,
    silenceMs: Math.max(...spacingsMs(advertsOf("r2", after))),
    falseMasterCount: advertsOf("r3" satisfies Host, frames).length,
    exitMs,
  };
}

type Series = { readonly daemon: Daemon; readonly outcomes: Outcome[] };

function summaryOf({ outcomes }: Series, what: keyof Outcome): Summary {
  return summarize(outcomes.map((outcome) => outcome[what]));
}

/** Each number of an {@linkcode Outcome}: its column, and its digits. */
const COLUMNS: readonly (readonly [keyof Outcome, string, number])[] = [
  ["firstAdvertMs", "first advert", 1],
  ["firstAnnouncementMs", "first GARP", 1],
  ["allAnnouncedMs", "all announced", 0],
  ["silenceMs", "longest silence", 0],
  ["falseMasterCount", "false masters", 0],
  ["exitMs", "exit after SIGTERM", 0],
];

/** What the targets say: all of it in absolute terms but the time to announce. */
function verdicts(series: readonly Series[]): string[] {
  const ours = series.find(({ daemon }) => daemon.name === "stayd");
  const theirs = series.find(({ daemon }) => daemon.name === "keepalived");
  if (ours === undefined) return [];
  const judge = (met: boolean) => met ? "met" : "MISSED";
  const silenceMs = summaryOf(ours, "silenceMs").max;
  const falseCount = summaryOf(ours, "falseMasterCount").max;
  const lines = [
    `no advert late by more than one interval: ${silenceMs.toFixed(1)} ms at most ` +
    `(${judge(silenceMs <= 2 * INTERVAL_MS)})`,
    `no false master: ${falseCount} (${judge(falseCount === 0)})`,
  ];
  if (theirs === undefined) return lines;
  const [our, their] = [ours, theirs].map((one) => summaryOf(one, "allAnnouncedMs").median);
  if (our === undefined || their === undefined) return lines;
  const ratio = (our / their).toFixed(2);
  return [...lines, `all announced: ${ratio} × keepalived's median (${judge(our <= their)})`];
}

async function main(): Promise<void> {
  const options = readOptions({
    runs: ["5", "how often each is played"],
    daemons: [DAEMONS_DEFAULT, "which to compare, separated by commas; one may be named twice"],
    addresses: ["5000", "virtual addresses of the instance"],
  });
  const runs = readCount(options.runs);
  await ensurePackages(["iproute2", "tcpdump", "keepalived"]);
  await ensureNamespaces();
  const addresses = manyAddresses(readCount(options.addresses));
  const series: Series[] = readDaemons(options.daemons)
    .map((daemon) => ({ daemon, outcomes: [] }));
  for (let run = 0; run < runs; run++) {
    for (const { daemon, outcomes } of series) {
      progress(`${daemon.name}: run ${run + 1} of ${runs}`);
      outcomes.push(await play(daemon, addresses));
    }
  }
  progress("");
  print(`Takeover of ${addresses.length} addresses at ${WIRE.name}, ms: median (min–max).`);
  print(`Adverts and announcements count past the protocol's ideal. ${machine()}\n`);
  const rows = series.map((one) => [
    one.daemon.name,
    ...COLUMNS.map(([what, , digits]) => spread(summaryOf(one, what), digits)),
    String(one.outcomes.length),
  ]);
  print(table(["daemon", ...COLUMNS.map(([, title]) => title), "runs"], rows));
  const judged = verdicts(series);
  if (judged.length > 0) print(`\n${judged.join("\n")}`);
}

if (import.meta.main) await main();
