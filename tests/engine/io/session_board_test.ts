import { assertEquals } from "@std/assert";
import { CheckerIo, type CheckerShared } from "../../../engine/io/checker_io.ts";
import { SessionBoard } from "../../../engine/io/session_board.ts";
import { Log } from "../../../engine/log.ts";
import type { CheckerFact } from "../../../machines/checker.ts";
import type { BfdCheck } from "../../../machines/check_config.ts";
import type { Verdicts } from "../../../machines/standing.ts";

const UP: Verdicts = { "bfd b1": { state: "good" } };
const DOWN: Verdicts = { "bfd b1": { state: "bad", why: "it was never up" } };

Deno.test("SessionBoard: tells what is known, and each change once", () => {
  const board = new SessionBoard();
  const heard: boolean[] = [];
  board.take(DOWN);
  const end = board.follow("b1", (isUp) => heard.push(isUp));
  for (const news of [DOWN, UP, UP, DOWN]) board.take(news);
  end();
  board.take(UP);
  assertEquals(heard, [false, true, false]);
});

Deno.test("SessionBoard: what is not about the session is passed over", () => {
  const board = new SessionBoard();
  const heard: boolean[] = [];
  board.follow("b1", (isUp) => heard.push(isUp));
  board.take({
    "bfd b2": { state: "good" },
    "script b1": { state: "good" },
    "bfd b1": { state: "pending" },
  });
  assertEquals(heard, []);
});

Deno.test("CheckerIo: BFD_CHECK gives the session's state as a verdict, until it is gone", () => {
  const sessions = new SessionBoard();
  const lines: string[] = [];
  const log = new Log((level, text) => lines.push(`${level}: ${text}`), () => 0);
  // Nothing is asked for.
  const shared = { log, sessions } as CheckerShared;
  const check: BfdCheck = { kind: "bfd", alpha: false, logsAllFailures: false, session: "b1" };
  const facts: CheckerFact[] = [];
  const io = new CheckerIo(shared, { id: "c1", check }, (fact) => facts.push(fact));
  for (const news of [DOWN, UP, DOWN]) sessions.take(news);
  io.carryOut({ type: "PROBE", index: 0 });
  io[Symbol.dispose]();
  sessions.take(UP);
  assertEquals(facts, [
    { type: "VERDICT", outcome: "failed", tookMs: 0 },
    { type: "VERDICT", outcome: "passed", tookMs: 0 },
    { type: "VERDICT", outcome: "failed", tookMs: 0 },
    { type: "VERDICT", outcome: "failed", tookMs: 0 },
  ]);
  assertEquals(lines.length, 3);
});
