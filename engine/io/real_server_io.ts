/**
 * The port of one real server: who is told when it comes and goes.
 *
 * @module
 */
import type { RealServerConfig, VirtualServerConfig } from "../../machines/lvs_config.ts";
import { firstStanding } from "../../machines/quorum_rules.ts";
import type { CheckCause, RealServerCommand, RealServerInput } from "../../machines/real_server.ts";
import type { Behind } from "../compose.ts";
import { type NoticeWorld, tellOfOneCheck, tellOfServer } from "./lvs_notices.ts";

/** What the ports of all real servers share. */
export interface RealServerShared extends NoticeWorld {
  /** Whether the first state of a real server is news. */
  readonly tellsFirst: () => boolean;
}

/** The door of one real server. */
export class RealServerIo implements Behind<RealServerCommand> {
  readonly #shared: RealServerShared;
  readonly #input: RealServerInput;
  #server: RealServerConfig;

  constructor(shared: RealServerShared, input: RealServerInput) {
    this.#shared = shared;
    this.#input = input;
    this.#server = input.server;
    // Who serves from the start has nothing to report later.
    const isFirst = input.wasUp === undefined && firstStanding(input.server).isUp;
    if (isFirst && shared.tellsFirst()) this.#tell(true, undefined);
  }

  /** Carries out one command of the machine. */
  carryOut(command: RealServerCommand): void {
    if (command.type === "CONFIGURE") {
      this.#server = command.server;
      return;
    }
    if (command.type === "REPORT") return this.#tell(command.isUp, command.cause);
    tellOfOneCheck(this.#shared, this.#about, this.#server, command.isUp, command.cause);
  }

  #tell(isUp: boolean, cause: CheckCause | undefined): void {
    tellOfServer(this.#shared, this.#about, this.#server, isUp, cause);
  }

  get #about(): Pick<VirtualServerConfig, "name" | "protocol"> {
    const { service, protocol } = this.#input;
    return { name: service, ...(protocol && { protocol }) };
  }

  /** Nothing is held. */
  [Symbol.dispose](): void {}
}
