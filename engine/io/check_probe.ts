/**
 * Which probe a configured check asks for: where the configuration's words become a target and
 * options. What can be prepared once (patterns, keys) is prepared once.
 *
 * @module
 */
import { compilePattern } from "../../checkers/body_pattern.ts";
import { probeDns } from "../../checkers/dns.ts";
import { probeFile } from "../../checkers/file.ts";
import { type HttpOptions, probeHttp } from "../../checkers/http.ts";
import { probePing } from "../../checkers/ping.ts";
import {
  failed,
  type Probe,
  type ProbeContext,
  type Target,
  timed,
  undecided,
  type Verdict,
} from "../../checkers/probe.ts";
import { probeScript, type ScriptOptions } from "../../checkers/script.ts";
import { probeSmtp } from "../../checkers/smtp.ts";
import { probeTcp } from "../../checkers/tcp.ts";
import type { TlsOptions } from "../../checkers/tls_connection.ts";
import { probeUdp } from "../../checkers/udp.ts";
import type {
  CheckConfig,
  ConnectionConfig,
  DnsCheck,
  FileCheck,
  HttpCheck,
  NetworkCheck,
  ScriptCheck,
  UrlConfig,
} from "../../machines/check_config.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import { dnsTypeOf } from "../../net/packet/dns.ts";
import type { Lane } from "./probe_runner.ts";

/** A script that can be run now. */
export type ReadyScript = Omit<ScriptOptions, "timeoutMs" | "isDynamic">;

/** What a check refers to, and others know. */
export interface ProbeWorld {
  /** PEM that every TLS check shows, and what servers must show. */
  readonly tls: Omit<TlsOptions, "serverName" | "verifyName" | "endsInOrder">;
  /** What is run for a script, and as whom; or why it is not, as text. */
  prepareScript(script: ScriptConfig): ReadyScript | string;
  /** Where a tracked file is. */
  filePath(name: string): string | undefined;
}

/** A check that is ready to be made, again and again. */
export interface PreparedCheck {
  readonly lane: Lane;
  /** Longer than the probe's own bounds, which say more. */
  readonly deadlineMs: number;
  /** The runtime has a part in it: it speaks TLS. */
  readonly usesRuntime?: true;
  /** Asks once; HTTP has several things to ask for. */
  start(index: number, context: ProbeContext): Promise<Verdict>;
}

/** Steps of the longest conversation (SMTP), in timeouts, and some. */
const DEADLINE_TIMEOUTS = 10;
/** Scripts that are asked to end get this long, twice. */
const SCRIPT_END_MS = 5_000;
const FILE_DEADLINE_MS = 1_000;
const PORT_NONE = "no port to connect to";

/** Prepares a check; undefined for BFD, whose news come without being asked for. */
export function prepareCheck(check: CheckConfig, world: ProbeWorld): PreparedCheck | undefined {
  switch (check.kind) {
    case "tcp":
      return overNetwork(check, probeTcp, undefined);
    case "ping":
      return overNetwork(check, probePing, undefined);
    case "udp": {
      const { payload, reply } = check;
      return overNetwork(check, probeUdp, { ...(payload && { payload }), ...(reply && { reply }) });
    }
    case "dns":
      return dns(check);
    case "smtp":
      return overNetwork(check, probeSmtp, { heloName: check.heloName });
    case "http":
      return http(check, world);
    case "script":
      return script(check, world);
    case "file":
      return file(check, world);
    case "bfd":
      return undefined;
  }
}

function overNetwork<Options>(
  { kind, connection }: NetworkCheck & { readonly kind: string },
  probe: Probe<Options>,
  ...optionsByIndex: readonly Options[]
): PreparedCheck {
  const target = targetOf(connection);
  return {
    lane: "socket",
    deadlineMs: DEADLINE_TIMEOUTS * connection.timeoutMs,
    start(index, context) {
      if (target.port === 0 && kind !== "ping") {
        return timed(context, () => Promise.resolve(failed("connection refused", PORT_NONE)));
      }
      // As many as the check has; the machine never asks for another.
      return probe(target, optionsByIndex[index] as Options, context);
    },
  };
}

function targetOf(
  { ip, port, sourceIp, sourcePort, interface: device, mark, timeoutMs }: ConnectionConfig,
): Target {
  return {
    ip,
    port,
    ...(sourceIp !== undefined && { sourceIp }),
    ...(sourcePort !== undefined && { sourcePort }),
    ...(device !== undefined && { interface: device }),
    mark,
    timeoutMs,
  };
}

function dns(check: DnsCheck): PreparedCheck {
  const type = dnsTypeOf(check.type);
  if (type === undefined) return unableToAsk(`no type of records: ${check.type}`);
  return overNetwork(check, probeDns, { type, name: check.name });
}

function http(check: HttpCheck, world: ProbeWorld): PreparedCheck {
  const options: HttpOptions[] = [];
  for (const url of check.urls) {
    const pattern = patternOf(url);
    if (pattern && "problem" in pattern) return unableToAsk(pattern.problem);
    options.push({ ...httpOptions(url, check, world), ...(pattern && { pattern }) });
  }
  const overPlain = overNetwork(check, probeHttp, ...options);
  return check.tls ? { ...overPlain, usesRuntime: true } : overPlain;
}

function httpOptions(
  { path, host, serverName, closesTls, statusCodes, digest }: UrlConfig,
  { tls, version, closes }: HttpCheck,
  world: ProbeWorld,
): HttpOptions {
  const named = serverName !== undefined && { serverName };
  return {
    path,
    ...(host !== undefined && { host }),
    version,
    asksToClose: closes,
    statusCodes,
    ...(digest !== undefined && { digest }),
    ...(tls && { tls: { ...world.tls, ...named, endsInOrder: closesTls } }),
  };
}

function patternOf({ regex }: UrlConfig): ReturnType<typeof compilePattern> | undefined {
  if (!regex) return undefined;
  const { pattern, options, isNegated, offsetMin, offsetMax } = regex;
  return compilePattern({
    pattern,
    options,
    isUnwanted: isNegated,
    offsetMin,
    ...(offsetMax !== undefined && { offsetMax }),
  });
}

function script(
  { command, runAs, timeoutMs, setsWeight }: ScriptCheck,
  world: ProbeWorld,
): PreparedCheck {
  return {
    lane: "script",
    deadlineMs: timeoutMs + 2 * SCRIPT_END_MS,
    start(_index, context) {
      // Users and files come and go: they are looked up each time.
      const ready = world.prepareScript({ command, ...(runAs && { runAs }) });
      if (typeof ready === "string") {
        return timed(context, () => Promise.resolve(undecided("script not started", ready)));
      }
      return probeScript({ ...ready, timeoutMs, isDynamic: setsWeight }, context);
    },
  };
}

function file({ file: name, weight, reversed }: FileCheck, world: ProbeWorld): PreparedCheck {
  const path = world.filePath(name);
  if (path === undefined) return unableToAsk(`no track_file ${name}`);
  return {
    lane: "socket",
    deadlineMs: FILE_DEADLINE_MS,
    start: (_index, context) => probeFile({ path, weight, reversed }, context),
  };
}

/** A check that says nothing, but why. */
function unableToAsk(problem: string): PreparedCheck {
  return {
    lane: "socket",
    deadlineMs: FILE_DEADLINE_MS,
    start: (_index, context) => unable(problem, context),
  };
}

function unable(problem: string, context: ProbeContext): Promise<Verdict> {
  return timed(context, () => Promise.resolve(undecided("request not possible", problem)));
}
