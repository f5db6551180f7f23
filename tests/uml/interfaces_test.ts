/**
 * Interfaces that a common kernel may lack: VRF devices.
 *
 * @module
 */
import { assert } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { FAST_WIRE, instanceText, WIRES } from "../lab/conf.ts";
import type { Daemon } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { downMs } from "../lab/judge.ts";
import { type Host, type Lab, station } from "../lab/lab.ts";
import { netnsTest, PAIRS, Stage } from "../lab/stage.ts";

const UNICAST = WIRES.find(({ name }) => name === "v3 IPv4 unicast") ?? FAST_WIRE;
/** Everything is slow there. */
const ELECTED_MS = downMs(FAST_WIRE, 100) + 20_000;

function isFrom(source: string) {
  return (frame: Frame): frame is Advert =>
    frame.kind === "advert" && frame.priority > 0 && frame.source === source;
}

/** Puts a router's interface into a VRF of its own. */
async function enslave(lab: Lab, host: Host): Promise<void> {
  const { ipv4 } = station(host);
  for (
    const command of [
      "link add red type vrf table 100",
      "link set red up",
      "link set eth0 master red",
      `addr replace ${ipv4}/24 brd + dev eth0`,
    ]
  ) await lab.runAt(host, ["ip", ...command.split(" ")]);
}

for (const pair of PAIRS.filter(({ r1, r2 }) => r1 === r2)) {
  netnsTest(`vrf of unicast sockets: ${pair.name}`, () =>
    Stage.play(async ({ lab, capture }) => {
      const start = async (host: Host, daemon: Daemon, priority: number) => {
        await enslave(lab, host);
        const text = instanceText(host, UNICAST, {
          priority,
          addresses: ["10.0.0.100/24 dev eth0"],
          lines: ["vrf red"],
        });
        return lab.start(host, daemon, text.replace(/ *interface eth0\n/, ""));
      };
      const r1 = await start("r1", pair.r1, 200);
      await capture.until("r1 is elected", isFrom("10.0.0.1"), ELECTED_MS);
      await start("r2", pair.r2, 100);
      await sleep(6_000);
      assert(!capture.frames.some(isFrom("10.0.0.2")), "r2 hears r1");
      await r1.stop();
      await capture.until("r2 takes over", isFrom("10.0.0.2"), ELECTED_MS);
    }, ["r1", "r2"]));
}
