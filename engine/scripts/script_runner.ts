/**
 * Runs scripts as child processes: each in a session of its own, so that it can be ended with all
 * that it started; with nothing of ours but what it needs.
 *
 * @module
 */
import type { GlobalScriptConfig } from "../../machines/global_config.ts";
import type { RunAs, ScriptConfig } from "../../machines/script_config.ts";
import { groupByName, ownCredentials, userByName } from "../../net/sys/credentials.ts";
import { assert } from "../../net/assert.ts";
import { Fd } from "../../net/sys/fd.ts";
import { getenv, openNothing, readFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import { type Exit, sendSignalToGroup, spawnScript, waitForExit } from "../../net/sys/spawn.ts";
import { openProgram } from "./opened_program.ts";
import { prepareScript, type ScriptSurroundings } from "./prepare_script.ts";

/** A script that runs. */
export interface RunningScript {
  readonly pid: number;
  /** Sends a signal to it and to all that it started. */
  signal(number: number): void;
}

/** Something that runs scripts; the tests have another. */
export interface ScriptStarter {
  /**
   * Starts a script, with further arguments; `onEnded` is called once, later. Returns why not, as
   * text, if it cannot be started.
   */
  start(
    script: ScriptConfig,
    options: {
      readonly runAs?: RunAs | undefined;
      readonly moreArguments?: readonly string[];
      readonly onEnded: (exit: Exit) => void;
    },
  ): RunningScript | string;
}

/** This machine, as scripts see it. */
export const SCRIPT_MACHINE: ScriptSurroundings = {
  open: openProgram,
  userByName,
  ownCredentials,
  groupByName,
  getenv,
};
const SIGKILL = 9;

/** Starts scripts on this machine. */
export class ScriptRunner implements ScriptStarter, Disposable {
  readonly #reactor: Reactor;
  /** Those of the configuration in force; nothing runs before there is one. */
  rules: GlobalScriptConfig | undefined;
  readonly #running = new Map<number, Fd>();

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  start(
    script: ScriptConfig,
    { runAs, moreArguments = [], onEnded }: Parameters<ScriptStarter["start"]>[1],
  ): RunningScript | string {
    assert(this.rules !== undefined, "scripts come from a configuration");
    const prepared = prepareScript(script, runAs, this.rules, SCRIPT_MACHINE);
    if (typeof prepared === "string") return prepared;
    const { path, args, credentials } = prepared;
    const isOurselves = credentials.uid === ownCredentials().uid;
    let spawned: { readonly pid: number; readonly pidfd: number };
    try {
      using nothing = openNothing();
      spawned = spawnScript({
        path,
        args: [...args, ...moreArguments],
        env: scriptEnvironment(),
        fds: [0, 1, 2].map((child) => ({ child, parent: nothing.number })),
        newSession: true,
        ...(isOurselves ? {} : { credentials }),
      });
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return `cannot be run: ${error.code}`;
    }
    const { pid } = spawned;
    const pidfd = new Fd(spawned.pidfd);
    this.#running.set(pid, pidfd);
    this.#reactor.add(pidfd.number, () => {
      const exit = waitForExit(pid);
      if (!exit) return false;
      this.#forget(pid, pidfd);
      onEnded(exit);
      return false;
    });
    return {
      pid,
      signal: (number) => {
        if (this.#running.has(pid)) sendSignalToGroup(pid, number);
      },
    };
  }

  /** Whatever still runs is killed. */
  [Symbol.dispose](): void {
    for (const [pid, pidfd] of this.#running) {
      sendSignalToGroup(pid, SIGKILL);
      this.#forget(pid, pidfd);
    }
  }

  #forget(pid: number, pidfd: Fd): void {
    this.#running.delete(pid);
    this.#reactor.remove(pidfd.number);
    pidfd[Symbol.dispose]();
  }
}

/** Why a script failed; undefined: it did not. */
export function failureOf({ exitCode, signal }: Exit): string | undefined {
  if (signal !== undefined) return `signal ${signal}`;
  return exitCode === 0 ? undefined : `exit status ${exitCode}`;
}

const ENVIRONMENT_BYTES_MAX = 4 * 1_024 * 1_024;
/** What decides for whoever inherits it what is run; and what lets it speak for us. */
const DANGEROUS = /^(IFS|LD_[^=]*|NOTIFY_SOCKET|WATCHDOG_PID|WATCHDOG_USEC)=/;

/** Our environment, as it was when we were started, for a script. */
export function scriptEnvironment(): string[] {
  const text = new TextDecoder().decode(readFile("/proc/self/environ", ENVIRONMENT_BYTES_MAX));
  return text.split("\0").filter((each) => each.includes("=") && !DANGEROUS.test(each));
}
