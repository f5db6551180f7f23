/**
 * Codes of engine/config/advice: what is right for each keyword, and wrong for the whole.
 *
 * @module
 */
import type { CodeEntry } from "./code.ts";

/** Areas `vrrp` and `script`, beside what the model says. */
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
    title: "weight that can never cause a failover",
    explanation: "A failover needs a priority below another router's. A weight of 0 changes " +
      "none: without a weight the object would be a fault. An owner (priority 255) keeps its " +
      "priority whatever it tracks. And nopreempt everywhere keeps a router active that lost " +
      "its priority.",
    example: "priority 255\ntrack_script {\n    chk weight -20\n}",
    isAdvice: true,
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
  "W-script-001": {
    title: "insecure script",
    explanation: "The script is run as root, and somebody else may write to it, or to a " +
      "directory above it. With enable_script_security it is not run.",
    example: 'notify_master "/tmp/master.sh"',
  },
  "W-script-002": {
    title: "script that cannot be run",
    explanation: "The program does not exist, or may not be executed, or the user or group it is " +
      "to run as does not exist: the script is left out.",
    example: 'notify_master "/etc/none.sh"',
  },
} as const satisfies Record<string, CodeEntry>;
