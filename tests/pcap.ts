/**
 * Reads the captures under tests/golden/pcap (see ORIGIN.md there).
 *
 * @module
 */
import { decodePcap, type Pcap } from "../net/packet/pcap.ts";

const CAPTURES = new URL("./golden/pcap/", import.meta.url);

/** The names of all captures, sorted, without `.pcap`. */
export function captureNames(): string[] {
  return Array.from(Deno.readDirSync(CAPTURES), (entry) => entry.name)
    .filter((name) => name.endsWith(".pcap"))
    .map((name) => name.slice(0, -".pcap".length))
    .sort();
}

/** The octets of a capture file; throws if there is none. */
export function readCaptureBytes(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`${name}.pcap`, CAPTURES));
}

/** A capture; throws if there is none, or it is damaged. */
export function readCapture(name: string): Pcap {
  const pcap = decodePcap(readCaptureBytes(name));
  if (typeof pcap === "string") throw new Error(`Cannot read capture ${name}: ${pcap}`);
  return pcap;
}
