/**
 * The mails of keepalived and of stayd in the same play: the same subjects and texts, to the same
 * people.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { station } from "../lab/lab.ts";
import type { Received } from "../lab/mail_sink.ts";
import { netnsTest, Stage } from "../lab/stage.ts";

const PORT = 2525;

/** What is the same in each mail, whoever sends it. */
function essence({ from, to, lines }: Received): string {
  const subject = lines.find((line) => line.startsWith("Subject: ")) ?? "";
  // 2.2.7 puts recipients with a name into the envelope as they are.
  const recipients = to.map((each) => /<([^<>]*)>?$/.exec(each)?.[1] ?? each);
  const text = lines.slice(lines.indexOf("") + 1).join(" ").trim();
  return `${from} → ${recipients.join()}: ${subject}: ${text}`;
}

/** What a daemon mails when it becomes a backup, master, faulty and well again. Sorted. */
async function mailedBy(daemon: Daemon): Promise<string[]> {
  let mails: string[] = [];
  await Stage.play(async (stage) => {
    const { lab, capture } = stage;
    const file = `${lab.directory}/mails`;
    const { ipv4 } = station("client");
    const script = fileURLToPath(import.meta.resolve("../lab/mail_sink.ts"));
    const sink = new Deno.Command("ip", {
      // deno-fmt-ignore
      args: [
        "netns", "exec", lab.namespace("client"),
        Deno.execPath(), "run", "-A", script, ipv4, String(PORT), file,
      ],
    }).spawn();
    try {
      const read = async (): Promise<Received[]> =>
        JSON.parse(await Deno.readTextFile(file).catch(() => "[]") || "[]");
      await until("the mail server is there", async () => {
        return await Deno.stat(file).then(() => true, () => false);
      }, 10_000);
      const config = [
        ...block("global_defs", [
          "router_id RTR",
          "notification_email_from k@example.org",
          ...block("notification_email", ["a@example.org", '"Bob <b@example.org>"']),
          `smtp_server ${ipv4} ${PORT}`,
          "smtp_helo_name r1.example.org",
          "smtp_alert true",
        ]),
        instanceText("r1", FAST_WIRE, { priority: 100, lines: block("track_interface", ["t0"]) }),
        ...block("vrrp_sync_group G", block("group", ["V1"])),
        "",
      ].join("\n");
      const sent = (count: number) =>
        until(`${count} mails are sent`, async () => (await read()).length >= count, 5_000);
      // The fault is elsewhere: the way to the mail server stays.
      await lab.runAt("r1", ["ip", "link", "add", "t0", "type", "veth", "peer", "name", "t1"]);
      for (const device of ["t0", "t1"]) {
        await lab.runAt("r1", ["ip", "link", "set", device, "up"]);
      }
      await stage.start("r1", daemon, config, 4);
      await capture.until("r1 is master", isAdvertOf("r1"), 5_000);
      await sent(4);
      await lab.runAt("r1", ["ip", "link", "set", "t0", "down"]);
      await sent(6);
      await lab.runAt("r1", ["ip", "link", "set", "t0", "up"]);
      await sent(10);
      mails = (await read()).map(essence).toSorted();
    } finally {
      sink.kill("SIGKILL");
      await sink.status;
    }
  }, ["r1", "client"]);
  return mails;
}

netnsTest("mails of keepalived and stayd are the same", async () => {
  const expected = await mailedBy(keepalived);
  assertEquals(expected.length, 10);
  assertEquals(await mailedBy(stayd), expected);
});
