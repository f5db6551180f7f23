/**
 * What keepalived tells scripts and FIFOs, and what stayd tells them: the same, in the same play.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { netnsTest, Stage } from "../lab/stage.ts";

/** Sorted: keepalived starts all scripts at once, and which writes first is chance. */
async function toldBy(daemon: Daemon): Promise<{ fifo: string[]; scripts: string[] }> {
  let fifo: string[] = [];
  let scripts: string[] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const note = `${lab.directory}/note`;
    const [told, read] = [`${lab.directory}/told`, `${lab.directory}/read`];
    await Deno.writeTextFile(note, `#!/bin/sh\necho "$@" >>${told}\n`, { mode: 0o755 });
    const reader = `${lab.directory}/reader`;
    await Deno.writeTextFile(reader, `#!/bin/sh\nexec cat "$1" >>${read}\n`, { mode: 0o755 });
    const words = ["master", "backup", "fault", "stop"];
    const config = [
      ...block("global_defs", [
        "script_user root",
        `vrrp_notify_fifo ${lab.directory}/fifo`,
        `vrrp_notify_fifo_script ${reader}`,
      ]),
      instanceText("r1", FAST_WIRE, {
        priority: 100,
        lines: [
          ...words.map((word) => `notify_${word} "${note} ${word}"`),
          `notify ${note}`,
        ],
      }),
      ...block("vrrp_sync_group G", [
        ...block("group", ["V1"]),
        ...words.map((word) => `notify_${word} "${note} group-${word}"`),
        `notify ${note}`,
      ]),
      "",
    ].join("\n");
    const running = await stage.start("r1", daemon, config, 4);
    await capture.until("r1 is master", isAdvertOf("r1"), 5_000);
    await sleep(500);
    await lab.cut("r1");
    await sleep(500);
    await lab.restore("r1");
    const before = capture.frames.length;
    await capture.until("r1 is master again", isAdvertOf("r1"), 5_000, before);
    await sleep(500);
    await running.stop();
    const linesOf = async (path: string) =>
      (await Deno.readTextFile(path).catch(() => "")).split("\n").slice(0, -1);
    await until(
      "the last one is told",
      async () => (await linesOf(told)).includes("group-stop"),
      3_000,
    )
      .catch(() => {});
    fifo = await linesOf(read);
    scripts = (await linesOf(told)).toSorted();
  });
  return { fifo, scripts };
}

netnsTest("notifications of keepalived and stayd are the same", async () => {
  const expected = await toldBy(keepalived);
  const actual = await toldBy(stayd);
  assertEquals(actual.scripts, expected.scripts);
  // keepalived tells of groups first when it starts, and ends the reader before it has read STOP.
  const comparable = (lines: readonly string[]) => [
    ...lines.slice(0, 2).toSorted(),
    ...lines.slice(2).filter((line) => !line.includes(" STOP ")),
  ];
  assertEquals(comparable(actual.fifo), comparable(expected.fifo));
  assertEquals(actual.fifo.slice(-2), ['INSTANCE "V1" STOP 100', 'GROUP "G" STOP 0']);
});
