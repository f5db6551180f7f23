/**
 * What the parent and its children say to each other: JSON, one message a datagram
 * (net/sys/channel.ts splits long ones). Both ends are the same program, so a message of another
 * form is a bug of ours.
 *
 * @module
 */
import { assert } from "../net/assert.ts";
import { type Config, vrrpInstanceIdentity } from "../machines/config.ts";
import type { SessionReport } from "../machines/bfd_rules.ts";
import type { Verdict, Verdicts } from "../machines/standing.ts";
import type { GroupState } from "../machines/sync_group_rules.ts";
import type { VrrpReport, VrrpState } from "../machines/vrrp_facts.ts";
import type { KnownServers } from "../machines/quorum_rules.ts";
import { csToMs } from "../machines/vrrp_rules.ts";
import type { IpvsTimeouts } from "../net/netlink/ipvs_settings.ts";
import type { ConfigNews } from "./config_news.ts";
import type { LogLevel } from "./log.ts";
import type { ProcessStatus } from "./status/process_status.ts";
import type { LvsNotice } from "./notify/events.ts";

/** From the parent to a child. */
export type ParentMessage =
  | {
    readonly type: "CONFIGURE";
    readonly config: ConfigNews;
    /** What is known of tracked objects. */
    readonly verdicts: Verdicts;
    /** Monotonic time at which the daemon started: start-up delays count from it. */
    readonly startedAtMs: number;
    /** What the child's predecessor was doing when it died; absent at the first start. */
    readonly predecessor?: Predecessor;
  }
  /** What virtual routers became, by name: to whoever follows them. */
  | { readonly type: "INSTANCES"; readonly states: Readonly<Record<string, VrrpState>> }
  /** News of tracked objects. */
  | { readonly type: "TRACKED"; readonly verdicts: Verdicts }
  /** Asks what the instances are; with `clears` their counters begin anew. */
  | { readonly type: "INSPECT"; readonly question: number; readonly clears: boolean }
  /** Asks for a sign of life. */
  | { readonly type: "PING" }
  | { readonly type: "STOP" };

/** What is known of a process that died. */
export interface Predecessor {
  /** Monotonic time of its death; the clock is the same in all processes. */
  readonly diedAtMs: number;
  /** Identities of the instances that were active. */
  readonly active: readonly string[];
  /** Which real servers were well, and which quorums there were. */
  readonly servers: KnownServers;
  /** What the balancer's timeouts were before it set them. */
  readonly timeouts?: IpvsTimeouts;
}

/**
 * Instances that go on being active after a crash: the last advertisement was at most one interval
 * before it, and other routers wait for downIntervalAdverts of them, so nobody has taken over yet.
 */
export function resumedInstances(
  config: Config,
  { diedAtMs, active }: Predecessor,
  nowMs: number,
): string[] {
  const wereActive = new Set(active);
  return config.vrrpInstances.flatMap((instance) => {
    const { advertisementIntervalCs, downIntervalAdverts } = instance;
    const id = vrrpInstanceIdentity(instance);
    const limitMs = (downIntervalAdverts - 1) * csToMs(advertisementIntervalCs);
    return wereActive.has(id) && nowMs - diedAtMs < limitMs ? [id] : [];
  });
}

/** From a child to the parent. */
export type ChildMessage =
  | { readonly type: "READY" }
  /** A sign of life. */
  | { readonly type: "PONG" }
  /** An instance told of a change; `id` is its identity. */
  | {
    readonly type: "REPORT";
    readonly id: string;
    readonly name: string;
    readonly report: VrrpReport;
  }
  /** All members of a sync group have become the same. */
  | { readonly type: "GROUP_REPORT"; readonly name: string; readonly state: GroupState }
  /** A BFD session told of a change; `verdict` for checks that follow it, if that is news. */
  | {
    readonly type: "SESSION_REPORT";
    readonly report: SessionReport;
    readonly verdict?: Verdict;
  }
  /** A piece of an answer. */
  | {
    readonly type: "STATUS";
    readonly question: number;
    readonly status: ProcessStatus;
    readonly isLast: boolean;
  }
  /** It was sent a signal that is the parent's business. */
  | { readonly type: "SIGNALLED"; readonly signal: number }
  /** What the balancer's timeouts were, which are about to be set. */
  | { readonly type: "TIMEOUTS_FOUND"; readonly timeouts: IpvsTimeouts }
  /** A real server came or went, or a quorum. */
  | { readonly type: "LVS_NOTICE"; readonly notice: LvsNotice }
  | { readonly type: "LOG"; readonly level: LogLevel; readonly text: string }
  | { readonly type: "JOURNAL"; readonly lines: string };

/** Reads a message of the other process. */
export function readMessage<Message extends ParentMessage | ChildMessage>(text: string): Message {
  const message: unknown = JSON.parse(text);
  assert(
    typeof message === "object" && message !== null && "type" in message,
    "a message between processes has a type",
  );
  return message as Message;
}
