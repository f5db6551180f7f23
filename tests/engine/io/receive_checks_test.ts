/**
 * The receive checks one by one, and their order: RFC 9568 §7.1, RFC 3768 §7.1 and keepalived's
 * own.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Family, type Ip, ip } from "../../../net/address.ts";
import { pseudoHeaderSum, wordSum } from "../../../net/packet/checksum.ts";
import { PROTOCOL_VRRP } from "../../../net/packet/ip.ts";
import { advertisementLengthBytes, encodeAdvertisement } from "../../../net/packet/vrrp.ts";
import { passwordAuthData } from "../../../net/packet/vrrp_auth.ts";
import { SealCount } from "../../../engine/io/authentication_header.ts";
import {
  checkAdvertisement,
  namesOurAddresses,
  type VrrpDatagram,
} from "../../../engine/io/receive_checks.ts";
import { type Rejection, REJECTIONS } from "../../../engine/io/vrrp_counters.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { instanceConfig, unicastPeer, virtualAddress } from "../../machines/vrrp_config.ts";

type Config = Partial<VrrpInstanceConfig>;

const GROUP = ip("224.0.0.18");
const GROUP6 = ip("ff02::12");
const US = ip("192.0.2.10");
const PEER = ip("192.0.2.20");
const PEER6 = ip("fe80::20");
const IPV6: Config = {
  family: 6,
  multicastGroup: GROUP6,
  virtualAddresses: [virtualAddress("fe80::1", 64), virtualAddress("2001:db8::1", 64)],
};
const UNICAST: Config = {
  unicastPeers: [unicastPeer("192.0.2.20", { hopLimitMin: 254 })],
  checksUnicastSource: true,
};

/** Nobody was heard before. */
const nothing = () => ({ verifier: undefined, sealCount: new SealCount() });

interface Sent {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly intervalCs: number;
  readonly addresses: readonly Ip[];
  readonly authType: number | undefined;
  readonly password: string | undefined;
  readonly source: Ip;
  readonly destination: Ip;
  readonly hopLimit: number;
  /** Destination in the pseudo-header of the checksum; none for a checksum without. */
  readonly checksumFor: Ip | undefined;
}

/** An advertisement as a good neighbour of that instance sends it, or changed. */
function datagramFor(config: VrrpInstanceConfig, change: Partial<Sent> = {}): VrrpDatagram {
  const { version, family } = config;
  const destination = change.destination ??
    (config.unicastPeers.length > 0 ? US : config.multicastGroup);
  const sent: Sent = {
    version,
    priority: 100,
    intervalCs: config.advertisementIntervalCs,
    addresses: config.virtualAddresses.map((each) => each.ip),
    authType: version === 2 ? (config.password === undefined ? 0 : 1) : undefined,
    password: config.password,
    source: family === 4 ? PEER : PEER6,
    destination,
    hopLimit: 255,
    checksumFor: version === 2 && family === 4 ? undefined : destination,
    ...change,
  };
  const { source, hopLimit } = sent;
  return { family, pdu: encoded(sent, family), source, destination, hopLimit };
}

function encoded(sent: Sent, family: Family): Uint8Array {
  const { version, addresses, authType, password, source, checksumFor } = sent;
  const lengthBytes = advertisementLengthBytes(version, family, addresses.length);
  const sum = checksumFor === undefined
    ? 0
    : pseudoHeaderSum(source, checksumFor, PROTOCOL_VRRP, lengthBytes);
  return encodeAdvertisement(
    {
      version,
      vrid: 51,
      priority: sent.priority,
      maxAdvertiseIntervalCs: sent.intervalCs,
      addresses,
      ...(authType !== undefined && { authType }),
      ...(authType !== undefined && family === 4 && { authData: passwordAuthData(password ?? "") }),
    },
    sum,
    family,
  );
}

/** The rejection, or "accepted". */
function verdict(config: Config, change: Partial<Sent> = {}): Rejection | "accepted" {
  const whole = instanceConfig(config);
  return judged(datagramFor(whole, change), whole);
}

function judged(datagram: VrrpDatagram, config: VrrpInstanceConfig): Rejection | "accepted" {
  const checked = checkAdvertisement(datagram, config, nothing());
  return "rejection" in checked ? checked.rejection : "accepted";
}

/** The same datagram with octets set, and the checksum made right again unless it is left wrong. */
function patched(
  datagram: VrrpDatagram,
  octets: Readonly<Record<number, number>>,
  checksum: "right" | "left" = "right",
): VrrpDatagram {
  const pdu = datagram.pdu.slice();
  for (const [at, value] of Object.entries(octets)) pdu[Number(at)] = value;
  if (checksum === "left") return { ...datagram, pdu };
  const { source, destination, family } = datagram;
  const isV2OverIpv4 = family === 4 && (datagram.pdu[0] ?? 0) >> 4 === 2;
  const sum = isV2OverIpv4 ? 0 : pseudoHeaderSum(source, destination, PROTOCOL_VRRP, pdu.length);
  pdu.set([0, 0], 6);
  new DataView(pdu.buffer).setUint16(6, 0xffff - wordSum(pdu, sum));
  return { ...datagram, pdu };
}

const V2: Config = { version: 2 };
const V2_PASS: Config = { version: 2, password: "s3cretpw" };
const V2_IPV6: Config = { ...IPV6, version: 2 };

// deno-fmt-ignore
const ACCEPTED: [name: string, Config, Partial<Sent>][] = [
  ["RFC9568 §7.1 version 3 over IPv4", {}, {}],
  ["RFC9568 §7.1 version 3 over IPv6", IPV6, {}],
  ["RFC3768 §7.1 version 2", V2, {}],
  ["version 2 over IPv6", V2_IPV6, {}],
  ["RFC9568 §7.1 TTL 255", {}, { hopLimit: 255 }],
  ["RFC9568 §7.1 Hop Limit 255", IPV6, { hopLimit: 255 }],
  ["RFC9568 §5.2.8 IPv4 checksum without pseudo-header", {}, { checksumFor: undefined }],
  ["RFC5798 §5.2.8 IPv4 checksum with pseudo-header", {}, { checksumFor: GROUP }],
  ["IPv4 checksum without pseudo-header, however we send", { checksumIncludesPseudoHeader: false }, { checksumFor: GROUP }],
  ["RFC9568 §5.2.8 IPv6 checksum with pseudo-header", IPV6, { checksumFor: GROUP6 }],
  ["unicast checksum over the group, as old keepalived has it", UNICAST, { checksumFor: GROUP }],
  ["RFC3768 §7.1 the configured password", V2_PASS, {}],
  ["RFC3768 §5.3.10 without authentication the data is ignored", V2, { authType: 0, password: "whatever" }],
  ["a password of more than 8 octets is cut", { ...V2_PASS, password: "12345678" }, { password: "123456789" }],
  ["RFC9568 §5.2.4 priority 0", {}, { priority: 0 }],
  ["RFC9568 §7.1 an owner hears another owner", { priority: 255 }, { priority: 255 }],
  ["owner_ignore_adverts of a router that is no owner", { ownerIgnoresAdvertisements: true, priority: 254 }, {}],
  ["RFC9568 §7.1 other addresses", {}, { addresses: [ip("203.0.113.1")] }],
  ["unicast from a peer, least TTL", UNICAST, { hopLimit: 254 }],
  ["unicast from a peer, greatest TTL", UNICAST, { hopLimit: 255 }],
  ["unicast from a stranger, if sources are not checked", { ...UNICAST, checksUnicastSource: false }, { source: ip("192.0.2.99"), hopLimit: 1 }],
  ["none of the addresses that there are not", { virtualAddresses: [] }, { addresses: [] }],
  ["none of the addresses that there are not, IPv6", { ...IPV6, virtualAddresses: [] }, { addresses: [] }],
  ["addresses where we name none", { virtualAddresses: [] }, {}],
  ["multicast from any source", { checksUnicastSource: true }, { source: ip("203.0.113.77") }],
];
for (const [name, config, change] of ACCEPTED) {
  Deno.test(`checkAdvertisement takes ${name}`, () =>
    assertEquals(verdict(config, change), "accepted"));
}

// deno-fmt-ignore
const REJECTED: [name: string, Config, Partial<Sent>, Rejection][] = [
  ["multicast for a unicast instance", UNICAST, { destination: GROUP }, "multicast and unicast differ"],
  ["unicast for a multicast instance", {}, { destination: US }, "multicast and unicast differ"],
  ["unicast for an IPv6 multicast instance", IPV6, { destination: ip("fe80::10") }, "multicast and unicast differ"],
  ["RFC9568 §7.1 TTL 254", {}, { hopLimit: 254 }, "wrong TTL or hop limit"],
  ["RFC9568 §7.1 TTL 1", {}, { hopLimit: 1 }, "wrong TTL or hop limit"],
  ["RFC9568 §7.1 Hop Limit 254", IPV6, { hopLimit: 254 }, "wrong TTL or hop limit"],
  ["RFC3768 §7.1 TTL 254", V2, { hopLimit: 254 }, "wrong TTL or hop limit"],
  ["RFC9568 §7.1 version 2 at a version 3 instance", {}, { version: 2 }, "wrong version"],
  ["RFC3768 §7.1 version 3 at a version 2 instance", V2, { version: 3, authType: undefined }, "wrong version"],
  ["RFC3768 §7.1 no password", V2_PASS, { authType: 0, password: undefined }, "authentication type differs"],
  ["RFC3768 §7.1 a password that was not asked for", V2, { authType: 1, password: "s3cretpw" }, "authentication type differs"],
  ["RFC3768 §7.1 an Authentication Header's type without the header", V2_PASS, { authType: 2 }, "authentication type differs"],
  ["RFC3768 §5.3.6 an unknown authentication type", V2, { authType: 3 }, "unknown authentication type"],
  ["RFC3768 §7.1 a wrong password", V2_PASS, { password: "s3cretpX" }, "wrong password"],
  ["RFC3768 §7.1 an empty password", V2_PASS, { password: "" }, "wrong password"],
  ["RFC3768 §7.1 another interval in version 2", V2, { intervalCs: 200 }, "interval differs"],
  ["RFC9568 §5.2.8 IPv6 checksum without pseudo-header", IPV6, { checksumFor: undefined }, "wrong checksum"],
  ["IPv6 checksum over another destination", IPV6, { checksumFor: ip("fe80::10") }, "wrong checksum"],
  ["IPv4 checksum over another destination", {}, { checksumFor: US }, "wrong checksum"],
  ["RFC3768 §5.3.8 version 2 checksum with pseudo-header", V2, { checksumFor: GROUP }, "wrong checksum"],
  ["owner_ignore_adverts of an owner", { ownerIgnoresAdvertisements: true, priority: 255 }, {}, "owner ignores advertisements"],
  ["unicast from a stranger", UNICAST, { source: ip("192.0.2.99") }, "source is no configured peer"],
  ["unicast from a peer, TTL below its least", UNICAST, { hopLimit: 253 }, "wrong TTL or hop limit"],
  ["unicast from a peer, TTL above its greatest", { unicastPeers: [unicastPeer("192.0.2.20", { hopLimitMax: 1 })] }, { hopLimit: 2 }, "wrong TTL or hop limit"],
];
for (const [name, config, change, rejection] of REJECTED) {
  Deno.test(`checkAdvertisement refuses ${name}`, () =>
    assertEquals(verdict(config, change), rejection));
}

// deno-fmt-ignore
const DAMAGED: [name: string, Config, Readonly<Record<number, number>>, Rejection][] = [
  ["RFC9568 §5.2.2 an unknown type", {}, { 0: 0x32 }, "unknown packet type"],
  ["RFC3768 §5.3.2 an unknown type", V2, { 0: 0x22 }, "unknown packet type"],
  ["RFC9568 §7.1 version 4", {}, { 0: 0x41 }, "wrong version"],
  ["RFC9568 §5.2.5 address count 0", {}, { 3: 0 }, "no addresses"],
  ["RFC9568 §7.1 fewer addresses than counted", {}, { 3: 2 }, "wrong length"],
  ["RFC3768 §7.1 fewer addresses than counted", V2, { 3: 2 }, "wrong length"],
  ["RFC9568 §7.1 Max Advertise Interval 0", {}, { 4: 0, 5: 0 }, "zero interval"],
  ["RFC9568 §7.1 Max Advertise Interval 0 under reserved bits", {}, { 4: 0xf0, 5: 0 }, "zero interval"],
];
for (const [name, config, octets, rejection] of DAMAGED) {
  Deno.test(`checkAdvertisement refuses ${name}`, () => {
    const whole = instanceConfig(config);
    assertEquals(judged(patched(datagramFor(whole), octets), whole), rejection);
  });
}

Deno.test("checkAdvertisement takes RFC9568 §5.2.6 reserved bits", () => {
  const config = instanceConfig();
  assertEquals(judged(patched(datagramFor(config), { 4: 0xf0 }), config), "accepted");
});

for (const [name, config] of [["RFC9568", {}], ["RFC3768", V2], ["IPv6", IPV6]] as const) {
  Deno.test(`checkAdvertisement refuses ${name} §7.1 a flipped bit anywhere but in ignored fields`, () => {
    const whole = instanceConfig(config);
    const datagram = datagramFor(whole);
    for (let bit = 0; bit < datagram.pdu.length * 8; bit++) {
      const at = bit >> 3;
      const octet = (datagram.pdu[at] ?? 0) ^ (1 << (bit & 7));
      assert(
        judged(patched(datagram, { [at]: octet }, "left"), whole) !== "accepted",
        `bit ${bit}`,
      );
    }
  });

  Deno.test(`checkAdvertisement refuses ${name} §7.1 a packet cut anywhere, or with more behind it`, () => {
    const whole = instanceConfig(config);
    const datagram = datagramFor(whole);
    for (let length = 0; length < datagram.pdu.length; length++) {
      const cut = { ...datagram, pdu: datagram.pdu.subarray(0, length) };
      assertEquals(judged(cut, whole), "wrong length", `${length} octets`);
    }
    const longer = { ...datagram, pdu: Uint8Array.of(...datagram.pdu, 0) };
    assertEquals(judged(longer, whole), "wrong length");
  });
}

Deno.test("checkAdvertisement RFC9568 §7.1 another interval in version 3 is taken, and told", () => {
  const config = instanceConfig();
  const other = checkAdvertisement(datagramFor(config, { intervalCs: 50 }), config, nothing());
  assert("advertisement" in other);
  assertEquals([other.intervalDiffers, other.advertisement.maxAdvertiseIntervalCs], [true, 50]);
  const same = checkAdvertisement(datagramFor(config), config, nothing());
  assert("advertisement" in same);
  assertEquals(same.intervalDiffers, false);
});

type Fault = (datagram: VrrpDatagram) => VrrpDatagram;
const octet = (at: number, value: number): Fault => (datagram) =>
  patched(datagram, { [at]: value }, "left");

/** Each check of a version 2 unicast instance, in order, with what fails it. */
const UNICAST_LADDER: readonly [Rejection, Fault][] = [
  ["multicast and unicast differ", (datagram) => ({ ...datagram, destination: GROUP })],
  ["wrong version", octet(0, 0x31)],
  ["unknown packet type", octet(0, 0x22)],
  ["no addresses", octet(3, 0)],
  ["wrong length", octet(3, 9)],
  ["zero interval", octet(5, 0)],
  ["wrong length", (datagram) => ({ ...datagram, pdu: Uint8Array.of(...datagram.pdu, 0) })],
  ["unknown authentication type", octet(4, 3)],
  ["authentication type differs", octet(4, 0)],
  ["wrong password", octet(12, 0)],
  ["interval differs", octet(5, 2)],
  ["wrong checksum", octet(6, 0)],
  ["owner ignores advertisements", (datagram) => datagram],
  ["source is no configured peer", (datagram) => ({ ...datagram, source: ip("192.0.2.99") })],
  ["wrong TTL or hop limit", (datagram) => ({ ...datagram, hopLimit: 1 })],
];
/** Those of a multicast instance that differ. */
const MULTICAST_LADDER: readonly [Rejection, Fault][] = [
  ["multicast and unicast differ", (datagram) => ({ ...datagram, destination: US })],
  ["wrong TTL or hop limit", (datagram) => ({ ...datagram, hopLimit: 1 })],
  ["wrong length", (datagram) => ({ ...datagram, pdu: datagram.pdu.subarray(0, 7) })],
  ["wrong version", octet(0, 0x31)],
];

/** Goes through the first `count` checks, or all. */
function climbs(
  ladder: readonly [Rejection, Fault][],
  config: VrrpInstanceConfig,
  count = ladder.length,
): void {
  for (const [i, [rejection]] of ladder.slice(0, count).entries()) {
    // Everything from this check on is wrong; this one comes last to have its way.
    const faulty = ladder.slice(i).reduceRight(
      (datagram, [, fault]) => fault(datagram),
      datagramFor(config),
    );
    assertEquals(judged(faulty, config), rejection, `check ${i + 1}`);
  }
}

Deno.test("checkAdvertisement: the first check that fails names the counter (unicast, version 2)", () => {
  climbs(
    UNICAST_LADDER,
    instanceConfig({
      ...UNICAST,
      ...V2_PASS,
      priority: 255,
      ownerIgnoresAdvertisements: true,
    }),
    UNICAST_LADDER.length - 2, // An owner that ignores gets no further.
  );
});

Deno.test("checkAdvertisement: the last checks of unicast come in order", () => {
  climbs(UNICAST_LADDER.slice(-2), instanceConfig({ ...UNICAST, ...V2_PASS }));
});

Deno.test("checkAdvertisement: the first check that fails names the counter (multicast)", () => {
  climbs(MULTICAST_LADDER, instanceConfig(V2));
});

/** In hmac_test.ts and authentication_header_test.ts. */
const SIGNATURE_REJECTIONS: readonly Rejection[] = [
  "wrong authentication header",
  "replayed authentication header",
  "not signed",
  "malformed signature",
  "unknown key",
  "wrong signature",
  "stale signature",
  "replayed signature",
];

Deno.test("checkAdvertisement: every rejection is tested", () => {
  const tested = new Set([
    ...[...UNICAST_LADDER, ...MULTICAST_LADDER].map(([rejection]) => rejection),
    ...SIGNATURE_REJECTIONS,
  ]);
  assertEquals(tested, new Set(REJECTIONS));
});

// deno-fmt-ignore
const LISTS: [name: string, ours: string[], theirs: string[], boolean][] = [
  ["the same", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.2"], true],
  ["in another order", ["192.0.2.1", "192.0.2.2"], ["192.0.2.2", "192.0.2.1"], true],
  ["fewer", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1"], false],
  ["more", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], false],
  ["others", ["192.0.2.1"], ["192.0.2.2"], false],
  ["one twice", ["192.0.2.1", "192.0.2.2"], ["192.0.2.1", "192.0.2.1"], false],
];
for (const [name, ours, theirs, expected] of LISTS) {
  Deno.test(`namesOurAddresses RFC9568 §7.1 ${name}`, () => {
    const config = instanceConfig({ virtualAddresses: ours.map((text) => virtualAddress(text)) });
    const checked = checkAdvertisement(
      datagramFor(config, { addresses: theirs.map((text) => ip(text)) }),
      config,
      nothing(),
    );
    assert("advertisement" in checked);
    assertEquals(namesOurAddresses(checked.advertisement, config), expected);
  });
}
