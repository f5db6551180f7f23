/**
 * Virtual servers with their defaults, what they inherit, and checks across keywords.
 *
 * @module
 */
import type { Config } from "../../../machines/config.ts";
import type { TlsClientConfig, VirtualServerConfig } from "../../../machines/lvs_config.ts";
import { limitsOfNftables } from "../../../machines/nftables_limits.ts";
import { type Complaints, quote } from "../diagnostic.ts";
import type { ConfigDraft, Mutable } from "../drafts.ts";
import type { Reading } from "../recollection.ts";
import { advise } from "./advice.ts";
import type { TlsDraft, VirtualServerDraft } from "./drafts.ts";
import { resolveQuorum } from "./resolve_quorum.ts";
import { resolveRealServers, resolveSorryServer } from "./resolve_servers.ts";
import { ResolvedServer } from "./resolved_server.ts";
import { identityOf, resolveService } from "./resolve_service.ts";

/**
 * Everything about virtual servers. Unless they are wanted, each is forgotten once it is checked:
 * the collector then need not move tens of thousands of them about, a tenth of the whole time.
 */
export function resolveLvs(
  draft: ConfigDraft,
  complaints: Complaints,
  { isWanted = true, reading }: { readonly isWanted?: boolean; readonly reading?: Reading } = {},
): Pick<Config, "virtualServers" | "tlsClient"> {
  const { groups, servers, tls } = draft.lvs;
  for (const { name, lines, hasBadLine } of groups.values()) {
    if (lines.length > 0 || hasBadLine) continue;
    const message = `virtual_server_group ${quote(name.value)} has no entries`;
    complaints.add("W602", name.place, message);
  }
  const numbers = new Map<string, number>();
  const known = new Map<string, ResolvedServer>();
  const virtualServers: VirtualServerConfig[] = [];
  for (const each of servers) {
    const { saidCount } = complaints;
    const result = each instanceof ResolvedServer
      ? each
      : resolveServer(each, numbers, draft, complaints);
    reading?.resolved(each, result, complaints.saidCount > saidCount);
    checkUnique(result, known, complaints);
    if (isWanted) virtualServers.push(result.config);
  }
  return { virtualServers, ...(tls && { tlsClient: tlsClient(tls) }) };
}

function tlsClient(draft: TlsDraft): TlsClientConfig {
  const { caPath, certificatePath, keyPath, password, verifyPath, expiryWarningDays } = draft;
  return {
    ...(caPath !== undefined && { caPath }),
    ...(certificatePath !== undefined && { certificatePath }),
    ...(keyPath !== undefined && { keyPath }),
    ...(password !== undefined && { password }),
    ...(verifyPath !== undefined && { verifyPath }),
    ...(expiryWarningDays !== undefined && { expiryWarningDays }),
  };
}

function resolveServer(
  draft: VirtualServerDraft,
  numbers: Map<string, number>,
  whole: ConfigDraft,
  complaints: Complaints,
): ResolvedServer {
  const { service, place } = draft;
  let number = 0;
  if (service.kind === "group") {
    number = numbers.get(service.group) ?? 0;
    numbers.set(service.group, number + 1);
  }
  if (!draft.hasRealServer) {
    complaints.add("E401", place, "a virtual_server needs a real_server");
  }
  const head = resolveService(draft, number, whole.lvs, complaints);
  const subject = { draft, service: head, whole, complaints };
  const realServers = resolveRealServers(subject);
  const { quorum, hysteresis } = resolveQuorum(draft, realServers, complaints);
  const { mail, mails } = whole.global;
  const config: Mutable<VirtualServerConfig> = {
    ...head,
    quorum,
    hysteresis,
    notifiesAtStop: draft.omega ?? false,
    mails: draft.mails ?? mail.checkers ?? mails ?? false,
    realServers,
  };
  if (draft.quorumUp) config.quorumUp = draft.quorumUp.value;
  if (draft.quorumDown) config.quorumDown = draft.quorumDown.value;
  if (draft.snmpName !== undefined) config.snmpName = draft.snmpName;
  if (draft.sorry) config.sorryServer = resolveSorryServer(draft.sorry, subject, realServers);
  advise(draft, config, complaints);
  if (whole.global.lvs.dataPlane === "nftables") {
    for (const limit of limitsOfNftables(config)) {
      complaints.add("W602", place, `with nftables, ${limit}`);
    }
  }
  return new ResolvedServer(config, identityOf(draft, config), () => place);
}

/** Two virtual servers for the same service would undo each other's work. */
function checkUnique(
  server: ResolvedServer,
  known: Map<string, ResolvedServer>,
  complaints: Complaints,
): void {
  const { config, identity } = server;
  const other = known.get(identity);
  if (!other) known.set(identity, server);
  else if (config.entries.length > 0) {
    const { file, number } = other.place.line;
    const message = `the service ${config.name} is already that of the virtual_server at ` +
      `${file}:${number}`;
    complaints.add("E405", server.place, message);
  }
}
