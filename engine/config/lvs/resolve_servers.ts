/**
 * Real servers and the sorry server: what they inherit, their ports, duplicates.
 *
 * @module
 */
import { familyOf } from "../../../net/address.ts";
import {
  type DestinationConfig,
  type Forwarding,
  type RealServerConfig,
  realServerIdentity,
  type SorryServerConfig,
} from "../../../machines/lvs_config.ts";
import { type Complaints, quote } from "../diagnostic.ts";
import type { Mutable } from "../drafts.ts";
import type { Place } from "../text.ts";
import { MENTIONED, type MethodDraft, type RealServerDraft, type SorryDraft } from "./drafts.ts";
import type { LvsSubject } from "./lvs_subject.ts";
import { resolveChecks } from "./resolve_checks.ts";

/** The real servers, each once. */
export function resolveRealServers(subject: LvsSubject): RealServerConfig[] {
  const { draft: { realServers, mentioned, place }, complaints } = subject;
  const unique = hasTwins(realServers) ? withoutTwins(realServers, complaints) : realServers;
  if ((mentioned & MENTIONED.method) === 0 && unique.some(({ method }) => !method)) {
    complaints.add("W413", place, "no lvs_method is given: NAT is used");
  }
  const servers = unique.map((server) => resolveRealServer(server, subject));
  const isAsWritten = servers.every(({ port }, i) => port === unique[i]?.port);
  return servers.length === 1 || isAsWritten
    ? servers
    : withoutNewTwins(servers, unique, complaints);
}

/** The first of each, now that they have the port of the service. */
function withoutNewTwins(
  servers: readonly RealServerConfig[],
  drafts: readonly RealServerDraft[],
  complaints: Complaints,
): RealServerConfig[] {
  const known = new Set<string>();
  return servers.filter((server, i) => {
    const identity = realServerIdentity(server);
    const draft = drafts[i];
    if (!known.has(identity)) known.add(identity);
    else if (draft) {
      const what = `with the port of the service this real_server is ${identity}, as another one`;
      complaints.add("W602", draft.place, `${what}: it is ignored`);
      return false;
    }
    return true;
  });
}

/** Up to so many are compared each with each: that is faster than a map for every service. */
const FEW_SERVERS = 8;

/** Whether two servers may be the same. */
function hasTwins(servers: readonly RealServerDraft[]): boolean {
  if (servers.length > FEW_SERVERS) return true;
  for (let i = 1; i < servers.length; i++) {
    const one = servers[i];
    for (let j = 0; j < i; j++) {
      const other = servers[j];
      if (one?.ip === other?.ip && one?.port === other?.port) return true;
    }
  }
  return false;
}

/** The first of each. */
function withoutTwins(
  servers: readonly RealServerDraft[],
  complaints: Complaints,
): RealServerDraft[] {
  const known = new Map<string, Place>();
  return servers.filter(({ ip, port, place }) => {
    const name = `${ip} ${port}`;
    const other = known.get(name);
    if (!other) known.set(name, place);
    else {
      const message = `real_server ${quote(name)} is already on line ${other.line.number}: ` +
        "this one is ignored";
      complaints.add("W406", place, message);
    }
    return !other;
  });
}

function resolveRealServer(server: RealServerDraft, subject: LvsSubject): RealServerConfig {
  const { draft: parent, whole: { global: { mail, mails } } } = subject;
  const destination = resolveDestination(server, subject);
  const config: Mutable<RealServerConfig> = {
    ip: destination.ip,
    port: destination.port,
    forwarding: destination.forwarding,
    inhibits: server.inhibits ?? parent.inhibits ?? false,
    weight: server.weight ?? parent.weight ?? 1,
    upperThreshold: server.upperThreshold?.value ?? 0,
    lowerThreshold: server.lowerThreshold?.value ?? 0,
    mails: server.mails ?? mail.checkers ?? mails ?? true,
    checkers: resolveChecks(server, destination, subject),
  };
  if (server.notifyUp) config.notifyUp = server.notifyUp;
  if (server.notifyDown) config.notifyDown = server.notifyDown;
  if (server.snmpName !== undefined) config.snmpName = server.snmpName;
  return config;
}

/** The sorry server. */
export function resolveSorryServer(
  sorry: SorryDraft,
  subject: LvsSubject,
  realServers: readonly RealServerConfig[],
): SorryServerConfig {
  const { complaints } = subject;
  const destination = resolveDestination(sorry, subject);
  const identity = realServerIdentity(destination);
  const same = realServers.find((each) => realServerIdentity(each) === identity);
  const inhibits = sorry.inhibits ?? false;
  if (same && same.inhibits !== inhibits) {
    const message = "the sorry server is a real server, whose inhibit_on_failure counts";
    complaints.add("W403", sorry.place, message);
  }
  return {
    ...destination,
    inhibits: same?.inhibits ?? inhibits,
    isRealServer: same !== undefined,
  };
}

const CHECKSUM = { nocsum: "none", csum: "whole", remcsum: "remote" } as const;

const NAT: Forwarding = Object.freeze({ kind: "nat" });
const DIRECT: Forwarding = Object.freeze({ kind: "direct" });

function forwardingOf(draft: MethodDraft | undefined): Forwarding {
  switch (draft?.method) {
    case undefined:
    case "NAT":
      return NAT;
    case "DR":
      return DIRECT;
    case "TUN":
      return {
        kind: "tunnel",
        encapsulation: draft.type,
        ...(draft.port !== undefined && { port: draft.port }),
        checksum: CHECKSUM[draft.checksum],
      };
  }
}

function resolveDestination(
  endpoint: RealServerDraft | SorryDraft,
  subject: LvsSubject,
): Omit<DestinationConfig, "inhibits"> {
  const { draft, service, complaints } = subject;
  const { ip } = endpoint;
  const forwarding = forwardingOf(endpoint.method ?? draft.method);
  if (forwarding.kind !== "tunnel" && familyOf(ip) !== service.family) {
    const message = `${quote(ip)} is not of IPv${service.family}, as the virtual server is`;
    complaints.add("E404", endpoint.place, message, "lvs_method TUN");
  }
  return { ip, port: finalPort(endpoint, forwarding, subject), forwarding };
}

/** Only NAT can change the port; without one it is the service's. */
function finalPort(
  endpoint: RealServerDraft | SorryDraft,
  { kind }: Forwarding,
  { draft: { service }, service: { entries }, complaints }: LvsSubject,
): number {
  const { port } = endpoint;
  if (service.kind === "group") {
    const differs = entries.some((each) => each.kind === "fwmark" || each.port !== port);
    if (kind !== "nat" && port !== 0 && differs) {
      complaints.add(
        "W403",
        endpoint.place,
        `port ${port} needs lvs_method NAT: those of the group count`,
      );
    }
    return port;
  }
  const own = service.kind === "address" ? service.port : 0;
  if (port === 0) return own;
  if (kind === "nat" || port === own) return port;
  const message = own === 0
    ? `port ${port} needs lvs_method NAT: it is ignored`
    : `port ${port} needs lvs_method NAT: ${own} is used`;
  complaints.add("W403", endpoint.place, message);
  return own;
}
