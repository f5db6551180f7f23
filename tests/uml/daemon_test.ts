/**
 * The whole daemon with virtual servers, on a kernel with a balancer; `ipvsadm` is the judge.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { processTree } from "../lab/process_tree.ts";
import { close, ipvsadm, listen, RunningDaemon, seen, until } from "./running_daemon.ts";

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
    let well = await listen(9011);
    try {
      await using daemon = new RunningDaemon(configuration(1), ...flags);
      await until(table(service(), server(9099, 1), server(9012, 0)));
      const up = table(service(), server(9011, 1), server(9012, 0));
      for (const each of await until(up)) {
        assert(each.some((line) => line.includes("-a -t")), "there is always a server");
      }
      await close(well);
      await until(table(service(), server(9099, 1), server(9012, 0)));
      well = await listen(9011);
      await until(up);
      daemon.change(configuration(3, "wrr"));
      await until(table(service("wrr"), server(9011, 3), server(9012, 0)));
      assertEquals(await daemon.stop(), 0);
      assertEquals(seen(), FOREIGN);
    } finally {
      await close(well).catch(() => {});
      ipvsadm("-C");
    }
  });
}

/** Without checks: it is there as it is written. */
function plain(weight: number, ...global: string[]): string {
  return [
    `global_defs {\nscript_user root\n${global.join("\n")}\n}`,
    "virtual_server 10.9.9.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP",
    `real_server 127.0.0.1 9011 {\nweight ${weight}\n}`,
    "real_server 127.0.0.1 9012 {\n}\n}\n",
  ].join("\n");
}
const plainTable = (weight: number) => [service(), server(9011, weight), server(9012, 1)].sort();

/** Somebody else at work: a weight, a server less and one too many. */
function meddle(): void {
  const [tcp, real] = [["-t", "10.9.9.1:80"], ["-r", "127.0.0.1:9011"]] as const;
  ipvsadm("-e", ...tcp, ...real, "-m", "-w", "9");
  ipvsadm("-d", ...tcp, "-r", "127.0.0.1:9012");
  ipvsadm("-a", ...tcp, "-r", "127.0.0.1:7777", "-m");
}
const MEDDLED = [service(), server(9011, 9), server(7777, 1)].sort();

Deno.test("what others change is told; a reload puts it right, or lvs_reconcile", async () => {
  ipvsadm("-C");
  {
    await using daemon = new RunningDaemon(plain(1));
    await until(plainTable(1));
    meddle();
    await daemon.logs("Somebody changed virtual server");
    assert(daemon.log.includes("server [127.0.0.1]:7777"), "what it is");
    assertEquals(seen(), MEDDLED);
    daemon.change(plain(1));
    await until(plainTable(1));
    meddle();
    daemon.change(plain(1, "lvs_reconcile"));
    await until(plainTable(1));
    meddle();
    await until(plainTable(1));
    ipvsadm("-C");
    await until(plainTable(1));
  }
  ipvsadm("-C");
});

/** How the table is at the end, by flags and words; FOREIGN was there before. */
const ENDS: [name: string, flags: string[], words: string[], left: string[]][] = [
  ["nothing said", [], [], FOREIGN],
  ["-I", ["-I"], [], [...FOREIGN, ...plainTable(1)].sort()],
  ["lvs_flush_on_stop", [], ["lvs_flush_on_stop"], []],
  ["lvs_flush_on_stop VS", [], ["lvs_flush_on_stop VS"], FOREIGN],
  ["lvs_flush", [], ["lvs_flush"], []],
];
for (const [name, flags, words, left] of ENDS) {
  Deno.test(`at the end the table is as it shall be: ${name}`, async () => {
    ipvsadm("-C");
    ipvsadm("-A", "-u", "10.9.9.9:53", "-s", "rr");
    await using daemon = new RunningDaemon(plain(1, ...words), ...flags);
    const during = words.includes("lvs_flush") ? [] : FOREIGN;
    await until([...during, ...plainTable(1)].sort());
    assertEquals(await daemon.stop(), 0);
    assertEquals(seen(), left);
    ipvsadm("-C");
  });
}

/** What ipvsadm says with an option, without surplus blanks, and lengths that follow the link. */
function told(option: string): string {
  const { stdout } = new Deno.Command("ipvsadm", { args: ["-L", option] }).outputSync();
  const text = new TextDecoder().decode(stdout).trim().replaceAll(/\s+/g, " ");
  return text.replaceAll(/ maxlen=\d+,/g, "");
}

async function untilTold(option: string, expected: string): Promise<void> {
  for (const endMs = performance.now() + 30_000; told(option) !== expected;) {
    assert(performance.now() < endMs, `${option}: ${told(option)}, not ${expected}`);
    await sleep(20);
  }
}

Deno.test("timeouts and sync daemons are as configured, and as before at the end", async () => {
  const before = told("--timeout");
  const timeouts = (tcp: number) => `Timeout (tcp tcpfin udp): ${tcp} 120 300`;
  assertEquals(before, timeouts(900));
  {
    await using daemon = new RunningDaemon(
      plain(1, "lvs_timeouts tcp 77", "lvs_sync_daemon lo id 7"),
    );
    await untilTold("--timeout", timeouts(77));
    await untilTold(
      "--daemon",
      [
        "master sync daemon (mcast=lo, syncid=7, group=224.0.0.81, port=8848, ttl=1)",
        "backup sync daemon (mcast=lo, syncid=7, group=224.0.0.81, port=8848, ttl=1)",
      ].join(" "),
    );
    daemon.change(plain(1, "lvs_timeouts tcp 78"));
    await untilTold("--timeout", timeouts(78));
    await untilTold("--daemon", "");
    assertEquals(await daemon.stop(), 0);
  }
  assertEquals(told("--timeout"), before);
});

/** The process of virtual servers dies. */
async function crash(daemon: RunningDaemon): Promise<void> {
  const own = processTree(daemon.process.pid).slice(1);
  for (const pid of own) Deno.kill(pid, "SIGKILL");
  await daemon.logs("(" + own[0] + ") died");
}

Deno.test("after a crash the quorum is what it was, and the end what it would have been", async () => {
  ipvsadm("-C");
  const before = told("--timeout");
  const well = await listen(9011);
  const text = [
    "global_defs {\nscript_user root\nlvs_timeouts tcp 77\n}",
    "virtual_server 10.9.9.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP",
    "delay_loop 0.5\nwarmup 0\nconnect_timeout 1\nquorum 2\nhysteresis 1",
    "sorry_server 127.0.0.1 9099",
    ...[9011, 9012].map((port) => `real_server 127.0.0.1 ${port} {\nTCP_CHECK {\nretry 0\n}\n}`),
    "}\n",
  ].join("\n");
  // One of two is what hysteresis keeps, and would not gain.
  const kept = [service(), server(9011, 1)].sort();
  try {
    await using daemon = new RunningDaemon(text);
    await until(kept);
    await crash(daemon);
    await sleep(5_000);
    assertEquals(seen(), kept);
    assertEquals(daemon.log.match(/Gained quorum/g)?.length, 1);
    assertEquals(await daemon.stop(), 0);
  } finally {
    await close(well);
  }
  assertEquals(told("--timeout"), before);
  ipvsadm("-C");
});

const FOLLOWED = [
  "vrrp_instance A {\nstate MASTER\ninterface sync0\nvirtual_router_id 51\npriority 100",
  "advert_int 0.2\nversion 3\nvirtual_ipaddress {\n10.8.8.8/32\n}\n}\n",
].join("\n");

/** This machine is slow, and has one processor: the warm-up of VRRP takes it for seconds. */
const PATIENT = "vrrp_rlimit_rttime 60000000";

Deno.test("a sync daemon follows its instance", async () => {
  for (
    const line of [
      "link add sync0 type veth peer name sync1",
      "addr add 10.8.8.1/24 dev sync0",
      "link set sync0 up",
      "link set sync1 up",
    ]
  ) {
    assert(new Deno.Command("ip", { args: line.split(" ") }).outputSync().success, line);
  }
  try {
    await using daemon = new RunningDaemon(
      FOLLOWED + plain(1, "lvs_sync_daemon sync0 inst A", PATIENT),
    );
    const is = (role: string) =>
      `${role} sync daemon (mcast=sync0, syncid=51, ` +
      "group=224.0.0.81, port=8848, ttl=1)";
    await untilTold("--daemon", is("master"));
    assertEquals(await daemon.stop(), 0);
    assertEquals(told("--daemon"), "");
  } finally {
    new Deno.Command("ip", { args: ["link", "del", "sync0"] }).outputSync();
  }
});
