/**
 * Runs a subcommand where texts go somewhere.
 *
 * @module
 */
import { EXIT_FATAL } from "./exit_codes.ts";

/** A subcommand: prints results and complaints, returns the exit status. */
export type Command = (
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
) => number | Promise<number>;

/** Where texts go. */
export interface Stream {
  writeSync(bytes: Uint8Array): number;
}

/** Runs it with these arguments; returns the exit status. */
export async function perform(
  command: Command,
  args: readonly string[],
  out: Stream = Deno.stdout,
  err: Stream = Deno.stderr,
): Promise<number> {
  const complain = (text: string) => void writeAll(err, text);
  let problem: string | undefined;
  const print = (text: string) => {
    problem ??= writeAll(out, text);
  };
  const status = await command(args, print, complain);
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
