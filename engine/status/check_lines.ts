/**
 * Checks, and what they track, in the state file of the process of checks.
 *
 * @module
 */
import type { CheckConfig, HttpCheck, UrlConfig } from "../../machines/check_config.ts";
import type { Config } from "../../machines/config.ts";
import type { RealServerConfig, VirtualServerConfig } from "../../machines/lvs_config.ts";
import type { Machine } from "./instance_lines.ts";
import { pairName, reverse, yesNo } from "./service_lines.ts";
import type { CheckStatus } from "./service_status.ts";

const US_PER_MS = 1_000;
const MS_PER_SEC = 1_000;
const SEC_DIGITS = 6;

/** What the lines of one check are made from. */
export interface CheckFacts {
  /** Whose check it is. */
  readonly pair: string;
  readonly check: CheckConfig;
  readonly isSuspended: boolean;
  /** Absent: it is being started. */
  readonly status: CheckStatus | undefined;
  readonly machine: Machine;
}

/** One check. */
export function checkLines({ pair, check, isSuspended, status, machine }: CheckFacts): string[] {
  return [
    ` ${pair}`,
    `   Enabled = ${yesNo(!isSuspended)}`,
    `   Up = ${yesNo(status?.isUp ?? !check.alpha)}`,
    `   Has run = ${yesNo(status?.hasRun ?? false)}`,
    `   Current weight = ${status?.weight ?? 0}`,
    ...paceLines(check, status),
    `   Log all failures = ${yesNo(check.logsAllFailures)}`,
    ...connectionLines(check),
    `   Keepalive method = ${methodWords(check)}`,
    ...methodLines(check, machine),
  ];
}

function paceLines(check: CheckConfig, status: CheckStatus | undefined): string[] {
  if (check.kind === "file") return [];
  const alpha = `   Alpha = ${yesNo(check.alpha)}`;
  if (check.kind === "bfd") return [alpha];
  const us = (ms: number) => `${ms * US_PER_MS} us`;
  return [
    alpha,
    `   Delay loop = ${us(check.delayLoopMs)}`,
    `   Warmup = ${us(check.warmupMs)}`,
    `   Retries = ${check.retries}`,
    ...(check.retries === 0 ? [] : [
      `   Delay before retry = ${us(check.delayBeforeRetryMs)}`,
      `   Retries iterations = ${status?.failureCount ?? 0}`,
    ]),
  ];
}

function connectionLines(check: CheckConfig): string[] {
  if (!("connection" in check)) return [];
  const { ip, port, sourceIp, sourcePort, interface: link, mark, timeoutMs } = check.connection;
  return [
    "   Connection",
    `     Dest = [${ip}]:${port}`,
    ...(sourceIp === undefined ? [] : [`     Bind to = [${sourceIp}]:${sourcePort ?? 0}`]),
    ...(link === undefined ? [] : [`     Bind i/f = ${link}`]),
    ...(mark === 0 ? [] : [`     Mark = ${mark}`]),
    `     Timeout = ${(timeoutMs / MS_PER_SEC).toFixed(SEC_DIGITS)}`,
  ];
}

function methodWords(check: CheckConfig): string {
  if (check.kind === "script") return "MISC_CHECK";
  if (check.kind !== "http") return `${check.kind.toUpperCase()}_CHECK`;
  const { tls, version, closes } = check;
  const closing = closes && version === "1.0" ? "C" : "";
  return `${tls ? "SSL" : "HTTP"}_GET, http protocol ${version}${closing}`;
}

function methodLines(check: CheckConfig, machine: Machine): string[] {
  switch (check.kind) {
    case "http":
      return httpLines(check);
    case "script":
      return [
        `   script = ${check.command.map((word) => `'${word}'`).join(" ")}`,
        `   timeout = ${check.timeoutMs / MS_PER_SEC}`,
        `   dynamic = ${check.setsWeight ? "YES" : "NO"}`,
        `   uid:gid = ${machine.identityOf(undefined, check.runAs)}`,
      ];
    case "smtp":
      return [`   helo = ${check.heloName}`];
    case "dns":
      return [`   Type = ${check.type}`, `   Name = ${check.name}`];
    case "udp":
      return udpLines(check);
    case "file":
      return [`     Tracked file = ${check.file}`];
    case "bfd":
      return [`   Name = ${check.session}`, `   Alpha is ${check.alpha ? "ON" : "OFF"}`];
    default:
      return [];
  }
}

function udpLines({ payload, reply }: Extract<CheckConfig, { readonly kind: "udp" }>): string[] {
  return [
    payload ? `   Payload len = ${payload.length}` : "   Payload specified = no",
    `   Require reply = ${yesNo(reply !== undefined)}`,
    ...(reply
      ? [`     Min reply length = ${reply.bytesMin}`, `     Max reply length = ${reply.bytesMax}`]
      : []),
    ...(reply?.pattern
      ? [
        `     Reply data len = ${reply.pattern.octets.length}`,
        `     Reply data mask = ${yesNo(reply.pattern.masks.some((mask) => mask !== 0xff))}`,
      ]
      : []),
  ];
}

function httpLines({ fastRecovery, urls }: HttpCheck): string[] {
  return [
    `   Enable SNI ${setWord(urls.some(({ serverName }) => serverName !== undefined))}`,
    `   Fast recovery ${setWord(fastRecovery)}`,
    ...urls.flatMap(urlLines),
  ];
}

function setWord(isSet: boolean): string {
  return isSet ? "set" : "unset";
}

function urlLines({ path, host, serverName, digest, statusCodes, regex }: UrlConfig): string[] {
  return [
    `   Checked url = ${path}`,
    ...(digest === undefined ? [] : [`     digest = ${digest}`]),
    "     HTTP Status Code(s)",
    ...statusCodes.map(({ first, last }) =>
      `       ${first === last ? first : `${first}-${last}`}`
    ),
    ...(host === undefined ? [] : [`     Virtual host = ${host}`]),
    ...(serverName === undefined ? [] : [`     SNI name = ${serverName}`]),
    ...(regex
      ? [
        `     Regex = "${regex.pattern}"`,
        ...(regex.isNegated ? ["     Regex no match"] : []),
        ...(regex.offsetMin > 0 || regex.offsetMax !== undefined
          ? [`     Regex min offset = ${regex.offsetMin}, max_offset = ${regex.offsetMax ?? 0}`]
          : []),
        ...(regex.options.length > 0 ? [`     Regex options: ${regex.options.join(" ")}`] : []),
      ]
      : []),
  ];
}

type Checked = { readonly config: VirtualServerConfig; readonly server: RealServerConfig };

/** Every real server. */
function checkedOf({ virtualServers }: Config): Checked[] {
  return virtualServers.flatMap((config) =>
    config.realServers.map((server) => ({ config, server }))
  );
}

/** Files that checks look at. */
export function fileLines(all: Config): string[] {
  return all.trackFiles.flatMap(({ name, path }) => {
    const users = checkedOf(all).flatMap(({ config, server }) =>
      server.checkers.flatMap((check) =>
        check.kind === "file" && check.file === name
          ? [`     ${pairName(config, server)}, weight ${check.weight}${reverse(check.reversed)}`]
          : []
      )
    );
    if (users.length === 0) return [];
    return [` Track file = ${name}`, `   File = ${path}`, "   Tracking instances :", ...users];
  });
}

/** BFD sessions that checks follow. */
export function sessionLines(all: Config): string[] {
  const users = checkedOf(all).flatMap(({ config, server }) =>
    server.checkers.flatMap((check) =>
      check.kind === "bfd" ? [{ session: check.session, name: pairName(config, server) }] : []
    )
  );
  return Array.from(Map.groupBy(users, ({ session }) => session), ([session, followers]) => [
    ` Checker Track BFD = ${session}`,
    "   Tracking RS :",
    ...followers.map(({ name }) => `   ${name.replace(/^.* -> /, "")}`),
  ]).flat();
}
