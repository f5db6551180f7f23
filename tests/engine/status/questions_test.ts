/**
 * Answers in pieces, and answers that never come.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { NO_STATUS, type ProcessStatus } from "../../../engine/status/process_status.ts";
import { Questions } from "../../../engine/status/questions.ts";

function piece(name: string): ProcessStatus {
  return { ...NO_STATUS, groups: [{ name, state: "backup", faultCount: 0, startingCount: 0 }] };
}

Deno.test("Questions: pieces are put together, each answer by itself", () => {
  const told: string[] = [];
  const questions = new Questions();
  const note = (who: string) => (status: ProcessStatus | undefined) => {
    told.push(`${who} ${status?.groups.map(({ name }) => name)}`);
  };
  const [a, b] = [questions.add(note("a")), questions.add(note("b"))];
  questions.take(a, piece("1"), false);
  questions.take(b, piece("2"), true);
  questions.take(a, piece("3"), true);
  questions.take(a, piece("4"), true);
  assertEquals(told, ["b 2", "a 1,3"]);
});

Deno.test("Questions: who dies answers nothing, and too many are given up", () => {
  let givenUp = 0;
  const questions = new Questions();
  for (let i = 0; i < 20; i++) questions.add((status) => givenUp += status ? 0 : 1);
  assertEquals(givenUp, 4);
  questions.giveUp();
  assertEquals(givenUp, 20);
});
