/**
 * What the process of virtual servers does before and around its machines.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createLocalRoot } from "../../engine/compose.ts";
import { Clock } from "../../engine/clock.ts";
import { probingChecks } from "../../engine/io/checks.ts";
import { Log } from "../../engine/log.ts";
import { LvsEngine } from "../../engine/lvs_engine.ts";
import type { SystemFact } from "../../machines/system.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { load } from "./config/harness.ts";
import { FakeLinks } from "./io/fake_links.ts";
import { MemoryTable } from "./io/memory_table.ts";

const CONFIG = load([
  "virtual_server 10.9.9.1 80 {",
  "delay_loop 1\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nquorum 2\nhysteresis 1",
  "sorry_server 127.0.0.1 9099",
  "real_server 127.0.0.1 9011 {\nTCP_CHECK {\n}\n}",
  "real_server 127.0.0.1 9012 {\nTCP_CHECK {\n}\n}",
  "}\n",
].join("\n")).config;

Deno.test("LvsEngine: the table is there before a machine runs, and no machine changes it", () => {
  using reactor = new Reactor();
  const clock = new Clock(() => 0);
  const table = new MemoryTable();
  const engine = new LvsEngine({
    clock,
    openChecks: probingChecks(reactor),
    links: new FakeLinks(),
    log: new Log(() => {}, () => 0),
    notify: () => {},
    open: () => ({ kind: "nftables", table, [Symbol.dispose]() {} }),
    keepsAtStop: false,
  });
  let tell: (fact: SystemFact) => void = () => {};
  const root = createLocalRoot({
    ...engine.doors,
    system: (_, tells) => {
      tell = tells;
      return { carryOut() {}, [Symbol.dispose]() {} };
    },
  }, { clock }).start();
  assertEquals(CONFIG !== undefined, true);
  if (!CONFIG) return;
  engine.configure(CONFIG);
  assertEquals(table.changes, ["addService", "addDestination", "addDestination"]);
  tell({ type: "CONFIG_LOADED", config: CONFIG });
  while (engine.tasks.some((task) => task()));
  assertEquals(table.changes.length, 3);
  root.stop();
});
