/**
 * Names of routing tables, protocols, scopes and so on, as iproute2 keeps them in its files:
 * `NUMBER NAME` a line. What is in none of the files has the usual built-in number.
 *
 * @module
 */
import type { ConfigSource } from "../config_source.ts";

/** What can have a name. */
export type NameKind = "table" | "protocol" | "scope" | "realm" | "tos" | "group" | "ipProtocol";

interface Kind {
  /** What the word is called in messages. */
  readonly what: string;
  /** File of iproute2. */
  readonly file: string;
  readonly max: number;
  readonly builtins: Readonly<Record<string, number>>;
}

const UINT32_MAX = 0xffff_ffff;

const PROTOCOLS = {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
};

/** RFC 2474 §4.2.2.2, RFC 2597 §6, RFC 3246 §2.7: the DSCP, shifted to its place in the octet. */
const SERVICES = {
  default: 0,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`CS${n}`, n << 5])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((c) => [1, 2, 3].map((d) => [`AF${c}${d}`, (c << 5) | (d << 3)])),
  ),
  EF: 0xb8,
};

const KINDS: Readonly<Record<NameKind, Kind>> = {
  table: {
    what: "a routing table",
    file: "rt_tables",
    max: UINT32_MAX,
    builtins: { unspec: 0, default: 253, main: 254, local: 255 },
  },
  protocol: {
    what: "a routing protocol",
    file: "rt_protos",
    max: 255,
    builtins: PROTOCOLS,
  },
  scope: {
    what: "a scope",
    file: "rt_scopes",
    max: 255,
    builtins: { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  },
  realm: { what: "a realm", file: "rt_realms", max: 0xffff, builtins: { cosmos: 0 } },
  tos: { what: "a type of service", file: "rt_dsfield", max: 255, builtins: SERVICES },
  group: {
    what: "a group of interfaces",
    file: "group",
    max: UINT32_MAX,
    builtins: { default: 0 },
  },
  ipProtocol: {
    what: "an IP protocol",
    file: "/etc/protocols",
    max: 255,
    builtins: { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, "ipv6-icmp": 58, sctp: 132 },
  },
};

/** Where files of names are; the second comes first. */
export interface NameDirectories {
  readonly usr?: string | undefined;
  readonly etc?: string | undefined;
}

const USR_DIRECTORY = "/usr/share/iproute2";
const ETC_DIRECTORY = "/etc/iproute2";
/** More of a file is not read. */
const FILE_BYTES_MAX = 1_024 * 1_024;
/** Files in a directory of additions; more are not read. */
const ADDED_FILES_MAX = 100;

/** Names of this machine; each file is read when it is first asked for. */
export class RouteNames {
  readonly #source: ConfigSource;
  readonly #directories: readonly string[];
  readonly #numbers = new Map<NameKind, ReadonlyMap<string, number>>();

  constructor(source: ConfigSource, { usr, etc }: NameDirectories = {}) {
    this.#source = source;
    this.#directories = [usr ?? USR_DIRECTORY, etc ?? ETC_DIRECTORY];
  }

  /** What such a word is called, for messages: "a scope". */
  what(kind: NameKind): string {
    return KINDS[kind].what;
  }

  /** The number of a name, or that the text is itself (in any base); undefined if it is neither. */
  find(kind: NameKind, text: string): number | undefined {
    const { max } = KINDS[kind];
    if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) {
      const number = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
      return number <= max ? number : undefined;
    }
    return this.#table(kind).get(text);
  }

  /** All names of a kind. */
  names(kind: NameKind): string[] {
    return [...this.#table(kind).keys()];
  }

  #table(kind: NameKind): ReadonlyMap<string, number> {
    const known = this.#numbers.get(kind);
    if (known) return known;
    const { builtins, max } = KINDS[kind];
    const table = new Map(Object.entries(builtins));
    for (const path of this.#paths(kind)) {
      for (const [name, number] of this.#read(path, kind)) {
        if (number <= max) table.set(name, number);
      }
    }
    this.#numbers.set(kind, table);
    return table;
  }

  /** Files to read, the weightiest last. */
  #paths(kind: NameKind): string[] {
    const { file } = KINDS[kind];
    if (file.startsWith("/")) return [file];
    return this.#directories.flatMap((directory) => [
      `${directory}/${file}`,
      ...this.#source.glob(`${directory}/${file}.d/*.conf`).slice(0, ADDED_FILES_MAX),
    ]);
  }

  *#read(path: string, kind: NameKind): Generator<[name: string, number: number]> {
    const found = this.#source.read(path);
    if ("error" in found) return; // Most machines lack most of them.
    const text = new TextDecoder().decode(found.bytes.subarray(0, FILE_BYTES_MAX));
    for (const line of text.split("\n")) {
      const [first = "", second = ""] = line.replace(/#.*/s, "").trim().split(/\s+/);
      const [name, digits] = kind === "ipProtocol" ? [first, second] : [second, first];
      if (name !== "" && /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(digits)) yield [name, Number(digits)];
    }
  }
}
