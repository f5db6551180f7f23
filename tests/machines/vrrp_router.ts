/**
 * One virtual router as a running actor under virtual time.
 *
 * @module
 */
import { createActor, fromCallback } from "xstate";
import type { VrrpInstanceConfig } from "../../machines/config.ts";
import type { VrrpCommand, VrrpFact } from "../../machines/vrrp_facts.ts";
import { vrrpInstance } from "../../machines/vrrp_instance.ts";
import { VirtualTime } from "../virtual_time.ts";
import { instanceConfig } from "./vrrp_config.ts";
import { describeCommand, OUR_IP } from "./vrrp_step.ts";

/** A running virtual router under virtual time. */
export interface Router {
  readonly time: VirtualTime;
  readonly tell: (fact: VrrpFact) => void;
  /** What was commanded since the last look, as `<ms> <command>`. */
  readonly commands: () => string[];
  readonly state: () => string;
  readonly isDone: () => boolean;
}

/** Starts one; `onCommand` sees its commands first. */
export function router(
  change: Partial<VrrpInstanceConfig> = {},
  onCommand: (atMs: number, command: VrrpCommand) => void = () => {},
): Router {
  const time = new VirtualTime();
  const commands: string[] = [];
  const io = fromCallback<VrrpCommand, VrrpInstanceConfig>(({ receive }) => {
    receive((command) => {
      onCommand(time.nowMs, command);
      commands.push(`${time.nowMs} ${describeCommand(command)}`);
      if (commands.length > 1_000) commands.shift();
    });
  });
  const { clock } = time;
  const input = instanceConfig(change);
  const actor = createActor(vrrpInstance.provide({ actors: { io } }), { clock, input }).start();
  actor.send({ type: "SOURCE_ADDRESS", ip: OUR_IP });
  return {
    time,
    tell: (fact) => actor.send(fact),
    commands: () => commands.splice(0),
    state: () => {
      const { value } = actor.getSnapshot();
      return typeof value === "string" ? value : Object.keys(value).join(" ");
    },
    isDone: () => actor.getSnapshot().status === "done",
  };
}

/** The lines with that word. */
export function only(commands: readonly string[], word: string): string[] {
  return commands.filter((command) => command.includes(` ${word}`));
}
