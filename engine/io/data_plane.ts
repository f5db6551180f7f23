/**
 * What balances on this machine: IPVS, or rules of nftables where the kernel has no IPVS.
 *
 * @module
 */
import { Ipvs } from "../../net/ipvs.ts";
import { Nftables } from "../../net/sys/libnftables.ts";
import type { IpvsTable } from "./ipvs_keeper.ts";
import type { SettingsTable } from "./ipvs_settings.ts";
import { NftTable } from "./nft_table.ts";

/** What a process balances with. */
export interface DataPlane extends Disposable {
  readonly kind: "ipvs" | "nftables";
  readonly table: IpvsTable;
  /** Timeouts and sync daemons, which only IPVS has. */
  readonly settings?: SettingsTable;
}

/** Opens it; `wanted`: no other will do. Undefined if there is none. */
export function openDataPlane(wanted: DataPlane["kind"] | undefined): DataPlane | undefined {
  return (wanted === "nftables" ? undefined : openIpvs()) ??
    (wanted === "ipvs" ? undefined : openNftables());
}

function openIpvs(): DataPlane | undefined {
  const ipvs = Ipvs.open();
  return ipvs && {
    kind: "ipvs",
    table: ipvs,
    settings: ipvs,
    [Symbol.dispose]: () => ipvs[Symbol.dispose](),
  };
}

function openNftables(): DataPlane | undefined {
  const nft = Nftables.open();
  if (!nft) return undefined;
  const table = new NftTable(nft);
  if (table.isUsable()) {
    return { kind: "nftables", table, [Symbol.dispose]: () => table[Symbol.dispose]() };
  }
  table[Symbol.dispose]();
  return undefined;
}
