/**
 * Changes to routes and routing rules, and news of those that others took away, as the rest of the
 * program sees them. {@linkcode RoutingTable} is implemented over the kernel's rtnetlink by
 * routing.ts, and by the simulator's kernel; this file needs neither.
 *
 * @module
 */
import type { Family, Prefix } from "./address.ts";
import type { ChangeResult } from "./link_table.ts";
import type { RouteCreation, RouteRequest } from "./netlink/rtnetlink_route_change.ts";
import type { RuleRequest } from "./netlink/rtnetlink_rule.ts";

export type { RouteRequest, RuleRequest };

/** A route or a rule to add or to delete. */
export type RoutingChange =
  | {
    readonly operation: "add";
    readonly route: RouteRequest;
    readonly creation: RouteCreation;
  }
  | { readonly operation: "add"; readonly rule: RuleRequest }
  | { readonly operation: "delete"; readonly route: RouteRequest }
  | { readonly operation: "delete"; readonly rule: RuleRequest };

/**
 * Something went away, perhaps by our own doing. Whether it was what is wanted, adding that again
 * will tell.
 */
export type RoutingEvent =
  /** A route went away or was replaced. */
  | { readonly type: "routeGone"; readonly destination: Prefix; readonly table: number }
  | { readonly type: "ruleGone"; readonly family: Family; readonly priority: number }
  /** Events were lost: anything may be gone. */
  | { readonly type: "lost" };

/** Changes in one call; more of them would hold up the caller for milliseconds. */
export const ROUTING_CHANGES_MAX = 64;

/** The routes and routing rules of one network namespace. */
export interface RoutingTable extends Disposable {
  /**
   * Applies at most {@linkcode ROUTING_CHANGES_MAX} changes, in order, and returns one result each.
   */
  change(changes: readonly RoutingChange[]): readonly ChangeResult[];
}

const ERRNO = { ENOENT: 2, ESRCH: 3, EEXIST: 17, ENODEV: 19 };

/** Whether a change with that result left things as they were asked for. */
export function isSettled(operation: RoutingChange["operation"], errno: number): boolean {
  if (errno === 0) return true;
  if (operation === "add") return errno === ERRNO.EEXIST;
  // Rules say ENOENT; an interface that is gone took its routes along.
  return errno === ERRNO.ESRCH || errno === ERRNO.ENOENT || errno === ERRNO.ENODEV;
}
