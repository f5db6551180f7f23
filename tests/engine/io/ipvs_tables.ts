/**
 * Any tables that configurations could ask for.
 *
 * @module
 */
import fc from "fast-check";
import type { PlannedService } from "../../../engine/io/ipvs_plan.ts";
import { ip } from "../../../net/address.ts";
import type { IpvsDestination } from "../../../net/netlink/ipvs_destination.ts";
import { type IpvsServiceKey, serviceKeyText } from "../../../net/netlink/ipvs_service.ts";

const KEYS: readonly IpvsServiceKey[] = [1, 2, 3].map((mark) => ({
  kind: "fwmark",
  mark,
  family: 4,
}));
const destination: fc.Arbitrary<IpvsDestination> = fc.record({
  ip: fc.constantFrom(ip("192.0.2.2"), ip("192.0.2.3"), ip("192.0.2.4")),
  port: fc.constant(0),
  forwarding: fc.constantFrom({ kind: "nat" }, { kind: "direct" }),
  weight: fc.integer({ min: 0, max: 2 }),
  upperThreshold: fc.constantFrom(0, 9),
  lowerThreshold: fc.constant(0),
});
/** A table that a configuration could ask for. */
export const tables: fc.Arbitrary<PlannedService[]> = fc.uniqueArray(
  fc.record({
    service: fc.record({
      key: fc.constantFrom(...KEYS),
      scheduler: fc.constantFrom("rr", "wrr"),
      schedulerFlags: fc.constant(0),
      onePacket: fc.constant(false),
    }),
    destinations: fc.uniqueArray(destination, { selector: (each) => each.ip }),
  }),
  { selector: ({ service }) => serviceKeyText(service.key) },
);
