/**
 * Running other programs: short ones to their end, with their words in the error if they fail.
 *
 * @module
 */

/** A command that ended with a status other than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program to its end and returns what it printed; throws a {@linkcode CommandError}. */
export async function run(argv: readonly string[], stdin = ""): Promise<string> {
  const [program = "", ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    stdin: stdin === "" ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== "") await feed(child.stdin, stdin);
  const { success, code, stdout, stderr } = await child.output();
  if (!success) throw failure(argv, code, stderr, stdin);
  return new TextDecoder().decode(stdout);
}

/** Like {@linkcode run}, where nothing may be awaited: in signal handlers. */
export function runSync(argv: readonly string[]): string {
  const [program = "", ...args] = argv;
  const { success, code, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
  if (!success) throw failure(argv, code, stderr, "");
  return new TextDecoder().decode(stdout);
}

/** Whether a program of that name is on the path. */
export function isInstalled(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).outputSync().success;
}

/** Waits. */
export function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Waits until `condition` holds, looking every 5 ms; throws with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await sleep(5);
  }
}

async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It left without reading: its status tells why.
  }
}

function failure(
  argv: readonly string[],
  code: number,
  stderr: Uint8Array,
  stdin: string,
): CommandError {
  const words = new TextDecoder().decode(stderr).trim();
  const input = stdin === "" ? "" : `\n${stdin.split("\n").slice(0, 40).join("\n")}`;
  return new CommandError(`${argv.join(" ")}: status ${code}: ${words}${input}`);
}
