/**
 * Links over the real kernel: listing, and changes of our own.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Ip, ip } from "../../net/address.ts";
import { AssertionError } from "../../net/assert.ts";
import {
  type AddressChange,
  isDone,
  isSecondary,
  type LinkEvent,
  primaryAddress,
} from "../../net/link_table.ts";
import { Links } from "../../net/links.ts";
import { assertSameAsIp, changesOf, indexOf, netTest, readAll } from "./links_fixture.ts";
import { line } from "./table_rows.ts";

netTest("Links.open: lists links, addresses and routes", async (namespace) => {
  namespace.ip("link add br0 type bridge");
  namespace.ip("link set v1 master br0");
  namespace.ip("link add m0 link v0 address 00:00:5e:00:01:07 type macvlan mode private");
  namespace.ip("addr add 192.0.2.1/24 dev v0");
  namespace.ip("addr add 2001:db8::1/64 dev v0");
  using links = Links.open({ routes: true });
  await assertSameAsIp(links, namespace, true);
  assertEquals([links.resyncCount, links.refusedCount], [0, 0]);
  const m0 = links.linkByName("m0");
  assertEquals([m0?.kind, m0?.mac as string | undefined], ["macvlan", "00:00:5e:00:01:07"]);
  assertEquals(m0?.parentIndex, links.linkByName("v0")?.index);
  assertEquals(links.linkByIndex(indexOf(links, "v0"))?.name, "v0");
  assertEquals(links.linkByName("nothing"), undefined);
  assertEquals(links.addressesOf(999), []);
});

netTest("Links: without routes there are none", (namespace) => {
  using links = Links.open();
  namespace.ip("addr add 192.0.2.1/24 dev v0");
  namespace.ip("route add 198.51.100.0/24 via 192.0.2.9");
  readAll(links);
  assertEquals([...links.routes()], []);
});

netTest(
  "Links.changeAddresses: the table has it at once, and it is told once, as our own",
  async (namespace) => {
    using links = Links.open();
    const index = indexOf(links, "v0");
    await assertSameAsIp(links, namespace);
    const told: string[] = [];
    links.subscribe((event) => told.push(line(event)));
    // deno-fmt-ignore
    const changes = changesOf(index, "+192.0.2.1/24", "+192.0.2.2/24", "+2001:db8::1/64", "-192.0.2.2/24", "+192.0.2.2/32");
    assertEquals(links.changeAddresses(changes), changes.map(() => ({ errno: 0 })));
    // Of IPv6 the kernel tells in its own time, and of our own host addresses not at all.
    const expected = [
      `+${index} 192.0.2.2/32 own`,
      `+${index} 192.0.2.1/24 own`,
      `+${index} 192.0.2.2/24 own`,
      `-${index} 192.0.2.2/24 own`,
    ];
    assertEquals(told.filter((each) => !each.includes(":")), expected);
    assertEquals(told.filter((each) => each.includes(":")), [`+${index} 2001:db8::1/64 own`]);
    const held = links.addressesOf(index).map((each) => `${each.ip}/${each.prefixLength}`);
    for (const text of ["192.0.2.1/24", "192.0.2.2/32", "2001:db8::1/64"]) {
      assert(
        held.includes(text),
      );
    }
    assert(!held.includes("192.0.2.2/24"));
    for (const { ip, protocol } of links.addressesOf(index)) {
      assert(protocol === 18 || ip.startsWith("fe80:"), `${ip} is marked as ${protocol}`);
    }
    await assertSameAsIp(links, namespace);
    assertEquals(told.filter((each) => each.includes("2001:")).length, 1);
  },
);

netTest(
  "Links.changeAddresses: IPv6 without DAD on a link that is down is there at once",
  async (namespace) => {
    namespace.ip("link set v0 down");
    using links = Links.open();
    await assertSameAsIp(links, namespace);
    const index = indexOf(links, "v0");
    const told: string[] = [];
    links.subscribe((event) => told.push(line(event)));
    const texts = Array.from({ length: 64 }, (_, i) => `2001:db8::${i.toString(16)}/128`);
    links.changeAddresses(changesOf(index, ...texts.map((text) => `+${text}`)));
    assertEquals(told.length, 64);
    assert(told.every((each) => each.endsWith("own")));
    assertEquals(links.addressesOf(index).length, 64);
    await assertSameAsIp(links, namespace);
    links.changeAddresses(changesOf(index, ...texts.map((text) => `-${text}`)));
    assertEquals(links.addressesOf(index), []);
    assertEquals(told.filter((each) => each.startsWith("-") && each.endsWith("own")).length, 64);
  },
);

netTest(
  "Links.changeAddresses: everything a virtual address may say reaches the kernel",
  async (namespace) => {
    using links = Links.open();
    const index = indexOf(links, "v0");
    const base = { operation: "add" as const, interfaceIndex: index };
    const peer = { ip: ip("198.51.100.2"), prefixLength: 32 };
    const changes: AddressChange[] = [
      {
        ...base,
        ip: ip("192.0.2.1"),
        prefixLength: 24,
        broadcast: ip("192.0.2.255"),
        label: "v0:vip",
      },
      { ...base, ip: ip("198.51.100.1"), prefixLength: 32, peer, scope: 253 },
      { ...base, ip: ip("2001:db8::1"), prefixLength: 64, flags: 0x202, preferredLifetimeSec: 0 },
      { ...base, ip: ip("2001:db8::2"), prefixLength: 64, flags: 0x2, preferredLifetimeSec: 5000 },
    ];
    assertEquals(links.changeAddresses(changes), changes.map(() => ({ errno: 0 })));
    await assertSameAsIp(links, namespace);
    const found = (text: string) => links.addressesOf(index).find((each) => each.ip === ip(text));
    const first = found("192.0.2.1");
    assertEquals<unknown>([first?.broadcast, first?.label], ["192.0.2.255", "v0:vip"]);
    const second = found("198.51.100.1");
    assertEquals<unknown>([second?.peer, second?.scope], ["198.51.100.2", 253]);
    const third = found("2001:db8::1");
    assertEquals<unknown>([third?.preferredLifetimeSec, third?.validLifetimeSec], [0, Infinity]);
    assertEquals((third?.flags ?? 0) & 0x222, 0x222); // NODAD, DEPRECATED, NOPREFIXROUTE
    const { preferredLifetimeSec = 0 } = found("2001:db8::2") ?? {};
    assert(preferredLifetimeSec > 4900 && preferredLifetimeSec <= 5000);
    const deletions = changes.map((change) => ({ ...change, operation: "delete" as const }));
    assertEquals(links.changeAddresses(deletions), changes.map(() => ({ errno: 0 })));
    assertEquals(links.addressesOf(index).filter(({ protocol }) => protocol === 18), []);
  },
);

netTest(
  "Links.changeAddresses: host addresses are in the table as the kernel has them, unheard",
  async (namespace) => {
    using links = Links.open({ eventBufferBytes: 4096 }); // Room for a few events.
    const index = indexOf(links, "v0");
    await assertSameAsIp(links, namespace);
    const told: string[] = [];
    links.subscribe((event) => told.push(line(event)));
    const base = { operation: "add" as const, interfaceIndex: index, prefixLength: 32 };
    const broadcast = ip("198.51.100.255");
    const changes: AddressChange[] = [
      { ...base, ip: ip("198.51.100.1"), scope: 253, label: "v0:vip", broadcast, flags: 0x200 },
      { ...base, ip: ip("198.51.100.2"), preferredLifetimeSec: 0 },
      { ...base, ip: ip("198.51.100.3"), peer: { ip: ip("198.51.100.3"), prefixLength: 32 } },
      ...changesOf(index, ...Array.from({ length: 60 }, (_, i) => `+10.0.0.${i}/32`)),
    ];
    assertEquals(links.changeAddresses(changes), changes.map(() => ({ errno: 0 })));
    const expected = changes.map((change) => `+${index} ${change.ip}/32 own`);
    assertEquals(told, expected);
    assertEquals(links.resyncCount, 0);
    await assertSameAsIp(links, namespace);
    assertEquals(told, expected);
    // A listing finds nothing else.
    const before = links.addressesOf(index);
    for (let i = 0; i < 64; i++) namespace.ip(`addr add 203.0.113.${i}/32 dev v0`);
    readAll(links);
    assert(links.resyncCount > 0);
    assertEquals(links.addressesOf(index).slice(0, before.length), before);
  },
);

netTest(
  "Links.changeAddresses: host addresses of others, and what becomes of ours, are heard",
  async (namespace) => {
    using links = Links.open();
    const index = indexOf(links, "v0");
    links.changeAddresses(changesOf(index, "+192.0.2.1/32"));
    const told: string[] = [];
    links.subscribe((event) => told.push(line(event)));
    namespace.ip("addr add 192.0.2.2/32 dev v0");
    namespace.ip("addr del 192.0.2.1/32 dev v0");
    namespace.ip("addr add 192.0.2.1/32 dev v0");
    await assertSameAsIp(links, namespace);
    assertEquals(told, [
      `+${index} 192.0.2.2/32`,
      `-${index} 192.0.2.1/32`,
      `+${index} 192.0.2.1/32`,
    ]);
  },
);

netTest(
  "Links.changeAddresses: what is so already, or cannot be, is a result with the kernel's words",
  () => {
    using links = Links.open();
    const index = indexOf(links, "v0");
    const told: string[] = [];
    // deno-fmt-ignore
    const rows: [AddressChange[], { errno: number; message?: string }, done: boolean][] = [
    [changesOf(index, "+192.0.2.1/24"),     { errno: 0 },                                              true],
    [changesOf(index, "+192.0.2.1/24"),     { errno: 17, message: "ipv4: Address already assigned" },  true],
    [changesOf(index, "-192.0.2.9/24"),     { errno: 99, message: "ipv4: Address not found" },         true],
    [changesOf(index, "-2001:db8::9/64"),   { errno: 99, message: "ipv6: address not found" },         true],
    [changesOf(999, "-192.0.2.9/24"),       { errno: 19, message: "ipv4: Device not found" },          true],
    [changesOf(999, "+192.0.2.9/24"),       { errno: 19, message: "ipv4: Device not found" },          false],
    [changesOf(index, "+ff02::1/64"),       { errno: 99, message: "ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag" }, false],
  ];
    links.subscribe((event) => told.push(line(event)));
    for (const [changes, expected, done] of rows) {
      const [result] = links.changeAddresses(changes);
      assertEquals<unknown>(result, expected);
      const [change] = changes;
      assertEquals(change && isDone(change.operation, expected.errno), done);
    }
    assertEquals(told, [`+${index} 192.0.2.1/24 own`]);
    assertEquals(links.changeAddresses([]), []);
  },
);

netTest("Links.changeAddresses: results are in order, also when some fail", () => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  const changes = Array.from(
    { length: 64 },
    (_, i) => changesOf(index, i % 3 === 0 ? "-192.0.2.200/32" : `+10.0.0.${i}/32`),
  ).flat();
  const results = links.changeAddresses(changes);
  assertEquals(results.map(({ errno }) => errno), changes.map((_, i) => i % 3 === 0 ? 99 : 0));
  const more = [...changes, ...changesOf(index, "+192.0.2.1/24")];
  assert(assertThrows(() => links.changeAddresses(more)) instanceof AssertionError);
});

netTest(
  "Links: what others delete is not our own, also in the middle of our changes",
  (namespace) => {
    using links = Links.open();
    const index = indexOf(links, "v0");
    links.changeAddresses(changesOf(index, "+192.0.2.1/24", "+192.0.2.2/32", "+192.0.2.3/32"));
    const told: string[] = [];
    links.subscribe((event) => told.push(line(event)));
    namespace.ip("addr del 192.0.2.2/32 dev v0");
    links.changeAddresses(changesOf(index, "-192.0.2.3/32"));
    assertEquals(told, [`-${index} 192.0.2.2/32`, `-${index} 192.0.2.3/32 own`]);
  },
);

netTest("Links: what happened before our changes is not our own", (namespace) => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  links.changeAddresses(changesOf(index, "+192.0.2.1/32"));
  const told: string[] = [];
  links.subscribe((event) => told.push(line(event)));
  namespace.ip("addr del 192.0.2.1/32 dev v0"); // Its event waits.
  links.changeAddresses(changesOf(index, "+192.0.2.1/32", "-192.0.2.1/32"));
  assertEquals(told, [
    `-${index} 192.0.2.1/32`,
    `+${index} 192.0.2.1/32 own`,
    `-${index} 192.0.2.1/32 own`,
  ]);
});

netTest("Links: what happens after our changes is not our own", (namespace) => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  const told: string[] = [];
  links.subscribe((event) => told.push(line(event)));
  links.changeAddresses(changesOf(index, "-192.0.2.1/32"));
  namespace.ip("addr add 192.0.2.1/32 dev v0");
  namespace.ip("addr del 192.0.2.1/32 dev v0");
  readAll(links);
  assertEquals(told, [`+${index} 192.0.2.1/32`, `-${index} 192.0.2.1/32`]);
});

netTest("Links: secondaries that we wanted to delete anyway are our own", () => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  const texts = ["192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24"];
  links.changeAddresses(changesOf(index, ...texts.map((text) => `+${text}`)));
  const told: string[] = [];
  links.subscribe((event) => told.push(line(event)));
  const results = links.changeAddresses(changesOf(index, ...texts.map((text) => `-${text}`)));
  assertEquals(results.map(({ errno }) => errno), [0, 99, 99]);
  assertEquals(told.toSorted(), texts.map((text) => `-${index} ${text} own`));
});

netTest("Links: secondaries that go with their primary address are not our doing", () => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  links.changeAddresses(changesOf(index, "+192.0.2.1/24", "+192.0.2.2/24"));
  assertEquals(links.addressesOf(index).filter(isSecondary).map((each) => each.ip), [
    ip("192.0.2.2"),
  ]);
  const told: string[] = [];
  links.subscribe((event) => told.push(line(event)));
  links.changeAddresses(changesOf(index, "-192.0.2.1/24"));
  assertEquals(told.toSorted(), [`-${index} 192.0.2.1/24 own`, `-${index} 192.0.2.2/24`]);
});

netTest("Links: a listener may make changes; events stay in order", () => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  const told: [string, string][] = [];
  const note = (who: string) => (event: LinkEvent) => void told.push([who, line(event)]);
  let again = true;
  const stop = links.subscribe((event) => {
    note("first")(event);
    if (event.type !== "address" || !again) return;
    again = false;
    links.changeAddresses(changesOf(index, "-192.0.2.1/32"));
    assertEquals(links.addressesOf(index).filter((each) => each.ip === ip("192.0.2.1")), []);
  });
  links.subscribe(note("second"));
  links.changeAddresses(changesOf(index, "+192.0.2.1/32"));
  const added = `+${index} 192.0.2.1/32 own`;
  const gone = `-${index} 192.0.2.1/32 own`;
  assertEquals(told, [["first", added], ["second", added], ["first", gone], ["second", gone]]);
  stop();
  links.changeAddresses(changesOf(index, "+192.0.2.1/32"));
  assertEquals(told.slice(4), [["second", added]]);
});

netTest("primaryAddress: real addresses on a real link", async (namespace) => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  const virtual = new Set<Ip>([ip("192.0.2.100"), ip("fe80::100")]);
  links.changeAddresses(changesOf(index, "+192.0.2.100/32", "+fe80::100/64"));
  assertEquals(primaryAddress(links, index, 4, virtual), undefined);
  namespace.ip("addr add 192.0.2.7/24 dev v0");
  namespace.ip("addr add 192.0.2.1/24 dev v0");
  await assertSameAsIp(links, namespace);
  assertEquals(primaryAddress(links, index, 4, virtual), ip("192.0.2.7"));
  const linkLocal = primaryAddress(links, index, 6, virtual);
  assert(linkLocal?.startsWith("fe80::") && !virtual.has(linkLocal), `${linkLocal}`);
});
