/**
 * How late a master's advertisements are while the same daemon makes many HTTP checks, or holds
 * many BFD sessions.
 *
 * `deno task bench lateness [--checks 0,2000] [--sessions 0] [--seconds 60] [--interval 10]`, as
 * root. Time is the kernel's on the wire; an advertisement is late by what its distance from the
 * one before is longer than the interval. The page that is asked for is in a process, and a
 * namespace, of its own.
 *
 * @module
 */
import { sleep, until } from "../tests/lab/command.ts";
import { keepalivedPeer, staydPeer } from "../tests/lab/bfd_peers.ts";
import { FAST_WIRE, instanceText } from "../tests/lab/conf.ts";
import { stayd } from "../tests/lab/daemon.ts";
import { advertsOf, spacingsMs } from "../tests/lab/judge.ts";
import { Lab, station } from "../tests/lab/lab.ts";
import { ensureNamespaces, ensurePackages } from "../tests/lab/packages.ts";
import { addCrowd, crowdOf } from "./bfd_crowd.ts";
import { cpuMs } from "./cpu.ts";
import { readOptions } from "./options.ts";
import { machine, print, progress, table } from "./report.ts";

const PORT = 8_080;
const PRIORITY = 200;
const SERVERS_EACH = 100;
const SETTLE_MS = 8_000;
const LIMIT_MS = 20_000;

/** So many servers, each asked for a page once a second. */
function checkText(count: number): string {
  const page = station("client").ipv4;
  const check = [
    `HTTP_GET {\nconnect_ip ${page}\nconnect_port ${PORT}\n`,
    "url {\npath /\nstatus_code 200\n}\n}",
  ].join("");
  const virtual = (i: number) => {
    const servers = Array.from(
      { length: SERVERS_EACH },
      (_, j) => `real_server 10.200.${i}.${j + 1} 80 {\n${check}\n}\n`,
    );
    return [
      `virtual_server 10.9.9.${i + 1} 80 {\ndelay_loop 1\nwarmup 1\nlvs_sched rr\n`,
      `lvs_method NAT\nprotocol TCP\n${servers.join("")}}\n`,
    ].join("");
  };
  const groups = Array.from({ length: count / SERVERS_EACH }, (_, i) => virtual(i));
  return ["global_defs {\nscript_user root\nlvs_dataplane none\n}\n", ...groups].join("");
}

/** The page's process, and how often it was asked. */
class Page implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  #text = "";
  readonly #read: Promise<void>;

  constructor(lab: Lab) {
    const script = new URL("./page_server.ts", import.meta.url).pathname;
    const inside = ["netns", "exec", lab.namespace("client")];
    const serve = [Deno.execPath(), "run", "-A", script, station("client").ipv4, String(PORT)];
    this.#process = new Deno.Command("ip", {
      args: [...inside, ...serve],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#read = this.#follow();
  }

  get count(): number | undefined {
    const last = this.#text.trim().split("\n").at(-1);
    return last === "" || last === undefined ? undefined : Number(last);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#read;
    await this.#process.status;
  }

  async #follow(): Promise<void> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
    }
  }
}

function share(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** What the daemon does beside. */
interface Load {
  /** HTTP checks a second. */
  readonly checks: number;
  /** BFD sessions with a keepalived. */
  readonly sessions: number;
}

/** One row. */
async function measure(load: Load, seconds: number, intervalMs: number): Promise<string[]> {
  const { checks, sessions } = load;
  await using lab = await Lab.create(["r1", "r2", "client"]);
  if (sessions > 0) {
    await addCrowd(lab, sessions);
    const { daemon, config } = keepalivedPeer;
    await lab.start("r2", daemon, config(crowdOf("r2", sessions)), { detail: false });
  }
  await using page = new Page(lab);
  await until("the page is there", () => page.count !== undefined, LIMIT_MS);
  const capture = await lab.capture({ filter: "proto 112", live: false });
  const wire = { ...FAST_WIRE, advertSec: intervalMs / 1_000 };
  const instance = instanceText("r1", wire, { priority: PRIORITY, addresses: ["10.0.0.100"] });
  const text = checkText(checks) + instance + staydPeer.config(crowdOf("r1", sessions));
  const daemon = await lab.start("r1", stayd, text, { detail: false });
  await daemon.listening(4);
  await sleep(SETTLE_MS);
  const [fromMs, asked, spentMs] = [Date.now(), page.count ?? 0, cpuMs(daemon)];
  await sleep(seconds * 1_000);
  const perSec = ((page.count ?? 0) - asked) / seconds;
  const cpu = (cpuMs(daemon) - spentMs) / (10 * seconds);
  const frames = await capture.stop();
  const adverts = advertsOf("r1", frames).filter(({ atMs }) => atMs >= fromMs);
  const late = spacingsMs(adverts).map((each) => Math.max(0, each - intervalMs))
    .toSorted((a, b) => a - b);
  const columns = [0.5, 0.99, 0.999, 1].map((part) => share(late, part).toFixed(2));
  const beside = [perSec.toFixed(0), String(sessions)];
  return [...beside, String(late.length), ...columns, `${cpu.toFixed(0)} %`];
}

async function main(): Promise<void> {
  const { checks, sessions, seconds, interval } = readOptions({
    checks: ["0,2000", "HTTP checks a second"],
    sessions: ["0", "BFD sessions"],
    seconds: ["60", "how long each is measured"],
    interval: ["10", "advertisement interval, in ms"],
  });
  await ensurePackages(["iproute2", "keepalived", "tcpdump"]);
  await ensureNamespaces();
  const numbers = (list: string) => list.split(",").map(Number);
  const rows: string[][] = [];
  for (const sessionCount of numbers(sessions)) {
    for (const count of numbers(checks)) {
      progress(`${count} checks a second, ${sessionCount} sessions`);
      const load = { checks: count, sessions: sessionCount };
      rows.push(await measure(load, Number(seconds), Number(interval)));
    }
  }
  progress("");
  print(`Advertisements every ${interval} ms, and how many ms each was late.`);
  print(`${machine()}\n`);
  const head = [
    "HTTP checks a second",
    "BFD sessions",
    "advertisements",
    "median",
    "p99",
    "p99.9",
    "longest",
  ];
  print(table([...head, "CPU"], rows));
}

if (import.meta.main) await main();
