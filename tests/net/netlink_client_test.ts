/**
 * Conversations with a scripted kernel.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { MessageWriter, NetlinkMessage } from "../../net/netlink/message.ts";
import { NetlinkClient, type Outcome } from "../../net/netlink_client.ts";
import {
  acknowledgement,
  datagram,
  done,
  type Incoming,
  ScriptedSocket,
  together,
} from "./scripted_socket.ts";

const NEWS = 16;
const DUMP_INTR = 0x10;
const UNANSWERED: Outcome = { errno: 105, message: "no answer" };

/** Writes so many requests. */
function requests(count: number): (writer: MessageWriter) => void {
  return (writer) => {
    for (let i = 0; i < count; i++) {
      writer.begin(20, 5);
      writer.finish();
    }
  };
}

// The sequence numbers of a first batch are 1, 2, 3.
// deno-fmt-ignore
const rows: [name: string, count: number, answers: Incoming[], outcomes: Outcome[], heardCount?: number, refusedCount?: number][] = [
  ["each request its acknowledgement",             3, [acknowledgement(1), acknowledgement(2, 17), acknowledgement(3)], [{ errno: 0 }, { errno: 17 }, { errno: 0 }]],
  ["acknowledgements in one datagram",             2, [together(acknowledgement(1, 1), acknowledgement(2))], [{ errno: 1 }, { errno: 0 }]],
  ["only refusals and the last are answered",      3, [acknowledgement(2, 99), acknowledgement(3)],          [{ errno: 0 }, { errno: 99 }, { errno: 0 }]],
  ["a refusal, then nothing",                      3, [acknowledgement(2, 99)],                              [UNANSWERED, { errno: 99 }, UNANSWERED]],
  ["one acknowledged twice",                       2, [acknowledgement(1), acknowledgement(1), acknowledgement(2, 3)], [{ errno: 0 }, { errno: 3 }]],
  ["a dump in many parts",                         1, [together(datagram(NEWS, { sequence: 1 }), datagram(NEWS, { sequence: 1 })), datagram(NEWS, { sequence: 1 }), done(1)], [{ errno: 0 }], 3],
  ["a dump that failed",                           1, [done(1, 16)],                                         [{ errno: 16 }]],
  ["a dump refused at once",                       1, [acknowledgement(1, 95)],                              [{ errno: 95 }]],
  ["a disturbed dump, said in the middle",         1, [datagram(NEWS, { sequence: 1, flags: DUMP_INTR }), done(1)], [{ errno: 0, interrupted: true }], 1],
  ["a disturbed dump, said at the end",            1, [done(1, 0, DUMP_INTR)],                               [{ errno: 0, interrupted: true }]],
  ["answers to an earlier conversation",           1, [acknowledgement(0, 1), acknowledgement(7, 1), datagram(NEWS, { sequence: 7 }), acknowledgement(1)], [{ errno: 0 }]],
  ["no answer",                                    2, [acknowledgement(1)],                                  [{ errno: 0 }, UNANSWERED]],
  ["an answer was lost",                           3, [acknowledgement(1), 105, acknowledgement(3)],         [{ errno: 0 }, UNANSWERED, { errno: 0 }]],
  ["netlink's other messages",                     1, [datagram(1, { sequence: 1 }), datagram(4, { sequence: 1 }), acknowledgement(1)], [{ errno: 0 }]],
  ["an acknowledgement cut off",                   1, [datagram(2, { sequence: 1 }, [0])],                    [UNANSWERED], 0, 1],
  ["a datagram cut off",                           1, [acknowledgement(1).subarray(0, 30), acknowledgement(1)], [{ errno: 0 }], 0, 1],
];
for (const [name, count, answers, outcomes, heardCount = 0, refusedCount = 0] of rows) {
  Deno.test(`NetlinkClient.transact: ${name}`, () => {
    const client = new NetlinkClient(new ScriptedSocket(() => answers));
    const heard: NetlinkMessage[] = [];
    assertEquals(client.transact(requests(count), (message) => heard.push(message)), outcomes);
    assertEquals([heard.length, client.refusedCount], [heardCount, refusedCount]);
  });
}

Deno.test("NetlinkClient.transact: gives up when receiving fails for ever", () => {
  const socket = new ScriptedSocket(() => Array(1000).fill(105));
  assertEquals(new NetlinkClient(socket).transact(requests(1)), [UNANSWERED]);
  assert(socket.inbox.length > 900);
});

Deno.test("NetlinkClient.transact: what could not be sent has the reason", () => {
  const socket = new ScriptedSocket();
  socket.sendErrno = 1;
  const client = new NetlinkClient(socket);
  assertEquals(client.transact(requests(2)), [{ errno: 1 }, { errno: 1 }]);
});

Deno.test("NetlinkClient.transact: one after the other, and answers find their requests", () => {
  const socket = new ScriptedSocket((all) =>
    all.map(({ sequence }) => acknowledgement(sequence, sequence))
  );
  const client = new NetlinkClient(socket);
  assertEquals(client.transact(requests(2)).map(({ errno }) => errno), [1, 2]);
  assertEquals(client.transact(requests(1)).map(({ errno }) => errno), [3]);
  assertEquals(socket.sent.length, 3);
});

Deno.test("NetlinkClient: closes its socket", () => {
  const socket = new ScriptedSocket();
  {
    using _client = new NetlinkClient(socket);
  }
  assert(socket.disposed);
});
