/**
 * Tracked scripts, files, processes and BFD sessions in the state file.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { Verdict } from "../../machines/standing.ts";
import type { TrackKind } from "../../machines/track.ts";
import type { Machine } from "./instance_lines.ts";
import { commandWords } from "./object_words.ts";
import type { Tracked } from "./tracked.ts";

const MS_PER_SEC = 1_000;

/** Tracked scripts. */
export function scriptTrackLines(config: Config, tracked: Tracked, machine: Machine): string[] {
  return config.vrrpScripts.flatMap((each) => {
    const object = `script ${each.name}`;
    const tracker = tracked.trackers[object];
    return [
      ` VRRP Script = ${each.name}`,
      `   Command = ${commandWords(each.script)}`,
      `   Interval = ${each.intervalMs / MS_PER_SEC} sec`,
      `   Timeout = ${each.timeoutMs / MS_PER_SEC} sec`,
      `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
      `   Rise = ${each.rise}`,
      `   Fall = ${each.fall}`,
      `   Result = ${tracker?.count ?? 0}`,
      "   Insecure = no", // What is insecure is not run.
      `   Init state = ${each.startsFailed ? "failed" : "unknown"}`,
      `   Status = ${verdictWord(tracked.verdicts[object])}`,
      `   Script uid:gid = ${machine.identityOf(each.script, each.runAs)}`,
      "   VRRP instances :",
      ...trackers(config, "script", each.name),
      `   State = ${tracker?.isRunning ? "running" : "idle"}`,
    ];
  });
}

function verdictWord(verdict: Verdict | undefined): string {
  if (verdict === undefined || verdict.state === "pending") return "INIT";
  return verdict.state === "value" ? `${verdict.value}` : verdict.state === "good" ? "GOOD" : "BAD";
}

/** Tracked files. */
export function fileTrackLines(config: Config, { verdicts }: Tracked): string[] {
  return config.trackFiles.flatMap((each) => [
    ` Track file = ${each.name}`,
    `   File = ${each.path}`,
    `   Status = ${verdictWord(verdicts[`file ${each.name}`])}`,
    `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
    ...trackers(config, "file", each.name),
  ]);
}

/** Tracked processes. */
export function processTrackLines(config: Config, { verdicts, trackers: all }: Tracked): string[] {
  return config.trackProcesses.flatMap((each) => {
    const object = `process ${each.name}`;
    const { count = 0, pending } = all[object] ?? {};
    const [process = "", ...parameters] = each.command;
    return [
      ` VRRP Track process = ${each.name}`,
      `   Process = ${process}`,
      ...(parameters.length === 0 ? [] : [`   Parameters = ${parameters.join(" ")}`]),
      ...(each.arguments === undefined ? [] : [`   Param match = ${each.arguments}`]),
      `   Min processes = ${each.quorum}`,
      ...(each.quorumMax === undefined ? [] : [`   Max processes = ${each.quorumMax}`]),
      `   Current processes = ${count}`,
      `   Have quorum = ${verdicts[object]?.state === "good"}`,
      `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
      `   Terminate delay = ${(each.terminateDelayMs / MS_PER_SEC).toFixed(6)}s`,
      `   Fork delay = ${(each.forkDelayMs / MS_PER_SEC).toFixed(6)}s`,
      `   Fork delay timer ${pending === "more" ? "" : "not "}running`,
      `   Terminate delay timer ${pending === "fewer" ? "" : "not "}running`,
      `   Full command = ${each.fullCommand}`,
      ...trackers(config, "process", each.name),
    ];
  });
}

/** Tracked BFD sessions. */
export function bfdTrackLines(config: Config, { verdicts }: Tracked): string[] {
  const tracked = config.vrrpInstances.flatMap(({ tracks }) =>
    tracks.flatMap(({ kind, name }) => kind === "bfd" ? [name] : [])
  );
  return [...new Set(tracked)].flatMap((name) => {
    const session = config.bfdSessions.find((each) => each.name === name);
    return [
      ` VRRP Track BFD = ${name}`,
      `   Weight = ${session?.weight ?? 0}`,
      `   Bfd is ${verdicts[`bfd ${name}`]?.state === "good" ? "up" : "down"}`,
      "   Tracking VRRP instances :",
      ...trackers(config, "bfd", name),
    ];
  });
}

/** Who tracks an object, and with which weight. */
function trackers({ vrrpInstances }: Config, kind: TrackKind, name: string): string[] {
  const lines = vrrpInstances.flatMap((instance) => {
    const track = instance.tracks.find((each) => each.kind === kind && each.name === name);
    if (!track) return [];
    return [`     ${instance.name}, weight ${track.weight}${track.reversed ? " reverse" : ""}`];
  });
  return lines.length === 0 ? [] : ["   Tracking instances :", ...lines];
}
