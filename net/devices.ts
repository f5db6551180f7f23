/**
 * Interfaces of our own in the kernel, over rtnetlink and /proc/sys/net.
 *
 * @module
 */
import type { Devices, LinkChange, NewLink } from "./devices_table.ts";
import type { ChangeResult } from "./link_table.ts";
import { NetlinkClient } from "./netlink_client.ts";
import type { MessageWriter } from "./netlink/message.ts";
import {
  writeLinkChange,
  writeLinkCreate,
  writeLinkDelete,
} from "./netlink/rtnetlink_link_change.ts";
import { readFile } from "./sys/file.ts";
import { SyscallError } from "./sys/libc.ts";
import { openNetlinkSocket } from "./sys/socket.ts";
import { readSetting, writeSetting } from "./sys/sysctl.ts";

const NETLINK_ROUTE = 0;
const STAT_BYTES_MAX = 4_096;

/** The interfaces of the network namespace it was opened in. */
export class KernelDevices implements Devices, Disposable {
  readonly #requests: NetlinkClient;
  readonly #catchUp: () => void;
  readonly processId: number = Deno.pid;

  /** `catchUp` makes the table of links take in what the kernel has told. Throws `SyscallError`. */
  constructor(catchUp: () => void) {
    this.#requests = new NetlinkClient(openNetlinkSocket({ protocol: NETLINK_ROUTE }));
    this.#catchUp = catchUp;
  }

  create(link: NewLink): ChangeResult {
    return this.#ask((writer) => writeLinkCreate(writer, link));
  }

  change(index: number, change: LinkChange): ChangeResult {
    return this.#ask((writer) => writeLinkChange(writer, index, change));
  }

  remove(index: number): ChangeResult {
    return this.#ask((writer) => writeLinkDelete(writer, index));
  }

  readSetting(path: string): number | undefined {
    return readSetting(path);
  }

  writeSetting(path: string, value: number): boolean {
    return writeSetting(path, value);
  }

  isAlive(processId: number): boolean {
    // What was killed may wait for its parent to notice: state Z, behind the name in parentheses.
    try {
      const stat = new TextDecoder().decode(readFile(`/proc/${processId}/stat`, STAT_BYTES_MAX));
      return !/\) [ZX] /.test(stat);
    } catch (error) {
      if (error instanceof SyscallError) return false;
      throw error;
    }
  }

  /** Closes the socket; interfaces stay. */
  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }

  #ask(write: (writer: MessageWriter) => void): ChangeResult {
    const [result = { errno: 0 }] = this.#requests.transact(write);
    this.#catchUp();
    return result;
  }
}
