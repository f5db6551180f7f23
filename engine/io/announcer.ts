/**
 * Gratuitous ARP and unsolicited Neighbor Advertisements: tells the neighbours where a virtual
 * address is now (RFC 9568 §8.1.2, §8.2.2). Frames wait in one queue per interface and leave in
 * batches at the end of a turn, or, of each family, one by one where a least gap is configured.
 *
 * @module
 */
import { familyOf, type Ip, ip, type Mac } from "../../net/address.ts";
import { encodeGratuitousArp, gratuitousArpFor } from "../../net/packet/arp.ts";
import { encodeUnsolicitedAdvertisement } from "../../net/packet/ndp.ts";
import type { GarpGroupConfig } from "../../machines/track_config.ts";
import type { Link } from "../../net/link_table.ts";
import type { Clock } from "../clock.ts";
import type { Frame, Outside } from "./outside.ts";
import type { PlacedAddress } from "./address_keeper.ts";

/**
 * Least gaps between two announcements on one interface; 0: none. Those of a `garp_group` come
 * first, and hold for all its interfaces together.
 */
export interface AnnouncementGaps {
  readonly arpIntervalUs: number;
  readonly neighborIntervalUs: number;
}

/** Announcements sent and refused. */
export interface AnnouncementCounters {
  sentCount: number;
  failedCount: number;
}

interface Pending {
  readonly ip: Ip;
  readonly interfaceName: string;
  readonly gapMs: number;
}

/** What waits for one interface, or for those of a group; if it has gaps, of one family. */
interface Lane {
  readonly queue: Pending[];
  /** How often each address is in the queue, for each interface. */
  readonly waitingCounts: Map<string, number>;
  /** Not before this time, on the clock's scale. */
  notBeforeMs: number;
  timer: number | undefined;
}

/** Frames that were built ahead, and what they were built from. */
interface Prepared {
  readonly frames: readonly Frame[];
  /** Interfaces as they were then. */
  readonly links: readonly (Link | undefined)[];
  /** Whether a router forwards is asked again after that. */
  readonly untilMs: number;
}

/** Frames of one interface. */
interface LinkFrames {
  /** A gratuitous ARP for no address in particular. */
  readonly template: Uint8Array<ArrayBuffer>;
  readonly 4: Map<Ip, Frame>;
  /** Of a host, of a router. */
  readonly 6: Map<Ip, Frame>[];
}

/** No interface is called so. */
const GROUP_PREFIX = "group/";
/** Behind the name of an interface or group: what leaves there one by one. */
const PACED_V4 = " IPv4";
const PACED_V6 = " IPv6";
const ANY = ip("0.0.0.0");
const PREPARED_MS = 5_000;
/** Frames built and sent at once. */
const BATCH_COUNT = 64;
/** Frames kept for one interface. */
const FRAME_COUNT_MAX = 8_192;
/** Announcements waiting on one interface; beyond it new ones are refused and counted. */
const QUEUE_COUNT_MAX = 200_000;
const US_PER_MS = 1_000;
/** The kernel's queue is full (EAGAIN, ENOBUFS): the same frames again, a little later. */
const TEMPORARY_ERRNOS: ReadonlySet<number> = new Set([11, 105]);
const RETRY_MS = 1;

/** Sends the announcements of all instances of a process. */
export class Announcer {
  readonly #outside: Outside;
  readonly #clock: Clock;
  readonly #onFailed: (interfaceName: string, code: string) => void;
  /** Frames are sent several times: they are built once. */
  readonly #frames = new WeakMap<Link, LinkFrames>();
  readonly #lanes = new Map<string, Lane>();
  /** Groups by the names of their interfaces. */
  #groups = new Map<string, { readonly lane: string; readonly config: GarpGroupConfig }>();
  /** Frames for arrays of addresses that may have to be announced soon. */
  readonly #prepared = new WeakMap<readonly PlacedAddress[], Prepared>();
  readonly counters: AnnouncementCounters = { sentCount: 0, failedCount: 0 };

  constructor(
    outside: Outside,
    clock: Clock,
    onFailed: (interfaceName: string, code: string) => void,
  ) {
    this.#outside = outside;
    this.#clock = clock;
    this.#onFailed = onFailed;
  }

  /** Takes over the groups of a configuration; what waits already goes as it was queued. */
  configure(groups: readonly GarpGroupConfig[]): void {
    this.#groups = new Map(
      groups.flatMap((config, i) =>
        config.interfaces.map((name) => [name, { lane: `${GROUP_PREFIX}${i}`, config }])
      ),
    );
  }

  /**
   * Queues `roundCount` rounds over the addresses: each address once, then each again. Where there
   * are gaps, what waits already counts: rounds must not pile up faster than they leave. Not so the
   * first `earlierCount`, which are of the same burst.
   */
  announce(
    addresses: readonly PlacedAddress[],
    roundCount: number,
    gaps: AnnouncementGaps,
    earlierCount = 0,
  ): void {
    for (let round = 0; round < roundCount; round++) {
      for (const { address: { ip }, interfaceName } of addresses) {
        const [laneName, gapUs] = this.#laneOf(interfaceName, ip, gaps);
        const waiting = this.#lanes.get(laneName)?.waitingCounts;
        const waitingCount = waiting?.get(`${interfaceName} ${ip}`) ?? 0;
        if (gapUs > 0 && waitingCount > round + earlierCount) continue;
        this.#enqueue(laneName, { ip, interfaceName, gapMs: gapUs / US_PER_MS });
      }
    }
  }

  /** Drops what still waits for these addresses: they are not ours any more. */
  forget(addresses: readonly PlacedAddress[]): void {
    const names = addresses.flatMap(({ interfaceName: name }) => {
      const group = this.#groups.get(name);
      return (group ? [name, group.lane] : [name]).flatMap(lanesOf);
    });
    const lanes = [...new Set(names)].flatMap((name) => this.#lanes.get(name) ?? [])
      .filter(({ queue }) => queue.length > 0);
    if (lanes.length === 0) return;
    const keys = new Set(addresses.map((each) => `${each.interfaceName} ${each.address.ip}`));
    for (const lane of lanes) {
      const kept = lane.queue.filter((pending) => !keys.has(keyOf(pending)));
      lane.queue.length = 0;
      lane.queue.push(...kept);
      for (const key of keys) lane.waitingCounts.delete(key);
    }
  }

  /** Sends a batch per interface. Returns whether more can be sent at once. */
  run(): boolean {
    let hasMore = false;
    for (const [name, lane] of this.#lanes) {
      if (lane.queue.length === 0 || lane.timer !== undefined) continue;
      const first = lane.queue[0];
      if (first && first.gapMs > 0) this.#sendPaced(lane);
      else if (this.#sendBatch(name, lane)) hasMore = true;
    }
    return hasMore;
  }

  /** Where an announcement waits, and how long the next one there has to wait after it. */
  #laneOf(interfaceName: string, ip: Ip, gaps: AnnouncementGaps): [lane: string, gapUs: number] {
    const isV4 = familyOf(ip) === 4;
    const own = isV4 ? gaps.arpIntervalUs : gaps.neighborIntervalUs;
    const group = this.#groups.get(interfaceName);
    const shared = isV4 ? group?.config.arpIntervalUs : group?.config.neighborIntervalUs;
    const [name, gapUs] = group && shared !== undefined
      ? [group.lane, shared]
      : [interfaceName, own];
    // What has gaps holds up nothing that has none, or others.
    return gapUs > 0 ? [`${name}${isV4 ? PACED_V4 : PACED_V6}`, gapUs] : [interfaceName, 0];
  }

  #enqueue(laneName: string, pending: Pending): void {
    let lane = this.#lanes.get(laneName);
    if (!lane) {
      lane = { queue: [], waitingCounts: new Map(), notBeforeMs: 0, timer: undefined };
      this.#lanes.set(laneName, lane);
    }
    if (lane.queue.length >= QUEUE_COUNT_MAX) this.counters.failedCount++;
    else {
      lane.queue.push(pending);
      if (pending.gapMs > 0) count(lane, pending, 1);
    }
  }

  #take(lane: Lane, takenCount: number): Pending[] {
    const taken = lane.queue.splice(0, takenCount);
    for (const pending of taken) if (pending.gapMs > 0) count(lane, pending, -1);
    return taken;
  }

  #sendBatch(name: string, lane: Lane): boolean {
    let readyCount = 0;
    while (readyCount < BATCH_COUNT && lane.queue[readyCount]?.gapMs === 0) readyCount++;
    this.#send(name, lane, this.#take(lane, readyCount));
    return lane.queue.length > 0 && lane.timer === undefined;
  }

  #sendPaced(lane: Lane): void {
    const now = this.#clock.now();
    if (now >= lane.notBeforeMs) {
      const [pending] = this.#take(lane, 1);
      if (!pending) return;
      this.#send(pending.interfaceName, lane, [pending]);
      lane.notBeforeMs = now + pending.gapMs;
    }
    if (lane.queue.length > 0) this.#pause(lane, lane.notBeforeMs - now);
  }

  #pause(lane: Lane, durationMs: number): void {
    lane.timer ??= this.#clock.setTimeout(() => {
      lane.timer = undefined; // The task of this turn goes on.
    }, durationMs);
  }

  #send(interfaceName: string, lane: Lane, batch: readonly Pending[]): void {
    const link = this.#outside.links.linkByName(interfaceName);
    // Gone or without neighbours: nobody to tell.
    if (!link?.mac || link.loopback || link.noArp) return;
    const router = batch.some(({ ip }) => familyOf(ip) === 6) &&
      this.#outside.forwards(6, interfaceName);
    const { mac } = link;
    const frames = batch.map(({ ip }) => this.#frameOf(ip, mac, link, router));

    const { sentCount, errno } = this.#outside.sendFrames(frames);

    this.counters.sentCount += sentCount;
    if (TEMPORARY_ERRNOS.has(errno)) {
      const unsent = batch.slice(sentCount);
      lane.queue.unshift(...unsent);
      for (const pending of unsent) if (pending.gapMs > 0) count(lane, pending, 1);
      this.#pause(lane, RETRY_MS);
      return;
    }
    this.counters.failedCount += frames.length - sentCount;
    if (errno !== 0) this.#onFailed(interfaceName, this.#outside.errorName(errno));
  }

  /** Builds the frames of addresses that may have to be announced one day. */
  build(addresses: readonly PlacedAddress[]): void {
    if (addresses.length <= FRAME_COUNT_MAX) this.#framesOf(addresses);
  }

  /** Makes ready for {@linkcode announceFirst} with the same array, for a while. */
  prepare(addresses: readonly PlacedAddress[]): void {
    const links = addresses.map((placed) => this.#outside.links.linkByName(placed.interfaceName));
    const built = this.#framesOf(addresses);
    const known = this.#prepared.get(addresses)?.frames;
    const isSame = known?.length === built.length && known.every((frame, i) => frame === built[i]);
    // The same array, so that whoever prepared to send it recognizes it.
    const frames = isSame ? known : built;
    this.#prepared.set(addresses, { frames, links, untilMs: this.#clock.now() + PREPARED_MS });
    this.#outside.prepareFrames?.(frames);
    this.#sendAll([]); // So that V8 knows the way.
  }

  /**
   * Announces each address once, at once; where there are gaps, or others wait, it takes its turn.
   */
  announceFirst(addresses: readonly PlacedAddress[], gaps: AnnouncementGaps): void {
    const isFree = gaps.arpIntervalUs === 0 && gaps.neighborIntervalUs === 0 &&
      addresses.every(({ interfaceName }, i) =>
        interfaceName === addresses[i - 1]?.interfaceName ||
        (this.#lanes.get(interfaceName)?.queue.length ?? 0) === 0 &&
          !this.#groups.has(interfaceName)
      );
    if (isFree && this.#sendAll(this.#preparedFrames(addresses) ?? this.#framesOf(addresses))) {
      return;
    }
    this.announce(addresses, 1, gaps);
    this.run();
  }

  /** Whether the kernel took all of them. */
  #sendAll(frames: readonly Frame[]): boolean {
    const { sentCount } = this.#outside.sendFrames(frames);
    this.counters.sentCount += sentCount;
    return sentCount === frames.length;
  }

  /** Frames that were prepared, if they still say what they should. */
  #preparedFrames(addresses: readonly PlacedAddress[]): readonly Frame[] | undefined {
    const prepared = this.#prepared.get(addresses);
    if (!prepared || this.#clock.now() > prepared.untilMs) return undefined;
    const isCurrent = addresses.every(({ interfaceName }, i) =>
      this.#outside.links.linkByName(interfaceName) === prepared.links[i]
    );
    return isCurrent ? prepared.frames : undefined;
  }

  /** Frames for addresses; none where there are no neighbours to tell. */
  #framesOf(addresses: readonly PlacedAddress[]): Frame[] {
    const frames: Frame[] = [];
    let link: Link | undefined;
    let name: string | undefined;
    for (const { address: { ip }, interfaceName } of addresses) {
      if (interfaceName !== name) link = this.#outside.links.linkByName(interfaceName);
      name = interfaceName;
      if (!link?.mac || link.loopback || link.noArp) continue;
      const router = familyOf(ip) === 6 && this.#outside.forwards(6, interfaceName);
      frames.push(this.#frameOf(ip, link.mac, link, router));
    }
    return frames;
  }

  /** A link that changes is another object: its frames are built anew. */
  #frameOf(ip: Ip, mac: Mac, link: Link, router: boolean): Frame {
    let known = this.#frames.get(link);
    if (!known) {
      known = { template: encodeGratuitousArp({ senderMac: mac, ip: ANY }), 4: new Map(), 6: [] };
      this.#frames.set(link, known);
    }
    const isIpv4 = familyOf(ip) === 4;
    const frames = isIpv4 ? known[4] : known[6][router ? 1 : 0] ??= new Map();
    const built = frames.get(ip);
    if (built) return built;
    const frame = {
      bytes: isIpv4
        ? gratuitousArpFor(known.template, ip)
        : encodeUnsolicitedAdvertisement({ mac, ip, router }),
      interfaceIndex: link.index,
    };
    if (frames.size >= FRAME_COUNT_MAX) frames.clear();
    frames.set(ip, frame);
    return frame;
  }
}

function lanesOf(name: string): string[] {
  return [name, `${name}${PACED_V4}`, `${name}${PACED_V6}`];
}

function keyOf({ interfaceName, ip }: Pending): string {
  return `${interfaceName} ${ip}`;
}

function count({ waitingCounts }: Lane, pending: Pending, change: 1 | -1): void {
  const key = keyOf(pending);
  const waitingCount = (waitingCounts.get(key) ?? 0) + change;
  if (waitingCount > 0) waitingCounts.set(key, waitingCount);
  else waitingCounts.delete(key);
}
