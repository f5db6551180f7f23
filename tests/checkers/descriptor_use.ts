/**
 * Runs probes against three servers, whose ports are the arguments: pages, pages over TLS, silence.
 * Prints, as JSON, the lowest free descriptor before and after, and how many verdicts there were.
 *
 * @module
 */
import { probeDns } from "../../checkers/dns.ts";
import { probeHttp } from "../../checkers/http.ts";
import type { ProbeContext, Verdict } from "../../checkers/probe.ts";
import { probeScript } from "../../checkers/script.ts";
import { probeSmtp } from "../../checkers/smtp.ts";
import { probeTcp } from "../../checkers/tcp.ts";
import { probeUdp } from "../../checkers/udp.ts";
import { cString, libc } from "../../net/sys/libc.ts";
import { local, ProbeLab } from "./probe_lab.ts";

const RUNS = 50;
const [plainPort = 0, tlsPort = 0, silentPort = 0] = Deno.args.map(Number);

const page = { path: "/", version: "1.0", asksToClose: false, statusCodes: [] } as const;
const [plain, tls] = [local(plainPort), local(tlsPort)];
const silent = local(silentPort, { timeoutMs: 100 });
const nobody = local(1);
const script = {
  command: ["/bin/true"],
  environment: [],
  timeoutMs: 5_000,
  isDynamic: false,
};
const overTls = { ...page, tls: {} };
const PROBES: Readonly<Record<string, (context: ProbeContext) => Promise<Verdict>>> = {
  tcp: (context) => probeTcp(plain, undefined, context),
  http: (context) => probeHttp(plain, page, context),
  tls: (context) => probeHttp(tls, overTls, context),
  udp: (context) => probeUdp(nobody, {}, context),
  dns: (context) => probeDns(nobody, { type: 6, name: "." }, context),
  smtp: (context) => probeSmtp(silent, { heloName: "a" }, context),
  script: (context) => probeScript(script, context),
  silent: (context) => probeHttp(silent, page, context),
  "silent tls": (context) => probeHttp(silent, overTls, context),
};

function lowestFree(): number {
  const fd = libc.open(cString("/dev/null"), 0, 0);
  libc.close(fd);
  return fd;
}

const outcomes: Record<string, number> = {};
const round = async (runs: number, isCounted: boolean) => {
  await using lab = new ProbeLab();
  const all = Object.entries(PROBES).flatMap(([name, probe]) =>
    Array.from({ length: runs }, async () => {
      const verdict = await lab.start("socket", probe);
      const reason = verdict.outcome === "passed" ? "" : ` ${verdict.reason}`;
      const key = `${name} ${verdict.outcome}${reason}`;
      if (isCounted) outcomes[key] = (outcomes[key] ?? 0) + 1;
    })
  );
  await Promise.all(all);
};
// What the runtime opens once, it opens now.
await round(1, false);
const before = lowestFree();
await round(RUNS, true);
// The runtime closes its sockets in its next turns.
for (let i = 0; i < 100 && lowestFree() > before; i++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const report = JSON.stringify({ before, after: lowestFree(), outcomes });
Deno.stdout.writeSync(new TextEncoder().encode(report));
