/**
 * Who is told when a server or a quorum comes and goes: the log, and the operator's programs.
 *
 * @module
 */
import type { Verdict } from "../../checkers/probe.ts";
import type { CheckConfig } from "../../machines/check_config.ts";
import type { CheckCause } from "../../machines/real_server.ts";
import type { CheckerPort } from "../../machines/checker.ts";
import {
  type RealServerConfig,
  realServerIdentity,
  type VirtualServerConfig,
} from "../../machines/lvs_config.ts";
import type { Log } from "../log.ts";
import type { LvsNotice } from "../notify/events.ts";

/** What a notice needs. */
export interface NoticeWorld {
  readonly log: Log;
  /** Whoever tells programs. */
  readonly notify: (notice: LvsNotice) => void;
}

/** Tells of a real server. */
export function tellOfServer(
  about: NoticeWorld,
  virtual: Pick<VirtualServerConfig, "name" | "protocol">,
  server: RealServerConfig,
  isUp: boolean,
  cause: CheckCause | undefined,
): void {
  const what = isUp ? "is up" : "is down";
  const id = realServerIdentity(server);
  about.log.note(isUp ? "info" : "warning", `Real server ${id} of ${virtual.name} ${what}`);
  const script = isUp ? server.notifyUp : server.notifyDown;
  const text = cause ? textOf(cause) : isUp ? "Starting" : "Removing";
  about.notify({
    kind: "RS",
    ...namesOf(virtual, server),
    isUp,
    ...(script && { script }),
    ...(server.mails && { text }),
  });
}

/** Tells, by mail only, of one of several checks. */
export function tellOfOneCheck(
  about: NoticeWorld,
  virtual: Pick<VirtualServerConfig, "name" | "protocol">,
  server: RealServerConfig,
  isUp: boolean,
  cause: CheckCause,
): void {
  if (!server.mails) return;
  about.notify({ kind: "CHECK", ...namesOf(virtual, server), isUp, text: textOf(cause) });
}

function namesOf(
  { name: service, protocol }: Pick<VirtualServerConfig, "name" | "protocol">,
  server: RealServerConfig,
): { readonly id: string; readonly name: string; readonly service: string } {
  const { ip, port } = server;
  const name = `[${ip}]:${protocol ?? "none"}:${port}`;
  return { id: realServerIdentity(server), name, service };
}

/** keepalived's words. */
function textOf({ check, isUp }: CheckCause): string {
  const word = isUp ? "succeed" : "failed";
  switch (check.kind) {
    case "ping":
      return `ICMP CHECK ${word} on service`;
    case "http":
    case "smtp":
      return `CHECK ${word} on service`;
    case "dns":
      return `DNS_CHECK: ${word} on service`;
    case "script":
      return `MISC CHECK ${isUp ? "succeeded" : "failed"} on service`;
    case "bfd":
      return `BFD CHECK ${check.session} ${isUp ? "succeeded" : "failed"} on service`;
    default:
      return `${check.kind.toUpperCase()} CHECK ${word} on service`;
  }
}

/** Why a quorum is told of. */
export type QuorumOccasion = "start" | "change" | "removal" | "stop";

/** Tells of a quorum. */
export function tellOfQuorum(
  about: NoticeWorld,
  config: VirtualServerConfig,
  hasQuorum: boolean,
  livingWeight: number,
  occasion: QuorumOccasion,
): void {
  const { name, quorum, hysteresis } = config;
  const [word, sign, threshold] = hasQuorum
    ? ["Gained", "+", quorum + hysteresis]
    : ["Lost", "-", quorum - hysteresis];
  about.log.note(
    hasQuorum ? "info" : "warning",
    `${word} quorum ${quorum}${sign}${hysteresis}=${threshold}, weight ${livingWeight}, ` +
      `of virtual server ${name}`,
  );
  const script = hasQuorum ? config.quorumUp : config.quorumDown;
  const sum = `${quorum}+${hysteresis}=${threshold}`;
  const phrases: Readonly<Record<QuorumOccasion, string>> = {
    start: `Starting with quorum ${hasQuorum ? "up" : "down"} ${sum} <= ${livingWeight}`,
    change: `${word} quorum ${sum} <= ${livingWeight}`,
    removal: "Removing",
    stop: "Shutting down",
  };
  about.notify({
    kind: "VS",
    name,
    isUp: hasQuorum,
    ...(script && { script }),
    ...(config.mails && { text: phrases[occasion] }),
  });
}

/** Tells of a check whose result is another than before, and of all failures if it is asked to. */
export function tellOfCheck(
  log: Log,
  { id, check }: CheckerPort,
  verdict: Verdict,
  before: Verdict | undefined,
): void {
  const { outcome } = verdict;
  const isNew = outcome !== before?.outcome;
  const warnings = before?.outcome === "passed" ? before.warnings ?? [] : [];
  if (outcome === "passed") {
    if (isNew) log.note("info", `${wordOf(check)} of ${id} succeeded`);
    const news = verdict.warnings?.filter((each) => !warnings.includes(each)) ?? [];
    for (const each of news) log.note("warning", `${wordOf(check)} of ${id}: ${each}`);
    return;
  }
  if (!isNew && !check.logsAllFailures) return;
  const word = outcome === "failed" ? "failed" : "could not be made";
  log.note("warning", `${wordOf(check)} of ${id} ${word}: ${reasonOf(verdict)}`);
}

function reasonOf(verdict: Verdict): string {
  if (verdict.outcome === "passed") return "passed";
  const { reason, detail } = verdict;
  return detail === undefined ? reason : `${reason} (${detail})`;
}

/** keepalived's word for a check. */
function wordOf(check: CheckConfig): string {
  if (check.kind === "http") return check.tls ? "SSL_GET" : "HTTP_GET";
  if (check.kind === "script") return "MISC_CHECK";
  return `${check.kind.toUpperCase()}_CHECK`;
}
