/**
 * Whatever checks say in whatever order, with whatever reloads between: the table is what a page of
 * arithmetic says of the last answers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { firstDestinations } from "../../machines/quorum_rules.ts";
import { load } from "../engine/config/harness.ts";
import { lvsWorld } from "./lvs_world.ts";

interface Server {
  readonly weight: number;
  readonly inhibits: boolean;
  readonly alpha: boolean;
}

interface Service {
  readonly servers: readonly Server[];
  readonly quorum: number;
  readonly hysteresis: number;
  readonly sorry: "none" | "plain" | "inhibits";
}

const server: fc.Arbitrary<Server> = fc.record({
  weight: fc.integer({ min: 0, max: 3 }),
  inhibits: fc.boolean(),
  alpha: fc.boolean(),
});
const service: fc.Arbitrary<Service> = fc.record({
  servers: fc.array(server, { minLength: 1, maxLength: 4 }),
  quorum: fc.integer({ min: 1, max: 6 }),
  hysteresis: fc.integer({ min: 0, max: 2 }),
  sorry: fc.constantFrom("none", "plain", "inhibits"),
});
/** What servers answer from now on; or a reload. */
const step = fc.oneof(
  fc.record({ answers: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }),
  fc.record({ reload: fc.record({ quorum: fc.integer({ min: 1, max: 6 }), sorry: fc.boolean() }) }),
);

const PORT = 9_000;
const SORRY = "127.0.0.1:9999";
const LOOP_MS = 1_000;

function configOf({ servers, quorum, hysteresis, sorry }: Service): VirtualServerConfig {
  const { config, diagnostics } = load([
    "virtual_server 10.9.9.1 80 {\ndelay_loop 1\nwarmup 0",
    "lvs_sched rr\nlvs_method NAT\nprotocol TCP",
    `quorum ${quorum}\nhysteresis ${hysteresis}`,
    ...sorry === "none" ? [] : ["sorry_server 127.0.0.1 9999"],
    ...sorry === "inhibits" ? ["sorry_server_inhibit"] : [],
    ...servers.map(({ weight, inhibits, alpha }, i) =>
      [
        `real_server 127.0.0.1 ${PORT + i} {\nweight ${weight}`,
        ...inhibits ? ["inhibit_on_failure"] : [],
        `TCP_CHECK {\nretry 0\n${alpha ? "alpha" : ""}\n}\n}`,
      ].join("\n")
    ),
    "}\n",
  ].join("\n"));
  const found = config?.virtualServers[0];
  assert(found, JSON.stringify(diagnostics));
  return found;
}

/** The page: who is up, whether that is enough, and what the table has of it. */
class Oracle {
  #service: Service;
  #up: boolean[];
  #hasQuorum: boolean;

  constructor(service: Service) {
    this.#service = service;
    this.#up = service.servers.map(({ alpha }) => !alpha);
    this.#hasQuorum = this.#weight() >= this.#needed();
  }

  answer(answers: readonly boolean[]): void {
    // One after the other, as checks end.
    for (const i of this.#service.servers.keys()) {
      this.#up[i] = answers[i] ?? false;
      this.#look();
    }
  }

  reload(service: Service): void {
    this.#service = service;
    this.#look();
  }

  table(): string[] {
    const { servers, sorry } = this.#service;
    const isSorry = !this.#hasQuorum && sorry !== "none";
    const lines = servers.flatMap(({ weight, inhibits }, i) => {
      const serves = this.#up[i] === true && !isSorry;
      if (!serves && !inhibits) return [];
      return [`127.0.0.1:${PORT + i} w=${serves ? weight : 0}`];
    });
    if (isSorry) lines.push(`${SORRY} w=1`);
    else if (sorry === "inhibits") lines.push(`${SORRY} w=0`);
    return lines.sort();
  }

  #look(): void {
    const { quorum, hysteresis } = this.#limits();
    if (this.#hasQuorum) this.#hasQuorum = this.#weight() >= quorum - hysteresis;
    else this.#hasQuorum = this.#weight() >= this.#needed();
  }

  #weight(): number {
    return this.#service.servers.reduce(
      (sum, { weight }, i) => sum + (this.#up[i] === true ? weight : 0),
      0,
    );
  }

  /** What is configured cannot be more than all servers have. */
  #limits(): { readonly quorum: number; readonly hysteresis: number } {
    const total = this.#service.servers.reduce((sum, { weight }) => sum + weight, 0);
    const quorum = Math.max(1, Math.min(this.#service.quorum, total));
    return { quorum, hysteresis: Math.min(this.#service.hysteresis, quorum - 1) };
  }

  /** All of them are enough, whatever the hysteresis. */
  #needed(): number {
    const { quorum, hysteresis } = this.#limits();
    const total = this.#service.servers.reduce((sum, { weight }) => sum + weight, 0);
    return Math.max(quorum, Math.min(quorum + hysteresis, total));
  }
}

Deno.test("the table is that of the last answers", () => {
  fc.assert(fc.property(service, fc.array(step, { maxLength: 12 }), (first, steps) => {
    let now = first;
    let answers: readonly boolean[] = first.servers.map(() => true);
    const world = lvsWorld(configOf(now), (port) => answers[port - PORT] ? "passed" : "failed");
    const oracle = new Oracle(now);
    assertEquals(world.servers(), oracle.table());
    const shown = firstDestinations(configOf(now), {});
    assertEquals(
      shown.map(({ ip, port, weight }) => `${ip}:${port} w=${weight}`).sort(),
      oracle.table(),
    );
    world.time.runFor(LOOP_MS / 2);
    for (const each of steps) {
      if ("answers" in each) {
        answers = each.answers;
        world.time.runFor(LOOP_MS);
        oracle.answer(answers);
      } else {
        const sorry = each.reload.sorry ? "plain" : "none";
        now = { ...now, quorum: each.reload.quorum, sorry };
        world.tell({ type: "RECONFIGURE", config: configOf(now) });
        oracle.reload(now);
      }
      assertEquals(world.servers(), oracle.table());
    }
  }));
});
