/**
 * `net_namespace`: a daemon that is started elsewhere lives in the namespace it is told.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { until } from "../lab/command.ts";
import { FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { rulesetOf } from "../lab/firewall.ts";
import { interfacesOf } from "../lab/interfaces.ts";
import { advertsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

const ELECTED_MS = downMs(FAST_WIRE, 200) + 1000;
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
        const running = await lab.start("r2", daemon, textOf(lab, ["use_vmac", "no_accept"]));
        const isFromR1 = (frame: (typeof capture.frames)[number]) =>
          frame.kind === "advert" && frame.source === "10.0.0.1";
        await until("r1 is elected", () => capture.frames.some(isFromR1), ELECTED_MS + 3000);
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
        await running.stop();
        assertEquals([await interfacesOf(lab, "r1"), await interfacesOf(lab, "r2")], before);
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
      await capture.until("r1 is elected", isAdvertOf("r1"), ELECTED_MS + 3000);
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

staydTest("net_namespace: one that is missing is an error", () =>
  Stage.play(async (stage) => {
    const { lab } = stage;
    const text = textOf(lab).replace(lab.namespace("r1"), `${lab.namespace("r1")}-none`);
    const running = await lab.start("r2", stayd, text);
    assertEquals((await running.status).code, 2);
    assert(running.log().some((line) => line.includes("Cannot enter network namespace")));
  }, ["r1", "r2"]));
