/**
 * Commands to the kernel's IPVS, and its answers: generic netlink, family `IPVS`, version 1.
 *
 * @module
 */
import type { Family } from "../address.ts";
import {
  type Attributes,
  AttributeSchema,
  type AttributeShape,
  type MalformedAttribute,
  nested,
  u32,
} from "./attribute.ts";
import { beginGeneric, GENERIC_HEADER_BYTES, type MalformedGeneric } from "./generic.ts";
import {
  attributesOfDestination,
  destinationAttributes,
  destinationOf,
  type IpvsDestination,
  type IpvsDestinationEntry,
  type MalformedDestination,
} from "./ipvs_destination.ts";
import {
  attributesOfService,
  bareServiceAttributes,
  type IpvsService,
  type IpvsServiceEntry,
  type IpvsServiceKey,
  keyAttributes,
  type MalformedService,
  serviceAttributes,
  serviceOf,
} from "./ipvs_service.ts";
import {
  attributesOfDaemon,
  attributesOfRole,
  daemonAttributes,
  type IpvsDaemon,
  type IpvsDaemonRole,
  type IpvsTimeouts,
} from "./ipvs_settings.ts";
import { type MessageWriter, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from "./message.ts";

/** Name of the family. */
export const IPVS_FAMILY = "IPVS";
const VERSION = 1;

const COMMAND = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  newDaemon: 9,
  deleteDaemon: 10,
  setConfig: 12,
  getConfig: 13,
  flush: 17,
} as const;

const shape = {
  service: { id: 1, type: nested(serviceAttributes) },
  destination: { id: 2, type: nested(destinationAttributes) },
  daemon: { id: 3, type: nested(daemonAttributes) },
  tcpSec: { id: 4, type: u32 },
  tcpFinSec: { id: 5, type: u32 },
  udpSec: { id: 6, type: u32 },
};
const message = new AttributeSchema(shape);
const bareMessage = new AttributeSchema({
  service: { id: shape.service.id, type: nested(bareServiceAttributes) },
});

/** One change of the kernel's table. */
export type IpvsChange =
  | {
    readonly type: "addService" | "editService" | "deleteService";
    readonly service: IpvsService;
  }
  | {
    readonly type: "addDestination" | "editDestination" | "deleteDestination";
    readonly service: IpvsService;
    readonly destination: IpvsDestination;
  };

/** Why a message is no answer of IPVS. The text is the log message and the counter's key. */
export type MalformedIpvs =
  | MalformedGeneric
  | MalformedAttribute
  | MalformedService
  | MalformedDestination;

const CHANGE_COMMANDS = {
  addService: COMMAND.newService,
  editService: COMMAND.setService,
  deleteService: COMMAND.deleteService,
  addDestination: COMMAND.newDestination,
  editDestination: COMMAND.setDestination,
  deleteDestination: COMMAND.deleteDestination,
} as const satisfies Record<IpvsChange["type"], number>;

/** Changes the table. */
export function writeChange(writer: MessageWriter, familyId: number, change: IpvsChange): void {
  const ofDestination = "destination" in change;
  write(writer, familyId, CHANGE_COMMANDS[change.type], {
    service: attributesOfService(change.service, !ofDestination),
    destination: ofDestination ? attributesOfDestination(change.destination) : undefined,
  });
}

/** Asks for all services. */
export function writeServiceDump(writer: MessageWriter, familyId: number): void {
  write(writer, familyId, COMMAND.getService, {}, NLM_F_DUMP);
}

/** Asks for the destinations of one service. */
export function writeDestinationDump(
  writer: MessageWriter,
  familyId: number,
  key: IpvsServiceKey,
): void {
  write(writer, familyId, COMMAND.getDestination, { service: keyAttributes(key) }, NLM_F_DUMP);
}

/** Asks for the timeouts. */
export function writeTimeoutQuery(writer: MessageWriter, familyId: number): void {
  write(writer, familyId, COMMAND.getConfig, {});
}

/** Sets all timeouts. */
export function writeTimeouts(
  writer: MessageWriter,
  familyId: number,
  timeouts: IpvsTimeouts,
): void {
  write(writer, familyId, COMMAND.setConfig, { ...timeouts });
}

/** Starts a synchronization daemon. */
export function writeDaemonStart(
  writer: MessageWriter,
  familyId: number,
  daemon: IpvsDaemon,
): void {
  write(writer, familyId, COMMAND.newDaemon, { daemon: attributesOfDaemon(daemon) });
}

/** Stops one. */
export function writeDaemonStop(
  writer: MessageWriter,
  familyId: number,
  role: IpvsDaemonRole,
  syncId: number,
): void {
  write(writer, familyId, COMMAND.deleteDaemon, { daemon: attributesOfRole(role, syncId) });
}

/** Removes all services, whoever made them. */
export function writeFlush(writer: MessageWriter, familyId: number): void {
  write(writer, familyId, COMMAND.flush, {});
}

function write(
  writer: MessageWriter,
  familyId: number,
  command: number,
  attributes: Attributes<typeof shape>,
  flags = 0,
): void {
  beginGeneric(writer, {
    familyId,
    command,
    version: VERSION,
    flags: NLM_F_REQUEST | NLM_F_ACK | flags,
  });
  message.encode(writer, attributes);
  writer.finish();
}

/** Reads one service of the dump. Never throws. */
export function decodeService(body: DataView): IpvsServiceEntry | MalformedIpvs {
  return serviceIn(decode(message, body));
}

/** The same without what was counted. */
export function decodeBareService(body: DataView): IpvsServiceEntry | MalformedIpvs {
  return serviceIn(decode(bareMessage, body));
}

function serviceIn(
  attributes: Pick<Attributes<typeof shape>, "service"> | MalformedIpvs,
): IpvsServiceEntry | MalformedIpvs {
  if (typeof attributes === "string") return attributes;
  return attributes.service ? serviceOf(attributes.service) : "ipvs service incomplete";
}

/** Reads one destination of the dump of a service of that family. Never throws. */
export function decodeDestination(
  body: DataView,
  serviceFamily: Family,
): IpvsDestinationEntry | MalformedIpvs {
  const attributes = decode(message, body);
  if (typeof attributes === "string") return attributes;
  const { destination } = attributes;
  return destination ? destinationOf(destination, serviceFamily) : "ipvs destination incomplete";
}

/** Reads the timeouts; undefined if not all are there. Never throws. */
export function decodeTimeouts(body: DataView): IpvsTimeouts | undefined | MalformedIpvs {
  const attributes = decode(message, body);
  if (typeof attributes === "string") return attributes;
  const { tcpSec, tcpFinSec, udpSec } = attributes;
  if (tcpSec === undefined || tcpFinSec === undefined || udpSec === undefined) return undefined;
  return { tcpSec, tcpFinSec, udpSec };
}

function decode<Shape extends AttributeShape>(
  schema: AttributeSchema<Shape>,
  body: DataView,
): Attributes<Shape> | MalformedGeneric | MalformedAttribute {
  if (body.byteLength < GENERIC_HEADER_BYTES) return "generic netlink header truncated";
  return schema.decode(body, GENERIC_HEADER_BYTES);
}
