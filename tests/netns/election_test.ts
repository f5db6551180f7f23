/**
 * Two routers elect one, and the other follows when it resigns: every kind of wire, every pair of
 * daemons, judged by the bytes of the adverts and by the kernels' address tables.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assertHolds, assertPace, assertWaited } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import {
  advertDestination,
  advertSource,
  instanceText,
  virtualAddressesOf,
  type Wire,
  WIRES,
} from "../lab/conf.ts";
import type { Daemon } from "../lab/daemon.ts";
import type { Advert, Frame } from "../lab/frame.ts";
import { advertsOf, downMs, isAdvertOf, skewMs, takeoverOf } from "../lab/judge.ts";
import { netnsTest, type Pair, PAIRS, Stage } from "../lab/stage.ts";

const ROUTERS = ["r1", "r2"] as const;
const PRIORITY = { r1: 200, r2: 100 } as const;

/** What an advert says, without what changes from one to the next. */
function shapeOf(advert: Advert) {
  const { family, version, vrid, source, destination, ttl, tos, intervalMs, checksum } = advert;
  const addresses = [...advert.addresses];
  return { family, version, vrid, source, destination, ttl, tos, intervalMs, checksum, addresses };
}

function expectedShape(host: "r1" | "r2", wire: Wire, daemon: Daemon) {
  return {
    family: wire.family,
    version: wire.version,
    vrid: 51,
    source: advertSource(host, wire),
    destination: advertDestination(host === "r1" ? "r2" : "r1", wire),
    ttl: hopLimit(wire, daemon),
    tos: 0xc0,
    intervalMs: wire.advertSec * 1000,
    checksum: wire.version === 2 ? "plain" : "pseudo-header",
    addresses: virtualAddressesOf(wire.family),
  };
}

/** RFC 9568 §5.1.2.3 wants 255; keepalived leaves unicast over IPv6 to the kernel's default. */
function hopLimit(wire: Wire, daemon: Daemon): number {
  return daemon.name === "keepalived" && wire.unicast && wire.family === 6 ? 64 : 255;
}

function assertAdverts(frames: readonly Frame[], pair: Pair, wire: Wire): void {
  for (const host of ROUTERS) {
    for (const advert of advertsOf(host, frames)) {
      assertEquals<unknown>(shapeOf(advert), expectedShape(host, wire, pair[host]));
    }
  }
  const all = advertsOf("r1", frames);
  const [alive, last] = [all.slice(0, -1), all.at(-1)];
  assertEquals(alive.map(({ priority }) => priority), alive.map(() => PRIORITY.r1));
  assertEquals(last?.priority, 0, "r1 resigned");
  assertPace("r1's adverts", alive, wire.advertSec * 1000);
}

for (const pair of PAIRS) {
  for (const wire of WIRES) {
    netnsTest(`election of ${pair.name} over ${wire.name}`, () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const virtual = virtualAddressesOf(wire.family);
        const config = (host: "r1" | "r2") =>
          instanceText(host, wire, { priority: PRIORITY[host] });
        // The first to listen is the first to lose patience.
        const r1 = await stage.start("r1", pair.r1, config("r1"), wire.family);
        await stage.start("r2", pair.r2, config("r2"), wire.family);
        await capture.until("r1 is elected", isAdvertOf("r1"), downMs(wire, 100) + 1000);
        await sleep(2.5 * wire.advertSec * 1000);
        await assertHolds(lab, "r1", virtual);
        await assertHolds(lab, "r2", []);
        assertEquals(advertsOf("r2", capture.frames), [], "r2 has kept silent");

        assertEquals((await r1.stop()).code, 0);
        await assertHolds(lab, "r1", []);
        await capture.until("r2 follows", isAdvertOf("r2"), 2000);
        await assertHolds(lab, "r2", virtual);
        const frames = await capture.stop();
        assertAdverts(frames, pair, wire);
        const { advertMs } = takeoverOf("r1", "r2", frames);
        assertWaited("r2 after r1's resignation", advertMs, skewMs(wire, PRIORITY.r2));
      }));
  }
}
