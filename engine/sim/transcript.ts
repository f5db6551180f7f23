/**
 * A run as text, one line for each event that a virtual router heard: when, where, its state
 * before, the event, its state after, and what it commanded. The golden transcripts are these
 * lines.
 *
 * @module
 */
import type { InspectionEvent } from "xstate";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { VrrpCommand } from "../../machines/vrrp_instance.ts";
import { destinationKeyText } from "../../net/netlink/ipvs_destination.ts";
import { serviceKeyText } from "../../net/netlink/ipvs_service.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import type { LvsNotice } from "../notify/events.ts";
import type { Host, HostEvent } from "./host.ts";
import type { Row } from "./scenario.ts";
import type { Watcher } from "./world.ts";

/** What one actor is doing between an event and its next snapshot. */
interface Pending {
  state: string;
  readonly commands: string[];
}

const INSTANCE_PREFIX = "vrrp ";
const AFTER = "xstate.after.";

/** Writes the transcript of a run. */
export class Transcript implements Watcher {
  /** The lines so far. */
  readonly lines: string[] = [];
  readonly #now: () => number;
  readonly #pending = new Map<object, Pending>();

  /** `now` is the time of the world. */
  constructor(now: () => number) {
    this.#now = now;
  }

  disturbed(row: Row): void {
    this.#write("", `---- ${describeRow(row)}`);
  }

  happened(host: Host, event: HostEvent): void {
    this.#write(host.name, event);
  }

  sessionReported(host: Host, { name, state, diagnostic }: SessionReport): void {
    this.#write(host.name, `bfd ${name} ${state} (${diagnostic})`);
  }

  noticed(host: Host, notice: LvsNotice): void {
    this.#write(host.name, describeNotice(notice));
  }

  balanced(host: Host, change: IpvsChange): void {
    this.#write(host.name, describeChange(change));
  }

  inspected(host: Host, inspected: InspectionEvent): void {
    const { actorRef } = inspected;
    if (inspected.type === "@xstate.event") {
      const parent = idOf(actorRef) === "io" ? parentOf(actorRef) : undefined;
      if (parent && idOf(parent)?.startsWith(INSTANCE_PREFIX)) {
        const text = describeCommand(inspected.event);
        if (text !== undefined) this.#of(parent).commands.push(text);
      }
    } else if (inspected.type === "@xstate.snapshot") {
      const id = idOf(actorRef);
      if (!id?.startsWith(INSTANCE_PREFIX) || !("value" in inspected.snapshot)) return;
      this.#close(host, id, this.#of(actorRef), inspected.event, inspected.snapshot.value);
    }
  }

  #of(actor: object): Pending {
    let pending = this.#pending.get(actor);
    if (!pending) {
      pending = { state: "-", commands: [] };
      this.#pending.set(actor, pending);
    }
    return pending;
  }

  #close(host: Host, id: string, pending: Pending, event: object, value: unknown): void {
    const before = pending.state;
    pending.state = describeState(value);
    const commands = pending.commands.splice(0);
    const what = describeEvent(event);
    if (what === undefined) return;
    const vrid = id.split(" ")[3];
    const change = before === pending.state ? before : `${before} => ${pending.state}`;
    const done = commands.length === 0 ? "" : `: ${commands.join(", ")}`;
    this.#write(host.name, `[${vrid}] ${what}: ${change}${done}`);
  }

  #write(host: string, text: string): void {
    const time = this.#now().toFixed(3).padStart(11);
    this.lines.push(`${time}  ${host.padEnd(6)}  ${text}`.trimEnd());
  }
}

/** What people are told of a server or a quorum. */
export function describeNotice(notice: LvsNotice): string {
  const what = notice.kind === "VS" ? "quorum of" : `server ${notice.id} of`;
  const name = notice.kind === "VS" ? notice.name : notice.service;
  return `${what} ${name} ${notice.isUp ? "up" : "down"}`;
}

/** A change of the balancer's table: `table: add tcp [192.0.2.9]:80 [10.0.0.1]:80 weight 1`. */
export function describeChange(change: IpvsChange): string {
  const verb = change.type.replace(/(Service|Destination)$/, "");
  const service = serviceKeyText(change.service.key);
  if (!("destination" in change)) return `table: ${verb} ${service}`;
  const weight = verb === "delete" ? "" : ` weight ${change.destination.weight}`;
  return `table: ${verb} ${service} ${destinationKeyText(change.destination)}${weight}`;
}

/** A row of a scenario as a sentence without a subject. */
export function describeRow(row: Row): string {
  const [, action, ...rest] = row;
  const words = rest.map((part) => {
    if (Array.isArray(part)) return part.map((group) => group.join(" ")).join(" | ");
    if (typeof part === "object") {
      return Object.entries(part).map(([key, value]) => `${key} ${value}`).join(", ");
    }
    return action === "stall" && typeof part === "number" ? `for ${part} ms` : String(part);
  });
  return [action, ...words].join(" ");
}

/** The leaves of a state: `backup(hearing allowed)`. */
function describeState(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([name, inner]) => `${name}(${leavesOf(inner)})`).join(" ");
}

function leavesOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).map(leavesOf).join(" ");
}

/** What happened; undefined: nothing worth a line. */
function describeEvent(event: object): string | undefined {
  const type = "type" in event ? String(event.type) : "";
  if (type.startsWith(AFTER)) return `after ${type.slice(AFTER.length).split(".")[0]}`;
  if (type === "ADVERTISEMENT" && "priority" in event && "source" in event) {
    return `ADVERTISEMENT ${event.priority} from ${event.source}`;
  }
  if (type === "STALLED" && "lateMs" in event) {
    return `STALLED ${Number(event.lateMs).toFixed(3)} ms`;
  }
  if ("reason" in event) return `${type} ${event.reason}`;
  if (type === "SOURCE_ADDRESS" && "ip" in event) return `SOURCE_ADDRESS ${event.ip}`;
  if (type === "ADDRESSES_VANISHED" && "count" in event) return `${type} ${event.count}`;
  return type.startsWith("xstate.") ? undefined : type;
}

function describeCommand(event: { readonly type: string }): string | undefined {
  if (event.type.startsWith("xstate.")) return undefined;
  const command = event as VrrpCommand;
  switch (command.type) {
    case "SEND_ADVERTISEMENT":
      return `${command.type} ${command.priority}`;
    case "CLAIM_ADDRESSES":
    case "ANNOUNCE_ADDRESSES":
      return `${command.type} ×${command.repeatCount}`;
    case "REPORT":
      return `REPORT ${command.state} (${command.cause.kind})`;
    default:
      return command.type;
  }
}

/** The id of an actor: it is there, but not in XState's types for inspection. */
function idOf(actor: object): string | undefined {
  return "id" in actor ? String(actor.id) : undefined;
}

function parentOf(actor: object): object | undefined {
  const parent = "_parent" in actor ? actor._parent : undefined;
  return typeof parent === "object" && parent !== null ? parent : undefined;
}
