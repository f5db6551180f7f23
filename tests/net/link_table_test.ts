/**
 * What follows from a table: results, flags, the primary address.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Family, ip } from "../../net/address.ts";
import {
  type InterfaceAddress,
  isDadFailed,
  isDone,
  isSecondary,
  isTentative,
  primaryAddress,
} from "../../net/link_table.ts";
import { address } from "./table_rows.ts";

// deno-fmt-ignore
const results: [operation: "add" | "delete", errno: number, done: boolean][] = [
  ["add", 0, true],     ["add", 17, true],     ["add", 99, false],     ["add", 3, false],     ["add", 19, false],    ["add", 1, false],
  ["delete", 0, true],  ["delete", 17, false], ["delete", 99, true],   ["delete", 3, true],   ["delete", 19, true],  ["delete", 1, false],
];
for (const [operation, errno, done] of results) {
  Deno.test(`isDone: ${operation} with errno ${errno}: ${done}`, () => {
    assertEquals(isDone(operation, errno), done);
  });
}

Deno.test("isSecondary, isTentative, isDadFailed: one bit each", () => {
  const answers = (flags: number) => {
    const one = address(2, "192.0.2.1/24", { flags });
    return [isSecondary(one), isTentative(one), isDadFailed(one)];
  };
  assertEquals(answers(0x1), [true, false, false]);
  assertEquals(answers(0x40), [false, true, false]);
  assertEquals(answers(0x8), [false, false, true]);
  assertEquals(answers(~0x49), [false, false, false]);
});

const virtual = "192.0.2.100";
const virtualIpv6 = "fe80::100";
// deno-fmt-ignore
const rows: [name: string, Family, InterfaceAddress[], expected: string | undefined][] = [
  ["none without addresses",                4, [],                                                                      undefined],
  ["the first IPv4 address",                4, [address(2, "192.0.2.7/24"), address(2, "192.0.2.1/24")],                "192.0.2.7"],
  ["whatever its scope",                    4, [address(2, "169.254.0.1/16", { scope: 253 }), address(2, "192.0.2.1/24")], "169.254.0.1"],
  ["not a secondary one",                   4, [address(2, "192.0.2.7/24", { flags: 0x81 }), address(2, "192.0.2.1/24")], "192.0.2.1"],
  ["not a virtual one",                     4, [address(2, `${virtual}/32`), address(2, "192.0.2.1/24")],               "192.0.2.1"],
  ["not one of the other family",           4, [address(2, "fe80::1/64"), address(2, "192.0.2.1/24")],                  "192.0.2.1"],
  ["not one of another link",               4, [address(3, "192.0.2.1/24")],                                            undefined],
  ["none but virtual ones",                 4, [address(2, `${virtual}/32`)],                                           undefined],
  ["the first link-local IPv6 address",     6, [address(2, "2001:db8::1/64"), address(2, "fe80::1/64"), address(2, "fe80::2/64")], "fe80::1"],
  ["not a tentative one",                   6, [address(2, "fe80::1/64", { flags: 0xc0 }), address(2, "fe80::2/64")],   "fe80::2"],
  ["not one that others hold",              6, [address(2, "fe80::1/64", { flags: 0x88 }), address(2, "fe80::2/64")],   "fe80::2"],
  ["not a virtual IPv6 one",                6, [address(2, `${virtualIpv6}/64`), address(2, "fe80::2/64")],             "fe80::2"],
  ["IPv6, deprecated will do",              6, [address(2, "fe80::1/64", { flags: 0xa0 })],                             "fe80::1"],
  ["no global IPv6 address",                6, [address(2, "2001:db8::1/64"), address(2, "192.0.2.1/24")],              undefined],
];
for (const [name, family, addresses, expected] of rows) {
  Deno.test(`primaryAddress §7.2: ${name}`, () => {
    const table = {
      addressesOf: (index: number) => addresses.filter((each) => each.interfaceIndex === index),
    };
    const except = new Set([ip(virtual), ip(virtualIpv6)]);
    assertEquals<string | undefined>(primaryAddress(table, 2, family, except), expected);
  });
}
