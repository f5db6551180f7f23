/**
 * Where there are no interfaces of our own: in rehearsals, instances run on the interfaces that
 * there are.
 *
 * @module
 */
import type { Devices } from "../../net/devices_table.ts";
import type { VirtualAddress, VrrpInstanceConfig } from "../../machines/config.ts";

const EOPNOTSUPP = 95;
const REFUSED = { errno: EOPNOTSUPP };

/** Refuses everything. */
export const NO_DEVICES: Devices = {
  create: () => REFUSED,
  change: () => REFUSED,
  remove: () => REFUSED,
  readSetting: () => undefined,
  writeSetting: () => false,
  processId: 0,
  isAlive: () => false,
};

/** The same virtual router on the interface itself. */
export function withoutOwnLinks(config: VrrpInstanceConfig): VrrpInstanceConfig {
  const { virtualMac: _, ipvlan: __, ...rest } = config;
  return {
    ...rest,
    virtualMacForAddresses: false,
    transmitsOnBase: false,
    virtualAddresses: config.virtualAddresses.map(withoutOwnLink),
    excludedAddresses: config.excludedAddresses.map(withoutOwnLink),
  };
}

function withoutOwnLink({ virtualMac: _, ...address }: VirtualAddress): VirtualAddress {
  return address;
}
