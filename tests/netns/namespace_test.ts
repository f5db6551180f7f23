/**
 * `net_namespace`: a daemon that is started elsewhere lives in the namespace it is told.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { assertHolds } from "../lab/assertions.ts";
import { until } from "../lab/command.ts";
import { FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, type DaemonFiles, keepalived, stayd } from "../lab/daemon.ts";
import { rulesetOf } from "../lab/firewall.ts";
import { interfacesOf } from "../lab/interfaces.ts";
import { advertsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

/** With the start, of which nobody tells where the daemon was started. */
const STARTED_MS = downMs(FAST_WIRE, 200) + 10_000;
const VIRTUAL = ["10.0.0.100", "10.0.0.101"];

function textOf(lab: Lab, lines: readonly string[] = []): string {
  const instance = instanceText("r1", FAST_WIRE, { priority: 200, lines });
  return `net_namespace ${lab.namespace("r1")}\n${instance}`;
}

for (const daemon of [stayd, keepalived] satisfies Daemon[]) {
  netnsTest(
    `net_namespace: ${daemon.name} started in r2 is a router in r1`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const before = [await interfacesOf(lab, "r1"), await interfacesOf(lab, "r2")];
        const fifo = "global_defs {\nvrrp_notify_fifo /run/keepalived/lab.fifo\n}\n";
        const text = textOf(lab, ["use_vmac", "no_accept"]);
        const running = await lab.start("r2", daemon, text.replace("\n", `\n${fifo}`));
        const isFromR1 = (frame: (typeof capture.frames)[number]) =>
          frame.kind === "advert" && frame.source === "10.0.0.1";
        await until("r1 is elected", () => capture.frames.some(isFromR1), STARTED_MS);
        const holds = async () =>
          JSON.stringify(await interfacesOf(lab, "r1")).includes("10.0.0.100");
        await until("r1 holds the address", holds, 2000);
        assertEquals((await rulesetOf(lab, "r1")).length, 1);
        assertEquals(
          await interfacesOf(lab, "r2"),
          before[1],
          "nothing happens where it came from",
        );
        assertEquals(await rulesetOf(lab, "r2"), []);
        const own = `/run/keepalived/${lab.namespace("r1")}`;
        assert(Deno.statSync(`${own}/lab.fifo`).isFifo, "files of namespaces are told apart");
        await running.stop();
        assertEquals([await interfacesOf(lab, "r1"), await interfacesOf(lab, "r2")], before);
        assert(!await exists(own), "and leave nothing");
        assertEquals(await rulesetOf(lab, "r1"), []);
      }, ["r1", "r2"]),
  );
}

staydTest(
  "net_namespace: a reload goes on in it, one that names another is refused",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const running = await lab.start("r2", stayd, textOf(lab));
      await capture.until("r1 is elected", isAdvertOf("r1"), STARTED_MS);
      await assertHolds(lab, "r1", VIRTUAL);
      await running.reload(textOf(lab).replace("priority 200", "priority 150"));
      await capture.until("the reload acts", isAdvertOf("r1", 150), 3000);
      await running.reload(textOf(lab).replace(lab.namespace("r1"), lab.namespace("r2")));
      const refused = () =>
        running.log().some((line) => line.includes("Cannot change net_namespace"));
      await until("it is refused", refused, 3000);
      await assertHolds(lab, "r1", VIRTUAL);
      assert(!advertsOf("r1", capture.frames).some(({ priority }) => priority === 0));
      await running.stop();
    }, ["r1", "r2"]),
);

/** A virtual server whose only check succeeds where r2's address is. */
function balancerText(lab: Lab): string {
  const script = `${lab.directory}/is_r2`;
  Deno.writeTextFileSync(script, "#!/bin/sh\nip -4 addr show to 10.0.0.2/32 | grep -q 10.0.0.2\n", {
    mode: 0o755,
  });
  return [
    `net_namespace_ipvs ${lab.namespace("r1")}`,
    "global_defs {\nscript_user root\n}",
    instanceText("r2", FAST_WIRE, { priority: 200 }),
    "virtual_server 10.9.9.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\ndelay_loop 1",
    "warmup 0\nalpha",
    `real_server 10.0.0.9 80 {\nMISC_CHECK {\nmisc_path "${script}"\n}\n}`,
    "}\n",
  ].join("\n");
}

staydTest(
  "net_namespace_ipvs: the rules of virtual servers are there; checks and VRRP are here",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const rulesOf = (host: "r1" | "r2") => lab.runAt(host, ["nft", "list", "ruleset"]);
      const running = await lab.start("r2", stayd, balancerText(lab));
      await until(
        `r1 has rules\n${running.tail()}`,
        async () => (await rulesOf("r1")).includes("10.0.0.9"),
        10_000,
      );
      await capture.until("r2 is elected", isAdvertOf("r2"), STARTED_MS);
      await assertHolds(lab, "r2", VIRTUAL);
      assertEquals(await rulesOf("r2"), "");
      await running.reload(balancerText(lab).replace("10.9.9.1", "10.9.9.7"));
      await until("a reload acts", async () => (await rulesOf("r1")).includes("10.9.9.7"), 5_000);
      await running.stop();
      assertEquals([await rulesOf("r1"), await rulesOf("r2")], ["", ""]);
    }, ["r1", "r2"]),
);

staydTest(
  "net_namespace: -s is stronger, and its pid file is its own",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const [r1, r2] = [lab.namespace("r1"), lab.namespace("r2")];
      const plain = textOf(lab).split("\n").slice(1).join("\n");
      const inR1 = { ...stayd, command: (files: DaemonFiles) => staydIn(r1, files) };
      const running = await lab.start("r2", inR1, `net_namespace ${r2}\n${plain}`);
      await capture.until("r1 is elected", isAdvertOf("r1"), STARTED_MS);
      const pid = Number(Deno.readTextFileSync(`/run/keepalived/${r1}/keepalived.pid`));
      assert(running.pids().includes(pid), `${pid} is none of ${running.pids()}`);
      await running.stop();
      assert(!await exists(`/run/keepalived/${r1}`), "it leaves nothing");
    }, ["r1", "r2"]),
);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** As a person would start it, without paths of pid files. */
function staydIn(namespace: string, { config }: DaemonFiles): readonly string[] {
  const program = fileURLToPath(import.meta.resolve("../../cli.ts"));
  const deno = [Deno.execPath(), "run", "--allow-net", "--allow-ffi", program];
  return [...deno, "-f", config, "-n", "-l", "-s", namespace];
}

staydTest("net_namespace: one that is missing is an error", () =>
  Stage.play(async (stage) => {
    const { lab } = stage;
    const text = textOf(lab).replace(lab.namespace("r1"), `${lab.namespace("r1")}-none`);
    const running = await lab.start("r2", stayd, text);
    assertEquals((await running.status).code, 2);
    assert(running.log().some((line) => line.includes("Cannot enter network namespace")));
  }, ["r1", "r2"]));
