/**
 * The port of one virtual router: carries out its commands and tells it the facts.
 *
 * It watches the interfaces that the instance needs, sends and receives its advertisements, and
 * leaves its addresses and announcements to {@linkcode AddressKeeper} and {@linkcode Announcer}.
 *
 * @module
 */
import type { Link, LinkEvent } from "../../net/link_table.ts";
import { type VrrpInstanceConfig, vrrpInstanceIdentity } from "../../machines/config.ts";
import type { VirtualMacConfig } from "../../machines/global_config.ts";
import { sameVerdict, type Verdicts } from "../../machines/standing.ts";
import type { VrrpCommand, VrrpFact, VrrpReport } from "../../machines/vrrp_facts.ts";
import { PRIORITY_RESIGN } from "../../machines/vrrp_rules.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type AddressKeeper, placeAddresses, type PlacedAddress } from "./address_keeper.ts";
import { AdvertisementBuilder } from "./advertisement_builder.ts";
import type { AdvertisementHub, Channel } from "./advertisement_hub.ts";
import type { Announcer } from "./announcer.ts";
import { ClaimAnnouncements } from "./claim_announcements.ts";
import type { Firewall } from "./firewall.ts";
import { type Homes, InstanceLinks } from "./instance_links.ts";
import type { InterfaceWatch } from "./interface_watch.ts";
import { ReportLimit } from "./report_limit.ts";
import type { Outside } from "./outside.ts";
import { entriesOf, type RoutingEntry } from "./routing_entry.ts";
import type { RoutingKeeper } from "./routing_keeper.ts";
import type { VirtualLinks } from "./virtual_links.ts";
import { newCounters, type VrrpCounters } from "./vrrp_counters.ts";
import { VrrpRecord } from "./vrrp_record.ts";
import { WireHabits } from "./wire_habits.ts";
import {
  examineNeeds,
  examineTracks,
  namesInterface,
  type Needs,
  ownLink,
  type Surroundings,
} from "./vrrp_needs.ts";

/** What the ports of all instances of a process share. */
export interface VrrpShared {
  readonly outside: Outside;
  readonly clock: Clock;
  readonly hub: AdvertisementHub;
  readonly interfaces: InterfaceWatch;
  readonly keeper: AddressKeeper;
  readonly announcer: Announcer;
  readonly routing: RoutingKeeper;
  readonly firewall: Firewall;
  readonly virtualLinks: VirtualLinks;
  readonly virtualMacNames: () => Pick<VirtualMacConfig, "prefix" | "addressPrefix">;
  readonly log: Log;
  /** Does something at the end of the turn. */
  readonly later: (work: () => void) => void;
  /** Told of every change, by identity: for the parent, for notifications. */
  readonly onReport: (id: string, name: string, report: VrrpReport) => void;
}

const SOCKET_RETRY_MS = 1_000;
/** What IPv6 asks of every link (RFC 8200 §5); used while the link is not known. */
const MTU_BYTES_LEAST = 1_280;

/** One virtual router's door to the world. */
export class VrrpIo implements Disposable {
  readonly #shared: VrrpShared;
  readonly #onDisposed: () => void;
  readonly #tell: (fact: VrrpFact) => void;
  /** Identity of the instance on the wire. */
  readonly id: string;
  #config: VrrpInstanceConfig;
  /** The addresses of the configuration with their interfaces. */
  #placed: readonly PlacedAddress[];
  /** The routes and rules of the configuration. */
  #entries: readonly RoutingEntry[];
  #builder: AdvertisementBuilder;
  #channel: Channel | undefined;
  readonly #links: InstanceLinks;
  #homes: Homes;
  /** The interface that was made for it, if it wants one. */
  readonly own = (): Homes["own"] => this.#homes.own;
  #needs: Needs = { faults: [], primaryIp: undefined, source: undefined, link: undefined };
  /** What the machine knows of tracked interfaces. */
  #verdicts: Verdicts = {};
  #active = false;
  /** Effective priority, as last told. */
  #priority: number;
  /** Addresses that others removed since the machine was last told. */
  #vanishedCount = 0;
  readonly #announcements: ClaimAnnouncements;
  /** Why there are no sockets, as a fault. */
  #socketFault: string | undefined;
  #retryTimer: number | undefined;
  readonly #lesserLimit: ReportLimit;
  readonly #subscriptions: readonly (() => void)[];
  readonly counters: VrrpCounters = newCounters();
  readonly record: VrrpRecord;
  /** Goes on over a reload: routers that hear us would refuse what begins anew. */
  readonly #habits = new WireHabits();

  constructor(
    shared: VrrpShared,
    config: VrrpInstanceConfig,
    tell: (fact: VrrpFact) => void,
    onDisposed: () => void,
  ) {
    this.#shared = shared;
    this.#onDisposed = onDisposed;
    this.#config = config;
    this.#priority = config.priority;
    this.#entries = entriesOf(config.routes, config.rules);
    this.#lesserLimit = new ReportLimit(shared.clock);
    this.#tell = tell;
    this.record = new VrrpRecord(this.counters, () => shared.outside.unixMs());
    this.id = vrrpInstanceIdentity(config);
    this.#links = new InstanceLinks({
      table: shared.outside.links,
      virtualLinks: shared.virtualLinks,
      virtuals: shared.hub.virtuals,
      names: shared.virtualMacNames,
    }, this.id);
    shared.hub.addVirtualAddresses(config);
    this.#homes = this.#links.update(config, undefined);
    this.#placed = placeAddresses(config, this.#homes.placeOf);
    this.#builder = this.#builderFor(config);
    this.#announcements = new ClaimAnnouncements(
      shared,
      this.id,
      () => this.#config,
    );
    shared.keeper.register(this.id, {
      installed: (addresses, isLast) => {
        if (this.#active) this.#announcements.announceInstalled(addresses, isLast);
      },
      failed: (operation, { address: { ip, prefixLength } }, why) =>
        shared.log.addressFailed(this.#config.name, operation, `${ip}/${prefixLength}`, why),
    });
    shared.routing.register(this.id, {
      failed: (operation, words, why) =>
        shared.log.routingFailed(this.#config.name, operation, words, why),
      restored: (words) => shared.log.routingRestored(this.#config.name, words),
      isReady: () => !shared.keeper.isAdding(this.id),
    });
    this.#subscriptions = [
      shared.outside.links.subscribe((event) => this.#notice(event)),
      shared.interfaces.subscribe((name) => {
        if (this.#isOurs(name)) this.#examine();
      }),
    ];
    this.#examine();
  }

  /** Carries out one command of the machine. */
  carryOut(command: VrrpCommand): void {
    switch (command.type) {
      case "SEND_ADVERTISEMENT":
        return this.#send(command.priority);
      case "CLAIM_ADDRESSES":
        return this.#claim();
      case "RELEASE_ADDRESSES":
        return this.#release();
      case "ANNOUNCE_ADDRESSES":
        return this.#announcements.announce(command.repeatCount);
      case "CONFIGURE":
        return this.#configure(command.config);
      case "REPORT":
      case "REPORT_PRIORITY":
      case "REPORT_LESSER":
        return this.#report(command);
    }
  }

  /** Builds the first advertisement of a takeover without sending it. */
  rehearse(): void {
    if (!this.#channel || this.#needs.source === undefined) return;
    const { keeper, announcer } = this.#shared;
    this.#channel.prepare(this.#builder.prebuild(this.#priority));
    announcer.prepare(keeper.prepare(this.id, this.#placed));
  }

  /** Lets go of sockets; addresses still held are released by the keeper. */
  [Symbol.dispose](): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    if (this.#retryTimer !== undefined) this.#shared.clock.clearTimeout(this.#retryTimer);
    this.#channel?.[Symbol.dispose]();
    this.#shared.routing.unregister(this.id);
    this.#shared.keeper.unregister(this.id);
    this.#shared.firewall.release(this.id);
    this.#links.release();
    this.#shared.hub.removeVirtualAddresses(this.#config);
    this.#onDisposed();
  }

  // --- what the instance needs -------------------------------------------------------------------

  #notice(event: LinkEvent): void {
    if (event.type === "addressGone" && !event.own) this.#noticeVanished(event);
    if (event.type === "linkGone") this.#shared.keeper.noteGone(this.id, event.link.name);
    if (this.#concerns(event)) this.#examine();
    // An interface that appears, or comes up again, lacks what was put on it.
    const comesUp = event.type === "link" && event.link.up && !event.previous?.up;
    if (comesUp && this.#active && this.#isOurs(event.link.name)) this.#claim();
  }

  /**
   * Whether an event may change what the instance lacks: cheap, as every instance hears every one.
   */
  #concerns(event: LinkEvent): boolean {
    if (event.type === "route" || event.type === "routeGone") return false;
    if (event.type === "address" || event.type === "addressGone") {
      const { interfaceIndex, ip } = event.address;
      const isHere = interfaceIndex === this.#needs.link?.index ||
        interfaceIndex === this.#homes.wire?.index;
      return isHere && !this.#shared.hub.isVirtual(ip);
    }
    const name = event.link.name;
    const previousName = event.type === "link" ? event.previous?.name : undefined;
    return this.#isOurs(name) || (previousName !== undefined && this.#isOurs(previousName));
  }

  #isOurs(interfaceName: string): boolean {
    return this.#homes.names.has(interfaceName) || namesInterface(this.#config, interfaceName);
  }

  #examine(): void {
    const before = this.#needs;
    const surroundings: Surroundings = {
      table: this.#shared.outside.links,
      isUp: (link) => this.#shared.interfaces.isUp(link),
      virtuals: this.#shared.hub.virtuals,
    };
    const { wire: wireBefore, names } = this.#homes;
    this.#homes = this.#links.update(this.#config, ownLink(this.#config, surroundings.table));
    const { wire, faults } = this.#homes;
    if (names.size + this.#homes.names.size > 0) this.#replace();
    // An ipvlan has the MAC address of the interface below, but addresses of its own.
    const sourceLink = this.#config.ipvlan ? wire : undefined;
    const now = examineNeeds(this.#config, { ...surroundings, sourceLink });
    if (wire?.index !== wireBefore?.index || !this.#channel) this.#reopen(wire);
    if (faults.length > 0) this.#retryLater();
    const socketFaults = this.#socketFault ?? [];
    const after = { ...now, faults: now.faults.concat(faults, socketFaults) };
    this.#needs = after;
    if (after.source !== before.source || after.link?.mtuBytes !== before.link?.mtuBytes) {
      this.#builder.setSource(after.source, after.link?.mtuBytes ?? MTU_BYTES_LEAST);
    }
    if (after.primaryIp !== undefined && after.primaryIp !== before.primaryIp) {
      this.#tell({ type: "SOURCE_ADDRESS", ip: after.primaryIp });
    }
    for (const reason of after.faults) {
      if (!before.faults.includes(reason)) this.#tell({ type: "FAULT_RAISED", reason });
    }
    for (const reason of before.faults) {
      if (!after.faults.includes(reason)) this.#tell({ type: "FAULT_CLEARED", reason });
    }
    this.#tellVerdicts(examineTracks(this.#config, surroundings));
    // An interface that was made again has no addresses.
    const isOther = faults.length === 0 && wire !== undefined && wire.index !== wireBefore?.index;
    if (isOther && this.#active) this.#claim();
  }

  /** Addresses may belong on other interfaces now. The array is the same as long as they do not. */
  #replace(): void {
    const placed = placeAddresses(this.#config, this.#homes.placeOf);
    const isSame = placed.length === this.#placed.length &&
      placed.every(({ interfaceName }, i) => interfaceName === this.#placed[i]?.interfaceName);
    if (!isSame) this.#placed = placed;
  }

  /** Whatever the kernel lacks may come. */
  #retryLater(): void {
    this.#retryTimer ??= this.#shared.clock.setTimeout(() => {
      this.#retryTimer = undefined;
      this.#examine();
    }, SOCKET_RETRY_MS);
  }

  #tellVerdicts(verdicts: Verdicts): void {
    const news = Object.entries(verdicts).filter(([object, verdict]) =>
      !sameVerdict(verdict, this.#verdicts[object])
    );
    this.#verdicts = verdicts;
    if (news.length === 0) return;
    const atMs = this.#shared.clock.originMs;
    this.#tell({ type: "TRACKED", verdicts: Object.fromEntries(news), atMs });
  }

  #reopen(link: Link | undefined): void {
    this.#channel?.[Symbol.dispose]();
    this.#channel = undefined;
    this.#socketFault = undefined;
    const { interface: own, vrf, name } = this.#config;
    const bound = own ?? vrf;
    if (bound !== undefined && !link) return;
    try {
      this.#channel = this.#shared.hub.attach(
        this.#config,
        bound === undefined ? undefined : link,
        {
          config: () => this.#config,
          primaryIp: () => this.#needs.primaryIp,
          counters: this.counters,
          habits: this.#habits,
          accepted: (advertisement, source) => {
            const { priority, maxAdvertiseIntervalCs } = advertisement;
            if (source === this.#needs.primaryIp) this.#shared.log.ownAddressHeard(name, source);
            this.record.hear(source, priority);
            const atMs = this.#shared.clock.originMs;
            this.#tell({ type: "ADVERTISEMENT", source, priority, maxAdvertiseIntervalCs, atMs });
          },
        },
      );
    } catch (error) {
      // Deaf and dumb it must not take part.
      const why = error instanceof Error ? error.message : String(error);
      this.#socketFault = `no sockets on ${bound ?? "any interface"}: ${why}`;
      this.#retryLater();
    }
  }

  // --- what the machine commands -----------------------------------------------------------------

  #send(priority: number): void {
    if (!this.#channel || this.#needs.source === undefined) return;
    this.#shared.clock.awaitOrigin();
    this.#channel.send(this.#builder.build(priority));
    this.counters.advertisementsSentCount++;
    if (priority === PRIORITY_RESIGN) this.counters.priorityZeroSentCount++;
  }

  #configure(config: VrrpInstanceConfig): void {
    const { hub } = this.#shared;
    hub.addVirtualAddresses(config);
    hub.removeVirtualAddresses(this.#config);
    const isOtherProtocol = config.authenticationHeader !== this.#config.authenticationHeader;
    this.#config = config;
    if (isOtherProtocol) this.#reopen(this.#homes.wire);
    this.#placed = placeAddresses(config, this.#homes.placeOf);
    this.#entries = entriesOf(config.routes, config.rules);
    this.#builder = this.#builderFor(config);
    this.#builder.setSource(this.#needs.source, this.#needs.link?.mtuBytes ?? MTU_BYTES_LEAST);
    this.#examine();
    this.#channel?.reconfigure();
  }

  #builderFor(config: VrrpInstanceConfig): AdvertisementBuilder {
    return new AdvertisementBuilder(config, () => this.#shared.outside.unixMs(), this.#habits);
  }

  #report(report: VrrpReport): void {
    if (report.type === "REPORT_LESSER" && this.#lesserLimit.isRepeated()) return;
    const [{ name }, { log, announcer }] = [this.#config, this.#shared];
    this.record.report(report);
    this.#shared.later(() => {
      log.report(name, report);
      this.#shared.onReport(this.id, name, report);
      if (!this.#active) announcer.build(this.#placed);
    });
    if (report.type === "REPORT_LESSER") return;
    this.#priority = report.priority;
    // The first takeover must not wait for a message to be built.
    if (this.#needs.source !== undefined && !this.#active) this.#builder.prepare(this.#priority);
  }

  #claim(): void {
    this.#active = true;
    const wanted = this.#placed;
    const { firewall } = this.#shared;
    if (!this.#config.accept) firewall.block(this.id, wanted);
    else firewall.release(this.id);
    this.#announcements.forgetUnwanted(wanted);
    this.#shared.keeper.claim(this.id, wanted);
    this.#shared.routing.claim(this.id, this.#entries);
  }

  #release(): void {
    this.#active = false;
    const { keeper } = this.#shared;
    this.#announcements.forgetAll(this.#placed);
    this.#shared.routing.release(this.id, this.#entries);
    keeper.release(this.id, this.#placed);
    this.#shared.firewall.release(this.id);
  }

  #noticeVanished({ address }: LinkEvent & { type: "addressGone" }): void {
    const link = this.#shared.outside.links.linkByIndex(address.interfaceIndex);
    const { ip, prefixLength } = address;
    if (!link || !this.#shared.keeper.noteVanished(this.id, link.name, ip, prefixLength)) return;
    if (!this.#active) return;
    this.#shared.log.addressVanished(this.#config.name, ip);
    // A flushed interface loses thousands at once: one fact for all of them.
    if (this.#vanishedCount++ > 0) return;
    this.#shared.clock.setTimeout(() => {
      const count = this.#vanishedCount;
      this.#vanishedCount = 0;
      if (this.#active) this.#tell({ type: "ADDRESSES_VANISHED", count });
    }, 0);
  }
}
