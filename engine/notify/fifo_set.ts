/**
 * The FIFOs that events go to, and the scripts that read them.
 *
 * @module
 */
import type { NotificationConfig } from "../../machines/global_config.ts";
import type { FifoConfig } from "../../machines/script_config.ts";
import { Fifo } from "../../net/sys/fifo.ts";
import type { Log } from "../log.ts";
import { ownerOf } from "../scripts/prepare_script.ts";
import {
  failureOf,
  type RunningScript,
  SCRIPT_MACHINE,
  type ScriptStarter,
} from "../scripts/script_runner.ts";

/** Takes lines for whoever reads them. */
export interface LineWriter extends Disposable {
  configure(config: NotificationConfig): void;
  /** Of something that concerns one part of the daemon. */
  write(line: string, part: Part): void;
}

/** What an event is of: each part has a FIFO of its own, beside that for all. */
export type Part = "vrrp" | "lvs";

interface Opened {
  readonly parts: readonly Part[];
  readonly config: FifoConfig;
  readonly fifo: Fifo;
  script: RunningScript | undefined;
}

const SIGTERM = 15;

/** The FIFOs of a configuration. */
export class FifoSet implements LineWriter {
  readonly #starter: ScriptStarter;
  readonly #log: Log;
  readonly #opened = new Map<string, Opened>();

  constructor(starter: ScriptStarter, log: Log) {
    this.#starter = starter;
    this.#log = log;
  }

  /** Opens what is new and closes what is gone; what stays is left alone, with its reader. */
  configure({ fifo, vrrpFifo, lvsFifo }: NotificationConfig): void {
    const all: readonly (readonly [FifoConfig | undefined, readonly Part[]])[] = [
      [fifo, ["vrrp", "lvs"]],
      [vrrpFifo, ["vrrp"]],
      [lvsFifo, ["lvs"]],
    ];
    const wanted = all.flatMap(([config, parts]) =>
      config && config.path !== "" ? [{ key: JSON.stringify([config, parts]), config, parts }] : []
    );
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, opened] of this.#opened) if (!keys.has(key)) this.#close(key, opened);
    for (const { key, config, parts } of wanted) this.#open(key, config, parts);
  }

  write(line: string, part: Part): void {
    for (const { fifo, parts } of this.#opened.values()) {
      if (parts.includes(part) && !fifo.write(line)) this.#log.fifoFull(fifo.path);
    }
  }

  [Symbol.dispose](): void {
    for (const [key, opened] of this.#opened) this.#close(key, opened);
  }

  #open(key: string, config: FifoConfig, parts: readonly Part[]): void {
    if (this.#opened.has(key)) return;
    const owner = config.owner && ownerOf(config.owner, SCRIPT_MACHINE);
    const fifo = typeof owner === "string" ? owner : Fifo.open(config.path, owner);
    if (typeof fifo === "string") return this.#log.fifoFailed(config.path, fifo);
    const opened: Opened = { parts, config, fifo, script: undefined };
    this.#opened.set(key, opened);
    const { script } = config;
    if (!script) return;
    const started = this.#starter.start(script, {
      moreArguments: [config.path],
      onEnded: (exit) => {
        if (opened.script) this.#log.fifoScriptEnded(config.path, failureOf(exit));
        opened.script = undefined;
      },
    });
    if (typeof started === "string") this.#log.fifoScriptEnded(config.path, started);
    else opened.script = started;
  }

  #close(key: string, { fifo, script }: Opened): void {
    this.#opened.delete(key);
    script?.signal(SIGTERM);
    fifo[Symbol.dispose]();
  }
}
