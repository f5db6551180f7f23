/**
 * How a keepalived paced the checks of each kind, and we do; where we differ it has a name.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { CheckConfig } from "../../machines/check_config.ts";
import type { CheckVerdict } from "../../machines/check_rules.ts";
import { readTimelines, replay } from "./timeline_replay.ts";

const TIMELINES = readTimelines(
  Deno.readTextFileSync(new URL("../golden/ipvs/checkers.txt", import.meta.url)),
);

/** What was there: a page that fails for a while, and ports where nobody answers well. */
const BAD_PORTS = new Set([9032, 9033, 9040, 9043, 9052, 80]);
/** Nothing comes back: the timeout of a second passes. */
const SILENT_PORTS = new Set([9045]);

function judge(check: CheckConfig, deed: string, index: number): CheckVerdict {
  assert("connection" in check);
  const { port, ip } = check.connection;
  const failed = check.kind === "http"
    ? deed === "b fails" && check.urls[index]?.path === "/b"
    : BAD_PORTS.has(port) || SILENT_PORTS.has(port) || ip.startsWith("10.");
  return {
    outcome: failed ? "failed" : "passed",
    tookMs: SILENT_PORTS.has(port) ? check.connection.timeoutMs : 0,
  };
}

const what = (line: string) => line.slice(line.indexOf(" ") + 1);
const at = (line: string) => Number(line.split(" ")[0]);

/** A service that goes takes its servers with it. */
function withoutImplied(deed: string, lines: readonly string[]): string[] {
  return deed === "stop" ? lines.filter((line) => !line.includes(" DELDEST ")) : [...lines];
}

/** Pages that a keepalived asked for, and when. */
const ASKED: Readonly<Record<string, string>> = {
  W: "1.01/a 2.01/b 3.01/a 4.01/b 5.01/a 6.01/b 6.31/b 7.31/b 8.32/b 9.32/b 10.32/b " +
    "11.32/b 12.32/a 13.32/b 14.32/a 15.32/b 16.32/a",
  "W fast_recovery":
    "1.02/a 1.02/b 2.02/a 3.02/b 4.02/a 5.02/b 5.32/b 6.32/b 7.32/b 8.32/b 9.32/b " +
    "10.32/b 11.32/b 11.33/a 11.33/b 12.33/a 13.33/b 14.33/a 15.33/b 16.33/a",
};

/** Where its first failure is not believed at once, as that of all others is. */
const RETRIED_MS: Readonly<Record<string, number>> = { "S smtp": 300 };

/** Later than a step, never by a whole one. */
const LATE_MS_MAX = 250;

for (const timeline of TIMELINES) {
  Deno.test(`as keepalived checks: ${timeline.title}`, () => {
    const asked: string[] = [];
    const ours = replay(timeline, judge, (line) => asked.push(line));
    const pages = ASKED[timeline.title]?.split(" ") ?? [];
    for (const [i, page] of pages.entries()) {
      const [ms = "", path] = page.split("/");
      const [ownMs = "", ownPath] = asked[i]?.split("/") ?? [];
      assertEquals(ownPath, path, page);
      assert(
        Math.abs(Number(ownMs) - Number(ms)) * 1_000 < LATE_MS_MAX,
        `${asked[i]}, not ${page}`,
      );
    }
    for (const [i, { deed, operations }] of timeline.epochs.entries()) {
      const theirs = withoutImplied(deed, operations);
      const own = withoutImplied(deed, ours[i]?.operations ?? []);
      assertEquals([deed, ...own.map(what)], [deed, ...theirs.map(what)]);
      for (const [j, line] of own.entries()) {
        const lateMs = Math.abs(at(line) - at(theirs[j] ?? line)) * 1_000;
        assert(
          lateMs <= (RETRIED_MS[timeline.title] ?? LATE_MS_MAX) + 1,
          `${line}, not ${theirs[j]}`,
        );
      }
    }
  });
}
