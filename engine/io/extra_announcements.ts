/**
 * Announcements from time to time on interfaces that carry addresses and no advertisements, so that
 * switches there do not forget where the addresses are (`garp_extra_if`).
 *
 * @module
 */
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";
import type { Clock } from "../clock.ts";
import type { AddressKeeper, PlacedAddress } from "./address_keeper.ts";
import type { Announcer } from "./announcer.ts";

/** What {@linkcode ExtraAnnouncements} needs. */
export interface ExtraAnnouncementsOptions {
  readonly clock: Pick<Clock, "setTimeout" | "clearTimeout">;
  readonly keeper: Pick<AddressKeeper, "heldBy">;
  readonly announcer: Pick<Announcer, "announce">;
}

/** The announcements of one instance. */
export class ExtraAnnouncements {
  readonly #options: ExtraAnnouncementsOptions;
  readonly #id: string;
  readonly #config: () => VrrpInstanceConfig;
  #timer: number | undefined;

  /** `id` is what the instance's addresses are kept under. */
  constructor(options: ExtraAnnouncementsOptions, id: string, config: () => VrrpInstanceConfig) {
    this.#options = options;
    this.#id = id;
    this.#config = config;
  }

  /** Addresses are held: goes on as long as some are. */
  begin(): void {
    const { extraAnnouncementMs: periodMs } = this.#config();
    if (periodMs > 0) {
      this.#timer ??= this.#options.clock.setTimeout(() => this.#announce(), periodMs);
    }
  }

  /** Addresses are given up. */
  end(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #announce(): void {
    this.#timer = undefined;
    const { keeper, announcer } = this.#options;
    const held = keeper.heldBy(this.#id);
    if (held.length === 0) return;
    const config = this.#config();
    announcer.announce(firstOnEach(config, held), 1, config.announcements);
    this.begin();
  }
}

/** A switch learns from one frame: the first address of each interface is enough. */
function firstOnEach(
  config: VrrpInstanceConfig,
  held: readonly PlacedAddress[],
): PlacedAddress[] {
  const firsts = new Map<string | undefined, PlacedAddress>();
  for (const each of held) {
    const { address, interfaceName } = each;
    if (isElsewhere(config, address) && !firsts.has(interfaceName)) {
      firsts.set(interfaceName, each);
    }
  }
  return [...firsts.values()];
}

function isElsewhere(config: VrrpInstanceConfig, { interface: name, virtualMac }: VirtualAddress) {
  if (name === undefined || name === config.interface) return false;
  return config.extraAnnouncementsForAll || config.virtualMacForAddresses || virtualMac === true;
}
