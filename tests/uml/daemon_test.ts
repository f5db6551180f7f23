/**
 * The whole daemon with virtual servers, on a kernel with a balancer; `ipvsadm` is the judge.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createServer, type Server } from "node:net";
import { sleep } from "../lab/command.ts";

const LIMIT_MS = 60_000;
const POLL_MS = 20;

/** What `ipvsadm` sees, sorted. */
function seen(): string[] {
  const { success, stdout } = new Deno.Command("ipvsadm", { args: ["-S", "-n"] }).outputSync();
  assert(success);
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "").sort();
}

function ipvsadm(...args: string[]): void {
  assert(new Deno.Command("ipvsadm", { args }).outputSync().success, args.join(" "));
}

/** Waits for a table; those that came before it, without repeats. */
async function until(expected: readonly string[]): Promise<string[][]> {
  const passed: string[][] = [];
  const endMs = performance.now() + LIMIT_MS;
  for (;;) {
    const now = seen();
    if (JSON.stringify(now) === JSON.stringify(expected)) return passed;
    if (JSON.stringify(now) !== JSON.stringify(passed.at(-1))) passed.push(now);
    if (performance.now() > endMs) {
      throw new Error(`No such table: ${expected}. There were: ${passed.join(" | ")}`);
    }
    await sleep(POLL_MS);
  }
}

/** A server that takes connections. */
function listen(port: number): Promise<Server> {
  const server = createServer((socket) => void socket.on("error", () => {}).resume());
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function configuration(weight: number, scheduler = "rr"): string {
  const check = "TCP_CHECK {\nretry 1\ndelay_before_retry 0.2\n}";
  return [
    "global_defs {\nscript_user root\n}",
    "virtual_server 10.9.9.1 80 {",
    `delay_loop 0.5\nwarmup 0\nconnect_timeout 1\nlvs_sched ${scheduler}\nlvs_method NAT`,
    "protocol TCP\nalpha\nsorry_server 127.0.0.1 9099",
    `real_server 127.0.0.1 9011 {\nweight ${weight}\n${check}\n}`,
    `real_server 127.0.0.1 9012 {\ninhibit_on_failure\n${check}\n}`,
    "}\n",
  ].join("\n");
}

const FOREIGN = ["-A -u 10.9.9.9:53 -s rr"];
const service = (scheduler = "rr") => `-A -t 10.9.9.1:80 -s ${scheduler}`;
const server = (port: number, weight: number) =>
  `-a -t 10.9.9.1:80 -r 127.0.0.1:${port} -m -w ${weight}`;
const table = (...lines: string[]) => [...FOREIGN, ...lines].sort();

for (const flags of [[], ["--single"]]) {
  Deno.test(`stayd run ${flags}: the table follows servers, reloads and the end`, async () => {
    ipvsadm("-C");
    ipvsadm("-A", "-u", "10.9.9.9:53", "-s", "rr");
    // Left from a run before: what is the same is taken over, what is too much goes.
    ipvsadm("-A", "-t", "10.9.9.1:80", "-s", "wlc");
    ipvsadm("-a", "-t", "10.9.9.1:80", "-r", "127.0.0.1:7777", "-m");
    const file = await Deno.makeTempFile({ suffix: ".conf" });
    await Deno.writeTextFile(file, configuration(1));
    let well = await listen(9011);
    const daemon = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--cached-only", "--allow-net", "--allow-ffi"],
        ...["cli.ts", "-f", file, "-n", "-l", ...flags],
      ],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    try {
      await until(table(service(), server(9099, 1), server(9012, 0)));
      const up = table(service(), server(9011, 1), server(9012, 0));
      for (const each of await until(up)) {
        assert(each.some((line) => line.includes("-a -t")), "there is always a server");
      }
      await close(well);
      await until(table(service(), server(9099, 1), server(9012, 0)));
      well = await listen(9011);
      await until(up);
      await Deno.writeTextFile(file, configuration(3, "wrr"));
      daemon.kill("SIGHUP");
      await until(table(service("wrr"), server(9011, 3), server(9012, 0)));
      daemon.kill("SIGTERM");
      assertEquals((await daemon.status).code, 0);
      assertEquals(seen(), FOREIGN);
    } finally {
      await close(well).catch(() => {});
      try {
        daemon.kill("SIGKILL");
      } catch { /* It has ended. */ }
      await Deno.remove(file);
      ipvsadm("-C");
    }
  });
}
