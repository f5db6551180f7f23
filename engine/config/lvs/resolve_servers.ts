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
import { quote } from "../diagnostic.ts";
import type { Place } from "../text.ts";
import type { Given } from "../given.ts";
import type { Endpoint, MethodDraft, RealServerDraft } from "./drafts.ts";
import type { LvsSubject } from "./lvs_subject.ts";
import { resolveChecks } from "./resolve_checks.ts";

/** The real servers, each once. */
export function resolveRealServers(subject: LvsSubject): RealServerConfig[] {
  const { draft, complaints } = subject;
  const known = new Map<string, Place>();
  const unique = draft.realServers.filter(({ endpoint: { value, place } }) => {
    const name = `${value.ip} ${value.port}`;
    const other = known.get(name);
    if (!other) known.set(name, place);
    else {
      const message = `real_server ${quote(name)} is already on line ${other.line.number}: ` +
        "this one is ignored";
      complaints.add("W406", place, message);
    }
    return !other;
  });
  if (!draft.mentioned.method && unique.some(({ method }) => !method)) {
    complaints.add("W413", draft.place, "no lvs_method is given: NAT is used");
  }
  return unique.map((server) => resolveRealServer(server, subject));
}

function resolveRealServer(server: RealServerDraft, subject: LvsSubject): RealServerConfig {
  const { draft: parent, whole: { global: { mail, mails } } } = subject;
  const { endpoint, upperThreshold, lowerThreshold, notifyUp, notifyDown, snmpName } = server;
  const destination = resolveDestination(endpoint, server.method, subject);
  return {
    ...destination,
    inhibits: server.inhibits ?? parent.inhibits ?? false,
    weight: server.weight?.value ?? parent.weight?.value ?? 1,
    upperThreshold: upperThreshold?.value ?? 0,
    lowerThreshold: lowerThreshold?.value ?? 0,
    ...(notifyUp && { notifyUp }),
    ...(notifyDown && { notifyDown }),
    mails: server.mails ?? mail.checkers ?? mails ?? true,
    ...(snmpName !== undefined && { snmpName }),
    checkers: resolveChecks(server, destination, subject),
  };
}

/** The sorry server, if there is one. */
export function resolveSorryServer(
  subject: LvsSubject,
  realServers: readonly RealServerConfig[],
): { sorryServer?: SorryServerConfig } {
  const { draft: { sorry }, complaints } = subject;
  if (!sorry) return {};
  const destination = resolveDestination(sorry.endpoint, sorry.method, subject);
  const identity = realServerIdentity(destination);
  const same = realServers.find((each) => realServerIdentity(each) === identity);
  const inhibits = sorry.inhibits ?? false;
  if (same && same.inhibits !== inhibits) {
    const message = "the sorry server is a real server, whose inhibit_on_failure counts";
    complaints.add("W403", sorry.endpoint.place, message);
  }
  return {
    sorryServer: {
      ...destination,
      inhibits: same?.inhibits ?? inhibits,
      isRealServer: same !== undefined,
    },
  };
}

const CHECKSUM = { nocsum: "none", csum: "whole", remcsum: "remote" } as const;

function forwardingOf(draft: MethodDraft | undefined): Forwarding {
  switch (draft?.method) {
    case undefined:
    case "NAT":
      return { kind: "nat" };
    case "DR":
      return { kind: "direct" };
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
  { value: { ip, port }, place }: Given<Endpoint>,
  method: Given<MethodDraft> | undefined,
  subject: LvsSubject,
): Omit<DestinationConfig, "inhibits"> {
  const { draft, service, complaints } = subject;
  const forwarding = forwardingOf((method ?? draft.method)?.value);
  if (forwarding.kind !== "tunnel" && familyOf(ip) !== service.family) {
    const message = `${quote(ip)} is not of IPv${service.family}, as the virtual server is`;
    complaints.add("E404", place, message, "lvs_method TUN");
  }
  return { ip, port: finalPort(port, forwarding, place, subject), forwarding };
}

/** Only NAT can change the port; without one it is the service's. */
function finalPort(
  port: number,
  { kind }: Forwarding,
  place: Place,
  { draft: { service }, service: { entries }, complaints }: LvsSubject,
): number {
  if (service.kind === "group") {
    const differs = entries.some((each) => each.kind === "fwmark" || each.port !== port);
    if (kind !== "nat" && port !== 0 && differs) {
      complaints.add("W403", place, `port ${port} needs lvs_method NAT: those of the group count`);
    }
    return port;
  }
  const own = service.kind === "address" ? service.port : 0;
  if (port === 0) return own;
  if (kind === "nat" || port === own) return port;
  const message = own === 0
    ? `port ${port} needs lvs_method NAT: it is ignored`
    : `port ${port} needs lvs_method NAT: ${own} is used`;
  complaints.add("W403", place, message);
  return own;
}
