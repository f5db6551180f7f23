/**
 * What a process does to itself, seen in processes of their own.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { capabilities, lockFileMaps, ownArguments } from "../../../net/sys/process.ts";
import { readFile } from "../../../net/sys/file.ts";

const MODULE = new URL("../../../net/sys/process.ts", import.meta.url).href;

/** Runs a program that has all of process.ts as `sys`, with exactly our two permissions. */
async function told(body: string, setUp = ""): Promise<unknown> {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/program.ts`;
  Deno.writeTextFileSync(path, `import * as sys from ${JSON.stringify(MODULE)};\n${body}`);
  const run =
    `${Deno.execPath()} run --allow-net --allow-ffi --no-check ${path} one 'two three' ''`;
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${setUp} exec ${run}`],
    env: { NO_COLOR: "1" },
  }).output();
  Deno.removeSync(folder, { recursive: true });
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

Deno.test("ownArguments: as the kernel has them, empty ones included", async () => {
  assertEquals(
    await told("console.log(JSON.stringify(sys.ownArguments().slice(-3)));"),
    ["one", "two three", ""],
  );
  assertEquals(ownArguments().length > 1, true);
});

Deno.test("capabilities: agree with the kernel's bits", () => {
  const status = new TextDecoder().decode(readFile("/proc/self/status", 1_000_000));
  const bits = BigInt(`0x${status.match(/CapEff:\s*(\S+)/)?.[1]}`);
  assertEquals(capabilities().has("CAP_NET_RAW"), (bits & (1n << 13n)) !== 0n);
  assertEquals(capabilities().has("CAP_NET_ADMIN"), (bits & (1n << 12n)) !== 0n);
  assertEquals(capabilities().has("CAP_SYS_NICE"), (bits & (1n << 23n)) !== 0n);
});

Deno.test("detachStandardInput: standard input is empty, whatever it was", async () => {
  const body = `
    sys.detachStandardInput();
    const count = Deno.stdin.readSync(new Uint8Array(10));
    let error = "none";
    try { Deno.readTextFileSync("/etc/hostname"); } catch (e) { error = e.name; }
    console.log(JSON.stringify([count, error]));`;
  assertEquals(await told(body, "echo something |"), [null, "NotCapable"]);
  assertEquals(await told(body, "exec 0<&-;"), [null, "NotCapable"]);
});

Deno.test("setProcessName: is what ps shows, cut to 15 octets", async () => {
  const body = (name: string) => `
    const file = await import(${JSON.stringify(new URL("./file.ts", MODULE).href)});
    sys.setProcessName(${JSON.stringify(name)});
    console.log(JSON.stringify(new TextDecoder().decode(file.readFile("/proc/self/comm", 100))));`;
  assertEquals(await told(body("stayd: vrrp")), "stayd: vrrp\n");
  assertEquals(await told(body("stayd: a long name")), "stayd: a long n\n");
});

Deno.test("lockFileMaps: locks the program, costs no memory, and the heap still collects", async () => {
  const body = `
    const file = await import(${JSON.stringify(new URL("./file.ts", MODULE).href)});
    const kb = (name) => Number(new RegExp(name + ":\\\\s*(\\\\d+)").exec(
      new TextDecoder().decode(file.readFile("/proc/self/status", 100_000)))[1]);
    const before = kb("VmRSS");
    const lockedBytes = sys.${lockFileMaps.name}();
    const lockedKb = kb("VmLck");
    const grewKb = kb("VmRSS") - before;
    let sum = 0;
    for (let i = 0; i < 300; i++) sum += new Array(50_000).fill(i).length;
    console.log(JSON.stringify({ lockedBytes, lockedKb, grewKb, sum }));`;
  const result = await told(body) as Record<"lockedBytes" | "lockedKb" | "grewKb" | "sum", number>;
  assertEquals(result.sum, 300 * 50_000);
  if (!capabilities().has("CAP_IPC_LOCK")) return; // Then only as much as RLIMIT_MEMLOCK allows.
  assert(result.lockedBytes > 10_000_000);
  assert(result.lockedKb * 1_024 >= result.lockedBytes);
  assert(result.grewKb < 30_000, `it was read in at once: ${result.grewKb} kB`);
});

Deno.test("exitNow: ends the process at once, with its status", async () => {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["eval", "--no-check"],
      `import { exitNow } from ${JSON.stringify(MODULE)};
       addEventListener("unload", () => Deno.exit(1));
       exitNow(42);`,
    ],
  }).output();
  assertEquals(code, 42);
});
