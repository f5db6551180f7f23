/**
 * Where `keepalived -t` (Debian's 2.2.7) and ours do not agree, and why. The reasons stand in
 * docs/differences.md, too; a difference without a reason fails the test.
 *
 * @module
 */
import type { Diagnostic } from "../../engine/config/diagnostic.ts";
import type { Verdict } from "./keepalived.ts";

/** A disagreement. */
export interface Disagreement {
  /** `global_defs router_id`; empty for whole files. */
  readonly keyword: string;
  readonly theirs: Verdict;
  /** Ours that count. */
  readonly ours: readonly Diagnostic[];
}

/** A kind of difference. */
export interface Difference {
  readonly reason: string;
  readonly explains: (disagreement: Disagreement) => boolean;
}

/** Words that keepalived has since 2.2.8, or that Debian's build has not. */
const NEWER = new Set(
  ("use_symlink_paths set_supplementary_groups json_version state_dump_file stats_dump_file " +
    "json_dump_file iproute_usr_dir iproute_etc_dir snmp_vs_stats_update_interval " +
    "snmp_rs_stats_update_interval dbus_no_interface_name vrrp_delay_after_boot " +
    "v3_checksum_as_v2 vrrp_owner_ignore_adverts owner_ignore_adverts timer_expired_backup " +
    "thread_timer_expired no_virtual_ipaddress auth_hmac key active_key time_window anti_replay " +
    "mode multihop sni_name tls_compliant vrrp_ipsets").split(" "),
);

const last = (keyword: string) => keyword.split(" ").at(-1) ?? "";
const theySay = (pattern: RegExp) => ({ theirs }: Disagreement) =>
  theirs.status !== 0 && pattern.test(theirs.messages);
/** Only we object, and only with these codes. */
const weSay = (...codes: string[]) => ({ ours, theirs }: Disagreement) =>
  theirs.status === 0 && ours.length > 0 && ours.every(({ code }) => codes.includes(code));

/**
 * The reason for a disagreement; undefined if there is none for some part of it. keepalived has one
 * verdict; where only we object, each of our findings needs a reason.
 */
export function reasonFor(disagreement: Disagreement): string | undefined {
  const { theirs, ours } = disagreement;
  const parts = theirs.status === 0 ? ours.map((each) => ({ ...disagreement, ours: [each] })) : [
    disagreement,
  ];
  const reasons = parts.map((part) => DIFFERENCES.find(({ explains }) => explains(part))?.reason);
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** Words that only we have. */
const OURS =
  /Unknown keyword '(lvs_reconcile|lvs_dataplane|vrrp_profile|verify_ca|expiry_warning)'/;

/** All that are known. */
export const DIFFERENCES: readonly Difference[] = [
  { reason: "words that only stayd has", explains: theySay(OURS) },
  {
    reason: "keywords and values of versions after 2.2.7",
    explains: (disagreement) => {
      const { keyword, theirs } = disagreement;
      const unknown = [...theirs.messages.matchAll(/Unknown keyword '(\w+)'/g)];
      const isNewer = unknown.some(([, word = ""]) => NEWER.has(word));
      const hasFraction = /^vrrp_script (interval|timeout)$/.test(keyword) &&
        theySay(/invalid number/)(disagreement);
      const tracksRoute = theySay(/cannot track route/)(disagreement);
      const takesValue = /^global_defs vrrp_(strict|skip_check_adv_addr)$/.test(keyword) &&
        weSay("E-value-004")(disagreement);
      return isNewer || hasFraction || tracksRoute || takesValue;
    },
  },
  {
    reason: "Debian's build has no iptables",
    explains: theySay(/iptables not supported/),
  },
  {
    reason: "numbers greater than anybody means",
    explains: weSay("E-value-002", "E-model-001"),
  },
  {
    reason: "a value is missing or wrong that keepalived does not look at",
    explains: (disagreement) =>
      /^(virtual_server .* url \w+|global_defs smtp_helo_name)$/.test(disagreement.keyword) &&
      weSay("E-block-008", "E-value-001", "E-value-002", "E-model-002")(disagreement),
  },
  {
    reason: "a second destination that is any or default is warned of, as others are",
    explains: (disagreement) =>
      /^(static|vrrp_instance virtual)_routes$/.test(disagreement.keyword) &&
      theySay(/Cannot mix IPv4 and IPv6 addresses for route \((any|all|default)/)(disagreement),
  },
  {
    reason: "lines too long are an error, not only dropped",
    explains: weSay("E-lex-001"),
  },
  {
    reason: "what keepalived ignores on a line in silence is told",
    explains: weSay("W-block-007"),
  },
  {
    reason: "users of scripts are looked up for what is run, not for every word that names one",
    explains: theySay(/uid\/gid|Invalid (startup|shutdown) script|set default user/),
  },
  {
    reason: "members of a track_group that nothing names are looked up",
    explains: (disagreement) =>
      disagreement.keyword.startsWith("track_group") &&
      weSay("E-model-001", "E-model-006", "E-block-001")(disagreement),
  },
  {
    reason: "the instance that lvs_sync_daemon follows is looked up when the file is read",
    explains: (disagreement) =>
      disagreement.keyword.endsWith("lvs_sync_daemon") && weSay("E-model-006")(disagreement),
  },
  {
    reason: "the script of a FIFO that is not there is judged, too",
    explains: (disagreement) =>
      disagreement.keyword.endsWith("notify_fifo_script") && weSay("W-script-003")(disagreement),
  },
  {
    reason: "a password without its type is told",
    explains: (disagreement) =>
      weSay("W-model-003")(disagreement) &&
      disagreement.ours.every(({ message }) => /without auth_type/.test(message)),
  },
  {
    reason: "listed twice: keepalived tells since 2.3.3",
    explains: weSay("W-model-005"),
  },
  {
    reason: "interfaces need not exist when the configuration is read",
    explains: theySay(/^.*interface .* doesn't exist.*$/m),
  },
  {
    reason: "the number of processors is not looked at",
    explains: (disagreement) =>
      last(disagreement.keyword).endsWith("_cpu_affinity") &&
      theySay(/outside range/)(disagreement),
  },
  {
    reason: "names of mail servers are looked up when mail is sent",
    explains: theySay(/Invalid smtp server/),
  },
  {
    reason: "bindto of the other family",
    explains: weSay("E-model-004"),
  },
  {
    reason: "not looked at before it runs",
    explains: theySay(
      /min_reply length .* will always fail|VMAC interface name already|ipvlan requires a source/,
    ),
  },
];
