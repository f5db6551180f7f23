/**
 * What other people ran into with virtual servers, by the number of the issue they wrote for
 * keepalived.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { load } from "../engine/config/harness.ts";
import { lvsWorld } from "./lvs_world.ts";

function server(...servers: readonly string[]): VirtualServerConfig {
  const { config, diagnostics } = load([
    "virtual_server 10.9.9.1 80 {",
    "delay_loop 1\ndelay_before_retry 0.1\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nwarmup 0\nretry 1\nconnect_timeout 1",
    ...servers.map((each) => `real_server ${each}`),
    "}\n",
  ].join("\n"));
  const found = config?.virtualServers[0];
  assert(found, JSON.stringify(diagnostics));
  return found;
}

/** A server with a check of each of these ports. */
function checked(...ports: readonly number[]): string {
  const checks = ports.map((port) => `TCP_CHECK {\nconnect_port ${port}\n}`);
  return `127.0.0.1 80 {\n${checks.join("\n")}\n}`;
}

const OTHER = "127.0.0.2 80 {\n}";

Deno.test("keepalived #608: a check that failed is known by what it checks, across any reload", () => {
  const world = lvsWorld(
    server(checked(9011, 9012), OTHER),
    (port) => port === 9012 ? "failed" : "passed",
  );
  const seen = (...servers: string[]) => {
    world.tell({ type: "RECONFIGURE", config: server(...servers) });
    const atOnce = world.servers();
    world.time.runFor(3_000);
    return [atOnce, world.servers()];
  };
  world.time.runFor(3_000);
  const [one, both] = [["127.0.0.2:80 w=1"], ["127.0.0.1:80 w=1", "127.0.0.2:80 w=1"]];
  assertEquals(world.servers(), one);
  assertEquals(seen(checked(9012, 9011), OTHER), [one, one], "the other way round");
  assertEquals(seen(checked(9013, 9014, 9012, 9011), OTHER), [one, one], "later ones before it");
  assertEquals(seen(OTHER, checked(9012)), [one, one], "fewer");
  assertEquals(seen(checked(9011), OTHER), [one, both], "who was down waits for the new check");
  assertEquals(seen(checked(9012, 9011), OTHER), [both, one], "a further one");
  assertEquals(seen(checked(9011), OTHER), [both, both], "it goes, and its failure with it");
});

Deno.test("keepalived #1144: a server whose check fails is not served again by reloads", () => {
  const config = server(checked(9012), OTHER);
  const world = lvsWorld(config, () => ({ outcome: "failed", tookMs: 300 }));
  world.time.runFor(2_000);
  // Also while the check is under way: each reload comes at another moment.
  for (let i = 0; i < 20; i++) {
    world.tell({ type: "RECONFIGURE", config });
    assertEquals(world.servers(), ["127.0.0.2:80 w=1"]);
    world.time.runFor(170);
    assertEquals(world.servers(), ["127.0.0.2:80 w=1"]);
  }
});

Deno.test("keepalived #2720: a script that is timed out leaves nothing of its weight behind", () => {
  const misc = '127.0.0.1 80 {\nweight 7\nMISC_CHECK {\nmisc_path "/bin/true"\nmisc_dynamic\n}\n}';
  let answer: "weighs" | "timed out" | "passed" = "weighs";
  const world = lvsWorld(server(misc, OTHER), () => {
    if (answer !== "weighs") return answer === "passed" ? "passed" : "failed";
    return { outcome: "passed", weight: { kind: "absolute", value: 5 }, tookMs: 1 };
  });
  const after = (next: typeof answer) => {
    answer = next;
    world.time.runFor(3_000);
    return world.servers();
  };
  const other = "127.0.0.2:80 w=1";
  for (let i = 0; i < 3; i++) {
    assertEquals(after("weighs"), ["127.0.0.1:80 w=5", other]);
    assertEquals(after("timed out"), [other]);
    assertEquals(after("passed"), ["127.0.0.1:80 w=7", other]);
  }
  world.tell({ type: "RECONFIGURE", config: server(checked(9011), OTHER) });
  assertEquals(after("passed"), ["127.0.0.1:80 w=1", other], "nor when the script is gone");
});
