/**
 * The command line of `stayd run`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { printSignal } from "../../../engine/commands/signal_numbers.ts";
import { readRunOptions, type RunOptions } from "../../../engine/commands/run_options.ts";

function optionsOf(...args: string[]): RunOptions {
  const options = readRunOptions(args);
  assert(!("wrong" in options), JSON.stringify(options));
  return options;
}

// deno-fmt-ignore
const UMASKS: [text: string, mask: number | undefined][] = [
  ["022",   0o022],
  ["18",    18],
  ["0x12",  0x12],
  ["0777",  0o777],
  ["0",     0],
  ["01000", undefined],
  ["-1",    undefined],
  ["9a",    undefined],
];
for (const [text, mask] of UMASKS) {
  Deno.test(`run options: --umask=${text}`, () => {
    if (mask !== undefined) assertEquals(optionsOf(`--umask=${text}`).umask, mask);
    else assert("wrong" in readRunOptions([`--umask=${text}`]));
  });
}

Deno.test("run options: SIGINT stops unless it is told not to", () => {
  assertEquals(optionsOf().ignoresInterrupt, false);
  assertEquals(optionsOf("--ignore-sigint").ignoresInterrupt, true);
});

/** As `keepalived --signum=NAME` of Debian says. */
// deno-fmt-ignore
const NUMBERS: [string, string, status: number][] = [
  ["STOP",        "15\n", 0],
  ["RELOAD",      "1\n",  0],
  ["DATA",        "10\n", 0],
  ["STATS",       "12\n", 0],
  ["STATS_CLEAR", "63\n", 0],
  ["JSON",        "36\n", 0],
  ["TDUMP",       "",     1],
  ["toString",    "",     1],
];
for (const [word, expected, status] of NUMBERS) {
  Deno.test(`--signum=${word}`, () => {
    const { signum } = optionsOf(`--signum=${word}`);
    let printed = "";
    assertEquals(printSignal(signum ?? "", (text) => printed += text, () => {}), status);
    assertEquals(printed, expected);
  });
}
