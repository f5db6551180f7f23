/**
 * Signed advertisements (`auth_hmac`) between two routers: they elect one with the same key, rotate
 * keys while they run, and do not hear who has none. Debian's keepalived is too old to take part;
 * what a newer one sends is judged in tests/engine/io/hmac_test.ts, from a capture.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import {
  block,
  FAST_WIRE,
  instanceText,
  virtualAddressesOf,
  type Wire,
  WIRES,
} from "../lab/conf.ts";
import { stayd } from "../lab/daemon.ts";
import { advertsOf, downMs, isAdvertOf } from "../lab/judge.ts";
import { netnsTest, Stage } from "../lab/stage.ts";

const PRIORITY = { r1: 200, r2: 100 } as const;
const KEYS = ["00", "11"].map((octet, i) => `key ${i + 1} hex:${octet.repeat(32)}`);

/** A router with keys, of which one signs. */
function signing(host: "r1" | "r2", wire: Wire, keys: readonly string[], active: number): string {
  const lines = block("auth_hmac", [...keys, `active_key ${active}`]);
  return instanceText(host, wire, { priority: PRIORITY[host], lines });
}

for (const wire of WIRES.filter(({ advertSec }) => advertSec < 1)) {
  netnsTest(
    `auth_hmac of stayd × stayd over ${wire.name}`,
    () =>
      Stage.play(async (stage) => {
        const { lab, capture } = stage;
        const virtual = virtualAddressesOf(wire.family);
        const r1 = await stage.start(
          "r1",
          stayd,
          signing("r1", wire, KEYS.slice(0, 1), 1),
          wire.family,
        );
        await stage.start("r2", stayd, signing("r2", wire, KEYS, 2), wire.family);
        await capture.until("r1 is elected", isAdvertOf("r1"), downMs(wire, 100) + 1000);
        await sleep(5 * wire.advertSec * 1000);
        await assertHolds(lab, "r1", virtual);
        assertEquals(advertsOf("r2", capture.frames), [], "r2 hears r1, and keeps silent");
        await r1.stop();
        await capture.until("r2 follows", isAdvertOf("r2"), 2000);
        await assertHolds(lab, "r2", virtual);
      }),
  );
}

netnsTest(
  "auth_hmac: a router whose key is not known is not heard, until a reload tells it",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const virtual = virtualAddressesOf(4);
      await stage.start("r1", stayd, signing("r1", FAST_WIRE, KEYS.slice(0, 1), 1), 4);
      const r2 = await stage.start("r2", stayd, signing("r2", FAST_WIRE, KEYS.slice(1), 2), 4);
      await capture.until("r1 is elected", isAdvertOf("r1"), 3000);
      await capture.until("r2 hears nobody", isAdvertOf("r2"), 3000);
      await r2.reload(signing("r2", FAST_WIRE, KEYS, 2));
      await sleep(1500);
      await assertHolds(lab, "r2", []);
      await assertHolds(lab, "r1", virtual);
    }),
);
