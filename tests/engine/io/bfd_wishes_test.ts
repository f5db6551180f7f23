/**
 * What a session keeps of its neighbour's words, and what it does not take from its packets.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { BfdEnd, SharedTime } from "./bfd_ends.ts";

function started() {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  end.start();
  time.runFor(0);
  return { time, end };
}

Deno.test("BfdIo RFC 5880 §6.8.18: while Down, the neighbour's wishes are kept for a Detection Time", () => {
  const { time, end } = started();
  // Down, we do not follow one that says Up; its Detection Time is three seconds.
  end.hear("up", {
    detectMult: 3,
    desiredMinTxIntervalUs: 1_000_000,
    requiredMinRxIntervalUs: 5_000_000,
  });
  const wish = () => end.io.conduct?.txIntervalUs;
  time.runFor(2_999);
  assertEquals([end.io.conduct?.speech.state, wish()], ["down", 5_000_000]);
  time.runFor(2);
  assertEquals([end.io.conduct?.speech.state, wish()], ["down", 1_000_000]);
});

Deno.test("BfdIo RFC 5881 §6: another source address of the neighbour is no destination", () => {
  const { time, end } = started();
  end.hear("init");
  end.hear("up", {}, { source: ip("192.0.2.99") });
  time.runFor(150);
  assertEquals(end.states.at(-1), "up 0");
  assertEquals(end.outside.senders.map(({ options }) => options.destination), ["192.0.2.2"]);
});
