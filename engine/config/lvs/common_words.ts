/**
 * Keywords that several blocks of virtual servers have.
 *
 * @module
 */
import { integer, someText } from "../values.ts";
import { type Keyword, noEffect, one, toggle } from "../vocabulary.ts";
import type { CheckBase, PaceDraft, ServerDraft } from "./drafts.ts";
import { method } from "./method.ts";
import {
  connectTimeout,
  device,
  hostAddress,
  period,
  port,
  timer,
  uint32,
  UINT32_MAX,
} from "./readers.ts";

type Words<Draft> = Record<string, Keyword<Draft>>;

/** Pace of checks, which checkers inherit. */
function paceWords<Draft extends PaceDraft>(retryMin: 0 | 1): Words<Draft> {
  return {
    delay_loop: one(
      "Seconds between two checks; default 60.",
      period,
      (draft, { value }) => draft.delayLoopUs = value,
    ),
    retry: one(
      "Further attempts before a server that was well counts as failed; default: by kind of check.",
      integer(retryMin, UINT32_MAX),
      (draft, { value }) => draft.retries = value,
    ),
    delay_before_retry: one(
      "Seconds before such an attempt; default: by kind of check.",
      timer,
      (draft, { value }) => draft.delayBeforeRetryUs = value,
    ),
    warmup: one(
      "Most seconds that the first check waits, at random; default: delay_loop.",
      timer,
      (draft, { value }) => draft.warmupUs = value,
    ),
  };
}

/** What `virtual_server` and `real_server` have alike. */
export function serverWords<Draft extends ServerDraft>(): Words<Draft> {
  return {
    ...paceWords<Draft>(1),
    connect_timeout: one(
      "Seconds to connect, and for most steps of a check; default 5.",
      connectTimeout,
      (draft, { value }) => draft.connectTimeoutUs = value,
    ),
    lvs_method: method(
      "How packets get to real servers: NAT, DR or TUN; default NAT.",
      (draft, { value }) => draft.method = value,
    ),
    smtp_alert: toggle(
      "Whether mail tells of changes; default: smtp_alert_checker, smtp_alert of global_defs.",
      (draft, { value }) => draft.mails = value,
    ),
    virtualhost: one(
      "Host header of HTTP checks, unless they say.",
      someText,
      (draft, { value }) => draft.virtualHost = value,
    ),
    snmp_name: noEffect(
      "stayd has no SNMP agent",
      one("Name in SNMP tables.", someText, (draft, { value }) => draft.snmpName = value),
    ),
  };
}

/** Pace of one checker. */
export function checkWords<Draft extends CheckBase>(): Words<Draft> {
  return {
    ...paceWords<Draft>(0),
    alpha: alphaWord<Draft>(),
    log_all_failures: toggle(
      "Logs each failure, not only the one that counts; default off.",
      (draft, { value }) => draft.logsAllFailures = value,
    ),
  };
}

/** `alpha` of real servers and checkers. */
export function alphaWord<Draft extends PaceDraft>(): Keyword<Draft> {
  return toggle(
    "Counts as failed until a check succeeds; default: as the block around.",
    (draft, { value }) => draft.alpha = value,
  );
}

/** Where a checker connects to, and how. */
export function connectionWords<Draft extends Pick<CheckBase, "connection">>(): Words<Draft> {
  return {
    connect_ip: one(
      "Address to check; default: the real server's.",
      hostAddress,
      ({ connection }, given) => connection.ip = given,
    ),
    connect_port: one(
      "Port to check; default: the real server's.",
      port,
      ({ connection }, { value }) => connection.port = value,
    ),
    bindto: one(
      "Source address of checks.",
      hostAddress,
      ({ connection }, given) => connection.bindIp = given,
    ),
    bind_port: one(
      "Source port of checks; needs bindto.",
      port,
      ({ connection }, given) => connection.bindPort = given,
    ),
    bind_if: one(
      "Interface that checks leave by.",
      device,
      ({ connection }, { value }) => connection.bindInterface = value,
    ),
    connect_timeout: one(
      "Seconds to connect, and for most steps of a check; default: the real server's.",
      connectTimeout,
      ({ connection }, { value }) => connection.timeoutUs = value,
    ),
    fwmark: one(
      "Firewall mark of packets of checks; 0: none.",
      uint32,
      ({ connection }, { value }) => connection.mark = value,
    ),
  };
}
