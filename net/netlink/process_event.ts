/**
 * What the kernel tells of processes: the process events connector (`linux/cn_proc.h`), which is a
 * message of the connector (`linux/connector.h`) in one of netlink.
 *
 * ```text
 *  0               4               8               12              16
 * +---------------+---------------+---------------+---------------+
 * |   Index: 1    |   Value: 1    | Sequence      | Acknowledged  |
 * +-------+-------+---------------+---------------+---------------+
 * |Length | Flags |  What         |  CPU          |  Time, ns …
 * +-------+-------+---------------+---------------+---------------+
 * |    … of 64 bits               |  what it is about …
 * ```
 *
 * Each processor counts its own messages: a gap means that some were lost.
 *
 * @module
 */
import { LITTLE_ENDIAN, type MessageWriter, NLMSG_DONE } from "./message.ts";

/** The netlink protocol of the connector. */
export const NETLINK_CONNECTOR = 11;
/** Group, index and value of process events (`CN_IDX_PROC`, `CN_VAL_PROC`). */
export const PROCESS_EVENTS_GROUP = 1;

const VALUE = 1;
const LISTEN = 1; // PROC_CN_MCAST_LISTEN
const CONNECTOR_BYTES = 20;
const OPERATION_BYTES = 4;
const AT = { index: 0, value: 4, sequence: 8, what: 20, cpu: 24, about: 36 };
const WHAT = { none: 0, fork: 0x1, exec: 0x2, name: 0x200, exit: 0x8000_0000 };

/** What happened to a process; threads are no news. */
export type ProcessEvent =
  /** Events are told from now on. */
  | { readonly type: "listening" }
  /** A copy of its parent, unless one of the parent's other threads made it. */
  | { readonly type: "forked"; readonly pid: number; readonly copyOf: number | undefined }
  /** It runs another program, or has another name. */
  | { readonly type: "changed"; readonly pid: number }
  | { readonly type: "ended"; readonly pid: number };

/** A message of the connector; without an event if that is none of ours. */
export interface ProcessMessage {
  readonly cpu: number;
  readonly sequence: number;
  readonly event: ProcessEvent | undefined;
}

/** Why a message is not one of processes. The text is the log message and the counter's key. */
export type MalformedProcessMessage = "process event truncated" | "process event of another kind";

/** Asks for events. */
export function writeListenRequest(writer: MessageWriter): void {
  writer.begin(NLMSG_DONE, 0);
  for (const word of [PROCESS_EVENTS_GROUP, VALUE, 0, 0]) writer.u32(word);
  writer.u16(OPERATION_BYTES);
  writer.u16(0);
  writer.u32(LISTEN);
  writer.finish();
}

/** Reads the body of a netlink message. Never throws on any bytes. */
export function readProcessMessage(body: DataView): ProcessMessage | MalformedProcessMessage {
  if (body.byteLength < CONNECTOR_BYTES) return "process event truncated";
  const word = (at: number) => body.getUint32(at, LITTLE_ENDIAN);
  if (word(AT.index) !== PROCESS_EVENTS_GROUP || word(AT.value) !== VALUE) {
    return "process event of another kind";
  }
  // Events have been longer and may become so again: what is known of them is at the beginning.
  if (body.byteLength < AT.about + 4 * OPERATION_BYTES) return "process event truncated";
  return { cpu: word(AT.cpu), sequence: word(AT.sequence), event: eventOf(word) };
}

function eventOf(word: (at: number) => number): ProcessEvent | undefined {
  const what = word(AT.what);
  const about = [0, 1, 2, 3].map((each) => word(AT.about + 4 * each));
  const [first = 0, second = 0, child = 0, childGroup = 0] = about;
  switch (what) {
    case WHAT.none:
      return first === 0 ? { type: "listening" } : undefined;
    case WHAT.fork:
      if (child !== childGroup) return undefined;
      return { type: "forked", pid: child, copyOf: first === second ? first : undefined };
    case WHAT.exec:
      return { type: "changed", pid: second };
    case WHAT.name:
      return first === second ? { type: "changed", pid: first } : undefined;
    case WHAT.exit:
      return first === second ? { type: "ended", pid: first } : undefined;
    default:
      return undefined;
  }
}
