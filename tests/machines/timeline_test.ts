/**
 * What a keepalived did to the kernel's table in watched scenarios, we do too, in the same order;
 * where we differ it has a name.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Epoch, readTimelines, replay } from "./timeline_replay.ts";

const TEXT = Deno.readTextFileSync(new URL("../golden/ipvs/timelines.txt", import.meta.url));
const TIMELINES = readTimelines(TEXT);

/** A reload leaves the pace of checks alone, where keepalived's begins anew. */
const LATE_MS_MAX = 1_000;

/** Deeds at which we do something else, by the scenario. */
const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Thresholds follow the configuration; keepalived sets them with something else only.
  "R1 reloads": {
    "reload sched rr->wlc": [
      "6.49 EDIT 10.9.9.1:tcp:80 wlc",
      "6.49 EDITDEST 10.9.9.1:tcp:80 -> 127.0.0.1:9011 w=7",
    ],
  },
  // A changed check of a server that is down: it must pass the new check first.
  "Q changed checker on reload": { "reload connect_timeout 1->2 (compared)": [] },
};

const at = (line: string) => Number(line.split(" ")[0]);
const what = (line: string) => line.slice(line.indexOf(" ") + 1);

/**
 * Where order is ours to choose: services and who serves come before who serves no more. Within
 * one moment, and stable otherwise.
 */
function ordered(operations: readonly string[]): string[] {
  const rank = (line: string) => {
    if (/ (ADD|EDIT) /.test(line)) return "0";
    if (/ DEL /.test(line)) return "3";
    return / DELDEST | w=0$/.test(line) ? `2${what(line)}` : "1";
  };
  const moments = Map.groupBy(operations, (line) => line.split(" ")[0] ?? "");
  return [...moments.values()].flatMap((lines) =>
    lines.toSorted((a, b) => rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0)
  );
}

/** Theirs, as far as it is the virtual servers' business: flushing is that of the process. */
function comparable({ deed, operations }: Epoch): string[] {
  const gone = operations.flatMap((line) => / DEL (.*)$/.exec(line)?.[1] ?? []);
  // A service that goes takes its servers with it.
  const isImplied = (line: string) => gone.some((each) => line.includes(` DELDEST ${each} `));
  const lines = operations.filter((line) => !line.endsWith(" FLUSH") && !isImplied(line));
  return deed === "stop" ? lines : ordered(lines);
}

Deno.test("the timelines are there", () => {
  assertEquals(TIMELINES.length, 19);
  assert(TIMELINES.every(({ epochs, configs }) => epochs.length > 1 && configs.length > 0));
});

for (const timeline of TIMELINES) {
  const { title, epochs } = timeline;
  Deno.test(`as keepalived: ${title}`, () => {
    const ours = replay(timeline);
    for (const [i, epoch] of epochs.entries()) {
      const own = comparable(ours[i] ?? epoch);
      const isFlushed = epoch.operations.some((line) => line.endsWith(" FLUSH"));
      if (isFlushed && epoch.deed === "stop") continue;
      const theirs = DIFFERENCES[title]?.[epoch.deed] ?? comparable(epoch);
      const isSame = (lines: readonly string[]) => lines.map(what);
      assertEquals([epoch.deed, ...isSame(own)], [epoch.deed, ...isSame(theirs)]);
      for (const [j, line] of own.entries()) {
        const late = Math.abs(at(line) - at(theirs[j] ?? line)) * 1_000;
        assert(late <= LATE_MS_MAX, `${line}, not ${theirs[j]}`);
      }
    }
  });
}
