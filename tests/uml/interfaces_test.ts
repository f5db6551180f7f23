/**
 * Interfaces that a common kernel may lack: ipvlans and VRF devices, with keepalived in both roles
 * and beside it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import {
  block,
  FAST_WIRE,
  instanceText,
  virtualAddressesOf,
  type Wire,
  WIRES,
} from "../lab/conf.ts";
import type { Capture } from "../lab/capture.ts";
import { type Daemon, keepalived, type RunningDaemon, stayd } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { interfacesOf } from "../lab/interfaces.ts";
import { downMs } from "../lab/judge.ts";
import { type Host, type Lab, station } from "../lab/lab.ts";
import { routingOf } from "../lab/routing.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const WIRE6 = WIRES.find(({ name }) => name === "v3 IPv6 multicast") ?? FAST_WIRE;
const UNICAST = WIRES.find(({ name }) => name === "v3 IPv4 unicast") ?? FAST_WIRE;
/** Everything is slow there. */
const ELECTED_MS = downMs(FAST_WIRE, 100) + 20_000;

function isFrom(source: string) {
  return (frame: Frame): frame is Advert =>
    frame.kind === "advert" && frame.priority > 0 && frame.source === source;
}

const ipvlanAddress = (host: Host) => `10.0.0.${host === "r1" ? 11 : 12}`;

async function madeBy(daemon: Daemon, wire: Wire, words: string): Promise<unknown> {
  let made: unknown;
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    // The kernel gives a new interface its link-local address, as it does outside of a lab.
    await lab.runAt("r1", ["sysctl", "-qw", "net.ipv6.conf.default.addr_gen_mode=0"]);
    const before = Object.keys(await interfacesOf(lab, "r1"));
    const text = instanceText("r1", wire, { priority: 200, lines: [words] });
    const r1 = await stage.launch("r1", daemon, text);
    const isAdvert = (frame: Frame): frame is Advert => frame.kind === "advert";
    const first = await capture.until("r1 is elected", isAdvert, ELECTED_MS);
    const last = virtualAddressesOf(wire.family).at(-1) ?? "";
    const isSet = async () => JSON.stringify(await interfacesOf(lab, "r1")).includes(last);
    await until("its addresses are there", isSet, ELECTED_MS);
    await sleep(2_000);
    const links = await interfacesOf(lab, "r1");
    made = { links, source: first.source, mac: first.sourceMac };
    await r1.stop();
    assertEquals(Object.keys(await interfacesOf(lab, "r1")), before);
  }, ["r1"]);
  return made;
}

for (
  const [wire, words] of [
    [FAST_WIRE, "use_ipvlan 10.0.0.11/24"],
    [FAST_WIRE, "use_ipvlan iv0 10.0.0.11/24 private"],
    [WIRE6, "use_ipvlan"],
  ] as const
) {
  netnsTest(`ipvlan over IPv${wire.family}, as beside keepalived: ${words}`, async () => {
    assertEquals(await madeBy(stayd, wire, words), await madeBy(keepalived, wire, words));
  });
}

for (const pair of PAIRS) {
  netnsTest(`ipvlan: ${pair.name}`, () =>
    Stage.play(async (stage) => {
      const { capture } = stage;
      const start = (host: Host, daemon: Daemon, priority: number) => {
        const lines = [`use_ipvlan ${ipvlanAddress(host)}/24`];
        return stage.launch(host, daemon, instanceText(host, FAST_WIRE, { priority, lines }));
      };
      const r1 = await start("r1", pair.r1, 200);
      const first = await capture.until("r1 is elected", isFrom("10.0.0.11"), ELECTED_MS);
      assertEquals(first.sourceMac, station("r1").mac);
      await start("r2", pair.r2, 100);
      await sleep(6_000);
      assert(!capture.frames.some(isFrom("10.0.0.12")), "r2 hears r1");
      await r1.stop();
      await capture.until("r2 takes over", isFrom("10.0.0.12"), ELECTED_MS);
    }, ["r1", "r2"]));
}

/** Puts a router's interface into a VRF of its own. */
async function enslave(lab: Lab, host: Host): Promise<void> {
  const { ipv4, ipv6 } = station(host);
  for (
    const command of [
      "link add red type vrf table 100",
      "link set red up",
      "link set eth0 master red",
      `addr replace ${ipv4}/24 brd + dev eth0`,
      // A new master takes the others away.
      `addr replace ${ipv6}/64 dev eth0 nodad`,
    ]
  ) await lab.runAt(host, ["ip", ...command.split(" ")]);
}

/** keepalived 2.2.7 refuses to start without an interface, and binds its sockets to that. */
const BOUND = /^ *vrf red\n/m;
const UNBOUND = / *interface eth0\n/;

for (const pair of PAIRS) {
  netnsTest(`vrf of unicast sockets: ${pair.name}`, () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const start = async (host: Host, daemon: Daemon, priority: number) => {
        await enslave(lab, host);
        const text = instanceText(host, UNICAST, {
          priority,
          addresses: ["10.0.0.100/24 dev eth0"],
          lines: ["vrf red"],
        });
        return stage.launch(
          host,
          daemon,
          text.replace(daemon === keepalived ? BOUND : UNBOUND, ""),
        );
      };
      await judgeTakeover(capture, start, pair);
    }, ["r1", "r2"]));

  netnsTest(`an interface in a VRF: ${pair.name}`, () =>
    Stage.play(async (stage) => {
      const start = async (host: Host, daemon: Daemon, priority: number) => {
        await enslave(stage.lab, host);
        return stage.launch(host, daemon, instanceText(host, FAST_WIRE, { priority }));
      };
      await judgeTakeover(stage.capture, start, pair);
    }, ["r1", "r2"]));
}

/** r1 is elected, r2 hears it, and takes over when it ends. */
async function judgeTakeover(
  capture: Capture,
  start: (host: Host, daemon: Daemon, priority: number) => Promise<RunningDaemon>,
  pair: Pair,
): Promise<void> {
  const r1 = await start("r1", pair.r1, 200);
  await capture.until("r1 is elected", isFrom("10.0.0.1"), ELECTED_MS);
  await start("r2", pair.r2, 100);
  await sleep(6_000);
  assert(!capture.frames.some(isFrom("10.0.0.2")), "r2 hears r1");
  await r1.stop();
  await capture.until("r2 takes over", isFrom("10.0.0.2"), ELECTED_MS);
}

const ROUTES = [
  "198.51.100.0/24 via 10.0.0.9 dev eth0 vrf red",
  "blackhole 198.51.101.0/24 vrf red",
  "198.51.102.0/24 encap mpls 100/200 via 10.0.0.9 dev eth0 vrf red",
  "198.51.103.0/24 encap ip id 5 dst 10.0.0.9 src 10.0.0.1 ttl 9 tos 4 via 10.0.0.9 dev eth0 vrf red",
  "2001:db8:1::/48 encap ip6 id 6 dst fd00::9 src fd00::1 hoplimit 9 tc 4 via fd00::9 dev eth0 vrf red",
];

netnsTest("routes in a VRF and with an encapsulation, as beside keepalived", async () => {
  const made: string[][] = [];
  for (const daemon of [stayd, keepalived]) {
    await Stage.play(async (stage) => {
      const { lab, capture } = stage;
      await enslave(lab, "r1");
      const before = await routingOf(lab, "r1");
      const lines = block("virtual_routes", ROUTES);
      const text = instanceText("r1", FAST_WIRE, { priority: 200, lines });
      const r1 = await stage.launch("r1", daemon, text);
      await capture.until("r1 is elected", isFrom("10.0.0.1"), ELECTED_MS);
      const added = async () =>
        (await routingOf(lab, "r1")).filter((line) => !before.includes(line));
      await until("routes are there", async () => (await added()).length >= ROUTES.length, 20_000);
      await sleep(1_000);
      made.push(await added());
      await r1.stop();
      assertEquals(await routingOf(lab, "r1"), before);
    }, ["r1"]);
  }
  // keepalived 2.2.7 loses the encapsulation of an IPv6 route.
  const isV6 = (line: string) => line.includes("fd00::9");
  assertEquals(made[0]?.filter((line) => !isV6(line)), made[1]?.filter((line) => !isV6(line)));
  assertEquals(made.map((lines) => lines.find(isV6)?.includes('"encap":"ip6"')), [true, false]);
  for (const word of ["blackhole", '"encap":"mpls"', '"encap":"ip"']) {
    assert(made[0]?.some((line) => line.includes(word)), `${word}: ${made[0]}`);
  }
});
