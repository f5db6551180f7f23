/**
 * The live copy of links and addresses, without a kernel.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import { LinkState } from "../../net/link_state.ts";
import type { AddressChange, InterfaceAddress, Link } from "../../net/link_table.ts";
import { address, line, link } from "./table_rows.ts";

/** A state, and what it told as lines. */
function observed(): { state: LinkState; told: string[]; take: () => string[] } {
  const told: string[] = [];
  const state = new LinkState((event) => told.push(line(event)));
  return { state, told, take: () => told.splice(0) };
}

Deno.test("LinkState: a link is told once, and again only when something changed", () => {
  const { state, take } = observed();
  state.setLink(link(2, "eth0"));
  assertEquals(take(), ["+2 eth0"]);
  state.setLink(link(2, "eth0"));
  assertEquals(take(), []);
  // deno-fmt-ignore
  const changes: Partial<Link>[] = [
    { flags: 0x1003 }, { mtuBytes: 1400 }, { mac: undefined }, { hardwareType: 32 }, { operState: 2 },
    { carrier: false }, { kind: "macvlan" }, { parentIndex: 7 }, { masterIndex: 8 },
  ];
  for (const change of changes) {
    state.setLink(link(2, "eth0", change));
    assertEquals(take(), ["~2 eth0"]);
    state.setLink(link(2, "eth0"));
    assertEquals(take(), ["~2 eth0"]);
  }
  state.removeLink(2);
  state.removeLink(2);
  assertEquals(take(), ["-2 eth0"]);
  assertEquals([...state.links()], []);
});

Deno.test("LinkState: names wander from one link to another", () => {
  const { state } = observed();
  const nameOf = (name: string) => state.linkByName(name)?.index;
  state.setLink(link(2, "a"));
  state.setLink(link(3, "b"));
  state.setLink(link(2, "c"));
  assertEquals([nameOf("a"), nameOf("b"), nameOf("c")], [undefined, 3, 2]);
  // As after a listing, where the steps in between are not known.
  state.setLink(link(2, "b"));
  assertEquals([nameOf("b"), nameOf("c")], [2, undefined]);
  state.setLink(link(3, "c"));
  assertEquals([nameOf("b"), nameOf("c")], [2, 3]);
  state.removeLink(3);
  assertEquals([nameOf("b"), nameOf("c")], [2, undefined]);
});

Deno.test("LinkState: a link that goes takes its addresses along, which is told first", () => {
  const { state, take } = observed();
  state.setLink(link(2, "eth0"));
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.2/24"));
  take();
  state.removeLink(2);
  assertEquals(take(), ["-2 192.0.2.1/24", "-2 192.0.2.2/24", "-2 eth0"]);
  assertEquals(state.addressesOf(2), []);
});

Deno.test("LinkState: addresses keep their order, a change does not move them", () => {
  const { state } = observed();
  const ips = () => state.addressesOf(2).map((each) => each.ip);
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.2/24", { flags: 0x81 }));
  state.setAddress(address(2, "192.0.2.3/24", { flags: 0x81 }));
  state.setAddress(address(2, "192.0.2.1/24", { flags: 0x82 }));
  assertEquals(ips(), [ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3")]);
  const snapshot = state.addressesOf(2);
  state.removeAddress(address(2, "192.0.2.2/24"));
  assertEquals(ips(), [ip("192.0.2.1"), ip("192.0.2.3")]);
  assertEquals(snapshot.length, 3);
});

Deno.test("LinkState: an address is told again only when something but its lifetimes changed", () => {
  const { state, take } = observed();
  state.setAddress(address(2, "2001:db8::1/64"));
  assertEquals(take(), ["+2 2001:db8::1/64"]);
  state.setAddress(address(2, "2001:db8::1/64", { validLifetimeSec: 7 }));
  assertEquals(take(), []);
  assertEquals(state.addressesOf(2)[0]?.validLifetimeSec, 7);
  // deno-fmt-ignore
  const changes: Partial<InterfaceAddress>[] = [
    { flags: 0xc0 }, { scope: 253 }, { protocol: 18 }, { label: "x" }, { broadcast: ip("192.0.2.255") },
  ];
  for (const change of changes) {
    state.setAddress(address(2, "2001:db8::1/64", change));
    state.setAddress(address(2, "2001:db8::1/64"));
    assertEquals(take(), ["~2 2001:db8::1/64", "~2 2001:db8::1/64"]);
  }
});

Deno.test("LinkState: the same IP address with another prefix, peer or link is another one", () => {
  const { state, take } = observed();
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.1/32"));
  state.setAddress(address(2, "192.0.2.1/32", { peer: ip("192.0.2.9") }));
  state.setAddress(address(3, "192.0.2.1/24"));
  assertEquals(take().length, 4);
  state.removeAddress(address(2, "192.0.2.1/32"));
  assertEquals(state.addressesOf(2).map((each) => [each.prefixLength, each.peer]), [
    [24, undefined],
    [32, ip("192.0.2.9")],
  ]);
  state.removeAddress(address(2, "192.0.2.1/25"));
  state.removeAddress(address(4, "192.0.2.1/24"));
  assertEquals(take(), ["-2 192.0.2.1/32"]);
});

Deno.test("LinkState.hasIpv4: until the last one is gone", () => {
  const { state } = observed();
  assertEquals(state.hasIpv4(2), false);
  state.setAddress(address(2, "2001:db8::1/64"));
  assertEquals(state.hasIpv4(2), false);
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.1/24", { flags: 0 }));
  state.setAddress(address(2, "192.0.2.2/24"));
  state.removeAddress(address(2, "192.0.2.1/24"));
  assertEquals([state.hasIpv4(2), state.hasIpv4(3)], [true, false]);
  state.removeAddress(address(2, "192.0.2.2/24"));
  assertEquals(state.hasIpv4(2), false);
});

const change = (operation: "add" | "delete", interfaceIndex = 2): AddressChange => ({
  operation,
  interfaceIndex,
  ip: ip("192.0.2.1"),
  prefixLength: 24,
});

Deno.test("LinkState.expect: what we asked for is our own, once", () => {
  const { state, take } = observed();
  state.expect(change("add"));
  state.setAddress(address(2, "192.0.2.2/24"));
  state.setAddress(address(3, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.1/24", { flags: 0xc0 }));
  assertEquals(take(), [
    "+2 192.0.2.2/24",
    "+3 192.0.2.1/24",
    "+2 192.0.2.1/24 own",
    "~2 192.0.2.1/24",
  ]);
  state.expect(change("delete"));
  state.removeAddress(address(2, "192.0.2.2/24"));
  state.removeAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.1/24"));
  state.removeAddress(address(2, "192.0.2.1/24"));
  assertEquals(take(), [
    "-2 192.0.2.2/24",
    "-2 192.0.2.1/24 own",
    "+2 192.0.2.1/24",
    "-2 192.0.2.1/24",
  ]);
});

Deno.test("LinkState.expect: a peer is part of it, ourselves as peer is none", () => {
  const { state, take } = observed();
  const peer = { ip: ip("192.0.2.9"), prefixLength: 32 };
  state.expect({ ...change("add"), peer });
  state.setAddress(address(2, "192.0.2.1/32", { peer: peer.ip }));
  state.expect({ ...change("add"), peer: { ip: ip("192.0.2.1"), prefixLength: 25 } });
  state.setAddress(address(2, "192.0.2.1/25"));
  assertEquals(take(), ["+2 192.0.2.1/32 own", "+2 192.0.2.1/25 own"]);
});

Deno.test("LinkState.expectNothing: what comes later is the doing of others", () => {
  const { state, take } = observed();
  state.expect(change("add"));
  state.expect(change("delete"));
  state.expectNothing();
  state.setAddress(address(2, "192.0.2.1/24"));
  state.removeAddress(address(2, "192.0.2.1/24"));
  assertEquals(take(), ["+2 192.0.2.1/24", "-2 192.0.2.1/24"]);
});

Deno.test("LinkState.replaceAll: tells the differences only, what is gone first", () => {
  const { state, take } = observed();
  state.setLink(link(2, "eth0"));
  state.setLink(link(3, "eth1"));
  state.setAddress(address(2, "192.0.2.1/24"));
  state.setAddress(address(2, "192.0.2.2/24"));
  state.setAddress(address(3, "198.51.100.1/24"));
  take();
  state.expect({ ...change("delete"), ip: ip("192.0.2.2") });
  const links = [link(2, "eth2"), link(4, "eth1")];
  const addresses = [address(4, "198.51.100.1/24"), address(2, "192.0.2.1/24")];
  state.replaceAll(links, addresses);
  assertEquals(take(), [
    "-2 192.0.2.2/24 own",
    "-3 198.51.100.1/24",
    "-3 eth1",
    "~2 eth2",
    "+4 eth1",
    "+4 198.51.100.1/24",
  ]);
  state.replaceAll(links, addresses);
  assertEquals(take(), []);
});

Deno.test("LinkState: whoever follows the events has the same table", () => {
  const links = fc.array(
    fc.record({ index: fc.integer({ min: 1, max: 4 }), name: fc.constantFrom("a", "b", "c", "d") })
      .map(({ index, name }) => link(index, name)),
    { maxLength: 5 },
  ).map((all) => {
    // A listing has each index and each name once.
    const unique = new Map(all.map((each) => [each.name, each]));
    return [...new Map([...unique.values()].map((each) => [each.index, each])).values()];
  });
  const addresses = fc.array(
    fc.record({ index: fc.integer({ min: 1, max: 4 }), octet: fc.integer({ min: 1, max: 4 }) })
      .map(({ index, octet }) => address(index, `192.0.2.${octet}/24`)),
    { maxLength: 8 },
  );
  fc.assert(fc.property(fc.array(fc.tuple(links, addresses), { maxLength: 6 }), (listings) => {
    const followed = new Set<string>();
    const state = new LinkState((event) => {
      const text = line(event);
      const key = text.slice(1);
      if ("previous" in event && event.previous !== undefined) {
        followed.delete(line({ ...event, ...{ link: event.previous } } as typeof event).slice(1));
      }
      if (text.startsWith("-")) assert(followed.delete(key));
      else {
        assert(!followed.has(key));
        followed.add(key);
      }
    });
    for (const [links, addresses] of listings) {
      const known = addresses.filter((each) =>
        links.some(({ index }) => index === each.interfaceIndex)
      );
      state.replaceAll(links, known);
      const held = [
        ...links.map(({ index, name }) => `${index} ${name}`),
        ...known.map((each) => `${each.interfaceIndex} ${each.ip}/24`),
      ];
      assertEquals([...followed].sort(), [...new Set(held)].sort());
      for (const { index, name } of links) assertEquals(state.linkByName(name)?.index, index);
    }
  }));
});

Deno.test("LinkState: 5,000 addresses on a link, and no change walks over them", () => {
  const { state, take } = observed();
  const total = 5000;
  const texts = Array.from({ length: total }, (_, i) => `10.0.${i >> 8}.${i & 255}/32`);
  for (const text of texts) state.setAddress(address(2, text));
  for (const text of texts) state.setAddress(address(2, text, { flags: 0 }));
  for (const text of texts) state.removeAddress(address(2, text));
  assertEquals(take().length, 3 * total);
  assertEquals(state.addressesOf(2), []);
});
