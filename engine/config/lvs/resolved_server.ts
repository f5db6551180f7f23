/**
 * A virtual server as it is after all checks: of now, or of an earlier reading.
 *
 * @module
 */
import type { VirtualServerConfig } from "../../../machines/lvs_config.ts";
import type { Place } from "../text.ts";

/** What it means. One of an earlier reading stands among the drafts of those that are read now. */
export class ResolvedServer {
  readonly config: VirtualServerConfig;
  /** Text that two services share only if they are the same. */
  readonly identity: string;
  readonly #placeOf: () => Place;

  constructor(config: VirtualServerConfig, identity: string, placeOf: () => Place) {
    this.config = config;
    this.identity = identity;
    this.#placeOf = placeOf;
  }

  /** Where its block begins. */
  get place(): Place {
    return this.#placeOf();
  }
}
