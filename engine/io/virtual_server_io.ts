/**
 * The port of one virtual server: what it is to be in the balancer's table, who is told of its
 * quorum, and whether this machine has an address of it.
 *
 * @module
 */
import { type VirtualServerConfig, virtualServerIdentity } from "../../machines/lvs_config.ts";
import type { VirtualServerCommand, VirtualServerFact } from "../../machines/virtual_server.ts";
import type { LinkTable } from "../../net/link_table.ts";
import type { Behind } from "../compose.ts";
import { holdsAddressOf } from "./held_addresses.ts";
import { plannedServices } from "./ipvs_plan.ts";
import type { IpvsKeeper } from "./ipvs_keeper.ts";
import { type NoticeWorld, type QuorumOccasion, tellOfQuorum } from "./lvs_notices.ts";

/** What the ports of all virtual servers share. */
export interface VirtualServerShared extends NoticeWorld {
  readonly links: LinkTable;
  /** Undefined where the kernel has no balancer. */
  readonly keeper: () => IpvsKeeper | undefined;
  /** Whether virtual servers stay in the table, each for itself, when the daemon stops. */
  readonly leavesAtStop: () => boolean;
}

/** The door of one virtual server. */
export class VirtualServerIo implements Behind<VirtualServerCommand> {
  readonly #shared: VirtualServerShared;
  readonly #tell: (fact: VirtualServerFact) => void;
  readonly #owner: string;
  readonly #unsubscribe: () => void;
  #config: VirtualServerConfig;
  #isHeld: boolean | undefined;
  #occasion: QuorumOccasion = "start";

  constructor(
    shared: VirtualServerShared,
    config: VirtualServerConfig,
    tell: (fact: VirtualServerFact) => void,
  ) {
    this.#shared = shared;
    this.#config = config;
    this.#owner = virtualServerIdentity(config);
    this.#tell = tell;
    this.#unsubscribe = shared.links.subscribe(({ type }) => {
      if (type === "address" || type === "addressGone") this.#lookAtAddresses();
    });
  }

  /** Carries out one command of the machine. */
  carryOut(command: VirtualServerCommand): void {
    const keeper = this.#shared.keeper();
    switch (command.type) {
      case "SHOW": {
        this.#config = command.config;
        keeper?.show(this.#owner, plannedServices(command.config, command.destinations));
        return this.#lookAtAddresses();
      }
      case "CLEAR":
        this.#occasion = command.isRemoved ? "removal" : "stop";
        if (!command.isRemoved && this.#shared.leavesAtStop()) return;
        return keeper?.show(this.#owner, []);
      case "REPORT":
        return this.#report(command.hasQuorum, command.livingWeight);
    }
  }

  /** The table stays as it is. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #report(hasQuorum: boolean, livingWeight: number): void {
    tellOfQuorum(this.#shared, this.#config, hasQuorum, livingWeight, this.#occasion);
    this.#occasion = "change";
  }

  #lookAtAddresses(): void {
    const { entries, followsAddress } = this.#config;
    const isHeld = !followsAddress || holdsAddressOf(entries, this.#shared.links);
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#tell({ type: isHeld ? "ADDRESS_HELD" : "ADDRESS_LOST" });
  }
}
