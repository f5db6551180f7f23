/**
 * Descriptors that wake nobody.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Reactor } from "../../../net/sys/reactor.ts";
import { Flag } from "./flag.ts";

Deno.test("Reactor.setResting: wakes nobody, nor is it drained; until it rests no more", () => {
  using reactor = new Reactor();
  using flag = new Flag();
  let ran = 0;
  reactor.add(flag.fd, () => {
    ran++;
    flag.lower();
    return false;
  });
  reactor.setResting(flag.fd, true);
  flag.raise();
  assertEquals([reactor.waitSync(0), ran], [0, 0]);
  reactor.drain(64);
  assertEquals(ran, 0);
  reactor.setResting(flag.fd, false);
  assertEquals([reactor.waitSync(undefined), ran], [1, 1]);
});

Deno.test("Reactor.setResting: one that was removed is forgotten", () => {
  using reactor = new Reactor();
  using flag = new Flag(1);
  reactor.add(flag.fd, () => {
    throw new Error("It was removed");
  });
  reactor.setResting(flag.fd, true);
  reactor.remove(flag.fd);
  reactor.drain(64);
});
