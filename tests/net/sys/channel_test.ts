/**
 * Texts between two processes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Channel, socketPair } from "../../../net/sys/channel.ts";
import { SOCK } from "../../../net/sys/constants.ts";
import { check, libc } from "../../../net/sys/libc.ts";

const QUEUE_BYTES_MAX = 1_000_000;

/** Two ends of one connection; the second may be disposed of early. */
class Pair implements Disposable {
  readonly near: Channel;
  readonly far: Channel;
  #farIsOpen = true;

  constructor(queueBytesMax = QUEUE_BYTES_MAX) {
    const [near, far] = socketPair();
    this.near = new Channel(near, queueBytesMax);
    this.far = new Channel(far, queueBytesMax);
  }

  /** Everything that has come to the far end. */
  heard(): string[] {
    const texts: string[] = [];
    assertEquals(this.far.receive((text) => texts.push(text)), "open");
    return texts;
  }

  closeFar(): void {
    this.#farIsOpen = false;
    this.far[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.near[Symbol.dispose]();
    if (this.#farIsOpen) this.closeFar();
  }
}

Deno.test("Channel: texts arrive whole and in order", () => {
  using pair = new Pair();
  for (const text of ["one", "", "zwei €", "\uFEFFthree", "\0"]) pair.near.send(text);
  assertEquals(pair.near.flush(), true);
  assertEquals(pair.near.queuedBytes, 0);
  assertEquals(pair.heard(), ["one", "", "zwei €", "\uFEFFthree", "\0"]);
  assertEquals(pair.heard(), []);
});

Deno.test("Channel: any texts, of any length, in both directions", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    // Around the size of a part, with characters of several octets across its end.
    fc.tuple(fc.integer({ min: 32_760, max: 32_772 }), fc.constantFrom("a", "ä", "€", "😀"))
      .map(([count, character]) => character.repeat(count)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
      using pair = new Pair();
      const heard: string[] = [];
      const answers: string[] = [];
      for (const each of texts) assertEquals(pair.near.send(each), true);
      while (!pair.near.flush()) heard.push(...pair.heard());
      heard.push(...pair.heard());
      for (const each of heard) pair.far.send(each);
      while (!pair.far.flush()) pair.near.receive((each) => answers.push(each));
      pair.near.receive((each) => answers.push(each));
      assertEquals(heard, texts);
      assertEquals(answers, texts);
    }),
    { numRuns: 60 },
  );
});

Deno.test("Channel: a text longer than the kernel's buffer follows as the other side reads", () => {
  using pair = new Pair(16 * 1_024 * 1_024);
  const text = "0123456789".repeat(1_000_000);
  assertEquals(pair.near.send(text), true);
  assertEquals(pair.near.flush(), false);
  const heard: string[] = [];
  for (let round = 0; round < 10_000 && heard.length === 0; round++) {
    heard.push(...pair.heard());
    pair.near.flush();
  }
  assertEquals(heard.length, 1);
  assertEquals(heard[0] === text, true);
  assertEquals([pair.near.flush(), pair.near.queuedBytes], [true, 0]);
});

Deno.test("Channel.send: beyond the bound whole texts are dropped and counted, never parts", () => {
  using pair = new Pair(100_000);
  const texts = Array.from({ length: 400 }, (_, i) => `${i}`.padStart(40_000, "."));
  const taken = texts.filter((text) => {
    const isTaken = pair.near.send(text);
    pair.near.flush();
    return isTaken;
  });
  assertEquals(taken.length < texts.length, true);
  assertEquals(pair.near.droppedCount, texts.length - taken.length);
  const heard: string[] = [];
  do heard.push(...pair.heard()); while (!pair.near.flush());
  heard.push(...pair.heard());
  assertEquals(heard, taken);
  // There is room again.
  assertEquals(pair.near.send("after"), true);
  pair.near.flush();
  assertEquals(pair.heard(), ["after"]);
});

Deno.test("Channel.send: a text that can never fit is dropped", () => {
  using pair = new Pair(1_000);
  assertEquals(pair.near.send("x".repeat(2_000)), false);
  assertEquals([pair.near.droppedCount, pair.near.queuedBytes], [1, 0]);
});

Deno.test("Channel.receive: says when the other side is gone, after what it said last", () => {
  using pair = new Pair();
  pair.far.send("last words");
  pair.far.flush();
  pair.closeFar();
  const texts: string[] = [];
  assertEquals(pair.near.receive((text) => texts.push(text)), "closed");
  assertEquals(texts, ["last words"]);
});

Deno.test("Channel.receive: unread texts of ours do not hide that the other side is gone", () => {
  using pair = new Pair();
  pair.near.send("never read");
  pair.near.flush();
  pair.closeFar(); // With something unread: the kernel says ECONNRESET.
  assertEquals(pair.near.receive(() => {}), "closed");
});

Deno.test("Channel.flush: to a side that is gone does not kill us, and waits for nobody", () => {
  using pair = new Pair();
  pair.closeFar();
  pair.near.send("anybody?");
  assertEquals([pair.near.flush(), pair.near.queuedBytes], [true, 0]);
});

Deno.test("Channel.receive: the callback may close the channel", () => {
  using pair = new Pair();
  for (const text of ["one", "two"]) pair.near.send(text);
  pair.near.flush();
  const heard: string[] = [];
  pair.far.receive((text) => {
    heard.push(text);
    pair.closeFar();
  });
  assertEquals(heard, ["one"]);
});

Deno.test("Channel.receive: one call is bounded, so that a flood does not hold up the rest", () => {
  // A stream of tiny texts by hand: the queue of the channel would keep their number small.
  using pair = new Pair();
  let heardCount = 0;
  let calls = 0;
  pair.near.send("x");
  pair.near.flush();
  pair.far.receive(() => {
    heardCount++;
    if (heardCount > 5_000) return;
    pair.near.send("x"); // As soon as one is read, the next one is there.
    pair.near.flush();
    calls++;
  });
  assertEquals(heardCount <= 1_024, true);
  assertEquals(calls, heardCount);
});

Deno.test("socketPair: what is sent are datagrams, and a child does not inherit them", () => {
  const [near, far] = socketPair();
  using _near = new Channel(near, 1);
  using _far = new Channel(far, 1);
  const flags = Deno.readTextFileSync(`/proc/self/fdinfo/${near}`);
  const octal = Number.parseInt(flags.match(/^flags:\s*(\d+)/m)?.[1] ?? "0", 8);
  assertEquals((octal & SOCK.CLOEXEC) !== 0, true);
  assertEquals((octal & SOCK.NONBLOCK) !== 0, true);
  const one = new Uint8Array([1, 2, 3]);
  check("send", libc.send(near, one, 3, 0));
  check("send", libc.send(near, one, 1, 0));
  const buffer = new Uint8Array(10);
  assertEquals(libc.recv(far, buffer, 10, 0), 3);
  assertEquals(libc.recv(far, buffer, 10, 0), 1);
});
