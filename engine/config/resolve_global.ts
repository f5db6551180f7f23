/**
 * `global_defs` with its defaults.
 *
 * @module
 */
import type {
  ChildConfig,
  FirewallConfig,
  GlobalConfig,
  GlobalScriptConfig,
  LvsGlobalConfig,
  MailConfig,
  NotificationConfig,
  PlaceConfig,
  ProcessConfig,
  VirtualMacConfig,
} from "../../machines/global_config.ts";
import type { FifoConfig } from "../../machines/script_config.ts";
import { type Complaints, quote } from "./diagnostic.ts";
import { resolveDefaults } from "./resolve_defaults.ts";
import type { ConfigDraft, Filling, GlobalDraft, InstanceDraft } from "./drafts.ts";

/**
 * SCHED_RR priority unless configured: above all ordinary work, not above a kernel's interrupts.
 */
const REALTIME_PRIORITY = 50;
/** Unless configured. The runtime compiles and collects garbage in one go now and then. */
const REALTIME_LIMIT_US = 1_000_000;
/** With less the kernel would kill a healthy process. */
const REALTIME_LIMIT_US_MIN = 200_000;
const SCRIPT_TIMEOUT_MS = 10_000;
const MAIL_TIMEOUT_MS = 30_000;
const CHILD_WAIT_MS = 5_000;
const CHAIN_PRIORITY = -1;
const FIRST_MARK = 1_000;
const VMAC_PREFIX = "vrrp";

/** What holds for the whole daemon. */
export function resolveGlobal(
  { global: draft, instances }: ConfigDraft,
  complaints: Complaints,
): GlobalConfig {
  return {
    ...(draft.routerId === undefined ? {} : { routerId: draft.routerId }),
    dynamicInterfaces: draft.dynamicInterfaces ?? false,
    logUnknownVrids: draft.logUnknownVrids ?? false,
    defaults: resolveDefaults(draft),
    vrrpProcess: vrrpProcess(draft, complaints),
    checkProcess: child(draft.checkProcess),
    bfdProcess: child(draft.bfdProcess),
    ...(draft.processName === undefined ? {} : { processName: draft.processName }),
    namesProcesses: draft.namesProcesses ?? false,
    scripts: scripts(draft),
    notifications: notifications(draft),
    mail: mail(draft),
    files: { namesInstance: false, jsonVersion: 1, ...draft.files },
    reload: { repeats: false, ...draft.reload },
    place: place(draft),
    firewall: firewall(draft),
    virtualMac: virtualMac(draft),
    lvs: lvs(draft, instances, complaints),
    pollsLinks: draft.pollsLinks ?? false,
    ...(draft.delayAfterBootMs === undefined ? {} : { delayAfterBootMs: draft.delayAfterBootMs }),
    disablesLocalIgmp: draft.disablesLocalIgmp ?? false,
  };
}

function vrrpProcess(draft: GlobalDraft, complaints: Complaints): ProcessConfig {
  return {
    ...child(draft.vrrpProcess),
    realtimePriority: draft.realtimePriority ?? REALTIME_PRIORITY,
    realtimeLimitUs: realtimeLimitUs(draft, complaints),
  };
}

function realtimeLimitUs({ realtimeLimitUs: given }: GlobalDraft, complaints: Complaints): number {
  if (!given) return REALTIME_LIMIT_US;
  if (given.value >= REALTIME_LIMIT_US_MIN) return given.value;
  const message =
    `${given.value} µs are too few for this runtime: ${REALTIME_LIMIT_US_MIN} are used`;
  complaints.add("W602", given.place, message);
  return REALTIME_LIMIT_US_MIN;
}

function child(draft: Filling<ChildConfig>): ChildConfig {
  return { niceness: 0, cpus: [], ...draft };
}

function scripts({ scripts: draft }: GlobalDraft): GlobalScriptConfig {
  return {
    startupTimeoutMs: SCRIPT_TIMEOUT_MS,
    shutdownTimeoutMs: SCRIPT_TIMEOUT_MS,
    secured: false,
    keepsLinks: false,
    supplementaryGroups: false,
    ...draft,
  };
}

function notifications({ notifications: draft }: GlobalDraft): NotificationConfig {
  const { fifo, vrrpFifo, lvsFifo, ...rest } = draft;
  // A script without a FIFO has nothing to read.
  const kept = (each: FifoConfig | undefined) => each !== undefined && each.path !== "";
  const isTwice = (each: FifoConfig | undefined) => each?.path === fifo?.path;
  return {
    priorityChanges: false,
    statesAfterReload: false,
    firstServerStates: false,
    ...rest,
    ...(fifo && kept(fifo) && { fifo }),
    ...(vrrpFifo && kept(vrrpFifo) && !isTwice(vrrpFifo) && { vrrpFifo }),
    ...(lvsFifo && kept(lvsFifo) && !isTwice(lvsFifo) && { lvsFifo }),
  };
}

/** An object says, or its kind, or `smtp_alert`; else there is no mail. */
function mail({ mail: draft, mails = false, recipients }: GlobalDraft): MailConfig {
  return {
    recipients,
    timeoutMs: MAIL_TIMEOUT_MS,
    vrrp: mails,
    checkers: mails,
    omitsFaults: false,
    omitsCheckers: false,
    ...draft,
  };
}

function place({ place: draft }: GlobalDraft): PlaceConfig {
  const needsDirectory = draft.instance !== undefined || draft.namespace !== undefined;
  return { usesPidDirectory: needsDirectory, childWaitMs: CHILD_WAIT_MS, ...draft };
}

function firewall({ firewall: draft }: GlobalDraft): FirewallConfig {
  return {
    priority: CHAIN_PRIORITY,
    counters: false,
    ipvsPriority: CHAIN_PRIORITY,
    ipvsFirstMark: FIRST_MARK,
    ...draft,
  };
}

function virtualMac({ virtualMac: draft }: GlobalDraft): VirtualMacConfig {
  const prefix = draft.prefix ?? VMAC_PREFIX;
  return {
    prefix,
    addressPrefix: prefix,
    extraAnnouncementMs: 0,
    extraAnnouncementsForAll: false,
    ...draft,
  };
}

function lvs(
  { lvs: draft, syncInstance }: GlobalDraft,
  instances: ReadonlyMap<string, InstanceDraft>,
  complaints: Complaints,
): LvsGlobalConfig {
  if (syncInstance && !instances.has(syncInstance.value)) {
    const { value, place } = syncInstance;
    complaints.add("E411", place, `there is no vrrp_instance ${quote(value)}`);
  }
  return {
    flushesAtStart: false,
    atStop: "own",
    repairsTable: false,
    logsAllFailures: false,
    ...syncDaemonOf(instances.values()),
    ...draft,
  };
}

/** The old way to say it: as a word of an instance. */
function syncDaemonOf(instances: Iterable<InstanceDraft>): Pick<LvsGlobalConfig, "syncDaemon"> {
  for (const { name, syncDaemonInterface } of instances) {
    if (syncDaemonInterface === undefined) continue;
    return { syncDaemon: { interface: syncDaemonInterface, vrrpInstance: name.value } };
  }
  return {};
}
