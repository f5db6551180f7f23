/**
 * How long large configurations take to read, for keepalived and stayd side by side in one run.
 *
 * `deno run -A bench/config.ts [--runs 9]`, as root. Each reading is a process of its own that only
 * tests a file (`-t`), from its start to its end; the daemons take turns. What the empty file takes
 * is the start-up, and the rest of the others is the reading. One run before is not counted: it
 * fills caches of the file system, and Deno's of compiled code.
 *
 * @module
 */
import { run } from "../tests/lab/command.ts";
import {
  addDirectory,
  addNamespace,
  ownName,
  removeDirectory,
  removeNamespace,
} from "../tests/lab/namespaces.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import type { Daemon } from "../tests/lab/daemon.ts";
import { type ConfigFile, configFiles, INTERFACES } from "./config_files.ts";
import { DAEMONS_DEFAULT, readDaemons } from "./daemons.ts";
import { readCount, readOptions } from "./options.ts";
import { machine, print, progress, spread, summarize, type Summary, table } from "./report.ts";

/** How long the empty file may take us. */
const START_MS_MAX = 150;

/** One reading. */
interface Outcome {
  readonly wholeMs: number;
  /** The most memory that was resident. */
  readonly residentMb: number;
}

/** All readings of one file by one daemon. */
interface Series {
  readonly daemon: Daemon;
  readonly file: ConfigFile;
  readonly outcomes: Outcome[];
}

/** A network with the interfaces that the files name, and the files. */
class Place implements Disposable {
  readonly #name = ownName();
  readonly #directory = addDirectory(this.#name);

  /** Makes it. */
  static async make(files: readonly ConfigFile[]): Promise<Place> {
    const place = new Place();
    await addNamespace(place.#name);
    for (const [i, name] of INTERFACES.entries()) {
      await run(["ip", "-n", place.#name, "link", "add", name, "type", "bridge"]);
      await run(["ip", "-n", place.#name, "address", "add", `10.0.${i}.1/24`, "dev", name]);
      await run(["ip", "-n", place.#name, "link", "set", name, "up"]);
    }
    for (const { name, text } of files) await Deno.writeTextFile(place.#path(name), text);
    return place;
  }

  /** Has a daemon test a file; throws if it refuses it. */
  read(daemon: Daemon, { name }: ConfigFile): Outcome {
    const measured = `${this.#directory}/measured`;
    const argv = ["time", "--format=%M", `--output=${measured}`, ...testing(daemon)];
    const command = new Deno.Command("ip", {
      args: ["netns", "exec", this.#name, ...argv, this.#path(name)],
      stdin: "null",
    });
    const startMs = performance.now();
    const { code, stdout, stderr } = command.outputSync();
    const wholeMs = performance.now() - startMs;
    if (code !== 0) {
      const words = [stdout, stderr].map((bytes) =>
        new TextDecoder().decode(bytes).slice(0, 1_000)
      );
      throw new Error(`${daemon.name} ended with ${code} for ${name}:\n${words.join("")}`);
    }
    return { wholeMs, residentMb: Number(Deno.readTextFileSync(measured)) / 1_024 };
  }

  #path(name: string): string {
    return `${this.#directory}/${name.replaceAll(/\W+/g, "-")}.conf`;
  }

  /** Removes all of it. */
  [Symbol.dispose](): void {
    removeNamespace(this.#name);
    removeDirectory(this.#directory);
  }
}

/** How to have a daemon test the file whose name follows. */
function testing(daemon: Daemon): readonly string[] {
  const [program = "", ...args] = daemon.command({ config: "", directory: "", detail: false });
  const script = args.findIndex((arg) => arg.endsWith("cli.ts"));
  return [program, ...args.slice(0, script + 1), "-t", "-f"];
}

function numbers({ outcomes }: Series, what: keyof Outcome): Summary {
  return summarize(outcomes.map((outcome) => outcome[what]));
}

/** The reading alone: the whole less the start of the same run. */
function readingMs({ outcomes }: Series, empty: Series): Summary {
  return summarize(
    outcomes.map(({ wholeMs }, i) => wholeMs - (empty.outcomes[i]?.wholeMs ?? 0)),
  );
}

function sameDaemon(series: readonly Series[], { daemon }: Series): readonly Series[] {
  return series.filter((other) => other.daemon === daemon);
}

function rowsOf(series: readonly Series[]): string[][] {
  return series.map((one) => {
    const [empty = one] = sameDaemon(series, one);
    return [
      one.file.name,
      one.daemon.name,
      spread(numbers(one, "wholeMs"), 0),
      one === empty ? "" : spread(readingMs(one, empty), 0),
      numbers(one, "residentMb").median.toFixed(0),
    ];
  });
}

/** Time and memory that each virtual server costs, in files of different length. */
function growthOf(series: readonly Series[]): string[] {
  return series.filter(({ file }) => file.serverCount !== undefined).map((one) => {
    const [empty = one] = sameDaemon(series, one);
    const count = one.file.serverCount ?? 1;
    const us = readingMs(one, empty).median * 1_000 / count;
    const kb = (numbers(one, "residentMb").median - numbers(empty, "residentMb").median) * 1_024 /
      count;
    return `${one.daemon.name}, ${one.file.name}: ${us.toFixed(0)} µs and ${kb.toFixed(1)} kB ` +
      "for each virtual server";
  });
}

/** What the targets say of ours. */
function verdicts(series: readonly Series[]): string[] {
  const of = (name: string) => series.filter(({ daemon }) => daemon.name === name);
  const [ours, theirs] = [of("stayd"), of("keepalived")];
  const start = ours[0];
  if (!start) return [];
  const startMs = numbers(start, "wholeMs").median;
  const said = [
    `start-up ${startMs.toFixed(0)} ms, target ${START_MS_MAX}: ` +
    `${startMs < START_MS_MAX ? "met" : "MISSED"}`,
  ];
  const [largest, theirLargest, theirStart] = [ours.at(-1), theirs.at(-1), theirs[0]];
  if (largest && theirLargest && theirStart) {
    const ratio = readingMs(largest, start).median / readingMs(theirLargest, theirStart).median;
    said.push(
      `reading ${largest.file.name}: ${ratio.toFixed(2)} × keepalived's, target 1: ` +
        `${ratio <= 1 ? "met" : "MISSED"}`,
    );
  }
  return said;
}

async function main(): Promise<void> {
  const options = readOptions({
    runs: ["9", "how often each is played"],
    daemons: [DAEMONS_DEFAULT, "which to compare, separated by commas; one may be named twice"],
  });
  const runs = readCount(options.runs);
  await ensurePackages(["iproute2", "keepalived", "time"]);
  await ensureNamespaces();
  const files = configFiles();
  const daemons = readDaemons(options.daemons);
  using place = await Place.make(files);
  const series = files.flatMap((file) =>
    daemons.map((daemon): Series => ({ daemon, file, outcomes: [] }))
  );
  for (const { daemon, file } of series) place.read(daemon, file);
  for (let run = 0; run < runs; run++) {
    progress(`run ${run + 1} of ${runs}`);
    for (const { daemon, file, outcomes } of series) outcomes.push(place.read(daemon, file));
  }
  progress("");
  print(`Reading configurations, ${runs} runs: median (min–max). ${machine()}\n`);
  print(
    table(["configuration", "daemon", "whole, ms", "reading, ms", "memory, MB"], rowsOf(series)),
  );
  print(`\n${growthOf(series).join("\n")}`);
  print(`\n${verdicts(series).join("\n")}`);
}

if (import.meta.main) await main();
