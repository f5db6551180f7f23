/**
 * Scenarios of virtual servers by chance: directors, configurations that replace each other, and
 * servers that die, return, refuse, say nothing and take their time.
 *
 * @module
 */
import fc from "fast-check";
import { assert } from "../../../net/assert.ts";
import type { Config } from "../../../machines/config.ts";
import type { ReadyHost, ReadyScenario, Row } from "../../../engine/sim/scenario.ts";
import type { ServerCondition } from "../../../engine/sim/servers.ts";
import { load } from "../config/harness.ts";

const SERVER_COUNT = 4;
const ENOMEM = 12;
const END_MS = 30_000;

/** A check as it is written, but for its block. */
const CHECKS: Readonly<Record<string, string>> = {
  tcp: "TCP_CHECK {",
  pages: "HTTP_GET {\nurl {\npath /\n}\nurl {\npath /b\n}",
  mail: "SMTP_CHECK {",
  name: "DNS_CHECK {",
};

interface Server {
  readonly number: number;
  readonly weight: number;
  readonly inhibits: boolean;
  readonly alpha: boolean;
  readonly retries: number;
  readonly check: string;
}

interface Service {
  readonly key: string;
  readonly scheduler: string;
  readonly method: string;
  readonly delayLoop: number;
  readonly quorum: number;
  readonly hysteresis: number;
  readonly sorry: "none" | "plain" | "inhibits" | "is a server";
  readonly follows: boolean;
  readonly persists: boolean;
  readonly servers: readonly Server[];
}

const server: fc.Arbitrary<Server> = fc.record({
  number: fc.integer({ min: 1, max: SERVER_COUNT }),
  weight: fc.constantFrom(1, 1, 2, 3, 0),
  inhibits: fc.boolean(),
  alpha: fc.boolean(),
  retries: fc.constantFrom(0, 1, 2),
  check: fc.constantFrom("tcp", "tcp", "pages", "mail", "name", "none"),
});

/** Two groups have the same entries: a reload may rename one. */
const KEYS = ["192.0.2.100 80", "192.0.2.100 443", "fwmark 5", "group one", "group two"];

const service: fc.Arbitrary<Service> = fc.record({
  key: fc.constantFrom(...KEYS),
  scheduler: fc.constantFrom("rr", "wrr", "wlc"),
  method: fc.constantFrom("NAT", "NAT", "DR"),
  delayLoop: fc.constantFrom(0.5, 1, 2),
  quorum: fc.constantFrom(1, 1, 2, 4),
  hysteresis: fc.constantFrom(0, 0, 1),
  sorry: fc.constantFrom("none", "none", "plain", "inhibits", "is a server"),
  follows: fc.constantFrom(false, false, true),
  persists: fc.boolean(),
  servers: fc.uniqueArray(server, {
    minLength: 1,
    maxLength: SERVER_COUNT,
    selector: ({ number }) => number,
  }),
});

/** What of the services is there: both groups would be the same. */
const services = fc.uniqueArray(service, {
  minLength: 0,
  maxLength: 3,
  selector: ({ key }) => key.replace(/ (one|two)$/, ""),
});

const GROUP = "192.0.2.100 8080\n192.0.2.101-102 8080\nfwmark 6";

function serviceText(each: Service): string {
  const { key, scheduler, method, delayLoop, quorum, hysteresis, sorry, follows } = each;
  const isMark = key.startsWith("fwmark");
  const sorryNumber = sorry === "is a server" ? each.servers[0]?.number : SERVER_COUNT + 1;
  return [
    `virtual_server ${key} {\ndelay_loop ${delayLoop}\nwarmup 0\nconnect_timeout 1`,
    `lvs_sched ${scheduler}\nlvs_method ${method}`,
    ...isMark ? [] : ["protocol TCP"],
    `quorum ${quorum}\nhysteresis ${Math.min(hysteresis, quorum - 1)}`,
    ...follows && !isMark ? ["ha_suspend"] : [],
    ...each.persists ? ["persistence_timeout 60"] : [],
    ...sorry === "none" ? [] : [`sorry_server 10.0.0.${sorryNumber} 80`],
    ...sorry === "inhibits" ? ["sorry_server_inhibit"] : [],
    ...each.servers.map(serverText),
    "}",
  ].join("\n");
}

function serverText({ number, weight, inhibits, alpha, retries, check }: Server): string {
  const block = CHECKS[check];
  return [
    `real_server 10.0.0.${number} 80 {\nweight ${weight}`,
    ...inhibits ? ["inhibit_on_failure"] : [],
    ...block === undefined ? [] : [
      block,
      `connect_port 80\nretry ${retries}\ndelay_before_retry 0.5`,
      ...alpha ? ["alpha"] : [],
      "}",
    ],
    "}",
  ].join("\n");
}

function configOf(priority: number, repairs: boolean, all: readonly Service[]): Config {
  const { config, diagnostics } = load([
    ...repairs ? ["global_defs {\nlvs_reconcile\n}"] : [],
    "vrrp_instance VI_1 {\nversion 3\ninterface eth0\nvirtual_router_id 51\nadvert_int 0.5",
    `priority ${priority}\nvirtual_ipaddress {\n192.0.2.100/24\n}\n}`,
    ...["one", "two"].map((name) => `virtual_server_group ${name} {\n${GROUP}\n}`),
    ...all.map(serviceText),
    "",
  ].join("\n"));
  assert(config !== undefined, JSON.stringify(diagnostics));
  return config;
}

const NAMES = ["a", "b"];

const hosts: fc.Arbitrary<ReadyHost[]> = fc.record({
  count: fc.constantFrom(1, 2),
  repairs: fc.boolean(),
  first: services,
  second: services,
  third: services,
}).map(({ count, repairs, first, second, third }) =>
  NAMES.slice(0, count).map((name, i) => {
    const of = (all: readonly Service[]) => configOf(150 - 50 * i, repairs, all);
    return { name, config: of(first), otherConfigs: { second: of(second), third: of(third) } };
  })
);

const condition: fc.Arbitrary<ServerCondition> = fc.constantFrom(
  ...["up", "up", "down", "silent", 300, 999, 1_500] as const,
);

function row(names: readonly string[]): fc.Arbitrary<Row> {
  const at = fc.oneof(fc.nat(200).map((tenths) => tenths * 100), fc.nat(20_000));
  const host = fc.constantFrom(...names);
  const address = fc.integer({ min: 1, max: SERVER_COUNT }).map((number) => `10.0.0.${number}:80`);
  const simple = fc.constantFrom(
    ...["start", "stop", "crash", "respawn", "power-off", "power-on", "cut", "plug"] as const,
  );
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(at, fc.constant("server" as const), address, condition),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(
        at,
        fc.constant("reload" as const),
        host,
        fc.constantFrom("second", "third"),
      ),
    },
    { weight: 3, arbitrary: fc.tuple(at, simple, host) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        at,
        fc.constant("stall" as const),
        host,
        fc.constantFrom(50, 700, 3_000),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(at, fc.constant("flush-services" as const), host) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        at,
        fc.constant("refuse-services" as const),
        host,
        fc.constantFrom(ENOMEM, 0),
      ),
    },
  );
}

/** A scenario; in the end everything works again, so that the table can be demanded. */
export const balanceScenario: fc.Arbitrary<ReadyScenario> = hosts.chain((machines) => {
  const names = machines.map(({ name }) => name);
  return fc.record({
    title: fc.constant("generated"),
    hosts: fc.constant(machines),
    rows: fc.array(row(names), { maxLength: 16 }).map((rows): Row[] => [
      ...rows.toSorted((a, b) => a[0] - b[0]),
      ...names.flatMap((name): Row[] => [
        [END_MS, "plug", name],
        [END_MS, "refuse-services", name, 0],
      ]),
    ]),
  });
});
