/**
 * What was said in BFD packets.
 *
 * @module
 */
import type { BfdState } from "../../net/packet/bfd.ts";
import type { BfdFrame, Frame } from "./frame.ts";
import type { Host } from "./lab.ts";
import { senderOf } from "./timeline.ts";

/** Whether a frame is a control packet of a host, in a state if one is named. */
export function isBfdOf(host: Host, state?: BfdState): (frame: Frame) => frame is BfdFrame {
  return (frame): frame is BfdFrame =>
    frame.kind === "bfd" && senderOf(frame) === host &&
    (state === undefined || frame.packet.state === state);
}

/** The control packets of a host. */
export function saidBy(host: Host, frames: readonly Frame[]): BfdFrame[] {
  return frames.filter(isBfdOf(host));
}

/** The states that a host went through, each once in a row. */
export function statesOf(host: Host, frames: readonly Frame[]): BfdState[] {
  return saidBy(host, frames).map(({ packet }) => packet.state)
    .filter((state, i, all) => state !== all[i - 1]);
}
