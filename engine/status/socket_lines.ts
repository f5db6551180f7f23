/**
 * The sockets that advertisements cross, in the state file.
 *
 * @module
 */
import {
  type Config,
  type VrrpInstanceConfig,
  vrrpInstanceIdentity,
} from "../../machines/config.ts";
import type { SocketStatus } from "../io/outside.ts";

const PROTOCOL_AH = 51;

/** The lines of all. */
export function socketLines(
  { vrrpInstances }: Config,
  sockets: readonly SocketStatus[],
): string[] {
  const known = new Map(vrrpInstances.map((each) => [vrrpInstanceIdentity(each), each]));
  return sockets.flatMap((socket) => {
    const { descriptors, interface: name, family, protocol } = socket;
    const instances = socket.instances.flatMap((id) => known.get(id) ?? []);
    const isMulticast = instances.some(({ unicastPeers }) => unicastPeers.length === 0);
    const bytes = Math.max(
      0,
      ...instances.map(({ receiveBufferBytes }) => receiveBufferBytes ?? 0),
    );
    return [
      ` fd_in ${descriptors?.receiver ?? -1} fd_out = ${descriptors?.sender ?? -1}`,
      ...(name === undefined ? [] : [`   Interface = ${name}`]),
      `   Family = IPv${family}`,
      `   Protocol = ${protocol === PROTOCOL_AH ? "AH" : "VRRP"}`,
      `   Type = ${isMulticast ? "Multicast" : "Unicast"}`,
      ...(isMulticast ? [] : addressesOf(instances)),
      `   Rx buf size = ${bytes}`,
      "   VRRP instances",
      ...instances.map((each) => `     ${each.name} vrid ${each.vrid}`),
    ];
  });
}

/** Several instances share a socket: there is not one address. */
function addressesOf(instances: readonly VrrpInstanceConfig[]): string[] {
  const sources = new Set(instances.flatMap(({ sourceIp }) => sourceIp ?? []));
  return Array.from(sources, (each) => `   Address = ${each}`);
}

/** Which descriptors an instance has. */
export function descriptorLine(
  instance: VrrpInstanceConfig,
  sockets: readonly SocketStatus[],
): string | undefined {
  const id = vrrpInstanceIdentity(instance);
  const own = sockets.find(({ instances }) => instances.includes(id))?.descriptors;
  return own && `   fd_in ${own.receiver}, fd_out ${own.sender}`;
}
