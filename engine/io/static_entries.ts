/**
 * Addresses, routes and rules that are there as long as stayd runs, whatever the roles are.
 *
 * @module
 */
import type { LinkEvent } from "../../net/link_table.ts";
import type { Config } from "../../machines/config.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type AddressKeeper, place, type PlacedAddress } from "./address_keeper.ts";
import type { Outside } from "./outside.ts";
import { entriesOf } from "./routing_entry.ts";
import type { RoutingKeeper } from "./routing_keeper.ts";

/** What they need. */
export interface StaticEntriesOptions {
  readonly outside: Outside;
  readonly clock: Clock;
  readonly log: Log;
  readonly keeper: AddressKeeper;
  readonly routing: RoutingKeeper;
}

/** The owner of static entries, and its name in logs. */
const OWNER = "static";

/** The static entries of a process. */
export class StaticEntries {
  readonly #options: StaticEntriesOptions;
  #wanted: readonly PlacedAddress[] = [];
  #isReclaiming = false;

  constructor(options: StaticEntriesOptions) {
    this.#options = options;
    const { keeper, routing, log, outside } = options;
    keeper.register(OWNER, {
      installed: () => {},
      failed: (operation, { address: { ip, prefixLength } }, why) =>
        log.addressFailed(OWNER, operation, `${ip}/${prefixLength}`, why),
    });
    routing.register(OWNER, {
      failed: (operation, words, why) => log.routingFailed(OWNER, operation, words, why),
      restored: (words) => log.routingRestored(OWNER, words),
      isReady: () => !keeper.isAdding(OWNER),
    });
    outside.links.subscribe((event) => this.#notice(event));
  }

  /** Wants what a configuration says; done by the slices to come, the difference only. */
  configure({ staticAddresses, staticRoutes, staticRules }: Config): void {
    const { keeper, routing } = this.#options;
    this.#wanted = staticAddresses.flatMap((address) =>
      address.interface === undefined ? [] : [place(address, address.interface)]
    );
    keeper.claim(OWNER, this.#wanted);
    routing.claim(OWNER, entriesOf(staticRoutes, staticRules));
  }

  /** Wants none any more. */
  release(): void {
    this.#wanted = [];
    this.#options.routing.release(OWNER, []);
    this.#options.keeper.release(OWNER, []);
  }

  #notice(event: LinkEvent): void {
    if (this.#wanted.length === 0) return;
    if (event.type === "addressGone" && !event.own) return this.#noticeVanished(event);
    const comesUp = event.type === "link" && event.link.up && !event.previous?.up;
    // Its addresses went with an interface, and may come again with it.
    if (comesUp && this.#wanted.some((each) => each.interfaceName === event.link.name)) {
      this.#reclaim();
    }
  }

  #noticeVanished({ address }: LinkEvent & { type: "addressGone" }): void {
    const { outside, keeper, log } = this.#options;
    const link = outside.links.linkByIndex(address.interfaceIndex);
    const { ip, prefixLength } = address;
    if (!link || !keeper.noteVanished(OWNER, link.name, ip, prefixLength)) return;
    const isSame = (
      { address: { ip: other, prefixLength: length }, interfaceName }: PlacedAddress,
    ) => other === ip && length === prefixLength && interfaceName === link.name;
    if (this.#wanted.some((each) => isSame(each) && !each.address.tracked)) return;
    if (!link.up) return; // It comes again with the interface.
    log.addressVanished(OWNER, ip);
    this.#reclaim();
  }

  /** Others may remove thousands at once: they are claimed together. */
  #reclaim(): void {
    if (this.#isReclaiming) return;
    this.#isReclaiming = true;
    this.#options.clock.setTimeout(() => {
      this.#isReclaiming = false;
      this.#options.keeper.claim(OWNER, this.#wanted);
    }, 0);
  }
}
