/**
 * Descriptors that close themselves.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../net/assert.ts";
import { ERRNO } from "../../../net/sys/constants.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { check, errno, libc } from "../../../net/sys/libc.ts";
import { instanceOf } from "./instance_of.ts";

function open(): number {
  return check("eventfd", libc.eventfd(0, 0));
}

Deno.test("Fd: closes its descriptor at the end of its block", () => {
  const number = open();
  {
    using fd = new Fd(number);
    assertEquals(fd.number, number);
  }
  assertEquals(libc.close(number), -1);
  assertEquals(errno(), ERRNO.EBADF);
});

Deno.test("Fd: closing twice, using after the end and negative numbers are bugs", () => {
  const fd = new Fd(open());
  fd[Symbol.dispose]();
  instanceOf(AssertionError, assertThrows(() => fd[Symbol.dispose]()));
  instanceOf(AssertionError, assertThrows(() => fd.number));
  instanceOf(AssertionError, assertThrows(() => new Fd(-1)));
});
