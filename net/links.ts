/**
 * The kernel's interfaces and addresses, live, over rtnetlink (RFC 3549).
 *
 * Two sockets: one for requests, one for the events of the multicast groups. After the first
 * listing the events alone say what the table holds, also of our own changes: the kernel has
 * queued them before it acknowledges the change, so `changeAddresses()` reads them before it
 * returns; those few that it queues later are asked for. Each difference is thus told exactly once,
 * in the kernel's order.
 *
 * A router may add thousands of IPv4 host addresses (/32) while its neighbours wait. Their news
 * tells nothing that the acknowledgement does not, and is filtered out; the table has them from the
 * acknowledgement, before other news of the same batch. If somebody deletes one of them at that
 * very moment, nobody can tell which came first: then everything is listed again.
 *
 * When the event socket overflows, everything is listed again and the differences are told; events
 * that were queued before the listing may then be told after it, so something may seem to go and
 * come back, but the table ends up right.
 *
 * @module
 */
import { familyOf } from "./address.ts";
import { assert } from "./assert.ts";
import { isHostAddition, writeChanges } from "./address_changes.ts";
import { LinkState } from "./link_state.ts";
import {
  ADDRESS_CHANGES_MAX,
  type AddressChange,
  type ChangeResult,
  type InterfaceAddress,
  isDone,
  type Link,
  type LinkEvent,
  type LinkTable,
  type Route,
} from "./link_table.ts";
import { list } from "./listing.ts";
import { NetlinkClient, type NetlinkSocket, type PreparedRequests } from "./netlink_client.ts";
import { eachMessage, type NetlinkMessage, NLMSG_OVERRUN } from "./netlink/message.ts";
import { decodeNews, GROUP, type News } from "./netlink/rtnetlink.ts";
import { writeAddressDump, writeAddressQuery } from "./netlink/rtnetlink_address.ts";
import { IFF_UP, writeLinkDump, writeLinkQuery } from "./netlink/rtnetlink_link.ts";
import { writeRouteDump } from "./netlink/rtnetlink_route.ts";
import { RouteState } from "./route_state.ts";
import { SyscallError } from "./sys/libc.ts";
import { hostAdditionFilterProgram } from "./sys/packet_filter.ts";
import { openNetlinkSocket } from "./sys/socket.ts";

/** How to open {@linkcode Links}. */
export interface LinksOptions {
  /** Also keep the routes; a router with a full table pays for each of them. Default: no. */
  readonly routes?: boolean;
  /** Room for events that we have not read yet; more of them make us list everything again. */
  readonly eventBufferBytes?: number;
}

const NETLINK_ROUTE = 0;
const LOOPBACK_INDEX = 1;
const EVENT_BUFFER_BYTES = 8 << 20;
const REQUEST_BUFFER_BYTES = 1 << 20;
const RESYNC_ATTEMPTS_MAX = 3;
/** Batches of datagrams that are read before others get their turn. */
const BATCHES_PER_TURN = 8;
/** Batches of datagrams until there are none: more than the event buffer holds. */
const BATCHES_MAX = 4096;

/** The interfaces, addresses and, if wanted, routes of the network namespace it was opened in. */
export class Links implements LinkTable, Disposable {
  readonly #requests: NetlinkClient;
  readonly #events: NetlinkSocket;
  readonly #state: LinkState;
  readonly #routes: RouteState | undefined;
  #listeners: readonly ((event: LinkEvent) => void)[] = [];
  #untold: LinkEvent[] = [];
  #telling = false;
  /** Events were lost, and nothing was listed since. */
  #stale = false;
  #resyncCount = 0;
  #refusedCount = 0;
  #prepared:
    | { readonly changes: readonly AddressChange[]; readonly requests: PreparedRequests }
    | undefined;

  /** `hearsAll`: also of the host addresses that we add. */
  readonly #hearsAll: boolean;

  /** Takes the sockets over, which {@linkcode Links.open} makes. Empty until the first listing. */
  constructor(
    requests: NetlinkSocket,
    events: NetlinkSocket,
    withRoutes: boolean,
    hearsAll = true,
  ) {
    this.#requests = new NetlinkClient(requests);
    this.#events = events;
    this.#hearsAll = hearsAll;
    const note = (event: LinkEvent) => void this.#untold.push(event);
    this.#state = new LinkState(note);
    this.#routes = withRoutes ? new RouteState(note) : undefined;
  }

  /** Joins the events and lists what there is. Throws a `SyscallError` if it may not. */
  static open({ routes = false, eventBufferBytes = EVENT_BUFFER_BYTES }: LinksOptions = {}): Links {
    const { link, ipv4Address, ipv6Address, ipv4Route, ipv6Route } = GROUP;
    const groups = [link, ipv4Address, ipv6Address, ...routes ? [ipv4Route, ipv6Route] : []];
    const protocol = NETLINK_ROUTE;
    using stack = new DisposableStack();
    // The events first: what changes during the listing is told after it.
    const events = stack.use(
      openNetlinkSocket({ protocol, groups, receiveBufferBytes: eventBufferBytes }),
    );
    const requests = stack.use(
      openNetlinkSocket({ protocol, receiveBufferBytes: REQUEST_BUFFER_BYTES }),
    );
    events.setProgram(hostAdditionFilterProgram(requests.portId));
    const links = new Links(requests, events, routes, false);
    const errno = links.#listAll();
    if (errno !== 0) throw new SyscallError("rtnetlink dump", errno);
    links.#catchUp();
    links.#untold = []; // Nobody could listen yet.
    stack.move();
    return links;
  }

  /** For the reactor: readable means {@linkcode Links.readEvents}. */
  get eventFd(): number {
    return this.#events.fd;
  }

  /** How often events were lost and everything was listed again. */
  get resyncCount(): number {
    return this.#resyncCount;
  }

  /** Datagrams and messages refused: not from the kernel, or malformed. */
  get refusedCount(): number {
    return this.#refusedCount + this.#requests.refusedCount;
  }

  /** Takes in some events and tells them. True if more may wait. */
  readEvents(): boolean {
    const more = this.#read(BATCHES_PER_TURN);
    this.#resync();
    // What waits may settle the doubt.
    if (!more) this.#settleRoutes();
    this.#tell();
    return more;
  }

  /** All interfaces. */
  links(): Iterable<Link> {
    return this.#state.links();
  }

  /** The interface of that name, if there is one. */
  linkByName(name: string): Link | undefined {
    return this.#state.linkByName(name);
  }

  /** The interface of that index, if there is one. */
  linkByIndex(index: number): Link | undefined {
    return this.#state.linkByIndex(index);
  }

  /** Addresses of an interface, in the order they came; a snapshot. */
  addressesOf(index: number): readonly InterfaceAddress[] {
    return this.#state.addressesOf(index);
  }

  /** All routes of both families and all tables; none if opened without. */
  routes(): Iterable<Route> {
    return this.#routes?.routes() ?? [];
  }

  /**
   * Applies at most 64 changes, in order, and returns one result each. When it returns, the table
   * has them and their events were told; called by a listener, they are told right after it.
   */
  changeAddresses(
    changes: readonly AddressChange[],
    acknowledged?: (results: readonly ChangeResult[]) => void,
  ): readonly ChangeResult[] {
    assert(
      changes.length <= ADDRESS_CHANGES_MAX,
      () =>
        `At most ${ADDRESS_CHANGES_MAX} changes go together: current value is ${changes.length}`,
    );
    if (changes.length === 0) return [];
    // What others deleted before is not our doing. (An addition of theirs makes ours fail: EEXIST.)
    if (changes.some(({ operation }) => operation === "delete")) this.#catchUp();
    const outcomes = this.#request(changes);

    acknowledged?.(outcomes);
    for (const [i, change] of changes.entries()) {
      const errno = outcomes[i]?.errno ?? 0;
      // One of our deletions may take another address along that we were about to delete.
      const isOurs = change.operation === "add" ? errno === 0 : isDone("delete", errno);
      if (!isOurs) continue;
      if (this.#hearsAll || !isHostAddition(change)) this.#state.expect(change);
      else this.#state.addUnheard(change);
    }

    this.#catchUp();
    this.#query(this.#state.awaited());
    this.#state.expectNothing();
    this.#tell();
    return outcomes;
  }

  /** Takes in all that the kernel has told so far, and tells it. */
  catchUp(): void {
    this.#catchUp();
    this.#tell();
  }

  /** Writes the requests for exactly this array of changes. */
  prepareChanges(changes: readonly AddressChange[]): void {
    if (this.#prepared?.changes === changes) return;
    const requests = this.#requests.prepare((writer) => writeChanges(writer, changes));
    this.#prepared = { changes, requests };
  }

  /** Calls `listener` for each event, in order; returns how to stop that. */
  subscribe(listener: (event: LinkEvent) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Closes both sockets; the addresses stay. */
  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
    this.#events[Symbol.dispose]();
  }

  #request(changes: readonly AddressChange[]): readonly ChangeResult[] {
    const prepared = this.#prepared;
    if (prepared?.changes !== changes) {
      return this.#requests.transact((writer) => writeChanges(writer, changes));
    }
    this.#prepared = undefined; // Sequence numbers are used once.
    return this.#requests.transactPrepared(prepared.requests);
  }

  /** Tells in order, also when a listener makes changes: those are told after what is under way. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      // The list grows while it is walked.
      for (const event of this.#untold) {
        for (const listener of this.#listeners) listener(event);
      }
    } finally {
      this.#untold = [];
      this.#telling = false;
    }
  }

  /** Reads all events that are there, and makes up for what they do not tell. */
  #catchUp(): void {
    this.#read(BATCHES_MAX);
    this.#resync();
    this.#settleRoutes();
  }

  /** Whether more may wait. */
  #read(batchesMax: number): boolean {
    for (let batch = 0; batch < batchesMax; batch++) {
      if (!this.#readBatch()) return false;
    }
    return true;
  }

  /** Whether there was anything. */
  #readBatch(): boolean {
    const received = this.#events.receive(({ bytes, senderPortId }) => {
      // Any process with the right to may send to our port id; only the kernel has 0.
      if (senderPortId !== 0) this.#refusedCount++;
      else if (eachMessage(bytes, (message) => this.#takeIn(message)) !== undefined) {
        this.#refusedCount++;
        this.#stale = true; // Cut off by us or the kernel: what it said is lost.
      }
    });
    if (received < 0) this.#stale = true; // ENOBUFS; whatever else it may be, events may be lost.
    // A batch with room left was the last.
    return received !== 0 && !(received > 0 && received < (this.#events.batchCount ?? 0));
  }

  #takeIn(message: NetlinkMessage): void {
    if (message.type === NLMSG_OVERRUN) this.#stale = true;
    const news = decodeNews(message);
    if (typeof news === "string") this.#refusedCount++;
    else if (news !== undefined) this.#apply(news);
  }

  #apply(news: News): void {
    switch (news.type) {
      case "link": {
        const before = this.#state.linkByIndex(news.link.index);
        if (news.gone) this.#state.removeLink(news.link.index);
        else this.#state.setLink(news.link);
        const wentDown = before !== undefined && isAdminUp(before) && !isAdminUp(news.link);
        if (news.gone || wentDown) this.#routes?.linkWentDown();
        break;
      }
      case "address": {
        const { interfaceIndex, ip } = news.address;
        if (!news.gone) return this.#state.setAddress(news.address);
        if (this.#state.isUnheard(news.address)) {
          this.#stale = true; // Before or after it was added: who knows.
          break;
        }
        this.#state.removeAddress(news.address);
        this.#routes?.addressWentAway(ip);
        // The last IPv4 address takes IPv4 along, as if the interface had gone down.
        const wasLast = familyOf(ip) === 4 && !this.#state.hasIpv4(interfaceIndex);
        if (wasLast) this.#routes?.linkWentDown();
        break;
      }
      case "route":
        if (news.gone) this.#routes?.remove(news.route);
        else this.#routes?.add(news.route, news.replaces);
        break;
    }
  }

  /** Makes up for lost events. */
  #resync(): void {
    if (this.#stale) this.#resyncCount++;
    for (let attempt = 0; this.#stale && attempt < RESYNC_ATTEMPTS_MAX; attempt++) {
      this.#read(BATCHES_MAX); // What is queued is older than the listing to come.
      this.#stale = this.#listAll() !== 0;
    }
  }

  /** Makes up for what the kernel does not tell of routes. */
  #settleRoutes(): void {
    if (this.#routes?.isDoubtful()) this.#listRoutes(this.#routes);
  }

  /**
   * The kernel tells of an IPv6 address without Duplicate Address Detection later, from a queue of
   * its own, and on an interface that is down not before it is up: we ask.
   */
  #query(changes: readonly AddressChange[]): void {
    const unheard = changes.filter(({ ip }) => familyOf(ip) === 6);
    if (unheard.length === 0) return;
    this.#requests.transact((writer) => {
      for (const { interfaceIndex, ip } of unheard) writeAddressQuery(writer, interfaceIndex, ip);
    }, (message) => this.#takeIn(message));
  }

  /** 0, or the errno of what failed; then nothing was taken over. */
  #listAll(): number {
    const { errno, news, refusedCount } = list(this.#requests, [writeLinkDump, writeAddressDump]);
    this.#refusedCount += refusedCount;
    if (errno !== 0) return errno;
    this.#state.replaceAll(
      news.flatMap((item) => item.type === "link" ? [item.link] : []),
      news.flatMap((item) => item.type === "address" ? [item.address] : []),
    );
    return this.#routes === undefined ? 0 : this.#listRoutes(this.#routes);
  }

  #listRoutes(routes: RouteState): number {
    // The news may come before the routes are taken away, and recent kernels list them without
    // waiting; this request waits for the lock that is held meanwhile.
    this.#requests.transact((writer) => writeLinkQuery(writer, LOOPBACK_INDEX));
    const { errno, news, refusedCount } = list(this.#requests, [
      (writer) => writeRouteDump(writer, 4),
      (writer) => writeRouteDump(writer, 6),
    ]);
    this.#refusedCount += refusedCount;
    if (errno !== 0) return errno;
    routes.replaceAll(news.flatMap((item) => item.type === "route" ? [item.route] : []));
    return 0;
  }
}

function isAdminUp({ flags }: Link): boolean {
  return (flags & IFF_UP) !== 0;
}
