/**
 * The namespace of the daemon: entered once, and never changed.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { NamespaceGate } from "../../../engine/commands/network_namespace.ts";
import type { LoadResult } from "../../../engine/config/load.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { load } from "../config/harness.ts";

const ENOENT = 2;

function gate(given?: string, failures = 0) {
  const entered: string[] = [];
  const log: string[] = [];
  let left = failures;
  const namespace = new NamespaceGate(given, { note: (_, text) => void log.push(text) }, (path) => {
    if (left-- > 0) throw new SyscallError(`open ${path}`, ENOENT);
    entered.push(path);
  });
  const pass = (text: string) => namespace.pass(load(text) as LoadResult).config !== undefined;
  return { pass, entered, log };
}

Deno.test("NamespaceGate: the first configuration says where, and others must agree", () => {
  const { pass, entered, log } = gate();
  assertEquals(pass("nonsense"), false);
  assertEquals(pass("net_namespace blue"), true);
  assertEquals(pass("net_namespace blue"), true);
  assertEquals(pass("net_namespace red"), false);
  assertEquals(pass(""), false);
  assertEquals(entered, ["/run/netns/blue"]);
  assertEquals(log, [
    "In network namespace blue",
    "Cannot change net_namespace from blue to red: restart",
    "Cannot change net_namespace from blue to none: restart",
  ]);
});

Deno.test("NamespaceGate: without a word it stays where it is", () => {
  const { pass, entered, log } = gate();
  assertEquals([pass(""), pass("net_namespace blue")], [true, false]);
  assertEquals([entered, log], [[], ["Cannot change net_namespace from none to blue: restart"]]);
});

Deno.test("NamespaceGate: the command line is stronger", () => {
  const { pass, entered } = gate("green");
  assertEquals([pass("net_namespace blue"), pass("")], [true, true]);
  assertEquals(entered, ["/run/netns/green"]);
});

Deno.test("NamespaceGate: a namespace that is missing is an error, and may come", () => {
  const { pass, entered, log } = gate(undefined, 1);
  assertEquals([pass("net_namespace blue"), pass("net_namespace blue")], [false, true]);
  assertEquals(entered, ["/run/netns/blue"]);
  assertEquals(log.map((text) => text.split(":")[0]), [
    "Cannot enter network namespace blue",
    "In network namespace blue",
  ]);
});
