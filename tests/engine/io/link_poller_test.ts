/**
 * Drivers that are asked for their links: in which way, how often, and what is told.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { beatsAmong, LinkPoller, polledInterfaces } from "../../../engine/io/link_poller.ts";
import { Log } from "../../../engine/log.ts";
import type { Config } from "../../../machines/config.ts";
import type { LinkbeatConfig } from "../../../machines/track_config.ts";
import { LinkProbe } from "../../../net/sys/link_probe.ts";
import { instanceConfig, wholeConfig } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";

function asking(...linkbeats: LinkbeatConfig[]): Config {
  return { ...wholeConfig([]), linkbeats };
}

/** A poller whose drivers answer by what `answers` has for `interface method`. */
function poller(answers: Map<string, boolean>) {
  const time = new VirtualTime();
  const told: string[] = [];
  const lines: string[] = [];
  const asked: string[] = [];
  const subject = new LinkPoller({
    open: () => ({
      hasLink: (name, method) => {
        asked.push(`${name} ${method}`);
        return answers.get(`${name} ${method}`);
      },
      [Symbol.dispose]: () => {},
    }),
    clock: time.clock,
    log: new Log((level, text) => lines.push(`${level}: ${text}`), () => time.nowMs),
    onNews: (verdicts) => {
      for (const [name, hasLink] of beatsAmong(verdicts)) {
        told.push(`${time.nowMs} ${name} ${hasLink ? "up" : "down"}`);
      }
    },
  });
  return {
    subject,
    lines,
    asked: () => asked.splice(0),
    pass: (durationMs: number) => {
      time.runFor(durationMs);
      return told.splice(0);
    },
  };
}

Deno.test("LinkPoller: asked at once and each second, told what changes", () => {
  const answers = new Map([["eth0 mii", true]]);
  const { subject, asked, pass } = poller(answers);
  subject.configure(asking({ interface: "eth0" }));
  assertEquals(pass(0), ["0 eth0 up"]);
  assertEquals(asked(), ["eth0 mii"]);
  assertEquals(pass(2_999), []);
  assertEquals(asked(), ["eth0 mii", "eth0 mii"]);
  answers.set("eth0 mii", false);
  assertEquals(pass(1), ["3000 eth0 down"]);
  subject.configure(asking());
  asked();
  assertEquals([pass(10_000), asked()], [[], []]);
});

// deno-fmt-ignore
const ORDERS: [name: string, LinkbeatConfig["method"], works: string[], asked: string[], line: string][] = [
  ["the first that works",        undefined, ["ethtool", "ioctl"], ["mii", "ethtool"], "info: The link of e is asked for by ethtool"],
  ["the configured one",          "ioctl",   ["mii", "ioctl"],     ["ioctl"],          "info: The link of e is asked for by ioctl"],
  ["another if that does not work", "mii",   ["ethtool"],          ["mii", "mii", "ethtool"], "warning: The link of e is asked for by ethtool: mii does not work there"],
];
for (const [name, method, works, expected, line] of ORDERS) {
  Deno.test(`LinkPoller asks by ${name}`, () => {
    const { subject, asked, pass, lines } = poller(new Map(works.map((how) => [`e ${how}`, true])));
    subject.configure(asking({ interface: "e", ...(method && { method }) }));
    pass(0);
    assertEquals(asked(), expected.map((how) => `e ${how}`));
    pass(1_000);
    assertEquals(asked(), [`e ${expected.at(-1)}`], "then by that alone");
    assertEquals(lines, [line]);
  });
}

Deno.test("LinkPoller: an interface that is missing says nothing, and is asked again", () => {
  const answers = new Map<string, boolean>();
  const { subject, pass } = poller(answers);
  subject.configure(asking({ interface: "eth0" }));
  assertEquals(pass(5_000), []);
  answers.set("eth0 ethtool", false);
  assertEquals(pass(1_000), ["6000 eth0 down"]);
});

Deno.test("polledInterfaces: those that are named, or those of all instances", () => {
  const named: LinkbeatConfig = { interface: "eth0", method: "mii" };
  const instances = ["eth0", "eth1", "eth1"].map((name, i) =>
    instanceConfig({ name: `V${i}`, vrid: i + 1, interface: name })
  );
  const config = { ...wholeConfig(instances), linkbeats: [named] };
  assertEquals(polledInterfaces(config), [named]);
  const all = { ...config, global: { ...config.global, pollsLinks: true } };
  assertEquals(polledInterfaces(all), [named, { interface: "eth1" }]);
});

Deno.test("LinkProbe: the loopback interface, one that is missing, one with a long name", () => {
  using probe = new LinkProbe();
  assertEquals(probe.hasLink("lo", "ioctl"), true);
  assertEquals(probe.hasLink("lo", "ethtool"), true);
  assertEquals(probe.hasLink("lo", "mii"), undefined, "it has no transceiver");
  for (const name of ["no-such-link", "a-name-of-more-than-15-octets"]) {
    for (const method of ["mii", "ethtool", "ioctl"] as const) {
      assertEquals(probe.hasLink(name, method), undefined);
    }
  }
});
