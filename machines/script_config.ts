/**
 * Programs that stayd runs for its operator, and who they run as.
 *
 * @module
 */

/** A program with its arguments. */
export interface ScriptConfig {
  /** The program and its arguments; at least one. */
  readonly command: readonly string[];
  /** Default: the user that holds for all scripts. */
  readonly runAs?: RunAs;
}

/** A user of this machine, by name or number. */
export interface RunAs {
  /** Default: the one that holds for all. */
  readonly user?: string;
  /** Default: the user's own. */
  readonly group?: string;
  /** Also with the user's supplementary groups. */
  readonly supplementaryGroups: boolean;
}

/** A named pipe that events are written to, a line each. */
export interface FifoConfig {
  /** Where it is. */
  readonly path: string;
  /** Who owns it if it is made. */
  readonly owner?: RunAs;
  /** Started with the path as its last argument. */
  readonly script?: ScriptConfig;
}
