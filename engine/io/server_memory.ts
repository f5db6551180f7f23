/**
 * What is known of real servers and quorums while the process that checks them lives: the next one
 * goes on from there.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { realServerIdentity } from "../../machines/lvs_config.ts";
import { quorumKey, serverKey } from "../../machines/quorum_rules.ts";
import type { LvsNotice } from "../notify/events.ts";

/** So many that are not configured any more are kept: to look for them takes longer. */
const STALE_COUNT_MAX = 1_000;

/** Who came or went, by key. */
export class ServerMemory {
  readonly #isUp = new Map<string, boolean>();
  #config: Pick<Config, "virtualServers"> | undefined;
  #countMax = STALE_COUNT_MAX;

  /** How many are remembered. */
  get size(): number {
    return this.#isUp.size;
  }

  /** What is not configured any more is forgotten, at the latest when it is asked for. */
  configure(config: Pick<Config, "virtualServers">): void {
    this.#config = config;
    this.#countMax = STALE_COUNT_MAX;
    for (const { realServers } of config.virtualServers) this.#countMax += 1 + realServers.length;
  }

  /** Takes in what the process says. */
  take(notice: LvsNotice): void {
    if (notice.kind === "CHECK") return;
    const key = notice.kind === "VS"
      ? quorumKey(notice.name)
      : serverKey(notice.service, notice.id);
    this.#isUp.set(key, notice.isUp);
    if (this.#isUp.size > this.#countMax) this.#forget();
  }

  /** Whether each is up that is configured. */
  all(): Record<string, boolean> {
    this.#forget();
    return Object.fromEntries(this.#isUp);
  }

  #forget(): void {
    if (!this.#config || this.#isUp.size === 0) return;
    const configured = new Set(
      this.#config.virtualServers.flatMap(({ name, realServers }) => [
        quorumKey(name),
        ...realServers.map((server) => serverKey(name, realServerIdentity(server))),
      ]),
    );
    for (const key of this.#isUp.keys()) if (!configured.has(key)) this.#isUp.delete(key);
  }
}
