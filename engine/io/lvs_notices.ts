/**
 * Who is told when a server or a quorum comes and goes: the log, and the operator's programs.
 *
 * @module
 */
import type { Verdict } from "../../checkers/probe.ts";
import type { CheckConfig } from "../../machines/check_config.ts";
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
  { name: service, protocol }: Pick<VirtualServerConfig, "name" | "protocol">,
  server: RealServerConfig,
  isUp: boolean,
): void {
  const { ip, port } = server;
  const what = isUp ? "is up" : "is down";
  const id = realServerIdentity(server);
  about.log.note(isUp ? "info" : "warning", `Real server ${id} of ${service} ${what}`);
  const script = isUp ? server.notifyUp : server.notifyDown;
  about.notify({
    kind: "RS",
    id,
    name: `[${ip}]:${protocol ?? "none"}:${port}`,
    service,
    isUp,
    ...(script && { script }),
  });
}

/** Tells of a quorum. */
export function tellOfQuorum(
  about: NoticeWorld,
  config: VirtualServerConfig,
  hasQuorum: boolean,
  livingWeight: number,
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
  about.notify({ kind: "VS", name, isUp: hasQuorum, ...(script && { script }) });
}

/** Tells of a check whose result is another than before, and of all failures if it is asked to. */
export function tellOfCheck(
  log: Log,
  { id, check }: CheckerPort,
  verdict: Verdict,
  before: Verdict["outcome"] | undefined,
): void {
  const { outcome } = verdict;
  const isNew = outcome !== before;
  if (outcome === "passed") {
    if (isNew) log.note("info", `${wordOf(check)} of ${id} succeeded`);
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
