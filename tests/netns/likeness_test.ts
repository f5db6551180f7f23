/**
 * What keepalived puts on the wire, we put on the wire: adverts, gratuitous ARPs and Neighbor
 * Advertisements, byte for byte, as often and in the same second.
 *
 * One router with a virtual router of every kind becomes master of all at once, under each daemon
 * in turn (that is: side by side, in two labs). With keepalived on both sides this tells whether
 * keepalived is like itself, so that the comparison is worth something.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { block, type InstanceText, instanceText, type Wire, WIRES } from "../lab/conf.ts";
import { type Daemon, keepalived } from "../lab/daemon.ts";
import type { Frame } from "../lab/frame.ts";
import { advertsOf, announcementsOf, isAdvertOf } from "../lab/judge.ts";
import { netnsTest, Stage, SUBJECT } from "../lab/stage.ts";

/** Where the Ethernet payload begins, and what a sender may choose in its header. */
const IP_AT = 14;
const IDENTIFICATION_AT = IP_AT + 4;
const HEADER_CHECKSUM_AT = IP_AT + 10;
/** The last 16 of its 20 bits. */
const FLOW_LABEL_AT = IP_AT + 2;

/** The owner of everything speaks at once: no election blurs the times. */
const PRIORITY = 255;
/** Enough for the burst and the one 5 s later. */
const DURATION_MS = 6500;

interface Row {
  readonly name: string;
  readonly wire: Wire;
  readonly addresses: readonly string[];
  readonly lines?: readonly string[];
  /** It is in fault. */
  readonly isSilent?: boolean;
}

interface Play {
  readonly name: string;
  readonly globals: readonly string[];
  readonly rows: readonly Row[];
}

const [v2, v2Unicast, v3, v3Unicast, v6, v6Unicast] = WIRES;
assert(v2 && v2Unicast && v3 && v3Unicast && v6 && v6Unicast);

const ROWS: readonly Row[] = [
  { name: "v2", wire: v2, addresses: ["10.0.0.11"] },
  { name: "v2_unicast", wire: v2Unicast, addresses: ["10.0.0.12", "10.0.0.13/24"] },
  { name: "v3", wire: v3, addresses: ["10.0.0.14", "10.0.0.15"] },
  { name: "v3_unicast", wire: v3Unicast, addresses: ["10.0.0.16"] },
  { name: "v6", wire: v6, addresses: ["fe80::17", "fd00::17/64"] },
  {
    name: "v6_unicast",
    wire: v6Unicast,
    addresses: ["fe80::18", "fd00::18"],
    lines: ["unicast_ttl 255"], // Its default is the one thing we do differently here.
  },
  {
    name: "password",
    wire: v2,
    addresses: ["10.0.0.19"],
    lines: ["authentication {", "    auth_type PASS", "    auth_pass secret", "}"],
  },
  {
    name: "repeat",
    wire: v3,
    addresses: ["10.0.0.20"],
    lines: ["garp_master_repeat 2", "garp_master_delay 2"],
  },
  {
    name: "refresh",
    wire: v3,
    addresses: ["10.0.0.21"],
    lines: ["garp_master_refresh 2", "garp_master_refresh_repeat 3", "garp_master_delay 1"],
  },
  { name: "no_delay", wire: v3, addresses: ["10.0.0.22"], lines: ["garp_master_delay 0"] },
  {
    name: "excluded",
    wire: v3,
    addresses: ["10.0.0.23"],
    lines: ["virtual_ipaddress_excluded {", "    10.0.0.24", "    fd00::24", "}"],
  },
  { name: "group", wire: v3, addresses: ["10.0.0.25"], lines: ["mcast_dst_ip 224.0.0.77"] },
  { name: "source", wire: v3, addresses: ["10.0.0.26"], lines: ["mcast_src_ip 10.0.0.1"] },
  { name: "group6", wire: v6, addresses: ["fe80::27"], lines: ["mcast_dst_ip ff02::77"] },
  { name: "native", wire: v6, addresses: ["fe80::28"], lines: ["native_ipv6"] },
  { name: "old", wire: v3Unicast, addresses: ["10.0.0.29"], lines: ["old_unicast_checksum"] },
  {
    name: "no_peer",
    wire: v3,
    addresses: ["10.0.0.30"],
    lines: ["unicast_fault_no_peer", "unicast_src_ip 10.0.0.1"],
    isSilent: true,
  },
  { name: "strict", wire: v3, addresses: ["10.0.0.31"], lines: ["strict_mode on"] },
];

/** What `global_defs` says, and who goes by it. */
const GLOBALS: readonly Play[] = [
  {
    name: "groups, bursts and refreshes",
    globals: [
      "vrrp_mcast_group4 224.0.0.81",
      "vrrp_mcast_group6 ff02::81",
      "vrrp_garp_master_delay 2",
      "vrrp_garp_master_repeat 3",
      "vrrp_garp_master_refresh 1",
      "vrrp_garp_master_refresh_repeat 2",
    ],
    rows: [
      { name: "v3", wire: v3, addresses: ["10.0.0.11"] },
      { name: "v6", wire: v6, addresses: ["fe80::12", "fd00::12/64"] },
      { name: "own", wire: v3, addresses: ["10.0.0.13"], lines: ["garp_master_repeat 1"] },
    ],
  },
  {
    name: "gaps between announcements",
    // Of longer bursts keepalived sends the first two only.
    globals: ["vrrp_garp_interval 1", "vrrp_gna_interval 0.8", "vrrp_garp_master_repeat 2"],
    rows: [
      { name: "v3", wire: v3, addresses: ["10.0.0.11"], lines: ["garp_master_delay 0"] },
      { name: "v6", wire: v6, addresses: ["fe80::12"], lines: ["garp_master_delay 0"] },
    ],
  },
  {
    name: "the fewest announcements",
    globals: ["vrrp_min_garp", "vrrp_strict"],
    rows: [
      { name: "v3", wire: v3, addresses: ["10.0.0.11"] },
      { name: "v6", wire: v6, addresses: ["fe80::12"] },
    ],
  },
];

/** An advert or announcement with what a sender may choose set to zero, as text. */
function normal(frame: Frame): string {
  const bytes = frame.bytes.slice();
  if (frame.kind === "advert" && frame.family === 4) {
    bytes.fill(0, IDENTIFICATION_AT, IDENTIFICATION_AT + 2);
    bytes.fill(0, HEADER_CHECKSUM_AT, HEADER_CHECKSUM_AT + 2);
  } else if (frame.kind === "advert") {
    bytes.fill(0, FLOW_LABEL_AT, FLOW_LABEL_AT + 2);
    bytes[FLOW_LABEL_AT - 1] = (bytes[FLOW_LABEL_AT - 1] ?? 0) & 0xf0;
  }
  return bytes.toHex();
}

/** How many of each frame came in each whole second since the first advert. */
function census(frames: readonly Frame[], startMs: number): string[] {
  const counts = new Map<string, number>();
  for (const frame of frames) {
    const second = Math.round((frame.atMs - startMs) / 1000);
    const key = `second ${second}: ${normal(frame)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Array.from(counts, ([key, count]) => `${key} × ${count}`).toSorted();
}

/** All that a router says of itself in the first seconds of its mastership. */
async function perform(daemon: Daemon, { globals, rows }: Omit<Play, "name">) {
  const instances = rows.map(({ name, wire, addresses, lines = [] }, i) => {
    const instance: InstanceText = { name, vrid: i + 1, priority: PRIORITY, addresses, lines };
    return instanceText("r1", wire, { ...instance, lines: ["state MASTER", ...lines] });
  });
  const heard: { adverts: string[]; announcements: string[] } = { adverts: [], announcements: [] };
  await Stage.play(async (stage) => {
    const { capture } = stage;
    const config = [...block("global_defs", globals), ...instances].join("\n");
    await stage.start("r1", daemon, config, 4);
    const { atMs } = await capture.until("the first advert", isAdvertOf("r1"), 2000);
    await sleep(DURATION_MS);
    const frames = await capture.stop();
    // Half a second belongs to the second it is nearest to: the end must not cut one in two.
    const whole = frames.filter((frame) => frame.atMs < atMs + DURATION_MS - 1000);
    heard.adverts = [...new Set(advertsOf("r1", whole).map(normal))].toSorted();
    heard.announcements = census(announcementsOf("r1", whole), atMs);
  }, ["r1", "r2"]);
  return heard;
}

for (
  const play of [{ name: "adverts and announcements", globals: [], rows: ROWS }, ...GLOBALS]
) {
  netnsTest(`likeness of ${SUBJECT.name} to keepalived: ${play.name}`, async () => {
    const [ours, theirs] = await Promise.all([perform(SUBJECT, play), perform(keepalived, play)]);
    assertEquals(ours.adverts, theirs.adverts);
    assertEquals(ours.announcements, theirs.announcements);
    const count = play.rows.filter(({ isSilent }) => isSilent !== true).length;
    assert(theirs.adverts.length >= count, `${theirs.adverts.length} adverts were heard`);
    assert(theirs.announcements.length >= count, "announcements were heard");
  });
}
