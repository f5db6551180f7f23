/**
 * `vrrp_profile` on the wire: the checksum of advertisements, and packets to virtual addresses.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { block } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import type { Advert } from "../lab/frame.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { Stage, staydTest } from "../lab/stage.ts";

const VIRTUAL = "10.0.0.100";

function config(priority: number, globals: readonly string[], lines: readonly string[]): string {
  return [
    ...block("global_defs", globals),
    ...block("vrrp_instance V1", [
      "interface eth0",
      "virtual_router_id 51",
      `priority ${priority}`,
      "advert_int 1",
      ...lines,
      ...block("virtual_ipaddress", [VIRTUAL]),
    ]),
    "",
  ].join("\n");
}

interface Row {
  readonly name: string;
  readonly globals?: readonly string[];
  readonly lines?: readonly string[];
  readonly version: number;
  readonly checksum: Advert["checksum"];
  /** Whether it answers at the virtual address. */
  readonly answers: boolean;
  /** Who follows as a backup, with the defaults of keepalived and this version. */
  readonly peer: Daemon;
}

const RFC = "vrrp_profile rfc9568";
const ROWS: readonly Row[] = [
  { name: "default", version: 2, checksum: "plain", answers: true, peer: keepalived },
  {
    name: "keepalived, version 3",
    globals: ["vrrp_profile keepalived", "vrrp_version 3"],
    version: 3,
    checksum: "pseudo-header",
    answers: true,
    peer: keepalived,
  },
  {
    name: "rfc9568",
    globals: [RFC],
    version: 3,
    checksum: "plain",
    answers: false,
    peer: stayd,
  },
  {
    name: "rfc9568, of one instance",
    lines: [RFC],
    version: 3,
    checksum: "plain",
    answers: false,
    peer: stayd,
  },
  {
    name: "rfc9568, and what is said wins",
    globals: [RFC],
    lines: ["accept", "v3_checksum_as_v2 no"],
    version: 3,
    checksum: "pseudo-header",
    answers: true,
    peer: keepalived,
  },
];

for (const { name, globals = [], lines = [], version, checksum, answers, peer } of ROWS) {
  staydTest(`profile: ${name}`, () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      await stage.start("r1", stayd, config(200, globals, lines), 4);
      await stage.start("r2", peer, config(100, [`vrrp_version ${version}`], []), 4);
      await capture.until("r1 is elected", isAdvertOf("r1", 200), 6_000);
      await sleep(4_500);
      const adverts = capture.frames.filter((frame): frame is Advert => isAdvertOf("r1")(frame));
      assertEquals(new Set(adverts.map((each) => each.version)), new Set([version]));
      assertEquals(new Set(adverts.map((each) => each.checksum)), new Set([checksum]));
      assertEquals(capture.frames.filter(isAdvertOf("r2")).length, 0, "r2 hears and follows r1");
      const ping = ["ping", "-c", "1", "-W", "1", VIRTUAL];
      const isAnswered = await lab.runAt("client", ping).then(() => true, () => false);
      assertEquals(isAnswered, answers);
    }));
}
