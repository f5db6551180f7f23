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
import type { DataPlaneWish } from "../../engine/io/data_plane.ts";
import { LvsEngine, type LvsEngineOptions } from "../../engine/lvs_engine.ts";
import type { SystemFact } from "../../machines/system.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { load } from "./config/harness.ts";
import { FakeLinks } from "./io/fake_links.ts";
import { MemoryTable } from "./io/memory_table.ts";

const CONFIG_TEXT = [
  "virtual_server 10.9.9.1 80 {",
  "delay_loop 1\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nquorum 2\nhysteresis 1",
  "sorry_server 127.0.0.1 9099",
  "real_server 127.0.0.1 9011 {\nTCP_CHECK {\n}\n}",
  "real_server 127.0.0.1 9012 {\nTCP_CHECK {\n}\n}",
  "}\n",
].join("\n");
const CONFIG = load(CONFIG_TEXT).config;

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

/** Who opened what, and what was said, with such a configuration. */
function opened(text: string, open: LvsEngineOptions["open"]): [string[], DataPlaneWish[]] {
  using reactor = new Reactor();
  const clock = new Clock(() => 0);
  const lines: string[] = [];
  const wishes: DataPlaneWish[] = [];
  const { config } = load(text);
  const engine = new LvsEngine({
    openChecks: probingChecks(reactor),
    clock,
    links: new FakeLinks(),
    log: new Log((_, line) => void lines.push(line), () => 0),
    notify: () => {},
    open: (wish) => {
      wishes.push(wish);
      return open(wish);
    },
    keepsAtStop: false,
  });
  if (config) engine.configure(config);
  engine.finish();
  return [lines, wishes];
}

Deno.test("LvsEngine: what balances is opened in the namespace of net_namespace_ipvs", () => {
  const plane = () => ({
    kind: "ipvs" as const,
    table: new MemoryTable(),
    [Symbol.dispose]() {},
  });
  assertEquals(opened(`net_namespace_ipvs blue\n${CONFIG_TEXT}`, plane)[1], [
    { namespace: "blue" },
  ]);
  const both = `net_namespace_ipvs\nglobal_defs {\nlvs_dataplane ipvs\n}\n${CONFIG_TEXT}`;
  assertEquals(opened(both, plane)[1], [{ kind: "ipvs", namespace: "" }]);
  assertEquals(opened(CONFIG_TEXT, plane)[1], [{}]);
});

Deno.test("LvsEngine: a namespace that is missing is said, and servers are checked all the same", () => {
  const [lines] = opened(`net_namespace_ipvs blue\n${CONFIG_TEXT}`, () => {
    throw new SyscallError("open /run/netns/blue", 2);
  });
  assertEquals(lines, [
    "Cannot enter the namespace of net_namespace_ipvs: open /run/netns/blue: ENOENT (No such file or directory): " +
    "servers are checked, but not served",
  ]);
});
