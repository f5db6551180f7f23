/**
 * Virtual servers on a kernel without IPVS: real HTTP through rules of nftables, counted by those
 * who answer.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Answers, BalanceLab, clientAddress, CLIENTS } from "../lab/balance_lab.ts";
import { sleep, until } from "../lab/command.ts";
import { type RunningDaemon, stayd } from "../lab/daemon.ts";
import { argumentsOf } from "../lab/process_tree.ts";
import { staydTest } from "../lab/stage.ts";

const HOST = "10.9.9.1";
const DELAY_LOOP_MS = 300;
const TIMEOUT_MS = 500;
/** For the machine to do what was decided. */
const MARGIN_MS = 500;
const ALL_CLIENTS = Array.from({ length: CLIENTS }, (_, i) => clientAddress(i));

interface Wanted {
  readonly weights: readonly number[];
  readonly scheduler?: string;
  readonly lines?: readonly string[];
  readonly host?: string;
  /** `10.0.N.2`, with the number of the server. */
  readonly address?: (number: number) => string;
}

function configuration(
  { weights, scheduler = "wrr", lines = [], host = HOST, address }: Wanted,
): string {
  const check = `TCP_CHECK {\nconnect_timeout ${TIMEOUT_MS / 1_000}\nretry 0\n}`;
  return [
    `global_defs {\nscript_user root\n}`,
    `virtual_server ${host} 80 {\nlvs_sched ${scheduler}\nlvs_method NAT\nprotocol TCP`,
    `delay_loop ${DELAY_LOOP_MS / 1_000}\nwarmup 0\n${lines.join("\n")}`,
    ...weights.map((weight, i) => {
      const server = address?.(i + 1) ?? `10.0.${i + 1}.2`;
      return `real_server ${server} 80 {\nweight ${weight}\n${check}\n}`;
    }),
    "}\n",
  ].join("\n");
}

/** Answers of all clients together, by server. */
function totals(answers: Answers): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const each of Object.values(answers)) {
    for (const [server, count] of Object.entries(each)) sums[server] = (sums[server] ?? 0) + count;
  }
  return sums;
}

/** What leads to servers, as the kernel has it. */
function ruleSet(lab: BalanceLab): Promise<string> {
  return lab.onBalancer("nft", "list", "ruleset");
}

async function untilServed(lab: BalanceLab, daemon: RunningDaemon, ...parts: string[]) {
  await until(
    `rules with ${parts.join(", ")}\n${daemon.tail()}`,
    async () => {
      const rules = await ruleSet(lab);
      return parts.every((part) => rules.includes(part));
    },
    20_000,
  );
}

async function play(
  wanted: Wanted,
  body: (lab: BalanceLab, daemon: RunningDaemon) => Promise<void>,
  ...parts: string[]
): Promise<void> {
  await using lab = await BalanceLab.create(3);
  const daemon = await lab.start(stayd, configuration(wanted));
  try {
    await untilServed(lab, daemon, ...parts.length > 0 ? parts : ["dnat"]);
    await body(lab, daemon);
  } catch (error) {
    const text = error instanceof Error ? error.message : error;
    throw new Error(`${text}\n${daemon.tail()}\n${await ruleSet(lab)}`, { cause: error });
  }
}

staydTest(
  "nftables: weights are kept within 3 % over 10,000 connections",
  () =>
    play({ weights: [5, 3, 2] }, async (lab, daemon) => {
      const count = 10_000;
      const sums = totals(await lab.visit({ host: HOST, port: 80, count, sources: ALL_CLIENTS }));
      for (const [server, share] of Object.entries({ server1: 5, server2: 3, server3: 2 })) {
        const expected = count * share / 10;
        const part = (sums[server] ?? 0) / expected;
        assert(part > 0.97 && part < 1.03, `${server}: ${sums[server]}, not ${expected}`);
      }
      assertEquals(sums["none"], undefined);
      const { code } = await daemon.stop();
      assertEquals([code, await ruleSet(lab)], [0, ""]);
    }),
);

staydTest(
  "nftables: a dead server gets nothing, and something again when it lives",
  () =>
    play({ weights: [1, 1, 1] }, async (lab, daemon) => {
      await lab.stopServer(2);
      await sleep(DELAY_LOOP_MS + TIMEOUT_MS + MARGIN_MS);
      const visit = { host: HOST, port: 80, count: 600, sources: ALL_CLIENTS };
      assertEquals(totals(await lab.visit(visit)), { server1: 300, server3: 300 });
      await lab.startServer(2);
      await untilServed(lab, daemon, "10.0.2.2:80");
      assertEquals(totals(await lab.visit(visit)), { server1: 200, server2: 200, server3: 200 });
    }),
);

staydTest(
  "nftables: a silent server gets nothing after delay_loop and connect_timeout",
  () =>
    play({ weights: [1, 1, 1] }, async (lab, daemon) => {
      // The first check comes a second after the start.
      const isKnown = (line: string) => line.includes("[10.0.2.2]:80 #0 succeeded");
      await until("it is known to be well", () => daemon.log().some(isKnown), 20_000);
      await lab.silenceServer(2);
      await sleep(DELAY_LOOP_MS + TIMEOUT_MS + MARGIN_MS);
      const visit = { host: HOST, port: 80, count: 600, sources: ALL_CLIENTS };
      assertEquals(totals(await lab.visit(visit)), { server1: 300, server3: 300 });
    }),
);

staydTest(
  "nftables: chance decides with twos, by weight",
  () =>
    play({ weights: [2, 1, 1], scheduler: "twos" }, async (lab) => {
      const count = 2_000;
      const sums = totals(await lab.visit({ host: HOST, port: 80, count, sources: ALL_CLIENTS }));
      for (const [server, share] of Object.entries({ server1: 2, server2: 1, server3: 1 })) {
        const part = (sums[server] ?? 0) / (count * share / 4);
        // Six standard deviations or more.
        assert(part > 0.73 && part < 1.27, `${server}: ${sums[server]}`);
      }
      assertEquals(sums["none"], undefined);
    }),
);

staydTest(
  "nftables: clients stay with their server, also when it gets no new ones",
  () =>
    play({ weights: [1, 1, 1], lines: ["persistence_timeout 60"] }, async (lab, daemon) => {
      const old = ALL_CLIENTS.slice(0, 30);
      const first = await lab.visit({ host: HOST, port: 80, count: 300, sources: old });
      const homes = Object.entries(first).map(([source, each]) => {
        assertEquals([source, Object.keys(each).length], [source, 1]);
        return [source, Object.keys(each)[0]];
      });
      assertEquals(new Set(homes.map(([, server]) => server)).size, 3);
      // Weight 0: those who know it stay, nobody comes.
      await daemon.reload(configuration({
        weights: [0, 1, 1],
        lines: ["persistence_timeout 60"],
      }));
      await untilServed(lab, daemon, "mod 2");
      const second = await lab.visit({ host: HOST, port: 80, count: 400, sources: ALL_CLIENTS });
      for (const [source, home] of homes) {
        assertEquals([source, Object.keys(second[source ?? ""] ?? {})], [source, [home]]);
      }
      for (const source of ALL_CLIENTS.slice(30)) {
        assertEquals(second[source]?.["server1"], undefined);
      }
    }, "mod 3"),
);

staydTest(
  "nftables: the source decides with sh",
  () =>
    play({ weights: [1, 1, 1], scheduler: "sh" }, async (lab) => {
      const answers = await lab.visit({ host: HOST, port: 80, count: 400, sources: ALL_CLIENTS });
      for (const [source, each] of Object.entries(answers)) {
        assertEquals([source, Object.keys(each).length], [source, 1]);
      }
      assertEquals(Object.keys(totals(answers)).sort(), ["server1", "server2", "server3"]);
    }),
);

staydTest("nftables: IPv6, and the balancer as its own client", () =>
  play(
    {
      weights: [2, 1, 1],
      host: "fd00:9::1",
      address: (number) => `fd00:0:0:${number}::2`,
    },
    async (lab) => {
      const visit = { host: "fd00:9::1", port: 80, count: 400, sources: ["fd00:1::2"] };
      const sums = totals(await lab.visit(visit));
      assertEquals(sums, { server1: 200, server2: 100, server3: 100 });
      const code = 'const response = await fetch("http://[fd00:9::1]/"); ' +
        "console.log(await response.text());";
      const answer = await lab.onBalancer(Deno.execPath(), "eval", "--no-lock", code);
      assert(/^server[123]$/.test(answer.trim()), answer);
    },
  ));

staydTest(
  "nftables: a killed daemon's rules serve on, and are taken over without a gap",
  () =>
    play({ weights: [1, 1, 1] }, async (lab, daemon) => {
      const visit = { host: HOST, port: 80, count: 3_000, sources: ALL_CLIENTS };
      await daemon.kill();
      const visiting = lab.visit(visit);
      const next = await lab.start(stayd, configuration({ weights: [1, 1, 1] }));
      await until(`another table\n${next.tail()}`, async () => {
        const rules = await ruleSet(lab);
        return rules.includes("table inet stayd_lvs2") && !rules.includes("table inet stayd_lvs ");
      }, 20_000);
      assertEquals(totals(await visiting)["none"], undefined);
    }),
);

staydTest(
  "nftables: a process of checks that is killed goes on with who was up",
  () =>
    play({ weights: [1, 1, 1], lines: ["alpha"] }, async (lab, daemon) => {
      await untilServed(lab, daemon, "10.0.1.2:80", "10.0.2.2:80", "10.0.3.2:80");
      await lab.stopServer(2);
      const isGone = async () => !(await ruleSet(lab)).includes("10.0.2.2:80");
      await until("the dead is gone", isGone, 20_000);
      const checks = () => daemon.pids().find((pid) => argumentsOf(pid).includes("--child=check"));
      const before = checks();
      assert(before !== undefined);
      Deno.kill(before, "SIGKILL");
      const endMs = performance.now() + 20_000;
      while (!(await ruleSet(lab)).includes("table inet stayd_lvs2")) {
        const rules = await ruleSet(lab);
        assert(rules.includes("10.0.1.2:80") && !rules.includes("10.0.2.2:80"), rules);
        assert(performance.now() < endMs, daemon.tail());
      }
      const visit = { host: HOST, port: 80, count: 400, sources: ALL_CLIENTS };
      assertEquals(totals(await lab.visit(visit)), { server1: 200, server3: 200 });
      assert(checks() !== before);
    }),
);

staydTest("nftables: a thousand virtual servers are served, and told of, at once", async () => {
  await using lab = await BalanceLab.create(1);
  const many = Array.from({ length: 1_000 }, (_, i) =>
    [
      `virtual_server 10.8.${i >> 8}.${i & 255} 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP`,
      "real_server 10.0.1.2 80 {\n}\n}\n",
    ].join("\n"));
  const daemon = await lab.start(stayd, `global_defs {\nscript_user root\n}\n${many.join("")}`);
  await untilServed(lab, daemon, "10.8.3.231");
  const told = () => daemon.log().filter((line) => line.includes("Gained quorum")).length;
  // Less than any timer that would wake the process that has to say it.
  await until(`all are told of, not ${told()}`, () => told() === 1_000, 5_000);
});

staydTest(
  "nftables: what others flush is told, and put back",
  () =>
    play({ weights: [1, 1, 1] }, async (lab, daemon) => {
      await lab.onBalancer("nft", "flush", "ruleset");
      await untilServed(lab, daemon, "10.0.1.2:80", "10.0.2.2:80", "10.0.3.2:80");
      assert(daemon.log().some((line) => line.includes("Somebody changed virtual server")));
    }),
);
