/**
 * What people ask of an instance and the machine does not need: how long it has been what it is,
 * and who the active router was.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";
import type { VrrpCounters } from "./vrrp_counters.ts";

/** The past of one instance. */
export class VrrpRecord {
  readonly #counters: VrrpCounters;
  readonly #unixMs: () => number;
  /** What it said that it is. */
  state: VrrpState = "initialize";
  /** When it became that, in ms since 1970. */
  changedAtUnixMs: number;
  /** Where the last advertisement came from that was taken. */
  heardFrom: Ip | undefined;
  /** Its priority. */
  heardPriority = 0;

  constructor(counters: VrrpCounters, unixMs: () => number) {
    this.#counters = counters;
    this.#unixMs = unixMs;
    this.changedAtUnixMs = unixMs();
  }

  /** The instance told something. */
  report(report: VrrpReport): void {
    if (report.type !== "REPORT" || report.state === this.state) return;
    if (this.state === "active") this.#counters.releasedActiveCount++;
    if (report.state === "active") this.#counters.becameActiveCount++;
    this.state = report.state;
    this.changedAtUnixMs = this.#unixMs();
  }

  /** An advertisement was taken. */
  hear(source: Ip, priority: number): void {
    this.heardFrom = source;
    this.heardPriority = priority;
  }
}
