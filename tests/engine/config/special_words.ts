/**
 * What shapes and grammars say too little about: values that are texts for them but mean more, and
 * lines whose words depend on each other.
 *
 * @module
 */
import fc from "fast-check";
import type { Names } from "./arbitrary_shape.ts";

/** What a block cannot be without. */
export const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "the top level": ["vrrp_instance", "global_defs"],
  virtual_server: ["real_server"],
  FILE_CHECK: ["track_file"],
  BFD_CHECK: ["name"],
  MISC_CHECK: ["misc_path"],
  HTTP_GET: ["url"],
  SSL_GET: ["url"],
  url: ["path"],
  vrrp_instance: ["interface", "virtual_router_id", "virtual_ipaddress"],
  vrrp_script: ["script"],
  vrrp_sync_group: ["group"],
  track_group: ["group"],
  track_file: ["file"],
  vrrp_track_file: ["file"],
  vrrp_track_process: ["process"],
  bfd_instance: ["neighbor_ip"],
  garp_group: ["garp_interval"],
  global_defs: ["default_interface"],
};

const port = fc.integer({ min: 1, max: 65_535 }).map(String);
const address = fc.integer({ min: 1, max: 254 }).map((last) => `192.0.2.${last}`);
const mark = fc.integer({ min: 1, max: 2 ** 31 }).map(String);
const words = (...lines: string[]): fc.Arbitrary<string[]> =>
  fc.constantFrom(...lines.map((line) => line.split(" ")));
const instances = fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 })
  .map((numbers) => numbers.map((n) => `\0vrrp_instance\0${n}`));

const service = fc.oneof(
  fc.tuple(address, port).map((pair) => [...pair]),
  mark.map((number) => ["fwmark", number]),
  fc.nat(5).map((n) => ["group", `\0virtual_server_group\0${n}`]),
);

/** Values by keyword. */
export const SPECIAL: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
  include_check: fc.subarray(["+match", "-match", "+brace_match"]).map((more) => ["read", ...more]),
  vrrp_rx_bufs_policy: words("MTU", "ADVERT", "65536"),
  weight: words("5", "1"),
  vrrp_ipsets: words("keepalived", "a b c"),
  digest: words("0123456789abcdef0123456789abcdef"),
  payload: words("0102ff"),
  require_reply: words("01ff"),
  regex_stack: words("100 2000"),
  auth_type: words("PASS"),
  active_key: words("1"),
  persistence_granularity: words("255.255.255.0"),
  status_code: words("200", "200-299 404"),
  lvs_method: words("NAT", "DR", "TUN"),
  lb_kind: words("NAT", "DR", "TUN"),
  sorry_server_lvs_method: words("NAT", "DR"),
  lvs_timeouts: words("tcp 60", "tcp 60 tcpfin 9 udp 5"),
  vrrp_garp_extra_if: words("10", "all 10"),
  vrrp_vmac_garp_intvl: words("10", "all 10"),
  umask: words("022", "027", "0"),
  vmac_garp_intvl: words("5", "all 5"),
  garp_extra_if: words("10", "all 10"),
  virtual_server: service,
  neighbor_ip: address.map((word) => [word]),
  source_ip: address.map((word) => [word]),
  lvs_sync_daemon: words("eth0", "eth0 syncid 5", "eth0 id 7 maxlen 1400"),
  mcast_dst_ip: words("224.0.0.18"),
  mcast_src_ip: address.map((word) => [word]),
  unicast_src_ip: address.map((word) => [word]),
};

/** Lines by the keyword of their block. */
export const SPECIAL_LINES: Readonly<Record<string, (names: Names) => fc.Arbitrary<string[]>>> = {
  virtual_ipaddress: arbitraryAddress,
  virtual_ipaddress_excluded: arbitraryAddress,
  static_ipaddress: arbitraryAddress,
  group: () => instances,
  virtual_server_group: () =>
    fc.oneof(
      fc.tuple(address, port).map((pair) => [...pair]),
      words("192.0.2.1-9 80", "fwmark 5", "192.0.2.0/28 80"),
    ),
  virtual_routes: arbitraryRoute,
  static_routes: arbitraryRoute,
  virtual_rules: arbitraryRule,
  static_rules: arbitraryRule,
};

function arbitraryRoute(): fc.Arbitrary<string[]> {
  return words(
    "192.0.2.0/24 dev eth0",
    "default via 192.0.2.1 dev eth0 metric 5",
    "src 192.0.2.9 to 198.51.100.0/24 via 192.0.2.1 dev eth0 scope link table 100",
    "blackhole 198.51.100.0/24",
    "2001:db8:1::/64 dev eth1 mtu lock 1400",
    "198.51.100.0/24 nexthop via 192.0.2.1 dev eth0 weight 2 nexthop via 192.0.2.2 dev eth1",
  );
}

function arbitraryRule(): fc.Arbitrary<string[]> {
  return words(
    "from 192.0.2.0/24 table 100",
    "to 198.51.100.0/24 priority 50 table 5",
    "not from 192.0.2.1 fwmark 5/7 lookup 100",
    "from 2001:db8::/32 priority 9 blackhole",
  );
}

/** A line of a block of addresses; what its options allow depends on its family. */
function arbitraryAddress({ interfaces, isMixed }: Names): fc.Arbitrary<string[]> {
  const last = fc.integer({ min: 1, max: 254 });
  const always = [["dev", interfaces[0] ?? "lo"], ["noprefixroute"], ["no_track"], ["home"]];
  const four = [["scope", "link"], ["scope", "7"], ["brd", "+"], ["label", "eth0:1"], ["brd", "-"]];
  const six = [["-nodad"], ["mngtmpaddr"], ["preferred_lft", "60"], ["preferred_lft", "forever"]];
  const line = (prefix: string, length: string, base: 10 | 16, options: string[][]) =>
    fc.tuple(last, fc.boolean(), fc.shuffledSubarray([...always, ...options], { maxLength: 3 }))
      .map(([octet, isWhole, chosen]) => [
        `${prefix}${octet.toString(base)}${isWhole ? length : ""}`,
        ...chosen.filter(([key], i) => chosen.findIndex(([k]) => k === key) === i).flat(),
      ]);
  return fc.oneof(
    { weight: 4, arbitrary: line("192.0.2.", "/24", 10, four) },
    { weight: isMixed ? 1 : 0, arbitrary: line("2001:db8::", "/64", 16, six) },
  );
}
