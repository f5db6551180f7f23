/**
 * Interfaces that must be up or down for a while to count.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { InterfaceWatch, limitedDelays } from "../../../engine/io/interface_watch.ts";
import type { Config } from "../../../machines/config.ts";
import type { InterfaceDelayConfig } from "../../../machines/track_config.ts";
import { instanceConfig, wholeConfig } from "../../machines/vrrp_config.ts";
import { VirtualTime } from "../../virtual_time.ts";
import { FakeLinks } from "./fake_links.ts";

function delayed(...interfaceDelays: InterfaceDelayConfig[]): Config {
  return { ...wholeConfig([]), interfaceDelays };
}

/** eth0, up, with delays of 300 ms down and 100 ms up; eth1 without. */
function watched() {
  const time = new VirtualTime();
  const links = new FakeLinks();
  links.addLink("eth0", 1);
  links.addLink("eth1", 2);
  const watch = new InterfaceWatch(links, time.clock);
  watch.configure(delayed({ interface: "eth0", downMs: 300, upMs: 100 }));
  const told: string[] = [];
  watch.subscribe((name) => told.push(`${time.nowMs} ${name}`));
  const isUp = (name: string) => {
    const link = links.linkByName(name);
    return link ? watch.isUp(link) : undefined;
  };
  return { time, links, watch, told, isUp };
}

Deno.test("InterfaceWatch: down counts after its delay, up after its own", () => {
  const { time, links, told, isUp } = watched();
  links.setUp(1, false);
  time.runFor(299);
  assertEquals([isUp("eth0"), told], [true, []]);
  time.runFor(1);
  assertEquals([isUp("eth0"), told], [false, ["300 eth0"]]);
  links.setUp(1, true);
  time.runFor(99);
  assertEquals(isUp("eth0"), false);
  time.runFor(1);
  assertEquals([isUp("eth0"), told], [true, ["300 eth0", "400 eth0"]]);
});

Deno.test("InterfaceWatch: what comes back in time was never down", () => {
  const { time, links, told, isUp } = watched();
  for (let i = 0; i < 5; i++) {
    links.setUp(1, false);
    time.runFor(200);
    links.setUp(1, true);
    time.runFor(200);
  }
  assertEquals([isUp("eth0"), told], [true, []]);
});

Deno.test("InterfaceWatch: an interface without delays is what the kernel says", () => {
  const { links, isUp, told } = watched();
  links.setUp(2, false);
  assertEquals([isUp("eth1"), told], [false, []]);
});

Deno.test("InterfaceWatch: the first time up needs no delay; missing is missing at once", () => {
  const { time, links, watch, isUp } = watched();
  links.addLink("eth2", 3, { up: false });
  watch.configure(delayed({ interface: "eth2", downMs: 0, upMs: 5_000 }));
  assertEquals(isUp("eth2"), false);
  links.setUp(3, true);
  assertEquals(isUp("eth2"), true);
  links.setUp(3, false);
  links.setUp(3, true);
  assertEquals(isUp("eth2"), false, "it was up once");
  time.runFor(5_000);
  assertEquals(isUp("eth2"), true);
});

Deno.test("InterfaceWatch: a reload that takes the delay away believes the kernel", () => {
  const { time, links, watch, told, isUp } = watched();
  links.setUp(1, false);
  watch.configure(delayed());
  assertEquals(isUp("eth0"), false);
  time.runFor(1_000);
  assertEquals(told, []);
});

Deno.test("limitedDelays: shorter than the time in which others take over", () => {
  const fast = instanceConfig({ interface: "eth0", advertisementIntervalCs: 100 });
  const [both, down] = limitedDelays({
    ...wholeConfig([fast, { ...fast, downIntervalAdverts: 5 }]),
    interfaceDelays: [
      { interface: "eth0", downMs: 5_000, upMs: 5_000 },
      { interface: "eth0", downMs: 5_000, upMs: 200 },
    ],
  });
  const limitMs = 2_000 - 1_000 / 256;
  assertEquals([both?.downMs, both?.upMs], [limitMs, limitMs]);
  assertEquals([down?.downMs, down?.upMs], [limitMs, 200]);
});

/** The same, with eth0 and eth1 asked about. */
function polled() {
  const subject = watched();
  const config = delayed({ interface: "eth0", downMs: 300, upMs: 100 });
  const linkbeats = [{ interface: "eth0" }, { interface: "eth1" }];
  subject.watch.configure({ ...config, linkbeats });
  return { ...subject, stop: () => subject.watch.configure(config) };
}

Deno.test("InterfaceWatch linkbeat: the driver's word counts, not the kernel's", () => {
  const { links, watch, told, isUp } = polled();
  assertEquals(isUp("eth1"), true, "until it is asked");
  watch.heedBeat("eth1", true);
  assertEquals(told, []);
  watch.heedBeat("eth1", false);
  assertEquals([isUp("eth1"), told], [false, ["0 eth1"]]);
  links.setUp(2, true);
  assertEquals(isUp("eth1"), false);
  watch.heedBeat("eth1", true);
  assertEquals([isUp("eth1"), told.length], [true, 2]);
  watch.heedBeat("eth7", true); // There is none.
});

Deno.test("InterfaceWatch linkbeat: a change must last as long as any other", () => {
  const { time, watch, told, isUp } = polled();
  watch.heedBeat("eth0", true);
  watch.heedBeat("eth0", false);
  time.runFor(299);
  assertEquals([isUp("eth0"), told], [true, []]);
  time.runFor(1);
  assertEquals([isUp("eth0"), told], [false, ["300 eth0"]]);
});

Deno.test("InterfaceWatch linkbeat: no longer asked about, the kernel's word counts again", () => {
  const { watch, isUp, stop } = polled();
  watch.heedBeat("eth1", false);
  stop();
  assertEquals(isUp("eth1"), true);
});
