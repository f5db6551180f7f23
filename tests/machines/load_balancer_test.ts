/**
 * All virtual servers together: who starts, changes and ends at a reload and at the end.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createActor, fromCallback } from "xstate";
import { loadBalancer } from "../../machines/load_balancer.ts";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import {
  virtualServer,
  type VirtualServerCommand,
  type VirtualServerInput,
} from "../../machines/virtual_server.ts";
import { shelf } from "../../machines/shelf.ts";
import { realServer } from "../../machines/real_server.ts";
import { loadServer } from "../engine/config/lvs/texts.ts";
import { VirtualTime } from "../virtual_time.ts";

function service(port: number, scheduler = "rr"): VirtualServerConfig {
  const { server } = loadServer({
    service: `192.0.2.1 ${port}`,
    virtualServer: `lvs_sched ${scheduler}`,
  });
  assert(server);
  return server;
}

/** All of them, of which none has begun that does not at once. */
function newBalancer(...virtualServers: VirtualServerConfig[]) {
  const lines: string[] = [];
  const io = fromCallback<VirtualServerCommand, VirtualServerInput>(
    ({ input, receive }) =>
      receive((command) => {
        const { name } = input.config;
        if (command.type === "SHOW") lines.push(`${name} ${command.config.scheduler}`);
        else if (command.type === "CLEAR") lines.push(`${name} removed ${command.isRemoved}`);
      }),
  );
  const silent = realServer.provide({ actors: { io: fromCallback(() => {}) } });
  const machine = loadBalancer.provide({
    actors: {
      shelf: shelf.provide({
        actors: { virtualServer: virtualServer.provide({ actors: { io, realServer: silent } }) },
      }),
    },
  });
  const time = new VirtualTime();
  const input = { virtualServers, isStrict: true };
  const actor = createActor(machine, { clock: time.clock, input }).start();
  return { lines, actor, time };
}

/** All of them, after they began. */
function balancer(...virtualServers: VirtualServerConfig[]) {
  const { lines, actor, time } = newBalancer(...virtualServers);
  time.runFor(0);
  assert(actor.getSnapshot().matches({ balancing: "complete" }));
  return { lines, actor };
}

Deno.test("loadBalancer: what changed is changed, what is new starts, what is gone ends", () => {
  const { lines, actor } = balancer(service(80), service(81), service(82));
  assertEquals(lines.splice(0).sort(), [
    "[192.0.2.1]:tcp:80 rr",
    "[192.0.2.1]:tcp:81 rr",
    "[192.0.2.1]:tcp:82 rr",
  ]);
  const virtualServers = [service(80), service(81, "wrr"), service(83)];
  actor.send({ type: "RECONFIGURE", virtualServers });
  assertEquals(lines.splice(0).sort(), [
    "[192.0.2.1]:tcp:81 wrr",
    "[192.0.2.1]:tcp:82 removed true",
    "[192.0.2.1]:tcp:83 rr",
  ]);
  actor.send({ type: "RECONFIGURE", virtualServers: [service(82)] });
  assertEquals(lines.splice(0).length, 4);
});

Deno.test("loadBalancer: only shelves whose content changed hear of a reload", () => {
  const ports = Array.from({ length: 200 }, (_, i) => 1_000 + i);
  const before = ports.map((port) => service(port));
  const { lines, actor } = balancer(...before);
  assertEquals(lines.splice(0).length, 200);
  let told = 0;
  actor.system.inspect((event) => {
    if (event.type !== "@xstate.event" || event.event.type !== "RECONFIGURE") return;
    if ("id" in event.actorRef && String(event.actorRef.id).startsWith("shelf ")) told++;
  });
  actor.send({ type: "RECONFIGURE", virtualServers: [...before] });
  assertEquals([told, lines], [0, []]);
  const changed = before.with(100, service(1_100, "wrr"));
  actor.send({ type: "RECONFIGURE", virtualServers: changed });
  assertEquals([told, lines.splice(0)], [1, ["[192.0.2.1]:tcp:1100 wrr"]]);
  actor.send({ type: "RECONFIGURE", virtualServers: [] });
  assertEquals(lines.splice(0).length, 200);
  actor.send({ type: "RECONFIGURE", virtualServers: before });
  assertEquals(lines.splice(0).length, 200, "what was emptied is filled again");
  actor.send({ type: "SHUTDOWN" });
  assertEquals([lines.length, actor.getSnapshot().status], [200, "done"]);
});

Deno.test("loadBalancer: a group with other entries is the same virtual server", () => {
  const group = (entry: string) => {
    const { server } = loadServer({
      before: `virtual_server_group g {\n192.0.2.1 80\n${entry}\n}`,
      service: "group g",
    });
    assert(server);
    return server;
  };
  const { lines, actor } = balancer(group("192.0.2.2 80"));
  actor.send({ type: "RECONFIGURE", virtualServers: [group("192.0.2.3 80")] });
  assertEquals(lines, ["[g]:0 rr", "[g]:0 rr"]);
});

Deno.test("loadBalancer: hundreds start, change and end, each once", () => {
  const all = Array.from({ length: 300 }, (_, i) => service(i + 1));
  const { lines, actor } = balancer(...all);
  const names = all.map(({ name }) => name).toSorted();
  assertEquals(lines.splice(0).toSorted(), names.map((name) => `${name} rr`));
  const less = all.slice(150).map((each) => ({ ...each, scheduler: "wrr" }));
  actor.send({ type: "RECONFIGURE", virtualServers: less });
  assertEquals(lines.filter((line) => line.endsWith(" removed true")).length, 150);
  assertEquals(lines.splice(0).filter((line) => line.endsWith(" wrr")).length, 150);
  actor.send({ type: "SHUTDOWN" });
  assertEquals(lines.length, 150);
  assertEquals(actor.getSnapshot().status, "done");
});

Deno.test("loadBalancer: the end of all is its own", () => {
  const { lines, actor } = balancer(service(80), service(81));
  lines.length = 0;
  actor.send({ type: "SHUTDOWN" });
  const expected = ["[192.0.2.1]:tcp:80 removed false", "[192.0.2.1]:tcp:81 removed false"];
  assertEquals(lines.sort(), expected);
  assertEquals(actor.getSnapshot().status, "done");
});

/** Three hundred of which some have begun. */
function halfBegun() {
  const all = Array.from({ length: 300 }, (_, i) => service(i + 1));
  const { lines, actor, time } = newBalancer(...all);
  time.clock.runDue(0);
  const begun = lines.splice(0);
  assert(begun.length > 50 && begun.length < 200, `${begun.length}`);
  assertEquals(actor.getSnapshot().value, { balancing: "beginning" });
  return { all, begun, lines, actor, time };
}

Deno.test("loadBalancer: a reload while thousands begin is heard by all, each once", () => {
  const { all, begun, lines, actor, time } = halfBegun();
  const changed = all.map((each, i) => i % 100 === 0 ? service(i + 1, "wrr") : each).slice(0, -1);
  actor.send({ type: "RECONFIGURE", virtualServers: changed });
  const names = all.map(({ name }) => name);
  const told = lines.filter((line) => line.endsWith(" wrr")).toSorted();
  assertEquals(told, [names[0], names[100], names[200]].map((name) => `${name} wrr`).toSorted());
  assertEquals(lines.filter((line) => line.endsWith("true")), [`${names[299]} removed true`]);
  time.runFor(0);
  const began = [...begun, ...lines].filter((line) => line.endsWith(" rr")).toSorted();
  assertEquals(began, names.map((name) => `${name} rr`).toSorted(), "each began, and once");
  assertEquals(lines.filter((line) => !line.endsWith(" rr")).length, 4, "nobody is told again");
  lines.length = 0;
  actor.send({ type: "SHUTDOWN" });
  assertEquals(lines.length, 299);
  assertEquals(actor.getSnapshot().status, "done");
});

Deno.test("loadBalancer: all are taken out at an end while thousands begin", () => {
  const { all, lines, actor, time } = halfBegun();
  actor.send({ type: "SHUTDOWN" });
  assertEquals(lines.filter((line) => line.endsWith(" removed false")).length, all.length);
  assertEquals(actor.getSnapshot().status, "done");
  assertEquals(time.clock.timerCount, 0);
});
