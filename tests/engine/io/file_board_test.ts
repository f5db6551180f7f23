/**
 * FILE_CHECK: a change of the file is heeded when it is made, by all checks that follow it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Clock } from "../../../engine/clock.ts";
import { probingChecks } from "../../../engine/io/checks.ts";
import { FileBoard } from "../../../engine/io/file_board.ts";
import { FileWatch } from "../../../engine/io/file_watch.ts";
import { SessionBoard } from "../../../engine/io/session_board.ts";
import { Log } from "../../../engine/log.ts";
import type { CheckConfig } from "../../../machines/check_config.ts";
import type { CheckerFact } from "../../../machines/checker.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { wholeConfig } from "../../machines/vrrp_config.ts";

const WAIT_MS = 2_000;

function file(path: string) {
  return { name: "f", path, weight: 1, reversed: false };
}

Deno.test("FileBoard: each change is told to all, where the file is now, until nobody follows", async () => {
  const directory = await Deno.makeTempDir();
  const [first, second] = [`${directory}/a`, `${directory}/b`];
  using reactor = new Reactor();
  using watch = new FileWatch(reactor, new Clock(() => 0));
  const board = new FileBoard(watch);
  let told = "";
  board.configure([file(first)]);
  const ends = ["x", "y"].map((name) => board.follow("f", () => told += name));
  const after = (deed: () => void) => {
    told = "";
    deed();
    reactor.waitSync(0);
    return told;
  };
  const write = (path: string) => () => Deno.writeTextFileSync(path, "1");
  assertEquals(after(write(first)), "xyxy"); // Made, and closed.
  assertEquals(after(write(second)), "");
  assertEquals(after(() => board.configure([file(first)])), "");
  assertEquals(after(() => board.configure([file(second)])), "xy");
  assertEquals(after(write(first)), "");
  assertEquals(after(write(second)), "xy");
  ends[0]?.();
  assertEquals(after(() => Deno.removeSync(second)), "y");
  ends[1]?.();
  assertEquals(after(write(second)), "");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("FILE_CHECK: the number counts from when it is written", async () => {
  const path = await Deno.makeTempFile();
  using reactor = new Reactor();
  const clock = new Clock(() => performance.now());
  const checks = probingChecks(reactor)({
    log: new Log(() => {}, () => 0),
    clock,
    sessions: new SessionBoard(),
  });
  checks.configure({ ...wholeConfig([]), trackFiles: [file(path)] });
  const base = { alpha: false, logsAllFailures: false };
  const check: CheckConfig = { kind: "file", ...base, file: "f", weight: 2, reversed: false };
  const facts: string[] = [];
  const tell = (fact: CheckerFact) => {
    if (fact.type !== "VERDICT") return;
    facts.push(`${fact.outcome} ${fact.weight?.value}`);
  };
  const door = checks.door({ id: "c", check }, tell);
  door.carryOut({ type: "PROBE", index: 0 });
  const untilTold = async (count: number) => {
    for (const endMs = performance.now() + WAIT_MS; facts.length < count;) {
      if (performance.now() > endMs) break;
      reactor.waitSync(5);
      clock.runDue(clock.now());
      checks.turn();
      await new Promise((resolve) => setTimeout(resolve));
    }
    return facts.splice(0);
  };
  assertEquals(await untilTold(1), ["passed 0"]);
  Deno.writeTextFileSync(path, "21");
  assertEquals((await untilTold(1)).at(-1), "passed 42");
  Deno.removeSync(path);
  assertEquals((await untilTold(1)).at(-1), "passed 0");
  door[Symbol.dispose]();
});
