/**
 * Random scenarios of the simulator, whose first director has the kernel's real table: after every
 * step `ipvsadm -Ln` prints what the model says.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { IpvsTable } from "../../engine/io/ipvs_keeper.ts";
import { LvsEngine } from "../../engine/lvs_engine.ts";
import type { SimIpvs } from "../../engine/sim/kernel_ipvs.ts";
import { runScenario } from "../../engine/sim/run.ts";
import type { ReadyScenario } from "../../engine/sim/scenario.ts";
import type { World } from "../../engine/sim/world.ts";
import { Ipvs } from "../../net/ipvs.ts";
import type { IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import type { IpvsService } from "../../net/netlink/ipvs_service.ts";
import { balanceScenario } from "../engine/sim/balance_arbitraries.ts";

const RUNS = 50;
const STEPS_MIN = 60;

/** What `ipvsadm` prints: a line for each service, and one for each server behind it, sorted. */
function printed(): string[] {
  const { success, stdout } = new Deno.Command("ipvsadm", { args: ["-Ln"] }).outputSync();
  assert(success);
  const lines: string[] = [];
  let service = "";
  for (const line of new TextDecoder().decode(stdout).split("\n").slice(3)) {
    const words = line.trim().split(/\s+/);
    if (words.length < 2) continue;
    if (words[0] !== "->") lines.push(service = words.join(" "));
    else lines.push(`${service} ${words.slice(0, 4).join(" ")}`);
  }
  return lines.sort();
}

const METHODS = {
  nat: "Masq",
  direct: "Route",
  tunnel: "Tunnel",
  local: "Local",
  bypass: "Bypass",
};

function serviceWords({ key, scheduler, persistence }: IpvsService): string {
  const name = key.kind === "fwmark"
    ? `FWM ${key.mark}`
    : `${key.protocol.toUpperCase()} ${key.ip}:${key.port}`;
  return `${name} ${scheduler}${persistence ? ` persistent ${persistence.timeoutSec}` : ""}`;
}

function serverWords({ ip, port, forwarding, weight }: IpvsDestination): string {
  return `-> ${ip}:${port} ${METHODS[forwarding.kind]} ${weight}`;
}

/** The model's table, as `ipvsadm` would print it. */
function modelled({ table }: SimIpvs): string[] {
  return Array.from(table.values(), ({ service, destinations }) => {
    const words = serviceWords(service);
    return [words, ...Array.from(destinations.values(), (each) => `${words} ${serverWords(each)}`)];
  }).flat().sort();
}

/** Whoever changes it changes both; what is read is the kernel's. */
function both(kernel: Ipvs, model: SimIpvs): IpvsTable {
  return {
    changeBatch: (changes, start = 0) => {
      const results = kernel.changeBatch(changes, start);
      model.changeBatch(changes.slice(start, start + results.length));
      return results;
    },
    services: (detail) => kernel.services(detail),
    destinations: (key) => kernel.destinations(key),
    glance: () => kernel.glance(),
    flush: () => {
      model.flush();
      return kernel.flush();
    },
  };
}

/** With one director, whose kernel does what it is told. */
function playable({ hosts, rows, ...rest }: ReadyScenario): ReadyScenario {
  const [first] = hosts;
  assert(first);
  const kept = rows.filter(([, action, name]) =>
    action !== "refuse-services" && (action === "server" || name === first.name)
  );
  return { ...rest, hosts: [first], rows: kept };
}

Deno.test("ipvsadm -Ln prints what the model says, after every step of random scenarios", () => {
  using kernel = Ipvs.open();
  assert(kernel, "This kernel has no IPVS");
  let stepCount = 0;
  fc.assert(
    fc.property(balanceScenario, (value) => {
      assertEquals(kernel.flush().errno, 0);
      let world: World | undefined;
      let last = "";
      const compare = () => {
        const model = world?.host("a").kernel.ipvs;
        const lines = model ? modelled(model) : [];
        if (lines.join() === last) return;
        last = lines.join();
        stepCount++;
        assertEquals(printed(), lines);
      };
      const { violation } = runScenario(playable(value), {
        onCreated: (created) => void (world = created),
        watchers: [{
          // What befalls the model's table befalls the kernel's.
          disturbed: ([, action]) => {
            if (action === "flush-services" || action === "power-off") kernel.flush();
          },
          stepped: compare,
        }],
        createBalancer: (options) =>
          new LvsEngine({
            ...options,
            open: (wanted) => {
              const plane = options.open(wanted);
              const model = world?.host("a").kernel.ipvs;
              return plane && model && { ...plane, table: both(kernel, model) };
            },
          }),
      });
      assertEquals(violation, undefined);
    }),
    { numRuns: RUNS },
  );
  assertEquals(kernel.refusedCount, 0);
  kernel.flush();
  assert(stepCount > STEPS_MIN, `only ${stepCount} steps`);
});
