/**
 * What peers can provoke at will does not flood whoever is told of it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { VrrpEngine } from "../../../engine/vrrp_engine.ts";
import { Log } from "../../../engine/log.ts";
import { VrrpIo, type VrrpShared } from "../../../engine/io/vrrp_io.ts";
import { ip } from "../../../net/address.ts";
import { instanceConfig } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";
import { FakeOutside } from "./fake_outside.ts";

Deno.test("VrrpIo: a hundred lesser advertisements at once are told of once", () => {
  const time = new VirtualTime();
  const outside = new FakeOutside();
  const log = new Log(() => {}, () => time.nowMs);
  const engine = new VrrpEngine({
    outside,
    clock: time.clock,
    log,
    openSystem: () => ({ carryOut: () => {}, [Symbol.dispose]: () => {} }),
    onFailure: () => {},
  });
  const told: string[] = [];
  const shared: VrrpShared = {
    outside,
    clock: time.clock,
    hub: engine.hub,
    interfaces: engine.interfaces,
    keeper: engine.keeper,
    routing: engine.routing,
    firewall: engine.firewall,
    virtualLinks: engine.virtualLinks,
    virtualMacNames: () => ({ prefix: "vrrp", addressPrefix: "vrrp" }),
    announcer: engine.announcer,
    log,
    later: (work) => work(),
    onReport: (_id, _name, { type }) => void told.push(`${time.nowMs} ${type}`),
  };
  using io = new VrrpIo(shared, instanceConfig(), () => {}, () => {});
  const source = ip("192.0.2.9");
  for (let i = 0; i < 100; i++) io.carryOut({ type: "REPORT_LESSER", source, priority: 1 });
  io.carryOut({ type: "REPORT", state: "active", cause: { kind: "silence" }, priority: 100 });
  time.runFor(10);
  io.carryOut({ type: "REPORT_LESSER", source, priority: 1 });
  assertEquals(told, ["0 REPORT_LESSER", "0 REPORT", "10 REPORT_LESSER"]);
});
