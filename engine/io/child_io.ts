/**
 * The root's door in a child process: the configuration comes from the parent, reports go to it.
 *
 * @module
 */
import { bootTimeMs } from "../../net/sys/libc.ts";
import type { Channel } from "../../net/sys/channel.ts";
import type { Config } from "../../machines/config.ts";
import type { SystemCommand, SystemFact } from "../../machines/system.ts";
import type { Verdicts } from "../../machines/standing.ts";
import type { VrrpState } from "../../machines/vrrp_facts.ts";
import type { Behind } from "../compose.ts";
import { configOf } from "../config_news.ts";
import {
  type ChildMessage,
  type ParentMessage,
  type Predecessor,
  readMessage,
  resumedInstances,
} from "../ipc.ts";
import { startupDelays } from "./system_io.ts";

/** What the door needs. */
export interface ChildIoOptions {
  readonly channel: Channel;
  readonly now: () => number;
  /** A configuration that is about to be applied. */
  readonly onConfigure: (config: Config, predecessor: Predecessor | undefined) => void;
  /** The parent asks what the instances are; absent: there are none. */
  readonly onInspect?: (question: number, clears: boolean) => void;
  /** Virtual routers of another process, by name. */
  readonly onInstances?: (states: Readonly<Record<string, VrrpState>>) => void;
  readonly onStopped: () => void;
  /** News of tracked objects, before the root hears of them. */
  readonly onTracked?: (verdicts: Verdicts) => void;
}

/** The root's door in a child. */
export class ChildIo implements Behind<SystemCommand> {
  readonly #options: ChildIoOptions;
  readonly #tell: (fact: SystemFact) => void;
  /** What the parent told last. */
  #config: Config | undefined;

  constructor(options: ChildIoOptions, tell: (fact: SystemFact) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  /** Carries out one command of the root. */
  carryOut(command: SystemCommand): void {
    switch (command.type) {
      case "REPORT_RUNNING":
      case "REPORT_RELOADED":
        return this.#send({ type: "READY" });
      case "REPORT_STOPPED":
        return this.#options.onStopped();
      case "READ_CONFIG": // The parent sends it unasked.
      case "REPORT_REJECTED": // The parent does not send what it rejected.
        return;
    }
  }

  /** Nothing is held: the channel belongs to the process. */
  [Symbol.dispose](): void {}

  /** Reads what the parent sent. Returns false: nothing is left. */
  readonly read = (): boolean => {
    const state = this.#options.channel.receive((text) => this.#take(readMessage(text)));
    // The parent died. Nobody is left to restart us: leave in order.
    if (state === "closed") this.#tell({ type: "STOP_REQUESTED" });
    return false;
  };

  #take(message: ParentMessage): void {
    if (message.type === "STOP") return this.#tell({ type: "STOP_REQUESTED" });
    if (message.type === "PING") return this.#send({ type: "PONG" });
    if (message.type === "INSPECT") {
      return this.#options.onInspect?.(message.question, message.clears);
    }
    if (message.type === "INSTANCES") return this.#options.onInstances?.(message.states);
    const now = this.#options.now();
    this.#options.onTracked?.(message.verdicts);
    if (message.type === "TRACKED") return this.#tell({ ...message, atMs: now });
    const { verdicts, startedAtMs, predecessor } = message;
    const config = this.#config = configOf(message.config, this.#config);
    this.#options.onConfigure(config, predecessor);
    this.#tell({
      type: "CONFIG_LOADED",
      config,
      verdicts,
      atMs: now,
      ...(predecessor && { servers: predecessor.servers }),
      resumes: predecessor ? resumedInstances(config, predecessor, now) : [],
      startupDelayMs: startupDelays(config, now - startedAtMs, bootTimeMs()),
    });
  }

  #send(message: ChildMessage): void {
    this.#options.channel.send(JSON.stringify(message));
  }
}
