/**
 * Writes the files of state and statistics when somebody asks for them: in the process that holds
 * the configuration, so that no disk can delay VRRP.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { fileKind, getenv, hostName, writeFileAtomically } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Log } from "../log.ts";
import { ownerOf } from "../scripts/prepare_script.ts";
import { SCRIPT_MACHINE } from "../scripts/script_runner.ts";
import { bfdDataText } from "./bfd_text.ts";
import { checkDataText, parentDataText, vrrpDataText } from "./data_text.ts";
import { type DumpKind, dumpPath } from "./dump_files.ts";
import type { Machine } from "./instance_lines.ts";
import { jsonText } from "./json_text.ts";
import type { ProcessStatus } from "./process_status.ts";
import type { Answered } from "./questions.ts";
import { statsText } from "./stats_text.ts";
import type { Tracked } from "./tracked.ts";

/** What a dumper is made of. */
export interface DumperOptions {
  readonly log: Log;
  /** Asks what the instances are; with `clears` their counters begin anew. */
  readonly ask: (clears: boolean, then: Answered) => void;
  /** Asks what the virtual servers are. */
  readonly askChecks: (then: Answered) => void;
  /** What is known of tracked objects. */
  readonly tracked: () => Tracked;
  /** The process that runs VRRP, or the checks. */
  readonly pidOf: (name: "vrrp" | "check") => number | undefined;
}

/** keepalived's: only the owner may read, unless the configuration says otherwise. */
const UMASK = 0o177;
const MODE = 0o666;

/** The dumper of a daemon. */
export class Dumper {
  readonly #options: DumperOptions;
  #config: Config | undefined;

  constructor(options: DumperOptions) {
    this.#options = options;
  }

  /** Takes over a configuration. */
  configure(config: Config): void {
    this.#config = config;
  }

  /** Writes what is asked for; errors are logged. */
  dump(what: "data" | "stats" | "clear" | "json"): void {
    const config = this.#config;
    if (!config) return this.#options.log.note("warning", "There is no configuration yet to tell");
    if (what === "data") {
      this.#note("parent data", Deno.pid);
      this.#write("parent", config, parentDataText(this.#facts(config)));
      if (config.virtualServers.length > 0) this.#dumpChecks(config);
    }
    this.#options.ask(what === "clear", (status) => {
      if (!status) {
        return this.#options.log.note("warning", "The VRRP process cannot tell what it is");
      }
      const pid = this.#options.pidOf("vrrp") ?? Deno.pid;
      this.#note(WORDS[what], pid);
      if (what === "data" && config.bfdSessions.length > 0) {
        this.#note("BFD data", pid);
        this.#write("bfd", config, bfdDataText(config, status));
      }
      this.#writeStatus(what, config, status);
    });
  }

  #dumpChecks(config: Config): void {
    this.#options.askChecks((status) => {
      if (!status) {
        return this.#options.log.note("warning", "The process of checks cannot tell what it is");
      }
      this.#note("checker data", this.#options.pidOf("check") ?? Deno.pid);
      this.#write("check", config, checkDataText({ ...this.#facts(config), status }));
    });
  }

  #writeStatus(what: keyof typeof WORDS, config: Config, status: ProcessStatus): void {
    const tracked = this.#options.tracked();
    if (what === "data") {
      const facts = { ...this.#facts(config), status, tracked };
      return this.#write("vrrp", config, vrrpDataText(facts));
    }
    if (what !== "json") return this.#write("stats", config, statsText(config, status));
    const text = jsonText(config, status, tracked);
    if (text !== undefined) this.#write("json", config, text);
  }

  #facts(config: Config) {
    const machine = machineOf(config);
    return { config, hostName: hostName(), umask: config.global.files.umask ?? UMASK, machine };
  }

  #note(what: string, pid: number): void {
    this.#options.log.note("info", `Printing ${what} for process(${pid}) on signal`);
  }

  #write(kind: DumpKind, { global }: Config, text: string): void {
    const path = dumpPath(kind, { temporaryDirectory: temporaryDirectory(), global });
    try {
      writeFileAtomically(path, text, MODE & ~(global.files.umask ?? UMASK));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#options.log.note("error", `Cannot write ${path}: ${error.message}`);
    }
  }
}

const WORDS = { data: "VRRP data", stats: "VRRP stats", clear: "VRRP stats", json: "VRRP as json" };

/** `$TMPDIR`, if it is an absolute path of a directory. */
function temporaryDirectory(): string {
  const given = getenv("TMPDIR");
  if (given?.startsWith("/") && fileKind(given)?.kind === "directory") return given;
  return "/tmp";
}

function machineOf({ global: { scripts } }: Config): Machine {
  return {
    identityOf: (script, runAs) => {
      const who = script?.runAs ?? runAs ?? scripts.runAs ?? { supplementaryGroups: false };
      const owner = ownerOf(who, SCRIPT_MACHINE);
      return typeof owner === "string" ? owner : `${owner.uid}:${owner.gid}`;
    },
  };
}
