/**
 * The journal of each scenario replays to the same commands, and so do notifications and trackers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { InspectionEvent } from "xstate";
import { createLocalRoot, type Door, type LocalDoors } from "../../engine/compose.ts";
import { Log } from "../../engine/log.ts";
import { Notifier } from "../../engine/notify/notifier.ts";
import { Mailer } from "../../engine/notify/mailer.ts";
import { runScenario } from "../../engine/sim/run.ts";
import { SCENARIOS } from "../../engine/sim/scenarios.ts";
import { VrrpEngine } from "../../engine/vrrp_engine.ts";
import type { Config } from "../../machines/config.ts";
import type { SystemFact } from "../../machines/system_facts.ts";
import type { Track } from "../../machines/track.ts";
import type { VrrpReport } from "../../machines/vrrp_facts.ts";
import { instanceConfig, wholeConfig } from "../machines/vrrp_config.ts";
import { VirtualTime } from "../virtual_time.ts";
import { decisions, type JournalLine, Recorder, replay } from "./replaying.ts";
import { readyScenario } from "./sim/transcripts.ts";

const VRRP = "vrrp ";
const GROUP = "group ";

/** A notifier that writes down everything it would do: lines, scripts, mails. */
function teller(told: string[]): Notifier {
  const log = new Log(() => {}, () => 0);
  return new Notifier({
    starter: {
      start: ({ command }, { moreArguments = [], onEnded }) => {
        told.push(`run ${[...command, ...moreArguments].join(" ")}`);
        onEnded({ exitCode: 0 });
        return { pid: 1, signal: () => {} };
      },
    },
    clock: new VirtualTime().clock,
    log,
    writer: {
      configure: () => {},
      write: (line) => void told.push(line.trimEnd()),
      [Symbol.dispose]: () => {},
    },
    mailer: new Mailer(log, () => Promise.resolve()),
  });
}

/** What a journal says people and programs were told. */
function toldBy(lines: readonly JournalLine[]): string[] {
  const told: string[] = [];
  const notifier = teller(told);
  for (const { actor, fact, command } of lines) {
    if (fact?.type === "CONFIG_LOADED") {
      notifier.configure((fact as SystemFact & { type: "CONFIG_LOADED" }).config);
    } else if (command?.type.startsWith("REPORT") && actor.startsWith(VRRP)) {
      notifier.report(actor, command as VrrpReport);
    } else if (command && actor.startsWith(GROUP)) {
      const { name, state } = command as unknown as { name: string; state: "active" };
      notifier.group(name, state);
    }
  }
  return told;
}

interface Run {
  readonly recorder: Recorder;
  readonly told: readonly string[];
}

/** Everything that one process of a scenario after the other noted, and told people. */
function runsOf(name: string): Run[] {
  const runs: Run[] = [];
  runScenario(readyScenario(name), {
    createEngine: (options) => {
      const recorder = new Recorder(() => options.clock.now());
      const told: string[] = [];
      const notifier = teller(told);
      runs.push({ recorder, told });
      return new VrrpEngine({
        ...options,
        inspect: (event: InspectionEvent) => {
          recorder.inspect(event);
          options.inspect?.(event);
        },
        openSystem: (input, tell) =>
          options.openSystem(input, (fact) => {
            if (fact.type === "CONFIG_LOADED") notifier.configure(fact.config);
            tell(fact);
          }),
        onReport: (id, instance, report) => {
          notifier.report(id, report);
          options.onReport?.(id, instance, report);
        },
        onGroup: (group, state) => notifier.group(group, state),
      });
    },
  });
  return runs;
}

for (const name of Object.keys(SCENARIOS)) {
  Deno.test(`replay of scenario ${name}: the same commands, lines and scripts`, () => {
    const runs = runsOf(name);
    assert(runs.length >= 2, `${runs.length} processes`);
    for (const { recorder, told } of runs) {
      const lines = recorder.lines();
      assert(lines.some(({ command }) => command !== undefined), "something was commanded");
      assertEquals(decisions(replay(lines, false)), decisions(lines));
      const again = toldBy(lines);
      assertEquals(again.slice(0, told.length), told);
      // What was decided as the process was killed nobody was told of.
      assert(again.length - told.length <= 2, `${again.slice(told.length)}`);
    }
  });
}

Deno.test("replay: a journal that lacks a fact is not the same", () => {
  const isHeard = ({ fact }: JournalLine) => fact?.type === "ADVERTISEMENT";
  const journals = runsOf("failover").map(({ recorder }) => recorder.lines());
  const lines = journals.find((each) => each.some(isHeard)) ?? [];
  const i = lines.findIndex(isHeard);
  const lacking = lines.toSpliced(i, 1);
  assert(decisions(replay(lacking, false)).join() !== decisions(lines).join());
});

const SCRIPT = {
  name: "s",
  script: { command: ["/bin/s"] },
  intervalMs: 1_000,
  timeoutMs: 700,
  weight: 0,
  reversed: false,
  rise: 1,
  fall: 2,
  startsFailed: true,
};
const FILE = { name: "f", path: "/f", weight: 2, reversed: true };
const PROCESS = {
  name: "p",
  command: ["p"],
  weight: -20,
  reversed: false,
  quorum: 1,
  terminateDelayMs: 300,
  forkDelayMs: 100,
  fullCommand: false,
};

function trackingConfig(change: Partial<Config> = {}): Config {
  const track = (kind: Track["kind"], name: string, weight: number): Track => ({
    kind,
    name,
    weight,
    reversed: false,
  });
  const instance = instanceConfig({
    tracks: [track("script", "s", 0), track("file", "f", 2), track("process", "p", -20)],
  });
  const config = wholeConfig([instance]);
  return {
    ...config,
    vrrpScripts: [SCRIPT],
    trackFiles: [FILE],
    trackProcesses: [PROCESS],
    ...change,
  };
}

Deno.test("replay of trackers: scripts, files and processes, through reloads", () => {
  const time = new VirtualTime();
  const recorder = new Recorder(() => time.nowMs);
  const tells = new Map<string, (fact: never) => void>();
  const door = (kind: string): Door<unknown, unknown, never> => (_, tell) => {
    tells.set(kind, tell);
    return { carryOut: () => {}, [Symbol.dispose]: () => {} };
  };
  const kinds = ["system", "vrrp", "group", "script", "file", "process"];
  const doors = Object.fromEntries(kinds.map((kind) => [kind, door(kind)]));
  const root = createLocalRoot(doors as unknown as LocalDoors, {
    clock: time.clock,
    inspect: recorder.inspect,
  });
  root.start();
  const tell = (kind: string, fact: object) => tells.get(kind)?.(fact as never);
  const atMs = () => time.nowMs;
  tell("system", { type: "CONFIG_LOADED", config: trackingConfig() });
  for (let step = 0; step < 60; step++) {
    time.runFor(137);
    if (step % 3 === 0) tell("file", { type: "READ", value: step % 7, atMs: atMs() });
    if (step % 5 === 0) tell("process", { type: "COUNTED", count: step % 2, atMs: atMs() });
    const failure = step % 4 < 2 ? { failure: `exit status ${step % 3 + 1}` } : {};
    if (step % 11 < 3) tell("script", { type: "ENDED", atMs: atMs(), ...failure });
    if (step === 20) {
      const trackFiles = [{ ...FILE, path: "/g" }];
      tell("system", { type: "CONFIG_LOADED", config: trackingConfig({ trackFiles }) });
    }
    if (step === 40) {
      const trackProcesses = [{ ...PROCESS, quorum: 2 }];
      tell("system", { type: "CONFIG_LOADED", config: trackingConfig({ trackProcesses }) });
    }
  }
  const lines = recorder.lines();
  const commands = new Set(lines.flatMap(({ command }) => command?.type ?? []));
  for (
    const type of [
      "RUN",
      "REPORT_TIMEOUT",
      "TERMINATE",
      "WATCH",
      "REPORT_QUORUM",
      "REPORT_PRIORITY",
    ]
  ) {
    assert(commands.has(type), `${type} is among ${[...commands]}`);
  }
  assertEquals(decisions(replay(lines, true)), decisions(lines));
});
