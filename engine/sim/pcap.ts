/**
 * The frames of a run as a capture file, for Wireshark.
 *
 * @module
 */
import { encodePcap } from "../../net/packet/pcap.ts";
import type { CapturedFrame } from "./world.ts";

const NS_PER_MS = 1_000_000;
const MS_PER_SEC = 1_000;

/** Writes a capture file with nanoseconds; the world begins in 1970. */
export function encodeCapture(frames: readonly CapturedFrame[]): Uint8Array<ArrayBuffer> {
  const inOrder = frames.toSorted((a, b) => a.atMs - b.atMs);
  return encodePcap({
    resolution: "nanoseconds",
    packets: inOrder.map(({ atMs, bytes }) => {
      const timeNs = Math.round(atMs * NS_PER_MS);
      return {
        timeSec: Math.floor(timeNs / (MS_PER_SEC * NS_PER_MS)),
        timeNs: timeNs % (MS_PER_SEC * NS_PER_MS),
        originalLengthBytes: bytes.length,
        bytes,
      };
    }),
  });
}
