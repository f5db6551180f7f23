/**
 * What a number in a file does to a router, as keepalived has it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { advertsOf, isAdvertOf } from "../lab/judge.ts";
import { netnsTest, PAIRS, Stage } from "../lab/stage.ts";

const VIRTUAL = virtualAddressesOf(4);
/** A takeover after silence, with a margin for a busy machine. */
const TAKEOVER_MS_MAX = 5_000;

function fileText(path: string, lines: readonly string[]): string {
  const global = block("global_defs", ["script_user root"]);
  return [...global, ...block("vrrp_track_file f", [`file ${path}`, ...lines]), ""].join("\n");
}

/** How r1 is made to give up and to come back, by what is done to its file. */
interface Row {
  readonly name: string;
  readonly fileLines: readonly string[];
  readonly trackLine: string;
  /** Priority of the last advert of r1 as it loses. */
  readonly priority: number;
  readonly lose: (path: string) => Promise<void>;
  readonly recover: (path: string) => Promise<void>;
}

const write = (text: string) => (path: string) => Deno.writeTextFile(path, text);

const ROWS: readonly Row[] = [
  {
    name: "a number times its weight",
    fileLines: ["weight 10", "init_file 2 overwrite"],
    trackLine: "f",
    priority: 90,
    lose: write("-6"),
    recover: write("1\n"),
  },
  {
    name: "reversed by the instance",
    fileLines: ["weight 10", "init_file"],
    trackLine: "f weight 10 reverse",
    priority: 80,
    lose: write("7"),
    recover: (path) => Deno.remove(path),
  },
  {
    name: "weight 0: any number is a fault",
    fileLines: ["weight 0", "init_file 0"],
    trackLine: "f",
    priority: 0,
    lose: write("1"),
    recover: (path) => Deno.remove(path),
  },
  {
    name: "-254 is a fault whatever the weight",
    fileLines: ["weight 2", "init_file 0"],
    trackLine: "f",
    priority: 0,
    lose: async (path) => {
      await Deno.writeTextFile(`${path}.new`, "-0x7f more");
      await Deno.rename(`${path}.new`, path);
    },
    recover: write(""),
  },
];

for (const pair of PAIRS) {
  for (const { name, fileLines, trackLine, priority, lose, recover } of ROWS) {
    netnsTest(`track_file ${name}: ${pair.name}`, () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const path = `${lab.directory}/number`;
        const lines = block("track_file", [trackLine]);
        const r1 = instanceText("r1", FAST_WIRE, { priority: 150, lines });
        await stage.start("r1", pair.r1, fileText(path, fileLines) + r1, 4);
        const r2 = instanceText("r2", FAST_WIRE, { priority: 100 });
        await stage.start("r2", pair.r2, r2, 4);
        await capture.until("r1 is master", isAdvertOf("r1"), TAKEOVER_MS_MAX);

        let before = capture.frames.length;
        await lose(path);
        await capture.until("r2 is master", isAdvertOf("r2"), TAKEOVER_MS_MAX, before);
        const last = advertsOf("r1", capture.frames.slice(before)).at(-1);
        assertEquals(last?.priority, priority);
        await assertHolds(lab, "r1", []);
        await assertHolds(lab, "r2", VIRTUAL);

        before = capture.frames.length;
        await recover(path);
        await capture.until("r1 preempts", isAdvertOf("r1"), TAKEOVER_MS_MAX, before);
        await assertHolds(lab, "r1", VIRTUAL);
      }));
  }
}
