/**
 * Every word that may stand behind a virtual address: the kernel has the same addresses as beside
 * keepalived, and nothing is left over.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { downMs, isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { Stage, staydTest } from "../lab/stage.ts";

const ELECTED_MS = downMs(FAST_WIRE, 200) + 1000;
/** A lifetime that runs out while the test does, if it is the machine's day of rest. */
const LIFETIME_SEC = 3_600;
const OTHER = "d0";

const ADVERTISED = [
  "10.0.0.100",
  "10.0.0.101/24",
  "10.4.0.102/24 brd + scope site",
  "10.5.0.103/24 brd - scope 201",
  "10.0.0.104/24 broadcast 10.0.0.250 label eth0:nine",
  "10.0.0.105 peer 10.0.0.205/32",
  "10.0.0.106/24 noprefixroute",
  `10.0.0.107/24 dev ${OTHER} scope link label ${OTHER}:1`,
  "10.1.0.108/24 no_track",
];
const EXCLUDED = [
  "10.2.0.120/25 brd +",
  "fd00::100/64",
  "fd00::101",
  "fd00::102/64 -nodad",
  "fd00::103/64 home",
  "fd00::104/64 mngtmpaddr",
  "fd00::105/64 noprefixroute",
  `fd00::106/64 preferred_lft ${LIFETIME_SEC}`,
  "fd00::107/128 preferred_lft forever",
  "fd00::108/64 preferred_lft 0",
  "fd00::109 peer fd00::209/128",
  `fe80::10a/64 dev ${OTHER}`,
];
const STATIC = [
  "10.3.0.1/24 dev eth0 brd + label eth0:st",
  `fd03::1/64 dev ${OTHER} -nodad noprefixroute`,
];

const CONFIG = [
  ...block("static_ipaddress", STATIC),
  instanceText("r1", FAST_WIRE, {
    priority: 200,
    addresses: ADVERTISED,
    lines: block("virtual_ipaddress_excluded", EXCLUDED),
  }),
].join("\n");

interface Shown {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly preferred_life_time?: number;
    readonly tentative?: boolean;
  }[];
}

/** All addresses of a router, as `ip` shows them, in no order. */
async function addressesOf(lab: Lab): Promise<string[]> {
  const links: Shown[] = JSON.parse(await lab.runAt("r1", ["ip", "-d", "-j", "addr"]));
  return links.flatMap(({ ifname, addr_info: addresses }) =>
    addresses.map(({ tentative: _, ...address }) => {
      const leftSec = address.preferred_life_time ?? 0;
      // Some seconds of it are over.
      const isRunning = leftSec > LIFETIME_SEC - 60 && leftSec <= LIFETIME_SEC;
      const shown = { ...address, ...isRunning && { preferred_life_time: LIFETIME_SEC } };
      return `${ifname} ${JSON.stringify(shown)}`;
    })
  ).toSorted();
}

/** Addresses at first, as a backup, while active, at the end. */
async function historyOf(daemon: Daemon): Promise<string[][]> {
  const history: string[][] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    await lab.runAt("r1", ["ip", "link", "add", OTHER, "type", "veth", "peer", "name", "d1"]);
    for (const name of [OTHER, "d1"]) await lab.runAt("r1", ["ip", "link", "set", name, "up"]);
    await sleep(500);
    history.push(await addressesOf(lab));
    const r1 = await stage.start("r1", daemon, CONFIG, 4);
    history.push(await addressesOf(lab));
    await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS);
    await sleep(500);
    history.push(await addressesOf(lab));
    await r1.stop();
    history.push(await addressesOf(lab));
  }, ["r1"]);
  return history;
}

/** What 2.2.7 keeps from the kernel. */
const PEERS = /"address":"(10.0.0.205|fd00::209)",/;

staydTest(
  "address options: the kernel has what it has beside keepalived, in every phase",
  async () => {
    const ours = await historyOf(stayd);
    assertEquals(ours.flat().filter((line) => PEERS.test(line)).length, 2);
    const withoutPeers = ours.map((lines) => lines.map((line) => line.replace(PEERS, "")));
    assertEquals(withoutPeers, await historyOf(keepalived));
    const [before = [], asBackup = [], active = [], after = []] = ours;
    assertEquals(asBackup.length, before.length + STATIC.length);
    const own = ADVERTISED.length + EXCLUDED.length;
    assertEquals(active.length, asBackup.length + own);
    assertEquals(after, before);
  },
);
