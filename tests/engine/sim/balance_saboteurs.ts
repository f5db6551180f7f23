/**
 * Balancers with one thing wrong, and the scenarios in which each breaks the invariant it must.
 *
 * @module
 */
import type { InvariantName } from "../../../engine/sim/court.ts";
import type { Row } from "../../../engine/sim/scenario.ts";
import type { CheckerFact } from "../../../machines/checker.ts";
import type { IpvsChange } from "../../../net/ipvs.ts";
import type { LinkTable } from "../../../net/link_table.ts";
import type { IpvsTable } from "../../../engine/io/ipvs_keeper.ts";
import { LvsEngine, type LvsEngineOptions } from "../../../engine/lvs_engine.ts";

/** Builds a balancer that is not quite right. */
export type BalancerSaboteur = (options: LvsEngineOptions) => LvsEngine;

/** A saboteur, and what it breaks. */
export interface BalanceCase {
  readonly invariant: InvariantName;
  readonly how: string;
  readonly saboteur: BalancerSaboteur;
  /** What befalls the only director, `a`. */
  readonly rows: readonly Row[];
  /** Of the virtual server. */
  readonly lines?: readonly string[];
  /** The servers after a reload of `other`. */
  readonly others?: readonly number[];
}

function withTable(change: (table: IpvsTable) => Partial<IpvsTable>): BalancerSaboteur {
  return (options) =>
    new LvsEngine({
      ...options,
      open: (wanted) => {
        const plane = options.open(wanted);
        if (!plane) return undefined;
        const { table } = plane;
        const honest: IpvsTable = {
          changeBatch: (changes, start) => table.changeBatch(changes, start),
          services: (detail) => table.services(detail),
          destinations: (key) => table.destinations(key),
          flush: () => table.flush(),
        };
        return { ...plane, table: { ...honest, ...change(table) } };
      },
    });
}

/** What a check finds out is another thing before it is told. */
function withFacts(change: (fact: CheckerFact) => CheckerFact): BalancerSaboteur {
  return (options) =>
    new LvsEngine({
      ...options,
      openChecks: (world) => {
        const checks = options.openChecks(world);
        return { ...checks, door: (port, tell) => checks.door(port, (fact) => tell(change(fact))) };
      },
    });
}

const lying = (outcome: "passed" | "failed") =>
  withFacts((fact) => fact.type === "VERDICT" ? { ...fact, outcome } : fact);

/** Only pretends to make some changes. */
const pretending = (isMade: (change: IpvsChange) => boolean) =>
  withTable((table) => ({
    changeBatch: (changes) => {
      table.changeBatch(changes.filter(isMade));
      return changes.map(() => ({ errno: 0 }));
    },
  }));

const backwards = withTable((table) => ({
  changeBatch: (changes) => table.changeBatch(changes.toReversed()),
}));

const forgetful = withTable(() => ({ destinations: () => ({ errno: 0, entries: [] }) }));

/** Believes that it has every address. */
const everywhere: BalancerSaboteur = (options) => {
  const { links } = options;
  const lied: LinkTable = {
    links: () => links.links(),
    linkByName: (name) => links.linkByName(name),
    linkByIndex: (index) => links.linkByIndex(index),
    addressesOf: (index) =>
      links.addressesOf(index).map((each) => ({ ...each, ip: "192.0.2.100" as typeof each.ip })),
    subscribe: (listener) => links.subscribe(listener),
    changeAddresses: (changes) => links.changeAddresses(changes),
  };
  return new LvsEngine({ ...options, links: lied });
};

const FIRST = "10.0.0.1:80";
/** The second server is never the same for long. */
const FLAPPING = Array.from(
  { length: 60 },
  (_, i): Row => [i * 500, "server", "10.0.0.2:80", i % 2 === 0 ? "down" : "up"],
);

/** Every invariant of balancers. */
export const BALANCE_CASES: readonly BalanceCase[] = [
  {
    invariant: "serves who is well",
    how: "all checks pass",
    saboteur: lying("passed"),
    rows: [[3_000, "server", FIRST, "down"]],
  },
  {
    invariant: "always a server",
    how: "servers are not added",
    saboteur: pretending(({ type }) => type === "addService"),
    rows: FLAPPING,
  },
  {
    invariant: "no gap",
    how: "changes in the opposite order",
    saboteur: backwards,
    rows: [[3_000, "reload", "a", "other"]],
    others: [3, 4],
  },
  {
    invariant: "changes what differs",
    how: "what is there already is not seen",
    saboteur: forgetful,
    rows: [[3_000, "crash", "a"], [3_100, "respawn", "a"]],
  },
  {
    invariant: "leaves for a reason",
    how: "no check passes",
    saboteur: lying("failed"),
    rows: [],
  },
  {
    invariant: "rests without address",
    how: "it believes to have the address",
    saboteur: everywhere,
    rows: [[1_000, "remove-address", "a", "192.0.2.100"]],
    lines: ["ha_suspend"],
  },
  {
    invariant: "leaves no service",
    how: "the table stays at the end",
    saboteur: (options) => new LvsEngine({ ...options, keepsAtStop: true }),
    rows: [[3_000, "stop", "a"]],
  },
];
