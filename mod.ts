/**
 * stayd keeps a service reachable: VRRP failover that reads keepalived.conf, as a library.
 *
 * The state machines are pure: facts in, commands out, time handed in. They run the same way in the
 * daemon, in the simulator and in a test.
 *
 * @example One virtual router, stepped by hand
 * ```ts
 * import { initialTransition, transition } from "xstate";
 * import { vrrpInstance } from "@stayd/stayd";
 *
 * const [idle] = initialTransition(vrrpInstance, config);
 * const [waiting, commands] = transition(vrrpInstance, idle, {
 *   type: "STARTUP",
 *   delayMs: 0,
 *   resumes: false,
 * });
 * ```
 *
 * @module
 */
export type { Config, VirtualAddress, VrrpInstanceConfig } from "./machines/config.ts";
export { system } from "./machines/system.ts";
export { vrrpInstance } from "./machines/vrrp_instance.ts";
export type { VrrpCommand, VrrpFact } from "./machines/vrrp_instance.ts";
export { worker } from "./machines/worker.ts";
