/**
 * Servers that answer clients themselves (DR), or at the end of a tunnel (TUN): real connections
 * through the whole daemon and the kernel's balancer.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ipvsadm, RunningDaemon, until } from "./running_daemon.ts";
import { type Holding, PORTS, Segment, SERVERS, VIRTUAL } from "./segment.ts";

interface Case {
  readonly method: "DR" | "TUN";
  readonly family: 4 | 6;
  readonly holding: Holding;
}

const CASES: readonly Case[] = [
  { method: "DR", family: 4, holding: "lo" },
  { method: "DR", family: 6, holding: "lo" },
  { method: "TUN", family: 4, holding: "tunl0" },
];

/** `weights` of the two servers. */
function configuration(
  { method, family, holding }: Case,
  weights: number[],
  ...lines: string[]
): string {
  const port = PORTS[holding];
  return [
    `virtual_server ${VIRTUAL[family]} ${port} {`,
    `delay_loop 0.5\nwarmup 0\nlvs_sched wrr\nlvs_method ${method}\nprotocol TCP`,
    ...lines,
    ...SERVERS[family].map((server, i) =>
      `real_server ${server} ${port} {\nweight ${weights[i]}\n` +
      "TCP_CHECK {\nconnect_timeout 1\nretry 0\n}\n}"
    ),
    "}\n",
  ].join("\n");
}

/** What `ipvsadm` is to see; undefined: that server is not there. */
function table(
  { method, family, holding }: Case,
  weights: (number | undefined)[],
  more = "",
): string[] {
  const port = PORTS[holding];
  const name = (host: string) => family === 4 ? `${host}:${port}` : `[${host}]:${port}`;
  const service = `-t ${name(VIRTUAL[family])}`;
  const flags = method === "DR" ? "-g" : "-i";
  const end = method === "DR" ? "" : " --tun-type ipip";
  return [
    `-A ${service} -s wrr${more}`,
    ...SERVERS[family].flatMap((host, i) =>
      weights[i] === undefined
        ? []
        : [`-a ${service} -r ${name(host)} ${flags} -w ${weights[i]}${end}`]
    ),
  ].sort();
}

for (const each of CASES) {
  const { method, family, holding } = each;
  Deno.test(`${method} over IPv${family}: the right servers, drained, persistent, dead`, async () => {
    ipvsadm("-C");
    await using segment = await Segment.open(holding);
    await using daemon = new RunningDaemon(configuration(each, [1, 3]));
    const host = VIRTUAL[family];
    await until(table(each, [1, 3]));
    assertEquals(await segment.count(host, 40), { s1: 10, s2: 30 });

    // The first server is drained: what is open stays, what is new goes elsewhere.
    const holder = await segment.hold(host);
    assert(holder === "s1" || holder === "s2", String(holder));
    const [drained, other] = holder === "s1" ? [[0, 1], "s2"] : [[1, 0], "s1"];
    daemon.change(configuration(each, drained));
    await until(table(each, drained));
    assertEquals(await segment.count(host, 20), { [other]: 20 });
    assertEquals(await segment.heldBy(), holder);

    daemon.change(configuration(each, [1, 1], "persistence_timeout 60"));
    await until(table(each, [1, 1], " -p 60"));
    const persistent = Object.entries(await segment.count(host, 20) as object);
    assertEquals(persistent.map(([, count]) => count), [20]);

    daemon.change(configuration(each, [1, 1]));
    await until(table(each, [1, 1]));
    segment.kill(1);
    await until(table(each, [1, undefined]));
    assertEquals(await segment.count(host, 20), { s1: 20 });
    assertEquals(await daemon.stop(), 0);
  });
}
