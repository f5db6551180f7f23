/**
 * Interfaces that are asked for their links, that share the gaps of their announcements, and that
 * come, go and are renamed, as keepalived has them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Mac, parseMac } from "../../net/address.ts";
import { assertHolds } from "../lab/assertions.ts";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { DEVICE, type Lab, station } from "../lab/lab.ts";
import { keepalived, stayd } from "../lab/daemon.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const VIRTUAL = virtualAddressesOf(4);
/** A takeover after silence, with a margin for a busy machine. */
const TAKEOVER_MS_MAX = 5_000;

async function startBoth(stage: Stage, pair: Pair, r1: string): Promise<void> {
  await stage.start("r1", pair.r1, r1, 4);
  await stage.start("r2", pair.r2, instanceText("r2", FAST_WIRE, { priority: 100 }), 4);
}

for (const pair of PAIRS) {
  for (const method of ["", " ETHTOOL", " IOCTL", " MII"]) {
    netnsTest(
      `linkbeat_interfaces${method}: a cut cable is noticed: ${pair.name}`,
      () =>
        Stage.play(async (stage) => {
          const { lab, capture } = stage;
          const text = [
            ...block("linkbeat_interfaces", [`${DEVICE}${method}`]),
            instanceText("r1", FAST_WIRE, { priority: 150 }),
          ].join("\n");
          await startBoth(stage, pair, text);
          await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);
          await lab.cut("r1");
          await assertHolds(lab, "r1", [], 3_000);
          await assertHolds(lab, "r2", VIRTUAL, 3_000);
          const before = capture.frames.length;
          await lab.restore("r1");
          await capture.until("r1 preempts", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
          await assertHolds(lab, "r1", VIRTUAL);
        }),
    );
  }

  netnsTest(
    `dynamic_interfaces: absent, comes, is renamed, comes back: ${pair.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const away = async () => {
          await lab.runAt("r1", ["ip", "link", "set", DEVICE, "down"]);
          await lab.runAt("r1", ["ip", "link", "set", DEVICE, "name", "away0"]);
        };
        const back = async () => {
          await lab.runAt("r1", ["ip", "link", "set", "away0", "name", DEVICE]);
          await lab.runAt("r1", ["ip", "link", "set", DEVICE, "up"]);
        };
        await away();
        const text = [
          ...block("global_defs", ["dynamic_interfaces"]),
          instanceText("r1", FAST_WIRE, { priority: 150 }),
        ].join("\n");
        await lab.start("r1", pair.r1, text);
        await stage.start("r2", pair.r2, instanceText("r2", FAST_WIRE, { priority: 100 }), 4);
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX);
        for (let round = 0; round < 2; round++) {
          let before = capture.frames.length;
          await back();
          await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
          await assertHolds(lab, "r1", VIRTUAL);
          await assertHolds(lab, "r2", []);
          before = capture.frames.length;
          await away();
          await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
          await assertHolds(lab, "r2", VIRTUAL);
        }
      }),
  );

  netnsTest(
    `dynamic_interfaces: removed and made anew: ${pair.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const text = [
          ...block("global_defs", ["dynamic_interfaces"]),
          instanceText("r1", FAST_WIRE, { priority: 150 }),
        ].join("\n");
        await startBoth(stage, pair, text);
        await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);
        let before = capture.frames.length;
        await lab.runAt("r1", ["ip", "link", "del", DEVICE]);
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
        before = capture.frames.length;
        await lab.connect("r1");
        await capture.until("r1 is master again", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
        await assertHolds(lab, "r1", VIRTUAL);
        await assertHolds(lab, "r2", []);
      }),
  );
}

/** Between any two gratuitous ARPs. */
const GAP_MS = 40;
const OTHER_DEVICE = "eth1";

/** A second interface of r1, up. Returns its MAC address. */
async function addOther(lab: Lab): Promise<Mac> {
  const other = parseMac("02:00:00:00:01:01");
  assert(other !== undefined);
  await lab.addDevice("r1", OTHER_DEVICE, other);
  await lab.runAt("r1", ["ip", "link", "set", OTHER_DEVICE, "up"]);
  return other;
}

/** How many come of the first burst of ten; of keepalived 2.2.7's no more than three. */
const BURSTS = [{ daemon: stayd, sentCount: 10 }, { daemon: keepalived, sentCount: 3 }];

for (const { daemon, sentCount } of BURSTS) {
  netnsTest(
    `garp_group: two interfaces share one gap: ${daemon.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const other = await addOther(lab);
        const members = block("interfaces", [DEVICE, OTHER_DEVICE]);
        const text = [
          ...block("garp_group", [`garp_interval ${GAP_MS / 1_000}`, ...members]),
          instanceText("r1", FAST_WIRE, {
            priority: 150,
            addresses: ["10.0.0.100", `10.0.0.101 dev ${OTHER_DEVICE}`],
          }),
        ].join("\n");
        await stage.start("r1", daemon, text, 4);
        const own = new Set([station("r1").mac, other]);
        const announcements = () =>
          capture.frames.filter((frame) =>
            frame.kind === "announcement" && own.has(frame.sourceMac)
          );
        await until("the burst is sent", () => announcements().length >= sentCount, 5_000);
        const first = announcements().slice(0, sentCount);
        assertEquals(new Set(first.map((frame) => frame.sourceMac)), own);
        const gaps = first.slice(1).map((frame, i) => frame.atMs - (first[i]?.atMs ?? 0));
        assert(Math.min(...gaps) >= GAP_MS - 5, `gaps ${gaps.map(Math.round)}`);
      }, ["r1", "client"]),
  );
}

for (const daemon of [stayd, keepalived]) {
  for (const [which, countMin] of [["all ", 4], ["", 1]] as const) {
    netnsTest(
      `garp_extra_if ${which}1: one address of another interface: ${daemon.name}`,
      () =>
        Stage.play(async (stage) => {
          const { lab, capture } = stage;
          await addOther(lab);
          const text = instanceText("r1", FAST_WIRE, {
            priority: 255,
            addresses: ["10.0.0.100", `10.0.0.101 dev ${OTHER_DEVICE}`],
            lines: [
              `garp_extra_if ${which}1`,
              ...["garp_master_delay 0", "garp_master_repeat 1"],
              ...block("virtual_ipaddress_excluded", [`10.0.0.102 dev ${OTHER_DEVICE}`]),
            ],
          });
          await stage.start("r1", daemon, text, 4);
          await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);
          await sleep(3_600);
          const countOf = (address: string) =>
            capture.frames.filter((frame) => frame.kind === "announcement" && frame.ip === address)
              .length;
          const counts = ["10.0.0.100", "10.0.0.101", "10.0.0.102"].map(countOf);
          assertEquals([counts[0], counts[2]], [1, 1]);
          const many = counts[1] ?? 0;
          assert(many === countMin || (countMin > 1 && many === countMin + 1), `${counts}`);
        }, ["r1", "client"]),
    );
  }
}
