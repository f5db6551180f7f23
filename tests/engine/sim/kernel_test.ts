/**
 * The simulated kernel, and what a process sees of it: as the real table behaves over rtnetlink.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip, parseMac } from "../../../net/address.ts";
import { isSecondary, type LinkEvent } from "../../../net/link_table.ts";
import { Kernel } from "../../../engine/sim/kernel.ts";
import { KernelLinks } from "../../../engine/sim/kernel_links.ts";

const VIRTUAL = ip("192.0.2.100");

function host() {
  const kernel = new Kernel();
  const mac = parseMac("02:00:00:00:00:01");
  assert(mac !== undefined);
  const addresses = [{ ip: ip("192.0.2.1"), prefixLength: 24 }];
  const index = kernel.addLink({ name: "eth0", mac, addresses });
  let newsCount = 0;
  const links = new KernelLinks(kernel, () => newsCount++, () => {});
  const events: string[] = [];
  links.subscribe((event) => events.push(describe(event)));
  const change = (operation: "add" | "delete", address = VIRTUAL) =>
    links.changeAddresses([
      { operation, interfaceIndex: index, ip: address, prefixLength: 24 },
    ])[0]?.errno;
  return { kernel, index, links, events, change, news: () => newsCount };
}

function describe(event: LinkEvent): string {
  if (event.type === "link") return `link ${event.link.up ? "up" : "down"}`;
  if (event.type === "address" || event.type === "addressGone") {
    return `${event.type} ${event.address.ip}${event.own ? " own" : ""}`;
  }
  return event.type;
}

Deno.test("Kernel: changes of a process are told at once, as its own", () => {
  const { kernel, index, links, events, change } = host();
  assertEquals(change("add"), 0);
  assertEquals(events, ["address 192.0.2.100 own"]);
  assertEquals([...kernel.virtualAddresses], [VIRTUAL]);
  const [, added] = links.addressesOf(index);
  assert(added !== undefined && isSecondary(added) && added.protocol === 18);
  assertEquals(change("delete"), 0);
  assertEquals(events.slice(1), ["addressGone 192.0.2.100 own"]);
  assertEquals([...kernel.virtualAddresses], []);
});

Deno.test("Kernel: errors are the kernel's", () => {
  const { kernel, links, change } = host();
  assertEquals([change("delete"), change("add"), change("add")], [99, 0, 17]);
  const request = { operation: "add", interfaceIndex: 9, ip: VIRTUAL, prefixLength: 24 } as const;
  assertEquals(links.changeAddresses([request]), [{ errno: 19 }]);
  kernel.refusalErrno = 105;
  const other = ip("192.0.2.101");
  assertEquals([change("add", other), kernel.wasRefused(other)], [105, true]);
  kernel.refusalErrno = 0;
  assertEquals([change("add", other), kernel.wasRefused(other)], [0, false]);
});

Deno.test("Kernel: the doing of others is news to read", () => {
  const { kernel, index, links, events, change, news } = host();
  change("add");
  events.length = 0;
  const before = news();
  kernel.removeAddress(VIRTUAL);
  kernel.setCarrier(index, false);
  assertEquals([news() - before, events, links.hasNews], [2, [], true]);
  assertEquals(links.linkByName("eth0")?.up, true, "an old picture");
  links.readEvents();
  assertEquals(events, ["addressGone 192.0.2.100", "link down"]);
  assertEquals([links.hasNews, kernel.wasRemovedByOthers(VIRTUAL)], [false, true]);
});

Deno.test("Kernel: a process that ended hears nothing, one that starts sees what is there", () => {
  const { kernel, index, links, events, change } = host();
  change("add");
  links[Symbol.dispose]();
  kernel.setCarrier(index, false);
  assertEquals([links.hasNews, events.length], [false, 1]);
  const next = new KernelLinks(kernel, () => {}, () => {});
  assertEquals(next.addressesOf(index).map((address) => address.ip), [ip("192.0.2.1"), VIRTUAL]);
  assertEquals(next.linkByIndex(index)?.up, false);
  kernel.forgetVirtualAddresses();
  assertEquals([...kernel.virtualAddresses], []);
});

Deno.test("Kernel: interfaces on others have their cable, and go with their addresses", () => {
  const { kernel, index, links } = host();
  const mac = parseMac("00:00:5e:00:01:33");
  assert(mac !== undefined);
  const macvlan = (name: string) =>
    kernel.createLink({ name, parentIndex: index, device: { kind: "macvlan", mac } }).errno;
  assertEquals([macvlan("eth0"), macvlan("v0"), macvlan("v1")], [17, 0, 98]);
  const ipvlan = { kind: "ipvlan", mode: "bridge" } as const;
  assertEquals(kernel.createLink({ name: "i0", parentIndex: index, device: ipvlan }).errno, 95);
  assertEquals(kernel.createLink({ name: "v2", parentIndex: 9, device: ipvlan }).errno, 19);
  links.readEvents();
  const own = links.linkByName("v0");
  assert(own);
  const isUp = () => {
    links.readEvents();
    return links.linkByName("v0")?.up;
  };
  assertEquals([isUp(), kernel.changeLink(own.index, { up: true }).errno, isUp()], [
    false,
    0,
    true,
  ]);
  kernel.setCarrier(index, false);
  assertEquals(isUp(), false);
  kernel.setCarrier(index, true);
  const request = {
    operation: "add",
    interfaceIndex: own.index,
    ip: VIRTUAL,
    prefixLength: 32,
  } as const;
  links.changeAddresses([request]);
  assertEquals([isUp(), [...kernel.virtualAddresses]], [true, [VIRTUAL]]);
  assertEquals([kernel.removeLink(index).errno, kernel.removeLink(own.index).errno], [19, 0]);
  assertEquals([isUp(), [...kernel.virtualAddresses]], [undefined, []]);
});
