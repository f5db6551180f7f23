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
  /** Realm of where packets come from; 0: any. */
  readonly source: number;
  /** Realm of where packets go. */
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
  /** Interface that packets leave by. */
  readonly interface?: string;
  /** Share of the packets, 1 to 256; with several paths only. */
  readonly weight?: number;
  /** The gateway is taken to be on the link, whatever the addresses say. */
  readonly onlink: boolean;
  /** Headers put around packets. */
  readonly encapsulation?: Encapsulation;
  /** Realms of the path. */
  readonly realms?: Realms;
}

/** What TCP and IP use on a route (RTAX_*), in the kernel's own units. */
export interface RouteMetrics {
  /** Largest packet. */
  readonly mtuBytes?: number;
  /** Maximum segment size told to peers. */
  readonly advmssBytes?: number;
  /** How much reordering is not yet a loss. */
  readonly reorderingSegments?: number;
  /** Limit of the congestion window. */
  readonly cwndSegments?: number;
  /** First slow start threshold. */
  readonly ssthreshSegments?: number;
  /** First round-trip time, in eighths of a millisecond. */
  readonly rttEighthMs?: number;
  /** Its first variance, in quarters of a millisecond. */
  readonly rttvarQuarterMs?: number;
  /** Least retransmission timeout. */
  readonly rtoMinMs?: number;
  /** Greatest window told to peers. */
  readonly windowBytes?: number;
  /** First congestion window. */
  readonly initcwndSegments?: number;
  /** First receive window. */
  readonly initrwndSegments?: number;
  /** TTL or Hop Limit of packets. */
  readonly hopLimit?: number;
  /** RTAX_FEATURE_*: 1 is ECN. */
  readonly features?: number;
  /** Acknowledges at once: 0 or 1. */
  readonly quickack?: number;
  /** TCP Fast Open without a cookie: 0 or 1. */
  readonly fastOpenNoCookie?: number;
  /** TCP congestion control, at most 15 octets. */
  readonly congestionControl?: string;
}

/** A route. */
export interface RouteConfig {
  /** Family of all its addresses. */
  readonly family: Family;
  /** Bits beyond the length are zero; the default route has length 0. */
  readonly destination: Prefix;
  /** What becomes of packets. */
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
  /** IPv4 only. */
  readonly realms?: Realms;
  /** How long it is there; IPv6 only. */
  readonly expiresSec?: number;
  /** What TCP and IP use on it. */
  readonly metrics: RouteMetrics;
  /** Those that the kernel must not change. */
  readonly lockedMetrics: readonly (keyof RouteMetrics)[];
  /** Router preference (RFC 4191 §2.1), 0 medium, 1 high, 3 low; IPv6 only. */
  readonly preference?: number;
  /** MPLS: the TTL goes from label to packet. */
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
  /** The least. */
  readonly first: number;
  /** The greatest. */
  readonly last: number;
}

/** A routing rule. */
export interface RuleConfig {
  /** Family of the packets. */
  readonly family: Family;
  /** 0 to 2^32 − 1; small ones are asked first. */
  readonly priority: number;
  /** What it does with packets that it fits. */
  readonly action: RuleAction;
  /** Holds for the packets that it does not fit. */
  readonly inverted: boolean;
  /** Where packets come from. */
  readonly from?: Prefix;
  /** Where packets go. */
  readonly to?: Prefix;
  /** 0 to 255. */
  readonly tos?: number;
  /** Packets whose mark is that, where the mask has ones. */
  readonly firewallMark?: { readonly mark: number; readonly mask: number };
  /** IPv4 only. */
  readonly realms?: Realms;
  /** Routes with at most so many bits do not count. */
  readonly suppressPrefixLength?: number;
  /** Routes by interfaces of that group do not count. */
  readonly suppressInterfaceGroup?: number;
  /** Interface that packets came by. */
  readonly inputInterface?: string;
  /** Interface that sockets are bound to. */
  readonly outputInterface?: string;
  /** 64 bits, in decimal. */
  readonly tunnelId?: string;
  /** Users whose packets they are. */
  readonly userIds?: NumberRange;
  /** RTPROT_*; 18 is keepalived's. */
  readonly protocol: number;
  /** IPPROTO_*. */
  readonly ipProtocol?: number;
  /** Ports of TCP, UDP and the like. */
  readonly sourcePorts?: NumberRange;
  /** Ports of TCP, UDP and the like. */
  readonly destinationPorts?: NumberRange;
  /** Its interface going down is a fault, its removal by others is noticed. */
  readonly tracked: boolean;
}

/** What static entries have besides. */
export interface StaticEntry {
  /** Track group whose instances watch the interface. */
  readonly trackGroup?: string;
}
