/**
 * The demo where no real one is possible (no root, no namespaces): the same story in simulated
 * time.
 *
 * @module
 */
import type { Host } from "./host.ts";
import { downIntervalMs, skewMs } from "./observer.ts";
import { runScenario } from "./run.ts";
import type { ReadyScenario, Row } from "./scenario.ts";
import type { Connection } from "./connection.ts";
import { prepareScenario } from "./scenario_file.ts";
import { SCENARIOS } from "./scenarios.ts";
import { describeRoles, describeVerdict } from "./story.ts";
import { formatEntry, Timeline } from "./timeline.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher, World } from "./world.ts";

const BACKUP_NAME = "b";
const KILL_MS = 6_200;
const RETURN_MS = 12_000;
const STOP_MS = 18_000;
const END_MS = 20_000;
const ROWS: readonly Row[] = [
  [KILL_MS, "crash", "a"],
  [RETURN_MS, "start", "a"],
  [STOP_MS, "stop", "a"],
];

/** How the backup took over after something happened to the master. */
interface Takeover {
  /** When it last heard the master. */
  readonly heardMs: number;
  readonly advertisementMs: number;
  readonly announcementMs: number;
}

/** Tells the story of the demo in simulated time. Returns whether all invariants held. */
export function simulatedDemo(print: (text: string) => void): boolean {
  const failover = SCENARIOS.failover;
  const scenario = failover && prepareScenario({ ...failover, rows: ROWS, durationMs: END_MS });
  if (!scenario || "wrong" in scenario) throw new Error("Cannot read the demo's own configuration");
  print("Simulated: two routers, a client, one wire. The code is the real one, time is not.\n\n");
  print(`Router a (router b: priority 100):\n\n${indent(failover?.hosts[0]?.config)}\n`);
  let world: World | undefined;
  const timeline = new Timeline(() => world, (entry) => print(formatEntry(entry) + "\n"));
  const meter = new TakeoverMeter(() => world?.agenda.now() ?? 0);
  const outcome = runScenario(scenario, {
    watchers: [timeline, meter],
    onCreated: (created) => void (world = created),
  });
  print("\n");
  reportTakeovers(scenario, meter, print);
  for (const line of describeRoles(outcome.world)) print(`${line}\n`);
  for (const line of describeVerdict(outcome.violation, 1)) print(`${line}\n`);
  return outcome.violation === undefined;
}

function reportTakeovers(
  scenario: ReadyScenario,
  meter: TakeoverMeter,
  print: (text: string) => void,
): void {
  const backup = scenario.hosts[1]?.config.vrrpInstances[0];
  if (!backup) return;
  const { advertisementIntervalCs: intervalCs } = backup;
  const report = (what: string, fromMs: number, waitMs: number) => {
    const takeover = meter.takeover(fromMs);
    if (!takeover) return;
    const text = (atMs: number) => `${(atMs - fromMs).toFixed(3)} ms`;
    print(
      `${what}: the backup advertised after ${text(takeover.advertisementMs)} ` +
        `and announced the address after ${text(takeover.announcementMs)}; ` +
        `the protocol's ideal is ${text(takeover.heardMs + waitMs)}\n`,
    );
  };
  report("Master killed", KILL_MS, downIntervalMs(backup, intervalCs));
  report("Master stopped", STOP_MS, skewMs(backup, intervalCs));
  print("\n");
}

/** Notes when the backup heard the master, and when it spoke. */
class TakeoverMeter implements Watcher {
  readonly #events: { kind: "heard" | "advertisement" | "announcement"; atMs: number }[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  queued({ name }: Host): void {
    if (name === BACKUP_NAME) this.#events.push({ kind: "heard", atMs: this.#now() });
  }

  transmitted({ name }: Host, _: Connection, frame: Uint8Array, atMs: number): void {
    const kind = readFrame(frame)?.kind;
    if (kind && kind !== "bfd" && name === BACKUP_NAME) this.#events.push({ kind, atMs });
  }

  /** How the backup took over after that time. */
  takeover(afterMs: number): Takeover | undefined {
    const first = (wanted: string) =>
      this.#events.find(({ kind, atMs }) => kind === wanted && atMs > afterMs)?.atMs;
    const advertisementMs = first("advertisement");
    const announcementMs = first("announcement");
    if (advertisementMs === undefined || announcementMs === undefined) return undefined;
    const heard = this.#events.findLast(({ kind, atMs }) =>
      kind === "heard" && atMs < advertisementMs
    );
    return heard && { heardMs: heard.atMs, advertisementMs, announcementMs };
  }
}

function indent(text: unknown): string {
  return String(text).split("\n").map((line) => line === "" ? "" : `    ${line}`).join("\n");
}
