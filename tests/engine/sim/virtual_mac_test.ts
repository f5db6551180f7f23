/**
 * Virtual MAC addresses in the simulator: interfaces on cards, with a life of their own, and what
 * becomes of the role of who needs them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip, type Mac } from "../../../net/address.ts";
import { virtualRouterMac } from "../../../net/packet/ethernet.ts";
import { vrrpInstanceIdentity } from "../../../machines/config.ts";
import { runScenario } from "../../../engine/sim/run.ts";
import type { Row } from "../../../engine/sim/scenario.ts";
import { prepareScenario } from "../../../engine/sim/scenario_file.ts";
import type { CapturedFrame } from "../../../engine/sim/world.ts";
import { decodeFrame, type Frame } from "../../lab/frame.ts";

const MAC: Mac = virtualRouterMac(4, 51);

function config(priority: number, lines = "use_vmac"): string {
  return [
    "vrrp_instance V {\nversion 3\ninterface eth0\nvirtual_router_id 51\nadvert_int 1",
    `priority ${priority}\n${lines}\nvirtual_ipaddress {\n192.0.2.100/24\n}\n}\n`,
  ].join("\n");
}

/** Two routers that hold all invariants. */
function play(rows: readonly Row[], durationMs = 20_000, lines?: string) {
  const hosts = [150, 100].map((priority, i) => ({
    name: "ab"[i] ?? "",
    config: config(priority, lines),
    otherConfigs: { plain: config(priority, "") },
  }));
  const ready = prepareScenario({ title: "", hosts, rows, durationMs });
  assert(!("wrong" in ready), JSON.stringify(ready));
  const frames: Frame[] = [];
  const changes: string[] = [];
  const log: string[] = [];
  let now = () => 0;
  const { world, violation } = runScenario(ready, {
    capture: ({ atMs, bytes }: CapturedFrame) => void frames.push(decodeFrame(atMs, bytes)),
    watchers: [{
      reported: ({ name }, _, { state }) => {
        const change = `${name} ${state}`;
        if (changes.at(-1) !== change) changes.push(`${Math.floor(now() / 1_000)} ${change}`);
      },
      logged: ({ name }, _, text) => void log.push(`${name} ${text}`),
    }],
    onCreated: (created) => void (now = () => created.agenda.now()),
  });
  assertEquals(violation, undefined);
  const linksOf = (host: string) =>
    Array.from(world.host(host).kernel.links(), ({ name, mac }) => `${name} ${mac}`);
  const active = [...world.hosts.values()].filter((host) =>
    (host.config?.vrrpInstances ?? []).some((each) =>
      host.stateOf(vrrpInstanceIdentity(each)) === "active"
    )
  ).map(({ name }) => name);
  return { world, frames, changes, log, linksOf, active };
}

Deno.test("a simulated virtual MAC: advertisements and announcements come from it, clients find it", () => {
  const { world, frames, active, linksOf } = play([[8_000, "crash", "a"]]);
  assertEquals(active, ["b"]);
  const said = frames.filter(({ kind }) => kind === "advert" || kind === "announcement");
  assertEquals(new Set(said.map(({ sourceMac }) => sourceMac)), new Set([MAC]));
  const [client] = world.clients.values();
  assertEquals(client?.neighbors.get(ip("192.0.2.100")), MAC);
  assertEquals(world.hostWith(MAC)?.name, "b", "switches have learned where it is");
  assertEquals(linksOf("b"), ["eth0 02:00:00:00:00:02", `vrrp.51 ${MAC}`]);
});

Deno.test("a simulated virtual MAC: without its interface a router is in fault, with it back", () => {
  const rows: Row[] = [[6_000, "down-link", "a", "vrrp.51"], [12_000, "up-link", "a", "vrrp.51"]];
  const { changes, active } = play(rows);
  assertEquals(active, ["a"]);
  const own = changes.filter((line) => line.includes(" a "));
  assertEquals(own, ["0 a backup", "3 a active", "6 a fault", "12 a backup", "15 a active"]);
  assertEquals(changes.some((line) => line === "9 b active"), true, changes.join(", "));
});

Deno.test("a simulated virtual MAC: an interface that somebody removes is made again at once", () => {
  const { changes, log, active } = play([[8_000, "remove-link", "a", "vrrp.51"]]);
  assertEquals(active, ["a"]);
  assertEquals(log.filter((line) => line.includes("a Made interface")).length, 2);
  assertEquals(changes.filter((line) => line.endsWith("b active")), []);
});

Deno.test("a simulated virtual MAC: the cable below is its cable", () => {
  const { changes, active } = play([[6_000, "cut", "a"], [12_000, "plug", "a"]]);
  assertEquals(active, ["a"]);
  assertEquals(changes.includes("6 a fault"), true);
});

Deno.test("a simulated virtual MAC: what a crash leaves is adopted, or removed by who needs none", () => {
  const rows: Row[] = [[6_000, "crash", "a"], [6_300, "respawn", "a"]];
  const { log, active, linksOf } = play(rows);
  assertEquals([active, linksOf("a").length], [["a"], 2]);
  assertEquals(log.some((line) => line === "a Adopted interface vrrp.51"), true);
  const without = play([[6_000, "reload", "a", "plain"], [6_500, "reload", "b", "plain"]]);
  assertEquals([without.active, without.linksOf("a")], [["a"], ["eth0 02:00:00:00:00:01"]]);
});

Deno.test("a simulated virtual MAC: power takes it along", () => {
  const { linksOf } = play([[6_000, "power-off", "a"], [9_000, "power-on", "a"]]);
  assertEquals(linksOf("a"), ["eth0 02:00:00:00:00:01"]);
});

Deno.test("a simulated virtual MAC: vmac_xmit_base sends by the card, and announces the virtual one", () => {
  const { frames, active } = play([], 10_000, "use_vmac\nvmac_xmit_base");
  assertEquals(active, ["a"]);
  const macs = (kind: Frame["kind"]) =>
    new Set(frames.filter((frame) => frame.kind === kind).map(({ sourceMac }) => sourceMac));
  assertEquals(macs("advert").has(MAC), false);
  assertEquals(macs("announcement"), new Set([MAC]));
});
