/**
 * Runs a machine as an actor under virtual time, with a door that only writes down what is
 * commanded.
 *
 * @module
 */
import { type EventObject, fromCallback, type NonReducibleUnknown } from "xstate";
import type { VirtualTime } from "../virtual_time.ts";

/** A door that notes each command as `<who>: <what>`, and can be told facts to send. */
export function recordingDoor<
  Command extends EventObject,
  Input extends NonReducibleUnknown,
  Fact extends EventObject,
>(
  lines: string[],
  who: (input: Input) => string,
  what: (command: Command) => string,
  onCommand: (command: Command, tell: (fact: Fact) => void, input: Input) => void = () => {},
) {
  return fromCallback<Command, Input>(({ input, receive, sendBack }) => {
    lines.push(`${who(input)}: opened`);
    receive((command) => {
      lines.push(`${who(input)}: ${what(command)}`);
      onCommand(command, sendBack as (fact: Fact) => void, input);
    });
    return () => void lines.push(`${who(input)}: closed`);
  });
}

/** Takes what was noted since the last look. */
export function taken(lines: string[]): string[] {
  return lines.splice(0);
}

/** Lets time pass and takes what was noted meanwhile. */
export function during(time: VirtualTime, durationMs: number, lines: string[]): string[] {
  time.runFor(durationMs);
  return taken(lines);
}
