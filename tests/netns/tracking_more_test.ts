/**
 * The rarer things that are tracked, and how, as keepalived has it: each makes r1 lose to r2, and
 * when it is well again r1 comes back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { keepalived } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { isAdvertOf } from "../lab/judge.ts";
import type { Host, Lab } from "../lab/lab.ts";
import { netnsTest, PAIRS, Stage } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1_000;
const VIRTUAL = virtualAddressesOf(4);
/** A takeover after silence, with a margin for a busy machine. */
const TAKEOVER_MS_MAX = 4_000;
const TRACKED = "d0";
const SOURCE = "10.0.0.77";

interface Row {
  readonly name: string;
  /** The configuration of r1. */
  readonly text: string;
  /** What its last advert before r2 takes over says. */
  readonly lost: number;
  /** What its first advert says when it is back. */
  readonly regained: number;
  readonly lose: (lab: Lab) => Promise<unknown>;
  readonly recover: (lab: Lab) => Promise<unknown>;
  /** Least time until it counts. */
  readonly delayMs?: number;
}

const own = (priority: number, lines: readonly string[]) =>
  instanceText("r1", FAST_WIRE, { priority, lines });

/** Two instances in a group that has lines of its own. */
function groupText(host: Host, priority: number, lines: readonly string[]): string {
  const [first = "", second = ""] = VIRTUAL;
  return [
    instanceText(host, FAST_WIRE, { priority, addresses: [first] }),
    instanceText(host, FAST_WIRE, { name: "V2", vrid: 52, priority, addresses: [second] }),
    ...block("vrrp_sync_group G", [...block("group", ["V1", "V2"]), ...lines]),
    "",
  ].join("\n");
}

const set = (state: "up" | "down") => (lab: Lab) =>
  lab.runAt("r1", ["ip", "link", "set", TRACKED, state]);
const source = (word: "add" | "del") => (lab: Lab) =>
  lab.runAt("r1", ["ip", "addr", word, `${SOURCE}/24`, "dev", "eth0"]);

const ROWS: readonly Row[] = [
  {
    name: "track_interface, reversed",
    text: own(150, block("track_interface", [`${TRACKED} weight 60 reverse`])),
    lost: 90,
    regained: 150,
    lose: set("up"),
    recover: set("down"),
  },
  {
    name: "an interface of a group with sync_group_tracking_weight",
    text: groupText("r1", 150, [
      "sync_group_tracking_weight",
      ...block("track_interface", [`${TRACKED} weight -60`]),
    ]),
    lost: 90,
    regained: 150,
    lose: set("down"),
    recover: set("up"),
  },
  {
    name: "an interface with delays",
    text: [
      ...block("interface_up_down_delays", [`${TRACKED} 1 1.5`]),
      own(150, block("track_interface", [TRACKED])),
    ].join("\n"),
    lost: 0,
    regained: 150,
    lose: set("down"),
    recover: set("up"),
    delayMs: 900,
  },
  {
    name: "track_src_ip",
    text: own(150, [`mcast_src_ip ${SOURCE}`, "track_src_ip"]),
    lost: 0,
    regained: 150,
    lose: source("del"),
    recover: source("add"),
  },
];

for (const pair of PAIRS) {
  for (const { name, text, lost, regained, lose, recover, delayMs = 0 } of ROWS) {
    // keepalived 2.2.7 does not miss the source of multicast.
    if (name === "track_src_ip" && pair.r1 === keepalived) continue;
    netnsTest(`tracking, ${name}: ${pair.name}`, () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        await lab.runAt("r1", ["ip", "link", "add", TRACKED, "type", "veth", "peer", "name", "d1"]);
        await lab.runAt("r1", ["ip", "link", "set", "d1", "up"]);
        await recover(lab);
        await sleep(200);
        await stage.start("r1", pair.r1, text, 4);
        const held = text.includes("track_src_ip") ? [...VIRTUAL, SOURCE] : VIRTUAL;
        const isGroup = text.includes("vrrp_sync_group");
        const peer = isGroup
          ? groupText("r2", 100, [])
          : instanceText("r2", FAST_WIRE, { priority: 100 });
        await stage.start("r2", pair.r2, peer, 4);
        const isR1 = (frame: Frame): frame is Advert =>
          frame.kind === "advert" && ["10.0.0.1", SOURCE].includes(frame.source);
        await capture.until("r1 is master", isR1, TAKEOVER_MS_MAX);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", held);

        let before = capture.frames.length;
        const lostMs = performance.now();
        await lose(lab);
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
        assert(performance.now() - lostMs >= delayMs, "it waits before it believes it");
        assertEquals(capture.frames.slice(before).filter(isR1).at(-1)?.priority, lost);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", VIRTUAL);

        before = capture.frames.length;
        await recover(lab);
        const back = await capture.until("r1 preempts", isR1, TAKEOVER_MS_MAX + delayMs, before);
        assertEquals(back.priority, regained);
        await sleep(2 * INTERVAL_MS);
        await assertHolds(lab, "r1", held);
      }));
  }
}
