/**
 * What clients ask for: addresses and marks, family, protocol, scheduler, persistence.
 *
 * @module
 */
import { compareIp, type Family, familyOf, type Ip, ipToBytes } from "../../../net/address.ts";
import {
  type PersistenceConfig,
  type ServiceEntry,
  serviceIdentity,
  type VirtualServerConfig,
} from "../../../machines/lvs_config.ts";
import { type Complaints, quote } from "../diagnostic.ts";
import type { Given } from "../given.ts";
import { nearestWord } from "../nearest_word.ts";
import {
  type GroupLine,
  type LvsDraft,
  MENTIONED,
  type SchedulerDraft,
  type VirtualServerDraft,
} from "./drafts.ts";
import type { Mutable } from "../drafts.ts";

/** The part of a virtual server that is its service. */
export type Service = Pick<
  VirtualServerConfig,
  | "name"
  | "entries"
  | "protocol"
  | "family"
  | "scheduler"
  | "schedulerFlags"
  | "onePacket"
  | "persistence"
  | "followsAddress"
>;

/** The service; `number` counts the virtual servers of its group. */
export function resolveService(
  draft: VirtualServerDraft,
  number: number,
  lvs: LvsDraft,
  complaints: Complaints,
): Service {
  const lines = linesOf(draft, lvs, complaints);
  const family = familyOfService(draft, lines, complaints);
  const entries = lines.map((line): ServiceEntry =>
    line.kind === "fwmark" ? { ...line, family: line.family ?? family } : line
  );
  checkSize(draft, entries, complaints);
  const protocol = protocolOf(draft, entries, complaints);
  const persistence = persistenceOf(draft, family, entries, complaints);
  const service: Mutable<Service> = {
    name: nameOf(draft, number, protocol),
    entries,
    protocol: protocol ?? "udp",
    family,
    scheduler: schedulerOf(draft, complaints),
    schedulerFlags: schedulerFlags(draft.scheduler),
    onePacket: onePacket(draft, entries, protocol, complaints),
    followsAddress: followsAddress(draft, entries, complaints),
  };
  // The other way round, nearly every service would change its shape.
  if (!protocol) delete service.protocol;
  if (persistence) service.persistence = persistence;
  return service;
}

function nameOf(
  { service }: VirtualServerDraft,
  number: number,
  protocol: Service["protocol"],
): string {
  switch (service.kind) {
    case "address":
      return addressName(service.ip, protocol, service.port);
    case "fwmark":
      return `FWM ${service.mark}`;
    case "group":
      return `[${service.group}]:${number}`;
  }
}

function addressName(ip: Ip, protocol: Service["protocol"], port: number): string {
  return `[${ip}]:${protocol ?? "none"}:${port}`;
}

/**
 * Text that two services share only if they are the same. That of one address is its name, which is
 * there already.
 */
export function identityOf({ service }: VirtualServerDraft, config: VirtualServerConfig): string {
  if (service.kind === "address") return config.name;
  const { entries, protocol } = config;
  const [first] = entries;
  const isOneAddress = entries.length === 1 && first?.kind === "addresses" &&
    first.first === first.last;
  return isOneAddress ? addressName(first.first, protocol, first.port) : serviceIdentity(config);
}

/** Addresses first, then marks. */
function linesOf(
  { service, place }: VirtualServerDraft,
  { groups }: LvsDraft,
  complaints: Complaints,
): GroupLine[] {
  switch (service.kind) {
    case "address":
      return [{ kind: "addresses", first: service.ip, last: service.ip, port: service.port }];
    case "fwmark":
      if (service.mark === 0) complaints.add("E302", place, "0 is no firewall mark");
      return [{ kind: "fwmark", mark: service.mark }];
    case "group":
  }
  const group = groups.get(service.group);
  if (!group) {
    const nearest = nearestWord(service.group, [...groups.keys()]);
    const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
    const message = `there is no virtual_server_group ${quote(service.group)}`;
    complaints.add("E411", place, message, hint);
    return [];
  }
  if (group.lines.length === 0 && !group.hasBadLine) {
    const message = `virtual_server_group ${quote(service.group)} has no entries`;
    complaints.add("E401", place, message);
  }
  const lines = group.lines.map(({ value }) => value);
  const isAddress = ({ kind }: GroupLine) => kind === "addresses";
  return [...lines.filter(isAddress), ...lines.filter((line) => !isAddress(line))];
}

function familyOfLine(line: GroupLine): Family | undefined {
  return line.kind === "addresses" ? familyOf(line.first) : line.family;
}

function familyOfService(
  draft: VirtualServerDraft,
  lines: readonly GroupLine[],
  complaints: Complaints,
): Family {
  const { service, place } = draft;
  const said = draft.family ?? familyOfServers(draft);
  if (service.kind !== "group") return said ?? commonFamily(draft) ?? 4;
  const own = new Set(lines.flatMap((line) => familyOfLine(line) ?? []));
  const hasPlainMark = lines.some((line) => familyOfLine(line) === undefined);
  const [single] = own;
  if (own.size > 1 && (said !== undefined || hasPlainMark)) {
    const message = `virtual_server_group ${quote(service.group)} has both families: ` +
      (hasPlainMark
        ? "a fwmark in it needs inet or inet6"
        : "then all real servers need lvs_method TUN, and no ip_family");
    complaints.add("E404", place, message);
  } else if (own.size === 1 && said !== undefined && single !== said) {
    const message = `virtual_server_group ${quote(service.group)} is IPv${single}, but the ` +
      `virtual server is IPv${said}`;
    complaints.add("E404", place, message);
  }
  return said ?? (own.size === 1 ? single : undefined) ?? 4;
}

/** Servers without tunnel are of the family of the service. */
function familyOfServers(draft: VirtualServerDraft): Family | undefined {
  const { granularity, realServers, sorry } = draft;
  if (granularity?.value.family === 4) return 4;
  const direct = realServers.find(({ method }) => (method ?? draft.method)?.method !== "TUN");
  if (direct) return familyOf(direct.ip);
  const isTunnelled = (sorry?.method ?? draft.method)?.method === "TUN";
  return sorry && !isTunnelled ? familyOf(sorry.ip) : undefined;
}

function commonFamily({ realServers, sorry }: VirtualServerDraft): Family | undefined {
  const all = [...realServers, ...(sorry ? [sorry] : [])];
  const families = new Set(all.map(({ ip }) => familyOf(ip)));
  const [family] = families;
  return families.size === 1 ? family : undefined;
}

/** Services that one virtual server may stand for. */
const SERVICES_MAX = 65_536;
const OCTET = 256;

/** Addresses from first to last, or a number beyond the limit. */
function sizeOf(first: Ip, last: Ip): number {
  if (first === last || compareIp(last, first) < 0) return 1;
  const [from, to] = [ipToBytes(first), ipToBytes(last)];
  let size = 0;
  for (const [i, octet] of to.entries()) size = size * OCTET + octet - (from[i] ?? 0);
  return size + 1;
}

function checkSize(
  { place }: VirtualServerDraft,
  entries: readonly ServiceEntry[],
  complaints: Complaints,
): void {
  let total = 0;
  for (const entry of entries) {
    total += entry.kind === "fwmark" ? 1 : sizeOf(entry.first, entry.last);
  }
  if (total <= SERVICES_MAX) return;
  const message = `the virtual server has more than ${SERVICES_MAX} addresses`;
  complaints.add("E302", place, message, "a firewall mark");
}

function hasAddress(entries: readonly ServiceEntry[]): boolean {
  return entries.some(({ kind }) => kind === "addresses");
}

function protocolOf(
  { protocol, mentioned, place }: VirtualServerDraft,
  entries: readonly ServiceEntry[],
  complaints: Complaints,
): Service["protocol"] {
  if (hasAddress(entries)) {
    if ((mentioned & MENTIONED.protocol) === 0) {
      complaints.add("W413", place, "no protocol is given: UDP is used");
    }
    return protocol?.value ?? "udp";
  }
  if (protocol && entries.length > 0) {
    const message = "a firewall mark stands for all protocols: ignored";
    complaints.add("W403", protocol.place, message);
  }
  return undefined;
}

const FLAGS = { flag1: 0x08, flag2: 0x10, flag3: 0x20 };

function schedulerFlags({ flag1, flag2, flag3 }: SchedulerDraft): number {
  return (flag1 ? FLAGS.flag1 : 0) | (flag2 ? FLAGS.flag2 : 0) | (flag3 ? FLAGS.flag3 : 0);
}

function schedulerOf(
  { scheduler: { name }, mentioned, place }: VirtualServerDraft,
  complaints: Complaints,
): Service["scheduler"] {
  if ((mentioned & MENTIONED.scheduler) === 0) {
    complaints.add("W413", place, "no lvs_sched is given: wlc is used");
  }
  return name ?? "wlc";
}

function onePacket(
  { onePacket: given }: VirtualServerDraft,
  entries: readonly ServiceEntry[],
  protocol: Service["protocol"],
  complaints: Complaints,
): boolean {
  if (!given || !hasAddress(entries) || protocol === "udp") return given !== undefined;
  complaints.add("W403", given.place, "ops needs protocol UDP: ignored");
  return false;
}

function followsAddress(
  { suspends }: VirtualServerDraft,
  entries: readonly ServiceEntry[],
  complaints: Complaints,
): boolean {
  const isMarked = entries.some(({ kind }) => kind === "fwmark");
  if (suspends && isMarked) {
    complaints.add("W403", suspends.place, "ha_suspend with a firewall mark is ignored");
  }
  return suspends !== undefined && !isMarked;
}

const PERSISTENCE_SEC = 360;
const WHOLE: Readonly<Record<Family, number>> = { 4: 0xffff_ffff, 6: 128 };

function persistenceOf(
  draft: VirtualServerDraft,
  family: Family,
  entries: readonly ServiceEntry[],
  complaints: Complaints,
): PersistenceConfig | undefined {
  const { granularity, persistenceSec, persistenceEngine: engine, place } = draft;
  const isPortless = entries.some((entry) => entry.kind === "addresses" && entry.port === 0);
  if (granularity) checkGranularity(granularity, family, complaints);
  if (!persistenceSec && !granularity) {
    if (!isPortless) return undefined;
    const message = "without a port a service must be persistent: persistence_timeout " +
      `${PERSISTENCE_SEC} is used`;
    complaints.add("W413", place, message);
  }
  return {
    timeoutSec: persistenceSec?.value ?? PERSISTENCE_SEC,
    granularity: granularity?.value.mask ?? WHOLE[family],
    ...(engine !== undefined && { engine }),
  };
}

function checkGranularity(
  { value, place }: Given<{ readonly family: Family }>,
  family: Family,
  complaints: Complaints,
): void {
  if (value.family === family) return;
  const message = `persistence_granularity is of IPv${value.family}, the service of IPv${family}`;
  complaints.add("E404", place, message);
}
