/**
 * Packet filters: what the kernel is asked for which wish, and what happens when others meddle.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { place } from "../../../engine/io/address_keeper.ts";
import { Firewall } from "../../../engine/io/firewall.ts";
import { SimPacketFilter } from "../../../engine/sim/kernel_filter.ts";
import { Clock } from "../../../engine/clock.ts";
import type { FilterEvent, FilterMembers, FilterTable } from "../../../net/packet_filter_table.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { virtualAddress } from "../../machines/vrrp_config.ts";
import { FakeLinks } from "./fake_links.ts";

const EPERM = 1;
const SETTINGS = { priority: -1, counters: false, ipvsPriority: -1, ipvsFirstMark: 1_000 };

/** A table of the kernel that tells what it is asked. */
class WatchedFilter extends SimPacketFilter {
  readonly asked: string[] = [];
  onEvent: (event: FilterEvent) => void = () => {};
  errno = 0;

  override replace(table: FilterTable): { errno: number } {
    this.asked.push(`replace ${table.table} ip${table.family}: ${words(table)}`);
    return this.errno === 0 ? super.replace(table) : { errno: this.errno };
  }
  override change(table: FilterTable, added: FilterMembers, removed: FilterMembers) {
    this.asked.push(`change ip${table.family}: +(${words(added)}) -(${words(removed)})`);
    return super.change(table, added, removed);
  }
  override remove(family: 4 | 6, table: string) {
    this.asked.push(`remove ${table} ip${family}`);
    return super.remove(family, table);
  }
}

function words({ addresses, linkLocals, virtualLinks }: FilterMembers): string {
  return [
    ...addresses ? [`addresses ${addresses}`] : [],
    ...linkLocals ? [`local ${linkLocals.map((each) => `${each.ip}%${each.interfaceIndex}`)}`] : [],
    ...virtualLinks
      ? [`links ${virtualLinks.map((each) => `${each.index}>${each.parentIndex}`)}`]
      : [],
  ].join("; ");
}

function walled(firewallSettings = {}, isNeeded = true) {
  const links = new FakeLinks();
  links.addLink("eth0", 1);
  const filter = new WatchedFilter();
  let nowMs = 0;
  const clock = new Clock(() => nowMs);
  const told: string[] = [];
  const state = { isDeleting: false, refusal: undefined as SyscallError | undefined };
  const firewall = new Firewall({
    links,
    clock,
    log: {
      firewallFailed: (table, why) => told.push(`failed ${table}: ${why}`),
      firewallRestored: (table) => told.push(`restored ${table}`),
    },
    errorName: (errno) => `E${errno}`,
    open: (onEvent) => {
      if (state.refusal) throw state.refusal;
      filter.onEvent = onEvent;
      return filter;
    },
    isDeleting: () => state.isDeleting,
  });
  firewall.configure({ ...SETTINGS, ...firewallSettings }, isNeeded);
  /** Runs what is due, and returns what was asked since. */
  const settle = (ms = 0) => {
    nowMs += ms;
    clock.runDue(nowMs);
    firewall.run();
    return filter.asked.splice(0);
  };
  const block = (owner: string, ...texts: string[]) =>
    firewall.block(
      owner,
      texts.map((text) => place(virtualAddress(text, 24), "eth0")),
    );
  return { firewall, filter, links, told, state, settle, block };
}

Deno.test("Firewall: tables are made with the first member, changed with the next, and stay", () => {
  const { settle, block, firewall } = walled();
  block("A", "192.0.2.1", "2001:db8::1", "fe80::1");
  assertEquals(settle(), [
    "replace keepalived ip4: addresses 192.0.2.1",
    "replace keepalived ip6: addresses 2001:db8::1; local fe80::1%1",
  ]);
  block("A", "192.0.2.1", "192.0.2.2");
  assertEquals(settle(), [
    "change ip4: +(addresses 192.0.2.2) -()",
    "change ip6: +() -(addresses 2001:db8::1; local fe80::1%1)",
  ]);
  block("B", "192.0.2.2");
  firewall.release("A");
  assertEquals(settle(), ["change ip4: +() -(addresses 192.0.2.1)"], "B still wants the other");
  firewall.release("B");
  firewall.release("nobody");
  assertEquals(settle(), ["change ip4: +() -(addresses 192.0.2.2)"]);
  firewall.end();
  assertEquals(settle(), ["remove keepalived ip4", "remove keepalived ip6"]);
});

Deno.test("Firewall: a filter stays until its address is gone", () => {
  const { settle, block, firewall, state } = walled();
  block("A", "192.0.2.1");
  settle();
  state.isDeleting = true;
  firewall.release("A");
  firewall.end();
  assertEquals(settle(), []);
  state.isDeleting = false;
  assertEquals(settle(), [
    "change ip4: +() -(addresses 192.0.2.1)",
    "remove keepalived ip4",
  ]);
});

Deno.test("Firewall: a release that is taken back changes nothing", () => {
  const { settle, block, firewall } = walled();
  block("A", "192.0.2.1");
  settle();
  firewall.release("A");
  block("A", "192.0.2.1");
  assertEquals(settle(), []);
});

Deno.test("Firewall: a further kind of member makes the table anew, with all its members", () => {
  const { settle, block, firewall } = walled({ table: "t", priority: 7 });
  firewall.divert("A links", 6, [{ index: 9, parentIndex: 1 }]);
  assertEquals(settle(), ["replace t ip6: links 9>1", "remove t ip4"]);
  block("A", "fe80::1");
  assertEquals(settle(), ["replace t ip6: addresses ; local fe80::1%1; links 9>1"]);
  firewall.divert("A links", 6, []);
  assertEquals(settle(), ["change ip6: +() -(links 9>1)"]);
});

Deno.test("Firewall: an interface that comes again has another index", () => {
  const { settle, block, links } = walled();
  block("A", "fe80::1");
  settle();
  links.removeLink(1);
  block("A", "fe80::1");
  assertEquals(settle(), ["change ip6: +() -(local fe80::1%1)"]);
  links.addLink("eth0", 7);
  block("A", "fe80::1");
  assertEquals(settle(), ["change ip6: +(local fe80::1%7) -()"]);
});

Deno.test("Firewall: what others do to our tables is undone, at most once a second", () => {
  const { settle, block, filter, told } = walled();
  block("A", "192.0.2.1");
  settle();
  filter.onEvent({ family: 4, table: "other" });
  filter.onEvent({ family: 6, table: "keepalived" });
  assertEquals(settle(), [], "that is not ours");
  filter.tables.clear();
  filter.onEvent({ family: 4, table: "keepalived" });
  filter.onEvent({ family: 4, table: "keepalived" });
  assertEquals(settle(), ["replace keepalived ip4: addresses 192.0.2.1"]);
  filter.onEvent({ family: 4, table: "keepalived" });
  assertEquals(settle(500), []);
  assertEquals(settle(500), ["replace keepalived ip4: addresses 192.0.2.1"]);
  assertEquals(told.splice(0), ["restored keepalived", "restored keepalived"]);
  filter.onEvent({ family: 4 });
  filter.onEvent({ family: 6 });
  assertEquals(settle(1_000), ["replace keepalived ip4: addresses 192.0.2.1"], "to be sure");
  assertEquals(told, []);
});

Deno.test("Firewall: a table that is gone without a word is made anew by the next change", () => {
  const { settle, block, filter } = walled();
  block("A", "192.0.2.1");
  filter.tables.clear();
  settle();
  block("A", "192.0.2.2");
  assertEquals(settle(), [
    "change ip4: +(addresses 192.0.2.2) -(addresses 192.0.2.1)",
    "replace keepalived ip4: addresses 192.0.2.2",
  ]);
});

Deno.test("Firewall: a kernel that refuses is asked again, and the log tells", () => {
  const { settle, block, filter, told, state } = walled();
  state.refusal = new SyscallError("socket", 93);
  block("A", "192.0.2.1");
  assertEquals(told, ["failed keepalived: E93 (socket)"]);
  state.refusal = undefined;
  filter.errno = EPERM;
  assertEquals(settle(), ["replace keepalived ip4: addresses 192.0.2.1", "remove keepalived ip6"]);
  filter.errno = 0;
  assertEquals(settle(999), []);
  assertEquals(settle(1), ["replace keepalived ip4: addresses 192.0.2.1"]);
  assertEquals(settle(10_000), []);
  assertEquals(told, ["failed keepalived: E93 (socket)", "failed keepalived: E1"]);
});

Deno.test("Firewall: leftovers are replaced or removed, where filters are ours", () => {
  assertEquals(walled({}, false).settle(), [], "they may be somebody else's");
  assertEquals(walled({ table: "t" }, false).settle(), ["remove t ip4", "remove t ip6"]);
  const { settle, block } = walled();
  block("A", "192.0.2.1");
  assertEquals(settle(), ["replace keepalived ip4: addresses 192.0.2.1", "remove keepalived ip6"]);
  assertEquals(settle(), []);
});

Deno.test("Firewall: another table takes the place of the old one", () => {
  const { settle, block, firewall } = walled();
  block("A", "192.0.2.1");
  settle();
  firewall.configure({ ...SETTINGS }, true);
  assertEquals(settle(), [], "nothing changed");
  firewall.configure({ ...SETTINGS, table: "mine" }, true);
  assertEquals(settle(), ["remove keepalived ip4", "replace mine ip4: addresses 192.0.2.1"]);
  firewall.configure({ ...SETTINGS, table: "mine", counters: true }, true);
  assertEquals(settle(), ["replace mine ip4: addresses 192.0.2.1"]);
});

Deno.test("Firewall: a crashing process takes its tables along", () => {
  const { settle, block, firewall } = walled();
  block("A", "192.0.2.1");
  settle();
  firewall.removeAllNow();
  assertEquals(settle(), ["remove keepalived ip4"]);
});
