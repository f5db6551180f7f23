/**
 * A run as a story for people: what befell the hosts, who became what and why, who holds which
 * address, and where the client finds it.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import { describeCause } from "../../machines/vrrp_causes.ts";
import { type LogLevel, stateWord } from "../log.ts";
import { CLIENT_NAME } from "./client.ts";
import type { Host, HostEvent, Report } from "./host.ts";
import type { Row } from "./scenario.ts";
import type { Connection } from "./connection.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import type { LvsNotice } from "../notify/events.ts";
import { describeChange, describeNotice, describeRow } from "./transcript.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher, World } from "./world.ts";

/** A line of the story. */
export interface TimelineEntry {
  readonly atMs: number;
  /** Empty: the world. */
  readonly host: string;
  readonly text: string;
}

/** Tells the story of a run. */
export class Timeline implements Watcher {
  readonly entries: TimelineEntry[] = [];
  readonly #now: () => number;
  readonly #tell: ((entry: TimelineEntry) => void) | undefined;
  readonly #held = new Map<Host, string>();
  readonly #known = new Map<string, string>();
  /** The client's view of excluded addresses, of which there may be thousands, is not told. */
  readonly #advertised = new Set<Ip>();
  readonly #world: () => World | undefined;

  /** `tell` gets each entry at once. */
  constructor(world: () => World | undefined, tell?: (entry: TimelineEntry) => void) {
    this.#world = world;
    this.#now = () => world()?.agenda.now() ?? 0;
    this.#tell = tell;
  }

  disturbed(row: Row): void {
    this.#note("", `*** ${describeRow(row)}`);
  }

  happened(host: Host, event: HostEvent): void {
    if (event !== "configured") this.#note(host.name, event);
    for (const { virtualAddresses } of host.config?.vrrpInstances ?? []) {
      for (const { ip } of virtualAddresses) this.#advertised.add(ip);
    }
    if (!host.isRunning) this.#noteAddresses(host);
  }

  reported(host: Host, { name }: VrrpInstanceConfig, { state, cause }: Report): void {
    this.#note(host.name, `(${name}) ${stateWord(state)}: ${describeCause(cause)}`);
  }

  logged(host: Host, level: LogLevel, text: string): void {
    // States, servers and quorums are told of already.
    const isTold = text.includes(" STATE: ") ||
      /^(Real server|Gained quorum|Lost quorum) /.test(text);
    if (level !== "info" && !isTold) this.#note(host.name, text);
  }

  noticed(host: Host, notice: LvsNotice): void {
    this.#note(host.name, describeNotice(notice));
  }

  balanced(host: Host, change: IpvsChange): void {
    this.#note(host.name, describeChange(change));
  }

  transmitted(host: Host, _: Connection, frame: Uint8Array): void {
    const seen = readFrame(frame);
    if (seen?.kind === "advertisement" && seen.priority === 0) {
      this.#note(host.name, `sends priority 0 for VRID ${seen.vrid}`);
    }
  }

  settled(host: Host): void {
    this.#noteAddresses(host);
  }

  stepped(): void {
    const world = this.#world();
    for (const [lanName, { neighbors }] of world?.clients ?? []) {
      for (const [ip, mac] of neighbors) {
        const key = `${lanName} ${ip}`;
        if (this.#known.get(key) === mac || !this.#advertised.has(ip)) continue;
        this.#known.set(key, mac);
        this.#note(CLIENT_NAME, `finds ${ip} at ${world?.hostWith(mac)?.name ?? mac}`);
      }
    }
  }

  #noteAddresses(host: Host): void {
    const held = [...host.kernel.virtualAddresses].join(" ");
    if (held === (this.#held.get(host) ?? "")) return;
    this.#held.set(host, held);
    this.#note(host.name, held === "" ? "holds no virtual address" : `holds ${shorten(held)}`);
  }

  #note(host: string, text: string): void {
    const entry = { atMs: this.#now(), host, text };
    this.entries.push(entry);
    this.#tell?.(entry);
  }
}

/** Hundreds of addresses in a few words. */
function shorten(list: string): string {
  const words = list.split(" ");
  return words.length <= 4 ? list : `${words.slice(0, 3).join(" ")} and ${words.length - 3} more`;
}

/** An entry as a line in columns: seconds, host, event. */
export function formatEntry({ atMs, host, text }: TimelineEntry): string {
  const seconds = (atMs / 1_000).toFixed(6);
  return `${seconds.padStart(12)} s  ${host.padEnd(8)}  ${text}`;
}
