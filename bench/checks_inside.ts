/**
 * What bench/checks.ts measures, on the machine where IPVS is.
 *
 * @module
 */
import { createServer, type Server } from "node:net";
import { ip } from "../net/address.ts";
import { Ipvs } from "../net/ipvs.ts";
import type { IpvsDestinationEntry } from "../net/netlink/ipvs_destination.ts";
import { sleep } from "../tests/lab/command.ts";
import { Daemon, type Name } from "./checks_daemon.ts";
import { print, spread, summarize, table } from "./report.ts";

const SERVERS_EACH = 2;
const PORT = 10_000;
/** Starts that count; one before them does not. */
const STARTS = 5;
/** Whoever looks takes time which the daemon then lacks: there is one processor. */
const START_POLL_MS = 20;
const POLL_MS = 5;
/** All of the table is read more seldom: that takes time which the daemon then lacks. */
const TABLE_POLL_MS = 20;
const LIMIT_MS = 180_000;
const WATCH_MS = 10_000;
const DEATHS = 20;
const DEATH_PAUSE_MS = 300;
const STEADY_MS = 4_000;
/** All of them take two periods of what the daemons do by themselves. */
const COSTS = 5;

/** The kernel's table: servers as `7F000001:2710`, with their weights. */
function kernelTable(): { readonly services: number; readonly servers: Map<string, number> } {
  let services = 0;
  const servers = new Map<string, number>();
  for (const line of Deno.readTextFileSync("/proc/net/ip_vs").split("\n")) {
    const [first, second = "", , weight] = line.trim().split(/\s+/);
    if (first === "TCP") services++;
    else if (first === "->" && /^[0-9A-F]{8}:/.test(second)) servers.set(second, Number(weight));
  }
  return { services, servers };
}

async function until(what: string, holds: () => boolean, pollMs = POLL_MS): Promise<number> {
  const startMs = performance.now();
  while (!holds()) {
    if (performance.now() - startMs > LIMIT_MS) throw new Error(`Not within time: ${what}`);
    await sleep(pollMs);
  }
  return performance.now();
}

/** Of a virtual server. */
function address(number: number): string {
  return `10.${(number >> 8) + 1}.${number & 255}.1`;
}

function service(number: number, servers: readonly string[], delaySec: number): string {
  return [
    `virtual_server ${address(number)} 80 {`,
    `delay_loop ${delaySec}\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nwarmup ${delaySec}`,
    ...servers,
    "}\n",
  ].join("\n");
}

const HEAD = "global_defs {\nscript_user root\n}\n";
/** Where all servers of many services listen: any address of 127.0.0.0/8 is theirs. */
const SERVER_PORT = 8_000;

/**
 * So many virtual servers, whose servers are each checked so often (0: not at all); the last server
 * of the last one has a weight of its own.
 */
function manyServices(count: number, delaySec: number, weight: number): string {
  const check = delaySec === 0 ? "" : "TCP_CHECK {\nretry 0\n}\n";
  const parts = Array.from({ length: count }, (_, i) =>
    service(
      i,
      Array.from({ length: SERVERS_EACH }, (_, j) => {
        const isLast = i === count - 1 && j === SERVERS_EACH - 1;
        const ip = `127.${(i >> 8) + 1}.${i & 255}.${j + 1}`;
        return `real_server ${ip} ${SERVER_PORT} {\nweight ${isLast ? weight : 1}\n${check}}`;
      }),
      delaySec || 1,
    ));
  return HEAD + parts.join("");
}

/** What the kernel has behind one virtual server: asked for often, so it must cost little. */
function behind(table: Ipvs, number: number): readonly IpvsDestinationEntry[] {
  return table.destinations({ kind: "address", protocol: "tcp", ip: ip(address(number)), port: 80 })
    .entries;
}

/** Whether all of them are there, after the last one is. */
function isComplete(count: number): boolean {
  const { services, servers } = kernelTable();
  return services === count && servers.size === count * SERVERS_EACH;
}

/** Processor time that passes in a while in which `what` happens, in ms; of several, the mean. */
async function costMs(daemon: Daemon, what: () => void): Promise<number> {
  const beforeMs = daemon.cpuMs();
  for (let i = 0; i < COSTS; i++) {
    what();
    await sleep(STEADY_MS);
  }
  return (daemon.cpuMs() - beforeMs) / COSTS;
}

/** So many virtual servers of the daemon, checked so often. */
interface Scale {
  readonly name: Name;
  readonly count: number;
  readonly delaySec: number;
}

/** How long it takes to the last virtual server in the kernel, and from the first one to it. */
async function startMs(
  { name, count, delaySec }: Scale,
): Promise<{ all: number; filling: number }> {
  using table = openTable();
  await using daemon = new Daemon(name, manyServices(count, delaySec, 1));
  const isThere = (number: number) => () => behind(table, number).length === SERVERS_EACH;
  const firstMs = await until("the first in the kernel", isThere(0), START_POLL_MS);
  const lastMs = await until("the last in the kernel", isThere(count - 1), START_POLL_MS);
  await until("all in the kernel", () => isComplete(count));
  await sleep(STEADY_MS); // Deno fills its cache a little later.
  return { all: lastMs - daemon.startedMs, filling: lastMs - firstMs };
}

function openTable(): Ipvs {
  const table = Ipvs.open();
  if (!table) throw new Error("This kernel has no IPVS");
  return table;
}

/** How long after a reload without a change the daemon says its last line, in ms. */
async function unchangedMs(daemon: Daemon): Promise<number> {
  const beginMs = performance.now();
  let [size, lastMs] = [daemon.logBytes(), NaN];
  daemon.reload();
  while (performance.now() - beginMs < STEADY_MS) {
    await sleep(POLL_MS);
    const now = daemon.logBytes();
    if (now !== size) [size, lastMs] = [now, performance.now() - beginMs];
  }
  return lastMs;
}

/** Start and reload, in ms. */
async function scale(wanted: Scale): Promise<string[]> {
  const { name, count, delaySec } = wanted;
  // Nobody's first start counts: it reads the program from a disk.
  await startMs(wanted);
  const starts = [];
  for (let i = 0; i < STARTS; i++) starts.push(await startMs(wanted));
  using table = openTable();
  await using daemon = new Daemon(name, manyServices(count, delaySec, 1));
  const last = () => behind(table, count - 1);
  await until("all in the kernel", () => isComplete(count));
  await sleep(STEADY_MS + delaySec * 1_000);
  const reloads: number[] = [];
  for (const weight of [2, 3, 4, 5, 6]) {
    daemon.prepare(manyServices(count, delaySec, weight));
    const beginMs = performance.now();
    daemon.reload();
    const isChanged = () => last().some(({ destination }) => destination.weight === weight);
    reloads.push(await until("the new weight", isChanged) - beginMs);
    await sleep(STEADY_MS);
  }
  const unchanged: number[] = [];
  for (let i = 0; i < COSTS; i++) unchanged.push(await unchangedMs(daemon));
  const idleCpuMs = await costMs(daemon, () => {});
  const unchangedCpuMs = await costMs(daemon, () => daemon.reload());
  return [
    `${count} × ${SERVERS_EACH}`,
    name,
    spread(summarize(starts.map(({ all }) => all)), 0),
    spread(summarize(starts.map(({ filling }) => filling)), 0),
    spread(summarize(reloads), 0),
    spread(summarize(unchanged), 0),
    (unchangedCpuMs - idleCpuMs).toFixed(0),
  ];
}

/** Servers that note when they were asked. */
class Servers {
  readonly #servers: Server[] = [];
  #times: number[][] = [];

  static async start(count: number): Promise<Servers> {
    const all = new Servers();
    for (let i = 0; i < count; i++) await all.#listen(i);
    all.reset();
    return all;
  }

  reset(): void {
    this.#times = this.#servers.map(() => []);
  }

  /** How often they were asked, and the longest pause of any of them. */
  seen(): { readonly count: number; readonly longestMs: number } {
    let [count, longestMs] = [0, 0];
    for (const times of this.#times) {
      count += times.length;
      for (let i = 1; i < times.length; i++) {
        longestMs = Math.max(longestMs, (times[i] ?? 0) - (times[i - 1] ?? 0));
      }
    }
    return { count, longestMs };
  }

  kill(number: number): void {
    this.#servers[number]?.close();
  }

  end(): void {
    for (const server of this.#servers) server.close();
  }

  #listen(number: number): Promise<void> {
    const server = createServer((socket) => {
      this.#times[number]?.push(performance.now());
      socket.on("error", () => {}).resume();
    });
    this.#servers.push(server);
    return new Promise((resolve) => server.listen(PORT + number, "127.0.0.1", () => resolve()));
  }
}

function hexName(number: number): string {
  return `7F000001:${(PORT + number).toString(16).toUpperCase()}`;
}

/** Pace, processor time, and how long the dead stay in the table. */
async function checks(name: Name, count: number): Promise<string[]> {
  const servers = await Servers.start(count);
  const each = (i: number) => `real_server 127.0.0.1 ${PORT + i} {\nTCP_CHECK {\nretry 0\n}\n}`;
  const numbers = Array.from({ length: count }, (_, i) => i);
  try {
    await using daemon = new Daemon(name, HEAD + service(0, numbers.map(each), 1));
    await until("all in the kernel", () => kernelTable().servers.size === count);
    await sleep(STEADY_MS);
    servers.reset();
    const cpuMs = daemon.cpuMs();
    await sleep(WATCH_MS);
    const { count: asked, longestMs } = servers.seen();
    const perSec = (daemon.cpuMs() - cpuMs) / (WATCH_MS / 1_000);
    const deaths: number[] = [];
    for (let i = 0; i < DEATHS; i++) {
      const victim = Math.floor(i * count / DEATHS);
      const beginMs = performance.now();
      servers.kill(victim);
      const isGone = () => !kernelTable().servers.has(hexName(victim));
      deaths.push(await until("the dead are gone", isGone, TABLE_POLL_MS) - beginMs);
      await sleep(DEATH_PAUSE_MS);
    }
    return [
      String(count),
      name,
      (asked / (WATCH_MS / 1_000)).toFixed(0),
      longestMs.toFixed(0),
      spread(summarize(deaths), 0),
      `${(perSec / 10).toFixed(1)} %`,
    ];
  } finally {
    servers.end();
  }
}

/** Nobody's first start counts: Deno fills its cache, and the machine its own. */
async function warmUp(name: Name): Promise<void> {
  await using _daemon = new Daemon(name, manyServices(1, 0, 1));
  await until("a first start", () => kernelTable().services > 0);
  await sleep(STEADY_MS); // The cache is filled a little later.
}

const [services = "", checkCount = "", only = "", delay = ""] = Deno.args;
const names = (["keepalived", "stayd"] as const).filter((name) => only === "" || name === only);
const scaled: string[][] = [];
const delaySec = Number(delay);
const listener = createServer((socket) => void socket.on("error", () => {}).resume());
if (delaySec > 0) await new Promise<void>((resolve) => listener.listen(SERVER_PORT, resolve));
for (const name of names) await warmUp(name);
for (const count of services.split(",").filter((each) => each !== "").map(Number)) {
  for (const name of names) scaled.push(await scale({ name, count, delaySec }));
}
print(table(
  [
    "virtual × real",
    "daemon",
    "start to all in the kernel, ms",
    "of it, first to all",
    "reload of one weight, ms",
    "reload without a change, to the last line, ms",
    "CPU of one without a change, ms",
  ],
  scaled,
));
const paced: string[][] = [];
listener.close();
for (const count of checkCount.split(",").filter((each) => each !== "").map(Number)) {
  for (const name of names) paced.push(await checks(name, count));
}
print();
const head = ["checks", "daemon", "a second", "longest pause, ms", "death to removal, ms", "CPU"];
print(table(head, paced));
