/**
 * The kernel's routes and routing rules over rtnetlink: changes of ours, and what others take away.
 *
 * It keeps no copy: routers may have a million routes. That something went away is told as it
 * comes, also when we took it away ourselves: whoever cares knows what it wants to be there, and
 * adds it again, which tells whether it was gone.
 *
 * @module
 */
import { assert } from "./assert.ts";
import type { ChangeResult } from "./link_table.ts";
import {
  eachMessage,
  type MessageWriter,
  type NetlinkMessage,
  NLM_F_REPLACE,
  NLMSG_OVERRUN,
} from "./netlink/message.ts";
import { decodeRoute, RTM_DELROUTE, RTM_NEWROUTE } from "./netlink/rtnetlink_route.ts";
import { writeRouteAdd, writeRouteDelete } from "./netlink/rtnetlink_route_change.ts";
import {
  decodeRule,
  RTM_DELRULE,
  writeRuleAdd,
  writeRuleDelete,
} from "./netlink/rtnetlink_rule.ts";
import { GROUP } from "./netlink/rtnetlink.ts";
import { NetlinkClient, type NetlinkSocket } from "./netlink_client.ts";
import {
  ROUTING_CHANGES_MAX,
  type RoutingChange,
  type RoutingEvent,
  type RoutingTable,
} from "./routing_table.ts";
import { openNetlinkSocket } from "./sys/socket.ts";

const NETLINK_ROUTE = 0;
const EVENT_BUFFER_BYTES = 2 << 20;
const REQUEST_BUFFER_BYTES = 1 << 20;
/** Batches of datagrams that are read before others get their turn. */
const BATCHES_PER_TURN = 8;
/** The socket's buffer overflowed. */
const ENOBUFS = 105;

/** The routes and rules of the network namespace it was opened in. */
export class Routing implements RoutingTable {
  readonly #requests: NetlinkClient;
  readonly #events: NetlinkSocket;
  readonly #onEvent: (event: RoutingEvent) => void;

  /** Takes the sockets over, which {@linkcode Routing.open} makes. */
  constructor(
    requests: NetlinkSocket,
    events: NetlinkSocket,
    onEvent: (event: RoutingEvent) => void,
  ) {
    this.#requests = new NetlinkClient(requests);
    this.#events = events;
    this.#onEvent = onEvent;
  }

  /** Joins the events. Throws a `SyscallError` if it may not. */
  static open(onEvent: (event: RoutingEvent) => void): Routing {
    const { ipv4Route, ipv6Route, ipv4Rule, ipv6Rule } = GROUP;
    const protocol = NETLINK_ROUTE;
    using stack = new DisposableStack();
    const events = stack.use(openNetlinkSocket({
      protocol,
      groups: [ipv4Route, ipv6Route, ipv4Rule, ipv6Rule],
      receiveBufferBytes: EVENT_BUFFER_BYTES,
    }));
    const requests = stack.use(
      openNetlinkSocket({ protocol, receiveBufferBytes: REQUEST_BUFFER_BYTES }),
    );
    stack.move();
    return new Routing(requests, events, onEvent);
  }

  /** For the reactor: readable means {@linkcode Routing.readEvents}. */
  get eventFd(): number {
    return this.#events.fd;
  }

  /** Takes in some events and tells them. True if more may wait. */
  readEvents(): boolean {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch++) {
      const received = this.#events.receive(({ bytes, senderPortId }) => {
        // Any process with the right to may send to our port id; only the kernel has 0.
        if (senderPortId !== 0) return;
        const why = eachMessage(bytes, (message) => this.#takeIn(message));
        if (why !== undefined) this.#onEvent({ type: "lost" });
      });
      if (received === -ENOBUFS) this.#onEvent({ type: "lost" });
      if (received <= 0) return false;
      if (received < (this.#events.batchCount ?? 0)) return false;
    }
    return true;
  }

  change(changes: readonly RoutingChange[]): readonly ChangeResult[] {
    assert(
      changes.length <= ROUTING_CHANGES_MAX,
      () => `At most ${ROUTING_CHANGES_MAX} changes go together`,
    );
    if (changes.length === 0) return [];
    return this.#requests.transact((writer) => {
      for (const change of changes) writeChange(writer, change);
    });
  }

  /** Closes both sockets; what was added stays. */
  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
    this.#events[Symbol.dispose]();
  }

  #takeIn(message: NetlinkMessage): void {
    const { type, flags, body } = message;
    switch (type) {
      case NLMSG_OVERRUN:
        return this.#onEvent({ type: "lost" });
      case RTM_NEWROUTE:
      case RTM_DELROUTE: {
        if (type === RTM_NEWROUTE && (flags & NLM_F_REPLACE) === 0) return;
        const route = decodeRoute(body);
        if (typeof route !== "object") return;
        const { destination, table } = route;
        return this.#onEvent({ type: "routeGone", destination, table });
      }
      case RTM_DELRULE: {
        const rule = decodeRule(body);
        if (typeof rule === "object") this.#onEvent({ type: "ruleGone", ...rule });
      }
    }
  }
}

function writeChange(writer: MessageWriter, change: RoutingChange): void {
  if (change.operation === "add") {
    if ("route" in change) return writeRouteAdd(writer, change.route, change.creation);
    return writeRuleAdd(writer, change.rule);
  }
  if ("route" in change) return writeRouteDelete(writer, change.route);
  writeRuleDelete(writer, change.rule);
}
