/**
 * Codes of keywords, blocks and values.
 *
 * @module
 */
import type { CodeEntry } from "./code.ts";

/** Area `block`: keywords and braces. */
export const BLOCK = {
  "E-block-001": {
    title: "unknown keyword",
    explanation:
      "The block does not know the word. Its own block, if it has one, is skipped as a " +
      "whole.",
    example: "vrrp_instance V1 {\n    priorty 100\n}",
  },
  "E-block-002": {
    title: "unexpected {",
    explanation: "No block can begin here.",
    example: "vrrp_instance V1 {\n    priority 100 {\n    }\n}",
  },
  "E-block-003": {
    title: "missing {",
    explanation: "The keyword has a block, and no { follows it.",
    example: "vrrp_instance V1\n    priority 100\n}",
  },
  "E-block-004": {
    title: "missing }",
    explanation: "A block is not closed: the file ends, or something begins that cannot stand in " +
      "it. Reading goes on in the right block.",
    example: "vrrp_instance V1 {\n    priority 100\nvrrp_instance V2 {\n}",
  },
  "E-block-005": {
    title: "} too many",
    explanation: "There is no block to close, or lines follow that belong to the block it closed.",
    example: "vrrp_instance V1 {\n}\n}",
  },
  "E-block-006": {
    title: "two keywords on one line",
    explanation:
      "keepalived ignores the second one in silence. Each keyword has a line of its own.",
    example: "vrrp_instance V1 {\n    priority 100 state MASTER\n}",
  },
  "W-block-007": {
    title: "words too many",
    explanation: "The keyword takes fewer values; the others are ignored.",
    example: "vrrp_instance V1 {\n    priority 100 50\n}",
  },
  "E-block-008": {
    title: "missing value",
    explanation: "The keyword needs a value.",
    example: "vrrp_instance V1 {\n    priority\n}",
  },
  "E-block-009": {
    title: "defined twice",
    explanation: "There is a block of that keyword and name already. The second is skipped.",
    example: "vrrp_instance V1 {\n}\nvrrp_instance V1 {\n}",
  },
  "E-block-010": {
    title: "wrong name",
    explanation: "A name is missing, too long or has characters it cannot have.",
    example: 'vrrp_instance "" {\n}',
  },
  "W-block-011": {
    title: "empty block",
    explanation: "A list without anything on it means nothing.",
    example: "notification_email {\n}",
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `value`: single values. */
export const VALUE = {
  "E-value-001": {
    title: "not a number",
    explanation: "A number is wanted, with so many decimals as the keyword takes. keepalived " +
      "accepts numbers with junk behind them, but not with -t.",
    example: "priority 10x",
  },
  "E-value-002": {
    title: "number out of range",
    explanation: "The number is too small or too great.",
    example: "priority 300",
  },
  "W-value-003": {
    title: "value corrected",
    explanation: "The value cannot be had; the nearest one is used. Write that one.",
    example: "advert_int 1.5",
  },
  "E-value-004": {
    title: "word not allowed here",
    explanation: "The word is none of those that may stand here.",
    example: "state SLAVE",
  },
  "E-value-005": {
    title: "not an address",
    explanation: "An IPv4 or IPv6 address is wanted.",
    example: "mcast_src_ip 192.0.2",
  },
  "W-value-006": {
    title: "part of a value ignored",
    explanation: "The value says more than is wanted here.",
    example: "mcast_src_ip 192.0.2.9/24",
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `word`: what this version makes of keywords. */
export const WORD = {
  "W-word-001": {
    title: "deprecated",
    explanation: "An old name or use that keepalived warns of. The new one means the same.",
    example: "vrrp_sync_group G {\n    global_tracking\n}",
  },
  "W-word-003": {
    title: "without effect",
    explanation: "The keyword is read and checked, and has no effect; the message says why.",
    example: "nftables_ifindex",
    isAdvice: true,
  },
  "W-word-004": {
    title: "old name",
    explanation: "An old name that keepalived takes without a word. The new one means the same.",
    example: "vrrp_track_file f {\n}",
    isAdvice: true,
  },
} as const satisfies Record<string, CodeEntry>;
