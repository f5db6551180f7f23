/**
 * The network namespace that the daemon lives in, if a configuration or the command line names one:
 * entered once, before anything is opened there; processes started later inherit it.
 *
 * @module
 */
import { enterNetworkNamespace } from "../../net/sys/process.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { LoadResult } from "../config/load.ts";
import type { Log } from "../log.ts";

/** Where `ip netns` keeps them. */
const FOLDER = "/run/netns";

/** Lets configurations pass that belong into the namespace that this process is in. */
export class NamespaceGate {
  readonly #log: Pick<Log, "note">;
  readonly #given: string | undefined;
  readonly #enter: (path: string) => void;
  /** What the first configuration said. */
  #entered: { readonly name: string | undefined } | undefined;

  /** `given`: by the command line, which is stronger. */
  constructor(
    given: string | undefined,
    log: Pick<Log, "note">,
    enter: (path: string) => void = enterNetworkNamespace,
  ) {
    this.#given = given;
    this.#log = log;
    this.#enter = enter;
  }

  /** Enters the namespace of the first configuration; refuses one that names another. */
  pass(result: LoadResult): LoadResult {
    const { config, diagnostics } = result;
    if (!config) return result;
    const name = this.#given ?? config.global.place.namespace;
    if (!this.#entered) return this.#begin(name) ? result : { config: undefined, diagnostics };
    if (name === this.#entered.name) return result;
    const now = this.#entered.name ?? "none";
    this.#log.note(
      "error",
      `Cannot change net_namespace from ${now} to ${name ?? "none"}: restart`,
    );
    return { config: undefined, diagnostics };
  }

  #begin(name: string | undefined): boolean {
    try {
      if (name !== undefined) this.#enter(`${FOLDER}/${name}`);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#log.note("error", `Cannot enter network namespace ${name}: ${error.message}`);
      return false;
    }
    this.#entered = { name };
    if (name !== undefined) this.#log.note("info", `In network namespace ${name}`);
    return true;
  }
}
