/**
 * What is told of BFD sessions, from their ports to the list that people see.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { tableOf } from "../../../engine/commands/bfd.ts";
import { bfdDataText } from "../../../engine/status/bfd_text.ts";
import { ip } from "../../../net/address.ts";
import { sessionConfig } from "../../machines/bfd_step.ts";
import { wholeConfig } from "../../machines/vrrp_config.ts";
import { BfdEnd, SharedTime } from "../io/bfd_ends.ts";

function told() {
  const time = new SharedTime();
  const end = new BfdEnd(time);
  const sessions = [
    sessionConfig({ name: "near", localIp: ip("192.0.2.1") }),
    sessionConfig({ name: "silent", remoteIp: ip("192.0.2.9") }),
  ];
  for (const session of sessions) end.start(session);
  time.runFor(0);
  end.hear("init");
  end.hear("up", { final: true });
  end.hear("up", {}, { hopLimit: 64 });
  const config = { ...wholeConfig(), bfdSessions: sessions };
  const status = {
    instances: [],
    groups: [],
    links: [],
    sessions: end.ios.map((io) => io.status),
  };
  return { end, text: bfdDataText(config, JSON.parse(JSON.stringify(status))) };
}

Deno.test("bfdDataText: keepalived's lines, and what is counted", () => {
  const { end, text } = told();
  const [near = ""] = text.split(" BFD Instance = silent");
  const lines = near.split("\n").map((line) => line.trim());
  for (
    const line of [
      "------< BFD Topology >------",
      "BFD Instance = near",
      "Neighbor IP = 192.0.2.2",
      "Source IP = 192.0.2.1",
      "Required min RX interval = 100000 us",
      "Detection multiplier = 3",
      "local state = Up",
      "remote state = Up",
      `local discriminator = 0x${end.io.discriminator.toString(16)}`,
      "remote discriminator = 0x9",
      "remote min tx intv = 50000 us",
      "local tx intv = 100000 us",
      "local detection time = 400000 us",
      "!poll",
      "received = 2",
      "up = 1",
      "refused, hop limit too small = 1",
    ]
  ) assert(lines.includes(line), `${line} is missing in\n${near}`);
});

Deno.test("tableOf: a session a line", () => {
  assertEquals(tableOf(told().text).split("\n"), [
    "NAME    STATE  REMOTE  NEIGHBOR   TX       DETECTION  UP  DOWN  DIAGNOSTIC",
    "near    Up     Up      192.0.2.2  100 ms   400 ms     1   0     no diagnostic",
    "silent  Down   Down    192.0.2.9  1000 ms  0 ms       0   0     no diagnostic",
    "",
  ]);
});
