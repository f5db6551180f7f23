/**
 * Routes and rules that come and go with the role, and static ones: the kernel has the same as
 * beside keepalived, and nothing is left over.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { advertsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { signal } from "../lab/process_tree.ts";
import { RoutingMonitor, routingOf } from "../lab/routing.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

const VIRTUAL = virtualAddressesOf(4);
const ELECTED_MS = downMs(FAST_WIRE, 200) + 1000;

const ROUTES = [
  "198.51.100.0/24 via 10.0.0.9 dev eth0",
  "198.51.101.0/24 via 10.0.0.9 dev eth0 src 10.0.0.100 metric 50",
  "198.51.102.0/24 dev eth0 scope link table 100",
  "blackhole 198.51.103.0/24",
  "unreachable 198.51.104.0/24 metric 7 table 1000",
  "198.51.105.0/24 via 10.0.0.9 dev eth0 mtu lock 1400 rtt 250ms initcwnd 20 quickack 1",
  "198.51.106.0/24 tos 0x10 nexthop via 10.0.0.9 dev eth0 weight 3 nexthop via 10.0.0.8 dev eth0",
  "198.51.107.0/24 via 203.0.113.9 dev eth0 onlink realms 3/4",
  "default via 10.0.0.9 dev eth0 metric 5000",
  "2001:db8:1::/64 via fe80::9 dev eth0 metric 77 pref high",
  "2001:db8:2::/64 dev eth0 table 100",
  "blackhole 2001:db8:3::/64",
  "prohibit 198.51.108.0/24",
  "throw 198.51.109.0/24 table 100",
  "198.51.110.0/24 via 10.0.0.9 dev eth0 advmss 1300 window 60000 reordering 5 cwnd lock 20 " +
  "ssthresh 30 rto_min lock 300ms initrwnd 30 hoplimit 60 features ecn " +
  "congctl lock reno fastopen_no_cookie 1",
  "198.51.111.0/24 via 10.0.0.9 dev eth0 append",
  "2001:db8:5::/64 via fe80::9 dev eth0 mtu 1400 hoplimit 61 advmss 1200 protocol 18",
  "2001:db8:6::/64 from 2001:db8:7::/64 via fe80::9 dev eth0",
  "2001:db8:4::/64 nexthop via fe80::8 dev eth0 nexthop via fe80::9 dev eth0",
];
const RULES = [
  "from 198.51.100.0/24 table 100 priority 1000",
  "to 198.51.101.0/24 table 1000 priority 1001",
  "from 198.51.102.0/24 fwmark 0x10/0xff tos 0x10 table 100 priority 1002",
  "iif eth0 table main suppress_prefixlength 8 priority 1003",
  "from 198.51.104.0/24 unreachable priority 1004",
  "from 198.51.105.0/24 ipproto tcp dport 80-81 uidrange 1-5 table 100 priority 1005",
  "from 2001:db8:1::/64 table 100 priority 1006",
  "from 198.51.106.0/24 goto 2000 priority 1007",
  "not from 198.51.107.0/24 table 100 priority 1008",
  "from 198.51.111.0/24 oif eth0 blackhole priority 1009",
  "from 198.51.108.0/24 iif eth0 prohibit priority 1010",
  "from 198.51.109.0/24 sport 1000-2000 ipproto udp table 100 priority 1011",
  "from 198.51.110.0/24 realms 3/4 table 100 priority 1012",
  "tunnel-id 77 table 100 priority 1013",
  "from all table main suppress_ifgroup 5 priority 1014",
  "to 2001:db8:2::/64 unreachable priority 1015",
];
const STATIC = [
  ...block("static_ipaddress", ["10.0.0.77/24 dev eth0", "fd00::77/64 dev eth0"]),
  ...block("static_routes", [
    "203.0.113.0/24 via 10.0.0.9 dev eth0",
    "203.0.113.128/25 via 10.0.0.9 dev eth0 src 10.0.0.77",
    "2001:db8:9::/64 via fe80::9 dev eth0",
  ]),
  ...block("static_rules", ["from 203.0.113.0/24 table 200 priority 900"]),
].join("\n");

function configOf(priority: number, routes = ROUTES, rules = RULES, statics = STATIC): string {
  const lines = [...block("virtual_routes", routes), ...block("virtual_rules", rules)];
  return `${statics}\n${instanceText("r1", FAST_WIRE, { priority, lines })}`;
}

/** What one daemon made of a configuration: before, as a backup, while active, after its end. */
async function historyOf(daemon: Daemon): Promise<readonly string[][]> {
  const history: string[][] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    history.push(await routingOf(lab, "r1"));
    const r1 = await stage.start("r1", daemon, configOf(200), 4);
    history.push(await routingOf(lab, "r1"));
    await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
    await assertHolds(lab, "r1", [...VIRTUAL, "10.0.0.77", "fd00::77"]);
    await sleep(300);
    history.push(await routingOf(lab, "r1"));
    await r1.stop();
    await assertHolds(lab, "r1", []);
    history.push(await routingOf(lab, "r1"));
  }, ["r1"]);
  return history;
}

staydTest("routing: the kernel has what it has beside keepalived, in every phase", async () => {
  const [before = [], asBackup = [], active = [], after = []] = await historyOf(stayd);
  assertEquals([before, asBackup, active, after], await historyOf(keepalived));
  assertEquals(after, before, "nothing is left over");
  assertEquals(asBackup.length - before.length, 4, "the static ones only");
  assertEquals(active.length - asBackup.length, ROUTES.length + RULES.length);
});

netnsTest(
  "routing: a backup has the static ones only, and none after a fault",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const before = await routingOf(lab, "r1");
      await stage.start("r2", keepalived, instanceText("r2", FAST_WIRE, { priority: 220 }), 4);
      await capture.until("r2 is elected", isAdvertOf("r2"), ELECTED_MS);
      const r1 = await stage.start("r1", stayd, configOf(200, ROUTES, RULES, ""), 4);
      await sleep(3 * FAST_WIRE.advertSec * 1000);
      assertEquals(await routingOf(lab, "r1"), before);
      await lab.isolate("r2");
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
      await assertCount(lab, before.length + ROUTES.length + RULES.length);
      await lab.cut("r1");
      await until("r1 has none", async () => {
        const left = await routingOf(lab, "r1");
        return !left.some((entry) => /keepalived|"protocol":"?18/.test(entry));
      }, 2000);
      await lab.restore("r1");
      await assertCount(lab, before.length + ROUTES.length + RULES.length, ELECTED_MS);
      await r1.stop();
      assertEquals(await routingOf(lab, "r1"), before);
    }),
);

staydTest(
  "routing: what somebody removes is put back, by name, without a change of role",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const untracked = "198.51.109.0/24 via 10.0.0.9 dev eth0 no_track";
      const r1 = await stage.start("r1", stayd, configOf(200, [...ROUTES, untracked]), 4);
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
      const before = await routingOf(lab, "r1");
      const all = async () => (await routingOf(lab, "r1")).join("\n") === before.join("\n");
      for (
        const command of [
          "route del 198.51.100.0/24",
          "route replace 198.51.101.0/24 via 10.0.0.8 metric 50",
          "rule del priority 1000",
          "-6 route del 2001:db8:1::/64",
          "route del 203.0.113.0/24",
          "rule del priority 900",
        ]
      ) {
        await lab.runAt("r1", ["ip", ...command.split(" ")]);
        if (command.includes("replace")) {
          await until("ours is back", async () => {
            const shown = await lab.runAt("r1", ["ip", "route", "show", "198.51.101.0/24"]);
            return shown.includes("10.0.0.9");
          }, 2000);
          await lab.runAt("r1", ["ip", "route", "del", "198.51.101.0/24", "via", "10.0.0.8"]);
        } else await until(`${command} is undone`, all, 2000);
      }
      // Last of all, as its hops come in another order then.
      const hops = async () =>
        (await lab.runAt("r1", ["ip", "-6", "route", "show", "2001:db8:4::/64"])).match(
          /via fe80/g,
        );
      await lab.runAt("r1", ["ip", "addr", "del", "10.0.0.77/24", "dev", "eth0"]);
      await assertHolds(lab, "r1", [...VIRTUAL, "10.0.0.77", "fd00::77"]);
      await until("the route that prefers it", all, 2000);
      const hop = "-6 route del 2001:db8:4::/64 via fe80::8 dev eth0";
      await lab.runAt("r1", ["ip", ...hop.split(" ")]);
      await until("a hop is put back", async () => (await hops())?.length === 2, 2000);
      await lab.runAt("r1", ["ip", "route", "del", "198.51.109.0/24"]);
      await sleep(500);
      assertEquals((await routingOf(lab, "r1")).length, before.length - 1, "no_track is let go");
      const words = "(V1) Put back route 198.51.100.0/24 via 10.0.0.9 dev eth0, which was gone";
      assert(r1.log().some((line) => line.includes(words)), r1.tail());
      const adverts = advertsOf("r1", capture.frames);
      assert(adverts.every(({ priority }) => priority === 200), "r1 never resigned");
    }, ["r1"]),
);

staydTest("routing: a reload changes the difference only", () =>
  Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const r1 = await stage.start("r1", stayd, configOf(200), 4);
    await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
    await assertHolds(lab, "r1", [...VIRTUAL, "10.0.0.77", "fd00::77"]);
    await sleep(200);
    const monitor = await RoutingMonitor.start(lab, "r1");
    await r1.reload(configOf(
      200,
      [
        ...ROUTES.slice(2), // Two are gone.
        "198.51.108.0/24 via 10.0.0.9 dev eth0", // One is new.
      ].map((line) => line.replace("lock 1400", "1300")), // One is another.
      [...RULES.slice(1), "from 198.51.108.0/24 table 100 priority 1008"],
      STATIC.replace("203.0.113.0/24 via", "203.0.112.0/24 via"),
    ));
    await until("the new ones", async () => {
      const now = (await routingOf(lab, "r1")).join();
      return now.includes("198.51.108.0") && now.includes("203.0.112.0");
    }, 3000);
    await sleep(200);
    assertEquals((await monitor.stop()).map((line) => line.replace(/ via.*/, "")).toSorted(), [
      "added 198.51.105.0/24", // Replaced: there is no moment without it.
      "added 198.51.108.0/24",
      "added 203.0.112.0/24",
      "added from 198.51.108.0/24",
      "removed 198.51.100.0/24",
      "removed 198.51.101.0/24",
      "removed 203.0.113.0/24",
      "removed from 198.51.100.0/24",
    ]);
    assert((await routingOf(lab, "r1")).some((entry) => entry.includes("1300")));
  }, ["r1"]));

staydTest(
  "routing: the vrrp process is killed, and another adopts its routes and rules",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const before = await routingOf(lab, "r1");
      const r1 = await stage.start("r1", stayd, configOf(200), 4);
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
      await assertHolds(lab, "r1", [...VIRTUAL, "10.0.0.77", "fd00::77"]);
      await sleep(200);
      const held = await routingOf(lab, "r1");
      const monitor = await RoutingMonitor.start(lab, "r1");
      const killed = r1.speaker();
      const count = capture.frames.length;
      assert(signal(killed, "SIGKILL"));
      await capture.until("r1 speaks again", isAdvertOf("r1", 200), 5000, count);
      await sleep(500);
      assertEquals(await monitor.stop(), [], "nothing came or went");
      assertEquals(await routingOf(lab, "r1"), held);
      await r1.stop();
      assertEquals(await routingOf(lab, "r1"), before, "it knows what to delete");
    }, ["r1"]),
);

const PLACES = ["a static route of its track_group", "a tracked route of its own"];
for (
  const [which, daemon] of PLACES.flatMap((each) => [[each, stayd], [each, keepalived]] as const)
) {
  netnsTest(
    `routing: the interface of ${which} goes down, and the instance is in fault: ${daemon.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        for (
          const words of ["link add t0 type veth peer name t1", "link set t0 up", "link set t1 up"]
        ) {
          await lab.runAt("r1", ["ip", ...words.split(" ")]);
        }
        const before = await routingOf(lab, "r1");
        const route = "198.51.100.0/24 dev t0";
        const statics = [
          ...block("track_group G", block("group", ["V1"])),
          ...block("static_routes", [`${route} track_group G`]),
        ].join("\n");
        const config = which.startsWith("a static")
          ? configOf(200, ROUTES.slice(0, 1), [], statics)
          : configOf(200, [route], [], "");
        const r1 = await stage.start("r1", daemon, config, 4);
        await capture.until("r1 is elected", isAdvertOf("r1", 200), ELECTED_MS);
        await assertHolds(lab, "r1", VIRTUAL);
        await lab.runAt("r1", ["ip", "link", "set", "t1", "down"]);
        await capture.until("r1 resigns", isAdvertOf("r1", 0), 2000);
        await assertHolds(lab, "r1", []);
        const says = (line: string) => line.includes("FAULT") && line.includes("t0");
        if (daemon !== keepalived) {
          await until(`it says why\n${r1.tail()}`, () => r1.log().some(says), 2000);
        }
        const count = capture.frames.length;
        await lab.runAt("r1", ["ip", "link", "set", "t1", "up"]);
        await capture.until("r1 is elected again", isAdvertOf("r1", 200), ELECTED_MS, count);
        const isThere = async () => (await routingOf(lab, "r1")).join().includes("198.51.100.0");
        await until("the route is there", isThere, 2000);
        await r1.stop();
        assertEquals(await routingOf(lab, "r1"), before);
      }, ["r1"]),
  );
}

/** Waits until there are so many routes and rules. */
async function assertCount(lab: Lab, count: number, timeoutMs = 2000): Promise<void> {
  const isSo = async () => (await routingOf(lab, "r1")).length === count;
  await until(`${count} routes and rules`, isSo, timeoutMs).catch(() => {});
  assertEquals((await routingOf(lab, "r1")).length, count);
}
