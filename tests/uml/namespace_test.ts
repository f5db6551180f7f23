/**
 * `net_namespace_ipvs`, beside keepalived: virtual servers are in another network namespace, and
 * nothing else is.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { run, until } from "../lab/command.ts";
import { close, DAEMONS, listen } from "./running_daemon.ts";

const LIMIT_MS = 60_000;
const BLUE = ["ip", "netns", "exec", "blue"];

const CONFIG = [
  "net_namespace_ipvs blue",
  "global_defs {\nscript_user root\nlvs_timeouts tcp 77\nlvs_sync_daemon lo id 7\n}",
  "virtual_server 10.9.9.1 80 {\nlvs_sched wrr\nlvs_method NAT\nprotocol TCP\ndelay_loop 1",
  "warmup 0\nconnect_timeout 1",
  // Only where the daemon is somebody listens on 9011.
  ...[9011, 9012].map((port) =>
    `real_server 127.0.0.1 ${port} {\nweight 3\nTCP_CHECK {\nretry 0\n}\n}`
  ),
  "}\n",
].join("\n");

/** The table, the timeouts and the kinds of sync daemons. */
async function told(...where: string[]): Promise<string[]> {
  const say = async (...args: string[]) =>
    (await run([...where, "ipvsadm", ...args])).split("\n").map((line) => line.trim());
  return [
    ...(await say("-S", "-n")).filter((line) => line !== "").sort(),
    ...(await say("-L", "--timeout")).filter((line) => line.startsWith("Timeout")),
    ...(await say("-L", "--daemon")).flatMap((line) =>
      /^(master|backup) sync daemon \(mcast=lo, syncid=7/.exec(line)?.[1] ?? []
    ),
  ];
}

const NOTHING = ["Timeout (tcp tcpfin udp): 900 120 300"];

/** What is there. */
const SERVED = [
  "-A -t 10.9.9.1:80 -s wrr",
  "-a -t 10.9.9.1:80 -r 127.0.0.1:9011 -m -w 3",
  "Timeout (tcp tcpfin udp): 77 120 300",
];

for (const [name, start] of Object.entries(DAEMONS)) {
  Deno.test(`net_namespace_ipvs: ${name}'s table is there, and its checks are here`, async () => {
    await run(["ip", "netns", "add", "blue"]);
    await run([...BLUE, "ip", "link", "set", "lo", "up"]);
    await run([...BLUE, "ipvsadm", "-C"]);
    const before = [await told(), await told(...BLUE)];
    const server = await listen(9011);
    let seen: string[] = [];
    try {
      await using _daemon = start(CONFIG);
      const expected = JSON.stringify([...SERVED, "master", "backup"]);
      const isServed = async () => JSON.stringify(seen = await told(...BLUE)) === expected;
      await until("the table is served", isServed, LIMIT_MS).catch(() => {});
      assertEquals(seen, JSON.parse(expected));
      assertEquals(await told(), before[0]);
      assertEquals(before[0], NOTHING);
    } finally {
      await close(server);
      await run(["ip", "netns", "del", "blue"]);
    }
  });
}
