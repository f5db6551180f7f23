/**
 * A virtual router that lives in another process, as seen from the parent: its state, as reported.
 *
 * @module
 */
import { setup } from "xstate";
import type { VrrpInstanceConfig } from "./config.ts";
import type { VrrpFact, VrrpState } from "./vrrp_instance.ts";

/** What can happen to a mirror: what happens to an instance, and the reports of the real one. */
export type MirrorFact = VrrpFact | {
  readonly type: "REPORTED";
  readonly state: VrrpState;
};

/** The parent's view of one remote instance. Input is the instance's configuration. */
export const vrrpMirror = setup({
  types: {} as {
    context: { config: VrrpInstanceConfig };
    events: MirrorFact;
    input: VrrpInstanceConfig;
  },
  guards: {
    isInitialize: ({ event }) => event.type === "REPORTED" && event.state === "initialize",
    isBackup: ({ event }) => event.type === "REPORTED" && event.state === "backup",
    isActive: ({ event }) => event.type === "REPORTED" && event.state === "active",
    isFault: ({ event }) => event.type === "REPORTED" && event.state === "fault",
  },
}).createMachine({
  id: "mirror",
  context: ({ input }) => ({ config: input }),
  initial: "initialize",
  on: {
    REPORTED: [
      { guard: "isInitialize", target: ".initialize" },
      { guard: "isBackup", target: ".backup" },
      { guard: "isActive", target: ".active" },
      { guard: "isFault", target: ".fault" },
    ],
    RETIRE: ".retired",
  },
  states: {
    initialize: {},
    backup: {},
    active: {},
    fault: {},
    retired: { type: "final" },
  },
});
