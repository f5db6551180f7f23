/**
 * The network namespace that the daemon lives in, if a configuration or the command line names one:
 * entered once, before anything is opened there; processes started later inherit it.
 *
 * @module
 */
import { makeDirectory, removeDirectory } from "../../net/sys/directory.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { bindPrivately } from "../../net/sys/mounts.ts";
import { enterNetworkNamespace, namespaceFile } from "../../net/sys/process.ts";
import type { LoadResult } from "../config/load.ts";
import { PID_DIRECTORY } from "../lifecycle/pid_files.ts";
import type { Log } from "../log.ts";

const DIRECTORY_MODE = 0o755;

/** What changes where this process is. Both throw a `SyscallError` where it may not. */
export interface Moves {
  /** Goes to the network namespace of a file. */
  readonly enter: (path: string) => void;
  /** Shows a directory in the place of another, to this process and its children. */
  readonly bind: (source: string, target: string) => Disposable;
}

const MOVES: Moves = {
  enter: enterNetworkNamespace,
  bind: (source, target) => {
    makeDirectory(target, DIRECTORY_MODE);
    makeDirectory(source, DIRECTORY_MODE);
    const place = bindPrivately(source, target);
    return {
      [Symbol.dispose]() {
        place[Symbol.dispose]();
        removeDirectory(source);
      },
    };
  },
};

type Word = "net_namespace" | "net_namespace_ipvs";
/** Undefined: nothing is said. Empty: that of init. */
type Names = Readonly<Record<Word, string | undefined>>;

/** Lets configurations pass that belong into the namespace that this process is in. */
export class NamespaceGate implements Disposable {
  readonly #log: Pick<Log, "note">;
  readonly #moves: Moves;
  /** What the first configuration said. */
  #entered: Names | undefined;
  #place: Disposable | undefined;

  constructor(log: Pick<Log, "note">, moves: Moves = MOVES) {
    this.#log = log;
    this.#moves = moves;
  }

  /** Enters the namespace of the first configuration; refuses one that names another. */
  pass(result: LoadResult): LoadResult {
    const { config, diagnostics } = result;
    if (!config) return result;
    const { namespace, ipvsNamespace } = config.global.place;
    const wanted = { net_namespace: namespace, net_namespace_ipvs: ipvsNamespace };
    const mayPass = this.#entered ? this.#isThere(this.#entered, wanted) : this.#begin(wanted);
    return mayPass ? result : { config: undefined, diagnostics };
  }

  /** Removes the directory of its files, if they are gone. */
  [Symbol.dispose](): void {
    this.#place?.[Symbol.dispose]();
  }

  #isThere(entered: Names, wanted: Names): boolean {
    const changed = (["net_namespace", "net_namespace_ipvs"] as const)
      .find((word) => wanted[word] !== entered[word]);
    if (changed === undefined) return true;
    const [now, then] = [entered, wanted].map(({ [changed]: name }) => describe(name));
    this.#log.note("error", `Cannot change ${changed} from ${now} to ${then}: restart`);
    return false;
  }

  #begin(wanted: Names): boolean {
    const name = wanted.net_namespace;
    try {
      if (name !== undefined) this.#moves.enter(namespaceFile(name));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#log.note("error", `Cannot enter network namespace ${name}: ${error.message}`);
      return false;
    }
    this.#entered = wanted;
    if (name !== undefined) {
      this.#log.note("info", `In network namespace ${name}`);
      this.#bind(`${PID_DIRECTORY}/${name}`);
    }
    return true;
  }

  /** Files that have the same names in all namespaces are told apart. */
  #bind(source: string): void {
    try {
      this.#place = this.#moves.bind(source, PID_DIRECTORY);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      const why = `${source} cannot be in the place of ${PID_DIRECTORY}: ${error.message}`;
      this.#log.note("warning", why);
    }
  }
}

function describe(name: string | undefined): string {
  if (name === undefined) return "none";
  return name === "" ? "that of init" : name;
}
