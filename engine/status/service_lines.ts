/**
 * Virtual servers, their real servers and groups, in the state file of the process of checks.
 *
 * @module
 */
import { familyOf } from "../../net/address.ts";
import {
  type DestinationConfig,
  type Forwarding,
  type RealServerConfig,
  realServerIdentity,
  type ServiceEntry,
  type VirtualServerConfig,
  virtualServerIdentity,
} from "../../machines/lvs_config.ts";
import { destinationsOf } from "../../machines/quorum_rules.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { Machine } from "./instance_lines.ts";
import { commandWords } from "./object_words.ts";
import type { ServiceStatus } from "./service_status.ts";

type Lines = readonly (string | undefined)[];

/** What the lines of one virtual server are made from. */
export interface ServiceFacts {
  readonly config: VirtualServerConfig;
  /** Absent: it is being started. */
  readonly status: ServiceStatus | undefined;
  readonly machine: Machine;
}

type Flags = readonly (readonly [name: string, bit: number])[];

const PLAIN_FLAGS: Flags = [["flag-1", 0x08], ["flag-2", 0x10], ["flag-3", 0x20]];
const FLAGS: Readonly<Record<string, Flags>> = {
  sh: [["sh-port", 0x10], ["sh-fallback", 0x08]],
  mh: [["mh-port", 0x10], ["mh-fallback", 0x08]],
};
const FINEST = { 4: 0xffffffff, 6: 128 } as const;

/** Each group of addresses and marks, once. */
export function groupLines(configs: readonly VirtualServerConfig[]): string[] {
  const groups = new Map<string, readonly ServiceEntry[]>();
  for (const { name, entries } of configs) {
    const group = groupOf(name);
    if (group !== undefined && !groups.has(group)) groups.set(group, entries);
  }
  return Array.from(groups, ([name, entries]) => {
    const has = (family: 4 | 6) =>
      entries.some((each) =>
        (each.kind === "fwmark" ? each.family : familyOf(each.first)) === family
      );
    return [
      " ------< Virtual server group >------",
      ` Virtual Server Group = ${name}, IPv4 = ${yesNo(has(4))}, IPv6 = ${yesNo(has(6))}`,
      ...entries.map(entryLine),
    ];
  }).flat();
}

/** The group that a virtual server has its name of. */
function groupOf(name: string): string | undefined {
  return /^\[([^\]]*)\]:\d+$/.exec(name)?.[1];
}

function entryLine(entry: ServiceEntry): string {
  if (entry.kind === "fwmark") return `   FWMARK = ${entry.mark}`;
  const { first, last, port } = entry;
  return first === last
    ? `   VIP = ${first}, VPORT = ${port}`
    : `   VIP Range = ${first}-${last}, VPORT = ${port}`;
}

/** One virtual server, with its real servers. */
export function serviceLines(facts: ServiceFacts): string[] {
  const { config, status, machine } = facts;
  const { quorum, hysteresis, snmpName } = config;
  const lines: Lines = [
    " ------< Virtual server >------",
    ` VS ${identityWords(config)}`,
    snmpName === undefined ? undefined : `   SNMP name = '${snmpName}'`,
    `   Address family = inet${config.family === 6 ? "6" : ""}`,
    `   lvs_sched = ${config.scheduler}`,
    ...flagLines(config),
    ...persistenceLines(config),
    `   protocol = ${config.protocol?.toUpperCase() ?? "none"}`,
    config.notifiesAtStop ? "   omega is ON" : "   omega is OFF",
    `   quorum = ${quorum}, hysteresis = ${hysteresis}`,
    ...scriptLine("   Quorum up notify", config.quorumUp, machine),
    ...scriptLine("   Quorum down notify", config.quorumDown, machine),
    config.followsAddress ? "   Using HA suspend" : undefined,
    `   Using smtp notification = ${yesNo(config.mails)}`,
    ...sorryLines(config),
    `   alive = ${Number(status !== undefined)}`,
    `   quorum_state_up = ${Number(status?.hasQuorum ?? false)}`,
    ...config.realServers.flatMap((server) => serverLines(facts, server)),
  ];
  return lines.filter((line) => line !== undefined);
}

function identityWords({ name, entries }: VirtualServerConfig): string {
  const [entry] = entries;
  if (groupOf(name) !== undefined || !entry) return `GROUP = ${name}`;
  return entry.kind === "fwmark"
    ? `FWMARK = ${entry.mark}`
    : `VIP = ${entry.first}, VPORT = ${entry.port}`;
}

function flagLines(config: VirtualServerConfig): string[] {
  const { scheduler, schedulerFlags, onePacket, protocol } = config;
  const idle = onePacket && protocol !== "udp" ? " (inactive due to not UDP)" : "";
  return [
    ...(FLAGS[scheduler] ?? PLAIN_FLAGS).map(([name, bit]) =>
      `   ${name} = ${ableWord((schedulerFlags & bit) !== 0)}`
    ),
    `   One packet scheduling = ${ableWord(onePacket)}${idle}`,
  ];
}

function ableWord(isOn: boolean): string {
  return isOn ? "enabled" : "disabled";
}

function persistenceLines({ persistence, family }: VirtualServerConfig): Lines {
  if (!persistence) return [];
  const { timeoutSec, granularity, engine } = persistence;
  const octets = [24, 16, 8, 0].map((shift) => (granularity >>> shift) & 0xff);
  return [
    engine === undefined ? undefined : `   persistence engine = ${engine}`,
    `   persistence timeout = ${timeoutSec}`,
    granularity === FINEST[family]
      ? undefined
      : `   persistence granularity = ${family === 4 ? octets.join(".") : granularity}`,
  ];
}

function scriptLine(what: string, script: ScriptConfig | undefined, machine: Machine): string[] {
  if (!script) return [];
  return [`${what} script = ${commandWords(script)}, uid:gid ${machine.identityOf(script)}`];
}

function sorryLines({ sorryServer, protocol }: VirtualServerConfig): string[] {
  if (!sorryServer) return [];
  const { ip, port, forwarding, inhibits } = sorryServer;
  return [
    `   sorry server = [${ip}]:${protocol ?? "none"}:${port}`,
    `     ${forwardingWords(forwarding)}`,
    `     Inhibit on failure is ${inhibits ? "ON" : "OFF"}`,
  ];
}

const METHODS = { nat: "NAT", direct: "DR" } as const;
const CHECKSUMS = { none: "", whole: ", checksum", remote: ", remote checksum" } as const;

function forwardingWords(forwarding: Forwarding): string {
  if (forwarding.kind !== "tunnel") return `forwarding method = ${METHODS[forwarding.kind]}`;
  const { encapsulation, port, checksum } = forwarding;
  return `forwarding method = TUN, type = ${encapsulation.toUpperCase()}` +
    (port === undefined ? "" : `, port = ${port}`) + CHECKSUMS[checksum];
}

function serverLines({ config, status, machine }: ServiceFacts, server: RealServerConfig) {
  const id = realServerIdentity(server);
  const own = status?.servers.find((each) => each.id === id);
  const weight = own?.weight ?? server.weight;
  const failed = own?.checks.filter(({ isUp }) => !isUp).length ?? 0;
  const { snmpName } = server;
  const lines: Lines = [
    "   ------< Real server >------",
    `   RIP = ${server.ip}, RPORT = ${server.port}, WEIGHT = ${weight} EFF WEIGHT = ${weight}`,
    `   ${forwardingWords(server.forwarding)}`,
    `   connection limit range = ${server.lowerThreshold} -> ${server.upperThreshold}`,
    `   Inhibit on failure is ${server.inhibits ? "ON" : "OFF"}`,
    ...scriptLine("     RS up notify", server.notifyUp, machine),
    ...scriptLine("     RS down notify", server.notifyDown, machine),
    snmpName === undefined ? undefined : `   SNMP name = '${snmpName}'`,
    `   Using smtp notification = ${yesNo(server.mails)}`,
    `   initial weight = ${server.weight}`,
    `   effective weight = ${weight}`,
    `   alive = ${Number(own?.isUp ?? false)}`,
    `   num failed checkers = ${failed}`,
    `   RS set = ${Number(isSet(config, status, server))}`,
    ...trackLines(server),
  ];
  return lines.filter((line) => line !== undefined);
}

/** Whether the balancer's table has a server. */
function isSet(
  config: VirtualServerConfig,
  status: ServiceStatus | undefined,
  { ip, port }: DestinationConfig,
): boolean {
  if (!status) return false;
  const standings = Object.fromEntries(status.servers.map((each) => [each.id, each]));
  return destinationsOf(config, standings, status.hasQuorum)
    .some((each) => each.ip === ip && each.port === port);
}

function trackLines({ checkers }: RealServerConfig): string[] {
  const files = checkers.flatMap((each) =>
    each.kind === "file"
      ? [`     ${each.file}, weight ${each.weight}${reverse(each.reversed)}`]
      : []
  );
  const sessions = checkers.flatMap((each) => each.kind === "bfd" ? [`     ${each.session}`] : []);
  return [
    ...(files.length === 0 ? [] : ["   Tracked Files", ...files]),
    ...(sessions.length === 0 ? [] : ["   Tracked BFDs", ...sessions]),
  ];
}

/** What stands behind the weight of a tracked file that counts the other way round. */
export function reverse(isReversed: boolean): string {
  return isReversed ? " reverse" : "";
}

/** The name of a real server of a virtual server: `[192.0.2.1]:tcp:80 -> [192.0.2.2]:tcp:80`. */
export function pairName(
  { name, protocol }: VirtualServerConfig,
  { ip, port }: RealServerConfig,
): string {
  return `${name} -> [${ip}]:${protocol ?? "none"}:${port}`;
}

/** `yes`, `no`. */
export function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

/** What is known of a virtual server. */
export function statusOf(
  config: VirtualServerConfig,
  statuses: ReadonlyMap<string, ServiceStatus>,
): ServiceStatus | undefined {
  return statuses.get(virtualServerIdentity(config));
}
