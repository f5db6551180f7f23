/**
 * Routes and routing rules, of instances and static ones, as plain data.
 *
 * @module
 */
import type { Family, Ip, Prefix } from "../net/address.ts";

/** What is known by its number to the kernel as RTN_UNICAST, RTN_LOCAL and so on. */
export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "anycast"
  | "multicast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw"
  | "nat"
  | "xresolve";

/** Realms of a route or rule, 0 to 65535 each; IPv4 only. */
export interface Realms {
  /** 0: any. */
  readonly source: number;
  readonly destination: number;
}

/** Headers put around packets (RTA_ENCAP). */
export type Encapsulation =
  | {
    readonly kind: "ip" | "ip6";
    /** Tunnel id: 64 bits, in decimal. */
    readonly id?: string;
    readonly sourceIp?: Ip;
    readonly destinationIp?: Ip;
    /** TOS or traffic class. */
    readonly tos?: number;
    readonly hopLimit?: number;
    /** TUNNEL_* bits, as the kernel numbers them. */
    readonly flags?: number;
  }
  | {
    readonly kind: "mpls";
    /** Outermost first; 0 to 1048575 each. */
    readonly labels: readonly number[];
  }
  | {
    readonly kind: "ila";
    /** 64 bits: four groups of hexadecimal digits. */
    readonly locator: string;
  };

/** One path of a route. */
export interface RouteHop {
  /** Gateway, of the family of the route. */
  readonly via?: Ip;
  readonly interface?: string;
  /** Share of the packets, 1 to 256; with several paths only. */
  readonly weight?: number;
  /** The gateway is taken to be on the link, whatever the addresses say. */
  readonly onlink: boolean;
  readonly encapsulation?: Encapsulation;
  readonly realms?: Realms;
}

/** What TCP and IP use on a route (RTAX_*), in the kernel's own units. */
export interface RouteMetrics {
  readonly mtuBytes?: number;
  readonly advmssBytes?: number;
  readonly reorderingSegments?: number;
  readonly cwndSegments?: number;
  readonly ssthreshSegments?: number;
  readonly rttEighthMs?: number;
  readonly rttvarQuarterMs?: number;
  readonly rtoMinMs?: number;
  readonly windowBytes?: number;
  readonly initcwndSegments?: number;
  readonly initrwndSegments?: number;
  readonly hopLimit?: number;
  /** RTAX_FEATURE_*: 1 is ECN. */
  readonly features?: number;
  /** 0 or 1. */
  readonly quickack?: number;
  /** 0 or 1. */
  readonly fastOpenNoCookie?: number;
  /** TCP congestion control, at most 15 octets. */
  readonly congestionControl?: string;
}

/** A route. */
export interface RouteConfig {
  readonly family: Family;
  /** Bits beyond the length are zero; the default route has length 0. */
  readonly destination: Prefix;
  readonly type: RouteType;
  /** Routing table; 254 is main. With {@linkcode vrf}: ignored. */
  readonly table: number;
  /** VRF device whose table is used. */
  readonly vrf?: string;
  /** RTPROT_*; 18 is keepalived's. */
  readonly protocol: number;
  /** RT_SCOPE_*; IPv4 only. */
  readonly scope: number;
  /** TOS, 0 to 255. */
  readonly tos: number;
  /** 0 to 2^32 − 1; absent: the kernel's. */
  readonly metric?: number;
  /** Preferred source. */
  readonly sourceIp?: Ip;
  /** Sources that it holds for; IPv6 only. */
  readonly from?: Prefix;
  /** None for blackhole and the like, more than one for multipath. */
  readonly hops: readonly RouteHop[];
  readonly realms?: Realms;
  /** IPv6 only. */
  readonly expiresSec?: number;
  readonly metrics: RouteMetrics;
  /** Those that the kernel must not change. */
  readonly lockedMetrics: readonly (keyof RouteMetrics)[];
  /** Router preference (RFC 4191 §2.1), 0 medium, 1 high, 3 low; IPv6 only. */
  readonly preference?: number;
  readonly propagatesTtl?: boolean;
  /** What becomes of a route with the same destination: an error, or which comes first. */
  readonly creation: "add" | "prepend" | "append";
  /** Its interface going down is a fault, its removal by others is noticed. */
  readonly tracked: boolean;
}

/** What a routing rule does with the packets that it fits. */
export type RuleAction =
  | { readonly kind: "table"; readonly table: number }
  /** Goes on at the rule with that priority. */
  | { readonly kind: "goto"; readonly priority: number }
  /** Uses the table of the VRF device of the packet. */
  | { readonly kind: "l3mdev" }
  | { readonly kind: "blackhole" | "unreachable" | "prohibit" | "nop" };

/** An inclusive range of numbers. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** A routing rule. */
export interface RuleConfig {
  readonly family: Family;
  /** 0 to 2^32 − 1; small ones are asked first. */
  readonly priority: number;
  readonly action: RuleAction;
  /** Holds for the packets that it does not fit. */
  readonly inverted: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  /** 0 to 255. */
  readonly tos?: number;
  readonly firewallMark?: { readonly mark: number; readonly mask: number };
  /** IPv4 only. */
  readonly realms?: Realms;
  /** Routes with at most so many bits do not count. */
  readonly suppressPrefixLength?: number;
  /** Routes by interfaces of that group do not count. */
  readonly suppressInterfaceGroup?: number;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  /** 64 bits, in decimal. */
  readonly tunnelId?: string;
  readonly userIds?: NumberRange;
  /** RTPROT_*; 18 is keepalived's. */
  readonly protocol: number;
  /** IPPROTO_*. */
  readonly ipProtocol?: number;
  readonly sourcePorts?: NumberRange;
  readonly destinationPorts?: NumberRange;
  /** Its interface going down is a fault, its removal by others is noticed. */
  readonly tracked: boolean;
}

/** What static entries have besides. */
export interface StaticEntry {
  /** Track group whose instances watch the interface. */
  readonly trackGroup?: string;
}
