/**
 * Large configurations, as an operator's template would make them.
 *
 * @module
 */
import { block } from "../tests/lab/conf.ts";

/** A configuration to read. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
  /** Virtual servers in it: what growth is counted by. */
  readonly serverCount?: number;
}

const INTERFACE_COUNT = 8;

/** The interfaces that the files name; `-t` refuses those that are not there. */
export const INTERFACES: readonly string[] = Array.from(
  { length: INTERFACE_COUNT },
  (_, i) => `eth${i}`,
);

/** The sizes that issue and README speak of, the largest last. */
export function configFiles(): ConfigFile[] {
  return [
    { name: "empty", text: "" },
    { name: "5,000 addresses", text: manyAddresses(5_000) },
    { name: "2,000 instances", text: manyInstances(2_000) },
    { name: "1,000 × 2 servers", text: manyServers(1_000), serverCount: 1_000 },
    { name: "10,000 × 2 servers", text: manyServers(10_000), serverCount: 10_000 },
  ];
}

/** The `i`th address of a network of 16 bits. */
function addressOf(network: string, i: number): string {
  return `${network}.${i >> 8}.${i & 0xff}`;
}

/** One instance; all but the first address are not advertised: an advert names 255 at most. */
function manyAddresses(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `${addressOf("10.1", i)}/32`);
  return instance("V1", "eth0", 51, [
    ...block("virtual_ipaddress", lines.slice(0, 1)),
    ...block("virtual_ipaddress_excluded", lines.slice(1)),
  ]);
}

function manyInstances(count: number): string {
  const perInterface = Math.ceil(count / INTERFACE_COUNT);
  const texts = Array.from({ length: count }, (_, i) =>
    instance(
      `V${i}`,
      `eth${Math.floor(i / perInterface)}`,
      1 + i % perInterface,
      block("virtual_ipaddress", [`${addressOf("10.1", i)}/32`]),
    ));
  return texts.join("");
}

function instance(name: string, link: string, vrid: number, lines: readonly string[]): string {
  const settings = [
    `interface ${link}`,
    `virtual_router_id ${vrid}`,
    "state BACKUP",
    "version 3",
    "priority 100",
    "advert_int 1",
    ...lines,
  ];
  return `${block(`vrrp_instance ${name}`, settings).join("\n")}\n`;
}

function manyServers(count: number): string {
  const texts = Array.from({ length: count }, (_, i) => {
    const lines = [
      "delay_loop 6",
      "lvs_sched wlc",
      "lvs_method NAT",
      "protocol TCP",
      ...realServer(addressOf("10.2", i)),
      ...realServer(addressOf("10.3", i)),
    ];
    return block(`virtual_server ${addressOf("10.1", i)} 80`, lines).join("\n");
  });
  return `${texts.join("\n\n")}\n`;
}

function realServer(ip: string): string[] {
  return block(`real_server ${ip} 80`, [
    "weight 1",
    ...block("TCP_CHECK", ["connect_timeout 3"]),
  ]);
}
