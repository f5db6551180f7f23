/**
 * `auth_type AH` between two routers, of which one may be keepalived: they elect one, the other
 * follows, and the first one takes over again. Who has another password is not heard.
 *
 * @module
 */
import { assertHolds } from "../lab/assertions.ts";
import { sleep } from "../lab/command.ts";
import { block, instanceText, virtualAddressesOf, type Wire, WIRES } from "../lab/conf.ts";
import { netnsTest, PAIRS, Stage } from "../lab/stage.ts";

const PRIORITY = { r1: 200, r2: 100 } as const;

function sealing(host: "r1" | "r2", wire: Wire, password = "s3cretpw"): string {
  const lines = block("authentication", ["auth_type AH", `auth_pass ${password}`]);
  return instanceText(host, wire, { priority: PRIORITY[host], lines });
}

/** Long enough for a backup to lose patience, and to hear that it is not alone. */
const SETTLE_MS = 5_000;

for (const pair of PAIRS) {
  for (const wire of WIRES.filter(({ version, family }) => version === 2 && family === 4)) {
    netnsTest(
      `Authentication Header of ${pair.name} over ${wire.name}`,
      () =>
        Stage.play(async (stage) => {
          const { lab } = stage;
          const virtual = virtualAddressesOf(4);
          const r1 = await stage.start("r1", pair.r1, sealing("r1", wire), 4);
          await stage.start("r2", pair.r2, sealing("r2", wire), 4);
          await sleep(SETTLE_MS);
          await assertHolds(lab, "r1", virtual);
          await assertHolds(lab, "r2", []);
          await r1.stop();
          await sleep(2_000);
          await assertHolds(lab, "r2", virtual);
          await stage.start("r1", pair.r1, sealing("r1", wire), 4);
          await sleep(SETTLE_MS);
          await assertHolds(lab, "r1", virtual);
          await assertHolds(lab, "r2", []);
        }),
    );
  }

  const [wire] = WIRES;
  netnsTest(
    `Authentication Header of ${pair.name}: another password is not heard`,
    () =>
      Stage.play(async (stage) => {
        const { lab } = stage;
        if (!wire) throw new Error("There is no wire");
        await stage.start("r1", pair.r1, sealing("r1", wire), 4);
        await stage.start("r2", pair.r2, sealing("r2", wire, "other"), 4);
        await sleep(SETTLE_MS);
        const virtual = virtualAddressesOf(4);
        await assertHolds(lab, "r1", virtual);
        await assertHolds(lab, "r2", virtual);
      }),
  );
}
