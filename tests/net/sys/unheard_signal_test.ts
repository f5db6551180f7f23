/**
 * A signal that the runtime must not hear, sent by a process to itself.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

const MODULE = import.meta.resolve("../../../net/sys/unheard_signal.ts");
const SPAWN = import.meta.resolve("../../../net/sys/spawn.ts");

/** Runs a body with `signal`, `send` and `came`, for longer than Deno waits with its own. */
async function told(begin: string): Promise<string[]> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["eval", "--no-check"],
      `import { UnheardSignal } from ${JSON.stringify(MODULE)};
       import { sendSignal } from ${JSON.stringify(SPAWN)};
       const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
       const send = () => sendSignal(Deno.pid, 10);
       async function came(signal) {
         for (let attempt = 0; attempt < 1_000; attempt++) {
           if (signal.came()) return true;
           await pause(1);
         }
         return false;
       }
       ${begin}
       for (let round = 0; round < 3; round++) {
         console.log(signal.came());
         send();
         console.log(await came(signal));
         await pause(400); // After half a second Deno listens.
       }
       send();
       signal[Symbol.dispose]();
       send();
       await pause(100);
       console.log("lives");`,
    ],
  }).output();
  return [
    ...new TextDecoder().decode(stdout).trim().split("\n"),
    `status ${code}`,
    new TextDecoder().decode(stderr),
  ];
}

const EXPECTED = ["false", "true", "false", "true", "false", "true", "lives", "status 0", ""];

Deno.test("UnheardSignal: it is seen each time, and opens no port for debuggers", async () => {
  assertEquals(await told(`const signal = new UnheardSignal("SIGUSR1", 10);`), EXPECTED);
});

Deno.test("UnheardSignal: also if Deno listens already", async () => {
  const begin = `await pause(700); const signal = new UnheardSignal("SIGUSR1", 10);`;
  assertEquals(await told(begin), EXPECTED);
});
