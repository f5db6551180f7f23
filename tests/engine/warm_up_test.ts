/**
 * The practice of takeovers, and what of it is done in the kernel.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Rehearsal } from "../../engine/warm_up.ts";
import { load } from "./config/harness.ts";

const TEXT = `vrrp_instance V1 {
interface eth0
virtual_router_id 51
priority 100
virtual_ipaddress {
10.0.0.100
10.0.0.101
}
}
`;

Deno.test("Rehearsal: addresses are changed in the kernel while it warms up, not before a deadline", () => {
  const { config } = load(TEXT);
  assert(config);
  const [changes, frames]: [string[], number[]] = [[], []];
  const rehearsal = new Rehearsal(
    {
      changeAddresses: (batch) =>
        batch.map(({ operation }) => {
          changes.push(operation);
          return { errno: 0 };
        }),
      sendFrames: ({ length }) => {
        frames.push(length);
        return { sentCount: length, errno: 0 };
      },
    },
    config,
    config.vrrpInstances,
  );
  changes.length = 0;
  rehearsal.warmUp(2);
  assertEquals(changes.toSorted(), [...Array(4).fill("add"), ...Array(4).fill("delete")]);
  changes.length = frames.length = 0;
  for (let i = 0; i < 3; i++) {
    rehearsal.rehearse();
    assert(frames.splice(0).length > 0, "announcements are practised all the same");
    rehearsal.recover();
  }
  assertEquals(changes, [], "whoever holds the kernel's lock is not waited for");
});
