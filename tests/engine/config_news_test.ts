import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { configOf, newsOf } from "../../engine/config_news.ts";
import type { Config } from "../../machines/config.ts";
import type { VirtualServerConfig } from "../../machines/lvs_config.ts";
import { load } from "./config/harness.ts";
import { serverText } from "./config/lvs/texts.ts";

/** One virtual server in which nothing is missing, and all around it. */
function base(): { readonly config: Config; readonly server: VirtualServerConfig } {
  const { config } = load(serverText({}));
  const server = config?.virtualServers[0];
  assert(config && server);
  return { config, server };
}

const { config: BASE, server: SERVER } = base();

/** A configuration with these virtual servers: their numbers, and their weights. */
function configWith(servers: readonly (readonly [number: number, quorum: number])[]): Config {
  const virtualServers = servers.map(([number, quorum]): VirtualServerConfig => ({
    ...SERVER,
    name: `number ${number}`,
    quorum,
    realServers: SERVER.realServers.map((each) => ({ ...each })),
  }));
  return { ...BASE, virtualServers };
}

const ONE_TO_FOUR = configWith([[1, 1], [2, 1], [3, 1], [4, 1]]);

/** What is told, in short: names, and `from+count`. */
function told(after: Config, before: Config | undefined): string {
  return newsOf(after, before).virtualServers.map((each) =>
    "name" in each ? each.name : `${each.keptFrom}+${each.count}`
  ).join(", ");
}

// deno-fmt-ignore
const rows: [name: string, after: readonly (readonly [number, number])[], expected: string][] = [
  ["nothing changed",     [[1, 1], [2, 1], [3, 1], [4, 1]],         "0+4"],
  ["one changed",         [[1, 1], [2, 1], [3, 9], [4, 1]],         "0+2, number 3, 3+1"],
  ["the first is gone",   [[2, 1], [3, 1], [4, 1]],                 "1+3"],
  ["one in between",      [[1, 1], [7, 1], [2, 1], [3, 1], [4, 1]], "0+1, number 7, 1+3"],
  ["another order",       [[3, 1], [4, 1], [1, 1]],                 "2+2, 0+1"],
  ["the last twice",      [[4, 1], [4, 1]],                         "3+1, 3+1"],
  ["all are others",      [[5, 1]],                                 "number 5"],
  ["none are left",       [],                                       ""],
];
for (const [name, after, expected] of rows) {
  Deno.test(`newsOf: ${name}`, () => {
    assertEquals(told(configWith(after), ONE_TO_FOUR), expected);
  });
}

Deno.test("newsOf: who knows nothing is told everything", () => {
  assertEquals(newsOf(ONE_TO_FOUR, undefined), ONE_TO_FOUR);
});

Deno.test("configOf: what is kept is the same object, what is not was told before is a bug", () => {
  const after = configWith([[1, 1], [2, 5]]);
  const news = newsOf(after, ONE_TO_FOUR);
  const config = configOf(news, ONE_TO_FOUR);
  assertEquals(config, after);
  assert(config.virtualServers[0] === ONE_TO_FOUR.virtualServers[0]);
  assertThrows(() => configOf(news, undefined));
  assertThrows(() => configOf(news, configWith([])));
});

Deno.test("configOf undoes newsOf, over the wire, from any configuration to any other", () => {
  const servers = fc.uniqueArray(fc.tuple(fc.nat(6), fc.nat(1)), {
    selector: ([number]) => number,
  });
  fc.assert(fc.property(servers, servers, (first, second) => {
    const [before, after] = [configWith(first), configWith(second)];
    const heard = JSON.parse(JSON.stringify(newsOf(after, before)));
    assertEquals(configOf(heard, before), after);
  }));
});
