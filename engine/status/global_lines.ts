/**
 * What holds for the whole daemon, in the state file.
 *
 * @module
 */
import type { ChildConfig, GlobalConfig } from "../../machines/global_config.ts";
import type { FifoConfig, ScriptConfig } from "../../machines/script_config.ts";
import type { Machine } from "./instance_lines.ts";
import { commandWords } from "./object_words.ts";

/** What the lines are made from. */
export interface GlobalFacts {
  readonly config: { readonly global: GlobalConfig };
  readonly hostName: string;
  /** Bits that new files do not get. */
  readonly umask: number;
  readonly machine: Machine;
}

/** What stayd does not have, as keepalived tells of what is not in use. */
const ABSENT = [
  "SNMP vrrp disabled",
  "SNMP checker disabled",
  "SNMP RFCv2 disabled",
  "SNMP RFCv3 disabled",
  "SNMP traps disabled",
  "DBus disabled",
];

type Lines = readonly (string | undefined)[];

const MS_PER_SEC = 1_000;
const US_PER_SEC = 1_000_000;
const US_DIGITS = 6;
const CHILD_LIMIT_US = 10_000;

/** The lines. */
export function globalLines(facts: GlobalFacts): string[] {
  const { config: { global } } = facts;
  const lines: Lines = [
    ...placeLines(facts),
    ...mailLines(facts),
    ...fileLines(global),
    ...lvsLines(global),
    ...fifoLines(facts),
    ...defaultLines(global),
    ...firewallLines(global),
    ...checkLines(global),
    ...processLines(global),
    ...ABSENT,
    `Script security ${global.scripts.secured ? "enabled" : "disabled"}`,
    `Default script uid:gid ${facts.machine.identityOf(undefined)}`,
    `rs_init_notifies = ${Number(global.notifications.firstServerStates)}`,
    `no_checker_emails = ${Number(global.mail.omitsCheckers)}`,
    `umask = 0${facts.umask.toString(8).padStart(3, "0")}`,
  ];
  return lines.filter((line) => line !== undefined).map((line) => ` ${line}`);
}

function option(name: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} = ${value}`;
}

function placeLines({ config: { global }, hostName }: GlobalFacts): Lines {
  const { place, processName, vrrpProcess, checkProcess, bfdProcess, namesProcesses } = global;
  const named = (given: string | undefined, own: string) =>
    given ?? (namesProcesses ? own : undefined);
  return [
    `Network namespace = ${place.namespace ?? "(default)"}`,
    `Network namespace ipvs = ${place.ipvsNamespace ?? "(main namespace)"}`,
    option("Instance name", place.instance),
    option("Parent process name", processName),
    option("VRRP process name", named(vrrpProcess.name, "keepalived_vrrp")),
    option("LVS process name", named(checkProcess.name, "keepalived_lvs")),
    option("BFD process name", named(bfdProcess.name, "keepalived_bfd")),
    `Router ID = ${global.routerId ?? hostName}`,
  ];
}

function mailLines({ config: { global: { mail } }, hostName }: GlobalFacts): Lines {
  const { server, recipients } = mail;
  return [
    ...(server
      ? [
        `Smtp server = ${server.host}`,
        `Smtp server port = ${server.port}`,
        `Smtp HELO name = ${mail.heloName ?? hostName}`,
        `Smtp server connection timeout = ${mail.timeoutMs / MS_PER_SEC}`,
      ]
      : []),
    option("Email notification from", mail.sender),
    ...(recipients.length === 0 ? [] : ["Email notification to:"]),
    ...recipients.map((each) => `  ${each}`),
    `Default smtp_alert_vrrp = ${mail.vrrp ? "on" : "unset"}`,
    `Default smtp_alert_checker = ${mail.checkers ? "on" : "unset"}`,
  ];
}

function fileLines({ files, reload, lvs, dynamicInterfaces, defaults }: GlobalConfig): Lines {
  return [
    `Checkers log all failures = ${lvs.logsAllFailures}`,
    "Test config before reload",
    option("Reload time file", reload.timePath),
    reload.timePath === undefined ? undefined : `Reload repeat = ${reload.repeats}`,
    files.namesInstance ? "Use instance name in data dumps" : undefined,
    `Dynamic interfaces = ${dynamicInterfaces}`,
    option("Default interface", defaults.interface),
  ];
}

function lvsLines({ lvs, disablesLocalIgmp }: GlobalConfig): Lines {
  const { tcpTimeoutSec, tcpFinTimeoutSec, udpTimeoutSec, syncDaemon, atStop } = lvs;
  const stops = { keep: "disabled", flush: "enabled", own: "VS" };
  return [
    option("LVS TCP timeout", tcpTimeoutSec),
    option("LVS TCP FIN timeout", tcpFinTimeoutSec),
    option("LVS UDP timeout", udpTimeoutSec),
    `Disable local IGMP = ${disablesLocalIgmp ? "yes" : "no"}`,
    option("LVS sync daemon interface", syncDaemon?.interface),
    option("LVS sync daemon vrrp instance", syncDaemon?.vrrpInstance),
    `LVS flush = ${lvs.flushesAtStart}`,
    `LVS flush on stop = ${stops[atStop]}`,
  ];
}

function fifoLines(
  { config: { global: { notifications, scripts } }, machine }: GlobalFacts,
): Lines {
  const script = (name: string, each: ScriptConfig | undefined, timeoutMs: number) =>
    each
      ? [
        `${name} script = ${commandWords(each)}, uid:gid ${machine.identityOf(each)}`,
        `${name} script timeout = ${timeoutMs / MS_PER_SEC}`,
      ]
      : [];
  const fifo = (name: string, each: FifoConfig | undefined) =>
    each
      ? [
        `${name} notify fifo = ${each.path}, uid:gid ${machine.identityOf(undefined, each.owner)}`,
        each.script &&
        `${name} notify fifo script = ${commandWords(each.script)} '${each.path}', uid:gid ${
          machine.identityOf(each.script)
        }`,
      ]
      : [];
  return [
    ...script("Startup", scripts.startup, scripts.startupTimeoutMs),
    ...script("Shutdown", scripts.shutdown, scripts.shutdownTimeoutMs),
    ...fifo("Global", notifications.fifo),
    ...fifo("VRRP", notifications.vrrpFifo),
    ...fifo("LVS", notifications.lvsFifo),
    `FIFO write vrrp states on reload = ${notifications.statesAfterReload}`,
    `VRRP notify priority changes = ${notifications.priorityChanges}`,
  ];
}

function defaultLines({ defaults, virtualMac }: GlobalConfig): Lines {
  const { announcements: garp } = defaults;
  const seconds = (us: number) => (us / US_PER_SEC).toFixed(US_DIGITS);
  return [
    `VRRP IPv4 mcast group = ${defaults.multicastGroup4}`,
    `VRRP IPv6 mcast group = ${defaults.multicastGroup6}`,
    `Gratuitous ARP delay = ${garp.delayMs / MS_PER_SEC}`,
    `Gratuitous ARP repeat = ${garp.repeatCount}`,
    `Gratuitous ARP refresh timer = ${garp.refreshMs / MS_PER_SEC}`,
    `Gratuitous ARP refresh repeat = ${garp.refreshRepeatCount}`,
    `Gratuitous ARP lower priority delay = ${garp.lowerPriorityDelayMs / MS_PER_SEC}`,
    `Gratuitous ARP lower priority repeat = ${garp.lowerPriorityRepeatCount}`,
    `Num adverts before down = ${defaults.downIntervalAdverts}`,
    `Gratuitous ARP for each secondary VMAC = ${virtualMac.extraAnnouncementMs / MS_PER_SEC}s`,
    `Send advert after receive lower priority advert = ${defaults.answersLowerPriority}`,
    `Send advert after receive higher priority advert = ${defaults.advertisesBeforeYielding}`,
    `Gratuitous ARP interval = ${seconds(garp.arpIntervalUs)}`,
    `Gratuitous NA interval = ${seconds(garp.neighborIntervalUs)}`,
    `VRRP default protocol version = ${defaults.version}`,
  ];
}

function checkLines({ defaults }: GlobalConfig): Lines {
  return [
    `VRRP check unicast_src = ${defaults.checksUnicastSource}`,
    `VRRP skip check advert addresses = ${defaults.checksAddressesOnChangeOnly}`,
    `VRRP strict mode = ${defaults.strict}`,
  ];
}

function firewallLines({ firewall }: GlobalConfig): Lines {
  const { table, priority, ipvsTable, ipvsPriority, ipvsFirstMark } = firewall;
  return [
    option("nftables table name", table),
    table === undefined ? undefined : `nftables base chain priority = ${priority}`,
    option("nftables ipvs table name", ipvsTable),
    ...(ipvsTable === undefined ? [] : [
      `nftables ipvs base chain priority = ${ipvsPriority}`,
      `nftables ipvs start fwmark = ${ipvsFirstMark}`,
    ]),
    `nftables with${firewall.counters ? "" : "out"} counters`,
  ];
}

function processLines({ vrrpProcess, checkProcess, bfdProcess }: GlobalConfig): Lines {
  return [
    ...childLines("VRRP", vrrpProcess),
    ...childLines("Checker", checkProcess),
    ...childLines("BFD", bfdProcess),
  ];
}

function childLines(name: string, child: ChildConfig): Lines {
  const { niceness, realtimePriority, realtimeLimitUs, cpus } = child;
  return [
    `${name} process priority = ${niceness}`,
    `${name} realtime priority = ${realtimePriority ?? 0}`,
    cpus.length === 0 ? undefined : `${name} CPU Affinity = ${cpus.join(" ")}`,
    `${name} realtime limit = ${realtimeLimitUs ?? CHILD_LIMIT_US}`,
  ];
}
