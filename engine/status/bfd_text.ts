/**
 * The file of BFD sessions, in keepalived's structure: names and order of lines. What it tells of
 * keepalived's own insides (descriptors, threads) is left out; counters of ours are added.
 *
 * @module
 */
import { type BfdSessionConfig, bfdSessionIdentity } from "../../machines/bfd_config.ts";
import { DIAG_WORDS } from "../../machines/bfd_rules.ts";
import type { BfdState } from "../../machines/bfd_facts.ts";
import type { Config } from "../../machines/config.ts";
import type { ProcessStatus, SessionStatus } from "./process_status.ts";
import { unixTime } from "./unix_time.ts";

const STATE_WORDS: Readonly<Record<BfdState, string>> = {
  adminDown: "AdminDown",
  down: "Down",
  init: "Init",
  up: "Up",
};

/** The file. */
export function bfdDataText(config: Config, status: ProcessStatus): string {
  const known = new Map(status.sessions.map((each) => [each.id, each]));
  const lines = config.bfdSessions.flatMap((session) => [
    ` BFD Instance = ${session.name}`,
    ...configLines(session),
    ...statusLines(known.get(bfdSessionIdentity(session))),
  ]);
  return ["------< BFD Topology >------", ...lines, ""].join("\n");
}

function configLines(session: BfdSessionConfig): string[] {
  const { remoteIp, localIp, interface: link, authentication, echo } = session;
  return [
    `   Neighbor IP = ${remoteIp}`,
    ...(localIp === undefined ? [] : [`   Source IP = ${localIp}`]),
    ...(link === undefined ? [] : [`   Interface = ${link}`]),
    ...(session.isMultihop ? ["   multihop = true"] : []),
    `   Required min RX interval = ${session.requiredMinRxIntervalUs} us`,
    `   Desired min TX interval = ${session.desiredMinTxIntervalUs} us`,
    `   Desired idle TX interval = ${session.idleTxIntervalUs} us`,
    `   Detection multiplier = ${session.detectMult}`,
    `   TTL = ${session.hopLimit}`,
    `   max_hops = ${session.hopLimit - session.hopLimitMin}`,
    `   passive = ${session.isPassive}`,
    ...(authentication ? [`   authentication = ${authentication.type}`] : []),
    ...(echo.txIntervalUs > 0 ? [`   echo TX interval = ${echo.txIntervalUs} us`] : []),
    ...(echo.requiredMinRxIntervalUs > 0
      ? [`   Required min echo RX interval = ${echo.requiredMinRxIntervalUs} us`]
      : []),
    `   send event to VRRP process = ${yesNo(session.informs.vrrp)}`,
    `   send event to checker process = ${yesNo(session.informs.checkers)}`,
  ];
}

function statusLines(status: SessionStatus | undefined): string[] {
  if (!status?.conduct) return [];
  const { conduct, remote, discriminator, polls, heardAtUnixMs, counters } = status;
  const { speech, txIntervalUs, detectionTimeUs } = conduct;
  const { rejected, ...counts } = counters;
  return [
    `   local state = ${STATE_WORDS[speech.state]}`,
    `   remote state = ${STATE_WORDS[remote?.state ?? "down"]}`,
    `   local discriminator = 0x${discriminator.toString(16)}`,
    `   remote discriminator = 0x${(remote?.myDiscriminator ?? 0).toString(16)}`,
    `   local diag = ${DIAG_WORDS[speech.diagnostic] ?? speech.diagnostic}`,
    `   remote diag = ${DIAG_WORDS[remote?.diagnostic ?? 0] ?? remote?.diagnostic}`,
    `   remote min tx intv = ${remote?.desiredMinTxIntervalUs ?? 0} us`,
    `   remote min rx intv = ${remote?.requiredMinRxIntervalUs ?? 0} us`,
    `   remote demand = ${remote?.demand ? 1 : 0}`,
    `   remote detect multiplier = ${remote?.detectMult ?? 0}`,
    `   ${polls ? "" : "!"}poll`,
    `   local tx intv = ${txIntervalUs} us`,
    `   local detection time = ${detectionTimeUs} us`,
    `   last seen = ${heardAtUnixMs === undefined ? "[never]" : unixTime(heardAtUnixMs)}`,
    ...Object.entries({ ...counts }).map(([name, count]) => `   ${words(name)} = ${count}`),
    ...Object.entries(rejected).map(([reason, count]) => `   refused, ${reason} = ${count}`),
  ];
}

function yesNo(value: boolean): string {
  return value ? "Yes" : "No";
}

/** `sentCount`: `sent`; `echoesSentCount`: `echoes sent`. */
function words(name: string): string {
  return name.replace(/Count$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
