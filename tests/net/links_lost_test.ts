/**
 * What the real kernel does too seldom to wait for: lost, cut and disturbed answers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Links } from "../../net/links.ts";
import { list } from "../../net/listing.ts";
import { MessageWriter } from "../../net/netlink/message.ts";
import { RTM_DELADDR, RTM_NEWADDR, writeAddressAdd } from "../../net/netlink/rtnetlink_address.ts";
import { RTM_NEWLINK, writeLinkDump } from "../../net/netlink/rtnetlink_link.ts";
import { NetlinkClient } from "../../net/netlink_client.ts";
import { ip } from "../../net/address.ts";
import {
  acknowledgement,
  datagram,
  done,
  type Incoming,
  type Request,
  ScriptedSocket,
} from "./scripted_socket.ts";
import { line } from "./table_rows.ts";

const RTM_GETLINK = 18;
const DUMP_INTR = 0x10;

/** News of an Ethernet link `a` that is up: ifinfomsg, IFLA_IFNAME, IFLA_MTU. */
function linkNews(index: number, { sequence = 0, flags = 0 } = {}): Uint8Array<ArrayBuffer> {
  const name = 0x61 + index - 1;
  return datagram(RTM_NEWLINK, { sequence, flags }, [
    0x10000,
    index,
    0x1043,
    0,
    0x30006,
    name,
    0x40008,
    1500,
  ]);
}

/** News of an address: the request to add it has the same form. */
function addressNews(index: number, text: string): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter();
  writeAddressAdd(writer, { interfaceIndex: index, ip: ip(text), prefixLength: 32 });
  const bytes = writer.written().slice();
  new DataView(bytes.buffer).setUint16(4, RTM_NEWADDR, true);
  return bytes;
}

/** A kernel that lists these links, and acknowledges everything else. */
function listing(links: () => readonly number[]): (requests: readonly Request[]) => Incoming[] {
  return (requests) =>
    requests.flatMap(({ type, flags, sequence }) => {
      if ((flags & 0x300) !== 0x300) return [acknowledgement(sequence)];
      const news = type === RTM_GETLINK
        ? links().map((index) => linkNews(index, { sequence }))
        : [];
      return [...news, done(sequence)];
    });
}

/** Links over scripts, and what they tell. */
function scripted(links: () => readonly number[], withRoutes = false) {
  const requests = new ScriptedSocket(listing(links));
  const events = new ScriptedSocket();
  const table = new Links(requests, events, withRoutes);
  const told: string[] = [];
  table.subscribe((event) => told.push(line(event)));
  return { requests, events, table, told };
}

// deno-fmt-ignore
const losses: [name: string, what: Incoming, refusedCount: number][] = [
  ["the buffer overflowed (ENOBUFS)",   105,                           0],
  ["NLMSG_OVERRUN",                     datagram(4, {}),               0],
  ["an event was cut off",              linkNews(7).subarray(0, 40),   1],
];
for (const [name, what, refusedCount] of losses) {
  Deno.test(`Links.readEvents lists again when ${name}`, () => {
    const { events, table, told } = scripted(() => [1, 2]);
    events.inbox.push(linkNews(1), what, linkNews(3));
    while (table.readEvents());
    // What was queued counts as older than the listing, which has no link 3.
    assertEquals(told, ["+1 a", "+3 c", "-3 c", "+2 b"]);
    assertEquals([table.resyncCount, table.refusedCount], [1, refusedCount]);
    events.inbox.push(linkNews(3));
    while (table.readEvents());
    assertEquals([told.at(-1), table.resyncCount], ["+3 c", 1]);
  });
}

Deno.test("Links.readEvents: a listing that fails is made up for with the next events", () => {
  let works = false;
  const kernel = listing(() => [1]);
  const requests = new ScriptedSocket((all) =>
    works ? kernel(all) : all.map(({ sequence }) => done(sequence, 12))
  );
  const events = new ScriptedSocket();
  const table = new Links(requests, events, false);
  events.inbox.push(105);
  while (table.readEvents());
  assertEquals([...table.links()], []);
  const attempts = requests.sent.length;
  works = true;
  events.inbox.push(linkNews(2));
  while (table.readEvents());
  assertEquals([...table.links()].map(({ index }) => index), [1]);
  assertEquals([attempts, table.resyncCount], [3, 2]);
});

Deno.test("Links.readEvents: a message that makes no sense is counted, the rest goes on", () => {
  const { events, table, told } = scripted(() => []);
  events.inbox.push(datagram(RTM_NEWLINK, {}, [0]), addressNews(2, "192.0.2.1"), linkNews(2));
  while (table.readEvents());
  assertEquals(told, ["+2 192.0.2.1/32", "+2 b"]);
  assertEquals([table.resyncCount, table.refusedCount], [0, 1]);
});

Deno.test("Links.readEvents: others get their turn", () => {
  const { events, table, told } = scripted(() => []);
  for (let i = 0; i < 100; i++) events.inbox.push(addressNews(2, `192.0.2.${i}`));
  assertEquals([table.readEvents(), told.length < 100], [true, true]);
  while (table.readEvents());
  assertEquals(told.length, 100);
});

Deno.test("Links: routes are listed again only when no events wait", () => {
  const { events, requests, table } = scripted(() => [1, 2, 3], true);
  const down = (index: number) => {
    const bytes = linkNews(index);
    new DataView(bytes.buffer).setUint32(24, 0x1002, true);
    return bytes;
  };
  for (const index of [1, 2, 3]) events.inbox.push(linkNews(index));
  for (let i = 0; i < 20; i++) events.inbox.push(down(1 + i % 3), linkNews(1 + i % 3));
  while (table.readEvents());
  assertEquals(requests.sent.filter(({ type }) => type === 26).length, 2); // Both families, once.
  assertEquals(requests.sent.map(({ type }) => type), [RTM_GETLINK, 26, 26]);
});

Deno.test("Links.changeAddresses: without an answer it is no success", () => {
  const requests = new ScriptedSocket();
  const table = new Links(requests, new ScriptedSocket(), false);
  const results = table.changeAddresses([
    { operation: "add", interfaceIndex: 2, ip: ip("192.0.2.1"), prefixLength: 32 },
  ]);
  assertEquals(results.map(({ errno }) => errno), [105]);
});

Deno.test("Links.changeAddresses: what is not done is not our own", () => {
  const events = new ScriptedSocket();
  const requests = new ScriptedSocket((all) => {
    // Somebody else was faster with both.
    events.inbox.push(addressNews(2, "192.0.2.1"));
    return all.map(({ sequence }) => acknowledgement(sequence, 17));
  });
  const table = new Links(requests, events, false);
  const told: string[] = [];
  table.subscribe((event) => told.push(line(event)));
  table.changeAddresses([
    { operation: "add", interfaceIndex: 2, ip: ip("192.0.2.1"), prefixLength: 32 },
  ]);
  assertEquals(told, ["+2 192.0.2.1/32"]);
});

Deno.test("Links.changeAddresses: lists again if a host address of ours went meanwhile", () => {
  for (const isThere of [true, false]) {
    const events = new ScriptedSocket();
    const requests = new ScriptedSocket((all) =>
      all.flatMap(({ type, flags, sequence }) => {
        if ((flags & 0x300) !== 0x300) {
          const deletion = addressNews(2, "192.0.2.1");
          new DataView(deletion.buffer).setUint16(4, RTM_DELADDR, true);
          events.inbox.push(deletion);
          return [acknowledgement(sequence)];
        }
        if (type === RTM_GETLINK) return [linkNews(2, { sequence }), done(sequence)];
        const listed = addressNews(2, "192.0.2.1");
        new DataView(listed.buffer).setUint32(8, sequence, true);
        return [...isThere ? [listed] : [], done(sequence)];
      })
    );
    const table = new Links(requests, events, false, false);
    events.inbox.push(linkNews(2));
    while (table.readEvents());
    table.changeAddresses([
      { operation: "add", interfaceIndex: 2, ip: ip("192.0.2.1"), prefixLength: 32 },
    ]);
    assertEquals([table.resyncCount, table.addressesOf(2).length], [1, isThere ? 1 : 0]);
  }
});

Deno.test("Links: closes both sockets", () => {
  const [requests, events] = [new ScriptedSocket(), new ScriptedSocket()];
  {
    using _links = new Links(requests, events, false);
  }
  assertEquals([requests.disposed, events.disposed], [true, true]);
});

Deno.test("list: a disturbed listing is repeated, and the attempts are put together", () => {
  let attempt = 0;
  const client = new NetlinkClient(
    new ScriptedSocket(([request]) => {
      const sequence = request?.sequence ?? 0;
      attempt++;
      const flags = attempt < 3 ? DUMP_INTR : 0;
      return [linkNews(attempt, { sequence, flags }), done(sequence)];
    }),
  );
  const { errno, news } = list(client, [writeLinkDump]);
  assertEquals(errno, 0);
  assertEquals(news.map((item) => item.type === "link" && item.link.index), [1, 2, 3]);
});

Deno.test("list: a listing that is always disturbed ends", () => {
  const socket = new ScriptedSocket(([request]) => [done(request?.sequence ?? 0, 0, DUMP_INTR)]);
  assertEquals(list(new NetlinkClient(socket), [writeLinkDump]).errno, 0);
  assertEquals(socket.sent.length, 5);
});

Deno.test("list: one that fails makes all fail; malformed messages are counted", () => {
  const socket = new ScriptedSocket(([request]) => {
    const sequence = request?.sequence ?? 0;
    return [
      linkNews(1, { sequence }),
      datagram(RTM_NEWLINK, { sequence }, [0]),
      done(sequence, sequence === 2 ? 16 : 0),
    ];
  });
  const result = list(new NetlinkClient(socket), [writeLinkDump, writeLinkDump, writeLinkDump]);
  assertEquals(result, { errno: 16, news: [], refusedCount: 2 });
  assertEquals(socket.sent.length, 2);
});
