/**
 * Which interfaces count as up: what the kernel says, or the driver where it is asked
 * (link_poller.ts), after it has lasted as long as `interface_up_down_delays` asks for.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import type { InterfaceDelayConfig } from "../../machines/track_config.ts";
import { csToMs } from "../../machines/vrrp_rules.ts";
import type { Link, LinkEvent, LinkTable } from "../../net/link_table.ts";
import { IFF_UP } from "../../net/netlink/rtnetlink_link.ts";
import type { Clock } from "../clock.ts";
import { polledInterfaces } from "./link_poller.ts";

/** What is believed of one interface, and when that will change. */
interface Belief {
  up: boolean;
  /** It was up once: until then it may come up without delay. */
  wasUp: boolean;
  timer: number | undefined;
}

/** All interfaces; those with delays, or whose drivers are asked, are not what they seem. */
export class InterfaceWatch implements Disposable {
  readonly #table: LinkTable;
  readonly #clock: Clock;
  #delays = new Map<string, InterfaceDelayConfig>();
  readonly #beliefs = new Map<string, Belief>();
  /** Whether drivers that were asked say that there is a link. */
  readonly #beats = new Map<string, boolean>();
  readonly #listeners = new Set<(interfaceName: string) => void>();
  readonly #unsubscribe: () => void;

  constructor(table: LinkTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
    this.#unsubscribe = table.subscribe((event) => this.#notice(event));
  }

  /** Takes over the delays of a configuration. */
  configure(config: Config): void {
    this.#delays = new Map(limitedDelays(config).map((each) => [each.interface, each]));
    for (const [name, { timer }] of this.#beliefs) {
      if (this.#delays.has(name)) continue;
      this.#cancel(timer);
      this.#beliefs.delete(name);
    }
    const polled = new Set(polledInterfaces(config).map((each) => each.interface));
    for (const name of this.#beats.keys()) if (!polled.has(name)) this.#beats.delete(name);
    for (const name of this.#delays.keys()) {
      if (!this.#beliefs.has(name)) this.#believe(name, this.#table.linkByName(name));
    }
  }

  /** Whether a link counts as up. */
  isUp(link: Link): boolean {
    return this.#beliefs.get(link.name)?.up ?? this.#isUpNow(link);
  }

  /** The driver, which was asked, says so; the kernel's word no longer counts. */
  heedBeat(interfaceName: string, hasLink: boolean): void {
    const link = this.#table.linkByName(interfaceName);
    const before = link && this.isUp(link);
    this.#beats.set(interfaceName, hasLink);
    if (!link) return;
    if (this.#beliefs.has(interfaceName)) this.#consider(link);
    if (this.isUp(link) === before) return;
    for (const listener of this.#listeners) listener(interfaceName);
  }

  /** Calls `listener` when an interface counts as something else, later than the kernel said so. */
  subscribe(listener: (interfaceName: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const { timer } of this.#beliefs.values()) this.#cancel(timer);
  }

  #notice(event: LinkEvent): void {
    if (event.type !== "link" && event.type !== "linkGone") return;
    const { link } = event;
    if (!this.#delays.has(link.name)) return;
    // Missing is no state of a link that could be waited for.
    if (event.type === "linkGone" || !this.#beliefs.has(link.name)) {
      this.#believe(link.name, event.type === "link" ? link : undefined);
    } else this.#consider(link);
  }

  #believe(name: string, link: Link | undefined): void {
    const before = this.#beliefs.get(name);
    this.#cancel(before?.timer);
    if (!link) return void this.#beliefs.delete(name);
    const up = this.#isUpNow(link);
    const wasUp = (before?.wasUp ?? false) || up;
    this.#beliefs.set(name, { up, wasUp, timer: undefined });
  }

  #consider(link: Link): void {
    const belief = this.#beliefs.get(link.name);
    const delay = this.#delays.get(link.name);
    if (!belief || !delay) return;
    const up = this.#isUpNow(link);
    if (up === belief.up) { // It went, and came back in time.
      this.#cancel(belief.timer);
      belief.timer = undefined;
      return;
    }
    if (belief.timer !== undefined) return;
    const delayMs = up ? (belief.wasUp ? delay.upMs : 0) : delay.downMs;
    // Listeners hear of this event after us: what changes at once, they see by themselves.
    if (delayMs === 0) return this.#believe(link.name, link);
    belief.timer = this.#clock.setTimeout(() => {
      this.#believe(link.name, this.#table.linkByName(link.name));
      for (const listener of this.#listeners) listener(link.name);
    }, delayMs);
  }

  /** Without a delay. What was put down is down, whatever its cable says. */
  #isUpNow(link: Link): boolean {
    const hasLink = this.#beats.get(link.name);
    return hasLink === undefined ? link.up : hasLink && (link.flags & IFF_UP) !== 0;
  }

  #cancel(timer: number | undefined): void {
    if (timer !== undefined) this.#clock.clearTimeout(timer);
  }
}

/**
 * The delays of a configuration, each as short as its instances need: they must leave before
 * others, which hear nothing of them any more, take over.
 */
export function limitedDelays(config: Config): InterfaceDelayConfig[] {
  return config.interfaceDelays.map((delay) => {
    const own = config.vrrpInstances.filter((each) => each.interface === delay.interface);
    const limitMs = Math.min(Infinity, ...own.map(longestSilenceMs));
    if (delay.downMs <= limitMs) return delay;
    const upMs = delay.upMs === delay.downMs ? limitMs : delay.upMs;
    return { ...delay, downMs: limitMs, upMs };
  });
}

function longestSilenceMs(config: VrrpInstanceConfig): number {
  const intervalMs = csToMs(config.advertisementIntervalCs);
  return Math.max(0, (config.downIntervalAdverts - 1) * intervalMs - intervalMs / 256);
}
