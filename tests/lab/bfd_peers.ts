/**
 * The daemons that speak BFD, and their configurations for the same sessions, each in its language.
 *
 * @module
 */
import { familyOf, type Ip } from "../../net/address.ts";
import { block } from "./conf.ts";
import { type Daemon, type DaemonFiles, type RunningDaemon, stayd } from "./daemon.ts";
import { DEVICE, type Host, type Lab } from "./lab.ts";

/** One session, seen from one end. */
export interface SessionText {
  readonly local: Ip;
  readonly remote: Ip;
  readonly txMs: number;
  readonly rxMs: number;
  readonly mult: number;
  readonly multihop?: boolean;
  readonly passive?: boolean;
  readonly adminDown?: boolean;
  readonly authentication?: Authentication;
  /** Echo packets each way, in ms. */
  readonly echoMs?: number;
  /** More lines of a stayd or keepalived block. */
  readonly lines?: readonly string[];
}

/** Of BIRD and stayd; in stayd's words. */
export interface Authentication {
  readonly type: "simple" | "md5" | "meticulous_md5" | "sha1" | "meticulous_sha1";
  readonly keyId: number;
  readonly key: string;
}

/** When a daemon noticed a loss: by its clock, or so long after the Detection Time. */
export type NoticedLoss = { readonly atMs: number } | { readonly overdueMs: number };

/** A daemon that speaks BFD. */
export interface BfdPeer {
  readonly daemon: Daemon;
  /** What a line of its log tells of a loss. */
  lossIn(line: string): NoticedLoss | undefined;
  /** A configuration with nothing but these sessions. */
  config(sessions: readonly SessionText[]): string;
}

function bfdInstance(session: SessionText, index: number): string {
  const { local, remote, txMs, rxMs, mult, multihop, passive, lines = [] } = session;
  return block(`bfd_instance b${index}`, [
    `neighbor_ip ${remote}`,
    `source_ip ${local}`,
    `min_tx ${txMs}`,
    `min_rx ${rxMs}`,
    `multiplier ${mult}`,
    ...(multihop ? ["multihop true"] : []),
    ...(passive ? ["passive"] : []),
    ...(familyOf(local) === 6 ? ["hoplimit 255"] : []),
    ...lines,
  ]).join("\n") + "\n";
}

/** keepalived's words, and ours. */
function overdueIn(line: string): NoticedLoss | undefined {
  const usec = /Expired after .* \((\d+) usec overdue\)/.exec(line)?.[1];
  return usec === undefined ? undefined : { overdueMs: Number(usec) / 1_000 };
}

/** A line that begins with a time in UTC, as all run in that zone or none. */
function timeIn(line: string): NoticedLoss | undefined {
  const [, date = "", time = "", fraction = ""] =
    /^(\d{4}[-/]\d\d[-/]\d\d) (\d\d:\d\d:\d\d)(\.\d+)/.exec(line) ?? [];
  const atMs = Date.parse(`${date.replaceAll("/", "-")}T${time}`) + Number(fraction) * 1_000;
  return Number.isNaN(atMs) ? undefined : { atMs };
}

/** The daemon of this repository. */
export const staydPeer: BfdPeer = {
  daemon: stayd,
  lossIn: overdueIn,
  config: (sessions) =>
    sessions.map((session, i) => bfdInstance(withOwnWords(session), i)).join(""),
};

/** Words that keepalived does not have. */
function withOwnWords(session: SessionText): SessionText {
  const { authentication: auth, echoMs, adminDown, lines = [] } = session;
  return {
    ...session,
    lines: [
      ...(auth
        ? [`authentication_type ${auth.type}`, `authentication_key ${auth.keyId} ${auth.key}`]
        : []),
      ...(echoMs === undefined ? [] : [`echo_tx ${echoMs}`, `echo_rx ${echoMs}`]),
      ...(adminDown ? ["admin_down"] : []),
      ...lines,
    ],
  };
}

/** Debian's keepalived. */
export const keepalivedPeer: BfdPeer = {
  daemon: {
    name: "keepalived",
    command: ({ config, directory, detail }) => [
      // deno-fmt-ignore
      ..."keepalived -G -n -l".split(" "),
      ...(detail ? ["-D"] : []),
      "-f",
      config,
      ...["-p", `${directory}/daemon.pid`, "-r", `${directory}/vrrp.pid`],
      ...["-b", `${directory}/bfd.pid`, "-c", `${directory}/check.pid`],
    ],
    speaker: ([, child]) => child,
  },
  lossIn: overdueIn,
  config: (sessions) => sessions.map(bfdInstance).join(""),
};

const BIRD_AUTH = {
  simple: "simple",
  md5: "keyed md5",
  meticulous_md5: "meticulous keyed md5",
  sha1: "keyed sha1",
  meticulous_sha1: "meticulous keyed sha1",
} as const;

/** Debian's BIRD. */
export const birdPeer: BfdPeer = {
  daemon: {
    name: "bird",
    command: ({ config, directory }) => [
      ...["bird", "-f", "-c", config, "-s", `${directory}/bird.ctl`],
      ...["-P", `${directory}/bird.pid`],
    ],
    speaker: ([pid]) => pid,
  },
  lossIn: (line) => line.endsWith(" expired") ? timeIn(line) : undefined,
  config: (sessions) => {
    const [first] = sessions;
    if (!first) return "";
    const { txMs, rxMs, mult, passive, authentication: auth } = first;
    const settings = [
      `min rx interval ${rxMs} ms;`,
      `min tx interval ${txMs} ms;`,
      "idle tx interval 1000 ms;",
      `multiplier ${mult};`,
      ...(passive ? ["passive yes;"] : []),
      ...(auth
        ? [
          `authentication ${BIRD_AUTH[auth.type]};`,
          `password "${auth.key}" { id ${auth.keyId}; };`,
        ]
        : []),
    ];
    const neighbors = sessions.map(({ remote, local, multihop }) =>
      multihop
        ? `neighbor ${remote} local ${local} multihop on;`
        : `neighbor ${remote} dev "${DEVICE}" local ${local};`
    );
    return [
      "log stderr all;",
      "timeformat log iso long us;",
      "router id 10.9.9.9;",
      "protocol device {}",
      ...block("protocol bfd", [
        "debug { states, events };",
        ...block(`interface "${DEVICE}"`, settings),
        ";",
        ...block("multihop", settings),
        ";",
        ...neighbors,
      ]),
      "",
    ].join("\n");
  },
};

/** Debian's FRR: zebra, which tells of interfaces, and bfdd. */
export const frrPeer: BfdPeer = {
  daemon: {
    name: "frr",
    command: (files) => ["sh", "-c", frrScript(files)],
    speaker: (pids) => pids.at(-1),
  },
  lossIn: (line) => line.includes("reason:control-expired") ? timeIn(line) : undefined,
  config: (sessions) =>
    [
      "log stdout debugging",
      "log timestamp precision 6",
      "debug bfd peer",
      "bfd",
      ...sessions.flatMap((session) => frrLines(session)),
      "exit",
      "",
    ].join("\n"),
};

function frrScript({ config, directory }: DaemonFiles): string {
  // FRR leaves root behind; its files must be within its reach.
  const reach = `chmod 711 ${directory}/.. && chown frr:frr ${directory} && chmod 755 ${directory}`;
  const common = `--vty_socket ${directory} -z ${directory}/zserv.api --log stdout`;
  const zebra = `/usr/lib/frr/zebra ${common} -i ${directory}/zebra.pid -P 0`;
  const bfdd = `/usr/lib/frr/bfdd ${common} -i ${directory}/bfdd.pid -P 0 -f ${config}` +
    ` --bfdctl ${directory}/bfdd.sock`;
  return `${reach}; ${zebra} & sleep 0.5; ${bfdd} & wait`;
}

/** Has a running FRR change its configuration. */
export async function tellFrr(
  lab: Lab,
  host: Host,
  { directory }: RunningDaemon,
  lines: readonly string[],
): Promise<void> {
  const commands = ["configure", "bfd", ...lines].flatMap((line) => ["-c", line]);
  await lab.runAt(host, ["vtysh", "--vty_socket", directory, ...commands]);
}

/** The line of FRR's configuration that opens a session. */
export function frrPeerLine({ local, remote, multihop }: SessionText): string {
  return multihop
    ? `peer ${remote} multihop local-address ${local}`
    : `peer ${remote} local-address ${local} interface ${DEVICE}`;
}

function frrLines(session: SessionText): string[] {
  const { txMs, rxMs, mult, multihop, passive, adminDown, echoMs } = session;
  return [
    ` ${frrPeerLine(session)}`,
    `  receive-interval ${rxMs}`,
    `  transmit-interval ${txMs}`,
    `  detect-multiplier ${mult}`,
    ...(passive ? ["  passive-mode"] : []),
    ...(multihop ? ["  minimum-ttl 250"] : []),
    ...(echoMs === undefined ? [] : [
      "  echo-mode",
      `  echo transmit-interval ${echoMs}`,
      `  echo receive-interval ${echoMs}`,
    ]),
    adminDown ? "  shutdown" : "  no shutdown",
    " exit",
  ];
}

/** The daemons that others are. */
export const BFD_PEERS: readonly BfdPeer[] = [keepalivedPeer, birdPeer, frrPeer];
