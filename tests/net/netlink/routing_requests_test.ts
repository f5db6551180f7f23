/**
 * Requests for routes and rules: the octets of iproute2, told the same words.
 *
 * The order of attributes means nothing, nor does the bit that says that there are attributes
 * inside, nor an address without octets, nor padding: they are left out of the comparison.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { routeRequest, ruleRequest } from "../../../engine/io/routing_requests.ts";
import { ip } from "../../../net/address.ts";
import { AssertionError } from "../../../net/assert.ts";
import type { Link } from "../../../net/link_table.ts";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import {
  type RouteRequest,
  writeRouteAdd,
  writeRouteDelete,
} from "../../../net/netlink/rtnetlink_route_change.ts";
import { decodeRule, writeRuleAdd, writeRuleDelete } from "../../../net/netlink/rtnetlink_rule.ts";
import { brief, instanceText, load } from "../../engine/config/harness.ts";
import { fromHex, readRecording, toHex } from "./golden.ts";

const HEADER_BYTES = 12;
const ID_MASK = 0x3fff;
/** RTA_METRICS, RTA_ENCAP. */
const NESTED_IDS = [8, 22];

/** Only the index counts. */
const links = {
  linkByName: (name: string) => name === "v0" ? { index: 3, name } as Link : undefined,
};

/** Attributes by number, in the order of their numbers. */
function attributesOf(bytes: Uint8Array, isRoute: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const all: [id: number, text: string][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint16(at, true);
    const id = view.getUint16(at + 2, true) & ID_MASK;
    const payload = bytes.subarray(at + 4, at + length);
    const isNested = isRoute && NESTED_IDS.includes(id);
    if (payload.length > 0) {
      all.push([id, isNested ? `(${attributesOf(payload, false)})` : toHex(payload)]);
    }
    at += (length + 3) & ~3;
  }
  return all.toSorted(([a], [b]) => a - b).map(([id, text]) => `${id}:${text}`);
}

/** What counts of a request. */
function meaning(bytes: Uint8Array): unknown[] {
  const all: unknown[] = [];
  const malformed = eachMessage(bytes, ({ type, flags, body }) => {
    const octets = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    const header = toHex(octets.subarray(0, HEADER_BYTES));
    all.push({
      type,
      flags,
      header,
      attributes: attributesOf(octets.subarray(HEADER_BYTES), type === 24),
    });
  });
  assertEquals(malformed, undefined);
  return all;
}

function written(write: (writer: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter(8);
  write(writer);
  return writer.written();
}

/** The request for what a command of iproute2 says. */
function requestFor(command: string): Uint8Array {
  const [, block = "", line = ""] = command.match(/^(?:-6 )?(route|rule) add (.*)$/) ?? [];
  const words = line.replace(" protocol 18", "").replace("tun_id", "tunnel-id");
  const text = `static_${block}s {\n${words}\n}\n${instanceText("")}`;
  const { config, diagnostics } = load(text);
  assert(config !== undefined, brief(diagnostics).join("\n"));
  const [route] = config.staticRoutes;
  const [rule] = config.staticRules;
  if (rule) return written((writer) => writeRuleAdd(writer, ruleRequest(rule)));
  assert(route !== undefined);
  const request = routeRequest(route, links);
  assert(typeof request === "object", `${request}`);
  return written((writer) => writeRouteAdd(writer, request, "add"));
}

for (const { name, comment, bytes } of readRecording("routing_requests.hex")) {
  Deno.test(`routing request ${name}: as iproute2's`, () => {
    assertEquals(meaning(requestFor(comment)), meaning(bytes));
  });
}

const route: RouteRequest = {
  family: 6,
  destination: { ip: ip("2001:db8::"), prefixLength: 32 },
  type: 1,
  table: 254,
  protocol: 18,
  scope: 0,
  tos: 0,
  hops: [{ interfaceIndex: 3, onlink: false }],
  metrics: {},
  lockedMetrics: [],
};

Deno.test("writeRouteAdd: how it is created is a matter of flags", () => {
  const flags = (["add", "prepend", "append", "replace"] as const).map((creation) => {
    const bytes = written((writer) => writeRouteAdd(writer, route, creation));
    return new DataView(bytes.buffer, bytes.byteOffset).getUint16(6, true);
  });
  assertEquals(flags, [0x605, 0x405, 0xc05, 0x505]);
});

Deno.test("writeRouteDelete: an IPv6 route without metric is the one with the kernel's", () => {
  const priorities = [undefined, 7].map((metric) => {
    const request = { ...route, ...(metric !== undefined && { metric }) };
    const [message] = meaning(written((writer) => writeRouteDelete(writer, request)));
    const { attributes } = message as { attributes: string[] };
    return attributes.find((text) => text.startsWith("6:"));
  });
  assertEquals(priorities, ["6:00040000", "6:07000000"]);
});

Deno.test("writeRouteAdd: refuses what no kernel could mean", () => {
  for (
    const wrong of [
      { family: 4 as const },
      { destination: { ip: ip("2001:db8::"), prefixLength: 129 } },
      { from: { ip: ip("192.0.2.0"), prefixLength: 24 } },
      { hops: Array.from({ length: 256 }, () => ({ onlink: false })) },
    ]
  ) {
    const request = { ...route, ...wrong };
    const error = assertThrows(() => written((writer) => writeRouteAdd(writer, request, "add")));
    assert(error instanceof AssertionError);
  }
});

Deno.test("decodeRule: what a deletion names; never throws on octets", () => {
  const request = {
    family: 6,
    priority: 1000,
    action: { kind: "table", table: 100 },
    inverted: false,
    protocol: 18,
  } as const;
  const seen: unknown[] = [];
  eachMessage(
    written((writer) => writeRuleDelete(writer, request)),
    ({ body }) => seen.push(decodeRule(body)),
  );
  assertEquals(seen, [{ family: 6, priority: 1000 }]);
  const body = (digits: string) => new DataView(fromHex(digits).buffer);
  assertEquals(decodeRule(body("0200")), "rule message truncated");
  assertEquals(decodeRule(body("070000000000000000000000")), undefined);
  assertEquals(
    decodeRule(body("020000000000000000000000ffff0600")),
    "netlink attribute length out of bounds",
  );
});
