/**
 * The port of one real server: who is told when it comes and goes.
 *
 * @module
 */
import type { RealServerConfig } from "../../machines/lvs_config.ts";
import type { RealServerCommand, RealServerInput } from "../../machines/real_server.ts";
import type { Behind } from "../compose.ts";
import { type NoticeWorld, tellOfServer } from "./lvs_notices.ts";

/** The door of one real server. */
export class RealServerIo implements Behind<RealServerCommand> {
  readonly #shared: NoticeWorld;
  readonly #input: RealServerInput;
  #server: RealServerConfig;

  constructor(shared: NoticeWorld, input: RealServerInput) {
    this.#shared = shared;
    this.#input = input;
    this.#server = input.server;
  }

  /** Carries out one command of the machine. */
  carryOut(command: RealServerCommand): void {
    if (command.type === "CONFIGURE") {
      this.#server = command.server;
      return;
    }
    const { service, id } = this.#input;
    tellOfServer(this.#shared, service, id, this.#server, command.isUp);
  }

  /** Nothing is held. */
  [Symbol.dispose](): void {}
}
