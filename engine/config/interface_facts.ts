/**
 * What is known of interfaces while a configuration is checked: their addresses.
 *
 * @module
 */
import { familyOf, parseIp, type Prefix } from "../../net/address.ts";

/** Addresses by interface. */
export interface InterfaceFacts {
  /** Each address with the length of its network. An interface without addresses has none. */
  readonly prefixes: ReadonlyMap<string, readonly Prefix[]>;
  /**
   * They were asked of this machine, and the configuration may be another's: they count only if all
   * interfaces that it names are there.
   */
  readonly isGuess: boolean;
}

/** Interfaces of one list. */
const INTERFACES_MAX = 100_000;

/** Reads the output of `ip -json address`; in words what is wrong with it. */
export function readInterfaceFacts(text: string): InterfaceFacts | { readonly wrong: string } {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return { wrong: "it is not JSON" };
  }
  if (!Array.isArray(list) || list.length > INTERFACES_MAX) {
    return { wrong: "it is not a list of interfaces, as 'ip -json address' prints" };
  }
  const prefixes = new Map<string, Prefix[]>();
  for (const each of list) {
    // `ip` prints empty objects for what it was not asked for.
    if (!isObject(each) || typeof each["ifname"] !== "string") continue;
    const addresses = each["addr_info"];
    prefixes.set(each["ifname"], Array.isArray(addresses) ? addresses.flatMap(prefixOf) : []);
  }
  return prefixes.size > 0
    ? { prefixes, isGuess: false }
    : { wrong: "it names no interface, as 'ip -json address' does" };
}

function prefixOf(address: unknown): Prefix[] {
  if (!isObject(address)) return [];
  const { local, prefixlen: length } = address;
  const ip = typeof local === "string" ? parseIp(local) : undefined;
  if (ip === undefined || typeof length !== "number" || !Number.isInteger(length)) return [];
  const isValid = length >= 0 && length <= (familyOf(ip) === 4 ? 32 : 128);
  return isValid ? [{ ip, prefixLength: length }] : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
