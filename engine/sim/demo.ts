/**
 * The demo where no real one is possible (no root, no namespaces): the same story in simulated time.
 *
 * @module
 */
import { downIntervalMs } from "./observer.ts";
import { runScenario } from "./run.ts";
import type { ReadyScenario, Row } from "./scenario.ts";
import { prepareScenario } from "./scenario_file.ts";
import { SCENARIOS } from "./scenarios.ts";
import { describeRoles, describeVerdict } from "./story.ts";
import { formatEntry, Timeline } from "./timeline.ts";
import { readFrame } from "./wire_tap.ts";
import type { Watcher, World } from "./world.ts";

const KILL_MS = 6_200;
const RETURN_MS = 12_000;
const STOP_MS = 18_000;
const END_MS = 20_000;
const ROWS: readonly Row[] = [
  [KILL_MS, "crash", "a"],
  [RETURN_MS, "start", "a"],
  [STOP_MS, "stop", "a"],
];

/** When the backup was first heard, and first found, after something happened to the master. */
interface Takeover {
  readonly lastHeardMs: number;
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
  const meter = new TakeoverMeter();
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
  const downMs = downIntervalMs(backup, backup.advertisementIntervalCs);
  const skewMs = downMs - backup.downIntervalAdverts * backup.advertisementIntervalCs * 10;
  const row = (
    name: string,
    fromMs: number,
    { advertisementMs, announcementMs }: Takeover,
    ideal: number,
  ) =>
    print(
      `${name}: client served after ${(announcementMs - fromMs).toFixed(3)} ms, ` +
        `backup advertised after ${(advertisementMs - fromMs).toFixed(3)} ms ` +
        `(ideal ${ideal.toFixed(3)} ms)\n`,
    );
  const killed = meter.takeover(KILL_MS);
  if (killed) {
    row("Master killed", KILL_MS, killed, killed.lastHeardMs + downMs - KILL_MS);
  }
  const stopped = meter.takeover(STOP_MS);
  if (stopped) row("Master stopped", STOP_MS, stopped, skewMs);
  print("\n");
}

/** Notes when which router spoke. */
class TakeoverMeter implements Watcher {
  readonly #spoken: { host: string; kind: "advertisement" | "announcement"; atMs: number }[] = [];

  transmitted(host: { readonly name: string }, _: unknown, frame: Uint8Array, atMs: number): void {
    const kind = readFrame(frame)?.kind;
    if (kind) this.#spoken.push({ host: host.name, kind, atMs });
  }

  /** How `b` took over after that time. */
  takeover(afterMs: number): Takeover | undefined {
    const heard = this.#spoken.findLast(({ host, atMs }) => host === "a" && atMs <= afterMs);
    const first = (wanted: string) =>
      this.#spoken.find(({ host, kind, atMs }) =>
        host === "b" && kind === wanted && atMs > afterMs
      );
    const [advertisement, announcement] = [first("advertisement"), first("announcement")];
    if (!heard || !advertisement || !announcement) return undefined;
    return {
      lastHeardMs: heard.atMs,
      advertisementMs: advertisement.atMs,
      announcementMs: announcement.atMs,
    };
  }
}

function indent(text: unknown): string {
  return String(text).split("\n").map((line) => line === "" ? "" : `    ${line}`).join("\n");
}
