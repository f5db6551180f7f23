/**
 * Virtual servers in the kernel's words, and the way from one table to another.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  changesBetween,
  type PlannedService,
  plannedServices,
} from "../../../engine/io/ipvs_plan.ts";
import { serviceKeyText } from "../../../net/netlink/ipvs_service.ts";
import { firstStandings } from "../../machines/first_standings.ts";
import { loadServer } from "../config/lvs/texts.ts";
import { tables } from "./ipvs_tables.ts";
import { MemoryTable } from "./memory_table.ts";

/** `tcp 192.0.2.1:80 -> 192.0.2.2:80`, one line for each destination. */
function planned(lines: Parameters<typeof loadServer>[0]): string[] {
  const { server, found } = loadServer(lines);
  assert(server, found.join("; "));
  return plannedServices(server, firstStandings(server)).flatMap(({ service, destinations }) =>
    destinations.map((each) => `${serviceKeyText(service.key)} -> ${each.ip}:${each.port}`)
  );
}

const GROUP = (...members: string[]) => `virtual_server_group g {\n${members.join("\n")}\n}`;
// deno-fmt-ignore
const rows: [name: string, Parameters<typeof loadServer>[0], destinations: string[]][] = [
  ["NAT keeps the server's port", { endpoint: "192.0.2.2 8080" }, ["192.0.2.2:8080"]],
  ["without NAT it is the service's", { virtualServer: "lvs_method DR", endpoint: "192.0.2.2 80" }, ["192.0.2.2:80"]],
  ["a mark has none", { service: "fwmark 5", virtualServer: "lvs_method DR", endpoint: "192.0.2.2" }, ["192.0.2.2:0"]],
  ["a range is so many services", { before: GROUP("192.0.2.254-192.0.3.1 80"), service: "group g" },
    Array(4).fill("192.0.2.2:80")],
];
for (const [name, lines, destinations] of rows) {
  Deno.test(`plannedServices: ${name}`, () => {
    assertEquals(planned(lines).map((line) => line.replace(/.* -> /, "")), destinations);
  });
}

Deno.test("plannedServices: each address of a range, across octets and families", () => {
  const before = GROUP("192.0.2.254-192.0.3.1 80");
  const keys = planned({ before, service: "group g" }).map((line) => line.replace(/ -> .*/, ""));
  const expected = ["192.0.2.254", "192.0.2.255", "192.0.3.0", "192.0.3.1"];
  assertEquals(keys.map((key) => /[\d.]{9,}/.exec(key)?.[0]), expected);
});

Deno.test("changesBetween: leads from any table to any other, and nowhere if they are the same", () => {
  fc.assert(fc.property(tables, tables, (before, after) => {
    const kernel = new MemoryTable(before);
    kernel.apply(changesBetween(before, after));
    assertEquals(kernel.lines(), new MemoryTable(after).lines());
    assertEquals(changesBetween(after, after), []);
  }));
});

Deno.test("changesBetween: a service that is served before and after is never without", () => {
  const isServed = ({ destinations }: Pick<PlannedService, "destinations">) =>
    destinations.some(({ weight }) => weight > 0);
  fc.assert(fc.property(tables, tables, (before, after) => {
    const kernel = new MemoryTable(before);
    const kept = (each: PlannedService) =>
      isServed(each) &&
      before.some((old) =>
        serviceKeyText(old.service.key) === serviceKeyText(each.service.key) && isServed(old)
      );
    const watched = after.filter(kept);
    for (const change of changesBetween(before, after)) {
      kernel.apply([change]);
      for (const { service } of watched) {
        const { entries } = kernel.destinations(service.key);
        assert(isServed({ destinations: entries.map(({ destination }) => destination) }));
      }
    }
  }));
});
