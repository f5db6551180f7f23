/**
 * The socket by which packets of a session leave, to whichever port they go.
 *
 * @module
 */
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { SOURCE_PORT_MIN } from "./bfd_shared.ts";
import type { Outside, UdpSender } from "./outside.ts";

/**
 * Opens one, bound to the session's interface if that is there. Returns the errno if the kernel
 * refuses. `hopLimit` is the TTL or Hop Limit, 1 to 255.
 */
export function openSessionSender(
  outside: Pick<Outside, "links" | "openUdpSender">,
  { remoteIp, localIp, interface: name }: BfdSessionConfig,
  { port, hopLimit }: { readonly port: number; readonly hopLimit: number },
): UdpSender | number {
  const link = name === undefined ? undefined : outside.links.linkByName(name);
  try {
    return outside.openUdpSender({
      destination: remoteIp,
      port,
      ...(localIp !== undefined && { source: localIp }),
      sourcePortMin: SOURCE_PORT_MIN,
      ...(link && { interface: { index: link.index, name: link.name } }),
      hopLimit,
    });
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return error.errno;
  }
}
