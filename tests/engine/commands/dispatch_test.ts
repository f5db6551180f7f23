import { assertEquals } from "@std/assert";
import { dispatch } from "../../../engine/commands/dispatch.ts";
import { perform } from "../../../engine/commands/perform.ts";
import { runCommand } from "../../../engine/commands/run.ts";

/** Takes two bytes at a time, or fails. */
class Stream {
  text = "";
  readonly #error: Error | undefined;

  constructor(error?: Error) {
    this.#error = error;
  }

  writeSync(bytes: Uint8Array): number {
    if (this.#error) throw this.#error;
    const some = bytes.subarray(0, 2);
    this.text += new TextDecoder().decode(some);
    return some.length;
  }
}

const FULL = new Error("No space left on device (os error 28)");
const CLOSED = new Deno.errors.BrokenPipe("Broken pipe");

// deno-fmt-ignore
const RUNS: [what: string, args: string[], out: Stream, status: number, begins: string, complains: string][] = [
  ["a result", ["check", "--help"], new Stream(), 0, "Usage: stayd check", ""],
  ["help", ["help"], new Stream(), 0, "stayd keeps a service reachable", ""],
  ["an unknown command", ["chek"], new Stream(), 2, "", "stayd: unknown command chek: known are run, check"],
  ["a complaint of a command", ["check"], new Stream(), 2, "", "stayd check: no file to check"],
  ["a full disk", ["check", "--help"], new Stream(FULL), 1, "", "stayd: cannot write: No space left on device"],
  ["a reader who left", ["check", "--help"], new Stream(CLOSED), 0, "", ""],
];
for (const [what, args, out, expected, begins, complains] of RUNS) {
  Deno.test(`dispatch: ${what}`, async () => {
    const err = new Stream();
    const status = await dispatch(args, out, err);
    assertEquals(
      [status, out.text.slice(0, begins.length), err.text.slice(0, complains.length)],
      [expected, begins, complains],
    );
    assertEquals([out.text === "", err.text === ""], [begins === "", complains === ""]);
  });
}

Deno.test("the daemon alone: knows no --single, but the rest of its words", async () => {
  const [out, err] = [new Stream(), new Stream()];
  assertEquals(await perform(runCommand, ["--single"], out, err), 2);
  assertEquals([out.text, err.text], ["", "stayd: --single is an option of cli.ts\n"]);
  assertEquals(await perform(runCommand, ["--version"], out, err), 0);
  assertEquals(out.text.startsWith("stayd "), true);
});
