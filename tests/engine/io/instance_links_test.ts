/**
 * Interfaces of instances: which are made on what, under which names, with which settings, and what
 * is left when nobody needs them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../../engine/clock.ts";
import { Firewall } from "../../../engine/io/firewall.ts";
import { InstanceLinks } from "../../../engine/io/instance_links.ts";
import { VirtualLinks } from "../../../engine/io/virtual_links.ts";
import { SimPacketFilter } from "../../../engine/sim/kernel_filter.ts";
import { type Ip, parseMac } from "../../../net/address.ts";
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import { instanceConfig, virtualAddress } from "../../machines/vrrp_config.ts";
import { FakeDevices } from "./fake_devices.ts";
import { FakeLinks } from "./fake_links.ts";

const EPERM = 1;
const VMAC = { virtualMac: { notifiesNetlink: false } };
const MAC = "00:00:5e:00:01:33";
const BASE_SETTINGS = { arp_ignore: 0, arp_filter: 0, arp_announce: 0, rp_filter: 0 };

function set(virtuals: readonly string[] = []) {
  const links = new FakeLinks();
  links.addLink("eth0", 1, { group: 3 });
  links.addLink("eth1", 2);
  links.addAddress(1, "fe80::1", 64);
  links.addAddress(2, "fe80::2", 64);
  const devices = new FakeDevices(links);
  for (const [name, value] of Object.entries(BASE_SETTINGS)) {
    devices.settings.set(`ipv4/conf/eth0/${name}`, value);
  }
  const log: string[] = [];
  const filter = new SimPacketFilter();
  const firewall = new Firewall({
    links,
    clock: new Clock(() => 0),
    log: { firewallFailed: () => {}, firewallRestored: () => {} },
    errorName: String,
    open: () => filter,
    isDeleting: () => false,
  });
  const state = { isDeleting: false };
  const virtualLinks = new VirtualLinks({
    links,
    devices,
    firewall,
    log: { note: (_, text) => void log.push(text) },
    errorName: (errno) => `E${errno}`,
    isDeleting: () => state.isDeleting,
  });
  const instance = (id = "A") =>
    new InstanceLinks({
      table: links,
      virtualLinks,
      virtuals: new Set(virtuals as Ip[]),
      names: () => ({ prefix: "vrrp", addressPrefix: "va" }),
    }, id);
  const base = () => links.linkByName("eth0");
  const names = () => [...links.links()].map(({ name }) => name);
  const settings = () =>
    Object.fromEntries(
      Object.keys(BASE_SETTINGS).map((
        name,
      ) => [name, devices.settings.get(`ipv4/conf/eth0/${name}`)]),
    );
  return { links, devices, virtualLinks, instance, base, names, settings, filter, log, state };
}

function config(change: Partial<VrrpInstanceConfig>): VrrpInstanceConfig {
  return instanceConfig({ interface: "eth0", ...change });
}

Deno.test("InstanceLinks: without words about it there is nothing but the interface", () => {
  const { instance, base, devices } = set();
  const homes = instance().update(config({}), base());
  assertEquals(homes.wire?.name, "eth0");
  assertEquals(homes.placeOf(virtualAddress("192.0.2.1")), "eth0");
  assertEquals(homes.placeOf(virtualAddress("192.0.2.1", 24, { interface: "x" })), "x");
  assertEquals(devices.asked, []);
});

Deno.test("InstanceLinks: use_vmac makes a macvlan, and everything moves there", () => {
  const { instance, base, devices, links, settings, filter, virtualLinks } = set();
  const mine = instance();
  const homes = mine.update(config(VMAC), base());
  const made = links.linkByName("vrrp.51");
  assertEquals(homes.wire, made);
  assertEquals([made?.mac, made?.kind, made?.parentIndex, made?.group], [
    parseMac(MAC),
    "macvlan",
    1,
    3,
  ]);
  assertEquals(homes.placeOf(virtualAddress("192.0.2.1")), "vrrp.51");
  assertEquals(homes.placeOf(virtualAddress("2001:db8::1")), "eth0", "of another family");
  assertEquals(homes.placeOf(virtualAddress("192.0.2.1", 24, { interface: "eth0" })), "eth0");
  assertEquals(homes.faults, []);
  assertEquals(made?.alias, "stayd 100 arp_ignore=0 arp_filter=0 arp_announce=0");
  assertEquals(settings(), { ...BASE_SETTINGS, arp_ignore: 1, arp_filter: 1, arp_announce: 2 });
  assertEquals([...filter.tables.keys()], ["ip4 keepalived"]);
  const count = devices.asked.length;
  mine.update(config(VMAC), base());
  assertEquals(devices.asked.length, count, "nothing is done again");
  mine.release();
  virtualLinks.run();
  assertEquals(devices.asked.slice(count)[0], "remove vrrp.51");
  assertEquals(settings(), BASE_SETTINGS);
});

Deno.test("InstanceLinks: vmac_xmit_base leaves the advertisements where they were", () => {
  const { instance, base } = set();
  const homes = instance().update(config({ ...VMAC, transmitsOnBase: true }), base());
  assertEquals([homes.wire?.name, homes.own?.name], ["eth0", "vrrp.51"]);
});

Deno.test("InstanceLinks: over IPv6 it has the link-local address of the interface below", () => {
  const { instance, base, links, settings } = set(["fe80::100"]);
  links.removeAddress(1, "fe80::1" as Ip);
  links.addAddress(1, "fe80::100", 64);
  const six = config({ ...VMAC, family: 6, virtualAddresses: [virtualAddress("fe80::100", 64)] });
  const mine = instance();
  mine.update(six, base());
  const index = links.linkByName("vrrp.51")?.index ?? 0;
  assertEquals(links.addressesIn(index), [], "a virtual address is nobody's own");
  links.addAddress(1, "fe80::1", 64);
  mine.update(six, base());
  assertEquals(links.addressesIn(index), ["fe80::1/64"]);
  links.removeAddress(1, "fe80::1" as Ip);
  links.addAddress(1, "fe80::7", 64);
  links.addAddress(index, "fe80::100", 64);
  mine.update(six, base());
  assertEquals(links.addressesIn(index), ["fe80::100/64", "fe80::7/64"]);
  assertEquals(settings(), BASE_SETTINGS, "ARP is not touched");
});

Deno.test("InstanceLinks: names are those that nobody has", () => {
  const { instance, base, names, links } = set();
  links.addLink("vrrp1.51", 9);
  instance("A").update(config(VMAC), base());
  instance("B").update(config({ ...VMAC, family: 6 }), base());
  instance("C").update(config({ ...VMAC, interface: "eth1" }), links.linkByName("eth1"));
  assertEquals(names().slice(3), ["vrrp.51", "vrrp6.51", "vrrp2.51"]);
});

Deno.test("InstanceLinks: a name that something else has is a fault, as is a refusal", () => {
  const { instance, base, links, devices } = set();
  links.addLink("mine", 9, { kind: "macvlan", parentIndex: 2, mac: parseMac(MAC) });
  const named = config({ virtualMac: { name: "mine", notifiesNetlink: false } });
  assertEquals(instance().update(named, base()).faults, ["interface mine is something else"]);
  devices.errno = EPERM;
  const homes = instance().update(config(VMAC), base());
  assertEquals(homes.faults, ["cannot make interface vrrp.51: E1"]);
  assertEquals(homes.wire, undefined);
  const tunnel = links.addLink("tun0", 8, { hardwareType: 65534 });
  assertEquals(instance("B").update(config({ ...VMAC, interface: "tun0" }), tunnel).faults, [
    "interface tun0 is no Ethernet: it cannot have a virtual MAC address",
  ]);
});

Deno.test("InstanceLinks: what a dead process left is adopted, with what it remembered", () => {
  const { instance, base, links, devices, settings, virtualLinks, log } = set();
  links.addLink("vrrp.51", 9, {
    kind: "macvlan",
    parentIndex: 1,
    mac: parseMac(MAC),
    alias: "stayd 7 arp_ignore=0 arp_filter=0 arp_announce=1",
  });
  for (
    const [name, value] of [["arp_ignore", 1], ["arp_filter", 1], ["arp_announce", 2]] as const
  ) {
    devices.settings.set(`ipv4/conf/eth0/${name}`, value);
  }
  const mine = instance();
  assertEquals(mine.update(config(VMAC), base()).wire?.index, 9);
  assertEquals(log, ["Adopted interface vrrp.51"]);
  const alias = "stayd 100 arp_ignore=0 arp_filter=0 arp_announce=1";
  assertEquals(links.linkByIndex(9)?.alias, alias);
  mine.release();
  virtualLinks.run();
  assertEquals(settings(), { ...BASE_SETTINGS, arp_announce: 1 });
});

Deno.test("VirtualLinks: leftovers of dead processes go, those of living ones stay", () => {
  const { links, devices, settings, virtualLinks, names } = set();
  const macvlan = { kind: "macvlan", parentIndex: 1 };
  links.addLink("dead", 5, { ...macvlan, alias: "stayd 7 arp_ignore=0 all.rp_filter=2" });
  links.addLink("alive", 6, { ...macvlan, alias: "stayd 8 arp_ignore=1" });
  links.addLink("other", 7, { ...macvlan, alias: "of an operator" });
  devices.settings.set("ipv4/conf/eth0/arp_ignore", 1);
  devices.settings.set("ipv4/conf/all/rp_filter", 0);
  devices.alive.add(8);
  virtualLinks.run();
  assert(names().includes("dead"), "what is left over is not known yet");
  virtualLinks.begin();
  virtualLinks.run();
  assertEquals(names(), ["eth0", "eth1", "alive", "other"]);
  assertEquals(settings(), BASE_SETTINGS);
  assertEquals(devices.settings.get("ipv4/conf/all/rp_filter"), 2);
  const { length } = devices.asked;
  virtualLinks.run();
  assertEquals(devices.asked.length, length, "once is enough");
});

Deno.test("VirtualLinks: an interface stays until its addresses are gone", () => {
  const { instance, base, virtualLinks, names, state } = set();
  const mine = instance();
  mine.update(config(VMAC), base());
  state.isDeleting = true;
  mine.release();
  virtualLinks.run();
  assert(names().includes("vrrp.51"));
  state.isDeleting = false;
  virtualLinks.run();
  assert(!names().includes("vrrp.51"));
});

Deno.test("VirtualLinks: somebody removed it: it is made again; a reload renames it", () => {
  const { instance, base, links, names, virtualLinks } = set();
  const mine = instance();
  const first = mine.update(config(VMAC), base()).wire?.index ?? 0;
  links.removeLink(first);
  const second = mine.update(config(VMAC), base()).wire;
  assert(second && second.index !== first);
  assertEquals(second.flags & 1, 1, "it is up");
  mine.update(config({ virtualMac: { name: "other", notifiesNetlink: false } }), base());
  virtualLinks.run();
  assertEquals(names(), ["eth0", "eth1", "other"]);
  mine.update(config({}), base());
  virtualLinks.run();
  assertEquals(names(), ["eth0", "eth1"]);
});

Deno.test("VirtualLinks: the reverse path filter of all moves to each, and back", () => {
  const { instance, base, devices, virtualLinks } = set();
  devices.settings.set("ipv4/conf/all/rp_filter", 1);
  devices.settings.set("ipv4/conf/default/rp_filter", 2);
  const mine = instance();
  mine.update(config(VMAC), base());
  const value = (name: string) => devices.settings.get(`ipv4/conf/${name}/rp_filter`);
  assertEquals(["all", "default", "eth0", "vrrp.51"].map(value), [0, 2, 1, 0]);
  mine.release();
  virtualLinks.run();
  assertEquals(["all", "default", "eth0"].map(value), [1, 2, 1]);
});

Deno.test("InstanceLinks: use_vmac_addr, and use_vmac of one address", () => {
  const { instance, base, links, names } = set();
  const elsewhere = virtualAddress("198.51.100.1", 24, { interface: "eth1" });
  const six = virtualAddress("2001:db8::1", 64, { interface: "eth1" });
  const own = virtualAddress("192.0.2.2", 24, { virtualMac: true });
  const all = config({ virtualMacForAddresses: true, virtualAddresses: [elsewhere, six, own] });
  const homes = instance().update(all, base());
  assertEquals([elsewhere, six, own].map(homes.placeOf), ["va.51", "va6.51", "va1.51"]);
  assertEquals(homes.placeOf(virtualAddress("192.0.2.1")), "eth0");
  assertEquals(homes.wire?.name, "eth0");
  assertEquals(names().slice(2), ["va.51", "va6.51", "va1.51"]);
  const of = (name: string) => links.addressesIn(links.linkByName(name)?.index ?? 0);
  assertEquals(of("va6.51"), ["fe80::2/64"]);
  const missing = virtualAddress("198.51.100.1", 24, { interface: "eth9" });
  const without = instance().update({ ...all, virtualAddresses: [missing] }, base());
  assertEquals(without.placeOf(missing), undefined);
});

Deno.test("InstanceLinks: promote_secondaries is set while it is wanted, and as it was after", () => {
  const { instance, base, devices } = set();
  const path = "ipv4/conf/eth0/promote_secondaries";
  devices.settings.set(path, 0);
  const [one, other] = [instance("A"), instance("B")];
  for (const each of [one, other]) each.update(config({ promotesSecondaries: true }), base());
  assertEquals(devices.settings.get(path), 1);
  one.update(config({}), base());
  assertEquals(devices.settings.get(path), 1, "the other one needs it still");
  other.release();
  assertEquals(devices.settings.get(path), 0);
});

Deno.test("InstanceLinks: use_ipvlan has the MAC address of the interface below, and an address", () => {
  const { instance, base, links, settings } = set();
  const mine = instance();
  const ipvlan = { mode: "vepa", address: { ip: "192.0.2.9" as Ip, prefixLength: 24 } } as const;
  const homes = mine.update(config({ ipvlan }), base());
  assertEquals([homes.own?.name, homes.wire?.kind], ["vrrp.51", "ipvlan"]);
  assertEquals(links.addressesIn(homes.wire?.index ?? 0), ["192.0.2.9/24"]);
  assertEquals(settings(), BASE_SETTINGS, "both have the same MAC address");
  assertEquals(homes.placeOf(virtualAddress("192.0.2.10")), "eth0");
});

Deno.test("InstanceLinks: a VRF device is what sockets are bound to", () => {
  const { instance, base, links } = set();
  const { interface: _, ...unbound } = config({ vrf: "red" });
  const mine = instance();
  assertEquals(mine.update(unbound, base()).faults, ["VRF red is missing"]);
  links.addLink("red", 8);
  assertEquals(mine.update(unbound, base()).faults, ["red is no VRF"]);
  links.addLink("red", 9, { kind: "vrf", vrfTable: 100, flags: 0 });
  assertEquals(mine.update(unbound, base()).faults, ["red is no VRF"], "names are the first one's");
  links.removeLink(8);
  assertEquals(mine.update(unbound, base()).faults, ["VRF red is down"]);
  links.addLink("red", 9, { kind: "vrf", vrfTable: 100 });
  const homes = mine.update(unbound, base());
  assertEquals([homes.faults, homes.wire?.index], [[], 9]);
});

Deno.test("InterfaceSettings: reports of link-local groups are off while that is wanted", () => {
  const { devices, virtualLinks: { settings } } = set();
  const path = "ipv4/igmp_link_local_mcast_reports";
  assertEquals(settings.silenceLocalReports(false), true);
  assertEquals(settings.silenceLocalReports(true), false, "a kernel without the setting");
  devices.settings.set(path, 1);
  for (const isSilent of [true, true, false, false]) {
    assertEquals(settings.silenceLocalReports(isSilent), true);
    assertEquals(devices.settings.get(path), isSilent ? 0 : 1);
  }
});
