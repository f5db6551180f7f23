/**
 * Codes of what several keywords mean together.
 *
 * @module
 */
import type { CodeEntry } from "./code.ts";

/** Area `model`: everything but what only VRRP has. */
export const MODEL = {
  "E-model-001": {
    title: "required keyword missing",
    explanation: "The block means nothing without that keyword.",
    example: "vrrp_instance V1 {\n    interface eth0\n}",
  },
  "E-model-002": {
    title: "keywords that contradict each other",
    explanation: "Two keywords cannot both hold.",
    example: "strict_mode\nunicast_peer {\n    192.0.2.5\n}",
  },
  "W-model-003": {
    title: "setting ignored",
    explanation: "Another keyword makes it meaningless. keepalived ignores it, too, and says so.",
    example: "state MASTER\npreempt_delay 5",
  },
  "E-model-004": {
    title: "addresses of different families",
    explanation: "One virtual router is either IPv4 or IPv6.",
    example: "mcast_src_ip 192.0.2.9\nvirtual_ipaddress {\n    2001:db8::1\n}",
  },
  "W-model-005": {
    title: "listed twice",
    explanation: "The second mention adds nothing.",
    example: "virtual_ipaddress {\n    192.0.2.1\n    192.0.2.1\n}",
  },
  "E-model-006": {
    title: "unknown reference",
    explanation: "Nothing of that kind has this name.",
    example: "track_script {\n    chk_none\n}",
  },
  "W-model-007": {
    title: "keyword missing: a default is used",
    explanation: "keepalived says so, too; write what you mean.",
    example: "virtual_server 192.0.2.1 80 {\n}",
  },
  "W-model-008": {
    title: "probably not what is meant",
    explanation: "keepalived takes it without a word, but it does something else than it seems.",
    example: "$IP=192.0.2.1\nvirtual_ipaddress {\n    $IP/24\n}",
    isAdvice: true,
  },
  "W-model-009": {
    title: "named before it is defined",
    explanation: "stayd reads the whole configuration before it looks names up. keepalived looks " +
      "a tracked object up where it is named: there it must be defined before.",
    example: "vrrp_instance V1 {\n    track_script {\n        chk\n    }\n}\nvrrp_script chk {\n}",
  },
  "W-model-010": {
    title: "one keyword takes back another",
    explanation: "The last one holds. keepalived takes both without a word.",
    example: "accept\nno_accept",
    isAdvice: true,
  },
  "W-model-011": {
    title: "defined but not used",
    explanation: "Nothing tracks it, so it is not looked at.",
    example: "vrrp_script chk {\n    script /usr/bin/true\n}",
    isAdvice: true,
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `vrrp`. */
export const VRRP = {
  "E-vrrp-001": {
    title: "virtual router defined twice",
    explanation: "Two instances have the same virtual_router_id, family and destination on one " +
      "interface: other routers could not tell them apart.",
    example: "vrrp_instance V1 {\n    interface eth0\n    virtual_router_id 51\n}\n" +
      "vrrp_instance V2 {\n    interface eth0\n    virtual_router_id 51\n}",
  },
  "W-vrrp-002": {
    title: "surplus members",
    explanation: "More addresses than an advertisement can carry: the surplus is not advertised. " +
      "Or a group with one member, which is none.",
    example: "vrrp_sync_group G {\n    group {\n        V1\n    }\n}",
  },
  "W-vrrp-003": {
    title: "address that cannot be used",
    explanation: "The address is left out.",
    example: "version 3\nstrict_mode",
  },
  "E-vrrp-004": {
    title: "address that cannot be used",
    explanation: "No router can hold or reach such an address.",
    example: "virtual_ipaddress {\n    224.0.0.5\n}",
  },
  "E-vrrp-005": {
    title: "member of two groups",
    explanation: "An instance moves with one group.",
    example: "vrrp_sync_group A {\n    group {\n        V1\n    }\n}\n" +
      "vrrp_sync_group B {\n    group {\n        V1\n    }\n}",
  },
} as const satisfies Record<string, CodeEntry>;
