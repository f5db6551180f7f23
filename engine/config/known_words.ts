/**
 * Keywords that are known but do nothing in this version: each is accepted with one warning.
 *
 * A later version moves them from here to the tables of their blocks.
 *
 * @module
 */
import { splitScriptWords } from "./script_words.ts";
import { many, text } from "./shape.ts";
import { type Context, type Keyword, later, warnOnce } from "./vocabulary.ts";
import { splitWords, type Word } from "./words.ts";

/** Warns, once for each keyword, that it does nothing. */
export function warnInactive(word: Word, context: Context): void {
  warnOnce(word, "is not acted upon in this version", context);
}

/** A table of keywords that do nothing: lists of words, separated by blanks. */
export function inactiveKeywords<Draft>(words: {
  readonly values?: string;
  readonly scripts?: string;
  readonly blocks?: string;
  /** Blocks of the top level that cannot stand inside another. */
  readonly landmarks?: string;
}): Record<string, Keyword<Draft>> {
  const table: Record<string, Keyword<Draft>> = {};
  const add = (list: string | undefined, change: Partial<Keyword<Draft>>) => {
    for (const word of list?.split(/\s+/) ?? []) {
      if (word !== "") table[word] = { ...INACTIVE, ...change };
    }
  };
  add(words.values, {});
  add(words.scripts, { split: splitScriptWords });
  const inner = { kind: "words", shape: text() } as const;
  add(words.blocks, { inner });
  add(words.landmarks, { inner, isLandmark: true });
  return table;
}

const INACTIVE: Keyword<unknown> = later({
  doc: "",
  status: { kind: "acts" },
  parameters: [many("values", text())],
  split: splitWords,
  apply: () => undefined,
});

/** Of the top level. */
export const INACTIVE_AT_TOP_LEVEL = {
  values: `linkbeat_use_polling net_namespace_ipvs namespace_with_ipsets use_pid_dir instance
    child_wait_time`,
  blocks: "track_file vrrp_track_file track_group garp_group",
  landmarks: `static_ipaddress static_routes static_rules vrrp_sync_group linkbeat_interfaces
    interface_up_down_delays vrrp_script vrrp_track_process`,
};

/** Of `global_defs`. */
export const INACTIVE_IN_GLOBAL_DEFS = {
  values: `process_names process_name vrrp_process_name checker_process_name bfd_process_name
    lvs_process_name use_symlink_paths set_supplementary_groups notification_email_from smtp_server
    smtp_helo_name smtp_connect_timeout smtp_alert smtp_alert_vrrp smtp_alert_checker
    no_email_faults
    checker_log_all_failures no_checker_emails rs_init_notifies startup_script_timeout
    shutdown_script_timeout script_user enable_script_security notify_fifo vrrp_notify_fifo
    lvs_notify_fifo vrrp_notify_priority_changes fifo_write_vrrp_states_on_reload umask
    reload_check_config reload_time_file reload_repeat reload_file config_save_dir
    tmp_config_directory data_use_instance json_version state_dump_file stats_dump_file
    json_dump_file iproute_usr_dir iproute_etc_dir disable_local_igmp vrrp_netlink_cmd_rcv_bufs
    vrrp_netlink_monitor_rcv_bufs lvs_netlink_cmd_rcv_bufs lvs_netlink_monitor_rcv_bufs
    process_monitor_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs_force
    lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs_force
    process_monitor_rcv_bufs_force vrrp_rx_bufs_multiplier vrrp_garp_extra_if vrrp_vmac_garp_intvl
    vrrp_delay_after_boot vmac_prefix vmac_addr_prefix vrrp_iptables vrrp_ipsets nftables
    nftables_priority nftables_ifindex nftables_counters nftables_ipvs nftables_ipvs_priority
    nftables_ipvs_start_fwmark lvs_timeouts lvs_flush lvs_flush_on_stop lvs_flush_onstop
    lvs_sync_daemon vrrp_priority checker_priority bfd_priority vrrp_no_swap checker_no_swap
    bfd_no_swap checker_rt_priority bfd_rt_priority vrrp_cpu_affinity checker_cpu_affinity
    bfd_cpu_affinity checker_rlimit_rttime bfd_rlimit_rttime checker_rlimit_rtime bfd_rlimit_rtime
    max_auto_priority min_auto_priority_delay snmp_socket enable_traps enable_snmp_vrrp
    enable_snmp_keepalived enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3
    snmp_vs_stats_update_interval snmp_rs_stats_update_interval enable_dbus dbus_service_name
    dbus_no_interface_name`,
  scripts: `startup_script shutdown_script notify_fifo_script vrrp_notify_fifo_script
    lvs_notify_fifo_script`,
  blocks: "notification_email",
};

/** Of `vrrp_instance`. */
export const INACTIVE_IN_VRRP_INSTANCE = {
  values: `promote_secondaries use_vmac use_vmac_addr vmac_xmit_base use_ipvlan timer_expired_backup
    thread_timer_expired garp_extra_if vmac_garp_intvl linkbeat_use_polling debug
    lvs_sync_daemon_interface notify_priority_changes smtp_alert`,
  scripts: `notify_master notify_backup notify_fault notify_stop notify notify_deleted
    notify_master_rx_lower_pri`,
  blocks: `virtual_routes virtual_rules track_interface track_script track_file track_process
    track_bfd`,
};
