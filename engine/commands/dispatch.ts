/**
 * Finds the subcommand. Each is loaded only when it is asked for, so that none slows another's
 * start.
 *
 * @module
 */
import { EXIT_CONFIG, EXIT_FATAL } from "./exit_codes.ts";

/** A subcommand: prints results and complaints, returns the exit status. */
type Command = (
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
) => number | Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./run.ts")).runCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  fmt: async () => (await import("./fmt.ts")).fmtCommand,
  convert: async () => (await import("./convert.ts")).convertCommand,
  "show-config": async () => (await import("./show_config.ts")).showConfigCommand,
  schema: async () => (await import("./schema.ts")).schemaCommand,
  chart: async () => (await import("./chart.ts")).chartCommand,
  digest: async () => (await import("./digest.ts")).digestCommand,
  bfd: async () => (await import("./bfd.ts")).bfdCommand,
  simulate: async () => (await import("./simulate.ts")).simulateCommand,
};

/** Where texts go. */
interface Stream {
  writeSync(bytes: Uint8Array): number;
}

/** Runs the program with these arguments; returns the exit status. */
export async function dispatch(
  args: readonly string[],
  out: Stream = Deno.stdout,
  err: Stream = Deno.stderr,
): Promise<number> {
  const [first = "", ...rest] = args;
  if (first === "--child=check") return (await import("./check_child.ts")).checkChild(rest);
  if (first === "--child=vrrp") return (await import("./vrrp_child.ts")).vrrpChild(rest);
  // keepalived's words for it.
  if (first === "--genhash" || first === "-T") return await dispatch(["digest", ...rest], out, err);
  if (first === "help") return await dispatch(["--help"], out, err);
  const complain = (text: string) => void writeAll(err, text);
  const isOption = first === "" || first.startsWith("-");
  const load = COMMANDS[isOption ? "run" : first];
  if (!load) {
    complain(`stayd: unknown command ${first}: known are ${Object.keys(COMMANDS).join(", ")}\n`);
    return EXIT_CONFIG;
  }
  const command = await load();
  let problem: string | undefined;
  const print = (text: string) => {
    problem ??= writeAll(out, text);
  };
  const status = await command(isOption ? args : rest, print, complain);
  if (problem === undefined) return status;
  complain(`stayd: cannot write: ${problem}\n`);
  return EXIT_FATAL;
}

/** Says what is wrong if it cannot be written. Whoever read it and left wants no more. */
function writeAll(stream: Stream, text: string): string | undefined {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
