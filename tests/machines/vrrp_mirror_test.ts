/**
 * The parent's view of an instance that lives in a child process.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import { vrrpMirror } from "../../machines/vrrp_mirror.ts";
import { instanceConfig } from "./vrrp_config.ts";

function mirror() {
  return createActor(vrrpMirror, { input: instanceConfig() }).start();
}

for (const state of ["initialize", "backup", "active", "fault"] as const) {
  Deno.test(`vrrpMirror shows ${state} from any state`, () => {
    const subject = mirror();
    for (const before of ["backup", "active", "fault", "initialize"] as const) {
      subject.send({ type: "REPORTED", state: before });
      subject.send({ type: "REPORTED", state });
      assertEquals(subject.getSnapshot().value, state);
    }
  });
}

Deno.test("vrrpMirror: facts of the real one change nothing", () => {
  const subject = mirror();
  subject.send({ type: "REPORTED", state: "active" });
  subject.send({ type: "STARTUP", delayMs: 0, resumes: false });
  subject.send({ type: "SHUTDOWN" });
  assertEquals(subject.getSnapshot().value, "active");
});

Deno.test("vrrpMirror ends when the instance leaves the configuration", () => {
  const subject = mirror();
  subject.send({ type: "REPORTED", state: "active" });
  subject.send({ type: "RETIRE" });
  assertEquals(subject.getSnapshot().status, "done");
});
