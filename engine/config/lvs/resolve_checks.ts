/**
 * Checkers with what they inherit: checker ← real server ← virtual server ← by kind.
 *
 * @module
 */
import type {
  CheckBaseConfig,
  CheckConfig,
  ConnectionConfig,
  DnsCheck,
  FileCheck,
  PaceConfig,
  ReplyRule,
  ScriptCheck,
  UdpCheck,
} from "../../../machines/check_config.ts";
import type { DestinationConfig } from "../../../machines/lvs_config.ts";
import { familyOf, isLinkLocal } from "../../../net/address.ts";
import { type Code, type Complaints, quote } from "../diagnostic.ts";
import type { Mutable } from "../drafts.ts";
import { nearestWord } from "../nearest_word.ts";
import type { Place } from "../text.ts";
import type {
  BfdCheckDraft,
  CheckBase,
  CheckerDraft,
  ConnectionDraft,
  DnsDraft,
  FileDraft,
  MiscDraft,
  PaceDraft,
  RealServerDraft,
  SmtpDraft,
  UdpDraft,
} from "./drafts.ts";
import { resolveHttp } from "./resolve_http.ts";
import type { LvsSubject } from "./lvs_subject.ts";

/** A checker's surroundings. */
interface Around {
  readonly server: RealServerDraft;
  readonly destination: Omit<DestinationConfig, "inhibits">;
  readonly subject: LvsSubject;
  /** Names of the BFD sessions of its checks so far. */
  sessions?: Set<string>;
}

/** All checks of a real server. */
export function resolveChecks(
  server: RealServerDraft,
  destination: Omit<DestinationConfig, "inhibits">,
  subject: LvsSubject,
): readonly CheckConfig[] {
  const around: Around = { server, destination, subject };
  const { checkers } = server;
  const only = checkers.length === 1 ? checkers[0] : undefined;
  // `flatMap` would make an array with room for 17.
  return only ? resolveCheck(only, around) : checkers.flatMap((each) => resolveCheck(each, around));
}

function resolveCheck(draft: CheckerDraft, around: Around): readonly CheckConfig[] {
  switch (draft.kind) {
    case "tcp":
    case "ping":
      return [{ ...network(draft, draft.kind, around), kind: draft.kind }];
    case "udp":
      return [udp(draft, around)];
    case "dns":
      return [dns(draft, around)];
    case "smtp":
      return smtp(draft, around);
    case "http": {
      const { draft: parent, complaints } = around.subject;
      const hosts = {
        realServer: around.server.virtualHost,
        virtualServer: parent.virtualHost,
      };
      const base = network(draft, "http", around);
      return [{ kind: "http", ...base, ...resolveHttp(draft, hosts, complaints) }];
    }
    case "misc":
      return misc(draft, around);
    case "file":
      return file(draft, around);
    case "bfd":
      return bfd(draft, around);
  }
}

const US_PER_MS = 1_000;
const MS_PER_SEC = 1_000;
const DEFAULT_MS = { delayLoop: 60_000, timeout: 5_000 };
/** Attempts and pause of each kind; no pause is delay_loop. */
const RETRIES = {
  tcp: { count: 1, delayMs: 1_000 },
  udp: { count: 1, delayMs: 1_000 },
  ping: { count: 1, delayMs: 1_000 },
  smtp: { count: 1, delayMs: 1_000 },
  http: { count: 1, delayMs: 3_000 },
  dns: { count: 3, delayMs: undefined },
  misc: { count: 0, delayMs: 1_000 },
} as const;

function base(draft: CheckBase, { server, subject }: Around): CheckBaseConfig {
  return {
    alpha: draft.alpha ?? server.alpha ?? subject.draft.alpha ?? false,
    logsAllFailures: draft.logsAllFailures ?? subject.whole.global.lvs.logsAllFailures ?? false,
  };
}

function msOf(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / US_PER_MS;
}

function pace(
  draft: PaceDraft,
  kind: keyof typeof RETRIES,
  { server, subject: { draft: parent } }: Around,
): PaceConfig {
  const loopUs = draft.delayLoopUs ?? server.delayLoopUs ?? parent.delayLoopUs;
  const delayLoopMs = msOf(loopUs) ?? DEFAULT_MS.delayLoop;
  const own = RETRIES[kind];
  return {
    delayLoopMs,
    warmupMs: msOf(draft.warmupUs ?? server.warmupUs ?? parent.warmupUs) ?? delayLoopMs,
    retries: draft.retries ?? server.retries ?? parent.retries ?? own.count,
    delayBeforeRetryMs:
      msOf(draft.delayBeforeRetryUs ?? server.delayBeforeRetryUs ?? parent.delayBeforeRetryUs) ??
        own.delayMs ?? delayLoopMs,
  };
}

type Network = CheckBaseConfig & PaceConfig & { readonly connection: ConnectionConfig };

function network(draft: CheckBase, kind: keyof typeof RETRIES, around: Around): Network {
  const connection = connectionOf(draft.connection, around);
  if (connection.port === 0 && kind !== "ping") {
    const message = "the check has no port, and can only fail";
    around.subject.complaints.add("W602", draft.place, message, "connect_port");
  }
  const problem = connectionProblem(draft, connection);
  if (problem) around.subject.complaints.add(...problem);
  const { delayLoopMs, warmupMs, retries, delayBeforeRetryMs } = pace(draft, kind, around);
  return {
    ...base(draft, around),
    delayLoopMs,
    warmupMs,
    retries,
    delayBeforeRetryMs,
    connection,
  };
}

/**
 * The port is the one written, also where forwarding made another one of it: that is what
 * keepalived checks.
 */
function connectionOf(
  draft: ConnectionDraft,
  { server, destination, subject: { draft: parent } }: Around,
): ConnectionConfig {
  const { bindIp, bindPort, bindInterface } = draft;
  const timeoutUs = draft.timeoutUs ?? server.connectTimeoutUs ?? parent.connectTimeoutUs;
  const config: Mutable<ConnectionConfig> = {
    ip: draft.ip?.value ?? destination.ip,
    port: draft.port ?? (server.port || destination.port),
    mark: draft.mark ?? 0,
    timeoutMs: msOf(timeoutUs) ?? DEFAULT_MS.timeout,
  };
  if (bindIp) config.sourceIp = bindIp.value;
  if (bindIp && bindPort) config.sourcePort = bindPort.value;
  if (bindInterface !== undefined) config.interface = bindInterface;
  return config;
}

function connectionProblem(
  draft: CheckBase,
  { ip, interface: device }: ConnectionConfig,
): [Code, Place, string, string?] | undefined {
  const { bindIp, bindPort } = draft.connection;
  if (bindIp && familyOf(bindIp.value) !== familyOf(ip)) {
    return ["E404", bindIp.place, `bindto is not of the family of ${quote(ip)}`];
  }
  if (familyOf(ip) === 6 && isLinkLocal(ip) && device === undefined) {
    return ["E402", draft.place, `the link-local address ${quote(ip)} needs bind_if`];
  }
  if (bindPort && !bindIp) {
    return ["W602", bindPort.place, "bind_port without bindto has no effect"];
  }
  return undefined;
}

const REPLY_BYTES_MAX = 65_535;
const PATTERN_REPLY_BYTES_MAX = 255;

function udp(draft: UdpDraft, around: Around): UdpCheck {
  const { payload, reply, replyBytesMin, replyBytesMax } = draft;
  const { complaints } = around.subject;
  const rule: ReplyRule | undefined = reply && {
    ...(reply.value && { pattern: reply.value }),
    bytesMin: replyBytesMin?.value ?? 0,
    bytesMax: replyBytesMax?.value ?? (reply.value ? PATTERN_REPLY_BYTES_MAX : REPLY_BYTES_MAX),
  };
  const length = replyBytesMin ?? replyBytesMax;
  if (length && !rule) {
    complaints.add("W602", length.place, "without require_reply no reply is looked at");
  }
  if (length && rule && rule.bytesMin > rule.bytesMax) {
    const message = `a reply cannot have at least ${rule.bytesMin} and at most ` +
      `${rule.bytesMax} octets`;
    complaints.add("E402", length.place, message);
  }
  return {
    kind: "udp",
    ...network(draft, "udp", around),
    ...(payload && { payload: payload.value }),
    ...(rule && { reply: rule }),
  };
}

function dns(draft: DnsDraft, around: Around): DnsCheck {
  return {
    kind: "dns",
    ...network(draft, "dns", around),
    type: draft.type ?? "SOA",
    name: draft.name?.value ?? ".",
  };
}

const HELO_NAME = "smtpchecker.keepalived.org";

/**
 * Each `host` is a check; the block itself is one, too, unless it has hosts and no connection of
 * its own.
 */
function smtp(draft: SmtpDraft, around: Around): CheckConfig[] {
  const { hosts, connection, heloName = HELO_NAME } = draft;
  const isPlaceholder = hosts.length > 0 && Object.keys(connection).length === 0;
  const places: CheckBase[] = [
    ...(isPlaceholder ? [] : [draft]),
    ...hosts.map((host) => ({ ...draft, ...host })),
  ];
  return places.map((each) => ({ kind: "smtp", ...network(each, "smtp", around), heloName }));
}

function misc(draft: MiscDraft, around: Around): ScriptCheck[] {
  const { command, runAs, timeoutSec, dynamic, place } = draft;
  const { draft: parent, complaints } = around.subject;
  if (!command) {
    complaints.add("E401", place, "MISC_CHECK needs a misc_path");
    return [];
  }
  const delayLoopMs = msOf(parent.delayLoopUs) ?? DEFAULT_MS.delayLoop;
  return [{
    kind: "script",
    ...base(draft, around),
    ...pace(draft, "misc", around),
    command,
    ...(runAs && { runAs }),
    timeoutMs: timeoutSec ? timeoutSec * MS_PER_SEC : delayLoopMs,
    setsWeight: dynamic ?? false,
  }];
}

function missing(
  what: string,
  name: string,
  place: Place,
  known: Iterable<string>,
  complaints: Complaints,
): void {
  const nearest = nearestWord(name, [...known]);
  const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
  complaints.add("E411", place, `there is no ${what} ${quote(name)}`, hint);
}

/** Its number is known from the start: alpha means nothing. */
function file(draft: FileDraft, around: Around): FileCheck[] {
  const { file: name, weight, reversed, place } = draft;
  const { whole: { files }, complaints } = around.subject;
  if (!name) {
    complaints.add("E401", place, "FILE_CHECK needs a track_file");
    return [];
  }
  const tracked = files.get(name.value);
  if (!tracked) missing("track_file", name.value, name.place, files.keys(), complaints);
  return [{
    kind: "file",
    ...base(draft, around),
    alpha: false,
    file: name.value,
    weight: weight ?? tracked?.weight ?? 1,
    reversed: reversed ?? tracked?.reversed ?? false,
  }];
}

function bfd(draft: BfdCheckDraft, around: Around): CheckConfig[] {
  const { session, place } = draft;
  const { whole: { bfdSessions }, complaints } = around.subject;
  if (!session) {
    complaints.add("E401", place, "BFD_CHECK needs a name");
    return [];
  }
  const { value: name } = session;
  const known = bfdSessions.get(name);
  if (!known) missing("bfd_instance", name, session.place, bfdSessions.keys(), complaints);
  else if (known.vrrp && !known.checker) {
    const message = `bfd_instance ${quote(name)} is for vrrp only`;
    complaints.add("E402", session.place, message, "checker in bfd_instance");
  }
  const sessions = around.sessions ??= new Set();
  if (sessions.has(name)) {
    complaints.add("W406", session.place, `${quote(name)} is checked already`);
    return [];
  }
  sessions.add(name);
  return [{ kind: "bfd", ...base(draft, around), session: name }];
}
