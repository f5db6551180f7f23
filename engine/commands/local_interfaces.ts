/**
 * The interfaces of this machine, for checking a configuration against them.
 *
 * @module
 */
import { Links } from "../../net/links.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { InterfaceFacts } from "../config/interface_facts.ts";

/** Asks the kernel; undefined if it does not tell. */
export function localInterfaces(): InterfaceFacts | undefined {
  try {
    using links = Links.open();
    const prefixes = new Map(
      [...links.links()].map(({ name, index }) => [name, links.addressesOf(index)]),
    );
    return { prefixes, isGuess: true };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return undefined;
  }
}
