/**
 * Interfaces that a common kernel may lack: ipvlans and VRF devices, with keepalived in both roles
 * and beside it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, type Wire, WIRES } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { interfacesOf } from "../lab/interfaces.ts";
import { downMs } from "../lab/judge.ts";
import { type Host, type Lab, station } from "../lab/lab.ts";
import { routingOf } from "../lab/routing.ts";
import { netnsTest, PAIRS, Stage } from "../lab/stage.ts";

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
  await Stage.play(async ({ lab, capture }) => {
    const before = Object.keys(await interfacesOf(lab, "r1"));
    const text = instanceText("r1", wire, { priority: 200, lines: [words] });
    const r1 = await lab.start("r1", daemon, text);
    const isAdvert = (frame: Frame): frame is Advert => frame.kind === "advert";
    const first = await capture.until("r1 is elected", isAdvert, ELECTED_MS);
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
    Stage.play(async ({ lab, capture }) => {
      const start = (host: Host, daemon: Daemon, priority: number) => {
        const lines = [`use_ipvlan ${ipvlanAddress(host)}/24`];
        return lab.start(host, daemon, instanceText(host, FAST_WIRE, { priority, lines }));
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
  const { ipv4 } = station(host);
  for (
    const command of [
      "link add red type vrf table 100",
      "link set red up",
      "link set eth0 master red",
      `addr replace ${ipv4}/24 brd + dev eth0`,
    ]
  ) await lab.runAt(host, ["ip", ...command.split(" ")]);
}

for (const pair of PAIRS) {
  netnsTest(`vrf of unicast sockets: ${pair.name}`, () =>
    Stage.play(async ({ lab, capture }) => {
      const start = async (host: Host, daemon: Daemon, priority: number) => {
        await enslave(lab, host);
        const text = instanceText(host, UNICAST, {
          priority,
          addresses: ["10.0.0.100/24 dev eth0"],
          lines: ["vrf red"],
        });
        return lab.start(host, daemon, text.replace(/ *interface eth0\n/, ""));
      };
      const r1 = await start("r1", pair.r1, 200);
      await capture.until("r1 is elected", isFrom("10.0.0.1"), ELECTED_MS);
      await start("r2", pair.r2, 100);
      await sleep(6_000);
      assert(!capture.frames.some(isFrom("10.0.0.2")), "r2 hears r1");
      await r1.stop();
      await capture.until("r2 takes over", isFrom("10.0.0.2"), ELECTED_MS);
    }, ["r1", "r2"]));
}

netnsTest("routes in a VRF, as beside keepalived", async () => {
  const made: string[][] = [];
  for (const daemon of [stayd, keepalived]) {
    await Stage.play(async ({ lab, capture }) => {
      await enslave(lab, "r1");
      const before = await routingOf(lab, "r1");
      const text = instanceText("r1", FAST_WIRE, {
        priority: 200,
        lines: block("virtual_routes", [
          "198.51.100.0/24 via 10.0.0.9 dev eth0 vrf red",
          "blackhole 198.51.101.0/24 vrf red",
        ]),
      });
      const r1 = await lab.start("r1", daemon, text);
      await capture.until("r1 is elected", isFrom("10.0.0.1"), ELECTED_MS);
      await until(
        "routes are there",
        async () => (await routingOf(lab, "r1")).length > before.length,
        5_000,
      );
      await sleep(1_000);
      made.push((await routingOf(lab, "r1")).filter((line) => !before.includes(line)));
      await r1.stop();
      assertEquals(await routingOf(lab, "r1"), before);
    }, ["r1"]);
  }
  assertEquals(made[0]?.length, 2);
  assertEquals(made[0], made[1]);
});
