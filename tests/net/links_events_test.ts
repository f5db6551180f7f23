/**
 * Links over the real kernel: what others change, lose and forge.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Links } from "../../net/links.ts";
import { assertSameAsIp, changesOf, Follower, indexOf, netTest, readAll } from "./links_fixture.ts";
import { fromHex } from "./netlink/golden.ts";
import { line } from "./table_rows.ts";

const device = fc.constantFrom("v0", "v1", "br0", "m0");
const prefix = fc.constantFrom(
  "192.0.2.1/24",
  "192.0.2.2/24",
  "192.0.2.3/32",
  "203.0.113.1/28",
  "198.51.100.1 peer 198.51.100.2/32",
  "2001:db8::1/64",
  "2001:db8::2/128",
);
const setting = fc.constantFrom("up", "up", "down", "mtu 1400", "mtu 1500", "arp off", "arp on");
const structure = fc.constantFrom(
  "link add br0 type bridge",
  "link add m0 link v0 type macvlan mode private",
  "link del m0",
  "link del br0",
  "link set v1 master br0",
  "link set v1 nomaster",
  "addr flush dev v0",
);
const routing = fc.constantFrom(
  "route add 10.1.0.0/16 via 192.0.2.200",
  "route append 10.1.0.0/16 via 192.0.2.201",
  "route replace 10.1.0.0/16 via 192.0.2.202",
  "route del 10.1.0.0/16",
  "route add 10.2.0.0/16 dev v0 src 192.0.2.1",
  "route add 10.2.0.0/16 dev v1 src 192.0.2.2 table 1000",
  "route add 10.3.0.0/16 nexthop via 192.0.2.200 nexthop dev v1",
  "route add 2001:db8:1::/48 via 2001:db8::99",
  "route append 2001:db8:1::/48 via 2001:db8::98",
  "route replace 2001:db8:1::/48 via 2001:db8::97",
  "route del 2001:db8:1::/48 via 2001:db8::98",
  "route add 2001:db8:2::/48 dev v0 src 2001:db8::1",
);
/** Commands of `ip`, not all of which make sense when they come. */
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom("add", "add", "del"), prefix, device)
      .map(([operation, prefix, device]) => `addr ${operation} ${prefix} dev ${device}`),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(device, setting).map((words) => `link set ${words.join(" ")}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(device, device).map(([one, other]) => `link set ${one} name ${other}`),
  },
  { weight: 2, arbitrary: structure },
  { weight: 4, arbitrary: routing },
);
/** Once in a while everything is made anew, or little would be left to change. */
const REPAIR = [
  ...["v0", "v1", "br0", "m0"].map((name) => `link del ${name}`),
  "link add v0 type veth peer name v1",
  "link add br0 type bridge",
  ...["v0", "v1", "br0"].map((name) => `link set ${name} up`),
  "addr add 192.0.2.1/24 dev v0",
];
const REPAIR_EVERY = 8;

netTest("Links: whatever happens, the table is what iproute2 sees", async (namespace) => {
  using links = Links.open({ routes: true });
  const follower = new Follower(links);
  let eventfulCount = 0;
  let heard = false;
  links.subscribe(() => heard = true);
  const step = fc.array(command, { minLength: 1, maxLength: 4 });
  const steps = fc.sample(step, { seed: 7, numRuns: 120 });
  for (const [i, commands] of steps.entries()) {
    heard = false;
    namespace.batch(i % REPAIR_EVERY === 0 ? REPAIR : commands);
    try {
      await assertSameAsIp(links, namespace, true);
      follower.assertSameAs(links);
    } catch (error) {
      throw new Error(`after step ${i}: ${commands.join("; ")}`, { cause: error });
    }
    if (heard) eventfulCount++;
  }
  assert(eventfulCount > 60, `only ${eventfulCount} steps changed something`);
  assertEquals([links.resyncCount, links.refusedCount], [0, 0]);
});

// The kernel says nothing of these routes; of the third ones since Linux 6.6 it does.
const silently: [name: string, setUp: string[], command: string][] = [
  ["the link goes down", [], "link set v0 down"],
  ["the last IPv4 address of the link goes", [], "addr del 192.0.2.1/24 dev v0"],
  [
    "the preferred source address goes",
    ["addr add 192.0.2.9/32 dev v0", "route add 10.9.0.0/16 dev v0 src 192.0.2.9"],
    "addr del 192.0.2.9/32 dev v0",
  ],
  [
    "the preferred IPv6 source address goes",
    ["addr add 2001:db8::1/64 dev v0", "route add 2001:db8:9::/48 dev v0 src 2001:db8::1"],
    "addr del 2001:db8::1/64 dev v0",
  ],
];
for (const [name, setUp, command] of silently) {
  netTest(`Links: routes change silently when ${name}`, async (namespace) => {
    namespace.ip("addr add 192.0.2.1/24 dev v0");
    namespace.batch(["route add 10.1.0.0/16 via 192.0.2.200", ...setUp]);
    using links = Links.open({ routes: true });
    const before = [...links.routes()].length;
    namespace.ip(command);
    await assertSameAsIp(links, namespace, true);
    assert([...links.routes()].length < before || name.includes("IPv6"));
  });
}

netTest(
  "Links: routes that go with their link are gone, though the kernel takes its time",
  async (namespace) => {
    // Without IPv6 there is one doubt only, and one listing to get it right.
    namespace.ip("link set v0 addrgenmode none");
    namespace.ip("addr flush dev v0");
    namespace.ip("addr add 192.0.2.1/24 dev v0");
    const prefixes = Array.from({ length: 5000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    namespace.batch(prefixes.map((prefix) => `route add ${prefix} via 192.0.2.9`));
    using links = Links.open({ routes: true });
    assert([...links.routes()].length > 5000);
    const down = namespace.ipElsewhere("link set v0 down");
    let running = true;
    down.then(() => running = false);
    while (running) {
      readAll(links);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    readAll(links);
    const left = [...links.routes()].filter(({ destination }) => destination.ip.startsWith("10."));
    assertEquals(left.length, 0);
  },
);

netTest("Links: a link that leaves its bridge is still there", async (namespace) => {
  namespace.ip("link add br0 type bridge");
  namespace.ip("link set v1 master br0");
  using links = Links.open();
  const gone: string[] = [];
  links.subscribe((event) => event.type === "linkGone" && gone.push(event.link.name));
  namespace.ip("link set v1 nomaster");
  await assertSameAsIp(links, namespace);
  assertEquals(gone, []);
  namespace.ip("link del br0");
  readAll(links);
  assertEquals(gone, ["br0"]);
});

netTest("Links: lost events are made up for, and the differences told", async (namespace) => {
  using links = Links.open({ eventBufferBytes: 4096 });
  const follower = new Follower(links);
  const adds = Array.from(
    { length: 300 },
    (_, i) => `addr add 10.0.${i >> 8}.${i & 255}/32 dev v0`,
  );
  namespace.batch([...adds, "link add br0 type bridge", "link set v1 name w1"]);
  await assertSameAsIp(links, namespace);
  follower.assertSameAs(links);
  assert(links.resyncCount >= 1);
  const before = links.resyncCount;
  const deletions = adds.map((command) => command.replace("add 10", "del 10")).slice(7);
  namespace.batch([...deletions, "link del br0", "link set w1 name v1"]);
  await assertSameAsIp(links, namespace);
  follower.assertSameAs(links);
  assert(links.resyncCount > before);
  assertEquals(links.refusedCount, 0);
});

netTest(
  "Links.changeAddresses: the table has it at once, and as our own, also if the events were lost",
  () => {
    using links = Links.open({ eventBufferBytes: 4096 });
    const index = indexOf(links, "v0");
    const own: string[] = [];
    links.subscribe((event) => line(event).endsWith("own") && own.push(line(event)));
    const texts = Array.from({ length: 64 }, (_, i) => `10.0.0.${i}/31`);
    links.changeAddresses(changesOf(index, ...texts.map((text) => `+${text}`)));
    assert(links.resyncCount >= 1);
    assertEquals(own.toSorted(), texts.map((text) => `+${index} ${text} own`).toSorted());
    const held = new Set(links.addressesOf(index).map((each) => `${each.ip}/${each.prefixLength}`));
    assert(texts.every((text) => held.has(text)));
  },
);

netTest("Links: what other processes send us is refused and counted", async (namespace) => {
  using links = Links.open();
  await assertSameAsIp(links, namespace);
  const told: string[] = [];
  links.subscribe((event) => told.push(line(event)));
  const index = indexOf(links, "v0");
  // RTM_DELLINK of v0; an NLMSG_ERROR that says EPERM to whatever is asked next.
  const gone = fromHex(
    `30000000 1100 0000 00000000 00000000 0000 0100 0${index}000000 00000000 ffffffff 07000300 76300000 08000400 dc050000`,
  );
  const refusals = Array.from({ length: 300 }, (_, sequence) => {
    const message = fromHex(
      "24000000 0200 0001 00000000 00000000 ffffffff 28000000 1400 0506 00000000 00000000",
    );
    new DataView(message.buffer).setUint32(8, sequence, true);
    return message;
  });
  const portIds = namespace.routeSocketPortIds();
  assertEquals(portIds.length, 2);
  for (const portId of portIds) {
    namespace.sendTo(portId, gone);
    for (const refusal of refusals.slice(0, 20)) namespace.sendTo(portId, refusal);
  }
  readAll(links);
  assertEquals(links.refusedCount, 21);
  assertEquals(links.changeAddresses(changesOf(index, "+192.0.2.1/32")), [{ errno: 0 }]);
  assertEquals(links.refusedCount, 42);
  assertEquals(told, [`+${index} 192.0.2.1/32 own`]);
  await assertSameAsIp(links, namespace);
});

netTest("Links: 5,000 addresses in batches of 16", async (namespace) => {
  using links = Links.open();
  const index = indexOf(links, "v0");
  let own = 0;
  links.subscribe((event) => "own" in event && event.own && own++);
  const total = 5000;
  for (const sign of ["+", "-"]) {
    for (let start = 0; start < total; start += 16) {
      const size = Math.min(16, total - start);
      const texts = Array.from({ length: size }, (_, i) => {
        const number = start + i;
        return `${sign}10.0.${number >> 8}.${number & 255}/32`;
      });
      const results = links.changeAddresses(changesOf(index, ...texts));
      assert(results.every(({ errno }) => errno === 0));
    }
    if (sign === "+") await assertSameAsIp(links, namespace);
  }
  assertEquals(own, 2 * total);
  assertEquals(links.addressesOf(index).filter(({ protocol }) => protocol === 18), []);
  assertEquals(links.resyncCount, 0);
});
