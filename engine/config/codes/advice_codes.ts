/**
 * Codes of engine/config/advice: what is right for each keyword, and wrong for the whole.
 *
 * @module
 */
import type { CodeEntry } from "./code.ts";

/** Areas `vrrp`, `bfd` and `script`, beside what the model says. */
export const ADVICE = {
  "W-vrrp-006": {
    title: "address outside every prefix of its interface",
    explanation: "The interface has addresses of that family, and the virtual address is in the " +
      "network of none: neighbours would not ask for it there. A route to it may make it " +
      "right. Interfaces are those of this machine, if it has all that are named, or of " +
      "--interfaces FILE (the output of ip -json address).",
    example: "interface eth0   # 192.0.2.9/24\nvirtual_ipaddress {\n    198.51.100.1\n}",
    isAdvice: true,
  },
  "W-vrrp-007": {
    title: "weight without effect",
    explanation: "An owner (priority 255) keeps its priority whatever it tracks, and members of " +
      "a sync group change theirs only with sync_group_tracking_weight: what is tracked with a " +
      "weight is left out. Without a weight a failure is a fault, which does make it move.",
    example: "priority 255\ntrack_script {\n    chk weight -20\n}",
  },
  "W-vrrp-008": {
    title: "members of a sync group with different intervals",
    explanation: "The group fails over when its slowest member notices; a faster one gains " +
      "nothing.",
    example: "vrrp_sync_group G {\n    group {\n        V1   # advert_int 1\n" +
      "        V2   # advert_int 3\n    }\n}",
    isAdvice: true,
  },
  "W-vrrp-009": {
    title: "nopreempt with state MASTER",
    explanation: "A router that starts as MASTER preempts; nopreempt is ignored. Write state " +
      "BACKUP on every router that is not to preempt.",
    example: "state MASTER\nnopreempt",
  },
  "W-vrrp-010": {
    title: "password too long",
    explanation: "The wire has 8 octets for it; what is longer is cut off. The rest protects " +
      "nothing.",
    example: "auth_pass correcthorse",
  },
  "W-vrrp-011": {
    title: "virtual router ID used twice on one interface",
    explanation: "The two are told apart by where their advertisements go. Other routers, and " +
      "virtual MAC addresses, have the ID alone.",
    example: "vrrp_instance V1 {\n    interface eth0\n    virtual_router_id 51\n}\n" +
      "vrrp_instance V2 {\n    interface eth0\n    virtual_router_id 51\n" +
      "    mcast_dst_ip 224.0.0.99\n}",
  },
  "W-vrrp-012": {
    title: "weight that can never cause a failover",
    explanation: "Priorities stay between 1 and 254: the weight is cut so far that nothing is " +
      "left of it, and the priority is the same whether the object is good or bad.",
    example: "priority 254\ntrack_script {\n    chk weight 20\n}",
    isAdvice: true,
  },
  "W-bfd-001": {
    title: "interval that not all systems know",
    explanation: "RFC 7419 names intervals that every implementation should have: 3.3, 10, 20, " +
      "50 and 100 ms, 1 s, and 10 s for restarts. Some hardware has no others: then both ends go " +
      "to the slower of what they know, and notice a loss later than was meant. stayd has them " +
      "all, from a microsecond on.",
    example: "bfd_instance B {\n    neighbor_ip 192.0.2.2\n    min_tx 60\n}",
    isAdvice: true,
  },
  "W-script-001": {
    title: "insecure script",
    explanation: "The script is run as root, and somebody else may write to it, or to a " +
      "directory above it. With enable_script_security it is not run.",
    example: 'notify_master "/home/user/master.sh"',
    isAdvice: true,
  },
  "W-script-002": {
    title: "tracked script that cannot be run",
    explanation: "The program does not exist, or the user it is to run as, or it is insecure " +
      "and enable_script_security holds: it is not tracked.",
    example: "vrrp_script chk {\n    script /etc/none.sh\n}",
  },
  "W-script-003": {
    title: "scripts are run as root without security",
    explanation: "Scripts that root runs should be safe from others: enable_script_security " +
      "refuses those that are not. Or name a user: script_user, or behind the script.",
    example: "vrrp_script chk {\n    script /usr/bin/true\n    user root\n}",
  },
  "W-script-004": {
    title: "script that cannot be run",
    explanation: "The program does not exist, or is not executable, or the user it is to run as " +
      "does not exist.",
    example: 'notify_master "/etc/none.sh"',
    isAdvice: true,
  },
} as const satisfies Record<string, CodeEntry>;
