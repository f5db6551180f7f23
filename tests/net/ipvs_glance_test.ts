/**
 * What `/proc/net/ip_vs` shows: kernels' own lines, and what is expected to be in them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import { glanceName, glanceOf, readGlance } from "../../net/ipvs_glance.ts";
import type { IpvsDestination, IpvsForwarding } from "../../net/netlink/ipvs_destination.ts";
import type { IpvsServiceKey } from "../../net/netlink/ipvs_service.ts";

const HEAD = [
  "IP Virtual Server version 1.2.1 (size=4096)",
  "Prot LocalAddress:Port Scheduler Flags",
  "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn",
];
const tcp: IpvsServiceKey = { kind: "address", protocol: "tcp", ip: ip("10.9.9.1"), port: 80 };
const udp: IpvsServiceKey = { ...tcp, protocol: "udp", port: 0xabcd };
const sctp6: IpvsServiceKey = { ...tcp, protocol: "sctp", ip: ip("2001:db8::1f") };
const mark: IpvsServiceKey = { kind: "fwmark", mark: 0xfe, family: 4 };

function to(
  address: string,
  kind: Exclude<IpvsForwarding["kind"], "tunnel">,
  weight: number,
): IpvsDestination {
  const plain = { upperThreshold: 7, lowerThreshold: 3 };
  return { ip: ip(address), port: 8080, forwarding: { kind }, weight, ...plain };
}
const GUE = { kind: "tunnel", encapsulation: "gue", port: 6080, checksum: "whole" } as const;
const tunnelled: IpvsDestination = { ...to("fd00::a", "nat", 2_147_483_647), forwarding: GUE };

// deno-fmt-ignore
const ROWS: [name: string, lines: string[], key: IpvsServiceKey, servers: IpvsDestination[]][] = [
  ["no servers",                ["TCP  0A090901:0050 rr "],                                                tcp,   []],
  ["whatever the order",        ["TCP  0A090901:0050 wlc persistent 30000 FFFFFFFF",
                                 "  -> 0A000102:1F90      Route   0      1          12        ",
                                 "  -> 0A000101:1F90      Masq    1      0          0         "],          tcp,   [to("10.0.1.1", "nat", 1), to("10.0.1.2", "direct", 0)]],
  ["one packet",                ["UDP  0A090901:ABCD rr ops ",
                                 "  -> 7F000001:1F90      Local   65535  0          0         "],          udp,   [to("127.0.0.1", "local", 65_535)]],
  ["IPv6",                      ["SCTP  [2001:0db8:0000:0000:0000:0000:0000:001f]:0050 mh ",
                                 "  -> [fd00:0000:0000:0000:0000:0000:0000:000a]:1F90      Tunnel  2147483647 0          0         "],
                                                                                                           sctp6, [tunnelled]],
  ["a mark",                    ["FWM  000000FE rr ",
                                 "  -> 0A000101:1F90      Masq    3      4294967295 0         "],          mark,  [to("10.0.1.1", "bypass", 3)]],
];
for (const [name, lines, key, servers] of ROWS) {
  Deno.test(`readGlance: ${name}`, () => {
    const text = [...HEAD, ...lines, ""].join("\n");
    const glance = readGlance(new TextEncoder().encode(text));
    assertEquals(glance, new Map([[glanceName(key), glanceOf(servers)]]));
  });
}

Deno.test("readGlance: services that are not told apart look like no other", () => {
  const one = ["FWM  00000009 rr ", "  -> 0A000101:1F90      Masq    1      0          0         "];
  for (
    const lines of [[...one, ...one], ["FWM  00000009 rr ", ...one], [...one, "FWM  00000009 rr "]]
  ) {
    const glance = readGlance(new TextEncoder().encode([...HEAD, ...lines, ""].join("\n")));
    const seen = glance.get("FWM 00000009");
    assertEquals([seen === glanceOf([to("10.0.1.1", "nat", 1)]), seen === glanceOf([])], [
      false,
      false,
    ]);
  }
});

Deno.test("readGlance: other servers, ways and weights look otherwise; limits do not", () => {
  const base = to("10.0.1.1", "nat", 1);
  const others = [
    { ...base, ip: ip("10.0.1.2") },
    { ...base, port: 80 },
    { ...base, weight: 2 },
    { ...base, forwarding: { kind: "direct" } as const },
  ];
  const seen = new Set([base, ...others].map((each) => glanceOf([each])));
  assertEquals(seen.size, 1 + others.length);
  assertEquals(glanceOf([{ ...base, upperThreshold: 0 }]), glanceOf([base]));
});

Deno.test("readGlance: whatever the octets, it does not throw", () => {
  const words = fc.constantFrom(
    "TCP  ",
    "FWM ",
    "  -> ",
    "\n",
    " ",
    "0A090901:0050",
    "Masq",
    "1",
    "\0",
  );
  const texts = fc.array(words).map((each) => new TextEncoder().encode(each.join("")));
  fc.assert(fc.property(fc.oneof(texts, fc.uint8Array()), (bytes) => void readGlance(bytes)));
});
