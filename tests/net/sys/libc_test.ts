/**
 * Errors, strings and clocks.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ERRNO, errnoName } from "../../../net/sys/constants.ts";
import {
  addressOf,
  check,
  cString,
  describeErrno,
  errno,
  libc,
  monotonicMs,
  moreOfLibc,
  realtimeMs,
  SyscallError,
} from "../../../net/sys/libc.ts";

const { strerrorname_np } = moreOfLibc({
  // const char *strerrorname_np(int errnum): since glibc 2.32
  strerrorname_np: { parameters: ["i32"], result: "pointer", optional: true },
});

Deno.test({
  name: "errnoName: the whole table is glibc's",
  ignore: strerrorname_np === null, // glibc before 2.32 has no names to compare with.
  fn() {
    for (let number = 1; number <= 140; number++) {
      const name = strerrorname_np?.(number) ?? null;
      const expected = name === null ? `errno ${number}` : Deno.UnsafePointerView.getCString(name);
      // glibc prefers EDEADLOCK's and EWOULDBLOCK's other names, as we do.
      assertEquals(errnoName(number), expected);
    }
  },
});

Deno.test("ERRNO: each number has its own name", () => {
  for (const [name, number] of Object.entries(ERRNO)) assertEquals(errnoName(number), name);
});

Deno.test("check: throws the error of the call, with name, number and words", () => {
  const error = assertThrows(() => check("close", libc.close(-1)));
  assert(error instanceof SyscallError);
  assertEquals(error.message, "close: EBADF (Bad file descriptor)");
  assertEquals([error.syscall, error.errno, error.code], ["close", 9, "EBADF"]);
});

Deno.test("check: lets results through", () => {
  assertEquals(check("anything", 0), 0);
  assertEquals(check("anything", 77), 77);
});

Deno.test("errno: is that of the last call, many times over", () => {
  const path = cString("/no/such/file");
  const wrong: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    assertEquals(libc.close(-1), -1);
    if (errno() !== ERRNO.EBADF) wrong.push(errno());
    assertEquals(libc.open(path, 0, 0), -1);
    if (errno() !== ERRNO.ENOENT) wrong.push(errno());
  }
  // Other tests start programs, and when many end at once Deno's handler of SIGCHLD, which writes
  // to a full pipe (EAGAIN), may come between a call and this. The daemon has no such handler.
  assert(wrong.length <= 2 && wrong.every((each) => each === ERRNO.EAGAIN), String(wrong));
});

Deno.test("describeErrno: words of the C locale", () => {
  assertEquals(describeErrno(ERRNO.EPERM), "Operation not permitted");
  assertEquals(describeErrno(9_999), "Unknown error 9999");
});

Deno.test("cString: ends with NUL and refuses one inside, which would cut it", () => {
  assertEquals(cString("aä"), Uint8Array.of(0x61, 0xc3, 0xa4, 0));
  const error = assertThrows(() => cString("/etc/passwd\0.conf"));
  assert(error instanceof SyscallError);
  assertEquals(error.code, "EINVAL");
});

Deno.test("monotonicMs: never runs backwards, and keeps the pace of the runtime's clock", () => {
  const start = monotonicMs();
  const offset = performance.now() - start;
  let last = start;
  for (let i = 0; i < 10_000; i++) {
    const now = monotonicMs();
    assert(now >= last);
    last = now;
  }
  assert(last > start, "it has fractions of a millisecond");
  assert(Math.abs(performance.now() - monotonicMs() - offset) < 1_000);
});

Deno.test("realtimeMs: is the date", () => {
  assert(Math.abs(realtimeMs() - Date.now()) < 1_000);
});

Deno.test("addressOf: small arrays stay where they are over collections", () => {
  const arrays = Array.from({ length: 200 }, () => new Uint8Array(8));
  const addresses = arrays.map(addressOf);
  for (let i = 0; i < 50; i++) new Array<number>(100_000).fill(i);
  assertEquals(arrays.map(addressOf), addresses);
});
