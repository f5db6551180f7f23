/**
 * What a master does about one advert of another router: we do what keepalived does.
 *
 * The same packet is sent to a master under each daemon, in two labs side by side; compared are its
 * adverts and announcements of the next seconds, and whether it is master in the end.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { type Daemon, keepalived } from "../lab/daemon.ts";
import { type Forged, forgedFrame, inject } from "../lab/forged_packets.ts";
import { advertsOf, announcementsOf, isAdvertOf } from "../lab/judge.ts";
import { netnsTest, Stage, SUBJECT } from "../lab/stage.ts";

const INTERVAL_MS = FAST_WIRE.advertSec * 1000;
const VIRTUAL = virtualAddressesOf(4);
const PRIORITY = 100;
/** An answer comes within this time: far less than an interval. */
const ANSWER_MS_MAX = 60;
/** A packet that comes just before an advert proves nothing. */
const ATTEMPTS_MAX = 3;
/** Enough for what garp_lower_prio_delay puts off, and for a fallen master to come back. */
const WATCH_MS = 1800;

interface Row {
  readonly name: string;
  /** What differs from a good advert of an equal router. */
  readonly forged: Partial<Forged>;
  /** Where it says it comes from; r1 is 10.0.0.1. Default the client, 10.0.0.9. */
  readonly source?: string;
  readonly lines?: readonly string[];
  /** Lines of global_defs. */
  readonly globals?: readonly string[];
  /** Whether the master stays one throughout. */
  readonly stays: boolean;
}

const rows: readonly Row[] = [
  { name: "a resignation is answered", forged: { priority: 0 }, stays: true },
  { name: "lower priority is answered and outdone", forged: { priority: 50 }, stays: true },
  {
    name: "lower priority, without garp_lower_prio",
    forged: { priority: 50 },
    lines: ["garp_lower_prio_delay 1", "garp_lower_prio_repeat 0"],
    stays: true,
  },
  {
    name: "lower priority, lower_prio_no_advert",
    forged: { priority: 50 },
    lines: ["garp_lower_prio_delay 1", "lower_prio_no_advert true"],
    stays: true,
  },
  { name: "higher priority wins", forged: { priority: 150 }, stays: false },
  {
    name: "higher priority, higher_prio_send_advert",
    forged: { priority: 150 },
    lines: ["garp_lower_prio_delay 1", "higher_prio_send_advert true"],
    stays: false,
  },
  { name: "an equal with a greater address wins", forged: {}, stays: false },
  { name: "an equal with a lesser address loses", forged: {}, source: "10.0.0.0", stays: true },
  { name: "another VRID is nobody's business", forged: { vrid: 52, priority: 150 }, stays: true },
  {
    name: "the interval of a better router is learned",
    forged: { priority: 150, intervalMs: 100 },
    stays: false,
  },
  {
    name: "down_timer_adverts",
    forged: { priority: 150 },
    lines: ["down_timer_adverts 5"],
    stays: false,
  },
  {
    name: "vrrp_down_timer_adverts",
    forged: { priority: 150 },
    globals: ["vrrp_down_timer_adverts 5"],
    stays: false,
  },
  {
    name: "vrrp_lower_prio_no_advert",
    forged: { priority: 50 },
    globals: ["vrrp_lower_prio_no_advert true"],
    stays: true,
  },
  {
    name: "vrrp_higher_prio_send_advert",
    forged: { priority: 150 },
    globals: ["vrrp_higher_prio_send_advert true"],
    stays: false,
  },
  {
    name: "vrrp_garp_lower_prio_repeat, and no delay",
    forged: { priority: 50 },
    globals: ["vrrp_garp_lower_prio_repeat 3", "vrrp_garp_lower_prio_delay 0"],
    lines: [],
    stays: true,
  },
];

/** What a daemon does, in numbers that do not depend on when it does so exactly. */
async function perform(daemon: Daemon, row: Row) {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const seen = await tryToPerform(daemon, row);
    if (seen !== "badly timed") return seen;
  }
  throw new Error("The machine is too busy to tell an answer from the next advert");
}

async function tryToPerform(daemon: Daemon, row: Row) {
  const { forged, source, lines = ["garp_lower_prio_delay 1"], globals = [], stays } = row;
  const advert = { vrid: 51, priority: PRIORITY, intervalMs: INTERVAL_MS, addresses: VIRTUAL };
  const from = source === undefined ? {} : { source: ip(source) };
  const frame = forgedFrame("client", { ...advert, ...forged }, from);
  const seen = { answers: [0], announced: [""], pauseIntervals: 0 };
  let phaseMs = Infinity;
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const instance = { priority: PRIORITY, lines: ["garp_master_delay 0", ...lines] };
    const config = [
      ...block("global_defs", globals),
      instanceText("r1", FAST_WIRE, instance),
    ].join("\n");
    await stage.start("r1", daemon, config, 4);
    await capture.until("r1 is elected", isAdvertOf("r1"), 2000);
    await assertHolds(lab, "r1", VIRTUAL);
    // Between two adverts: what comes at once is an answer, what comes later is not.
    const moment = async () => {
      const before = capture.frames.length;
      await capture.until("an advert", isAdvertOf("r1"), 1000, before);
      await sleep(INTERVAL_MS / 5);
    };
    await inject(lab, "client", [frame], { moment });
    const { atMs } = await capture.until("the packet", isAdvertOf("client"), 1000);
    await sleep(WATCH_MS);
    await assertHolds(lab, "r1", VIRTUAL);
    const frames = await capture.stop();
    const last = advertsOf("r1", frames).findLast((one) => one.atMs < atMs);
    phaseMs = atMs - (last?.atMs ?? 0);
    const after = frames.filter((one) => one.atMs > atMs);
    const adverts = advertsOf("r1", after);
    seen.answers = adverts.filter((one) => one.atMs < atMs + ANSWER_MS_MAX)
      .map(({ priority }) => priority);
    seen.announced = announcementsOf("r1", after)
      .map((one) => `${one.ip} in second ${Math.round((one.atMs - atMs) / 1000)}`).toSorted();
    // The next advert but the answers: an interval after the last, or a whole down interval.
    const next = adverts.find((one) => one.atMs >= atMs + ANSWER_MS_MAX);
    const fromMs = stays && seen.answers.length === 0 ? last?.atMs ?? 0 : atMs;
    seen.pauseIntervals = Math.round(((next?.atMs ?? Infinity) - fromMs) / INTERVAL_MS);
  }, ["r1", "client"]);
  return phaseMs < INTERVAL_MS - 1.5 * ANSWER_MS_MAX ? seen : "badly timed";
}

for (const row of rows) {
  netnsTest(`reaction of ${SUBJECT.name} as keepalived's: ${row.name}`, async () => {
    const [ours, theirs] = await Promise.all([perform(SUBJECT, row), perform(keepalived, row)]);
    assertEquals(ours, theirs);
    assertEquals(theirs.pauseIntervals <= 1, row.stays);
    assert(ours.answers.every((priority) => priority === PRIORITY));
  });
}
