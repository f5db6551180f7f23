/**
 * The command line of `stayd run`: keepalived's options, as far as they have a meaning here.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { PidPaths } from "../lifecycle/pid_files.ts";
import { type Format, formatNamed, formatOf, FORMATS } from "../config/format.ts";

/** What `stayd run` was asked to do. */
export interface RunOptions {
  readonly configFile: string;
  /** What it is written in. */
  readonly format: Format;
  /** Virtual servers stay in the kernel's table at the end. */
  readonly keepsIpvs: boolean;
  /** Everything in one process. */
  readonly single: boolean;
  /** More lines in the log. */
  readonly detailed: boolean;
  readonly useSyslog: boolean;
  /** Pid files that were named. */
  readonly pidPaths: PidPaths;
  readonly journalFile?: string;
  readonly configId?: string;
  /** Network namespace, whatever the configuration says. */
  readonly namespace?: string;
  /** Bits that new files do not get, whatever the configuration says. */
  readonly umask?: number;
  /** SIGINT does not stop the daemon. */
  readonly ignoresInterrupt: boolean;
  /** Only print the number of the signal with that name. */
  readonly signum?: string;
  /** Only check the configuration. */
  readonly test: boolean;
  readonly showVersion: boolean;
  readonly showHelp: boolean;
}

/** Where keepalived's configuration lies. */
export const DEFAULT_CONFIG_FILE = "/etc/keepalived/keepalived.conf";

const FLAGS = {
  "dont-fork": "n",
  "log-console": "l",
  "log-detail": "D",
  "dump-conf": "d",
  "vrrp": "P",
  "no-syslog": "G",
  "config-test": "t",
  "dont-release-ipvs": "I",
  "version": "v",
  "help": "h",
};
const VALUES = {
  "use-file": "f",
  "pid": "p",
  "vrrp_pid": "r",
  "checkers_pid": "c",
  "bfd_pid": "b",
  "config-id": "i",
  "log-facility": "S",
  "namespace": "s",
  "umask": "u",
};

const LONG_VALUES = ["journal", "format", "signum"];

/** The text of `stayd --help`. */
export const HELP = `stayd keeps a service reachable: VRRP failover from keepalived.conf files.

Usage: stayd [run] [OPTIONS]            run the daemon (in the foreground)
       stayd check FILE...              check configuration files
       stayd fmt [--check] FILE...      lay out configuration files
       stayd convert --to LANG FILE     write a configuration in another language
       stayd show-config FILE           what a configuration comes to, with all defaults
       stayd schema                     the JSON Schema of configurations in YAML
       stayd chart [MACHINE]            draw a state chart
       stayd simulate [SCENARIO]        run a cluster in simulated time

Options of run (the letters are keepalived's):
  -f, --use-file FILE      configuration file [${DEFAULT_CONFIG_FILE}]
  -t, --config-test        check the configuration and exit
      --format LANG        of the file: ${FORMATS.join(", ")} [by the end of its name]
  -i, --config-id ID       name for @ID lines and \${_INSTANCE} [host name]
  -p, --pid FILE           write the pid of the daemon there
  -r, --vrrp_pid FILE      write the pid of the VRRP process there
  -c, --checkers_pid FILE  write the pid of the process of health checks there
  -s, --namespace NAME     network namespace to run in
  -D, --log-detail         log more
  -G, --no-syslog          do not log to syslog
  -n, --dont-fork          stay in the foreground (always so)
  -l, --log-console        log to standard error (always so)
  -P, --vrrp               only VRRP
  -I, --dont-release-ipvs  leave virtual servers in the kernel's table at the end
  -u, --umask MASK         bits that new files do not get
      --signum NAME        print the number of the signal STOP, RELOAD, DATA, STATS,
                           STATS_CLEAR or JSON, and exit
      --ignore-sigint      SIGINT does not stop the daemon
      --single             run everything in one process
      --journal FILE       append every fact and command to FILE as JSON lines
  -v, --version            print the version
  -h, --help               print this

Exit status: 0 orderly end, 1 fatal, 2 configuration or usage error, 4 missing permission,
70 bug of stayd (addresses were released). With -t: 0 correct, 5 or 6 as keepalived.
`;

/** Reads the command line; texts are what is wrong with it. */
export function readRunOptions(args: readonly string[]): RunOptions | { readonly wrong: string[] } {
  const wrong: string[] = [];
  const parsed = parseArgs(args, {
    boolean: [...Object.keys(FLAGS), "single", "ignore-sigint"],
    string: [...Object.keys(VALUES), ...LONG_VALUES],
    alias: { ...FLAGS, ...VALUES },
    unknown: (arg) => {
      wrong.push(arg.startsWith("-") ? `unknown option ${arg}` : `unexpected argument ${arg}`);
      return false;
    },
  });
  const text = (name: string): string | undefined => {
    const value = parsed[name];
    if (Array.isArray(value)) return String(value.at(-1));
    return typeof value === "string" ? value : undefined;
  };
  for (const name of [...Object.keys(VALUES), ...LONG_VALUES]) {
    if (text(name) === "") wrong.push(`option --${name} needs a value`);
  }
  const configFile = text("use-file") ?? DEFAULT_CONFIG_FILE;
  const wanted = text("format") ?? formatOf(configFile);
  const format = formatNamed(wanted);
  if (!format) wrong.push(`option --format must be one of ${FORMATS.join(", ")}`);
  const umask = umaskFrom(text("umask"));
  if (Number.isNaN(umask)) wrong.push("option --umask must be a number up to 0777");
  if (!format || wrong.length > 0) return { wrong };
  const optional = <Name extends string>(name: Name, value: string | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
  return {
    configFile,
    format,
    keepsIpvs: parsed["dont-release-ipvs"] === true,
    single: parsed["single"] === true,
    detailed: parsed["log-detail"] === true,
    useSyslog: parsed["no-syslog"] !== true,
    pidPaths: {
      ...optional("daemon", text("pid")),
      ...optional("vrrp", text("vrrp_pid")),
      ...optional("check", text("checkers_pid")),
      ...optional("bfd", text("bfd_pid")),
    },
    ...optional("journalFile", text("journal")),
    ...optional("configId", text("config-id")),
    ...optional("namespace", text("namespace")),
    ...(umask === undefined ? {} : { umask }),
    ...optional("signum", text("signum")),
    ignoresInterrupt: parsed["ignore-sigint"] === true,
    test: parsed["config-test"] === true,
    showVersion: parsed["version"] === true,
    showHelp: parsed["help"] === true,
  };
}

/** A number in C's ways of writing one: 0 begins octal; not a number if it is none. */
function umaskFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isOctal = /^0[0-7]+$/.test(text);
  const mask = isOctal ? parseInt(text, 8) : /^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  return mask <= 0o777 ? mask : NaN;
}
