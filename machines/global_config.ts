/**
 * What holds for the whole daemon, as plain data.
 *
 * @module
 */
import type { Ip } from "../net/address.ts";
import type { AnnouncementConfig } from "./announcement_config.ts";
import type { FifoConfig, RunAs, ScriptConfig } from "./script_config.ts";

/** What holds for the whole daemon. */
export interface GlobalConfig {
  /** Name of this router in logs and mails; default: the host name. */
  readonly routerId?: string;
  /** Instances may name interfaces that do not exist yet. */
  readonly dynamicInterfaces: boolean;
  /** Logs advertisements whose VRID is not configured on the receiving interface. */
  readonly logUnknownVrids: boolean;
  /** What holds for instances that say nothing else; every instance has it filled in already. */
  readonly defaults: VrrpDefaults;
  /** Settings of the process that runs VRRP. */
  readonly vrrpProcess: ProcessConfig;
  /** Of the process that runs health checks. */
  readonly checkProcess: ChildConfig;
  /** Of BFD, where it has a process of its own. */
  readonly bfdProcess: ChildConfig;
  /** Name of the parent process. */
  readonly processName?: string;
  /** Children are named after what they do, in keepalived's words. */
  readonly namesProcesses: boolean;
  /** Scripts of the daemon, and rules for all. */
  readonly scripts: GlobalScriptConfig;
  /** Where events are told. */
  readonly notifications: NotificationConfig;
  /** Mail about events. */
  readonly mail: MailConfig;
  /** Files that are written. */
  readonly files: FileConfig;
  /** What happens around a reload. */
  readonly reload: ReloadConfig;
  /** Where the daemon lives. */
  readonly place: PlaceConfig;
  /** Packet filter rules. */
  readonly firewall: FirewallConfig;
  /** Interfaces with virtual MAC addresses. */
  readonly virtualMac: VirtualMacConfig;
  /** What holds for all virtual servers. */
  readonly lvs: LvsGlobalConfig;
  /** Link states are asked for, too, instead of trusting the kernel's news. */
  readonly pollsLinks: boolean;
  /** Instances stay deaf and dumb for so long after the machine's boot. */
  readonly delayAfterBootMs?: number;
  /** Turns off IGMP reports for link-local groups. */
  readonly disablesLocalIgmp: boolean;
}

/** What instances take over unless they say: told to people, used by nothing. */
export interface VrrpDefaults {
  /** Protocol version over IPv4. */
  readonly version: 2 | 3;
  /** Destination of advertisements over IPv4. */
  readonly multicastGroup4: Ip;
  /** Destination of advertisements over IPv6. */
  readonly multicastGroup6: Ip;
  /** How addresses are announced. */
  readonly announcements: AnnouncementConfig;
  /** Advertisements that must be missed. */
  readonly downIntervalAdverts: number;
  /** Answers lower priorities. */
  readonly answersLowerPriority: boolean;
  /** Advertises once more before it yields. */
  readonly advertisesBeforeYielding: boolean;
  /** Unicast advertisements must come from a configured peer. */
  readonly checksUnicastSource: boolean;
  /** Compares advertised addresses only when the active router changed. */
  readonly checksAddressesOnChangeOnly: boolean;
  /** Keeps to the RFC. */
  readonly strict: boolean;
  /** Interface of static addresses that name none. */
  readonly interface: string;
}

/** How a child process is run. */
export interface ChildConfig {
  /** Its name; default: that of the program. */
  readonly name?: string;
  /** Nice value, −20 to 19; 0: as the parent. */
  readonly niceness: number;
  /** SCHED_RR priority, 1 to 99; absent: ordinary scheduling. */
  readonly realtimePriority?: number;
  /** CPU time a real-time process may use without sleeping before the kernel kills it. */
  readonly realtimeLimitUs?: number;
  /** Processors it may run on; empty: all. */
  readonly cpus: readonly number[];
}

/** How the VRRP process is run: always at real-time priority. */
export interface ProcessConfig extends ChildConfig {
  /** SCHED_RR priority, 1 to 99. */
  readonly realtimePriority: number;
  /** CPU time it may use without sleeping before the kernel kills it. */
  readonly realtimeLimitUs: number;
}

/** Scripts of the daemon, and rules for all scripts. */
export interface GlobalScriptConfig {
  /** Awaited before anything starts. */
  readonly startup?: ScriptConfig;
  /** How long the first one may take. */
  readonly startupTimeoutMs: number;
  /** Run when everything has ended. */
  readonly shutdown?: ScriptConfig;
  /** How long the last one may take. */
  readonly shutdownTimeoutMs: number;
  /** Who scripts run as unless they say; default: keepalived_script if it exists, else root. */
  readonly runAs?: RunAs;
  /** Refuses what root would run and others could change. */
  readonly secured: boolean;
  /** Runs a script by its path as it is, not by what links lead to. */
  readonly keepsLinks: boolean;
  /** All scripts get the supplementary groups of their users, too. */
  readonly supplementaryGroups: boolean;
}

/** Where events are told. */
export interface NotificationConfig {
  /** For all events. */
  readonly fifo?: FifoConfig;
  /** For events of VRRP. */
  readonly vrrpFifo?: FifoConfig;
  /** For events of virtual servers. */
  readonly lvsFifo?: FifoConfig;
  /** Changes of the effective priority are events; instances may say otherwise. */
  readonly priorityChanges: boolean;
  /** All states are written again after a reload. */
  readonly statesAfterReload: boolean;
  /** The first state of a real server is an event. */
  readonly firstServerStates: boolean;
}

/** Mail about events. */
export interface MailConfig {
  /** Who is sent mail; nobody: there is none. */
  readonly recipients: readonly string[];
  /** Default: the user and host stayd runs as. */
  readonly sender?: string;
  /** Mail server. */
  readonly server?: MailServerConfig;
  /** What it is told as our name; default: the host name. */
  readonly heloName?: string;
  /** How long it may take to answer. */
  readonly timeoutMs: number;
  /** Whether instances and groups mail unless they say. */
  readonly vrrp: boolean;
  /** Whether virtual servers mail unless they say. */
  readonly checkers: boolean;
  /** Not about faults. */
  readonly omitsFaults: boolean;
  /** Not about single checkers. */
  readonly omitsCheckers: boolean;
}

/** A mail server. */
export interface MailServerConfig {
  /** A name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** TLS from the beginning, or asked for; absent: the mail goes as it is. */
  readonly security?: "starttls" | "tls";
  /** Who logs in; absent: nobody. */
  readonly user?: string;
  /** Whose first line is that user's password. */
  readonly passwordFile?: string;
}

/** Files that stayd writes. */
export interface FileConfig {
  /** Bits taken away from the mode of new files; absent: as inherited. */
  readonly umask?: number;
  /** Where copies of every configuration that was loaded are kept. */
  readonly saveDirectory?: string;
  /** File names carry the names of instance and namespace. */
  readonly namesInstance: boolean;
  /** Layout of the JSON file. */
  readonly jsonVersion: 1 | 2;
  /** Where the state is written. */
  readonly statePath?: string;
  /** Where statistics are written. */
  readonly statsPath?: string;
  /** Where the state is written as JSON. */
  readonly jsonPath?: string;
}

/** What happens around a reload. */
export interface ReloadConfig {
  /** A file with a time at which to reload. */
  readonly timePath?: string;
  /** Each day again. */
  readonly repeats: boolean;
  /** A file that exists while a configuration is read; empty: at the default place. */
  readonly markerPath?: string;
}

/** Where the daemon lives. */
export interface PlaceConfig {
  /** Network namespace. */
  readonly namespace?: string;
  /** Network namespace of IPVS; empty: the one of init. */
  readonly ipvsNamespace?: string;
  /** Tells several daemons apart in names of files and logs. */
  readonly instance?: string;
  /** Pid files are in a directory of their own. */
  readonly usesPidDirectory: boolean;
  /** How long the parent waits for its children at the end. */
  readonly childWaitMs: number;
}

/** Packet filter rules for virtual addresses and virtual MACs. */
export interface FirewallConfig {
  /** nftables table; absent: made when something needs it. */
  readonly table?: string;
  /** Priority of the chains. */
  readonly priority: number;
  /** Rules count what they match. */
  readonly counters: boolean;
  /** Table for firewall marks of virtual servers. */
  readonly ipvsTable?: string;
  /** Priority of its chains. */
  readonly ipvsPriority: number;
  /** First firewall mark that is used. */
  readonly ipvsFirstMark: number;
}

/** Interfaces with virtual MAC addresses. */
export interface VirtualMacConfig {
  /** Begin of the names of interfaces. */
  readonly prefix: string;
  /** Begin of the names of interfaces for single addresses. */
  readonly addressPrefix: string;
  /** Period of gratuitous ARP on further interfaces; 0: none. */
  readonly extraAnnouncementMs: number;
  /** For all interfaces with addresses, not those with virtual MACs only. */
  readonly extraAnnouncementsForAll: boolean;
}

/** What holds for all virtual servers. */
export interface LvsGlobalConfig {
  /** Of TCP connections; absent: the kernel's. */
  readonly tcpTimeoutSec?: number;
  /** Of TCP connections that end. */
  readonly tcpFinTimeoutSec?: number;
  /** Of UDP. */
  readonly udpTimeoutSec?: number;
  /** What balances, or that nothing does; absent: IPVS where the kernel has it, else nftables. */
  readonly dataPlane?: "ipvs" | "nftables" | "none";
  /** Empties the kernel's table at start. */
  readonly flushesAtStart: boolean;
  /** At stop: delete what is ours, or empty all. */
  readonly atStop: "own" | "flush";
  /** What others change in the kernel's table is undone, not only told. */
  readonly repairsTable: boolean;
  /** Synchronization of connections. */
  readonly syncDaemon?: SyncDaemonConfig;
  /** Each failed check is logged. */
  readonly logsAllFailures: boolean;
}

/** Synchronization of connections between load balancers. */
export interface SyncDaemonConfig {
  /** Where it sends and hears. */
  readonly interface: string;
  /** Master or backup as this instance; absent: both. */
  readonly vrrpInstance?: string;
  /** 0 to 255; absent: the VRID of the instance, or 0. */
  readonly id?: number;
  /** Longest message. */
  readonly lengthBytesMax?: number;
  /** UDP port. */
  readonly port?: number;
  /** TTL of its messages. */
  readonly ttl?: number;
  /** Multicast group. */
  readonly group?: Ip;
}
