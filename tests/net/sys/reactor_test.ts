/**
 * Waiting, in both ways.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../net/assert.ts";
import { Channel, socketPair } from "../../../net/sys/channel.ts";
import { libc, monotonicMs } from "../../../net/sys/libc.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { Flag } from "./flag.ts";
import { instanceOf } from "./instance_of.ts";

/** Waits in both ways; what holds for one must hold for the other. */
const ways: [name: string, wait: (r: Reactor, timeoutMs: number | undefined) => Promise<number>][] =
  [
    [
      "waitSync",
      (reactor, timeoutMs) => new Promise((resolve) => resolve(reactor.waitSync(timeoutMs))),
    ],
    ["waitAsync", (reactor, timeoutMs) => reactor.waitAsync(timeoutMs)],
  ];

for (const [name, wait] of ways) {
  Deno.test(`Reactor.${name}: runs the readers of those that are readable, and only those`, async () => {
    using reactor = new Reactor();
    using one = new Flag();
    using two = new Flag();
    using three = new Flag();
    const ran: string[] = [];
    for (const [label, flag] of Object.entries({ one, two, three })) {
      reactor.add(flag.fd, () => {
        ran.push(label);
        flag.lower();
        return false;
      });
    }
    three.raise();
    one.raise();
    assertEquals(await wait(reactor, undefined), 2);
    assertEquals(ran, ["three", "one"]); // In the order in which they became readable.
    assertEquals(await wait(reactor, 0), 0);
    assertEquals(ran.length, 2);
  });

  Deno.test(`Reactor.${name}: a timeout is not early, and runs nothing`, async () => {
    using reactor = new Reactor();
    using flag = new Flag();
    reactor.add(flag.fd, () => false);
    for (const timeoutMs of [0.01, 0.3, 1, 2.5, 11.7]) {
      const start = monotonicMs();
      assertEquals(await wait(reactor, timeoutMs), 0);
      assert(monotonicMs() - start >= timeoutMs, `${timeoutMs} ms was early`);
    }
  });

  Deno.test(`Reactor.${name}: an overdue timeout is not waited for`, async () => {
    using reactor = new Reactor();
    assertEquals(await wait(reactor, -5), 0);
    assertEquals(await wait(reactor, 0), 0);
  });

  Deno.test(`Reactor.${name}: a reader that may have more is run again, without waiting`, async () => {
    using reactor = new Reactor();
    using flag = new Flag(1);
    let left = 3;
    reactor.add(flag.fd, () => {
      flag.lower();
      return --left > 0;
    });
    for (let i = 0; i < 3; i++) assertEquals(await wait(reactor, undefined), 1);
    assertEquals([left, await wait(reactor, 0)], [0, 0]);
  });

  Deno.test(`Reactor.${name}: one that a reader removes is not run any more`, async () => {
    using reactor = new Reactor();
    using one = new Flag(1);
    using two = new Flag(1);
    const ran: string[] = [];
    reactor.add(one.fd, () => {
      ran.push("one");
      reactor.remove(two.fd);
      one.lower();
      return false;
    });
    reactor.add(two.fd, () => {
      ran.push("two");
      return false;
    });
    assertEquals(await wait(reactor, 0), 1);
    assertEquals(ran, ["one"]);
  });

  Deno.test(`Reactor.${name}, keepalived #2726: a new descriptor with an old number gets no old event`, async () => {
    using reactor = new Reactor();
    using one = new Flag(1);
    const two = new Flag(1);
    let fresh: Flag | undefined;
    let freshRan = 0;
    const number = two.fd;
    reactor.add(one.fd, () => {
      one.lower();
      reactor.remove(number);
      two[Symbol.dispose]();
      fresh = new Flag(); // Not readable.
      reactor.add(fresh.fd, () => {
        freshRan++;
        return false;
      });
      return false;
    });
    reactor.add(number, () => {
      throw new Error("it was removed");
    });
    assertEquals(await wait(reactor, 0), 1);
    // The kernel gives the lowest free number, unless a thread of another test took it meanwhile.
    if (fresh?.fd !== number) return;
    assertEquals([freshRan, await wait(reactor, 0)], [0, 0]);
    fresh?.raise();
    assertEquals([await wait(reactor, 0), freshRan], [1, 1]);
    fresh?.[Symbol.dispose]();
  });

  Deno.test(`Reactor.${name}: wake ends the wait, also one that has not begun`, async () => {
    using reactor = new Reactor();
    reactor.wake();
    reactor.wake();
    assertEquals(await wait(reactor, undefined), 0);
    const start = monotonicMs();
    await wait(reactor, 1); // It was taken, and is not there a second time.
    assert(monotonicMs() - start >= 1);
  });

  Deno.test(`Reactor.${name}: onWake comes before the readers, also after a timeout`, async () => {
    using reactor = new Reactor();
    using flag = new Flag(1);
    const ran: string[] = [];
    reactor.onWake = () => ran.push("woke");
    reactor.add(flag.fd, () => {
      ran.push("read");
      flag.lower();
      return false;
    });
    await wait(reactor, 1);
    await wait(reactor, 1);
    assertEquals(ran, ["woke", "read", "woke"]);
  });

  Deno.test(`Reactor.${name}: what a throwing reader left is run by the next wait`, async () => {
    using reactor = new Reactor();
    using one = new Flag(1);
    using two = new Flag(1);
    let isBroken = true;
    let ran = 0;
    reactor.add(one.fd, () => {
      if (isBroken) throw new Error("broken");
      one.lower();
      return false;
    });
    reactor.add(two.fd, () => {
      ran++;
      two.lower();
      return false;
    });
    const error = await wait(reactor, 0).then(
      () => undefined,
      (error: Error) => error.message,
    );
    assertEquals(error, "broken");
    isBroken = false;
    assertEquals([await wait(reactor, 0), ran], [2, 1]);
  });
}

Deno.test("Reactor.waitAsync: other asynchronous work goes on meanwhile", async () => {
  using reactor = new Reactor();
  const order: string[] = [];
  const timer = new Promise<void>((resolve) =>
    setTimeout(() => {
      order.push("timer");
      reactor.wake();
      resolve();
    }, 5)
  );
  await reactor.waitAsync(undefined);
  order.push("woken");
  await timer;
  assertEquals(order, ["timer", "woken"]);
});

Deno.test("Reactor.waitAsync: something readable ends it before its deadline", async () => {
  using reactor = new Reactor();
  using flag = new Flag();
  reactor.add(flag.fd, () => {
    flag.lower();
    return false;
  });
  setTimeout(() => flag.raise(), 3);
  assertEquals(await reactor.waitAsync(60_000), 1);
  // The deadline of the wait before does not end the next one.
  setTimeout(() => flag.raise(), 3);
  assertEquals(await reactor.waitAsync(undefined), 1);
});

Deno.test("Reactor.waitAsync: one wait at a time; closing ends a pending one", async () => {
  const reactor = new Reactor();
  const pending = reactor.waitAsync(undefined);
  instanceOf(AssertionError, assertThrows(() => reactor.waitSync(0)));
  reactor[Symbol.dispose]();
  assertEquals(await pending, 0);
  instanceOf(AssertionError, assertThrows(() => reactor[Symbol.dispose]()));
});

Deno.test("Reactor.waitAsync: a drain during a pending wait does not disturb it", async () => {
  using reactor = new Reactor();
  using one = new Flag();
  using two = new Flag();
  const ran: string[] = [];
  for (const [label, flag] of Object.entries({ one, two })) {
    reactor.add(flag.fd, () => {
      ran.push(label);
      flag.lower();
      return false;
    });
  }
  const pending = reactor.waitAsync(undefined);
  one.raise();
  reactor.drain(10);
  assertEquals(ran, ["one"]);
  two.raise();
  await pending; // Ended by one of the two; an old event of the first does not matter.
  reactor.drain(10);
  assertEquals(ran.filter((label) => label === "two"), ["two"]);
});

Deno.test("Reactor.waitAsync: an event that came before its descriptor was replaced is ignored", async () => {
  using reactor = new Reactor();
  const old = new Flag();
  const number = old.fd;
  reactor.add(number, () => {
    throw new Error("it was removed");
  });
  const pending = reactor.waitAsync(undefined);
  // While this thread is busy, the other one takes the event.
  old.raise();
  for (const end = monotonicMs() + 50; monotonicMs() < end;);
  reactor.remove(number);
  old[Symbol.dispose]();
  using fresh = new Flag();
  if (fresh.fd !== number) return; // A thread of another test took it meanwhile.
  let ran = 0;
  reactor.add(number, () => {
    ran++;
    return false;
  });
  reactor.wake(); // If it had not taken it.
  assertEquals([await pending, ran], [0, 0]);
});

Deno.test("Reactor.drain: reads until nothing is left", () => {
  using reactor = new Reactor();
  using flag = new Flag(1);
  let left = 5;
  reactor.add(flag.fd, () => {
    if (--left > 0) return left % 2 === 0; // Also where only the kernel knows that there is more.
    flag.lower();
    return false;
  });
  reactor.drain(100);
  assertEquals([left, reactor.waitSync(0)], [0, 0]);
});

Deno.test("Reactor.drain: stops at its budget", () => {
  using reactor = new Reactor();
  using flag = new Flag(1);
  let ran = 0;
  reactor.add(flag.fd, () => {
    ran++;
    return true; // A flood.
  });
  reactor.drain(7);
  assertEquals(ran, 7);
  reactor.drain(0);
  assertEquals(ran, 7);
});

Deno.test("Reactor.drain: something runs after each round, and can end it", () => {
  using reactor = new Reactor();
  using flag = new Flag(1);
  const ran: string[] = [];
  reactor.add(flag.fd, () => {
    ran.push("read");
    return true; // A flood.
  });
  reactor.drain(100, () => {
    ran.push("between");
    return ran.length === 4;
  });
  assertEquals(ran, ["read", "between", "read", "between"]);
});

Deno.test("Reactor.drain: more than one wait can tell of, at once", () => {
  using reactor = new Reactor();
  using flags = new DisposableStack();
  let ran = 0;
  for (let i = 0; i < 150; i++) {
    const flag = flags.use(new Flag(1));
    reactor.add(flag.fd, () => {
      ran++;
      flag.lower();
      return false;
    });
  }
  reactor.drain(1_000);
  assertEquals(ran, 150);
});

Deno.test("Reactor.remove: unknown and closed descriptors are ignored", () => {
  using reactor = new Reactor();
  reactor.remove(9_999);
  const flag = new Flag(1);
  reactor.add(flag.fd, () => {
    throw new Error("closed");
  });
  const number = flag.fd;
  flag[Symbol.dispose]();
  reactor.remove(number);
  assertEquals(reactor.waitSync(0), 0);
});

Deno.test("Reactor.add: twice is a bug; what cannot be waited for is an error", () => {
  using reactor = new Reactor();
  using flag = new Flag();
  reactor.add(flag.fd, () => false);
  instanceOf(AssertionError, assertThrows(() => reactor.add(flag.fd, () => false)));
  assertThrows(() => reactor.add(9_999, () => false));
});

Deno.test("Reactor: the end of the other side is readable", () => {
  using reactor = new Reactor();
  const [near, far] = socketPair();
  using channel = new Channel(near, 1_000);
  let state = "";
  reactor.add(channel.fd, () => {
    state = channel.receive(() => {});
    reactor.remove(channel.fd);
    return false;
  });
  libc.close(far);
  assertEquals([reactor.waitSync(1_000), state], [1, "closed"]);
});

Deno.test("Reactor.setWriter: runs while there is room, until it is taken away", () => {
  using reactor = new Reactor();
  const [near, far] = socketPair();
  using nearEnd = new Channel(near, 10_000_000);
  using farEnd = new Channel(far, 1_000);
  let writable = 0;
  reactor.add(nearEnd.fd, () => false);
  assertEquals(reactor.waitSync(0), 0);
  nearEnd.send("x".repeat(5_000_000));
  nearEnd.flush();
  reactor.setWriter(nearEnd.fd, () => {
    writable++;
    if (nearEnd.flush()) reactor.setWriter(nearEnd.fd, undefined);
  });
  const full = reactor.waitSync(0);
  assertEquals([full, writable], [0, 0]);
  const heard: number[] = [];
  for (let i = 0; i < 10_000 && heard.length === 0; i++) {
    farEnd.receive((text) => heard.push(text.length));
    reactor.waitSync(0);
  }
  assertEquals(heard, [5_000_000]);
  assert(writable > 0);
  writable = 0;
  reactor.waitSync(0);
  assertEquals(writable, 0);
  instanceOf(AssertionError, assertThrows(() => reactor.setWriter(9_999, undefined)));
});
