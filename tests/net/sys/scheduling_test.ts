/**
 * The threads of a real-time process, as the kernel tells of them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { capabilities } from "../../../net/sys/process.ts";

const MODULE = new URL("../../../net/sys/scheduling.ts", import.meta.url).href;

/** What the threads of a program have for priorities, its main thread first. */
async function prioritiesAt(options: readonly string[]): Promise<number[][]> {
  const body = `
    import { deferHelperThreads } from ${JSON.stringify(MODULE)};
    const list = () => {
      const threads = [...Deno.readDirSync("/proc/self/task")].map(({ name }) => Number(name));
      return threads.toSorted((a, b) => a - b).map((thread) =>
        // Field 40 of proc(5)'s stat; names may contain spaces, so counted behind the name.
        Number(Deno.readTextFileSync("/proc/self/task/" + thread + "/stat")
          .split(") ").at(-1).split(" ")[37]));
    };
    const before = list();
    deferHelperThreads();
    console.log(JSON.stringify([before, list()]));`;
  const { stdout, stderr } = await new Deno.Command("chrt", {
    args: [...options, Deno.execPath(), "eval", "--no-check", body],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("deferHelperThreads: all but the main thread are one below it", async () => {
  if (!capabilities().has("CAP_SYS_NICE")) return; // Such a process cannot be real-time at all.
  const [before = [], after = []] = await prioritiesAt(["--rr", "20"]);
  assert(before.length > 1 && before.every((priority) => priority === 20), `${before}`);
  assertEquals(after, before.map((_, i) => i === 0 ? 20 : 19));
});

Deno.test("deferHelperThreads: where there is nothing lower, nothing changes", async () => {
  const [before, after] = await prioritiesAt(["--other", "0"]);
  assertEquals(after, before);
  if (!capabilities().has("CAP_SYS_NICE")) return;
  const [lowest, still] = await prioritiesAt(["--rr", "1"]);
  assertEquals(still, lowest);
});

Deno.test("restartRealtimeCount: what was used before a limit is not held against us", async () => {
  if (!capabilities().has("CAP_SYS_NICE")) return;
  const run = async (rest: boolean) => {
    const body = `
      import { restartRealtimeCount } from ${JSON.stringify(MODULE)};
      import { setRealtimeLimit } from ${JSON.stringify(new URL("./process.ts", MODULE).href)};
      setRealtimeLimit(100_000_000, 100_000_000); // Opens libc: that sleeps, too.
      const work = (ms) => { for (const end = Date.now() + ms; Date.now() < end;); };
      work(1_500);
      ${rest ? "restartRealtimeCount();" : ""}
      setRealtimeLimit(700_000, 700_000);
      work(50);`;
    const { signal } = await new Deno.Command("chrt", {
      args: ["--rr", "20", Deno.execPath(), "eval", "--no-check", body],
    }).output();
    return signal;
  };
  assertEquals(await run(true), null);
  assertEquals(await run(false), "SIGKILL");
});
