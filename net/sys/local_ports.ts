/**
 * Ports that the kernel may choose as ours when a socket connects.
 *
 * @module
 */
import { readFile } from "./file.ts";
import { SyscallError } from "./libc.ts";

const PATH = "/proc/sys/net/ipv4/ip_local_port_range";
/** Two numbers. */
const OCTETS_MAX = 64;
const EVERY: PortRange = { first: 1, last: 65_535 };
/** The range is read anew after so many questions: an administrator may change it. */
const QUESTIONS_MAX = 4_096;

/** Inclusive. */
interface PortRange {
  readonly first: number;
  readonly last: number;
}

let range = EVERY;
let questionsLeft = 0;

/** Whether the kernel may give this port to a socket that did not ask for one, IPv4 or IPv6. */
export function isEphemeral(port: number): boolean {
  if (questionsLeft-- <= 0) {
    questionsLeft = QUESTIONS_MAX;
    range = readRange();
  }
  return port >= range.first && port <= range.last;
}

function readRange(): PortRange {
  try {
    const text = new TextDecoder().decode(readFile(PATH, OCTETS_MAX));
    const [, first, last] = /^(\d+)\s+(\d+)\s*$/.exec(text) ?? [];
    return first === undefined ? EVERY : { first: Number(first), last: Number(last) };
  } catch (error) {
    if (error instanceof SyscallError) return EVERY;
    throw error;
  }
}
