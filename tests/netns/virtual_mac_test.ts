/**
 * Virtual MAC addresses (RFC 9568 §7.3): the kernel has the interfaces, settings and packet filters
 * that it has beside keepalived, peers hear the virtual router's MAC address, and nothing is left
 * over.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { virtualRouterMac } from "../../net/packet/ethernet.ts";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, type Wire, WIRES } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { answers, rulesetOf } from "../lab/firewall.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { changed, interfacesOf, settingsOf } from "../lab/interfaces.ts";
import { downMs } from "../lab/judge.ts";
import { type Host, type Lab, station } from "../lab/lab.ts";
import { ensurePackages } from "../lab/packages.ts";
import { signal } from "../lab/process_tree.ts";
import { netnsTest, PAIRS, Stage, staydTest } from "../lab/stage.ts";

// Without them every row fails, and tells why.
await ensurePackages(["nftables", "iputils-ping"]).catch(() => {});

const WIRE6 = WIRES.find(({ name }) => name === "v3 IPv6 multicast") ?? FAST_WIRE;
const ELECTED_MS = downMs(FAST_WIRE, 100) + 1500;

/** An advert of a host, whatever MAC it comes from. */
function isFrom(host: Host) {
  const { ipv4, linkLocal } = station(host);
  return (frame: Frame): frame is Advert =>
    frame.kind === "advert" && frame.priority > 0 &&
    (frame.source === ipv4 || frame.source === linkLocal);
}

interface Row {
  readonly name: string;
  readonly text: string;
  readonly family: 4 | 6;
  /** Names of the interfaces that are made. */
  readonly names: readonly string[];
  /** Whether the interface below answers for less; default: IPv4. */
  readonly arp?: boolean;
  /** Settings before, by path under /proc/sys/net. */
  readonly before?: Readonly<Record<string, number>>;
}

function row(
  name: string,
  wire: Wire,
  lines: readonly string[],
  names: readonly string[],
  more: Partial<Row> & { readonly globals?: readonly string[] } = {},
): Row {
  const text = [
    ...block("global_defs", more.globals ?? []),
    instanceText("r1", wire, { priority: 200, lines }),
  ].join("\n");
  return { name, text, family: wire.family, names, ...more };
}

const ROWS: readonly Row[] = [
  row("IPv4", FAST_WIRE, ["use_vmac"], ["vrrp.51"]),
  row("IPv6", WIRE6, ["use_vmac"], ["vrrp.51"]),
  row("a name and a MAC address", FAST_WIRE, [
    "use_vmac virt0 02:11:22:33:44:55",
  ], ["virt0"]),
  row("vmac_xmit_base", FAST_WIRE, ["use_vmac", "vmac_xmit_base"], ["vrrp.51"]),
  row("vmac_xmit_base, IPv6", WIRE6, ["use_vmac", "vmac_xmit_base"], ["vrrp.51"]),
  row("no_accept", WIRE6, ["use_vmac", "no_accept"], ["vrrp.51"]),
  row(
    "another prefix, and excluded addresses",
    FAST_WIRE,
    ["use_vmac", ...block("virtual_ipaddress_excluded", ["10.0.0.150/32"])],
    ["vm.51"],
    { globals: ["vmac_prefix vm"] },
  ),
  row("a reverse path filter of all interfaces", FAST_WIRE, ["use_vmac"], ["vrrp.51"], {
    before: { "ipv4/conf/all/rp_filter": 1, "ipv4/conf/eth0/rp_filter": 0 },
  }),
  row("disable_local_igmp, and none", FAST_WIRE, [], [], {
    globals: ["disable_local_igmp"],
    arp: false,
  }),
  row("promote_secondaries, and none", FAST_WIRE, ["promote_secondaries"], [], { arp: false }),
  {
    ...row("two families with the same VRID", FAST_WIRE, ["use_vmac"], ["vrrp.51", "vrrp6.51"]),
    text: [
      instanceText("r1", FAST_WIRE, { name: "V4", priority: 200, lines: ["use_vmac"] }),
      instanceText("r1", WIRE6, { name: "V6", priority: 200, lines: ["use_vmac"] }),
    ].join("\n"),
  },
];

async function prepare(lab: Lab, { before = {} }: Row): Promise<void> {
  for (const [path, value] of Object.entries(before)) {
    await lab.runAt("r1", ["sh", "-c", `echo ${value} > /proc/sys/net/${path}`]);
  }
}

interface Made {
  readonly links: unknown;
  readonly settings: readonly string[];
  readonly filters: readonly string[];
}

const ANNOUNCE = /^ipv4.conf.eth0.arp_announce:2$/;

/** What one daemon made of a row: interfaces, changed settings, filters while active. */
async function madeBy(daemon: Daemon, each: Row) {
  const made: { active?: Made; left?: Pick<Made, "settings" | "filters"> } = {};
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    await prepare(lab, each);
    const [links, settings] = [await interfacesOf(lab, "r1"), await settingsOf(lab, "r1")];
    const r1 = await stage.start("r1", daemon, each.text, each.family);
    await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
    await sleep(500);
    const shown = await interfacesOf(lab, "r1");
    for (const name of each.names) assert(name in shown, `${name} in ${Object.keys(shown)}`);
    made.active = {
      links: shown,
      settings: changed(settings, await settingsOf(lab, "r1")),
      filters: await rulesetOf(lab, "r1"),
    };
    await r1.stop();
    assertEquals(await interfacesOf(lab, "r1"), links, "interfaces afterwards");
    made.left = {
      settings: changed(settings, await settingsOf(lab, "r1")),
      filters: await rulesetOf(lab, "r1"),
    };
  }, ["r1"]);
  return made;
}

for (const each of ROWS) {
  staydTest(`virtual MAC, as beside keepalived: ${each.name}`, async () => {
    const { active, left } = await madeBy(stayd, each);
    const theirs = (await madeBy(keepalived, each)).active;
    // It leaves a gap: the router itself would tell neighbours its own MAC address.
    assertEquals(
      active?.settings.some((line) => ANNOUNCE.test(line)),
      each.arp ?? each.family === 4,
    );
    const settings = active?.settings.filter((line) => !ANNOUNCE.test(line)) ?? [];
    assertEquals<unknown>({ ...active, settings }, theirs);
    // What was moved to each interface stays there: the stricter value holds, as before.
    const moved = each.before
      ? ["ipv4/conf/default/rp_filter:1", "ipv4/conf/eth0/rp_filter:1"]
      : [];
    assertEquals(left, { settings: moved, filters: [] });
  });
}

for (const wire of [FAST_WIRE, WIRE6]) {
  for (const pair of PAIRS) {
    netnsTest(
      `virtual MAC over IPv${wire.family}: ${pair.name}`,
      () =>
        Stage.play(async (stage) => {
          const { lab, capture } = stage;
          const text = (host: Host, priority: number) =>
            instanceText(host, wire, { priority, lines: ["use_vmac"] });
          const virtual = wire.family === 4 ? "10.0.0.100" : "fd00::100";
          const mac = virtualRouterMac(wire.family, 51);
          const neighbour = async () =>
            (await lab.runAt("client", ["ip", "neigh", "show", virtual])).includes(mac);
          await stage.start("r1", pair.r1, text("r1", 200), wire.family);
          const first = await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
          assertEquals(first.sourceMac, mac);
          await until("r1 answers", () => answers(lab, "client", virtual), 3000);
          // Beside keepalived the router's own MAC address may be told, see above.
          const knows = (daemon: Daemon) => daemon === keepalived ? true : neighbour();
          assert(await knows(pair.r1), "the client knows the virtual MAC address");
          const second = await stage.start("r2", pair.r2, text("r2", 100), wire.family);
          await sleep(1500);
          assert(!capture.frames.some(isFrom("r2")), "a backup hears the active router");
          const from = capture.frames.length;
          await lab.isolate("r1");
          const taken = await capture.until("r2 takes over", isFrom("r2"), ELECTED_MS, from);
          assertEquals(taken.sourceMac, mac);
          await until("r2 answers", () => answers(lab, "client", virtual), 3000);
          assert(await knows(pair.r2), "the client notices nothing");
          await lab.restore("r1");
          const back = capture.frames.length;
          await capture.until("r1 is active again", isFrom("r1"), ELECTED_MS, back);
          await sleep(500);
          const late = capture.frames.length;
          await sleep(1000);
          assert(!capture.frames.slice(late).some(isFrom("r2")), "r2 is a backup again");
          await until("r1 answers again", () => answers(lab, "client", virtual), 3000);
          const reports = capture.frames.filter((frame) =>
            frame.sourceMac === mac && isGroupReport(frame)
          );
          // keepalived leaves a gap when it starts.
          if (pair.r1 === stayd && pair.r2 === stayd) assertEquals(reports.length, 0);
          await second.stop();
        }),
    );
  }
}

/** IGMP, or a report of multicast listener discovery, which comes behind a hop-by-hop header. */
function isGroupReport({ bytes }: Frame): boolean {
  const isIgmp = bytes[12] === 0x08 && bytes[13] === 0 && bytes[23] === 2;
  return isIgmp || (bytes[12] === 0x86 && bytes[20] === 0 && bytes[62] === 143);
}

staydTest(
  "virtual MAC: what a killed daemon leaves is adopted, and what nobody wants is removed",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const plain = instanceText("r1", FAST_WIRE, { priority: 200 });
      const text = instanceText("r1", FAST_WIRE, { priority: 200, lines: ["use_vmac"] });
      const [links, settings] = [await interfacesOf(lab, "r1"), await settingsOf(lab, "r1")];
      const index = async (name: string) =>
        (await lab.runAt("r1", ["cat", `/sys/class/net/${name}/ifindex`])).trim();
      const r1 = await stage.start("r1", stayd, text, 4);
      await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
      const first = await index("vrrp.51");
      await r1.kill();
      const from = capture.frames.length;
      const again = await stage.start("r1", stayd, text, 4);
      await capture.until("r1 is elected again", isFrom("r1"), ELECTED_MS, from);
      assertEquals(await index("vrrp.51"), first, "the same interface");
      assert(again.log().some((line) => line.includes("Adopted interface vrrp.51")), again.tail());
      await again.kill();
      const third = await stage.start("r1", stayd, plain, 4);
      await until(
        "the leftover is gone",
        async () => !("vrrp.51" in await interfacesOf(lab, "r1")),
        3000,
      );
      await third.stop();
      assertEquals(await interfacesOf(lab, "r1"), links);
      assertEquals(changed(settings, await settingsOf(lab, "r1")), []);
    }, ["r1"]),
);

staydTest(
  "virtual MAC: an interface that somebody removes is made again; reloads change it in place",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const text = (...lines: string[]) => instanceText("r1", FAST_WIRE, { priority: 200, lines });
      const has = async (name: string) => {
        const shown = await interfacesOf(lab, "r1");
        return JSON.stringify(shown[name] ?? "").includes("10.0.0.100");
      };
      const r1 = await stage.start("r1", stayd, text("use_vmac"), 4);
      await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
      await lab.runAt("r1", ["ip", "link", "del", "vrrp.51"]);
      await until("it is made again, with its addresses", () => has("vrrp.51"), 3000);
      await until("the client reaches it", () => answers(lab, "client", "10.0.0.100"), 3000);
      await r1.reload(text("use_vmac other"));
      await until("under another name", () => has("other"), 3000);
      assert(!("vrrp.51" in await interfacesOf(lab, "r1")));
      await r1.reload(text());
      await until("without", () => has("eth0"), 3000);
      await until("it is removed", async () => !("other" in await interfacesOf(lab, "r1")), 3000);
      await r1.reload(text("use_vmac"));
      await until("and back", () => has("vrrp.51"), 3000);
      await until("the client reaches it again", () => answers(lab, "client", "10.0.0.100"), 3000);
      assert(!capture.frames.some((frame) => frame.kind === "advert" && frame.priority === 0));
      await lab.runAt("r1", ["ip", "link", "set", "vrrp.51", "down"]);
      await until("a fault", () => r1.log().some((line) => line.includes("vrrp.51 is down")), 3000);
      await lab.runAt("r1", ["ip", "link", "set", "vrrp.51", "up"]);
      await until("and none", () => has("vrrp.51"), 5000);
      await r1.stop();
    }, ["r1", "client"]),
);

staydTest(
  "virtual MAC: use_vmac_addr, and use_vmac of an address",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      await lab.runAt("r1", ["ip", "link", "add", "eth1", "type", "veth", "peer", "p1"]);
      for (const name of ["eth1", "p1"]) await lab.runAt("r1", ["ip", "link", "set", name, "up"]);
      const before = Object.keys(await interfacesOf(lab, "r1"));
      const text = instanceText("r1", FAST_WIRE, {
        priority: 200,
        addresses: ["10.0.0.100", "198.51.100.1/24 dev eth1"],
        lines: [
          "use_vmac_addr",
          ...block("virtual_ipaddress_excluded", [
            "2001:db8::1/64 dev eth1",
            "10.0.0.102 use_vmac",
            "fd00::150/64",
          ]),
        ],
      });
      const r1 = await stage.start("r1", stayd, text, 4);
      await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
      await sleep(500);
      const shown = await interfacesOf(lab, "r1") as Record<string, { addresses: string[] }>;
      const where = (address: string) =>
        Object.entries(shown).filter(([, { addresses }]) =>
          addresses.join().includes(`"${address}"`)
        )
          .map(([name]) => name);
      assertEquals(where("10.0.0.100"), ["eth0"]);
      assertEquals(where("198.51.100.1"), ["vrrp.51"]);
      assertEquals(where("2001:db8::1"), ["vrrp6.51"]);
      assertEquals(where("10.0.0.102"), ["vrrp1.51"]);
      assertEquals(where("fd00::150"), ["vrrp2.51"]);
      await r1.stop();
      assertEquals(Object.keys(await interfacesOf(lab, "r1")), before);
    }, ["r1"]),
);

staydTest(
  "virtual MAC: a child process that is killed goes on where it was",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const text = instanceText("r1", FAST_WIRE, {
        priority: 200,
        lines: ["use_vmac", "no_accept"],
      });
      const r1 = await stage.start("r1", stayd, text, 4);
      await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
      await sleep(500);
      const before = [await interfacesOf(lab, "r1"), await rulesetOf(lab, "r1")];
      const child = r1.speaker();
      signal(child, "SIGKILL");
      const from = capture.frames.length;
      await capture.until("r1 goes on", isFrom("r1"), 3000, from);
      await until("its successor speaks", () => r1.speaker() !== child, 2000);
      await sleep(500);
      assertEquals([await interfacesOf(lab, "r1"), await rulesetOf(lab, "r1")], before);
      assert(r1.log().some((line) => line.includes("Adopted interface vrrp.51")), r1.tail());
      await r1.stop();
      assertEquals(await rulesetOf(lab, "r1"), []);
      assert(!("vrrp.51" in await interfacesOf(lab, "r1")));
    }, ["r1"]),
);

for (const daemon of [stayd, keepalived]) {
  netnsTest(
    `virtual MAC: packets to it are forwarded: ${daemon.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const beyond = "198.51.100.2";
        for (const setting of ["ip_forward=1", "conf.all.send_redirects=0"]) {
          await lab.runAt("r1", ["sysctl", "-qw", `net.ipv4.${setting}`]);
        }
        await lab.runAt("r1", ["sysctl", "-qw", "net.ipv4.conf.default.send_redirects=0"]);
        await lab.runAt("r2", ["ip", "addr", "add", `${beyond}/32`, "dev", "lo"]);
        await lab.runAt("r1", ["ip", "route", "add", `${beyond}/32`, "via", "10.0.0.2"]);
        await lab.runAt("client", ["ip", "route", "add", `${beyond}/32`, "via", "10.0.0.100"]);
        const text = instanceText("r1", FAST_WIRE, { priority: 200, lines: ["use_vmac"] });
        await stage.start("r1", daemon, text, 4);
        await capture.until("r1 is elected", isFrom("r1"), ELECTED_MS);
        await until("the client reaches beyond", () => answers(lab, "client", beyond), 5000);
        const mac = virtualRouterMac(4, 51).replaceAll(":", "");
        const asked = capture.frames.filter((frame) =>
          frame.kind === "request" && frame.destination === beyond
        );
        const toVirtual = asked.filter(({ bytes }) => bytes.subarray(0, 6).toHex() === mac);
        // Once to the virtual MAC address, once on to the next hop.
        assert(toVirtual.length > 0 && asked.length >= 2 * toVirtual.length, `${asked.length}`);
      }),
  );
}
