/**
 * Codes of everything below keywords: lines, definitions, sequences, files, suppressions.
 *
 * @module
 */
import type { CodeEntry } from "./code.ts";

/** Area `lex`: lines, quotes, definitions, sequences. */
export const LEX = {
  "E-lex-001": {
    title: "line too long",
    explanation: "A line may have 1023 bytes with its newline, as in keepalived, which drops " +
      "longer ones. Split it.",
    example: 'notify_master "/bin/x … (2000 characters)"',
  },
  "E-lex-002": {
    title: "line with a NUL",
    explanation: "A NUL character ends a text for many programs: what follows it would be read " +
      "differently from what an editor shows.",
    example: "priority 1\\0" + "00",
  },
  "E-lex-003": {
    title: "quote without its end",
    explanation: "A double quote must end on its line. What follows it cannot be understood.",
    example: 'notify_master "/bin/x master',
  },
  "E-lex-004": {
    title: "unknown definition",
    explanation: "${NAME} needs a line $NAME=VALUE before it. keepalived leaves it in place, and " +
      "its braces tear the line apart.",
    example: "priority ${PRIO}",
  },
  "E-lex-005": {
    title: "definition that needs itself",
    explanation: "The value of a definition leads back to it, so that there is no end of " +
      "replacing. keepalived hangs.",
    example: "$A=x${A}\npriority $A",
  },
  "E-lex-006": {
    title: "multi-line definition inside a line",
    explanation: "A definition of several lines can only be the last thing on a line.",
    example: "$A=a\\\nb\ngroup { $A c }",
  },
  "E-lex-007": {
    title: "text too long after substitution",
    explanation: "A line may have 1023 characters after its definitions were replaced, a command " +
      "4096.",
    example: "$A=xxx…\n$A $A $A",
  },
  "E-lex-008": {
    title: "too much text",
    explanation: "A limit of lines, nesting, definitions or findings was reached; what comes " +
      "after it was not read. It keeps a mistake from using up the machine.",
    example: "~SEQ(i,1,100000) ~SEQ(j,1,100000) x",
  },
  "E-lex-009": {
    title: "malformed ~SEQ or ~LST",
    explanation: "A line that begins like a sequence is none: a parameter is missing, is no " +
      "number, or the sequence would never end.",
    example: "~SEQ(i, 1, -1, 9) 192.0.2.$i",
  },
  "E-lex-010": {
    title: "wrong parameters of a built-in definition",
    explanation: "_RANDOM takes at most a least and a greatest number, _ENV one name, the others " +
      "nothing.",
    example: "priority ${_RANDOM 9 1}",
  },
  "E-lex-011": {
    title: "not UTF-8",
    explanation: "A word that is used has bytes that are no UTF-8. In comments they do no harm.",
    example: "router_id caf\\xe9",
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `file`: files and includes. */
export const FILE = {
  "E-file-001": {
    title: "file cannot be read",
    explanation: "The file does not exist, or may not be read.",
    example: "stayd check /etc/none.conf",
  },
  "E-file-002": {
    title: "file includes itself",
    explanation: "A file is included while it is being read. keepalived goes on until it has no " +
      "descriptors left.",
    example: "include keepalived.conf",
  },
  "E-file-003": {
    title: "too many files",
    explanation: "At most 10,000 files, nested 32 deep, and 10,000 alternatives of one pattern.",
    example: "include {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
  },
  "E-file-004": {
    title: "included file is missing",
    explanation: "The word of the include, or include_check, says that it must be there.",
    example: "includem none.conf",
  },
  "E-file-005": {
    title: "included file is refused",
    explanation: "The word of the include, or include_check, says that directories, devices and " +
      "executable files are wrong.",
    example: "includer /etc",
  },
  "E-file-006": {
    title: "include without a file name",
    explanation: "What is to be included is missing.",
    example: "include",
  },
  "W-file-007": {
    title: "included file is missing",
    explanation: "A plain include means no file. That may be meant; includem and includew insist " +
      "on one.",
    example: "include conf.d/*.conf",
    isAdvice: true,
  },
  "W-file-008": {
    title: "included file is skipped",
    explanation: "Directories, devices and executable files are not included.",
    example: "include /etc",
    isAdvice: true,
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `yaml`. */
export const YAML = {
  "E-yaml-001": {
    title: "not YAML",
    explanation: "The file is no YAML 1.2.",
    example: "global_defs: [",
  },
  "E-yaml-002": {
    title: "YAML with too much in it",
    explanation: "Nesting, aliases or size are over a limit.",
    example: "a: &a [*a]",
  },
  "E-yaml-003": {
    title: "YAML value of another kind",
    explanation: "A list, a map or a plain value stands where another kind is wanted.",
    example: "vrrp_instance:\n  V1: [priority]",
  },
} as const satisfies Record<string, CodeEntry>;

/** Area `allow`: suppressed findings. */
export const ALLOW = {
  "W-allow-001": {
    title: "unknown code is allowed",
    explanation: "There is no finding with that code, so allowing it means nothing.",
    example: "priority 100  # stayd: allow W-none-001",
    isAdvice: true,
  },
  "W-allow-002": {
    title: "nothing to allow",
    explanation: "The finding is not there any more. Remove the remark, so that it does not hide " +
      "the next one.",
    example: "priority 100  # stayd: allow W-vrrp-014",
    isAdvice: true,
  },
  "W-allow-003": {
    title: "errors cannot be allowed",
    explanation: "With an error there is no configuration; only warnings can be allowed.",
    example: "priority 300  # stayd: allow E-value-002",
    isAdvice: true,
  },
} as const satisfies Record<string, CodeEntry>;
