/**
 * The load balancer in the kernel (IPVS), over generic netlink.
 *
 * Changes say what shall be, and are idempotent: what is there already is edited, what is not there
 * is added, and deleting what is gone is done. They go in batches, as the kernel takes three times
 * as long for single ones; what it found to be otherwise is tried once more at the end of the
 * batch, in the same order. So a batch holds nothing that such a second attempt could undo.
 *
 * @module
 */
import { assert } from "./assert.ts";
import { type IpvsGlance, readGlance } from "./ipvs_glance.ts";
import { NetlinkClient, type NetlinkSocket, type Outcome } from "./netlink_client.ts";
import { decodeFamilyId, writeFamilyQuery } from "./netlink/generic.ts";
import {
  decodeBareService,
  decodeDestination,
  decodeService,
  decodeTimeouts,
  IPVS_FAMILY,
  type IpvsChange,
  writeChange,
  writeDaemonStart,
  writeDaemonStop,
  writeDestinationDump,
  writeFlush,
  writeServiceDump,
  writeTimeoutQuery,
  writeTimeouts,
} from "./netlink/ipvs.ts";
import { destinationKeyText, type IpvsDestinationEntry } from "./netlink/ipvs_destination.ts";
import {
  familyOfService,
  type IpvsServiceEntry,
  type IpvsServiceKey,
  serviceKeyText,
} from "./netlink/ipvs_service.ts";
import type { IpvsDaemon, IpvsDaemonRole, IpvsTimeouts } from "./netlink/ipvs_settings.ts";
import type { MessageWriter, NetlinkMessage } from "./netlink/message.ts";
import { HeldFile } from "./sys/held_file.ts";
import { SyscallError } from "./sys/libc.ts";
import { openNetlinkSocket } from "./sys/socket.ts";

export type { IpvsChange } from "./netlink/ipvs.ts";

/** How a change ended. */
export interface IpvsResult {
  /** 0: it is as it shall be; else the kernel's errno. */
  readonly errno: number;
  /** What the kernel says about it. */
  readonly message?: string | undefined;
  /** What the kernel had, where the change took the contrary for granted. */
  readonly found?: "present" | "absent";
}

/** A listing, or the errno of why there is none. */
export type IpvsListing<Entry> = { readonly errno: number; readonly entries: readonly Entry[] };

const NETLINK_GENERIC = 16;
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** Of the namespace that this thread is in. */
const GLANCE_FILE = "/proc/thread-self/net/ip_vs";
/** Of 100,000 services with two servers each. */
const GLANCE_BYTES_MAX = 1 << 25;
/** Most changes in one datagram; more gain nothing and keep others waiting. */
const BATCH_CHANGES_MAX = 64;
/** First, by what the kernel found, and once more if it changed meanwhile. */
const ATTEMPTS_MAX = 3;
const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;
const EBADMSG = 74;
/** The client's, for no answer. */
const ENOBUFS = 105;

/** What is asked for of each entry. */
export interface IpvsDetail {
  /** What was counted; default: true. To read it takes longer than all the rest. */
  readonly stats?: boolean;
}

/** The IPVS of the network namespace it was opened in. */
export class Ipvs implements Disposable {
  readonly #client: NetlinkClient;
  readonly #familyId: number;
  readonly #file: HeldFile | undefined;
  #refusedCount = 0;

  /** Takes client and file over, which {@linkcode Ipvs.open} opens. */
  constructor(client: NetlinkClient, familyId: number, file: HeldFile | undefined) {
    this.#client = client;
    this.#familyId = familyId;
    this.#file = file;
  }

  /**
   * Opens it, which makes the kernel load the module. Undefined if this kernel has none; throws a
   * `SyscallError` if something else is in the way.
   */
  static open(): Ipvs | undefined {
    const options = { protocol: NETLINK_GENERIC, receiveBufferBytes: RECEIVE_BUFFER_BYTES };
    // The file is there once the module is.
    return Ipvs.over(
      openNetlinkSocket(options),
      () => HeldFile.open(GLANCE_FILE, GLANCE_BYTES_MAX),
    );
  }

  /** The same over a socket, which it takes over. */
  static over(
    socket: NetlinkSocket,
    openFile: () => HeldFile | undefined = () => undefined,
  ): Ipvs | undefined {
    using stack = new DisposableStack();
    const client = stack.use(new NetlinkClient(socket));
    let familyId: number | undefined;
    const [outcome] = client.transact(
      (writer) => writeFamilyQuery(writer, IPVS_FAMILY),
      ({ body }) => {
        const id = decodeFamilyId(body);
        if (typeof id === "number") familyId = id;
      },
    );
    assert(outcome !== undefined, "A query is one request");
    if (outcome.errno === ENOENT) return undefined;
    if (outcome.errno !== 0) throw new SyscallError("generic netlink family IPVS", outcome.errno);
    if (familyId === undefined) throw new SyscallError("generic netlink family IPVS", EBADMSG);
    stack.move();
    return new Ipvs(client, familyId, openFile());
  }

  /** Datagrams and messages refused: not from the kernel, or malformed. */
  get refusedCount(): number {
    return this.#refusedCount + this.#client.refusedCount;
  }

  /** Makes one batch of changes: those from `start` on that fit. Their results, at least one. */
  changeBatch(changes: readonly IpvsChange[], start = 0): readonly IpvsResult[] {
    const batch = changes.slice(start, start + batchLength(changes, start));
    const results: IpvsResult[] = batch.map(() => ({ errno: 0 }));
    let open = batch.map((change, index) => ({ change, index }));
    for (let attempt = 0; attempt < ATTEMPTS_MAX && open.length > 0; attempt++) {
      const outcomes = this.#transact((writer) => {
        for (const { change } of open) writeChange(writer, this.#familyId, change);
      });
      open = open.flatMap(({ change, index }, i) => {
        const outcome = outcomes[i];
        assert(outcome !== undefined, "Each request has its outcome");
        const found = contradiction(change, outcome.errno) ?? results[index]?.found;
        const done = isDelete(change) && isAbsence(change, outcome.errno);
        results[index] = { ...done ? { errno: 0 } : outcome, ...found ? { found } : {} };
        const next = done ? undefined : nextAttempt(change, outcome.errno);
        return next ? [{ change: next, index }] : [];
      });
    }
    return results;
  }

  /** Makes all changes, in order and whatever becomes of each. Their results, in order. */
  change(changes: readonly IpvsChange[]): readonly IpvsResult[] {
    const results: IpvsResult[] = [];
    while (results.length < changes.length) {
      results.push(...this.changeBatch(changes, results.length));
    }
    return results;
  }

  /** All services, also those that others made; what they counted may be left out. */
  services({ stats = true }: IpvsDetail = {}): IpvsListing<IpvsServiceEntry> {
    const decode = stats ? decodeService : decodeBareService;
    return this.#list((writer) => writeServiceDump(writer, this.#familyId), decode);
  }

  /** The destinations of one service; none if it is not there. */
  destinations(key: IpvsServiceKey): IpvsListing<IpvsDestinationEntry> {
    return this.#list(
      (writer) => writeDestinationDump(writer, this.#familyId, key),
      (body) => decodeDestination(body, familyOfService(key)),
    );
  }

  /**
   * What all services look like, which costs little where there are many; undefined if this cannot
   * be seen.
   */
  glance(): IpvsGlance | undefined {
    const bytes = this.#file?.read();
    return bytes && readGlance(bytes);
  }

  /** Removes all services, also those that others made. */
  flush(): IpvsResult {
    return this.#command((writer) => writeFlush(writer, this.#familyId));
  }

  /** How long connections without packets are remembered; undefined if the kernel will not say. */
  timeouts(): IpvsTimeouts | undefined {
    let timeouts: IpvsTimeouts | undefined;
    this.#transact((writer) => writeTimeoutQuery(writer, this.#familyId), ({ body }) => {
      const values = decodeTimeouts(body);
      if (typeof values === "string") this.#refusedCount++;
      else timeouts = values;
    });
    return timeouts;
  }

  /** Sets all three. */
  setTimeouts(timeouts: IpvsTimeouts): IpvsResult {
    return this.#command((writer) => writeTimeouts(writer, this.#familyId, timeouts));
  }

  /** Starts a synchronization daemon; EEXIST if it runs, however it was started. */
  startDaemon(daemon: IpvsDaemon): IpvsResult {
    return this.#command((writer) => writeDaemonStart(writer, this.#familyId, daemon));
  }

  /** Stops one, if it runs. */
  stopDaemon(role: IpvsDaemonRole, syncId: number): IpvsResult {
    const stop = () =>
      this.#command((writer) => writeDaemonStop(writer, this.#familyId, role, syncId));
    const first = stop();
    // A daemon that had no turn yet is stopped without an answer: EINTR, which netlink swallows.
    const last = first.errno === ENOBUFS ? stop() : first;
    if (last.errno !== ESRCH) return last;
    return last === first ? { errno: 0, found: "absent" } : { errno: 0 };
  }

  /** Closes what is open; the table stays. */
  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#client[Symbol.dispose]();
  }

  #command(write: (writer: MessageWriter) => void): IpvsResult {
    const [outcome] = this.#transact(write);
    assert(outcome !== undefined, "A command is one request");
    return outcome;
  }

  #list<Entry extends object>(
    write: (writer: MessageWriter) => void,
    decode: (body: DataView) => Entry | string,
  ): IpvsListing<Entry> {
    const entries: Entry[] = [];
    const [outcome] = this.#transact(write, ({ body }) => {
      const entry = decode(body);
      if (typeof entry === "string") this.#refusedCount++;
      else entries.push(entry);
    });
    assert(outcome !== undefined, "A listing is one request");
    return outcome.errno === 0 ? { errno: 0, entries } : { errno: outcome.errno, entries: [] };
  }

  #transact(
    write: (writer: MessageWriter) => void,
    each?: (message: NetlinkMessage) => void,
  ): readonly Outcome[] {
    return this.#client.transact(write, (message) => {
      if (message.type === this.#familyId) each?.(message);
    });
  }
}

/** How many changes from `start` on go in one batch: at least one. */
function batchLength(changes: readonly IpvsChange[], start: number): number {
  const limit = Math.min(BATCH_CHANGES_MAX, changes.length - start);
  const objects = new Set<string>();
  /** Services that the batch sets, or whose destinations it sets. */
  const services = new Set<string>();
  for (let length = 0; length < limit; length++) {
    const change = changes[start + length];
    assert(change !== undefined, "The limit is within the changes");
    const service = serviceKeyText(change.service.key);
    const object = "destination" in change
      ? `${service} ${destinationKeyText(change.destination)}`
      : service;
    if (objects.has(object)) return length;
    if (object === service && services.has(service)) return length;
    objects.add(object);
    if (!isDelete(change)) services.add(service);
  }
  return limit;
}

function isDelete({ type }: IpvsChange): boolean {
  return type === "deleteService" || type === "deleteDestination";
}

/** Whether the kernel says that what the change is about, or its service, is not there. */
function isAbsence(change: IpvsChange, errno: number): boolean {
  // About a service, ENOENT is for its scheduler.
  return errno === ESRCH || errno === ENOENT && "destination" in change;
}

/** What the kernel has, if the change took the contrary for granted. */
function contradiction(change: IpvsChange, errno: number): IpvsResult["found"] {
  if (errno === EEXIST) return "present";
  const isAdd = change.type === "addService" || change.type === "addDestination";
  return !isAdd && isAbsence(change, errno) ? "absent" : undefined;
}

/** The change that fits what the kernel has; undefined if another attempt is of no use. */
function nextAttempt(change: IpvsChange, errno: number): IpvsChange | undefined {
  if (errno === EEXIST) {
    return "destination" in change
      ? { ...change, type: "editDestination" }
      : { ...change, type: "editService" };
  }
  if (!isAbsence(change, errno)) return undefined;
  // Also a destination whose service is added only at the second attempt.
  return "destination" in change
    ? { ...change, type: "addDestination" }
    : { ...change, type: "addService" };
}
