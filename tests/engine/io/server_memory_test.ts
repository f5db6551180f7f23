/**
 * What outlives the process that checks servers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { realServerIdentity, type VirtualServerConfig } from "../../../machines/lvs_config.ts";
import { quorumKey, serverKey } from "../../../machines/quorum_rules.ts";
import { ServerMemory } from "../../../engine/io/server_memory.ts";
import type { LvsNotice } from "../../../engine/notify/events.ts";
import { loadServer } from "../config/lvs/texts.ts";

function service(port: number): VirtualServerConfig {
  const { server } = loadServer({ service: `192.0.2.1 ${port}` });
  assert(server);
  return server;
}

function notices({ name, realServers: [real] }: VirtualServerConfig): LvsNotice[] {
  assert(real);
  const of = { service: name, id: realServerIdentity(real), isUp: false };
  return [{ kind: "VS", name, isUp: true }, { kind: "RS", ...of }] as unknown as LvsNotice[];
}

function known({ name, realServers: [real] }: VirtualServerConfig): Record<string, boolean> {
  assert(real);
  return { [quorumKey(name)]: true, [serverKey(name, realServerIdentity(real))]: false };
}

Deno.test("ServerMemory: who is configured is remembered, and nobody else", () => {
  const memory = new ServerMemory();
  const [one, two] = [service(80), service(81)];
  memory.configure({ virtualServers: [one, two] });
  for (const notice of [...notices(one), ...notices(two)]) memory.take(notice);
  assertEquals(memory.all(), { ...known(one), ...known(two) });
  memory.configure({ virtualServers: [two] });
  assertEquals(memory.all(), known(two));
});

Deno.test("ServerMemory: it does not grow with those that came and went", () => {
  const memory = new ServerMemory();
  const last = service(3_000);
  for (let port = 1; port <= 3_000; port++) {
    const each = port === 3_000 ? last : service(port);
    memory.configure({ virtualServers: [each] });
    for (const notice of notices(each)) memory.take(notice);
    assert(memory.size <= 1_002 + each.realServers.length);
  }
  assertEquals(memory.all(), known(last));
});
