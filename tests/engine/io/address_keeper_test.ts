/**
 * Virtual addresses in the kernel: slices, races between claims and releases, what others do.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { AddressKeeper, place, type PlacedAddress } from "../../../engine/io/address_keeper.ts";
import { ip } from "../../../net/address.ts";
import { virtualAddress } from "../../machines/vrrp_config.ts";
import { FakeLinks } from "./fake_links.ts";

const ETH0 = 1;
const ETH1 = 2;

function placed(text: string, interfaceName = "eth0"): PlacedAddress {
  return place(virtualAddress(text), interfaceName);
}

/** So many addresses of 10.0.0.0/8. */
function many(count: number): PlacedAddress[] {
  return Array.from({ length: count }, (_, i) => placed(`10.0.${i >> 8}.${i & 0xff}`));
}

function kept(...owners: string[]) {
  const links = new FakeLinks();
  links.addLink("eth0", ETH0);
  links.addLink("eth1", ETH1);
  const keeper = new AddressKeeper(links, (errno) => `E${errno}`);
  const lines: string[] = [];
  const register = (id: string) =>
    keeper.register(id, {
      installed: (addresses, isLast) =>
        lines.push(
          `${id} installed ${addresses.map(({ address }) => address.ip)}${isLast ? " last" : ""}`,
        ),
      failed: (operation, { address }, why) =>
        lines.push(`${id} ${operation} ${address.ip}: ${why}`),
    });
  for (const id of owners.length > 0 ? owners : ["A"]) register(id);
  const settle = () => {
    while (keeper.runSlice());
    return lines.splice(0);
  };
  const heldIps = (id: string) => keeper.heldBy(id).map(({ address }) => address.ip);
  return { links, keeper, register, lines, settle, heldIps };
}

Deno.test("AddressKeeper: adds in order, tells when the last is there", () => {
  const { links, keeper, settle, heldIps } = kept();
  keeper.claim("A", [placed("10.0.0.1"), placed("10.0.0.2", "eth1")]);
  assertEquals(settle(), ["A installed 10.0.0.1,10.0.0.2 last"]);
  assertEquals(links.changes, ["add eth0 10.0.0.1/24", "add eth1 10.0.0.2/24"]);
  assertEquals(heldIps("A"), [ip("10.0.0.1"), ip("10.0.0.2")]);
});

Deno.test("AddressKeeper: the first addresses of a turn's first claim do not wait for a slice", () => {
  const { links, keeper, lines, settle } = kept("A", "B");
  keeper.claim("A", many(6));
  assertEquals(lines.splice(0), ["A installed 10.0.0.0,10.0.0.1,10.0.0.2,10.0.0.3"]);
  keeper.claim("B", [placed("10.9.0.1")]);
  assertEquals([lines.splice(0), links.batches], [[], [4]], "B waits for its turn");
  assertEquals(settle(), ["A installed 10.0.0.4,10.0.0.5 last", "B installed 10.9.0.1 last"]);
});

Deno.test("AddressKeeper: a claim that was prepared is the same claim", () => {
  const { links, keeper, lines } = kept();
  const wanted = many(2);
  const first = keeper.prepare("A", wanted);
  assertEquals([first, links.changes, lines], [wanted, [], []], "nothing was done");
  links.removeLink(ETH0);
  links.addLink("eth0", 7);
  keeper.claim("A", wanted);
  assertEquals(lines, ["A installed 10.0.0.0,10.0.0.1 last"]);
  assertEquals(links.addressesIn(7).length, 2, "the interface of that name is another one now");
});

Deno.test("AddressKeeper: what is refused at once is not tried again, nor held", () => {
  const { links, keeper, settle, heldIps } = kept();
  links.refuse = ({ ip: address }) => ({ errno: address === ip("10.0.0.1") ? 1 : 0 });
  keeper.claim("A", many(3));
  assertEquals(settle(), ["A add 10.0.0.1: E1", "A installed 10.0.0.0,10.0.0.2 last"]);
  assertEquals([links.changes.length, heldIps("A")], [3, [ip("10.0.0.0"), ip("10.0.0.2")]]);
});

Deno.test("AddressKeeper: 5,000 addresses go in slices of at most 48", () => {
  const { links, keeper, settle } = kept();
  keeper.claim("A", many(5_000));
  const told = settle();
  assertEquals(Math.max(...links.batches), 48);
  assertEquals(links.batches.length, 1 + Math.ceil((5_000 - 4) / 48));
  assertEquals(told.filter((line) => line.endsWith(" last")).length, 1);
  assert(told.at(-1)?.endsWith(" last"));
  assertEquals(links.addressesOf(ETH0).length, 5_000);
  keeper.release("A", []);
  settle();
  assertEquals(links.addressesOf(ETH0).length, 0);
  assertEquals(Math.max(...links.batches), 48);
});

Deno.test("AddressKeeper: a slice says whether there is more, and serves owners in turn", () => {
  const { links, keeper } = kept("A", "B");
  keeper.claim("A", many(120));
  keeper.claim("B", [placed("10.9.0.1")]);
  assertEquals([keeper.runSlice(), keeper.runSlice(), keeper.runSlice(), keeper.runSlice()], [
    true,
    true,
    true,
    false,
  ]);
  assertEquals(links.batches, [4, 48, 1, 48, 20]);
  assertEquals(keeper.runSlice(), false);
});

Deno.test("AddressKeeper: what is there already counts as installed", () => {
  const { links, keeper, lines, settle, heldIps } = kept();
  links.addAddress(ETH0, "10.0.0.1");
  keeper.claim("A", [placed("10.0.0.1"), placed("10.0.0.2")]);
  assertEquals(lines.splice(0), ["A installed 10.0.0.1,10.0.0.2 last"]);
  assertEquals(settle(), []);
  assertEquals(links.addressesIn(ETH0), ["10.0.0.1/24", "10.0.0.2/24"]);
  assertEquals(heldIps("A").length, 2);
});

Deno.test("AddressKeeper: a second claim of the same does nothing", () => {
  const { links, keeper, settle } = kept();
  keeper.claim("A", many(3));
  settle();
  links.changes.length = 0;
  keeper.claim("A", many(3));
  assertEquals([settle(), links.changes], [[], []]);
});

Deno.test("AddressKeeper: a changed claim adds and deletes only the difference", () => {
  const { links, keeper, settle } = kept();
  keeper.claim("A", [placed("10.0.0.1"), placed("10.0.0.2")]);
  settle();
  links.changes.length = 0;
  keeper.claim("A", [placed("10.0.0.2"), placed("10.0.0.3")]);
  settle();
  assertEquals(links.changes, ["delete eth0 10.0.0.1/24", "add eth0 10.0.0.3/24"]);
});

Deno.test("AddressKeeper: a release in the middle of a claim leaves nothing", () => {
  const { links, keeper, settle, heldIps } = kept();
  keeper.claim("A", many(40));
  keeper.runSlice();
  keeper.release("A", []);
  settle();
  assertEquals([links.addressesIn(ETH0), heldIps("A")], [[], []]);
});

Deno.test("AddressKeeper: claim, release, claim before any slice adds once", () => {
  const { links, keeper, settle } = kept();
  keeper.claim("A", many(2));
  keeper.release("A", []);
  keeper.claim("A", many(2));
  const told = "A installed 10.0.0.0,10.0.0.1 last";
  assertEquals(settle(), [told, told], "others may have learned of another holder meanwhile");
  assertEquals(links.changes.length, 2);
});

Deno.test("AddressKeeper RFC9568 §6.4.2 addresses claimed again before they were deleted are announced again", () => {
  const { links, keeper, lines, settle } = kept();
  keeper.claim("A", many(2));
  settle();
  links.changes.length = 0;
  keeper.release("A", []);
  keeper.claim("A", many(2));
  assertEquals([...lines.splice(0), ...settle()], ["A installed 10.0.0.0,10.0.0.1 last"]);
  assertEquals(links.changes, [], "they never left");
});

Deno.test("AddressKeeper: a release deletes leftovers that are there, and asks for no others", () => {
  const { links, keeper, settle } = kept();
  links.addAddress(ETH0, "10.0.0.1");
  keeper.release("A", [placed("10.0.0.1"), placed("10.0.0.2")]);
  settle();
  assertEquals(links.changes, ["delete eth0 10.0.0.1/24"]);
});

Deno.test("AddressKeeper: an address that vanished is added by the next claim", () => {
  const { links, keeper, settle, heldIps } = kept();
  keeper.claim("A", many(2));
  settle();
  links.removeAddress(ETH0, ip("10.0.0.1"));
  assertEquals(keeper.noteVanished("A", "eth0", ip("10.0.0.1"), 24), true);
  assertEquals(keeper.noteVanished("A", "eth0", ip("10.0.0.1"), 24), false);
  assertEquals(keeper.noteVanished("A", "eth1", ip("10.0.0.0"), 24), false, "other interface");
  assertEquals(keeper.noteVanished("A", "eth0", ip("10.0.0.0"), 16), false, "other prefix");
  assertEquals(heldIps("A"), [ip("10.0.0.0")]);
  keeper.claim("A", many(2));
  assertEquals(settle(), ["A installed 10.0.0.1 last"]);
});

Deno.test("AddressKeeper: EEXIST on adding is success, other errors are told", () => {
  const { links, keeper, settle, heldIps } = kept();
  links.refuse = ({ ip }) => ({ errno: ip === "10.0.0.0" ? 17 : ip === "10.0.0.1" ? 1 : 0 });
  keeper.claim("A", many(3));
  assertEquals(settle(), ["A add 10.0.0.1: E1", "A installed 10.0.0.0,10.0.0.2 last"]);
  assertEquals(heldIps("A"), [ip("10.0.0.0"), ip("10.0.0.2")]);
});

Deno.test("AddressKeeper: the kernel's own words are told", () => {
  const { links, keeper, settle } = kept();
  links.refuse = () => ({ errno: 22, message: "ipv4: Invalid prefix length" });
  keeper.claim("A", many(1));
  assertEquals(settle()[0], "A add 10.0.0.0: E22 (ipv4: Invalid prefix length)");
});

Deno.test("AddressKeeper: if the last ones fail, the end of the claim is told all the same", () => {
  const { links, keeper, settle } = kept();
  links.refuse = ({ ip }) => ({ errno: ip === "10.0.0.16" ? 1 : 0 });
  keeper.claim("A", many(17));
  const told = settle();
  assert(
    told.at(-1)?.startsWith("A installed") && told.at(-1)?.endsWith(" last"),
    `${told.at(-1)}`,
  );
});

Deno.test("AddressKeeper: deleting what is gone, or its interface, is success", () => {
  const { links, keeper, settle, heldIps } = kept();
  keeper.claim("A", [placed("10.0.0.1"), placed("10.0.0.2", "eth1")]);
  settle();
  links.removeAddress(ETH0, ip("10.0.0.1"));
  links.removeLink(ETH1);
  keeper.release("A", []);
  assertEquals([settle(), heldIps("A")], [[], []]);
});

Deno.test("AddressKeeper: a missing interface is told, the others are served", () => {
  const { keeper, settle } = kept();
  keeper.claim("A", [placed("10.0.0.1", "eth7"), placed("10.0.0.2")]);
  assertEquals(settle(), [
    "A add 10.0.0.1: interface eth7 is missing",
    "A installed 10.0.0.2 last",
  ]);
});

Deno.test("AddressKeeper: an owner that leaves has its addresses deleted", () => {
  const { links, keeper, settle } = kept();
  keeper.claim("A", many(40));
  settle();
  keeper.unregister("A");
  settle();
  assertEquals(links.addressesIn(ETH0), []);
});

Deno.test("AddressKeeper: everything is released at once at the end, also of owners that left", () => {
  const { links, keeper, settle } = kept("A", "B");
  keeper.claim("A", many(100));
  keeper.claim("B", [placed("10.9.0.1")]);
  settle();
  links.addAddress(ETH1, "192.0.2.10");
  keeper.unregister("B");
  keeper.claim("A", [...many(100), placed("10.8.0.1")]);
  assertEquals(keeper.releaseAllNow(), 101);
  assertEquals([links.addressesIn(ETH0), links.addressesIn(ETH1)], [[], ["192.0.2.10/24"]]);
  assertEquals(Math.max(...links.batches), 48);
});

Deno.test("AddressKeeper: an address that another instance claims meanwhile stays", () => {
  const { links, keeper, lines, settle, heldIps } = kept("A", "B");
  keeper.claim("A", many(1));
  settle();
  keeper.release("A", []);
  keeper.claim("B", many(1));
  assertEquals([...lines.splice(0), ...settle()], ["B installed 10.0.0.0 last"]);
  assertEquals(links.addressesIn(ETH0), ["10.0.0.0/24"]);
  assertEquals([heldIps("A"), heldIps("B")], [[], [ip("10.0.0.0")]]);
});

Deno.test("AddressKeeper: an address that another instance holds already is not deleted", () => {
  const { links, keeper, settle, heldIps } = kept("A", "B");
  keeper.claim("A", many(1));
  settle();
  keeper.claim("B", many(1));
  keeper.release("A", many(1));
  settle();
  assertEquals(links.addressesIn(ETH0), ["10.0.0.0/24"]);
  assertEquals([heldIps("A"), heldIps("B")], [[], [ip("10.0.0.0")]]);
});

Deno.test("AddressKeeper: an instance that leaves and comes back keeps its addresses", () => {
  const { links, keeper, register, settle, heldIps } = kept();
  keeper.claim("A", many(40));
  settle();
  keeper.unregister("A");
  register("A");
  keeper.claim("A", many(40));
  settle();
  assertEquals([links.addressesOf(ETH0).length, heldIps("A").length], [40, 40]);
});

Deno.test("AddressKeeper: the kernel ends up with what was wanted last, whatever came before", () => {
  const owner = fc.constantFrom("A", "B");
  const subset = fc.subarray(Array.from({ length: 20 }, (_, i) => i));
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("claim" as const), owner, subset }),
    fc.record({ kind: fc.constant("release" as const), owner, subset }),
    fc.record({ kind: fc.constant("slices" as const), count: fc.nat(3) }),
  );
  // Each owner has its own addresses: sharing is tested above.
  const addressesOf = (id: string, indices: readonly number[]) =>
    indices.map((i) => placed(`10.${id === "A" ? 1 : 2}.0.${i}`));
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    const { links, keeper, settle, heldIps } = kept("A", "B");
    const wanted: Record<string, readonly PlacedAddress[]> = { A: [], B: [] };
    for (const each of operations) {
      if (each.kind === "slices") {
        for (let i = 0; i < each.count; i++) keeper.runSlice();
        continue;
      }
      const addresses = addressesOf(each.owner, each.subset);
      wanted[each.owner] = each.kind === "claim" ? addresses : [];
      if (each.kind === "claim") keeper.claim(each.owner, addresses);
      else keeper.release(each.owner, addresses);
    }
    settle();
    const expected = Object.values(wanted).flat().map(({ address }) => `${address.ip}/24`);
    assertEquals(links.addressesIn(ETH0).toSorted(), expected.toSorted());
    for (const [id, addresses] of Object.entries(wanted)) {
      const ips = addresses.map(({ address }) => address.ip);
      assertEquals(heldIps(id).toSorted(), ips.toSorted());
    }
  }));
});

Deno.test("AddressKeeper, keepalived #2573: the same link-local address on two interfaces is two", () => {
  const { links, keeper, settle, heldIps } = kept("A", "B");
  const [first, second] = [placed("fe80::100"), placed("fe80::100", "eth1")];
  keeper.claim("A", [first]);
  keeper.claim("B", [second]);
  settle();
  assertEquals([heldIps("A"), heldIps("B")], [[ip("fe80::100")], [ip("fe80::100")]]);
  keeper.release("A", [first]);
  settle();
  assertEquals([heldIps("A"), heldIps("B")], [[], [ip("fe80::100")]]);
  assertEquals(links.changes.filter((change) => change.startsWith("delete")).length, 1);
});

Deno.test("AddressKeeper: slices shrink with a slow kernel, and grow again", () => {
  const links = new FakeLinks();
  links.addLink("eth0", ETH0);
  let nowMs = 0;
  let changeMs = 45;
  const change = links.changeAddresses.bind(links);
  links.changeAddresses = (changes) => {
    nowMs += changes.length * changeMs;
    return change(changes);
  };
  const keeper = new AddressKeeper(links, (errno) => `E${errno}`, () => nowMs);
  keeper.register("A", { installed: () => {}, failed: () => {} });
  keeper.claim("A", many(200));
  const slices = () => {
    const before = nowMs;
    keeper.runSlice();
    return Math.round((nowMs - before) / changeMs);
  };
  assertEquals([slices(), slices()], [1, 1]);
  changeMs = 0.06;
  assertEquals([1, 2, 3, 4, 5, 6, 7, 8].map(slices), [1, 2, 4, 8, 16, 32, 48, 48]);
});
