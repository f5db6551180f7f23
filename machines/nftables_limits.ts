/**
 * What of a virtual server the rules of nftables cannot do as IPVS does.
 *
 * @module
 */
import type { VirtualServerConfig } from "./lvs_config.ts";

/** What schedulers come to where connections are not counted; the others are as in IPVS. */
const STAND_INS: Readonly<Record<string, string>> = {
  lc: "connections are not counted: servers get them in turn, by weight",
  wlc: "connections are not counted: servers get them in turn, by weight",
  sed: "connections are not counted: servers get them in turn, by weight",
  nq: "connections are not counted: servers get them in turn",
  lblc: "connections are not counted: the destination decides, as with dh",
  lblcr: "connections are not counted: the destination decides, as with dh",
  ovf: "connections are not counted: the server with the greatest weight gets all, as with fo",
  twos: "connections are not counted: chance decides, by weight",
  mh: "most clients change their server when one comes or goes, as with sh",
};

/** Each in words, for people; none: it is as with IPVS. */
export function limitsOfNftables(config: VirtualServerConfig): string[] {
  const { scheduler, onePacket, persistence, realServers, sorryServer } = config;
  const standIn = STAND_INS[scheduler];
  const servers = [...realServers, ...sorryServer ? [sorryServer] : []];
  const unreachable = servers.filter(({ forwarding }) => forwarding.kind !== "nat");
  return [
    ...standIn === undefined ? [] : [`lvs_sched ${scheduler}: ${standIn}`],
    ...onePacket ? ["ops: packets of one client and port go to one server"] : [],
    ...persistence
      ? [
        "persistence_timeout counts from the last new connection; a restart forgets its clients",
      ]
      : [],
    ...persistence?.engine === undefined
      ? []
      : [`persistence_engine ${persistence.engine}: clients are told apart by address`],
    ...realServers.some(({ upperThreshold }) => upperThreshold > 0)
      ? ["uthreshold, lthreshold: connections are not counted"]
      : [],
    ...unreachable.map(({ ip, port, forwarding }) =>
      `[${ip}]:${port} gets nothing: lvs_method ${WORDS[forwarding.kind]} is for IPVS only`
    ),
  ];
}

const WORDS = { nat: "NAT", direct: "DR", tunnel: "TUN" } as const;
