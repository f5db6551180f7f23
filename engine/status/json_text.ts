/**
 * The JSON file: keepalived's keys, types and order, so that whoever reads keepalived's reads this.
 *
 * @module
 */
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import type { Track, TrackKind } from "../../machines/track.ts";
import type { VrrpState } from "../../machines/vrrp_facts.ts";
import { countsOf } from "./counts.ts";
import { commandWords, heldWords, routeWords, ruleWords } from "./object_words.ts";
import type { InstanceStatus, ProcessStatus } from "./process_status.ts";
import type { Tracked } from "./tracked.ts";

/** keepalived's numbers of states. */
const STATES: Readonly<Record<VrrpState, number>> = {
  initialize: 0,
  backup: 1,
  active: 2,
  fault: 3,
};
const MS_PER_SEC = 1_000;
const CS_PER_SEC = 100;
const US_PER_SEC = 1_000_000;
const AUTH_TYPES = { none: 0, password: 1, header: 2 } as const;

/** The text of the file; without instances there is none. */
export function jsonText(
  config: Config,
  status: ProcessStatus,
  tracked: Tracked,
): string | undefined {
  if (config.vrrpInstances.length === 0) return undefined;
  const known = new Map(status.instances.map((each) => [each.id, each]));
  const instances = config.vrrpInstances.flatMap((each) => {
    const own = known.get(vrrpInstanceIdentity(each));
    return own ? [{ data: dataOf(config, each, own), stats: countsOf(own.counters) }] : [];
  });
  if (config.global.files.jsonVersion === 1) return `${JSON.stringify(instances)}\n`;
  return `${JSON.stringify({ vrrp: instances, track_process: processes(config, tracked) })}\n`;
}

function dataOf(config: Config, instance: VrrpInstanceConfig, status: InstanceStatus): object {
  const { announcements: garp, advertisementIntervalCs, interface: link } = instance;
  const isActive = status.state === "active";
  const isHearing = status.state === "backup";
  const state = STATES[status.state];
  const intervalCs = isActive ? advertisementIntervalCs : status.activeIntervalCs;
  return {
    iname: instance.name,
    dont_track_primary: Number(!instance.tracksInterface),
    skip_check_adv_addr: Number(instance.checksAddressesOnChangeOnly),
    strict_mode: Number(instance.strict),
    vmac_ifname: status.own?.name ?? "",
    ...(link !== undefined && { ifp_ifname: status.own?.name ?? link }),
    master_priority: isHearing ? status.heard?.priority ?? 0 : 0,
    last_transition: Math.round(status.changedAtUnixMs * MS_PER_SEC) / US_PER_SEC,
    garp_delay: garp.delayMs / MS_PER_SEC,
    garp_refresh: garp.refreshMs / MS_PER_SEC,
    garp_rep: garp.repeatCount,
    garp_refresh_rep: garp.refreshRepeatCount,
    garp_lower_prio_delay: garp.lowerPriorityDelayMs / MS_PER_SEC,
    garp_lower_prio_rep: garp.lowerPriorityRepeatCount,
    lower_prio_no_advert: Number(!instance.answersLowerPriority),
    higher_prio_send_advert: Number(instance.advertisesBeforeYielding),
    vrid: instance.vrid,
    base_priority: instance.priority,
    effective_priority: status.priority,
    vipset: status.held.length > 0,
    promote_secondaries: instance.promotesSecondaries,
    adver_int: advertisementIntervalCs / CS_PER_SEC,
    master_adver_int: intervalCs / CS_PER_SEC,
    accept: Number(instance.accept),
    nopreempt: !instance.preempt,
    preempt_delay: instance.preemptDelayMs / MS_PER_SEC,
    state,
    wantstate: state,
    version: instance.version,
    smtp_alert: instance.mails,
    notify_deleted: instance.tellsDeletion,
    ...scriptsOf(instance),
    ...listsOf(config, instance, status),
    ...authenticationOf(instance),
    // What keepalived does not tell: why it cannot take part.
    ...(status.faults.length > 0 && { fault_reasons: status.faults }),
  };
}

function scriptsOf({ scripts }: VrrpInstanceConfig): object {
  const entry = (key: string, script: ScriptConfig | undefined) =>
    script ? { [key]: commandWords(script) } : {};
  return {
    ...entry("script_backup", scripts.backup),
    ...entry("script_master", scripts.master),
    ...entry("script_fault", scripts.fault),
    ...entry("script_stop", scripts.stop),
    ...entry("script_deleted", scripts.deleted),
    ...entry("script", scripts.any),
    ...entry("script_master_rx_lower_pri", scripts.lowerPriority),
  };
}

/** What is empty is left out. */
function listsOf(config: Config, instance: VrrpInstanceConfig, status: InstanceStatus): object {
  const addresses = (list: VrrpInstanceConfig["virtualAddresses"]) =>
    list.map((address) => heldWords(address, instance, status));
  const own = ({ kind, name }: Track) => !(kind === "interface" && name === instance.interface);
  const tracked = (kind: TrackKind) =>
    instance.tracks.filter((track) => track.kind === kind && own(track)).map(({ name }) => name);
  const lists = {
    vips: addresses(instance.virtualAddresses),
    evips: addresses(instance.excludedAddresses),
    vroutes: instance.routes.map(routeWords),
    vrules: instance.rules.map(ruleWords),
    track_ifp: tracked("interface"),
    track_script: tracked("script").flatMap((name) => {
      const found = config.vrrpScripts.find((script) => script.name === name);
      return found ? [commandWords(found.script)] : [];
    }),
    track_process: tracked("process"),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

function authenticationOf({ password, authenticationHeader }: VrrpInstanceConfig): object {
  if (password === undefined) return { auth_type: AUTH_TYPES.none };
  const type = authenticationHeader ? AUTH_TYPES.header : AUTH_TYPES.password;
  return { auth_type: type, auth_data: "********" };
}

function processes(config: Config, { verdicts, trackers }: Tracked): object[] {
  return config.trackProcesses.map((each) => {
    const object = `process ${each.name}`;
    const { count = 0, pending } = trackers[object] ?? {};
    return {
      process: each.command[0] ?? "",
      parameters: each.command.slice(1).join(" "),
      param_match: each.arguments ?? "none",
      min_processes: each.quorum,
      max_processes: each.quorumMax ?? 0xffff_ffff,
      current_processes: count,
      have_quorum: verdicts[object]?.state === "good",
      weight: each.reversed ? -each.weight : each.weight,
      terminate_delay: each.terminateDelayMs / MS_PER_SEC,
      fork_delay: each.forkDelayMs / MS_PER_SEC,
      fork_delay_timer_running: pending === "more",
      terminate_delay_timer_running: pending === "fewer",
      full_command: each.fullCommand,
    };
  });
}
