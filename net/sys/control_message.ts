/**
 * Control messages (`struct cmsghdr`): what the kernel tells of a received datagram beside its
 * octets, and what it is told of one to send. RFC 3542 for IPv6.
 *
 * @module
 */
import { familyOf, type Ip, ipToBytes } from "../address.ts";
import { IP, IPV6, SO, SOL } from "./constants.ts";
import { readIp } from "./ip_reader.ts";
import { CMSGHDR, getUint64, IN6_PKTINFO, IN_PKTINFO, LITTLE_ENDIAN, TIMESPEC } from "./layout.ts";
import { monotonicMs, realtimeMs } from "./libc.ts";

/** Room for all that we ask for or send: packet information, hop limit, time of arrival. */
export const CONTROL_BYTES_MAX = 128;

/** What control messages tell of a received datagram. */
export interface PacketInformation {
  destination: Ip | undefined;
  /** 0: not told. */
  interfaceIndex: number;
  hopLimit: number | undefined;
  /** When it came, on the monotonic clock; undefined: not told. */
  arrivedMs: number | undefined;
}

/** Reads the control messages in `length` octets from `start`. */
export function readControl(view: DataView, start: number, length: number): PacketInformation {
  const information: PacketInformation = {
    destination: undefined,
    interfaceIndex: 0,
    hopLimit: undefined,
    arrivedMs: undefined,
  };
  const end = start + length;
  for (let at = start; at + CMSGHDR.data <= end;) {
    const size = view.getUint32(at + CMSGHDR.length, LITTLE_ENDIAN);
    if (size < CMSGHDR.data || at + size > end) break; // Cut off: MSG_CTRUNC.
    readOne(view, at, size - CMSGHDR.data, information);
    at += aligned(size);
  }
  return information;
}

function readOne(
  view: DataView,
  start: number,
  dataBytes: number,
  information: PacketInformation,
): void {
  const level = view.getInt32(start + CMSGHDR.level, LITTLE_ENDIAN);
  const type = view.getInt32(start + CMSGHDR.type, LITTLE_ENDIAN);
  const at = start + CMSGHDR.data;
  if (level === SOL.IP && type === IP.PKTINFO && dataBytes >= IN_PKTINFO.sizeBytes) {
    information.interfaceIndex = view.getInt32(at + IN_PKTINFO.interfaceIndex, LITTLE_ENDIAN);
    information.destination = readIp(view, at + IN_PKTINFO.destination, 4);
  } else if (level === SOL.IPV6 && type === IPV6.PKTINFO && dataBytes >= IN6_PKTINFO.sizeBytes) {
    information.interfaceIndex = view.getUint32(at + IN6_PKTINFO.interfaceIndex, LITTLE_ENDIAN);
    information.destination = readIp(view, at + IN6_PKTINFO.address, 6);
  } else if (
    (level === SOL.IP && type === IP.TTL || level === SOL.IPV6 && type === IPV6.HOPLIMIT) &&
    dataBytes >= 4
  ) information.hopLimit = view.getInt32(at, LITTLE_ENDIAN);
  else if (
    level === SOL.SOCKET && type === SO.TIMESTAMPNS && dataBytes >= TIMESPEC.sizeBytes
  ) {
    const receivedMs = getUint64(view, at + TIMESPEC.seconds) * 1_000 +
      view.getUint32(at + TIMESPEC.nanoseconds, LITTLE_ENDIAN) / 1e6;
    // Both clocks at once: what is done until somebody asks for the time does not count.
    const ageMs = realtimeMs() - receivedMs;
    information.arrivedMs = monotonicMs() - ageMs;
  }
}

/** What can be said of a datagram to send; what is absent, the kernel chooses. */
export interface SendInformation {
  readonly destination?: Ip;
  readonly source?: Ip;
  readonly interfaceIndex?: number;
  readonly hopLimit?: number;
}

/**
 * Source, interface and hop limit of a datagram to send; undefined if nothing is asked for. A hop
 * limit of 0 is not possible for IPv4.
 */
export function controlOf(family: 4 | 6, message: SendInformation): Uint8Array | undefined {
  const { source, interfaceIndex, hopLimit } = message;
  const parts: Uint8Array[] = [];
  if (source !== undefined || interfaceIndex) {
    parts.push(packetInformation(family, source, interfaceIndex ?? 0));
  }
  if (hopLimit !== undefined) {
    const [level, type] = family === 4 ? [SOL.IP, IP.TTL] : [SOL.IPV6, IPV6.HOPLIMIT];
    const [bytes, view] = controlMessage(level, type, 4);
    view.setInt32(CMSGHDR.data, hopLimit, LITTLE_ENDIAN);
    parts.push(bytes);
  }
  if (parts.length === 0) return undefined;
  const control = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    control.set(part, at);
    at += part.length;
  }
  return control;
}

function packetInformation(
  family: 4 | 6,
  source: Ip | undefined,
  interfaceIndex: number,
): Uint8Array {
  const at = CMSGHDR.data;
  const address = source !== undefined && familyOf(source) === family
    ? ipToBytes(source)
    : undefined;
  if (family === 4) {
    const [bytes, view] = controlMessage(SOL.IP, IP.PKTINFO, IN_PKTINFO.sizeBytes);
    view.setInt32(at + IN_PKTINFO.interfaceIndex, interfaceIndex, LITTLE_ENDIAN);
    if (address) bytes.set(address, at + IN_PKTINFO.source);
    return bytes;
  }
  const [bytes, view] = controlMessage(SOL.IPV6, IPV6.PKTINFO, IN6_PKTINFO.sizeBytes);
  view.setUint32(at + IN6_PKTINFO.interfaceIndex, interfaceIndex, LITTLE_ENDIAN);
  if (address) bytes.set(address, at + IN6_PKTINFO.address);
  return bytes;
}

/** A control message with room for its data, padded so that another can follow. */
function controlMessage(
  level: number,
  type: number,
  dataBytes: number,
): [Uint8Array<ArrayBuffer>, DataView] {
  const length = CMSGHDR.data + dataBytes;
  const bytes = new Uint8Array(aligned(length));
  const view = new DataView(bytes.buffer);
  view.setUint32(CMSGHDR.length, length, LITTLE_ENDIAN);
  view.setInt32(CMSGHDR.level, level, LITTLE_ENDIAN);
  view.setInt32(CMSGHDR.type, type, LITTLE_ENDIAN);
  return [bytes, view];
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}
