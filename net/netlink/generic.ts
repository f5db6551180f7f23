/**
 * Generic netlink: families of commands that have a name, and get their number when they are
 * loaded.
 *
 * ```text
 * +---------------+---------------+-------------------------------+
 * |    Command    |    Version    |           Reserved            |
 * +---------------+---------------+-------------------------------+
 * |                          Attributes                           |
 * ```
 *
 * The type of a message is the number of its family. The controller, which has a fixed one, tells
 * those of the others; asking for one makes the kernel load its module.
 *
 * @module
 */
import { AttributeSchema, type MalformedAttribute, text, u16 } from "./attribute.ts";
import { type MessageWriter, NLM_F_ACK, NLM_F_REQUEST } from "./message.ts";

/** Octets of the header that follows netlink's own. */
export const GENERIC_HEADER_BYTES = 4;

const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_VERSION = 2;

const family = new AttributeSchema({
  id: { id: 1, type: u16 }, // CTRL_ATTR_FAMILY_ID
  name: { id: 2, type: text }, // CTRL_ATTR_FAMILY_NAME
});

/** Why a message is not one of generic netlink. The text is the log message and counter's key. */
export type MalformedGeneric = "generic netlink header truncated" | MalformedAttribute;

/** Starts a message. Attributes follow, then `finish()`. */
export function beginGeneric(
  writer: MessageWriter,
  { familyId, command, version, flags }: {
    readonly familyId: number;
    readonly command: number;
    readonly version: number;
    /** NLM_F_* bits. */
    readonly flags: number;
  },
): void {
  writer.begin(familyId, flags);
  writer.u8(command);
  writer.u8(version);
  writer.u16(0);
}

/** Asks for the number of a family. */
export function writeFamilyQuery(writer: MessageWriter, name: string): void {
  beginGeneric(writer, {
    familyId: GENL_ID_CTRL,
    command: CTRL_CMD_GETFAMILY,
    version: CTRL_VERSION,
    flags: NLM_F_REQUEST | NLM_F_ACK,
  });
  family.encode(writer, { name });
  writer.finish();
}

/** Reads the controller's answer: the number of the family, if it says one. Never throws. */
export function decodeFamilyId(body: DataView): number | undefined | MalformedGeneric {
  if (body.byteLength < GENERIC_HEADER_BYTES) return "generic netlink header truncated";
  const attributes = family.decode(body, GENERIC_HEADER_BYTES);
  return typeof attributes === "string" ? attributes : attributes.id;
}
