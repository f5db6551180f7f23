/**
 * Real-time signals of a process like ours, sent by itself.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CaughtSignal } from "../../../net/sys/caught_signal.ts";
import { sendSignal } from "../../../net/sys/spawn.ts";

/** The test's own process has many descriptors: these are free. */
const SIGNALS = [58, 63];

/** A signal to the own process may reach another of its threads: a moment later. */
async function came(caught: CaughtSignal): Promise<boolean> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (caught.read()) return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
}

Deno.test("CaughtSignal: each is told apart, any number of times, and ends nothing", async () => {
  for (let round = 0; round < 2; round++) {
    const caught = SIGNALS.map((signal) => new CaughtSignal(signal));
    for (const [i, signal] of SIGNALS.entries()) {
      sendSignal(Deno.pid, signal);
      const own = caught[i];
      assert(own && await came(own), `signal ${signal}`);
      assertEquals(caught.map((each) => each.read()), [false, false]);
    }
    for (const each of caught) each[Symbol.dispose]();
    for (const signal of SIGNALS) sendSignal(Deno.pid, signal); // Ignored now.
  }
});

Deno.test("CaughtSignal: a descriptor of that number is somebody else's", () => {
  using _first = new CaughtSignal(58);
  assert(String(assertThrows(() => new CaughtSignal(58))).includes("EBADF"));
});
