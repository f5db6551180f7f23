/**
 * When the addresses of one instance are announced to neighbours: each once as soon as it is there,
 * the repeats when all of a claim are.
 *
 * @module
 */
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { Clock } from "../clock.ts";
import type { AddressKeeper, PlacedAddress } from "./address_keeper.ts";
import type { Announcer } from "./announcer.ts";
import { ExtraAnnouncements } from "./extra_announcements.ts";

/** The announcements of one instance. */
export class ClaimAnnouncements {
  readonly #keeper: AddressKeeper;
  readonly #announcer: Announcer;
  readonly #id: string;
  readonly #config: () => VrrpInstanceConfig;
  readonly #extra: ExtraAnnouncements;
  /** Installed and announced once; their repeats wait for the last address of the claim. */
  readonly #unrepeated: PlacedAddress[] = [];

  /** `id` is what the instance's addresses are kept under. */
  constructor(
    shared: {
      readonly keeper: AddressKeeper;
      readonly announcer: Announcer;
      readonly clock: Clock;
    },
    id: string,
    config: () => VrrpInstanceConfig,
  ) {
    const { keeper, announcer } = shared;
    this.#keeper = keeper;
    this.#announcer = announcer;
    this.#id = id;
    this.#config = config;
    this.#extra = new ExtraAnnouncements(shared, id, config);
  }

  /** All addresses that are held, once more. */
  announce(repeatCount: number): void {
    const { announcements } = this.#config();
    this.#announcer.announce(this.#keeper.heldBy(this.#id), repeatCount, announcements);
  }

  /** The first announcement leaves as soon as an address is there; the repeats when all are. */
  announceInstalled(addresses: readonly PlacedAddress[], isLast: boolean): void {
    const { announcements: config } = this.#config();
    this.#announcer.announceFirst(addresses, config);
    this.#extra.begin();
    this.#unrepeated.push(...addresses);
    if (!isLast) return;
    this.#announcer.announce(this.#unrepeated, config.repeatCount - 1, config, 1);
    this.#unrepeated.length = 0;
  }

  /** What is about to be deleted is not announced any more, however much of it is waiting. */
  forgetUnwanted(wanted: readonly PlacedAddress[]): void {
    const held = this.#keeper.heldBy(this.#id);
    if (held.length === 0) return;
    this.#extra.begin(); // A reload may have asked for it.
    const places = new Set(wanted.map(placeOf));
    const unwanted = held.filter((each) => !places.has(placeOf(each)));
    if (unwanted.length === 0) return;
    this.#announcer.forget(unwanted);
    const kept = this.#unrepeated.filter((each) => places.has(placeOf(each)));
    this.#unrepeated.length = 0;
    this.#unrepeated.push(...kept);
  }

  /** Nothing is announced any more: neither these nor what is held. */
  forgetAll(addresses: readonly PlacedAddress[]): void {
    this.#unrepeated.length = 0;
    this.#extra.end();
    // A reload may have changed the configuration, and not have claimed yet.
    this.#announcer.forget([...addresses, ...this.#keeper.heldBy(this.#id)]);
  }
}

function placeOf({ address, interfaceName }: PlacedAddress): string {
  return `${interfaceName} ${address.ip}`;
}
