/**
 * The state file, in keepalived's structure: headings, names and order of lines. What it tells of
 * keepalived's own insides (timers of threads, counters of references) is left out.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import { vrrpInstanceIdentity } from "../../machines/config.ts";
import type { TlsClientConfig, VirtualServerConfig } from "../../machines/lvs_config.ts";
import type { SyncGroupConfig } from "../../machines/group_config.ts";
import { stateWord } from "../log.ts";
import { type GlobalFacts, globalLines } from "./global_lines.ts";
import { instanceLines, type Machine, scriptLines } from "./instance_lines.ts";
import { linkLines } from "./link_lines.ts";
import { addressWords, routeWords, ruleWords } from "./object_words.ts";
import type { GroupStatus, ProcessStatus } from "./process_status.ts";
import { socketLines } from "./socket_lines.ts";
import { type CheckFacts, checkLines, fileLines, sessionLines } from "./check_lines.ts";
import { groupLines, pairName, serviceLines, statusOf } from "./service_lines.ts";
import type { ServiceStatus } from "./service_status.ts";
import type { Tracked } from "./tracked.ts";
import {
  bfdTrackLines,
  fileTrackLines,
  processTrackLines,
  scriptTrackLines,
} from "./tracked_lines.ts";

const US_PER_SEC = 1_000_000;

/** What the file is made from. */
export interface DataFacts extends GlobalFacts {
  readonly config: Config;
  readonly status: ProcessStatus;
  readonly tracked: Tracked;
}

/** The file of the process that holds the configuration. */
export function parentDataText(facts: GlobalFacts): string {
  return text(heading("Global definitions", globalLines(facts)));
}

/** What the file of the process of checks is made from. */
export interface CheckDataFacts extends GlobalFacts {
  readonly config: Config;
  readonly status: ProcessStatus;
}

/** The file of the process of checks. */
export function checkDataText(facts: CheckDataFacts): string {
  const { config, status, machine } = facts;
  const { virtualServers, tlsClient } = config;
  const statuses = new Map(status.services.map((each) => [each.id, each]));
  const checks = virtualServers.flatMap((each) =>
    checksOf(each, statusOf(each, statuses), machine)
  );
  const isOfFile = ({ check }: CheckFacts) => check.kind === "file";
  return text([
    ...heading("Global definitions", globalLines(facts)),
    ...section("SSL definitions", tlsClient ? tlsLines(tlsClient) : []),
    ...heading("LVS Topology", [
      ...groupLines(virtualServers),
      ...virtualServers.flatMap((service) =>
        serviceLines({ config: service, status: statusOf(service, statuses), machine })
      ),
    ]),
    ...section("Health checkers", [
      ...checks.filter((each) => !isOfFile(each)).flatMap(checkLines),
      ...checks.filter(isOfFile).flatMap(checkLines),
    ]),
    ...section("Checker track files", fileLines(config)),
    ...section("Checker track BFDs", sessionLines(config)),
  ]);
}

function checksOf(
  service: VirtualServerConfig,
  status: ServiceStatus | undefined,
  machine: Machine,
): CheckFacts[] {
  const isSuspended = status?.isSuspended ?? service.followsAddress;
  return service.realServers.flatMap((server, i) =>
    server.checkers.map((check, j) => ({
      pair: pairName(service, server),
      check,
      isSuspended,
      status: status?.servers[i]?.checks[j],
      machine,
    }))
  );
}

/** Without the password: stayd tells no secrets. */
function tlsLines({ password, caPath, certificatePath, keyPath }: TlsClientConfig): string[] {
  const lines = [
    ["Password", password === undefined ? undefined : "********"],
    ["CA-file", caPath],
    ["Certificate file", certificatePath],
    ["Key file", keyPath],
  ];
  return lines.flatMap(([name, value]) => value === undefined ? [] : [` ${name} : ${value}`]);
}

/** The file of the process that runs VRRP. */
export function vrrpDataText(facts: DataFacts): string {
  const { config, status, tracked, machine } = facts;
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
        return own ? instanceLines({ config, status, machine }, each, own) : [];
      }),
    ),
    ...section("VRRP Sockpool", socketLines(config, status.sockets)),
    ...section(
      "VRRP Sync groups",
      config.syncGroups.flatMap((each) => syncGroupLines(each, status.groups, machine)),
    ),
    ...section("VRRP Scripts", scriptTrackLines(config, tracked, machine)),
    ...section("VRRP Track files", fileTrackLines(config, tracked)),
    ...section("VRRP Track processes", processTrackLines(config, tracked)),
    ...section("VRRP Track BFDs", bfdTrackLines(config, tracked)),
    ...section("Gratuitous ARP delays", garpGroups(config)),
    ...heading("Interfaces", status.links.flatMap((link) => linkLines(config, status, link))),
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

function syncGroupLines(
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
