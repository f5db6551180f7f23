/**
 * Any service and destination that the kernel's balancer can have.
 *
 * @module
 */
import fc from "fast-check";
import { type Family, ipFromBytes } from "../../net/address.ts";
import type { IpvsDestination, IpvsForwarding } from "../../net/netlink/ipvs_destination.ts";
import type { IpvsService, IpvsServiceKey } from "../../net/netlink/ipvs_service.ts";

const u32Max = 0xffffffff;

function addresses(family: Family) {
  const length = family === 4 ? 4 : 16;
  return fc.uint8Array({ minLength: length, maxLength: length }).map(ipFromBytes);
}

const port = fc.integer({ min: 0, max: 0xffff });

function keys(family: Family): fc.Arbitrary<IpvsServiceKey> {
  return fc.oneof(
    fc.record({
      kind: fc.constant("address" as const),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      ip: addresses(family),
      port,
    }),
    fc.record({
      kind: fc.constant("fwmark" as const),
      mark: fc.integer({ min: 1, max: u32Max }),
      family: fc.constant(family),
    }),
  );
}

function servicesOf(family: Family): fc.Arbitrary<IpvsService> {
  const persistence = fc.record({
    timeoutSec: fc.integer({ min: 1, max: 2678400 }),
    granularity: fc.integer({ min: 1, max: family === 4 ? u32Max : 128 }),
    engine: fc.constant("sip"),
  }, { requiredKeys: ["timeoutSec", "granularity"] });
  return fc.record({
    key: keys(family),
    scheduler: fc.constantFrom("rr", "wrr", "wlc", "sh", "mh"),
    schedulerFlags: fc.constantFrom(0, 0x08, 0x10, 0x20, 0x38),
    onePacket: fc.boolean(),
    persistence,
  }, { requiredKeys: ["key", "scheduler", "schedulerFlags", "onePacket"] });
}

/** Services. */
export const services: fc.Arbitrary<IpvsService> = fc.oneof(servicesOf(4), servicesOf(6));

const forwardings: fc.Arbitrary<IpvsForwarding> = fc.constantFrom<IpvsForwarding>(
  { kind: "nat" },
  { kind: "direct" },
  { kind: "tunnel", encapsulation: "ipip", checksum: "none" },
  { kind: "tunnel", encapsulation: "gue", port: 6080, checksum: "remote" },
  { kind: "tunnel", encapsulation: "gre", checksum: "whole" },
);

/** Destinations, of either family. */
export const destinations: fc.Arbitrary<IpvsDestination> = fc.record({
  ip: fc.oneof(addresses(4), addresses(6)),
  port,
  forwarding: forwardings,
  weight: fc.integer({ min: 0, max: 0x7fffffff }),
  upperThreshold: fc.integer({ min: 0, max: u32Max }),
  lowerThreshold: fc.integer({ min: 0, max: u32Max }),
});
