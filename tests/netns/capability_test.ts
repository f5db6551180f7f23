/**
 * Started without what it needs, it says which capability is missing and ends; without what it
 * would like, it says so once and works.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { assertHolds } from "../lab/assertions.ts";
import { FAST_WIRE, instanceText, virtualAddressesOf } from "../lab/conf.ts";
import { stayd } from "../lab/daemon.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { Stage, staydTest } from "../lab/stage.ts";

/** The exit status that tells a supervisor not to try again. */
const EXIT_MISSING_PERMISSION = 4;
const CONFIG = instanceText("r1", FAST_WIRE, { priority: 200 });

/** Runs what follows as root without one capability. */
function without(capability: string): string[] {
  const less = `-${capability}`;
  return ["setpriv", "--bounding-set", less, "--inh-caps", less, "--"];
}

for (const capability of ["net_raw", "net_admin"]) {
  const name = `CAP_${capability.toUpperCase()}`;
  staydTest(
    `capability: without ${name} it names it and exits 4`,
    () =>
      Stage.play(async ({ lab, capture }) => {
        const r1 = await lab.start("r1", stayd, CONFIG, { wrapper: without(capability) });
        const { code } = await r1.status;
        assertEquals(code, EXIT_MISSING_PERMISSION, r1.tail());
        assert(r1.log().some((line) => line.includes(name)), r1.tail());
        assertEquals(capture.frames.filter(isAdvertOf("r1")), []);
      }, ["r1"]),
  );
}

staydTest(
  "capability: without CAP_SYS_NICE it warns once and works",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const wrapper = without("sys_nice");
      const r1 = await stage.start("r1", stayd, CONFIG, 4, { wrapper });
      await capture.until("r1 is elected", isAdvertOf("r1", 200), 3000);
      await assertHolds(lab, "r1", virtualAddressesOf(4));
      const warnings = r1.log().filter((line) => line.includes("CAP_SYS_NICE"));
      assertEquals(warnings.length, 1, r1.tail());
      assertEquals((await r1.stop()).code, 0);
      await assertHolds(lab, "r1", []);
    }, ["r1"]),
);
