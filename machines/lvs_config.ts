/**
 * Virtual servers, their real servers and the checks of them, as plain data.
 *
 * @module
 */
import type { Family, Ip } from "../net/address.ts";
import type { CheckConfig } from "./check_config.ts";
import type { ScriptConfig } from "./script_config.ts";

/** A service that is shared out among real servers. */
export interface VirtualServerConfig {
  /** Name for people, as keepalived makes it: `[192.0.2.1]:tcp:80`, `FWM 5`, `[web]:0`. */
  readonly name: string;
  /** What clients ask for; at least one. */
  readonly entries: readonly ServiceEntry[];
  /** Absent: all protocols, for firewall marks. */
  readonly protocol?: "tcp" | "udp" | "sctp";
  /** Family of entries that have none of their own, and of real servers without tunnel. */
  readonly family: Family;
  /** Name of the kernel's scheduler. */
  readonly scheduler: string;
  /** Bits of the kernel's IP_VS_SVC_F_SCHED1 to 3: 0x08, 0x10, 0x20. */
  readonly schedulerFlags: number;
  /** Each packet on its own. */
  readonly onePacket: boolean;
  /** Absent: each connection on its own. */
  readonly persistence?: PersistenceConfig;
  /** Checks run only while this machine has an address of it. */
  readonly followsAddress: boolean;
  /** Living weight that is enough, at least 1. */
  readonly quorum: number;
  /** How far above the quorum it is gained and below it lost; less than the quorum. */
  readonly hysteresis: number;
  /** Run when the quorum is gained. */
  readonly quorumUp?: ScriptConfig;
  /** Run when the quorum is lost. */
  readonly quorumDown?: ScriptConfig;
  /** At the end, down notifications are given. */
  readonly notifiesAtStop: boolean;
  /** Whether mail tells of changes. */
  readonly mails: boolean;
  /** Name in SNMP tables. */
  readonly snmpName?: string;
  /** Serves while the quorum is lost. */
  readonly sorryServer?: SorryServerConfig;
  /** At least one; no two have the same address and port. */
  readonly realServers: readonly RealServerConfig[];
}

/** One thing that clients ask for. */
export type ServiceEntry =
  /** All addresses from the first to the last; port 0: all ports. */
  | {
    readonly kind: "addresses";
    readonly first: Ip;
    readonly last: Ip;
    readonly port: number;
  }
  | { readonly kind: "fwmark"; readonly mark: number; readonly family: Family };

/** A client stays with its server. */
export interface PersistenceConfig {
  /** How long after the last connection, 1 to 2678400. */
  readonly timeoutSec: number;
  /** Which clients stay together: a netmask of IPv4, or the length of a prefix of IPv6. */
  readonly granularity: number;
  /** Kernel module; absent: by address. */
  readonly engine?: string;
}

/** How packets get to a server. */
export type Forwarding =
  | { readonly kind: "nat" }
  | { readonly kind: "direct" }
  | {
    readonly kind: "tunnel";
    readonly encapsulation: "ipip" | "gue" | "gre";
    /** Of gue only. */
    readonly port?: number;
    readonly checksum: "none" | "whole" | "remote";
  };

/** What every server behind a service has. */
export interface DestinationConfig {
  /** Where it is. */
  readonly ip: Ip;
  /** 0: the port of the entry. */
  readonly port: number;
  /** How packets get to it. */
  readonly forwarding: Forwarding;
  /** Out of service, it stays in the kernel's table with weight 0. */
  readonly inhibits: boolean;
}

/** Serves while the quorum is lost. */
export interface SorryServerConfig extends DestinationConfig {
  /** A real server is the same. */
  readonly isRealServer: boolean;
}

/** One server behind a service. */
export interface RealServerConfig extends DestinationConfig {
  /** 0 to 2³¹−1; 0 gets nothing. */
  readonly weight: number;
  /** Connections from which on it gets no more; 0: no limit. */
  readonly upperThreshold: number;
  /** Connections below which it gets some again; 0: the kernel's choice. */
  readonly lowerThreshold: number;
  /** Run when it becomes well. */
  readonly notifyUp?: ScriptConfig;
  /** Run when it fails. */
  readonly notifyDown?: ScriptConfig;
  /** Whether mail tells of changes. */
  readonly mails: boolean;
  /** Name in SNMP tables. */
  readonly snmpName?: string;
  /** Without any it is always well. */
  readonly checkers: readonly CheckConfig[];
}

/** What we show to servers over TLS, and what they must show. */
export interface TlsClientConfig {
  /** File with certificates of authorities. */
  readonly caPath?: string;
  /** File with our certificate and those above it. */
  readonly certificatePath?: string;
  /** File with the key of it. */
  readonly keyPath?: string;
  /** Of the key. */
  readonly password?: string;
  /** File with certificates of who must vouch for a server; absent: any server is trusted. */
  readonly verifyPath?: string;
  /** So long before the end of a server's certificate it is warned of; absent: never. */
  readonly expiryWarningDays?: number;
}

/** What a real server is known by, within its virtual server. */
export function realServerIdentity({ ip, port }: Pick<DestinationConfig, "ip" | "port">): string {
  return `[${ip}]:${port}`;
}

/** What a virtual server is known by, also when the entries of its group are others. */
export function virtualServerIdentity({ name, family }: VirtualServerConfig): string {
  return `${name} ipv${family}`;
}

/** Text that two virtual servers share only if they are the same service. */
export function serviceIdentity({ entries, protocol }: VirtualServerConfig): string {
  const only = entries.length === 1 ? entries[0] : undefined;
  const names = only ? entryIdentity(only) : entries.map(entryIdentity).join(", ");
  return `${protocol ?? "any"} ${names}`;
}

function entryIdentity(entry: ServiceEntry): string {
  return entry.kind === "fwmark"
    ? `fwmark ${entry.mark} ipv${entry.family}`
    : `${entry.first}-${entry.last} ${entry.port}`;
}
