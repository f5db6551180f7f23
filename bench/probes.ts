/**
 * What checks cost: processor time of each, how many a second, the longest time that the loop was
 * held up when 5,000 begin at once; and how well many checkers keep their pace.
 *
 * `deno task bench probes [--count 5000]`. The servers run in a process of their own.
 *
 * @module
 */
import { probeHttp } from "../checkers/http.ts";
import type { Probe, ProbeContext, Verdict } from "../checkers/probe.ts";
import { probeScript } from "../checkers/script.ts";
import { probeTcp } from "../checkers/tcp.ts";
import { monotonicMs } from "../net/sys/libc.ts";
import { sleep } from "../tests/lab/command.ts";
import { makeCertificates } from "../tests/checkers/certificates.ts";
import { local, ProbeLab } from "../tests/checkers/probe_lab.ts";
import { readOptions } from "./options.ts";
import { machine, print, table } from "./report.ts";

/** Checks that are under way at a time. */
const IN_FLIGHT = 64;
const WARM_UP_SHARE = 0.2;
const TIMEOUT_MS = 20_000;
const NS_PER_MS = 1e6;
const PAUSE_MS = 1_000;
const HOLD_MS = 10_000;

const { count } = readOptions({
  count: ["5000", "checks of each kind"],
});
const checks = Number(count);

/** Processor time of this process so far, all its threads, in ms. */
function cpuMs(): number {
  const threads = Array.from(Deno.readDirSync("/proc/self/task"), ({ name }) => name);
  return threads.reduce((sum, name) => {
    const [spentNs = "0"] = Deno.readTextFileSync(`/proc/self/task/${name}/schedstat`).split(" ");
    return sum + Number(spentNs);
  }, 0) / NS_PER_MS;
}

type Start = (context: ProbeContext) => Promise<Verdict>;

/** Runs so many checks, 64 at a time. How many did not pass. */
async function run(lab: ProbeLab, start: Start, total: number, inFlight: number): Promise<number> {
  let [begun, bad] = [0, 0];
  const work = async () => {
    while (begun < total) {
      begun++;
      const { outcome } = await lab.start("socket", start);
      if (outcome !== "passed") bad++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return bad;
}

/** The longest time between two looks of a timer that should look every ms. */
function watchStalls(): () => number {
  let [last, longest] = [monotonicMs(), 0];
  const look = () => {
    const now = monotonicMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}

async function measure(name: string, start: Start, total: number): Promise<string[]> {
  await using lab = new ProbeLab();
  await run(lab, start, total * WARM_UP_SHARE, IN_FLIGHT);
  const [cpuStart, startMs] = [cpuMs(), monotonicMs()];
  const bad = await run(lab, start, total, IN_FLIGHT);
  const tookMs = monotonicMs() - startMs;
  const cpu = 1_000 * (cpuMs() - cpuStart) / total;
  const stop = watchStalls();
  const herdMs = monotonicMs();
  const lost = await run(lab, start, total, total);
  const herd = monotonicMs() - herdMs;
  const stall = stop();
  return [
    name,
    cpu.toFixed(0),
    (1_000 * total / tookMs).toFixed(0),
    (1_000 * total / herd).toFixed(0),
    stall.toFixed(1),
    String(bad + lost),
  ];
}

/**
 * So many checkers, each with a pause of a second between its checks, for ten seconds: how many
 * checks a second there were, the longest time between two starts of one checker, processor time.
 */
async function hold(name: string, start: Start, checkers: number): Promise<string[]> {
  await using lab = new ProbeLab();
  let [isOver, isCounted, done, longest] = [false, false, 0, 0];
  const check = async (offsetMs: number) => {
    await sleep(offsetMs);
    for (let beganMs = 0; !isOver; await sleep(PAUSE_MS)) {
      const nowMs = monotonicMs();
      if (isCounted && beganMs > 0) longest = Math.max(longest, nowMs - beganMs);
      beganMs = nowMs;
      const { outcome } = await lab.start("socket", start);
      if (isCounted && outcome === "passed") done++;
    }
  };
  const all = Array.from({ length: checkers }, (_, i) => check(PAUSE_MS * i / checkers));
  await sleep(2 * PAUSE_MS);
  isCounted = true;
  const cpuStart = cpuMs();
  await sleep(HOLD_MS);
  const cpu = 100 * (cpuMs() - cpuStart) / HOLD_MS;
  isOver = true;
  const rate = 1_000 * done / HOLD_MS;
  await Promise.all(all);
  return [name, String(checkers), rate.toFixed(0), longest.toFixed(0), cpu.toFixed(0)];
}

const folder = await Deno.makeTempDir();
const { good } = await makeCertificates();
await Deno.writeTextFile(`${folder}/cert`, good.cert);
await Deno.writeTextFile(`${folder}/key`, good.key);
const servers = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    new URL("./probe_servers.ts", import.meta.url).pathname,
    `${folder}/cert`,
    `${folder}/key`,
  ],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const { value } = await servers.stdout.getReader().read();
const ports: { plain: number; tls: number } = JSON.parse(new TextDecoder().decode(value));

const page = { path: "/", version: "1.0", asksToClose: false, statusCodes: [] } as const;
const secure = { ...page, tls: {} };
const against = <Options>(probe: Probe<Options>, port: number, options: Options): Start => {
  const target = local(port, { timeoutMs: TIMEOUT_MS });
  return (context) => probe(target, options, context);
};
const script = {
  command: ["/bin/true"],
  environment: [],
  timeoutMs: TIMEOUT_MS,
  isDynamic: false,
};
const rows = [
  await measure("TCP_CHECK", against(probeTcp, ports.plain, undefined), checks),
  await measure("HTTP_GET", against(probeHttp, ports.plain, page), checks),
  await measure(
    "HTTP_GET, digest",
    against(probeHttp, ports.plain, {
      ...page,
      digest: "5d41402abc4b2a76b9719d911017c592",
    }),
    checks,
  ),
  await measure("SSL_GET", against(probeHttp, ports.tls, secure), checks / 2),
  await measure("MISC_CHECK", (context) => probeScript(script, context), checks / 10),
];
print(machine());
print(table(
  ["check", "CPU µs", "checks/s, 64 at a time", "checks/s, all at once", "longest stall ms", "bad"],
  rows,
));
print();
print(table(["check", "checkers", "checks/s held", "longest gap ms", "CPU %"], [
  await hold("TCP_CHECK", against(probeTcp, ports.plain, undefined), 1_000),
  await hold("HTTP_GET", against(probeHttp, ports.plain, page), 2_000),
  await hold("SSL_GET", against(probeHttp, ports.tls, secure), 500),
]));
await servers.stdin.close();
await servers.status;
await Deno.remove(folder, { recursive: true });
