/**
 * The scenarios in which a keepalived was watched (tests/golden/ipvs), through the whole daemon and
 * the kernel: `ipvsadm` sees the same table at the end of each step. The order of changes within a
 * step is judged in tests/machines/timeline_test.ts.
 *
 * @module
 */
import { assert } from "@std/assert";
import { createServer, type Server } from "node:net";
import { sleep } from "../lab/command.ts";
import { type Epoch, readTimelines, type Timeline } from "../machines/timeline_replay.ts";
import { close, ipvsadm, listen, RunningDaemon, seen } from "./running_daemon.ts";

const FOLDER = "/tmp/stayd-test";
/** Where the programs and files of the scenarios lie, which is another place here. */
const FOLDER_THEN = "/etc/stayd-test";
/** This machine is slow. */
const GRACE_MS = 10_000;
const POLL_MS = 20;
/** Servers that speak UDP, DNS and SMTP are those of tests/checkers. */
const OTHER_SERVERS = /^(S smtp|U udp|D dns)$/;

const TIMELINES = ["timelines", "checkers"].flatMap((name) =>
  readTimelines(Deno.readTextFileSync(new URL(`../golden/ipvs/${name}.txt`, import.meta.url)))
).filter(({ title }) => !OTHER_SERVERS.test(title));

const METHODS: Readonly<Record<string, string>> = { "0": "-m", "2": "-i", "3": "-g" };

/** What `ipvsadm` calls a service. */
function flagOf(service: string): string {
  const [, mark] = /^Fwm (\d+)$/.exec(service) ?? [];
  return mark === undefined ? `-t ${service.replace(":tcp:", ":")}` : `-f ${mark}`;
}

/** Carries an operation out on a table of lines as `ipvsadm -S` writes them, by their subjects. */
function apply(table: Map<string, string>, operation: string): void {
  const [, verb = "", service = "", rest = ""] =
    /^\S+ (\w+)(?: (Fwm \d+|\S+))?(.*)$/.exec(operation) ?? [];
  const flag = flagOf(service);
  const [, destination] = /-> (\S+)/.exec(rest) ?? [];
  if (verb === "FLUSH") table.clear();
  else if (verb === "DEL") {
    for (const key of table.keys()) if (`${key} `.startsWith(`${flag} `)) table.delete(key);
  } else if (destination === undefined) table.set(flag, `-A ${flag} -s ${rest.trim()}`);
  else if (verb === "DELDEST") table.delete(`${flag} ${destination}`);
  else {
    const [, weight] = /w=(\d+)/.exec(rest) ?? [];
    const method = METHODS[/fwd=(\d)/.exec(rest)?.[1] ?? "0"];
    table.set(
      `${flag} ${destination}`,
      `-a ${flag} -r ${destination} ${method} -w ${weight}`,
    );
  }
}

/** A web server on which one page fails when it is told to. */
class Pages {
  failing = false;
  readonly server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const fails = this.failing && request.toString().startsWith("GET /b ");
      socket.end(`HTTP/1.0 ${fails ? "500 No" : "200 OK"}\r\n\r\nhello`);
    });
  });

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(9021, "127.0.0.1", resolve));
  }
}

/** Steps of the same deed are one: nothing but time is between them. */
function merged(epochs: readonly Epoch[]): Epoch[] {
  const all: Epoch[] = [];
  for (const epoch of epochs) {
    const last = all.at(-1);
    if (last?.deed === epoch.deed) last.operations.push(...epoch.operations);
    else all.push({ ...epoch, operations: [...epoch.operations] });
  }
  return all;
}

function here(text: string): string {
  return text.replaceAll(FOLDER_THEN, FOLDER);
}

/** One scenario while it is played. */
class Play {
  readonly #timeline: Timeline;
  readonly #daemon: RunningDaemon;
  readonly #server: Server;
  readonly #pages: Pages;
  #next = 1;

  constructor(timeline: Timeline, daemon: RunningDaemon, server: Server, pages: Pages) {
    this.#timeline = timeline;
    this.#daemon = daemon;
    this.#server = server;
    this.#pages = pages;
  }

  async do(deed: string): Promise<void> {
    const { configs } = this.#timeline;
    const [, name, value = ""] = /^(exit|file)[ =](-?\d+)$/.exec(deed) ?? [];
    if (deed === "stop") await this.#daemon.stop();
    else if (deed === "reload same") this.#daemon.change(here(configs[this.#next - 1] ?? ""));
    else if (/^(reload|quorum)/.test(deed)) this.#daemon.change(here(configs[this.#next++] ?? ""));
    else if (name !== undefined) Deno.writeTextFileSync(`${FOLDER}/${name}`, value);
    else if (deed.startsWith("b ")) this.#pages.failing = deed === "b fails";
    else if (deed === "down") await close(this.#server);
    else if (deed.startsWith("addr ")) {
      const args = ["addr", deed.slice(5), "10.9.9.1/32", "dev", "lo"];
      new Deno.Command("ip", { args }).outputSync();
    } else assert(deed === "start", deed);
  }
}

/** Waits until the table is so, and the step is over. */
async function untilOver(what: string, expected: readonly string[], endMs: number): Promise<void> {
  for (;;) {
    const now = seen().map((line) => line.replace(" --tun-type ipip", ""));
    const isSame = JSON.stringify(now) === JSON.stringify(expected);
    const leftMs = endMs - performance.now();
    if (isSame && leftMs <= 0) return;
    assert(leftMs > -GRACE_MS, `${what}: ${now.join(", ")}, not ${expected.join(", ")}`);
    await sleep(POLL_MS);
  }
}

async function play(timeline: Timeline): Promise<void> {
  ipvsadm("-C");
  Deno.mkdirSync(FOLDER, { recursive: true });
  Deno.writeTextFileSync(`${FOLDER}/exit`, "0");
  Deno.writeTextFileSync(`${FOLDER}/file`, "0");
  Deno.writeTextFileSync(`${FOLDER}/misc.sh`, `#!/bin/sh\nexit "$(cat ${FOLDER}/exit)"\n`);
  Deno.chmodSync(`${FOLDER}/misc.sh`, 0o755);
  const server = await listen(9011);
  const pages = new Pages();
  await pages.listen();
  const epochs = merged(timeline.epochs);
  try {
    const config = here(timeline.configs[0] ?? "").replaceAll(`${FOLDER}/tf`, `${FOLDER}/file`);
    await using daemon = new RunningDaemon(config);
    const scene = new Play(timeline, daemon, server, pages);
    for (const endMs = performance.now() + 60_000; seen().length === 0; await sleep(POLL_MS)) {
      assert(performance.now() < endMs, "there is a service");
    }
    const table = new Map<string, string>();
    for (const [i, { deed, atMs, operations }] of epochs.entries()) {
      const beganMs = performance.now();
      await scene.do(deed);
      for (const operation of operations) apply(table, operation);
      const lastsMs = (epochs[i + 1]?.atMs ?? atMs) - atMs;
      await untilOver(deed, [...table.values()].sort(), beganMs + lastsMs);
    }
  } finally {
    await close(server).catch(() => {});
    await close(pages.server);
    new Deno.Command("ip", { args: ["addr", "del", "10.9.9.1/32", "dev", "lo"] }).outputSync();
    ipvsadm("-C");
  }
}

/** All take five minutes: a brief run plays some. (In virtual time all are played each time.) */
const ONE_IN = Deno.args.includes("--brief") ? 6 : 1;

for (const timeline of TIMELINES.filter((_, i) => i % ONE_IN === 0)) {
  Deno.test(`as keepalived, in the kernel: ${timeline.title}`, () => play(timeline));
}
