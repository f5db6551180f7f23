/**
 * A room to practise in: a network namespace of our own with nothing in it but a loopback
 * interface, where addresses are really added and frames really sent, and nobody sees it. So the
 * kernel's part of a takeover can be rehearsed too (engine/warm_up.ts).
 *
 * @module
 */
import type { AddressChange, ChangeResult } from "../../net/link_table.ts";
import { Links } from "../../net/links.ts";
import { inPrivateNetwork } from "../../net/sys/process.ts";
import { openNetlinkSocket } from "../../net/sys/socket.ts";
import type { Clock } from "../clock.ts";
import type { Frame, SendResult } from "./outside.ts";
import { SystemOutside } from "./system_outside.ts";

/** The loopback interface is the first of every namespace. */
export const PRACTICE_INDEX = 1;

/** Kernel work that has no effect outside of the room. */
export class PracticeRoom {
  readonly #outside: SystemOutside;

  private constructor(outside: SystemOutside) {
    this.#outside = outside;
  }

  /** Undefined where this process may not have one (without CAP_SYS_ADMIN). */
  static open(clock: Clock): PracticeRoom | undefined {
    return inPrivateNetwork(() => {
      bringUpLoopback();
      // Nothing ever arrives here, so nobody needs to wait for it.
      const nobody = { add: () => {}, remove: () => {} };
      return new PracticeRoom(new SystemOutside(nobody, clock, Links.open()));
    });
  }

  /** Changes addresses of the loopback interface in the room. */
  changeAddresses(changes: readonly AddressChange[]): readonly ChangeResult[] {
    return this.#outside.links.changeAddresses(changes);
  }

  /** Sends frames on it. */
  sendFrames(frames: readonly Frame[]): SendResult {
    return this.#outside.sendFrames(frames);
  }
}

/** RTM_NEWLINK with IFF_UP for interface 1: nlmsghdr (16), ifinfomsg (16). */
function bringUpLoopback(): void {
  const RTM_NEWLINK = 16;
  const NLM_F_REQUEST = 1;
  const IFF_UP = 1;
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, RTM_NEWLINK, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setInt32(20, PRACTICE_INDEX, true);
  view.setUint32(24, IFF_UP, true);
  view.setUint32(28, IFF_UP, true);
  using socket = openNetlinkSocket({ protocol: 0 });
  socket.send([{ bytes }]);
}
