/**
 * What the words of `global_defs` and the lone words of the top level mean: one row each, right and
 * wrong.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { brief, changes, load } from "./harness.ts";

const LATER = " is not acted upon in this version [W601]";
const NO_PROCESS = "BFD lives in the VRRP process, and what holds for that holds for it";
const NO_MARKS =
  "each address of a group is a service of its own, in IPVS or nftables: no marks are needed";
const noMarks = (word: string) =>
  `2:1: warning: keyword '${word}' has no effect: ${NO_MARKS} [W601]`;
const PLAIN = load("").config?.global;

/** A line; what it changes in the global configuration, or that it is refused; findings. */
type Row = [line: string, change: Record<string, unknown> | "refused", findings?: string[]];

function check(text: string, change: Row[1], findings: string[]): void {
  const { config, diagnostics } = load(text);
  const found = brief(diagnostics).filter((each) => !each.endsWith(LATER));
  const changed = config && PLAIN ? changes({ ...PLAIN }, { ...config.global }) : "refused";
  assertEquals({ changed, found }, { changed: change, found: findings });
}

const range = (value: string, min: string, max: string, column: number) =>
  `2:${column}: error: '${value}' is out of range: must be ${min} to ${max} [E302]`;
const none = (word: string, why: string) =>
  `2:1: warning: keyword '${word}' has no effect: ${why} [W601]`;
const NO_SWAP = "program text is always locked in memory, and more of it would end the runtime";
const REALTIME = "the VRRP process runs at real-time priority from the start";
const BUFFERS = "stayd sizes its netlink buffers itself, and lists everything again after a loss";
const SNMP = "stayd has no SNMP agent; --signum=JSON writes state and counters";
const DBUS = "stayd has no D-Bus service; vrrp_notify_fifo tells of changes";
const run = { command: ["/bin/x", "a"] };

// deno-fmt-ignore
const ROWS: Row[] = [
  ["process_names", { namesProcesses: true }],
  ["process_name p", { processName: "p" }],
  ["process_name 0123456789abcdefg", { processName: "0123456789abcde" }, ["2:14: warning: a process name has at most 15 bytes: cut off [W303]"]],
  ["vrrp_process_name v", { vrrpProcess: { name: "v" } }],
  ["checker_process_name c", { checkProcess: { name: "c" } }],
  ["lvs_process_name c", { checkProcess: { name: "c" } }, ["2:1: warning: 'lvs_process_name' is an old name (checker_process_name) [W602]"]],
  ["bfd_process_name b", { bfdProcess: { name: "b" } }, [none("bfd_process_name", NO_PROCESS)]],
  ["vrrp_priority -20", { vrrpProcess: { niceness: -20 } }],
  ["vrrp_priority -21", "refused", [range("-21", "-20", "19", 15)]],
  ["checker_priority 19", { checkProcess: { niceness: 19 } }],
  ["bfd_priority x", "refused", [none("bfd_priority", NO_PROCESS), "2:14: error: 'x' is not a number [E301]"]],
  ["vrrp_cpu_affinity 0 2", { vrrpProcess: { cpus: [0, 2] } }],
  ["checker_cpu_affinity x", "refused", ["2:22: error: 'x' is not a number [E301]"]],
  ["bfd_cpu_affinity 1", { bfdProcess: { cpus: [1] } }, [none("bfd_cpu_affinity", NO_PROCESS)]],
  ["checker_rt_priority 10", { checkProcess: { realtimePriority: 10 } }],
  ["bfd_rt_priority 0", { bfdProcess: { realtimePriority: 1 } }, [none("bfd_rt_priority", NO_PROCESS), "2:17: warning: '0' is out of range: 1 is used (1 to 99) [W303]"]],
  ["checker_rlimit_rttime 5000", { checkProcess: { realtimeLimitUs: 5_000 } }],
  ["bfd_rlimit_rtime 5000", { bfdProcess: { realtimeLimitUs: 5_000 } }, ["2:1: warning: 'bfd_rlimit_rtime' is an old name (bfd_rlimit_rttime) [W602]", none("bfd_rlimit_rtime", NO_PROCESS)]],
  ["vrrp_no_swap", {}, [none("vrrp_no_swap", NO_SWAP)]],
  ["checker_no_swap", {}, [none("checker_no_swap", NO_SWAP)]],
  ["bfd_no_swap", {}, [none("bfd_no_swap", NO_SWAP)]],
  ["max_auto_priority 50", {}, [none("max_auto_priority", REALTIME)]],
  ["max_auto_priority 100", "refused", [none("max_auto_priority", REALTIME), range("100", "-1", "99", 19)]],
  ["min_auto_priority_delay 5", {}, [none("min_auto_priority_delay", REALTIME)]],
  ["notification_email { a b }", { mail: { recipients: ["a", "b"] } }],
  ["notification_email_from a@b", { mail: { sender: "a@b" } }],
  ["smtp_server mail 2525", { mail: { server: { host: "mail", port: 2525 } } }],
  ["smtp_server mail 587 starttls", { mail: { server: { host: "mail", port: 587, security: "starttls" } } }],
  ["smtp_server mail 465 tls u /etc/pw", { mail: { server: { host: "mail", port: 465, security: "tls", user: "u", passwordFile: "/etc/pw" } } }],
  ["smtp_server mail 465 ssl", "refused", ["2:22: error: 'ssl' is not one of starttls, tls [E304]"]],
  ["smtp_server mail 465 tls u", "refused", ["2:26: error: a login needs a file with the password [E401]"]],
  ["smtp_server mail 0", "refused", [range("0", "1", "65535", 18)]],
  ["smtp_helo_name h", { mail: { heloName: "h" } }],
  ["smtp_connect_timeout 3", { mail: { timeoutMs: 3_000 } }],
  ["smtp_connect_timeout 0", { mail: { timeoutMs: 1_000 } }, ["2:22: warning: 0 seconds: 1 is used [W303]"]],
  ["smtp_alert", { mail: { vrrp: true, checkers: true } }],
  ["smtp_alert x", "refused", ["2:12: error: 'x' is neither true nor false [E304]"]],
  ["smtp_alert_vrrp", { mail: { vrrp: true } }],
  ["smtp_alert_checker", { mail: { checkers: true } }],
  ["no_email_faults", { mail: { omitsFaults: true } }],
  ["no_checker_emails", { mail: { omitsCheckers: true } }],
  ['startup_script "/bin/x a"', { scripts: { startup: run } }],
  ['shutdown_script "/bin/x a"', { scripts: { shutdown: run } }],
  ["startup_script /bin/x\nstartup_script /bin/y", { scripts: { startup: { command: ["/bin/x"] } } }, ["3:16: warning: a second startup_script is ignored [W403]"]],
  ["startup_script_timeout 3", { scripts: { startupTimeoutMs: 3_000 } }],
  ["shutdown_script_timeout 0", "refused", [range("0", "1", "1000", 25)]],
  ["script_user u g", { scripts: { runAs: { user: "u", group: "g", supplementaryGroups: false } } }],
  ["script_user u\nset_supplementary_groups", { scripts: { runAs: { user: "u", supplementaryGroups: false }, supplementaryGroups: true } }],
  ["script_user", "refused", ["2:1: error: 'script_user' needs a value [E208]"]],
  ["enable_script_security", { scripts: { secured: true } }],
  ["use_symlink_paths", { scripts: { keepsLinks: true } }],
  ["notify_fifo /run/f u g", { notifications: { fifo: { path: "/run/f", owner: { user: "u", group: "g", supplementaryGroups: false } } } }],
  ["notify_fifo /run/f\nnotify_fifo /run/g", { notifications: { fifo: { path: "/run/f" } } }, ["3:13: warning: a second FIFO is ignored [W403]"]],
  ['notify_fifo /run/f\nnotify_fifo_script "/bin/x a"', { notifications: { fifo: { path: "/run/f", script: run } } }],
  ['notify_fifo_script "/bin/x a"', {}],
  ["vrrp_notify_fifo /run/f", { notifications: { vrrpFifo: { path: "/run/f" } } }],
  ['vrrp_notify_fifo_script "/bin/x a"\nvrrp_notify_fifo /run/f', { notifications: { vrrpFifo: { path: "/run/f", script: run } } }],
  ["lvs_notify_fifo /run/f", { notifications: { lvsFifo: { path: "/run/f" } } }],
  ["lvs_notify_fifo /run/f\nlvs_notify_fifo_script /bin/x", { notifications: { lvsFifo: { path: "/run/f", script: { command: ["/bin/x"] } } } }],
  ["vrrp_notify_priority_changes", { notifications: { priorityChanges: true } }],
  ["fifo_write_vrrp_states_on_reload", { notifications: { statesAfterReload: true } }],
  ["rs_init_notifies", { notifications: { firstServerStates: true } }],
  ["umask 022", { files: { umask: 0o22 } }],
  ["umask IWGRP|IRWXO", { files: { umask: 0o27 } }],
  ["umask IWGRP|IRWX", "refused", ["2:7: error: 'IRWX' is no mode bit (did you mean 'IRWXU'?) [E304]"]],
  ["umask 0x1000", "refused", [range("0x1000", "0", "511", 7)]],
  ["config_save_dir /d", { files: { saveDirectory: "/d" } }],
  ["tmp_config_directory /d", {}, [none("tmp_config_directory", "child processes get the configuration over a socket, not from a file")]],
  ["data_use_instance", { files: { namesInstance: true } }],
  ["json_version 2", { files: { jsonVersion: 2 } }],
  ["json_version 3", "refused", ["2:14: error: '3' is not one of 1, 2 [E304]"]],
  ["state_dump_file f", { files: { statePath: "f" } }],
  ["stats_dump_file f", { files: { statsPath: "f" } }],
  ["json_dump_file f", { files: { jsonPath: "f" } }],
  ["iproute_usr_dir /d", {}],
  ["iproute_etc_dir", "refused", ["2:1: error: 'iproute_etc_dir' needs a value [E208]"]],
  ["reload_check_config", {}, [none("reload_check_config", "a reload is always checked first, and a file with errors changes nothing")]],
  ["reload_time_file f", { reload: { timePath: "f" } }],
  ["reload_repeat", { reload: { repeats: true } }],
  ["reload_file", { reload: { markerPath: "" } }],
  ["reload_file f", { reload: { markerPath: "f" } }],
  ["vmac_prefix v", { virtualMac: { prefix: "v", addressPrefix: "v" } }],
  ["vmac_addr_prefix a", { virtualMac: { addressPrefix: "a" } }],
  ["vrrp_garp_extra_if all 5", { virtualMac: { extraAnnouncementMs: 5_000, extraAnnouncementsForAll: true } }],
  ["vrrp_garp_extra_if", {}, ["2:1: warning: 'vrrp_garp_extra_if' without a time is ignored [W403]"]],
  ["vrrp_garp_extra_if 0", "refused", [range("0", "1", "86400", 20)]],
  ["vrrp_vmac_garp_intvl 5", { virtualMac: { extraAnnouncementMs: 5_000 } }, ["2:1: warning: 'vrrp_vmac_garp_intvl' is an old name (vrrp_garp_extra_if) [W501]"]],
  ["vrrp_iptables IN", {}, [none("vrrp_iptables", "a table of nftables does the work of iptables, whichever chains there are")]],
  ["vrrp_iptables A A", "refused", [none("vrrp_iptables", "a table of nftables does the work of iptables, whichever chains there are"), "2:17: error: the chains for input and output must differ [E402]"]],
  ["vrrp_ipsets a b", {}, [none("vrrp_ipsets", "nftables has sets of its own")]],
  ['vrrp_ipsets ""', "refused", [none("vrrp_ipsets", "nftables has sets of its own"), "2:14: error: a set needs a name [E210]"]],
  ["nftables", { firewall: { table: "keepalived" } }],
  ["nftables t\nnftables_priority 5", { firewall: { table: "t", priority: 5 } }],
  ["nftables_priority x", "refused", ["2:19: error: 'x' is not a number [E301]"]],
  ["nftables_ifindex", {}, [none("nftables_ifindex", "rules always match the index, and follow an interface that comes again with another one")]],
  ["nftables_counters", { firewall: { counters: true } }],
  ["nftables_ipvs", { firewall: { ipvsTable: "keepalived_ipvs" } }, [noMarks("nftables_ipvs")]],
  ["nftables_ipvs_priority 3", { firewall: { ipvsPriority: 3 } }, [noMarks("nftables_ipvs_priority")]],
  ["nftables_ipvs_start_fwmark 0", "refused", [noMarks("nftables_ipvs_start_fwmark"), range("0", "1", "4294967295", 28)]],
  ["nftables_ipvs_start_fwmark 7", { firewall: { ipvsFirstMark: 7 } }, [noMarks("nftables_ipvs_start_fwmark")]],
  ["checker_log_all_failures", { lvs: { logsAllFailures: true } }],
  ["lvs_timeouts tcp 5 tcpfin 6 udp 7", { lvs: { tcpTimeoutSec: 5, tcpFinTimeoutSec: 6, udpTimeoutSec: 7 } }],
  ["lvs_timeouts icmp 5", "refused", ["2:14: error: 'icmp' is not one of tcp, tcpfin, udp [E304]"]],
  ["lvs_timeouts tcp 5 udp", "refused", ["2:20: error: 'udp' needs a value [E208]"]],
  ["lvs_flush", { lvs: { flushesAtStart: true } }],
  ["lvs_dataplane nftables", { lvs: { dataPlane: "nftables" } }],
  ["lvs_dataplane x", "refused", ["2:15: error: 'x' is not one of ipvs, nftables, none [E304]"]],
  ["lvs_reconcile", { lvs: { repairsTable: true } }],
  ["lvs_flush_on_stop", { lvs: { atStop: "flush" } }],
  ["lvs_flush_on_stop VS", {}],
  ["lvs_flush_onstop x", "refused", ["2:1: warning: 'lvs_flush_onstop' is an old name (lvs_flush_on_stop) [W602]", "2:18: error: 'x' is not VS [E304]"]],
  ["lvs_sync_daemon eth0 inst V2", "refused", ["2:27: error: there is no vrrp_instance 'V2' [E411]"]],
  ["lvs_sync_daemon eth0 id 256", "refused", [range("256", "0", "255", 25)]],
  ["lvs_sync_daemon eth0 group 192.0.2.1", "refused", ["2:28: error: '192.0.2.1' is not a multicast group [E409]"]],
  ["disable_local_igmp", { disablesLocalIgmp: true }],
  ["vrrp_rx_bufs_multiplier 3", {}, [none("vrrp_rx_bufs_multiplier", "buffers are the kernel's unless their size is given in bytes")]],
  ["vrrp_rx_bufs_multiplier 0", "refused", [none("vrrp_rx_bufs_multiplier", "buffers are the kernel's unless their size is given in bytes"), range("0", "1", "4294967295", 25)]],
  ["vrrp_delay_after_boot 5", { delayAfterBootMs: 5_000 }],
  ["vrrp_delay_after_boot 0", "refused", [range("0", "0.001", "4294.967295", 23)]],
  ["snmp_socket a", {}, [none("snmp_socket", SNMP)]],
  ["enable_traps", {}, [none("enable_traps", SNMP)]],
  ["enable_snmp_vrrp", {}, [none("enable_snmp_vrrp", SNMP)]],
  ["enable_snmp_checker", {}, [none("enable_snmp_checker", SNMP)]],
  ["enable_snmp_rfc", {}, [none("enable_snmp_rfc", SNMP)]],
  ["enable_snmp_rfcv2", {}, [none("enable_snmp_rfcv2", SNMP)]],
  ["enable_snmp_rfcv3", {}, [none("enable_snmp_rfcv3", SNMP)]],
  ["snmp_vs_stats_update_interval 31", "refused", [none("snmp_vs_stats_update_interval", SNMP), range("31", "0.001", "30", 31)]],
  ["snmp_rs_stats_update_interval 3", {}, [none("snmp_rs_stats_update_interval", SNMP)]],
  ["enable_dbus", {}, [none("enable_dbus", DBUS)]],
  ["dbus_service_name a.b", {}, [none("dbus_service_name", DBUS)]],
  ["dbus_no_interface_name n", {}, [none("dbus_no_interface_name", DBUS)]],
  ["vrrp_netlink_cmd_rcv_bufs 5", {}, [none("vrrp_netlink_cmd_rcv_bufs", BUFFERS)]],
  ["vrrp_netlink_monitor_rcv_bufs x", "refused", [none("vrrp_netlink_monitor_rcv_bufs", BUFFERS), "2:31: error: 'x' is not a number [E301]"]],
  ["lvs_netlink_cmd_rcv_bufs_force", {}, [none("lvs_netlink_cmd_rcv_bufs_force", BUFFERS)]],
  ["lvs_netlink_monitor_rcv_bufs 5", {}, [none("lvs_netlink_monitor_rcv_bufs", BUFFERS)]],
  ["process_monitor_rcv_bufs 5", {}, [none("process_monitor_rcv_bufs", BUFFERS)]],
];
for (const [line, change, findings = []] of ROWS) {
  Deno.test(`global_defs ${line.replaceAll("\n", "; ")}`, () => {
    check(`global_defs {\n${line}\n}`, change, findings);
  });
}

// deno-fmt-ignore
const ROOT: Row[] = [
  ["linkbeat_use_polling", { pollsLinks: true }],
  ["net_namespace n", { place: { namespace: "n", usesPidDirectory: true } }],
  ["net_namespace n\nnet_namespace m", { place: { namespace: "n", usesPidDirectory: true } }, ["2:15: warning: a second net_namespace is ignored [W403]"]],
  ["net_namespace ../n", "refused", ["1:15: error: '../n' is not the name of a namespace [E304]"]],
  ["net_namespace_ipvs", { place: { ipvsNamespace: "" } }],
  ["net_namespace_ipvs \"\"", { place: { ipvsNamespace: "" } }],
  ["net_namespace_ipvs n", { place: { ipvsNamespace: "n" } }],
  ["net_namespace_ipvs a/n", "refused", ["1:20: error: 'a/n' is not the name of a namespace [E304]"]],
  ["namespace_with_ipsets", {}, ["1:1: warning: keyword 'namespace_with_ipsets' has no effect: nftables has its sets in every namespace [W601]"]],
  ["use_pid_dir", { place: { usesPidDirectory: true } }],
  ["instance i", { place: { instance: "i", usesPidDirectory: true } }],
  ["instance", "refused", ["1:1: error: 'instance' needs a value [E208]"]],
  ["child_wait_time 0", { place: { childWaitMs: 0 } }],
  ["child_wait_time 601", "refused", ["1:17: error: '601' is out of range: must be 0 to 600 [E302]"]],
];
for (const [line, change, findings = []] of ROOT) {
  Deno.test(`the top level: ${line}`, () => check(line, change, findings));
}

const V1 =
  "vrrp_instance V1 {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n}";

// deno-fmt-ignore
const FOLLOWING: Row[] = [
  ["lvs_sync_daemon eth0 inst V1 id 3 maxlen 100 port 1 ttl 2 group 224.0.0.81", { lvs: { syncDaemon: { interface: "eth0", vrrpInstance: "V1", id: 3, lengthBytesMax: 100, port: 1, ttl: 2, group: "224.0.0.81" } } }],
  ["lvs_sync_daemon eth0 V1 3", { lvs: { syncDaemon: { interface: "eth0", vrrpInstance: "V1", id: 3 } } }, ["2:25: warning: an id without 'id' is an old form (id N) [W501]"]],
];
for (const [line, change, findings = []] of FOLLOWING) {
  Deno.test(`global_defs with an instance V1: ${line}`, () => {
    check(`global_defs {\n${line}\n}\n${V1}`, change, findings);
  });
}
