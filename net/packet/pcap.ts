/**
 * Classic capture files, as tcpdump writes them (draft-ietf-opsawg-pcap), of Ethernet frames.
 *
 * ```text
 *  0               1               2               3
 * +---------------------------------------------------------------+
 * |          Magic Number: a1b2c3d4 (µs) or a1b23c4d (ns)         |
 * +-------------------------------+-------------------------------+
 * |       Major Version (2)       |       Minor Version (4)       |
 * +-------------------------------+-------------------------------+
 * |                Reserved 1, Reserved 2 (4 octets each)         |
 * +---------------------------------------------------------------+
 * |                            SnapLen                            |
 * +-------+-------------------------------------------------------+
 * | FCS |F|                   LinkType (1: Ethernet)              |
 * +-------+-------------------------------------------------------+
 *    Then for each packet:
 * +---------------------------------------------------------------+
 * |                           Seconds                             |
 * +---------------------------------------------------------------+
 * |                   Microseconds or Nanoseconds                 |
 * +---------------------------------------------------------------+
 * |                        Captured Length                        |
 * +---------------------------------------------------------------+
 * |                        Original Length                        |
 * +---------------------------------------------------------------+
 * |                     Packet Data, not padded                   |
 * ```
 *
 * The file is in the byte order of whoever wrote it; the magic number tells which.
 *
 * @module
 */
import { assert } from "../assert.ts";

/** Where each field of the file header sits. Both directions read this table. */
const AT = { magic: 0, major: 4, minor: 6, snapLength: 16, linkType: 20, packets: 24 };
/** Where each field of a packet header sits. */
const PACKET_AT = { seconds: 0, fraction: 4, captured: 8, original: 12, data: 16 };
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const LINK_TYPE_ETHERNET = 1;
/** The upper 6 bits tell of a frame check sequence. */
const LINK_TYPE_MASK = 0x03ff_ffff;
/** What tcpdump writes if nothing is cut. */
const SNAP_LENGTH_BYTES_DEFAULT = 262_144;
const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** One captured frame. */
export interface PcapPacket {
  /** Seconds since 1970 UTC, 32 bits. */
  readonly timeSec: number;
  /** Nanoseconds within that second; a file of microseconds holds multiples of 1000. */
  readonly timeNs: number;
  /** Length on the wire; more than `bytes` holds if the capture cut it. */
  readonly originalLengthBytes: number;
  /** Decoded: a view into the file. */
  readonly bytes: Uint8Array;
}

/** A capture file. */
export interface Pcap {
  readonly byteOrder: "little" | "big";
  readonly resolution: "microseconds" | "nanoseconds";
  /** Frames were cut to this length. */
  readonly snapLengthBytes: number;
  readonly packets: readonly PcapPacket[];
}

/** Why bytes are no capture file we read. */
export type Malformed =
  | "too short"
  | "unknown magic number"
  | "unknown version"
  | "not Ethernet"
  | "wrong time"
  | "truncated packet";

/** Reads a capture file. Copies nothing. */
export function decodePcap(bytes: Uint8Array): Pcap | Malformed {
  if (bytes.length < AT.packets) return "too short";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const format = formatOf(view);
  if (format === undefined) return "unknown magic number";
  const little = format.byteOrder === "little";
  if (
    view.getUint16(AT.major, little) !== VERSION_MAJOR ||
    view.getUint16(AT.minor, little) !== VERSION_MINOR
  ) return "unknown version";
  if ((view.getUint32(AT.linkType, little) & LINK_TYPE_MASK) !== LINK_TYPE_ETHERNET) {
    return "not Ethernet";
  }
  const fractionNs = fractionUnitNs(format.resolution);
  const packets: PcapPacket[] = [];
  let at = AT.packets;
  while (at < bytes.length) {
    if (at + PACKET_AT.data > bytes.length) return "truncated packet";
    const start = at + PACKET_AT.data;
    const end = start + view.getUint32(at + PACKET_AT.captured, little);
    if (end > bytes.length) return "truncated packet";
    const timeNs = view.getUint32(at + PACKET_AT.fraction, little) * fractionNs;
    if (timeNs >= NANOSECONDS_PER_SECOND) return "wrong time";
    packets.push({
      timeSec: view.getUint32(at + PACKET_AT.seconds, little),
      timeNs,
      originalLengthBytes: view.getUint32(at + PACKET_AT.original, little),
      bytes: bytes.subarray(start, end),
    });
    at = end;
  }
  return { ...format, snapLengthBytes: view.getUint32(AT.snapLength, little), packets };
}

/** A capture file to write; absent fields are what tcpdump writes on this machine. */
export interface PcapFields extends Partial<Pcap> {
  readonly packets: readonly PcapPacket[];
}

/** Writes a capture file. Times are cut to the resolution of the file. */
export function encodePcap(pcap: PcapFields): Uint8Array<ArrayBuffer> {
  const { byteOrder = "little", resolution = "microseconds", packets } = pcap;
  const little = byteOrder === "little";
  const dataBytes = packets.reduce((sum, packet) => sum + PACKET_AT.data + packet.bytes.length, 0);
  const bytes = new Uint8Array(AT.packets + dataBytes);
  const view = new DataView(bytes.buffer);
  const magic = resolution === "microseconds" ? MAGIC_MICROSECONDS : MAGIC_NANOSECONDS;
  view.setUint32(AT.magic, magic, little);
  view.setUint16(AT.major, VERSION_MAJOR, little);
  view.setUint16(AT.minor, VERSION_MINOR, little);
  view.setUint32(AT.snapLength, pcap.snapLengthBytes ?? SNAP_LENGTH_BYTES_DEFAULT, little);
  view.setUint32(AT.linkType, LINK_TYPE_ETHERNET, little);
  let at = AT.packets;
  for (const packet of packets) {
    assert(
      packet.timeNs >= 0 && packet.timeNs < NANOSECONDS_PER_SECOND,
      `Nanoseconds are less than a second: current value is ${packet.timeNs}`,
    );
    const fraction = Math.floor(packet.timeNs / fractionUnitNs(resolution));
    view.setUint32(at + PACKET_AT.seconds, packet.timeSec, little);
    view.setUint32(at + PACKET_AT.fraction, fraction, little);
    view.setUint32(at + PACKET_AT.captured, packet.bytes.length, little);
    view.setUint32(at + PACKET_AT.original, packet.originalLengthBytes, little);
    bytes.set(packet.bytes, at + PACKET_AT.data);
    at += PACKET_AT.data + packet.bytes.length;
  }
  return bytes;
}

function formatOf(view: DataView): Pick<Pcap, "byteOrder" | "resolution"> | undefined {
  for (const byteOrder of ["little", "big"] as const) {
    const magic = view.getUint32(AT.magic, byteOrder === "little");
    if (magic === MAGIC_MICROSECONDS) return { byteOrder, resolution: "microseconds" };
    if (magic === MAGIC_NANOSECONDS) return { byteOrder, resolution: "nanoseconds" };
  }
  return undefined;
}

function fractionUnitNs(resolution: Pcap["resolution"]): number {
  return resolution === "microseconds" ? 1000 : 1;
}
