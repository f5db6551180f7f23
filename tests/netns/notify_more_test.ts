/**
 * The rarer things that keepalived tells scripts and FIFOs, and what stayd tells them: priorities
 * that change, lesser routers, instances that a reload removes, states after it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { forgedFrame, inject } from "../lab/forged_packets.ts";
import { isAdvertOf } from "../lab/judge.ts";
import type { Lab } from "../lab/lab.ts";
import { netnsTest, Stage } from "../lab/stage.ts";

/** What was told, by the chapters of the play; sorted, as the order of instances is chance. */
interface Told {
  readonly fifo: string[][];
  readonly scripts: string[][];
}

async function linesOf(path: string): Promise<string[]> {
  return (await Deno.readTextFile(path).catch(() => "")).split("\n").slice(0, -1);
}

/** Programs that write down what they are called with, and what comes out of the FIFO. */
async function addListeners(lab: Lab): Promise<{ note: string; reader: string }> {
  const [note, reader] = [`${lab.directory}/note`, `${lab.directory}/reader`];
  const told = `${lab.directory}/told`;
  await Deno.writeTextFile(note, `#!/bin/sh\necho "$@" >>${told}\n`, { mode: 0o755 });
  const read = `#!/bin/sh\nexec cat "$1" >>${lab.directory}/read\n`;
  await Deno.writeTextFile(reader, read, { mode: 0o755 });
  return { note, reader };
}

function configText(lab: Lab, note: string, reader: string, hasSecond: boolean): string {
  const second = instanceText("r1", FAST_WIRE, {
    name: "V2",
    vrid: 52,
    priority: 90,
    addresses: ["10.0.0.102"],
    lines: [`notify_deleted "${note} deleted"`, `notify ${note}`],
  });
  return [
    ...block("global_defs", [
      "script_user root",
      `vrrp_notify_fifo ${lab.directory}/fifo`,
      `vrrp_notify_fifo_script ${reader}`,
      "fifo_write_vrrp_states_on_reload",
    ]),
    ...block("vrrp_track_file f", [`file ${lab.directory}/number`, "weight 10", "init_file 0"]),
    instanceText("r1", FAST_WIRE, {
      priority: 100,
      lines: [
        ...block("track_file", ["f"]),
        "notify_priority_changes",
        `notify_master_rx_lower_pri "${note} lesser"`,
        `notify ${note}`,
      ],
    }),
    ...hasSecond ? [second] : [],
  ].join("\n");
}

async function toldBy(daemon: Daemon): Promise<Told> {
  const fifo: string[][] = [];
  const scripts: string[][] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const { note, reader } = await addListeners(lab);
    let [fifoCount, scriptCount] = [0, 0];
    const chapter = async () => {
      await sleep(700);
      const [read, told] = [
        await linesOf(`${lab.directory}/read`),
        await linesOf(`${lab.directory}/told`),
      ];
      fifo.push(read.slice(fifoCount).toSorted());
      scripts.push(told.slice(scriptCount).toSorted());
      [fifoCount, scriptCount] = [read.length, told.length];
    };
    const running = await stage.start("r1", daemon, configText(lab, note, reader, true), 4);
    for (const vrid of [51, 52]) {
      const isOurs = isAdvertOf("r1");
      await until(
        `r1 is master of ${vrid}`,
        () => capture.frames.some((frame) => isOurs(frame) && frame.vrid === vrid),
        5_000,
      );
    }
    await chapter();
    await Deno.writeTextFile(`${lab.directory}/number`, "3");
    await chapter();
    const advert = { vrid: 51, priority: 50, intervalMs: 200, addresses: virtualAddressesOf(4) };
    await inject(lab, "client", [forgedFrame("client", advert)]);
    await chapter();
    await running.reload(configText(lab, note, reader, false));
    await chapter();
  }, ["r1", "client"]);
  return { fifo, scripts };
}

netnsTest(
  "priorities, lesser routers and removed instances are told as by keepalived",
  async () => {
    const expected = await toldBy(keepalived);
    const actual = await toldBy(stayd);
    assertEquals(actual.scripts, expected.scripts);
    const [last, ...earlier] = actual.fifo.toReversed();
    const [expectedLast, ...expectedEarlier] = expected.fifo.toReversed();
    assertEquals(earlier, expectedEarlier);
    assertEquals(earlier.map((chapter) => chapter.length > 0), [true, true, true]);
    // keepalived closes the FIFO in a reload: its reader ends before the states are written.
    assertEquals(last, ['INSTANCE "V1" MASTER 130', 'INSTANCE "V2" DELETED 90']);
    assertEquals(expectedLast?.includes('INSTANCE "V2" DELETED 90'), true);
  },
);

/** Users and groups that scripts run as, by the state they tell of. */
async function usersBy(daemon: Daemon): Promise<string[]> {
  let told: string[] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const [note, path] = [`${lab.directory}/note`, `${lab.directory}/told`];
    const text = `#!/bin/sh\necho "$1 $(id -u) $(id -g) $(id -G)" >>${path}\n`;
    await Deno.writeTextFile(note, text, { mode: 0o755 });
    await Deno.chmod(note, 0o755);
    await Deno.chmod(lab.directory, 0o755);
    await Deno.writeTextFile(path, "");
    await Deno.chmod(path, 0o666);
    const lines = [
      `notify_master "${note} master" daemon`,
      `notify_backup "${note} backup" daemon games`,
      `notify_stop "${note} stop"`,
    ];
    const config = [
      ...block("global_defs", ["script_user nobody", "enable_script_security"]),
      instanceText("r1", FAST_WIRE, { priority: 100, lines }),
    ].join("\n");
    const running = await stage.start("r1", daemon, config, 4);
    await capture.until("r1 is master", isAdvertOf("r1"), 5_000);
    await sleep(700);
    await running.stop();
    await until("all is told", async () => (await linesOf(path)).length >= 3, 3_000).catch(
      () => {},
    );
    told = (await linesOf(path)).toSorted();
  }, ["r1"]);
  return told;
}

netnsTest("scripts run as the users and groups that keepalived runs them as", async () => {
  const [expected, actual] = [await usersBy(keepalived), await usersBy(stayd)];
  assertEquals(actual, expected);
  assertEquals(actual.map((line) => line.split(" ")[0]), ["backup", "master", "stop"]);
  assertEquals(actual.some((line) => line.split(" ")[1] === "0"), false);
});
