/**
 * The namespace of the daemon: moves once, and never changed.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { NamespaceGate } from "../../../engine/commands/network_namespace.ts";
import type { LoadResult } from "../../../engine/config/load.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { load } from "../config/harness.ts";

const ENOENT = 2;

function gate(enterFailures = 0, bindFailures = 0) {
  const moves: string[] = [];
  const log: string[] = [];
  const left = { enter: enterFailures, bind: bindFailures };
  const move = (kind: keyof typeof left, text: string) => {
    if (left[kind]-- > 0) throw new SyscallError(text, ENOENT);
    moves.push(text);
  };
  const namespace = new NamespaceGate({ note: (_, text) => void log.push(text) }, {
    enter: (path) => move("enter", path),
    bind: (source, target) => {
      move("bind", `${source} on ${target}`);
      return { [Symbol.dispose]: () => void moves.push("back") };
    },
  });
  const pass = (text: string) => namespace.pass(load(text) as LoadResult).config !== undefined;
  return { pass, moves, log, end: () => namespace[Symbol.dispose]() };
}

Deno.test("NamespaceGate: the first configuration says where, and others must agree", () => {
  const { pass, moves, log } = gate();
  assertEquals(pass("nonsense"), false);
  assertEquals(pass("net_namespace blue"), true);
  assertEquals(pass("net_namespace blue"), true);
  assertEquals(pass("net_namespace red"), false);
  assertEquals(pass(""), false);
  assertEquals(moves, ["/run/netns/blue", "/run/keepalived/blue on /run/keepalived"]);
  assertEquals(log, [
    "In network namespace blue",
    "Cannot change net_namespace from blue to red: restart",
    "Cannot change net_namespace from blue to none: restart",
  ]);
});

Deno.test("NamespaceGate: without a word it stays where it is", () => {
  const { pass, moves, log } = gate();
  assertEquals([pass(""), pass("net_namespace blue")], [true, false]);
  assertEquals([moves, log], [[], ["Cannot change net_namespace from none to blue: restart"]]);
});

Deno.test("NamespaceGate: that of IPVS is not moves, and does not change either", () => {
  const { pass, moves, log } = gate();
  assertEquals([pass("net_namespace_ipvs blue"), pass("net_namespace_ipvs blue")], [true, true]);
  assertEquals([pass("net_namespace_ipvs"), pass("")], [false, false]);
  assertEquals([moves, log], [[], [
    "Cannot change net_namespace_ipvs from blue to that of init: restart",
    "Cannot change net_namespace_ipvs from blue to none: restart",
  ]]);
});

Deno.test("NamespaceGate: a namespace that is missing is an error, and may come", () => {
  const { pass, moves, log, end } = gate(1);
  assertEquals([pass("net_namespace blue"), pass("net_namespace blue")], [false, true]);
  end();
  assertEquals(moves, ["/run/netns/blue", "/run/keepalived/blue on /run/keepalived", "back"]);
  assertEquals(log.map((text) => text.split(":")[0]), [
    "Cannot enter network namespace blue",
    "In network namespace blue",
  ]);
});

Deno.test("NamespaceGate: where nothing can be mounted, files are where they are", () => {
  const { pass, log } = gate(0, 1);
  assertEquals(pass("net_namespace blue"), true);
  assertEquals(
    log[1]?.split(":")[0],
    "/run/keepalived/blue cannot be in the place of /run/keepalived",
  );
});
