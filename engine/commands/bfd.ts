/**
 * `stayd bfd`: asks a running daemon for its BFD sessions, and lists them.
 *
 * @module
 */
import { getenv, readFile, removeFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { sendSignal } from "../../net/sys/process.ts";
import { readArguments } from "./arguments.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";

const USAGE = `Usage: stayd bfd [OPTIONS]

Asks a running daemon (by SIGUSR1) for its BFD sessions, and lists them.

  -p, --pid FILE    the daemon's pid file [/run/keepalived.pid]
  -f, --file FILE   where the daemon writes its sessions [keepalived_bfd.data in $TMPDIR or /tmp]
  -l, --long        everything that is known of each session
  -h, --help        print this

Exit status: 0 done, 1 no answer, 2 usage.
`;

const SIGUSR1 = 10;
const PID_FILE = "/run/keepalived.pid";
const FILE_BYTES_MAX = 64 * 1_024 * 1_024;
const ANSWER_MS_MAX = 5_000;
const LOOK_MS = 20;
const HEADING = " BFD Instance";

type Print = (text: string) => void;

/** Runs the subcommand. Returns the exit status. */
export async function bfdCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
): Promise<number> {
  const given = readArguments(args, { flags: { long: "l" }, values: { pid: "p", file: "f" } });
  if ("wrong" in given || given.files.length > 0) {
    const wrong = "wrong" in given ? given.wrong : given.files.map((file) => `surplus ${file}`);
    complain(`${wrong.map((each) => `stayd bfd: ${each}\n`).join("")}${USAGE}`);
    return EXIT_CONFIG;
  }
  if (given.flags.has("help")) {
    print(USAGE);
    return EXIT_OK;
  }
  const file = given.values.get("file") ?? `${getenv("TMPDIR") ?? "/tmp"}/keepalived_bfd.data`;
  const answer = await ask(given.values.get("pid") ?? PID_FILE, file);
  if ("wrong" in answer) {
    complain(`stayd bfd: ${answer.wrong}\n`);
    return EXIT_FATAL;
  }
  print(given.flags.has("long") ? answer.text : tableOf(answer.text));
  return EXIT_OK;
}

async function ask(
  pidFile: string,
  file: string,
): Promise<{ readonly text: string } | { readonly wrong: string }> {
  const pid = Number(read(pidFile)?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return { wrong: `${pidFile} names no process` };
  try {
    removeFile(file); // What is there is of an earlier moment.
    sendSignal(pid, SIGUSR1);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return { wrong: error.message };
  }
  for (let waitedMs = 0; waitedMs < ANSWER_MS_MAX; waitedMs += LOOK_MS) {
    const text = read(file);
    if (text !== undefined) return { text };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return { wrong: `process ${pid} did not write ${file}: has it BFD sessions?` };
}

function read(path: string): string | undefined {
  try {
    return new TextDecoder().decode(readFile(path, FILE_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return undefined;
  }
}

const COLUMNS: readonly (readonly [title: string, line: string])[] = [
  ["NAME", HEADING.trim()],
  ["STATE", "local state"],
  ["REMOTE", "remote state"],
  ["NEIGHBOR", "Neighbor IP"],
  ["TX", "local tx intv"],
  ["DETECTION", "local detection time"],
  ["UP", "up"],
  ["DOWN", "down"],
  ["DIAGNOSTIC", "local diag"],
];

/** The sessions of a file, one a line. */
export function tableOf(text: string): string {
  const sessions = text.split("\n").reduce<Map<string, string>[]>((found, line) => {
    const [name = "", value = ""] = line.split(" = ");
    if (name === HEADING) found.push(new Map());
    found.at(-1)?.set(name.trim(), value);
    return found;
  }, []);
  const rows = sessions.map((each) => COLUMNS.map(([, line]) => short(each.get(line) ?? "-")));
  const all = [COLUMNS.map(([title]) => title), ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd()}\n`
  ).join("");
}

/** Microseconds as milliseconds. */
function short(value: string): string {
  const [, us] = /^(\d+) us$/.exec(value) ?? [];
  return us === undefined ? value : `${Number(us) / 1_000} ms`;
}
