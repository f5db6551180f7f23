/**
 * The state file, in keepalived's structure: headings, names and order of lines. What it tells of
 * keepalived's own insides (descriptors, counters of references) is left out.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import type { SyncGroupConfig } from "../../machines/group_config.ts";
import { type Verdict, type Verdicts } from "../../machines/standing.ts";
import type { TrackKind } from "../../machines/track.ts";
import { stateWord } from "../log.ts";
import { type GlobalFacts, globalLines } from "./global_lines.ts";
import { instanceLines, type Machine, scriptLines } from "./instance_lines.ts";
import { linkLines } from "./link_lines.ts";
import { addressWords, commandWords, routeWords, ruleWords } from "./object_words.ts";
import type { GroupStatus, ProcessStatus } from "./process_status.ts";

const MS_PER_SEC = 1_000;
const US_PER_SEC = 1_000_000;

/** What the file is made from. */
export interface DataFacts extends GlobalFacts {
  readonly config: Config;
  readonly status: ProcessStatus;
  readonly verdicts: Verdicts;
}

/** The file of the process that holds the configuration. */
export function parentDataText(facts: GlobalFacts): string {
  return text(heading("Global definitions", globalLines(facts)));
}

/** The file of the process that runs VRRP. */
export function vrrpDataText(facts: DataFacts): string {
  const { config, status, verdicts, machine } = facts;
  const known = new Map(status.instances.map((each) => [each.id, each]));
  return text([
    ...heading("Global definitions", globalLines(facts)),
    ...section(
      "Static Addresses",
      config.staticAddresses.map((each) => `     ${addressWords(each, each.interface, true)}`),
    ),
    ...section("Static Routes", config.staticRoutes.map((each) => `     ${routeWords(each)}`)),
    ...section("Static Rules", config.staticRules.map((each) => `     ${ruleWords(each)}`)),
    ...section("Static Track groups", trackGroups(config)),
    ...heading(
      "VRRP Topology",
      config.vrrpInstances.flatMap((each) => {
        const own = known.get(vrrpInstanceIdentity(each));
        return own ? instanceLines(config, each, own, machine) : [];
      }),
    ),
    ...section(
      "VRRP Sync groups",
      config.syncGroups.flatMap((each) => groupLines(each, status.groups, machine)),
    ),
    ...section("VRRP Scripts", scripts(config, verdicts, machine)),
    ...section("VRRP Track files", files(config, verdicts)),
    ...section("VRRP Track processes", processes(config, verdicts)),
    ...section("VRRP Track BFDs", bfds(config, verdicts)),
    ...section("Gratuitous ARP delays", garpGroups(config)),
    ...heading("Interfaces", status.links.flatMap((link) => linkLines(config, link))),
  ]);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function heading(title: string, lines: readonly string[]): string[] {
  return [`------< ${title} >------`, ...lines];
}

/** Nothing, if there is nothing in it. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : heading(title, lines);
}

function trackGroups({ trackGroups }: Config): string[] {
  return trackGroups.flatMap(({ name, instances }) => [
    ` Track group = ${name}`,
    "   Member instances :",
    ...instances.map((each) => `     ${each}`),
  ]);
}

function groupLines(
  group: SyncGroupConfig,
  statuses: readonly GroupStatus[],
  machine: Machine,
): string[] {
  const status = statuses.find(({ name }) => name === group.name);
  return [
    ` VRRP Sync Group = ${group.name}, ${stateWord(status?.state ?? "initialize")}`,
    `   Num member fault ${status?.faultCount ?? 0}, num member init ${status?.startingCount ?? 0}`,
    "   VRRP member instances :",
    ...group.members.map((name) => `     ${name}`),
    `   Using smtp notification = ${group.mails ? "yes" : "no"}`,
    ...scriptLines(group, machine),
  ];
}

function scripts({ vrrpScripts, vrrpInstances }: Config, verdicts: Verdicts, machine: Machine) {
  return vrrpScripts.flatMap((each) => [
    ` VRRP Script = ${each.name}`,
    `   Command = ${commandWords(each.script)}`,
    `   Interval = ${each.intervalMs / MS_PER_SEC} sec`,
    `   Timeout = ${each.timeoutMs / MS_PER_SEC} sec`,
    `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
    `   Rise = ${each.rise}`,
    `   Fall = ${each.fall}`,
    `   Init state = ${each.startsFailed ? "failed" : "unknown"}`,
    `   Status = ${verdictWord(verdicts[`script ${each.name}`])}`,
    `   Script uid:gid = ${machine.identityOf(each.script, each.runAs)}`,
    ...trackers(vrrpInstances, "script", each.name),
  ]);
}

function verdictWord(verdict: Verdict | undefined): string {
  if (verdict === undefined || verdict.state === "pending") return "INIT";
  return verdict.state === "value" ? `${verdict.value}` : verdict.state === "good" ? "GOOD" : "BAD";
}

function files({ trackFiles, vrrpInstances }: Config, verdicts: Verdicts): string[] {
  return trackFiles.flatMap((each) => [
    ` Track file = ${each.name}`,
    `   File = ${each.path}`,
    `   Status = ${verdictWord(verdicts[`file ${each.name}`])}`,
    `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
    ...trackers(vrrpInstances, "file", each.name),
  ]);
}

function processes({ trackProcesses, vrrpInstances }: Config, verdicts: Verdicts): string[] {
  return trackProcesses.flatMap((each) => {
    const [process = "", ...parameters] = each.command;
    return [
      ` VRRP Track process = ${each.name}`,
      `   Process = ${process}`,
      ...(parameters.length === 0 ? [] : [`   Parameters = ${parameters.join(" ")}`]),
      `   Min processes = ${each.quorum}`,
      ...(each.quorumMax === undefined ? [] : [`   Max processes = ${each.quorumMax}`]),
      `   Have quorum = ${verdicts[`process ${each.name}`]?.state === "good"}`,
      `   Weight = ${each.weight}${each.reversed ? " reverse" : ""}`,
      `   Terminate delay = ${(each.terminateDelayMs / MS_PER_SEC).toFixed(6)}s`,
      `   Fork delay = ${(each.forkDelayMs / MS_PER_SEC).toFixed(6)}s`,
      `   Full command = ${each.fullCommand}`,
      ...trackers(vrrpInstances, "process", each.name),
    ];
  });
}

function bfds({ vrrpInstances }: Config, verdicts: Verdicts): string[] {
  const names = new Set(
    vrrpInstances.flatMap(({ tracks }) =>
      tracks.filter(({ kind }) => kind === "bfd").map(({ name }) => name)
    ),
  );
  return [...names].flatMap((name) => [
    ` VRRP Track BFD = ${name}`,
    `   Status = ${verdictWord(verdicts[`bfd ${name}`])}`,
    ...trackers(vrrpInstances, "bfd", name),
  ]);
}

/** Who tracks an object, and with which weight. */
function trackers(instances: Config["vrrpInstances"], kind: TrackKind, name: string): string[] {
  const lines = instances.flatMap((instance) => {
    const track = instance.tracks.find((each) => each.kind === kind && each.name === name);
    if (!track) return [];
    return [`     ${instance.name}, weight ${track.weight}${track.reversed ? " reverse" : ""}`];
  });
  return lines.length === 0 ? [] : ["   Tracking instances :", ...lines];
}

function garpGroups({ garpGroups }: Config): string[] {
  const seconds = (us: number) => us / US_PER_SEC;
  return garpGroups.flatMap(({ interfaces, arpIntervalUs, neighborIntervalUs }, i) => [
    `------< GARP delay group ${i + 1} >------`,
    ...(arpIntervalUs === undefined ? [] : [` GARP interval = ${seconds(arpIntervalUs)}`]),
    ...(neighborIntervalUs === undefined ? [] : [` GNA interval = ${seconds(neighborIntervalUs)}`]),
    " Interfaces",
    ...interfaces.map((each) => `  ${each}`),
  ]);
}
