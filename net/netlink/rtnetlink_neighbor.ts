/**
 * Neighbours over rtnetlink: RTM_GETNEIGH for one of them, and its answer (rtnetlink(7)).
 *
 * ```text
 * +---------------+---------------+---------------+---------------+
 * |    Family     |                    Padding                    |
 * +---------------+-----------------------------------------------+
 * |                        Interface index                        |
 * +-------------------------------+---------------+---------------+
 * |             State             |     Flags     |     Type      |
 * +-------------------------------+---------------+---------------+
 * ```
 *
 * @module
 */
import { familyOf, type Ip, type Mac } from "../address.ts";
import { AttributeSchema, ip, mac } from "./attribute.ts";
import { LITTLE_ENDIAN, type MessageWriter, NLM_F_ACK, NLM_F_REQUEST } from "./message.ts";
import { familyNumber } from "./rtnetlink_address.ts";

/** A neighbour is there. */
export const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;

/** A host that is a link away. */
export interface Neighbor {
  readonly interfaceIndex: number;
  readonly ip: Ip;
  /** Absent while nobody answered for it. */
  readonly mac?: Mac | undefined;
}

const AT = { family: 0, index: 4, state: 8, attributes: 12 };
/** NUD_INCOMPLETE, NUD_FAILED, NUD_NONE: what it has for an address is none. */
const USABLE_STATES = 0xff & ~0x01 & ~0x20;

const neighborAttributes = new AttributeSchema({
  ip: { id: 1, type: ip }, // NDA_DST
  mac: { id: 2, type: mac }, // NDA_LLADDR
});

/** Reads an answer; undefined if it is none. */
export function decodeNeighbor(body: DataView): Neighbor | undefined {
  if (body.byteLength < AT.attributes) return undefined;
  const attributes = neighborAttributes.decode(body, AT.attributes);
  if (typeof attributes === "string" || attributes.ip === undefined) return undefined;
  const isUsable = (body.getUint16(AT.state, LITTLE_ENDIAN) & USABLE_STATES) !== 0;
  return {
    interfaceIndex: body.getInt32(AT.index, LITTLE_ENDIAN),
    ip: attributes.ip,
    mac: isUsable ? attributes.mac : undefined,
  };
}

/** Asks for a neighbour; kernels before 5.0 do not answer. */
export function writeNeighborGet(writer: MessageWriter, interfaceIndex: number, of: Ip): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_ACK);
  writer.u8(familyNumber(familyOf(of)));
  writer.u8(0);
  writer.u16(0);
  writer.u32(interfaceIndex);
  writer.u16(0);
  writer.u8(0);
  writer.u8(0);
  neighborAttributes.encode(writer, { ip: of });
  writer.finish();
}
