/**
 * The mails about servers of keepalived and of stayd in the same play: the same, to the letter.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import { openMailSink } from "../lab/mail_sink.ts";
import { close, DAEMONS, ipvsadm, listen } from "./running_daemon.ts";

const LIMIT_MS = 30_000;
/** After the last mail that is waited for none may come. */
const SILENCE_MS = 1_500;

function configuration(smtpPort: number, ...global: string[]): string {
  const check = (port: number) => `TCP_CHECK {\nconnect_port ${port}\nretry 0\n}`;
  return [
    "global_defs {\nscript_user root\nrouter_id R\nnotification_email {\na@example.org\n}",
    `notification_email_from k@example.org\nsmtp_server 127.0.0.1 ${smtpPort}`,
    ...global,
    "}\nvirtual_server 10.9.9.1 80 {\nsmtp_alert",
    "delay_loop 1\nwarmup 0\nconnect_timeout 1\nlvs_sched rr\nlvs_method NAT\nprotocol TCP",
    `real_server 127.0.0.1 9011 {\n${check(9011)}\n${check(9012)}\n}`,
    "}\n",
  ].join("\n");
}

/**
 * Subjects and texts, while two checks of a server fail and come back, one after the other. Those
 * that follow one deed are in no order: keepalived's go out on connections of their own at once.
 */
async function mailedBy(
  daemon: keyof typeof DAEMONS,
  counts: readonly number[],
  ...global: string[]
): Promise<string[]> {
  ipvsadm("-C");
  await using sink = await openMailSink();
  let servers = [await listen(9011), await listen(9012)];
  await using _daemon = DAEMONS[daemon](configuration(sink.port, ...global));
  const deeds = [
    () => Promise.resolve(),
    ...servers.map((each) => () => close(each)),
    ...[9012, 9011].map((port) => async () => void servers.push(await listen(port))),
  ];
  try {
    for (const [i, deed] of deeds.entries()) {
      await deed();
      await until(`mail ${counts[i]}`, () => sink.mails.length >= (counts[i] ?? 0), LIMIT_MS);
      await sleep(SILENCE_MS);
    }
  } finally {
    for (const server of servers) await close(server).catch(() => {});
    servers = [];
  }
  const texts = sink.mails.map(({ lines }) => {
    const head = lines.slice(0, lines.indexOf("")).join("\n");
    // A long line may be folded.
    const subject = /^Subject: (.*(?:\n .*)*)/m.exec(head)?.[1]?.replaceAll("\n ", " ");
    return `${subject}: ${lines.slice(lines.indexOf("") + 1).join(" ").trim()}`;
  });
  const ends = [...counts, texts.length];
  return ends.flatMap((end, i) => texts.slice(ends[i - 1] ?? 0, end).toSorted());
}

// The quorum at start; after that each check, or only the server.
for (
  const [name, counts, global] of [
    ["of every check", [1, 2, 4, 5, 7], []],
    ["of servers only", [1, 3, 3, 3, 5], ["no_checker_emails"]],
  ] as const
) {
  Deno.test(`mails ${name}: as keepalived's`, async () => {
    const expected = await mailedBy("keepalived", counts, ...global);
    assertEquals(await mailedBy("stayd", counts, ...global), expected);
  });
}
