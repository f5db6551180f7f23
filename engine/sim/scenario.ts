/**
 * A scenario is a value: hosts with their configurations, and rows of what befalls them when. It is
 * JSON as it stands: see scenario_file.ts for reading one, scenarios.ts for ours.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { WireConditions } from "./lan.ts";
import type { ServerCondition } from "./servers.ts";

/** A keepalived.conf as text, or what it comes to. */
export type ConfigText = string | Config;

/** What may be found out about a tracked object. */
export type TrackVerdict = "good" | "bad" | number;

/** A machine of a scenario. */
export interface ScenarioHost {
  readonly name: string;
  readonly config: ConfigText;
  /** Configurations that `reload` rows name. */
  readonly otherConfigs?: Readonly<Record<string, ConfigText>>;
  /** Interfaces, and the segments they are connected to; default: `{ "eth0": "lan" }`. */
  readonly interfaces?: Readonly<Record<string, string>>;
  /** Whether stayd starts with the scenario; default: true. */
  readonly starts?: boolean;
  /** Kernel time of one change of an address; default 0. */
  readonly addressChangeMs?: number;
}

/**
 * Something that happens, and when in ms:
 *
 * - `start`, `stop`: SIGTERM and its opposite. `crash`: SIGKILL, addresses stay. `respawn`: the
 *   parent starts what was killed, and tells it what it was doing.
 * - `stall`: the machine does not let stayd run for so many ms; packets wait.
 * - `reload`: another configuration, by its name among `otherConfigs`.
 * - `cut`, `plug`: the cables of a host; `cut-link`, `plug-link`: that of one interface.
 * - `track`: what is found out about a tracked object, such as `script chk_http`: `good`, `bad` or
 *   the number of a file. Before the first such row nothing is known of it.
 * - `power-off`, `power-on`: nothing survives; start it yourself.
 * - `partition`: groups of hosts (and `client`) that do not hear each other. `block`: the second
 *   does not hear the first. `heal`: ends both.
 * - `wire`: how all segments treat frames from now on.
 * - `remove-address`: somebody else removes an address. `refuse-addresses`: from now on the kernel
 *   refuses to add addresses, with that errno; 0 ends it.
 * - `server`: how a real server is from now on, such as `192.0.2.7:80`: `up`, `down` (it refuses),
 *   `silent`, or after how many ms it answers. Before the first such row it answers at once.
 * - `flush-services`: somebody else empties the balancer's table. `refuse-services`: from now on
 *   the kernel refuses to change it, with that errno; 0 ends it.
 * - `down-link`, `up-link`, `remove-link`: somebody else does that to an interface that stayd made,
 *   such as `vrrp.51`.
 * - `set-clock`: the clock of a host is so many ms ahead of the others'; signatures go by it.
 */
export type Row =
  | readonly [
    atMs: number,
    action: "start" | "stop" | "crash" | "respawn" | "cut" | "plug" | "power-off" | "power-on",
    host: string,
  ]
  | readonly [atMs: number, action: "cut-link" | "plug-link", host: string, link: string]
  | readonly [atMs: number, action: "track", host: string, object: string, verdict: TrackVerdict]
  | readonly [atMs: number, action: "stall", host: string, durationMs: number]
  | readonly [atMs: number, action: "reload", host: string, config: string]
  | readonly [atMs: number, action: "partition", groups: readonly (readonly string[])[]]
  | readonly [atMs: number, action: "block", from: string, to: string]
  | readonly [atMs: number, action: "heal"]
  | readonly [atMs: number, action: "wire", conditions: Partial<WireConditions>]
  | readonly [atMs: number, action: "remove-address", host: string, ip: string]
  | readonly [
    atMs: number,
    action: "refuse-addresses" | "refuse-services",
    host: string,
    errno: number,
  ]
  | readonly [atMs: number, action: "flush-services", host: string]
  | readonly [atMs: number, action: "server", server: string, condition: ServerCondition]
  | readonly [
    atMs: number,
    action: "down-link" | "up-link" | "remove-link",
    host: string,
    link: string,
  ]
  | readonly [atMs: number, action: "set-clock", host: string, aheadMs: number];

/** A whole scenario. */
export interface Scenario {
  /** What it shows, for people. */
  readonly title: string;
  /** Seed of all chance in it; default 1. */
  readonly seed?: number;
  readonly hosts: readonly ScenarioHost[];
  /** How segments treat frames at first; default: 0.1 ms, nothing lost. */
  readonly wire?: Partial<WireConditions>;
  readonly rows: readonly Row[];
  /** When it ends; default: when everything must have settled after the last row. */
  readonly durationMs?: number;
}

/** A scenario whose configurations were read. */
export interface ReadyScenario extends Scenario {
  readonly hosts: readonly ReadyHost[];
}

/** A host whose configurations were read. */
export interface ReadyHost extends ScenarioHost {
  readonly config: Config;
  readonly otherConfigs?: Readonly<Record<string, Config>>;
}
