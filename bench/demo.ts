/**
 * The main job, shown: two routers share an address, one dies, the other takes over, and a client
 * hardly notices. About 20 seconds: `deno task demo`.
 *
 * Where there is root and Linux, the routers are network namespaces with stayd running in them, and
 * every number is measured on the wire between them. Elsewhere the same happens in the simulator.
 *
 * @module
 */
import { sleep } from "../tests/lab/command.ts";
import type { Capture } from "../tests/lab/capture.ts";
import { FAST_WIRE, instanceText, type Wire } from "../tests/lab/conf.ts";
import { type RunningDaemon, stayd } from "../tests/lab/daemon.ts";
import type { EchoFrame, Frame } from "../tests/lab/frame.ts";
import { isAdvertOf } from "../tests/lab/judge.ts";
import { Lab } from "../tests/lab/lab.ts";
import { ensureNamespaces, ensurePackages, Skip } from "../tests/lab/packages.ts";
import { Screen } from "./demo_screen.ts";
import { type Measured, Story } from "./demo_story.ts";
import { print, table } from "./report.ts";

const WIRE: Wire = { ...FAST_WIRE, advertSec: 0.1 };
const ADDRESS = "10.0.0.100";
const PRIORITY = { r1: 150, r2: 100 } as const;
const PING_INTERVAL_MS = 10;
/** Between two things that happen: time to read. */
const PAUSE_MS = 3200;
const TIMEOUT_MS = 10_000;

type Router = "r1" | "r2";

/** One row of the table at the end. */
interface Result extends Partial<Measured> {
  readonly what: string;
}

/** The network, the daemons and the story of one real demo. */
class Demo {
  readonly #lab: Lab;
  readonly #screen: Screen;
  readonly #story: Story;
  readonly #capture: Capture;
  readonly #results: Result[] = [];

  private constructor(lab: Lab, screen: Screen, capture: Capture) {
    this.#lab = lab;
    this.#screen = screen;
    this.#capture = capture;
    this.#story = new Story(screen, ADDRESS);
    capture.onFrame((frame) => this.#story.hear(frame));
  }

  static async play(screen: Screen): Promise<void> {
    await using lab = await Lab.create();
    const demo = new Demo(lab, screen, await lab.capture());
    await demo.#play();
  }

  async #play(): Promise<void> {
    this.#screen.head();
    const r1 = await this.#begin();
    await this.#kill(r1);
    const again = await this.#comeBack();
    await this.#stop(again);
    this.#summary();
  }

  /** r1 and r2 start, r1 is elected, the client begins to ask. */
  async #begin(): Promise<RunningDaemon> {
    this.#screen.action("stayd is started on r1, then on r2");
    const r1 = await this.#start("r1");
    await this.#start("r2");
    await this.#capture.until("r1 is elected", isAdvertOf("r1"), TIMEOUT_MS);
    await sleep(200);
    this.#screen.action(`the client asks ${ADDRESS} for an echo every ${PING_INTERVAL_MS} ms`);
    const pinger = new URL("./pinger.ts", import.meta.url).pathname;
    const argv = [Deno.execPath(), "run", "-A", pinger, ADDRESS, String(PING_INTERVAL_MS)];
    // It is killed with its namespace.
    this.#lab.runAt("client", argv).catch(() => {});
    await this.#capture.until("an answer", isReply, TIMEOUT_MS);
    await sleep(PAUSE_MS);
    return r1;
  }

  async #kill(r1: RunningDaemon): Promise<void> {
    this.#screen.action("kill -9 of all processes on r1, and its cable is cut");
    const from = this.#story.position;
    this.#gone("r1", "KILLED");
    this.#screen.line("nothing comes from r1 any more", "", "bad");
    await Promise.all([r1.kill(), this.#lab.cut("r1")]);
    await this.#follow("r2", from);
    this.#report("kill -9 and cable cut", this.#measure("r1", "r2", from));
    await sleep(PAUSE_MS);
  }

  async #comeBack(): Promise<RunningDaemon> {
    this.#screen.action("r1 comes back; its priority is higher, so it takes over again");
    await this.#lab.flush("r1");
    await this.#lab.restore("r1");
    const from = this.#story.position;
    const r1 = await this.#start("r1");
    await this.#follow("r1", from);
    const client = this.#story.clientSince(from);
    this.#screen.line("", `${client.lostCount} pings lost`, "strong");
    this.#results.push({ what: "a better router returns", ...client });
    await sleep(PAUSE_MS);
    return r1;
  }

  async #stop(r1: RunningDaemon): Promise<void> {
    this.#screen.action("stayd on r1 is stopped in order (SIGTERM)");
    const from = this.#story.position;
    const stopped = r1.stop();
    await this.#follow("r2", from);
    this.#gone("r1", "off");
    await stopped;
    this.#report("orderly stop", this.#measure("r1", "r2", from));
    await sleep(PAUSE_MS);
  }

  async #start(router: Router): Promise<RunningDaemon> {
    this.#screen.role(router, "starting");
    this.#screen.line(`${router} starts`);
    const daemon = await this.#lab.start(router, stayd, configOf(router));
    await daemon.listening(WIRE.family);
    this.#story.gone.delete(router);
    this.#screen.role(router, "backup");
    this.#screen.line(`${router} listens`);
    return daemon;
  }

  #gone(router: Router, role: "KILLED" | "off"): void {
    this.#story.gone.add(router);
    this.#screen.role(router, role);
  }

  /** Waits until a router is master and the client knows. */
  async #follow(heir: Router, from: number): Promise<void> {
    await this.#capture.until(`${heir} is master`, isAdvertOf(heir), TIMEOUT_MS, from);
    await sleep(20 * PING_INTERVAL_MS);
  }

  #measure(old: Router, heir: Router, from: number): Measured {
    // The master's last word came before the blow: an interval earlier at most.
    const start = this.#capture.frames.slice(0, from).findLastIndex(isAdvertOf(old));
    return this.#story.measure(old, heir, WIRE, PRIORITY[heir], Math.max(0, start));
  }

  #report(what: string, measured: Measured): void {
    const { idealMs, advertMs, clientMs, lostCount } = measured;
    const wire = `${advertMs.toFixed(2)} ms; the protocol's ideal: ${idealMs.toFixed(2)} ms`;
    const client = `no answer for ${clientMs.toFixed(0)} ms, ${lostCount} pings lost`;
    this.#screen.line(wire, client, "strong");
    this.#results.push({ what, ...measured });
  }

  #summary(): void {
    const ms = (value: number | undefined) => value === undefined ? "–" : `${value.toFixed(2)} ms`;
    const rows = this.#results.map(({ what, ...one }) => [
      what,
      ms(one.idealMs),
      ms(one.advertMs),
      ms(one.announcementMs),
      ms(one.clientMs),
      String(one.lostCount),
    ]);
    const head = ["what happened", "ideal", "first advert", "first ARP", "client waited", "lost"];
    print();
    print(table(head, rows));
    print();
    print("ideal, first advert, first ARP: since the master's last advert, by the kernel's packet");
    print("timestamps. The client waited since its first ping that got no answer.");
  }
}

function isReply(frame: Frame): frame is EchoFrame {
  return frame.kind === "reply";
}

function configOf(router: Router): string {
  return instanceText(router, WIRE, {
    name: "web",
    priority: PRIORITY[router],
    addresses: [`${ADDRESS}/24`],
  });
}

async function realDemo(): Promise<void> {
  await ensurePackages(["iproute2", "tcpdump"]);
  await ensureNamespaces();
  const screen = new Screen();
  print(screen.paint("strong", `Two routers share ${ADDRESS}; a client uses it.`));
  print("Network namespaces on a bridge, and stayd with an ordinary keepalived.conf on each:\n");
  screen.sideBySide(
    ["r1: keepalived.conf", ...configOf("r1").trimEnd().split("\n")],
    ["r2: keepalived.conf", ...configOf("r2").trimEnd().split("\n")],
  );
  await Demo.play(screen);
}

/** The same in simulated time. Returns whether all went as it should. */
async function simulatedDemo(reason: string): Promise<boolean> {
  const { simulatedDemo: simulate } = await import("../engine/sim/demo.ts");
  print(`No real network here (${reason}), so this is the simulator.\n`);
  return simulate((text) => Deno.stdout.writeSync(new TextEncoder().encode(text)));
}

if (import.meta.main) {
  try {
    await realDemo();
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    if (!await simulatedDemo(error.message)) Deno.exit(1);
  }
  Deno.exit(0);
}
