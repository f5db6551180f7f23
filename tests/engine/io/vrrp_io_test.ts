/**
 * The port of a virtual router: what it tells, and when it sends.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { VrrpEngine } from "../../../engine/vrrp_engine.ts";
import { Clock } from "../../../engine/clock.ts";
import { Log } from "../../../engine/log.ts";
import { VrrpIo, type VrrpShared } from "../../../engine/io/vrrp_io.ts";
import { ip } from "../../../net/address.ts";
import { instanceConfig } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";
import { FakeOutside } from "./fake_outside.ts";

/** A port by itself, in a world in memory. */
function portOf(clock: Clock, told: (type: string) => void = () => {}) {
  const outside = new FakeOutside();
  outside.links.addLink("eth0", 2);
  outside.links.addAddress(2, "192.0.2.7");
  const log = new Log(() => {}, () => clock.now());
  const engine = new VrrpEngine({
    outside,
    clock,
    log,
    openSystem: () => ({ carryOut: () => {}, [Symbol.dispose]: () => {} }),
    onFailure: () => {},
  });
  const shared: VrrpShared = {
    outside,
    clock,
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
    onReport: (_id, _name, { type }) => told(type),
  };
  return { io: new VrrpIo(shared, instanceConfig(), () => {}, () => {}), outside };
}

Deno.test("VrrpIo: a hundred lesser advertisements at once are told of once", () => {
  const time = new VirtualTime();
  const told: string[] = [];
  const { io } = portOf(time.clock, (type) => told.push(`${time.nowMs} ${type}`));
  const source = ip("192.0.2.9");
  for (let i = 0; i < 100; i++) io.carryOut({ type: "REPORT_LESSER", source, priority: 1 });
  io.carryOut({ type: "REPORT", state: "active", cause: { kind: "silence" }, priority: 100 });
  time.runFor(10);
  io.carryOut({ type: "REPORT_LESSER", source, priority: 1 });
  assertEquals(told, ["0 REPORT_LESSER", "0 REPORT", "10 REPORT_LESSER"]);
  io[Symbol.dispose]();
});

Deno.test("VrrpIo: what a timer sends that is run a little early leaves when it is due", () => {
  let nowMs = 0;
  const clock = new Clock(() => nowMs += 0.001);
  const { io, outside } = portOf(clock);
  io.carryOut({ type: "REPORT", state: "backup", cause: { kind: "startup" }, priority: 100 });
  const [socket] = outside.sockets;
  assert(socket);
  const sentMs: number[] = [];
  socket.answer = (sentCount) => {
    sentMs.push(nowMs);
    return { sentCount, errno: 0 };
  };
  nowMs = 0;
  clock.setTimeout(() => io.carryOut({ type: "SEND_ADVERTISEMENT", priority: 100 }), 10);
  nowMs = 9.7;
  clock.runBelievers(10.01);
  const [atMs = NaN] = sentMs;
  assert(atMs >= 10 && atMs < 10.1, `${atMs} ms`);
  io[Symbol.dispose]();
});
