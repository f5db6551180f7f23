/**
 * Interfaces whose drivers do not tell of their link: each is asked every second, in the process
 * that does not speak VRRP, for it may take a while.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { Verdicts } from "../../machines/standing.ts";
import type { LinkbeatConfig } from "../../machines/track_config.ts";
import { LinkProbe, type LinkProbeMethod } from "../../net/sys/link_probe.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** Who is asked: the drivers, or a test. */
export interface LinkAsker extends Disposable {
  /** Undefined: cannot be found out in this way. */
  hasLink(interfaceName: string, method: LinkProbeMethod): boolean | undefined;
}

/** What a {@linkcode LinkPoller} is made of. */
export interface LinkPollerOptions {
  /** Called when the first interface is to be asked about; default: the drivers are asked. */
  readonly open?: () => LinkAsker;
  readonly clock: Clock;
  readonly log: Log;
  /** What was found out, by {@linkcode beatOf} the interface. */
  readonly onNews: (verdicts: Verdicts) => void;
}

const POLL_MS = 1_000;
/** The better ones first. */
const METHODS: readonly LinkProbeMethod[] = ["mii", "ethtool", "ioctl"];
const PREFIX = "linkbeat ";

/** What the link of an interface is known by among verdicts. */
export function beatOf(interfaceName: string): string {
  return `${PREFIX}${interfaceName}`;
}

/** The links among verdicts: whether each interface has one. */
export function beatsAmong(verdicts: Verdicts): [interfaceName: string, hasLink: boolean][] {
  return Object.entries(verdicts).flatMap(([object, { state }]): [string, boolean][] =>
    object.startsWith(PREFIX) ? [[object.slice(PREFIX.length), state === "good"]] : []
  );
}

/** Interfaces whose links a configuration wants to be asked for. */
export function polledInterfaces(config: Config): LinkbeatConfig[] {
  const { linkbeats, global, vrrpInstances } = config;
  if (!global.pollsLinks) return [...linkbeats];
  const named = new Set(linkbeats.map((each) => each.interface));
  const others = new Set(
    vrrpInstances.flatMap(({ interface: name }) => name === undefined ? [] : [name]),
  );
  return [
    ...linkbeats,
    ...[...others].filter((name) => !named.has(name)).map((name) => ({ interface: name })),
  ];
}

interface Polled {
  readonly config: LinkbeatConfig;
  /** What worked last. */
  method: LinkProbeMethod | undefined;
  hasLink: boolean | undefined;
}

/** All interfaces that are asked about. */
export class LinkPoller implements Disposable {
  readonly #options: LinkPollerOptions;
  readonly #open: () => LinkAsker;
  #asker: LinkAsker | undefined;
  #polled: Polled[] = [];
  #timer: number | undefined;

  constructor(options: LinkPollerOptions) {
    this.#options = options;
    this.#open = options.open ?? (() => new LinkProbe());
  }

  /** Takes over a configuration; what is asked about is told anew. */
  configure(config: Config): void {
    this.#polled = polledInterfaces(config).map((each) => ({
      config: each,
      method: undefined,
      hasLink: undefined,
    }));
    this.#cancel();
    if (this.#polled.length > 0) this.#pollAfter(0);
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#asker?.[Symbol.dispose]();
  }

  #cancel(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pollAfter(delayMs: number): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#pollAfter(POLL_MS);
      this.#poll();
    }, delayMs);
  }

  #poll(): void {
    const asker = this.#asker ??= this.#open();
    const news: [string, Verdicts[string]][] = [];
    for (const polled of this.#polled) {
      const hasLink = this.#ask(asker, polled);
      // It may be that there is no such interface: then there is nothing to say of it.
      if (hasLink === undefined || hasLink === polled.hasLink) continue;
      polled.hasLink = hasLink;
      news.push([beatOf(polled.config.interface), { state: hasLink ? "good" : "bad" }]);
    }
    if (news.length > 0) this.#options.onNews(Object.fromEntries(news));
  }

  #ask(asker: LinkAsker, polled: Polled): boolean | undefined {
    const { interface: name, method: wanted } = polled.config;
    const order = [polled.method ?? wanted, ...METHODS];
    for (const method of order) {
      const hasLink = method && asker.hasLink(name, method);
      if (hasLink === undefined) continue;
      if (method !== polled.method) this.#options.log.linkPolled(name, String(method), wanted);
      polled.method = method;
      return hasLink;
    }
    return undefined;
  }
}
