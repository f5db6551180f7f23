/**
 * What balances on this machine: IPVS, or rules of nftables where the kernel has no IPVS.
 *
 * @module
 */
import { Ipvs } from "../../net/ipvs.ts";
import { Nftables } from "../../net/sys/libnftables.ts";
import { inNetworkAt, namespaceFile } from "../../net/sys/process.ts";
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

/** What is asked for. */
export interface DataPlaneWish {
  /** No other will do. */
  readonly kind?: DataPlane["kind"];
  /** The network namespace that it is in, if it is another one; empty: that of init. */
  readonly namespace?: string;
}

/**
 * Opens it. Undefined if there is none. Throws a `SyscallError` if its namespace cannot be entered.
 */
export function openDataPlane({ kind, namespace }: DataPlaneWish): DataPlane | undefined {
  if (namespace === undefined) return openHere(kind);
  // Sockets stay where they are opened; all else of this process stays where it is.
  return inNetworkAt(namespaceFile(namespace), () => openHere(kind));
}

function openHere(wanted: DataPlane["kind"] | undefined): DataPlane | undefined {
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
