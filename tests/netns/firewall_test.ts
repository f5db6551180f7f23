/**
 * Addresses that are not for us (`no_accept`, `vrrp_strict`): the kernel has the packet filters
 * that it has beside keepalived, in every phase, and nothing is left over.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, type Wire, WIRES } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { answers, rulesetOf } from "../lab/firewall.ts";
import { advertsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import { ensurePackages } from "../lab/packages.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

// Without them every row fails, and tells why.
await ensurePackages(["nftables", "iputils-ping"]).catch(() => {});

const wire6 = WIRES.find(({ name }) => name === "v3 IPv6 multicast") ?? FAST_WIRE;
const ELECTED_MS = downMs(FAST_WIRE, 200) + 1000;

interface Row {
  readonly name: string;
  readonly wire: Wire;
  readonly globals?: readonly string[];
  readonly lines?: readonly string[];
  readonly addresses: readonly string[];
  readonly excluded?: readonly string[];
  /** Tables that there must be while it is active. */
  readonly tableCount: number;
}

const ROWS: readonly Row[] = [
  {
    name: "IPv4 and IPv6",
    wire: FAST_WIRE,
    lines: ["no_accept"],
    addresses: ["10.0.0.100/24", "10.0.0.101/24"],
    excluded: ["10.0.0.102/32", "fd00::100/64"],
    tableCount: 2,
  },
  {
    name: "link-local",
    wire: wire6,
    lines: ["no_accept"],
    addresses: ["fe80::100", "fd00::100/64"],
    excluded: ["10.0.0.102/32"],
    tableCount: 2,
  },
  {
    name: "table and priority",
    wire: wire6,
    globals: ["nftables mine", "nftables_priority 5"],
    lines: ["no_accept"],
    addresses: ["fe80::100"],
    tableCount: 1,
  },
  {
    name: "iptables words",
    wire: FAST_WIRE,
    globals: ["vrrp_iptables"],
    lines: ["no_accept"],
    addresses: ["10.0.0.100"],
    tableCount: 1,
  },
  {
    name: "strict",
    wire: FAST_WIRE,
    globals: ["vrrp_strict"],
    addresses: ["10.0.0.100"],
    tableCount: 1,
  },
  { name: "accept", wire: FAST_WIRE, addresses: ["10.0.0.100"], tableCount: 0 },
  {
    name: "accept in strict mode",
    wire: FAST_WIRE,
    globals: ["vrrp_strict"],
    lines: ["accept"],
    addresses: ["10.0.0.100"],
    tableCount: 0,
  },
];

function textOf(row: Row, priority: number): string {
  const { globals = [], lines = [], excluded = [], wire, addresses } = row;
  return [
    ...block("global_defs", globals),
    instanceText("r1", wire, {
      priority,
      addresses,
      lines: [...lines, ...block("virtual_ipaddress_excluded", excluded)],
    }),
  ].join("\n");
}

const plain = (text: string) => text.split("/")[0] ?? "";

/** The filters before, as a backup, while active, after a fault, after its end. */
async function historyOf(daemon: Daemon, row: Row): Promise<readonly string[][]> {
  const history: string[][] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const held = [...row.addresses, ...row.excluded ?? []].map(plain);
    const note = async () => void history.push(await rulesetOf(lab, "r1"));
    await note();
    const r1 = await stage.start("r1", daemon, textOf(row, 200), row.wire.family);
    await note();
    await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
    await assertHolds(lab, "r1", held);
    await note();
    await lab.cut("r1");
    await assertHolds(lab, "r1", []);
    const isEmpty = async () => !(await rulesetOf(lab, "r1")).join().includes("100");
    await until("the filters are empty", isEmpty, 2000);
    await note();
    await r1.stop();
    await note();
  }, ["r1"]);
  return history;
}

for (const row of ROWS) {
  staydTest(`firewall, as beside keepalived: ${row.name}`, async () => {
    const history = await historyOf(stayd, row);
    assertEquals(history, await historyOf(keepalived, row));
    const [before, , active, , after] = history;
    assertEquals(active?.length, row.tableCount);
    assertEquals([before, after], [[], []]);
  });
}

netnsTest(
  "firewall: packets to the addresses are dropped, neighbour discovery is not",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const addresses = ["10.0.0.100", "fd00::100", "fe80::100"];
      const text = (line: string) =>
        instanceText("r1", FAST_WIRE, {
          priority: 200,
          addresses: ["10.0.0.100"],
          lines: [line, ...block("virtual_ipaddress_excluded", ["fd00::100/64", "fe80::100/64"])],
        });
      const r1 = await stage.start("r1", stayd, text("no_accept"), 4);
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
      await assertHolds(lab, "r1", addresses);
      const all = () => Promise.all(addresses.map((each) => answers(lab, "client", each)));
      assertEquals(await all(), [false, false, false]);
      assert(await answers(lab, "client", "10.0.0.1"), "others are not dropped");
      const neighbours = await lab.runAt("client", ["ip", "neigh"]);
      for (const each of addresses) {
        assert(new RegExp(`^${each} .*lladdr`, "m").test(neighbours), `${each} in\n${neighbours}`);
      }
      const adverts = advertsOf("r1", capture.frames).length;
      await r1.reload(text("accept"));
      await until("they are for us now", async () => (await all()).every(Boolean), 5000);
      await r1.reload(text("no_accept"));
      await until("they are not any more", async () => !(await all()).some(Boolean), 5000);
      assert(advertsOf("r1", capture.frames).length > adverts);
      assert(!advertsOf("r1", capture.frames).some(({ priority }) => priority === 0));
    }),
);

staydTest(
  "firewall: what is flushed is put back; a killed daemon's filters are taken over",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const text = instanceText("r1", wire6, { priority: 200, lines: ["no_accept"] });
      const r1 = await stage.start("r1", stayd, text, 6);
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
      await assertHolds(lab, "r1", ["fe80::100", "fd00::100"]);
      const whole = await rulesetOf(lab, "r1");
      const isWhole = async () => (await rulesetOf(lab, "r1")).join() === whole.join();
      for (
        const command of [
          "flush ruleset",
          "delete element ip6 keepalived vips { fd00::100 }",
          "flush chain ip6 keepalived in",
        ]
      ) {
        await lab.runAt("r1", ["nft", command]);
        await until(`${command} is undone`, isWhole, 3000);
      }
      const words = "Somebody changed the packet filter table keepalived: putting it back";
      assert(r1.log().some((line) => line.includes(words)), r1.tail());
      await r1.kill();
      assertEquals(await rulesetOf(lab, "r1"), whole, "nobody was left to remove them");
      await lab.flush("r1");
      const again = await stage.start("r1", stayd, text, 6);
      await until("leftovers go", async () => (await rulesetOf(lab, "r1")).length === 0, 3000);
      await assertHolds(lab, "r1", ["fe80::100", "fd00::100"], ELECTED_MS);
      await until("as before", isWhole, 1000);
      await again.stop();
      assertEquals(await rulesetOf(lab, "r1"), []);
    }, ["r1"]),
);
