import { assertEquals } from "@std/assert";
import { brief, changes, instanceOf, instanceText, load } from "./harness.ts";

const PLAIN = instanceOf(instanceText(""));
const PLAIN6 = instanceOf(instanceText("", "fe80::1/64"));

Deno.test("vrrp_instance defaults", () => {
  assertEquals(
    PLAIN as unknown,
    {
      name: "V1",
      interface: "eth0",
      family: 4,
      version: 2,
      vrid: 51,
      priority: 100,
      advertisementIntervalCs: 100,
      downIntervalAdverts: 3,
      initialRole: "backup",
      preempt: true,
      preemptDelayMs: 0,
      startupDelayMs: 0,
      accept: true,
      strict: false,
      tracksInterface: true,
      multicastGroup: "224.0.0.18",
      tracksSourceIp: false,
      unicastPeers: [],
      faultsWithoutPeers: false,
      unicastHopLimit: 255,
      checksUnicastSource: false,
      checksumIncludesPseudoHeader: true,
      ownerIgnoresAdvertisements: false,
      answersLowerPriority: true,
      advertisesBeforeYielding: false,
      checksAddressesOnChangeOnly: false,
      tracks: [],
      scripts: {},
      tellsDeletion: false,
      mails: false,
      notifiesPriorityChanges: false,
      virtualMacForAddresses: false,
      transmitsOnBase: false,
      promotesSecondaries: false,
      extraAnnouncementMs: 0,
      extraAnnouncementsForAll: false,
      announcements: {
        repeatCount: 5,
        delayMs: 5_000,
        refreshMs: 0,
        refreshRepeatCount: 1,
        lowerPriorityRepeatCount: 5,
        lowerPriorityDelayMs: 5_000,
        arpIntervalUs: 0,
        neighborIntervalUs: 0,
      },
      virtualAddresses: [
        { ip: "192.0.2.1", prefixLength: 24, scope: 0, flags: 0, tracked: true },
      ],
      excludedAddresses: [],
      routes: [],
      rules: [],
    },
  );
});

Deno.test("vrrp_instance defaults of IPv6", () => {
  assertEquals(changes(PLAIN, PLAIN6), {
    family: 6,
    version: 3,
    multicastGroup: "ff02::12",
    virtualAddresses: [{ ip: "fe80::1", prefixLength: 64, scope: 0, flags: 2, tracked: true }],
  });
});

/** Lines; what they change in the model, or that the text is refused; findings. */
type Row = [lines: string, expected: Record<string, unknown> | "refused", findings?: string[]];

const PEER = { ip: "192.0.2.5", hopLimitMin: 0, hopLimitMax: 255 };
const unicast = (lines: string) => `unicast_peer {\n192.0.2.5\n}\n${lines}`;
const MULTICAST_INSTEAD = "warning: unicast without peers is deprecated: multicast is used [W501]";
const OWNER = { priority: 255, initialRole: "active" };

// deno-fmt-ignore
const KEYWORDS: Row[] = [
  ["interface eth1", { interface: "eth1" }],
  ["interface br-lan.5@x", { interface: "br-lan.5@x" }],
  ["interface a/b", "refused", ["3:11: error: 'a/b' cannot be the name of an interface [E304]"]],
  ["interface ..", "refused", ["3:11: error: '..' cannot be the name of an interface [E304]"]],
  ["interface eth0123456789012", "refused", ["3:11: error: interface name 'eth0123456789012' is longer than 15 bytes [E304]"]],
  ["interface lo", "refused", ["3:11: error: VRRP needs a network, not lo [E409]"]],
  ["virtual_router_id 255", { vrid: 255 }],
  ["virtual_router_id \" +7\"", { vrid: 7 }],
  ["virtual_router_id 0", "refused", ["3:19: error: '0' is out of range: must be 1 to 255 [E302]"]],
  ["virtual_router_id 256", "refused", ["3:19: error: '256' is out of range: must be 1 to 255 [E302]"]],
  ["virtual_router_id -1", "refused", ["3:19: error: '-1' is out of range: must be 1 to 255 [E302]"]],
  ["virtual_router_id 0x10", "refused", ["3:19: error: '0x10' is not a number [E301]"]],
  ["virtual_router_id 5x", "refused", ["3:19: error: '5x' is not a number [E301]"]],
  ["state BACKUP", {}],
  ["state MASTER", OWNER],
  ["state MASTER\npriority 100", { initialRole: "active" }],
  ["priority 255", OWNER],
  ["priority 255\nstate BACKUP", { priority: 255 }],
  ["state BACKUP\nstate MASTER", OWNER],
  ["state MASTER\nstate BACKUP", OWNER, ["5:7: warning: state BACKUP after state MASTER is ignored [W403]"]],
  ["state master", "refused", ["4:7: error: 'master' is not one of MASTER, BACKUP [E304]"]],
  ["priority 1", { priority: 1 }],
  ["priority 007", { priority: 7 }],
  ["priority 0", "refused", ["4:10: error: '0' is out of range: must be 1 to 255 [E302]"]],
  ["priority 50\npriority 60", { priority: 60 }],
  ["version 3", { version: 3 }],
  ["version 4", "refused", ["4:9: error: '4' is not one of 2, 3 [E304]"]],
  ["advert_int 2", { advertisementIntervalCs: 200 }],
  ["advert_int 1.", {}],
  ["advert_int 255", { advertisementIntervalCs: 25_500 }],
  ["advert_int 1.4", {}, ["4:12: warning: VRRP version 2 has intervals of whole seconds: 1 s is used [W303]"]],
  ["advert_int 1.5", { advertisementIntervalCs: 200 }, ["4:12: warning: VRRP version 2 has intervals of whole seconds: 2 s is used [W303]"]],
  ["advert_int .1", {}, ["4:12: warning: VRRP version 2 has intervals of whole seconds: 1 s is used [W303]"]],
  ["advert_int .5\nversion 3", { version: 3, advertisementIntervalCs: 50 }],
  ["advert_int 0.01\nversion 3", { version: 3, advertisementIntervalCs: 1 }],
  ["advert_int 0.015\nversion 3", { version: 3, advertisementIntervalCs: 2 }, ["4:12: warning: VRRP version 3 has intervals of 10 ms to 40.95 s in steps of 10 ms: 0.02 s is used [W303]"]],
  ["advert_int 40.95\nversion 3", { version: 3, advertisementIntervalCs: 4_095 }],
  ["advert_int 40.955\nversion 3", { version: 3, advertisementIntervalCs: 4_095 }, ["4:12: warning: VRRP version 3 has intervals of 10 ms to 40.95 s in steps of 10 ms: 40.95 s is used [W303]"]],
  ["advert_int 100\nversion 3", { version: 3, advertisementIntervalCs: 4_095 }, ["4:12: warning: VRRP version 3 has intervals of 10 ms to 40.95 s in steps of 10 ms: 40.95 s is used [W303]"]],
  ["advert_int 0.009", "refused", ["4:12: error: '0.009' is out of range: must be 0.01 to 255 [E302]"]],
  ["advert_int 255.1", "refused", ["4:12: error: '255.1' is out of range: must be 0.01 to 255 [E302]"]],
  ["advert_int 1.0000001", "refused", ["4:12: error: '1.0000001' has more than 6 decimals [E301]"]],
  ["advert_int .", "refused", ["4:12: error: '.' is not a number of seconds [E301]"]],
  ["advert_int 1s", "refused", ["4:12: error: '1s' is not a number of seconds [E301]"]],
  ["native_ipv6", "refused", ["6:1: error: 192.0.2.1 is not an IPv6 address like the others of V1 (virtual_ipaddress_excluded takes both) [E404]"]],
  ["mcast_src_ip 192.0.2.9", { sourceIp: "192.0.2.9" }],
  ["mcast_src_ip 192.0.2.9/24", { sourceIp: "192.0.2.9" }, ["4:14: warning: an address alone is wanted here: '/24' is ignored [W306]"]],
  ["mcast_src_ip foo", "refused", ["4:14: error: 'foo' is not an address [E305]"]],
  ["mcast_src_ip fe80::1", "refused", ["4:14: error: source fe80::1 is not an IPv4 address [E404]"]],
  ["mcast_src_ip 192.0.2.9\ntrack_src_ip", { sourceIp: "192.0.2.9", tracksSourceIp: true }],
  ["track_src_ip", {}, ["4:1: warning: track_src_ip without a configured source address does nothing [W602]"]],
  ["mcast_dst_ip 224.0.0.99", { multicastGroup: "224.0.0.99" }],
  ["mcast_dst_ip 192.0.2.9", "refused", ["4:14: error: '192.0.2.9' is not a multicast group [E409]"]],
  ["mcast_dst_ip ff02::99", "refused", ["4:14: error: mcast_dst_ip is not an IPv4 address [E404]"]],
  ["preempt", {}],
  ["nopreempt", { preempt: false }],
  ["nopreempt\npreempt", {}],
  ["nopreempt\npriority 255", OWNER, ["4:1: warning: an address owner (priority 255) always preempts: nopreempt is ignored [W403]"]],
  ["nopreempt\nstate MASTER\npriority 100", { initialRole: "active" }, ["4:1: warning: state MASTER preempts: nopreempt is ignored [W-vrrp-009]"]],
  ["preempt_delay 1.5", { preemptDelayMs: 1_500 }],
  ["preempt_delay 1000", { preemptDelayMs: 1_000_000 }],
  ["preempt_delay 1000.1", "refused", ["4:15: error: '1000.1' is out of range: must be 0 to 1000 [E302]"]],
  ["preempt_delay 1\nnopreempt", { preempt: false }, ["4:15: warning: preempt_delay with nopreempt is ignored [W403]"]],
  ["preempt_delay 1\nstate MASTER\npriority 9", { priority: 9, initialRole: "active" }, ["4:15: warning: preempt_delay with state MASTER is ignored [W403]"]],
  ["preempt_delay 0\nnopreempt", { preempt: false }],
  ["down_timer_adverts 100", { downIntervalAdverts: 100 }],
  ["down_timer_adverts 101", "refused", ["4:20: error: '101' is out of range: must be 1 to 100 [E302]"]],
  ["lower_prio_no_advert", { answersLowerPriority: false }],
  ["lower_prio_no_advert no", {}],
  ["lower_prio_no_advert 1", "refused", ["4:22: error: '1' is neither true nor false [E304]"]],
  ["higher_prio_send_advert yes", { advertisesBeforeYielding: true }],
  ["higher_prio_send_advert No", "refused", ["4:25: error: 'No' is neither true nor false [E304]"]],
  ["owner_ignore_adverts\npriority 255", { ...OWNER, ownerIgnoresAdvertisements: true }],
  ["owner_ignore_adverts off\npriority 255", OWNER],
  ["owner_ignore_adverts", {}, ["4:1: warning: owner_ignore_adverts without priority 255 is ignored [W403]"]],
  ["owner_ignore_adverts x", "refused", ["4:22: error: 'x' is neither true nor false [E304]"]],
  ["no_accept", { accept: false }],
  ["no_accept\naccept", {}],
  ["skip_check_adv_addr", { checksAddressesOnChangeOnly: true }],
  ["skip_check_adv_addr off", {}],
  ["skip_check_adv_addr x", "refused", ["4:21: error: 'x' is neither true nor false [E304]"]],
  ["v3_checksum_as_v2", { checksumIncludesPseudoHeader: false }],
  ["v3_checksum_as_v2 false", {}],
  ["v3_checksum_as_v2 x", "refused", ["4:19: error: 'x' is neither true nor false [E304]"]],
  ["dont_track_primary", { tracksInterface: false }],
  ["kernel_rx_buf_size 65536", { receiveBufferBytes: 65_536 }],
  ["kernel_rx_buf_size 0", {}],
  ["kernel_rx_buf_size x", "refused", ["4:20: error: 'x' is not a number [E301]"]],
  ["garp_master_delay 10", { announcements: { delayMs: 10_000 } }],
  ["garp_master_delay 0", { announcements: { delayMs: 0 } }],
  ["garp_master_delay 4295", "refused", ["4:19: error: '4295' is out of range: must be 0 to 4294 [E302]"]],
  ["garp_master_delay 1.5", "refused", ["4:19: error: '1.5' is not a number [E301]"]],
  ["garp_master_repeat 2", { announcements: { repeatCount: 2 } }],
  ["garp_master_repeat 0", { announcements: { repeatCount: 1 } }, ["4:20: warning: 0 messages: 1 is used [W303]"]],
  ["garp_master_repeat 10001", "refused", ["4:20: error: '10001' is out of range: must be 0 to 10000 [E302]"]],
  ["garp_master_refresh 60", { announcements: { refreshMs: 60_000 } }],
  ["garp_master_refresh x", "refused", ["4:21: error: 'x' is not a number [E301]"]],
  ["garp_master_refresh_repeat 3", { announcements: { refreshRepeatCount: 3 } }],
  ["garp_master_refresh_repeat 0", {}, ["4:28: warning: 0 messages: 1 is used [W303]"]],
  ["garp_lower_prio_delay 3", { announcements: { lowerPriorityDelayMs: 3_000 } }],
  ["garp_lower_prio_delay x", "refused", ["4:23: error: 'x' is not a number [E301]"]],
  ["garp_lower_prio_repeat 0", { announcements: { lowerPriorityRepeatCount: 0 } }],
  ["garp_lower_prio_repeat x", "refused", ["4:24: error: 'x' is not a number [E301]"]],
];

// deno-fmt-ignore
const UNICAST: Row[] = [
  [unicast(""), { unicastPeers: [PEER] }],
  ["unicast_peer {\n192.0.2.5 min_ttl 254 max_ttl 255\n192.0.2.6 max_ttl 9\n}", { checksUnicastSource: true, unicastPeers: [
    { ip: "192.0.2.5", hopLimitMin: 254, hopLimitMax: 255 }, { ip: "192.0.2.6", hopLimitMin: 0, hopLimitMax: 9 }] }],
  ["unicast_peer {\n192.0.2.5/24\n}", { unicastPeers: [PEER] }, ["5:1: warning: an address alone is wanted here: '/24' is ignored [W306]"]],
  ["unicast_peer {\n192.0.2.5\n192.0.2.5\n}", { unicastPeers: [PEER] }, ["6:1: warning: peer 192.0.2.5 is listed twice: ignored [W406]"]],
  ["unicast_peer {\nfoo\n}", "refused", ["5:1: error: 'foo' is not an address [E305]"]],
  ["unicast_peer {\n192.0.2.5 ttl 5\n}", "refused", ["5:11: error: unknown word 'ttl': min_ttl or max_ttl [E304]"]],
  ["unicast_peer {\n192.0.2.5 min_ttl\n}", "refused", ["5:11: error: 'min_ttl' needs a value [E208]"]],
  ["unicast_peer {\n192.0.2.5 min_ttl 256\n}", "refused", ["5:19: error: '256' is out of range: must be 0 to 255 [E302]"]],
  ["unicast_peer {\n192.0.2.5 min_ttl 5 max_ttl 4\n}", "refused", ["5:1: error: min_ttl is greater than max_ttl [E402]"]],
  ["unicast_peer {\n224.0.0.18\n}", "refused", ["5:1: error: '224.0.0.18' cannot be the address of a peer [E409]"]],
  ["unicast_peer {\n192.0.2.5\nfe80::1\n}", "refused", ["6:1: error: peer fe80::1 is not an IPv4 address [E404]"]],
  ["unicast_peer {\n}", {}, [`4:1: ${MULTICAST_INSTEAD}`]],
  [unicast("unicast_src_ip 192.0.2.9"), { sourceIp: "192.0.2.9", unicastPeers: [PEER] }],
  [unicast("unicast_src_ip 192.0.2.9\nmcast_src_ip 192.0.2.8"), { sourceIp: "192.0.2.9", unicastPeers: [PEER] }],
  [unicast("mcast_src_ip 192.0.2.8"), { sourceIp: "192.0.2.8", unicastPeers: [PEER] }],
  ["unicast_src_ip 192.0.2.9", { sourceIp: "192.0.2.9" }, [`4:16: ${MULTICAST_INSTEAD}`]],
  ["unicast_src_ip foo", "refused", ["4:16: error: 'foo' is not an address [E305]"]],
  ["unicast_src_ip 192.0.2.5\nunicast_peer {\n192.0.2.5\n192.0.2.6\n}", { sourceIp: "192.0.2.5", unicastPeers: [{ ...PEER, ip: "192.0.2.6" }] }, [
    "6:1: warning: peer 192.0.2.5 is our own unicast_src_ip: ignored [W602]"]],
  [unicast("unicast_ttl 64"), { unicastHopLimit: 64, unicastPeers: [PEER] }],
  ["unicast_ttl 64", { unicastHopLimit: 64 }, [`4:13: ${MULTICAST_INSTEAD}`]],
  ["unicast_ttl 256", "refused", ["4:13: error: '256' is out of range: must be 0 to 255 [E302]"]],
  [unicast("check_unicast_src"), { checksUnicastSource: true, unicastPeers: [PEER] }],
  ["check_unicast_src", { checksUnicastSource: true }, [`4:1: ${MULTICAST_INSTEAD}`]],
  [unicast("unicast_fault_no_peer"), { faultsWithoutPeers: true, unicastPeers: [PEER] }],
  ["unicast_fault_no_peer", { faultsWithoutPeers: true }],
  [unicast("mcast_dst_ip 224.0.0.99"), { unicastPeers: [PEER] }, ["7:14: warning: mcast_dst_ip with unicast peers is ignored [W403]"]],
  [unicast("old_unicast_checksum never"), { unicastPeers: [PEER] }],
  [unicast("old_unicast_checksum"), { unicastPeers: [PEER] }],
  [unicast("old_unicast_checksum\nversion 3"), { unicastPeers: [PEER], version: 3, oldUnicastChecksum: true }],
  [unicast("old_unicast_checksum never\nversion 3"), { unicastPeers: [PEER], version: 3, oldUnicastChecksum: false }],
  [unicast("old_unicast_checksum x"), "refused", ["7:22: error: 'x' is not one of never [E304]"]],
];

const pass = (lines: string) => `authentication {\n${lines}\n}`;
const IGNORED_WITHOUT = "4:1: warning: authentication without";

// deno-fmt-ignore
const AUTHENTICATION: Row[] = [
  [pass("auth_type PASS\nauth_pass secret"), { password: "secret" }],
  [pass("auth_type PASS\nauth_pass 12345678"), { password: "12345678" }],
  [pass("auth_type PASS\nauth_pass 123456789"), { password: "12345678" }, ["6:11: warning: a password has at most 8 bytes: the rest is cut off [W-vrrp-010]"]],
  [pass('auth_type PASS\nauth_pass "a b#c"'), { password: "a b#c" }],
  [pass("auth_type PASS\nauth_pass éééé"), { password: "éééé" }],
  [pass("auth_type PASS\nauth_pass aéééé"), "refused", ["6:11: error: a password must be UTF-8, also when cut to 8 bytes [E111]"]],
  [pass("auth_type PASS"), {}, [`${IGNORED_WITHOUT} auth_pass is ignored [W403]`]],
  [pass('auth_type PASS\nauth_pass ""'), {}, [`${IGNORED_WITHOUT} auth_pass is ignored [W403]`]],
  [pass("auth_pass x"), {}, [`${IGNORED_WITHOUT} auth_type is ignored [W403]`]],
  [pass(""), {}],
  [pass("auth_type PASS\nauth_pass x y"), { password: "x" }, ["6:13: warning: a second word behind 'auth_pass' is ignored [W207]"]],
  [pass("auth_type NONE"), "refused", ["5:11: error: 'NONE' is not one of PASS, AH [E304]"]],
  [pass("auth_type PASS\nauth_pass a!b"), { password: "a" }, ["6:11: warning: the password ends before the !, which begins a comment (double quotes, on every router, if it belongs to it) [W602]"]],
  [pass("auth_type PASS\nauth_pass a #b"), { password: "a" }],
  [pass("auth_type PASS\nauth_pas x"), "refused", ["6:1: error: unknown keyword 'auth_pas' (did you mean 'auth_pass'?) [E201]"]],
  [pass("auth_type PASS\nauth_pass x") + "\nversion 3", { version: 3 }, ["4:1: warning: VRRP version 3 has no authentication (RFC 9568 §9): ignored [W403]"]],
  [pass("auth_type PASS\nauth_pass x") + "\nstrict_mode\nno_accept", { strict: true, accept: false, answersLowerPriority: false, announcements: { lowerPriorityRepeatCount: 0, lowerPriorityDelayMs: 0 } }, ["4:1: warning: strict mode has no authentication (RFC 3768 §10): ignored [W403]"]],
  [pass("auth_type AH\nauth_pass x"), { password: "x", authenticationHeader: true }, []],
  ["state MASTER\npriority 150\n" + pass("auth_type AH\nauth_pass x"), { priority: 150, password: "x", authenticationHeader: true }, ["4:7: warning: state MASTER with auth_type AH is ignored: BACKUP is used [W403]"]],
  [pass("auth_type AH"), {}, [`${IGNORED_WITHOUT} auth_pass is ignored [W403]`]],
  ["auth_hmac {\nkey 1 x\nactive_key 1\n}", "refused", ["5:7: error: a key has 32 to 64 bytes: this one has 1 [E302]"]],
];

KEYWORDS.push(["track_interface {\neth1 weight 5\n}", {
  tracks: [{ kind: "interface", name: "eth1", weight: 5, reversed: false }],
}]);

// deno-fmt-ignore
const REFUSED: Row[] = [
  ["use_vmac", { virtualMac: { notifiesNetlink: false } }],
  ["use_vmac name v0 group 7", { virtualMac: { name: "v0", interfaceGroup: 7, notifiesNetlink: false } }],
  ["use_vmac v0 02:11:22:33:44:55 group default", { virtualMac: { name: "v0", mac: "02:11:22:33:44:55", interfaceGroup: 0, notifiesNetlink: false } }],
  ["use_vmac group nowhere", "refused", ["4:16: error: 'nowhere' is not a group of interfaces [E304]"]],
  ["use_vmac\nvmac_xmit_base", { virtualMac: { notifiesNetlink: false }, transmitsOnBase: true }],
  ["use_ipvlan", { ipvlan: { mode: "bridge" } }],
  ["use_ipvlan name i0 192.0.2.9/24 vepa group 3", { ipvlan: { name: "i0", address: { ip: "192.0.2.9", prefixLength: 24 }, mode: "vepa", interfaceGroup: 3 } }],
  ["use_ipvlan\nuse_vmac", { virtualMac: { notifiesNetlink: false } }],
  ["vrf red", {}, ["4:5: warning: vrf is for unicast without an interface: ignored [W403]"]],
  ["no_virtual_ipaddress", {}],
];

const STRICT = {
  strict: true,
  accept: false,
  answersLowerPriority: false,
  announcements: { lowerPriorityRepeatCount: 0, lowerPriorityDelayMs: 0 },
};
const STRICT_OWNER = { ...STRICT, ...OWNER, ownerIgnoresAdvertisements: true };
const { accept: _, ...STRICT_OWNER_ACCEPTS } = STRICT_OWNER;
const NOT_STRICT = "warning: not allowed in strict mode: ignored [W403]";

// deno-fmt-ignore
const STRICT_MODE: Row[] = [
  ["strict_mode", STRICT],
  ["strict_mode no", {}],
  ["strict_mode x", "refused", ["4:13: error: 'x' is neither true nor false [E304]"]],
  ["strict_mode\npriority 255", STRICT_OWNER_ACCEPTS],
  ["strict_mode\nversion 3\naccept", { ...STRICT, accept: undefined, version: 3 }],
  ["strict_mode\naccept", STRICT, [`5:1: ${NOT_STRICT}`]],
  ["strict_mode\nstate MASTER\npriority 100", STRICT, ["5:7: warning: only an address owner (priority 255) starts as MASTER in strict mode: ignored [W403]"]],
  ["strict_mode\nstate BACKUP\npriority 255", STRICT_OWNER_ACCEPTS, ["5:7: warning: an address owner (priority 255) starts as MASTER in strict mode: ignored [W403]"]],
  ["strict_mode\npreempt_delay 5", STRICT, ["5:15: warning: preempt_delay in strict mode is ignored [W403]"]],
  ["strict_mode\ndown_timer_adverts 4", STRICT, [`5:20: ${NOT_STRICT}`]],
  ["strict_mode\ndown_timer_adverts 3", STRICT],
  ["strict_mode\ngarp_lower_prio_repeat 3\ngarp_lower_prio_delay 0", STRICT, [`5:24: ${NOT_STRICT}`]],
  ["strict_mode\nlower_prio_no_advert off", STRICT, [`5:22: ${NOT_STRICT}`]],
  ["strict_mode\nhigher_prio_send_advert", STRICT, [`5:1: ${NOT_STRICT}`]],
  ["strict_mode\nowner_ignore_adverts no\npriority 255", { ...STRICT_OWNER_ACCEPTS, ownerIgnoresAdvertisements: undefined }],
  [`strict_mode\n${unicast("")}`, "refused", ["5:1: error: strict mode has no unicast peers: VRRP is a multicast protocol (RFC 9568 §5.1) [E402]"]],
];

const TABLES = { KEYWORDS, UNICAST, AUTHENTICATION, REFUSED, STRICT_MODE };
for (const [table, rows] of Object.entries(TABLES)) {
  for (const [lines, expected, findings = []] of rows) {
    Deno.test(`vrrp_instance ${table.toLowerCase()}: ${lines.replaceAll("\n", "; ")}`, () => {
      const { config, diagnostics } = load(instanceText(lines));
      const [instance] = config?.vrrpInstances ?? [];
      const changed = instance ? changes(PLAIN, instance) : "refused";
      const found = brief(diagnostics);
      assertEquals({ changed, findings: found }, {
        changed: JSON.parse(JSON.stringify(expected)),
        findings,
      });
    });
  }
}
