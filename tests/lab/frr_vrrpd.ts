/**
 * FRR's vrrpd, which wants its virtual MAC address on a macvlan that somebody made beforehand.
 *
 * @module
 */
import { virtualRouterMac } from "../../net/packet/ethernet.ts";
import type { Wire } from "./conf.ts";
import type { Daemon, DaemonFiles } from "./daemon.ts";
import { DEVICE, type Host, type Lab } from "./lab.ts";

/** Debian's FRR: zebra, which tells of interfaces, and vrrpd. */
export const frrVrrpd: Daemon = {
  name: "frr",
  command: (files) => ["sh", "-c", script(files)],
  speaker: (pids) => pids.at(-1),
};

function script({ config, directory }: DaemonFiles): string {
  // FRR leaves root behind; its files must be within its reach.
  const reach = `chmod 711 ${directory}/.. && chown frr:frr ${directory} && chmod 755 ${directory}`;
  const common = `--vty_socket ${directory} -z ${directory}/zserv.api --log stdout`;
  const zebra = `/usr/lib/frr/zebra ${common} -i ${directory}/zebra.pid -P 0`;
  const vrrpd = `/usr/lib/frr/vrrpd ${common} -i ${directory}/vrrpd.pid -P 0 -f ${config}`;
  return `${reach}; ${zebra} & sleep 0.5; ${vrrpd} & wait`;
}

/** Its configuration. */
export function frrText(wire: Wire, vrid: number, priority: number, addresses: string[]): string {
  const word = wire.family === 4 ? "ip" : "ipv6";
  return [
    "log stdout debugging",
    `interface ${DEVICE}`,
    ` vrrp ${vrid} version ${wire.version}`,
    ` vrrp ${vrid} priority ${priority}`,
    ` vrrp ${vrid} advertisement-interval ${wire.advertSec * 1_000}`,
    ...addresses.map((each) => ` vrrp ${vrid} ${word} ${each}`),
    "exit",
    "",
  ].join("\n");
}

/** Makes the interface that it speaks from. */
export async function addFrrDevice(
  lab: Lab,
  host: Host,
  { family }: Wire,
  vrid: number,
  addresses: readonly string[],
): Promise<void> {
  const name = `vrrp${family}-${vrid}`;
  const mac = virtualRouterMac(family, vrid);
  const make = `link add ${name} link ${DEVICE} address ${mac} type macvlan`;
  const lines = [
    `${make} mode bridge`,
    ...addresses.map((each) => `addr add ${each}/${family === 4 ? 24 : 64} dev ${name}`),
    `link set ${name} up`,
  ];
  for (const line of lines) await lab.runAt(host, ["ip", ...line.split(" ")]);
}
