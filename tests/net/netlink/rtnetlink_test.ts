/**
 * Links, addresses and routes, as recorded from the kernel and from iproute2.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip, ipFromBytes, type Prefix } from "../../../net/address.ts";
import {
  eachMessage,
  MessageWriter,
  NLM_F_ACK,
  NLM_F_REPLACE,
} from "../../../net/netlink/message.ts";
import { decodeNews, type MalformedNews, type News } from "../../../net/netlink/rtnetlink.ts";
import {
  type AddressRequest,
  RTM_NEWADDR,
  writeAddressAdd,
  writeAddressAdds,
  writeAddressDelete,
  writeAddressDump,
} from "../../../net/netlink/rtnetlink_address.ts";
import { RTM_NEWLINK, writeLinkDump } from "../../../net/netlink/rtnetlink_link.ts";
import { RTM_NEWROUTE, writeRouteDump } from "../../../net/netlink/rtnetlink_route.ts";
import {
  addressLines,
  addressLinesOfIp,
  type IpLink,
  type IpRoute,
  linkLines,
  linkLinesOfIp,
  routeLines,
  routeLinesOfIp,
} from "../ip_json.ts";
import { fromHex, readJson, readRecording, toHex } from "./golden.ts";

function newsOf(bytes: Uint8Array): (News | MalformedNews | undefined)[] {
  const all: (News | MalformedNews | undefined)[] = [];
  eachMessage(bytes, (message) => all.push(decodeNews(message)));
  return all;
}

/** All news of a recorded dump; fails if a message is malformed. */
function dumped(file: string): News[] {
  return readRecording(file).flatMap(({ bytes }) => newsOf(bytes)).flatMap((news) => {
    assert(typeof news !== "string", `malformed: ${news}`);
    return news === undefined ? [] : [news];
  });
}

Deno.test("decodeNews: recorded links are what iproute2 makes of them", () => {
  const links = dumped("links_dump.hex").flatMap((news) => news.type === "link" ? [news.link] : []);
  assertEquals(linkLines(links), linkLinesOfIp(readJson<IpLink[]>("links_dump.json")));
});

Deno.test("decodeNews: recorded addresses are what iproute2 makes of them", () => {
  const addresses = dumped("addresses_dump.hex").flatMap((news) =>
    news.type === "address" ? [news.address] : []
  );
  const json = readJson<IpLink[]>("addresses_dump.json");
  assertEquals(addressLines(addresses), addressLinesOfIp(json));
});

Deno.test("decodeNews: recorded routes are what iproute2 makes of them", () => {
  const routes = dumped("routes_dump.hex").flatMap((news) =>
    news.type === "route" ? [news.route] : []
  );
  const links = readJson<IpLink[]>("links_dump.json");
  const indexOf = (name: string) => links.find(({ ifname }) => ifname === name)?.ifindex;
  assertEquals(
    routeLines(routes),
    routeLinesOfIp(readJson<IpRoute[]>("routes_dump.json"), indexOf),
  );
});

/** One word or two for each kind of news. */
function summary(news: News | MalformedNews | undefined): string {
  if (news === undefined) return "-";
  if (typeof news === "string") return news;
  const sign = news.gone ? "-" : "+";
  switch (news.type) {
    case "link":
      return `${sign}link ${news.link.name}`;
    case "address":
      return `${sign}${news.address.ip}/${news.address.prefixLength} ${
        news.address.flags.toString(16)
      }`;
    case "route": {
      const { destination, table } = news.route;
      const prefix = `${destination.ip}/${destination.prefixLength}`;
      return `${news.replaces ? "=" : sign}route ${prefix} ${table}`;
    }
  }
}

Deno.test("decodeNews: recorded events, command by command", () => {
  const heard = new Map<string, string[]>();
  for (const { comment, bytes } of readRecording("events.hex")) {
    const summaries = newsOf(bytes).map(summary);
    heard.set(comment, [...heard.get(comment) ?? [], ...summaries]);
  }
  assertEquals([...heard], [
    ["ip addr add 192.0.2.3/24 dev v0", ["+192.0.2.3/24 81", "+route 192.0.2.3/32 255"]],
    ["ip addr add 2001:db8::3/64 dev m0", [
      "+route 2001:db8::/64 254",
      "+2001:db8::3/64 c0", // Tentative.
      "+2001:db8::3/64 80",
      "+route 2001:db8::3/128 255",
    ]],
    ["ip addr del 192.0.2.3/24 dev v0", ["-192.0.2.3/24 81", "-route 192.0.2.3/32 255"]],
    ["ip link set m0 name m1", ["+link m1"]],
    // The bridge says that the port is gone (-, -): that is not the interface.
    ["ip link set v1 nomaster", [
      "+link v1",
      "-",
      "-",
      "+link v1",
      "+link br0",
      "+link br0",
      "+link br0",
    ]],
    ["ip route add 198.18.5.0/24 via 192.0.2.9", ["+route 198.18.5.0/24 254"]],
    ["ip route replace 198.18.5.0/24 via 192.0.2.10", ["=route 198.18.5.0/24 254"]],
    ["ip route del 198.18.5.0/24", ["-route 198.18.5.0/24 254"]],
    ["ip link set m1 down", [
      "+link m1",
      "-route 2001:db8::/64 254",
      "-route fe80::/64 254",
      "-route 2001:db8::3/128 255",
      "-route fe80::200:5eff:fe00:133/128 255",
      "-route ff00::/8 255",
      "-2001:db8::3/64 80",
      "-fe80::200:5eff:fe00:133/64 80",
    ]],
    ["ip link del m1", ["+link v0", "-link m1"]],
  ]);
});

// deno-fmt-ignore
const odd: [name: string, type: number, body: string, expected: string][] = [
  ["a message of another type is passed over",  28,           "",                                                    "-"],
  ["a link without its header",                 RTM_NEWLINK,  "0000 0100 02000000 43100100 000000",                  "link message truncated"],
  ["a link without name",                       RTM_NEWLINK,  "0000 0100 02000000 43100100 00000000 08000400 dc050000", "link message without index, name or MTU"],
  ["a link without MTU",                        RTM_NEWLINK,  "0000 0100 02000000 43100100 00000000 07000300 76300000", "link message without index, name or MTU"],
  ["a link with index 0",                       RTM_NEWLINK,  "0000 0100 00000000 43100100 00000000 07000300 76300000 08000400 dc050000", "link message without index, name or MTU"],
  ["a link's attribute beyond the end",         RTM_NEWLINK,  "0000 0100 02000000 43100100 00000000 09000300 76300000", "netlink attribute length out of bounds"],
  ["a wireless driver's event is passed over",  RTM_NEWLINK,  "0000 0100 02000000 43100100 00000000 07000300 76300000 04000b00", "-"],
  ["a bridge's port is passed over",            RTM_NEWLINK,  "0700 0100 02000000 43100100 00000000 07000300 76300000 08000400 dc050000", "-"],
  ["an address without its header",             RTM_NEWADDR,  "02180000 030000",                                     "address message truncated"],
  ["an address without address",                RTM_NEWADDR,  "02180000 03000000",                                   "address message without index or address"],
  ["an address with index 0",                   RTM_NEWADDR,  "02180000 00000000 08000100 c0000201",                 "address message without index or address"],
  ["IPv6 in an IPv4 message",                   RTM_NEWADDR,  "02180000 03000000 14000100 20010db8000000000000000000000001", "address of the wrong family"],
  ["a broadcast address of another family",     RTM_NEWADDR,  "0a180000 03000000 14000100 20010db8000000000000000000000001 08000400 c00002ff", "address of the wrong family"],
  ["a prefix of 33 bits",                       RTM_NEWADDR,  "02210000 03000000 08000100 c0000201",                 "address with a prefix length out of range"],
  ["an address of another family",              RTM_NEWADDR,  "1c180000 03000000 08000100 c0000201",                 "-"],
  ["the header's flags count without IFA_FLAGS", RTM_NEWADDR, "02188100 03000000 08000100 c0000201",                 "+192.0.2.1/24 81"],
  ["lifetimes cut off",                         RTM_NEWADDR,  "02180000 03000000 08000100 c0000201 0c000600 0000000000000000", "netlink attribute of the wrong size"],
  ["a route without its header",                RTM_NEWROUTE, "02180000 fe030001 000000",                            "route message truncated"],
  ["a route to 33 bits",                        RTM_NEWROUTE, "02210000 fe030001 00000000",                          "route to a prefix that its family does not have"],
  ["an IPv6 route to an IPv4 address",          RTM_NEWROUTE, "0a180000 fe030001 00000000 08000100 c0000200",        "route to a prefix that its family does not have"],
  ["a default route has no RTA_DST",            RTM_NEWROUTE, "0a000000 fe030001 00000000",                          "+route ::/0 254"],
  ["a table above 255",                         RTM_NEWROUTE, "02000000 00030001 00000000 08000f00 e8030000",        "+route 0.0.0.0/0 1000"],
  ["a copy for one destination is passed over", RTM_NEWROUTE, "02200000 fe030001 00020000 08000100 c0000201",        "-"],
  ["a multicast forwarding entry is passed over", RTM_NEWROUTE, "80200000 fe030001 00000000",                        "-"],
  ["a next hop longer than the list",           RTM_NEWROUTE, "02000000 fe030001 00000000 0c000900 09000000 03000000", "netlink attribute of the wrong size"],
  ["a next hop shorter than its header",        RTM_NEWROUTE, "02000000 fe030001 00000000 0c000900 07000000 03000000", "netlink attribute of the wrong size"],
  ["a gateway of half an address",              RTM_NEWROUTE, "02000000 fe030001 00000000 06000500 c0000000",        "netlink attribute of the wrong size"],
  ["a gateway of an unknown family is left out", RTM_NEWROUTE, "02000000 fe030001 00000000 0a001200 1c00 c0000201 0000", "+route 0.0.0.0/0 254"],
];
for (const [name, type, hex, expected] of odd) {
  Deno.test(`decodeNews: ${name}`, () => {
    const octets = fromHex(hex);
    const body = new DataView(octets.buffer);
    assertEquals(summary(decodeNews({ type, flags: 0, sequence: 0, portId: 0, body })), expected);
  });
}

Deno.test("decodeNews: NLM_F_REPLACE of a new route", () => {
  const body = new DataView(fromHex("02000000 fe030001 00000000").buffer);
  const message = { type: RTM_NEWROUTE, flags: NLM_F_REPLACE, sequence: 0, portId: 0, body };
  assertEquals(summary(decodeNews(message)), "=route 0.0.0.0/0 254");
});

Deno.test("decodeNews: parents are interfaces of this namespace that something lies on", () => {
  const links = dumped("links_dump.hex").flatMap((news) => news.type === "link" ? [news.link] : []);
  const parentOf = (name: string) => links.find((link) => link.name === name)?.parentIndex;
  const v0 = links.find(({ name }) => name === "v0")?.index;
  // Two macvlans, the second one with its parent in another namespace; two ends of a veth.
  assertEquals(["m0", "fm0", "v0", "v1"].map(parentOf), [v0, undefined, undefined, undefined]);
});

/** One request as bytes. */
function written(write: (writer: MessageWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter();
  write(writer);
  return writer.written();
}

const interfaceIndex = 3;
const simple = { interfaceIndex, ip: ip("192.0.2.77"), prefixLength: 24 };
const simpleIpv6 = { interfaceIndex, ip: ip("2001:db8::77"), prefixLength: 64 };
const peer: Prefix = { ip: ip("192.0.2.79"), prefixLength: 32 };
const toPeer = { interfaceIndex, ip: ip("192.0.2.78"), prefixLength: 24, peer };
/** What iproute2 was asked for. */
const requests: Record<string, (writer: MessageWriter) => void> = {
  "add-ipv4": (writer) => writeAddressAdd(writer, simple),
  "add-ipv4-all": (writer) =>
    writeAddressAdd(writer, {
      ...toPeer,
      broadcast: ip("192.0.2.255"),
      label: "v0:vip",
      scope: 253,
      preferredLifetimeSec: 100,
    }),
  "add-ipv6-nodad": (writer) => writeAddressAdd(writer, { ...simpleIpv6, flags: 0x2 }),
  "add-ipv6-noprefixroute": (writer) =>
    writeAddressAdd(writer, { ...simpleIpv6, ip: ip("2001:db8::78"), flags: 0x200 }),
  "delete-ipv4": (writer) => writeAddressDelete(writer, simple),
  "delete-ipv4-peer": (writer) => writeAddressDelete(writer, toPeer),
  "delete-ipv6": (writer) => writeAddressDelete(writer, simpleIpv6),
};
const recordedRequests = readRecording("requests.hex");
Deno.test("requests: the table has all recorded ones", () => {
  assertEquals(recordedRequests.map(({ name }) => name), Object.keys(requests));
});
for (const { name, comment, bytes } of recordedRequests) {
  Deno.test(`requests: ${name}, as iproute2 writes \`ip ${comment}\``, () => {
    const write = requests[name];
    assert(write !== undefined);
    const ours = written(write);
    const theirs = bytes.slice();
    theirs.set(ours.subarray(8, 12), 8); // The sequence number is anybody's choice.
    if (name.startsWith("add")) {
      // This iproute2 cannot say who adds it: we end with IFA_PROTO 18.
      theirs[0] = (theirs[0] ?? 0) + 8;
      assertEquals(toHex(ours), toHex(theirs) + "05000b0012000000");
    } else assertEquals(toHex(ours), toHex(theirs));
  });
}

Deno.test("requests: dumps", () => {
  // deno-fmt-ignore
  const dumps: [(writer: MessageWriter) => void, string][] = [
    [writeLinkDump,                         "28000000 1200 0103 01000000 00000000 0000000000000000 0000000000000000 08001d00 08000000"],
    [writeAddressDump,                      "18000000 1600 0103 01000000 00000000 0000000000000000"],
    [(writer) => writeRouteDump(writer, 4), "1c000000 1a00 0103 01000000 00000000 020000000000000000000000"],
    [(writer) => writeRouteDump(writer, 6), "1c000000 1a00 0103 01000000 00000000 0a0000000000000000000000"],
  ];
  for (const [write, hex] of dumps) assertEquals(toHex(written(write)), hex.replaceAll(" ", ""));
});

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const optional = { requiredKeys: ["interfaceIndex", "ip", "prefixLength"] as const };
function requestOf(length: 4 | 16): fc.Arbitrary<AddressRequest> {
  const address = octets(length).map(ipFromBytes);
  const bits = fc.integer({ min: 0, max: length * 8 });
  return fc.record({
    interfaceIndex: fc.integer({ min: 1, max: 0x7fffffff }),
    ip: address,
    prefixLength: bits,
    scope: fc.integer({ min: 0, max: 255 }),
    flags: fc.integer({ min: 0, max: 0xffffffff }),
    broadcast: address,
    label: fc.string({ minLength: 1, maxLength: 15 }),
    peer: fc.record({ ip: address, prefixLength: bits }),
    preferredLifetimeSec: fc.integer({ min: 0, max: 0xffffffff }),
  }, { requiredKeys: [...optional.requiredKeys] });
}

Deno.test("writeAddressAdd: decodeNews reads back what was asked for", () => {
  fc.assert(fc.property(fc.oneof(requestOf(4), requestOf(16)), (request) => {
    const [news] = newsOf(written((writer) => writeAddressAdd(writer, request)));
    assert(typeof news === "object" && news.type === "address");
    const { peer, preferredLifetimeSec = 0xffffffff } = request;
    assertEquals<unknown>(news.address, {
      interfaceIndex: request.interfaceIndex,
      ip: request.ip,
      prefixLength: peer?.prefixLength ?? request.prefixLength,
      flags: request.flags ?? 0,
      scope: request.scope ?? 0,
      protocol: 18,
      label: request.label,
      broadcast: request.broadcast,
      peer: peer?.ip === request.ip ? undefined : peer?.ip,
      preferredLifetimeSec: preferredLifetimeSec === 0xffffffff ? Infinity : preferredLifetimeSec,
      validLifetimeSec: Infinity,
    });
  }));
});

Deno.test("writeAddressAdds: the same as one after the other, answered at the end", () => {
  const some = requestOf(4).chain((request) =>
    fc.array(fc.oneof(octets(4).map((ip) => ({ ...request, ip: ipFromBytes(ip) })), requestOf(16)))
  );
  fc.assert(fc.property(fc.array(some), (groups) => {
    const requests = groups.flat();
    const one = written((writer) => writeAddressAdds(writer, requests));
    const each = written((writer) => {
      for (const [i, request] of requests.entries()) {
        writeAddressAdd(writer, request, i === requests.length - 1 ? NLM_F_ACK : 0);
      }
    });
    assertEquals(toHex(one), toHex(each));
  }));
});

Deno.test("decodeNews: no bytes make it throw", () => {
  const type = fc.constantFrom(16, 17, 20, 21, 24, 25);
  fc.assert(fc.property(type, fc.uint8Array({ maxLength: 120 }), (type, octets) => {
    const body = new DataView(octets.buffer, octets.byteOffset, octets.length);
    decodeNews({ type, flags: 0, sequence: 0, portId: 0, body });
  }));
  const recorded = ["links_dump", "addresses_dump", "routes_dump", "events"]
    .flatMap((file) => readRecording(`${file}.hex`)).map(({ bytes }) => bytes);
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
  const cut = fc.nat({ max: 40 });
  fc.assert(
    fc.property(fc.constantFrom(...recorded), flips, cut, (original, flips, cut) => {
      const bytes = original.slice(0, original.length - cut);
      for (const [at, octet] of flips) bytes[at % bytes.length] = octet;
      newsOf(bytes);
    }),
    { numRuns: 2000 },
  );
});
