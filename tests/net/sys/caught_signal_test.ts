/**
 * Real-time signals of a process like ours, sent by itself. It is a process of its own: the one of
 * all tests may have taken the descriptors.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

const MODULE = import.meta.resolve("../../../net/sys/caught_signal.ts");
const SPAWN = import.meta.resolve("../../../net/sys/spawn.ts");

/** Runs a body with `CaughtSignal`, `sendSignal` and `came`; returns what it said. */
async function told(body: string): Promise<string[]> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["eval", "--no-check"],
      `import { CaughtSignal } from ${JSON.stringify(MODULE)};
       import { sendSignal } from ${JSON.stringify(SPAWN)};
       // A signal to the own process may reach another of its threads: a moment later.
       async function came(caught) {
         for (let attempt = 0; attempt < 1_000; attempt++) {
           if (caught.read()) return true;
           await new Promise((resolve) => setTimeout(resolve, 1));
         }
         return false;
       }
       ${body}`,
    ],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("CaughtSignal: each is told apart, any number of times, and ends nothing", async () => {
  const said = await told(`
    for (let round = 0; round < 2; round++) {
      const caught = [36, 63].map((signal) => new CaughtSignal(signal));
      for (const [i, signal] of [36, 63].entries()) {
        sendSignal(Deno.pid, signal);
        console.log(signal, await came(caught[i]), caught.map((each) => each.read()).join());
      }
      for (const each of caught) each[Symbol.dispose]();
      for (const signal of [36, 63]) sendSignal(Deno.pid, signal); // Ignored now.
    }`);
  const round = ["36 true false,false", "63 true false,false"];
  assertEquals(said, [...round, ...round]);
});

Deno.test("CaughtSignal: a descriptor of that number may be somebody else's", async () => {
  const said = await told(`
    const first = new CaughtSignal(36);
    try {
      new CaughtSignal(36);
    } catch (error) {
      console.log(error.message);
    }`);
  assertEquals(said, ["dup3: EBADF (Bad file descriptor)"]);
});
