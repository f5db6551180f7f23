/**
 * One instance in the state file.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../machines/config.ts";
import type { NotifyScripts } from "../../machines/group_config.ts";
import type { RunAs, ScriptConfig } from "../../machines/script_config.ts";
import type { TrackKind } from "../../machines/track.ts";
import { activeDownIntervalMs, csToMs } from "../../machines/vrrp_rules.ts";
import type { SocketStatus } from "../io/outside.ts";
import { stateWord } from "../log.ts";
import { commandWords, heldWords, routeWords, ruleWords } from "./object_words.ts";
import type { InstanceStatus, ProcessStatus } from "./process_status.ts";
import { descriptorLine } from "./socket_lines.ts";
import { unixTime } from "./unix_time.ts";

/** What of this machine appears in the file. */
export interface Machine {
  /** Who a script runs as, as `UID:GID`. */
  readonly identityOf: (script: ScriptConfig | undefined, runAs?: RunAs) => string;
}

const MS_PER_SEC = 1_000;
const CS_PER_SEC = 100;
const US_PER_MS = 1_000;
const MS_PER_CS = 10;

type Lines = readonly (string | undefined)[];

function present(lines: Lines): string[] {
  return lines.filter((line) => line !== undefined);
}

/** What the lines of all instances are made from. */
export interface InstanceFacts {
  readonly config: Config;
  readonly status: Pick<ProcessStatus, "sockets">;
  readonly machine: Machine;
}

/** The lines of an instance. */
export function instanceLines(
  { config, status: all, machine }: InstanceFacts,
  instance: VrrpInstanceConfig,
  status: InstanceStatus,
): string[] {
  return present([
    ` VRRP Instance = ${instance.name}`,
    `   VRRP Version = ${instance.version}`,
    instance.syncGroup === undefined ? undefined : `   Sync group = ${instance.syncGroup}`,
    instance.family === 6 ? "   Using Native IPv6" : undefined,
    ...stateLines(instance, status),
    ...placeLines(instance, status),
    ...announcementLines(instance),
    ...electionLines(instance, status),
    ...authenticationLines(instance),
    ...objectLines(instance, status, all.sockets),
    ...trackLines(config, instance),
    `   Using smtp notification = ${instance.mails ? "yes" : "no"}`,
    `   Notify deleted = ${instance.tellsDeletion ? "Deleted" : "Fault"}`,
    ...scriptLines(instance, machine),
    `   Notify priority changes = ${instance.notifiesPriorityChanges}`,
  ]);
}

function stateLines(instance: VrrpInstanceConfig, status: InstanceStatus): Lines {
  const { state, heard, faults, pending, activeIntervalCs } = status;
  const isHearing = state === "backup" && heard !== undefined;
  const word = stateWord(state);
  const downMs = activeDownIntervalMs({
    version: instance.version,
    priority: status.priority,
    downIntervalAdverts: instance.downIntervalAdverts,
    activeAdverIntervalCs: activeIntervalCs,
  });
  return [
    `   State = ${word}`,
    isHearing ? `   Master router = ${heard.ip}` : undefined,
    isHearing ? `   Master priority = ${heard.priority}` : undefined,
    isHearing && instance.version === 3
      ? `   Master advert int = ${csToMs(activeIntervalCs)} milli-sec`
      : undefined,
    ...(instance.unicastPeers.length > 0
      ? ["   Flags:", "     Using unicast"]
      : ["   Flags: none"]),
    `   Wantstate = ${word}`,
    "   Number of config faults = 0",
    `   Number of interface and track script faults = ${faults.length}`,
    ...faults.map((reason) => `     ${reason}`),
    `   Number of track scripts init = ${pending.length}`,
    `   Last transition = ${unixTime(status.changedAtUnixMs)}`,
    `   Master down timer = ${Math.floor(downMs * US_PER_MS)} usecs`,
  ];
}

function placeLines(instance: VrrpInstanceConfig, { source, own }: InstanceStatus): Lines {
  const { interface: link, virtualMac, ipvlan, unicastPeers, multicastGroup } = instance;
  const kind = virtualMac ? "vmac" : "ipvlan";
  const isOnBase = own === undefined || instance.transmitsOnBase;
  const isConfigured = instance.sourceIp !== undefined && instance.sourceIp === source;
  return [
    virtualMac &&
    `   Use VMAC, i/f name ${own?.name ?? ""}, is_up = ${
      own?.up ?? false
    }, xmit_base = ${instance.transmitsOnBase}`,
    ipvlan && `   Use IPVLAN, i/f name ${own?.name ?? ""}, is_up = ${own?.up ?? false}`,
    link === undefined
      ? undefined
      : `   Interface = ${own ? `${own.name}, ${kind} on ${link}` : link}`,
    instance.tracksInterface ? undefined : "   VRRP interface tracking disabled",
    instance.checksAddressesOnChangeOnly ? "   Skip checking advert IP addresses" : undefined,
    instance.strict ? "   Enforcing strict VRRP compliance" : undefined,
    `   Using src_ip = ${source ?? "(none)"}${isConfigured ? " (from configuration)" : ""}`,
    unicastPeers.length > 0
      ? undefined
      : `   Multicast address ${multicastGroup}${
        isOnBase || own.index === undefined ? "" : `, ifindex ${own.index}`
      }`,
  ];
}

function announcementLines({ announcements: garp }: VrrpInstanceConfig): Lines {
  return [
    `   Gratuitous ARP delay = ${garp.delayMs / MS_PER_SEC}`,
    `   Gratuitous ARP repeat = ${garp.repeatCount}`,
    `   Gratuitous ARP refresh = ${garp.refreshMs / MS_PER_SEC}`,
    `   Gratuitous ARP refresh repeat = ${garp.refreshRepeatCount}`,
    `   Gratuitous ARP lower priority delay = ${garp.lowerPriorityDelayMs / MS_PER_SEC}`,
    `   Gratuitous ARP lower priority repeat = ${garp.lowerPriorityRepeatCount}`,
  ];
}

function electionLines(instance: VrrpInstanceConfig, status: InstanceStatus): Lines {
  const { advertisementIntervalCs: cs, version, preemptDelayMs } = instance;
  const interval = version === 2 ? `${cs / CS_PER_SEC} sec` : `${cs * MS_PER_CS} milli-sec`;
  const enabled = (is: boolean) => is ? "enabled" : "disabled";
  return [
    `   Down timer adverts = ${instance.downIntervalAdverts}`,
    `   Send advert after receive lower priority advert = ${instance.answersLowerPriority}`,
    `   Send advert after receive higher priority advert = ${instance.advertisesBeforeYielding}`,
    `   Virtual Router ID = ${instance.vrid}`,
    `   Priority = ${instance.priority}`,
    `   Effective priority = ${status.priority}`,
    `   Total priority = ${status.totalPriority}`,
    `   Advert interval = ${interval}`,
    `   Accept = ${enabled(instance.accept)}`,
    `   Preempt = ${enabled(instance.preempt)}`,
    preemptDelayMs > 0 ? `   Preempt delay = ${preemptDelayMs / MS_PER_SEC} secs` : undefined,
    `   Promote_secondaries = ${enabled(instance.promotesSecondaries)}`,
  ];
}

function authenticationLines(instance: VrrpInstanceConfig): Lines {
  const { password, authenticationHeader, version, hmac } = instance;
  const type = password === undefined
    ? "none"
    : authenticationHeader
    ? "IPSEC_AH"
    : "SIMPLE_PASSWORD";
  return [
    version === 2 ? `   Authentication type = ${type}` : undefined,
    type === "SIMPLE_PASSWORD" ? "   Password = ********" : undefined,
    hmac && `   Authentication extension = HMAC, mode ${hmac.mode}, key ${hmac.activeKey}`,
  ];
}

function objectLines(
  instance: VrrpInstanceConfig,
  status: InstanceStatus,
  sockets: readonly SocketStatus[],
): Lines {
  const addresses = (list: VrrpInstanceConfig["virtualAddresses"]) =>
    list.map((address) => `     ${heldWords(address, instance, status)}`);
  const { virtualAddresses, excludedAddresses, routes, rules } = instance;
  return [
    ...block(`   Virtual IP (${virtualAddresses.length}):`, addresses(virtualAddresses)),
    ...block("   Virtual IP Excluded :", addresses(excludedAddresses)),
    ...unicastLines(instance),
    descriptorLine(instance, sockets),
    ...block("   Virtual Routes :", routes.map((each) => `     ${routeWords(each)}`)),
    ...block("   Virtual Rules :", rules.map((each) => `     ${ruleWords(each)}`)),
  ];
}

function unicastLines(instance: VrrpInstanceConfig): Lines {
  const { unicastPeers, unicastHopLimit, checksUnicastSource } = instance;
  if (unicastPeers.length === 0) return [];
  return [
    `   Unicast TTL = ${unicastHopLimit}`,
    `   Check unicast src : ${checksUnicastSource ? "yes" : "no"}`,
    "   Unicast Peer :",
    ...unicastPeers.map(({ ip, hopLimitMin, hopLimitMax }) =>
      `     ${ip} min_ttl ${hopLimitMin} max_ttl ${hopLimitMax}`
    ),
  ];
}

/** Titles, and what stands between a name and its weight: keepalived's are not alike. */
const TRACKS: readonly (readonly [TrackKind, string, string])[] = [
  ["interface", "   Tracked interfaces :", ""],
  ["script", "   Tracked scripts :", ""],
  ["file", "   Tracked files :", ","],
  ["process", "   Tracked processes :", ","],
  ["bfd", "   Tracked BFDs :", ":"],
];

function trackLines({ syncGroups }: Config, instance: VrrpInstanceConfig): Lines {
  const inherited = syncGroups.find(({ name }) => name === instance.syncGroup)?.tracks ?? [];
  return TRACKS.flatMap(([kind, title, comma]) => {
    const lines = instance.tracks.flatMap((track) => {
      const { name, weight, reversed } = track;
      if (track.kind !== kind || (kind === "interface" && name === instance.interface)) return [];
      if (inherited.some((each) => each.kind === kind && each.name === name)) return [];
      return [`     ${name}${comma} weight ${weight}${reversed ? " reverse" : ""}`];
    });
    return block(title, lines);
  });
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

/** What a script is run for, in the order of the file. */
const SCRIPTS: readonly (readonly [string, string])[] = [
  ["backup", "Backup state transition"],
  ["master", "Master state transition"],
  ["fault", "Fault state transition"],
  ["stop", "Stop state transition"],
  ["deleted", "Deleted state transition"],
  ["any", "Generic state transition"],
  ["lowerPriority", "Master rx lower pri"],
];

/** The scripts of an instance or group. */
export function scriptLines(
  { scripts }: { readonly scripts: NotifyScripts },
  machine: Machine,
): string[] {
  const byName = scripts as Readonly<Record<string, ScriptConfig | undefined>>;
  return SCRIPTS.flatMap(([name, words]) => {
    const script = byName[name];
    if (!script) return [];
    const identity = machine.identityOf(script);
    return [`   ${words} script = ${commandWords(script)}, uid:gid ${identity}`];
  });
}
