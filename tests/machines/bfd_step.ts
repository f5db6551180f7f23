/**
 * Pure steps of a BFD session: no actor runs, no clock ticks. Commands show in their order.
 *
 * @module
 */
import { initialTransition, transition } from "xstate";
import { ip } from "../../net/address.ts";
import type { BfdSessionConfig } from "../../machines/bfd_config.ts";
import {
  type BfdCommand,
  type BfdContext,
  type BfdFact,
  type BfdPacket,
  bfdSession,
  type BfdState,
} from "../../machines/bfd_session.ts";

/** A session of 100 ms × 3, as a test changes it. */
export function sessionConfig(change: Partial<BfdSessionConfig> = {}): BfdSessionConfig {
  return {
    name: "b1",
    remoteIp: ip("192.0.2.2"),
    isMultihop: false,
    desiredMinTxIntervalUs: 100_000,
    requiredMinRxIntervalUs: 100_000,
    idleTxIntervalUs: 1_000_000,
    detectMult: 3,
    isPassive: false,
    isAdminDown: false,
    hopLimit: 255,
    hopLimitMin: 255,
    isControlPlaneIndependent: false,
    allowsDemand: true,
    echo: { txIntervalUs: 0, requiredMinRxIntervalUs: 0 },
    weight: 0,
    weightIsReversed: false,
    informs: { vrrp: true, checkers: true },
    scripts: {},
    ...change,
  };
}

/** A packet of the neighbour: 50 ms × 4, discriminator 9. */
export function packet(
  state: BfdState,
  change: Partial<BfdPacket> = {},
): BfdFact & { type: "PACKET" } {
  return {
    type: "PACKET",
    state,
    poll: false,
    final: false,
    demand: false,
    detectMult: 4,
    myDiscriminator: 9,
    desiredMinTxIntervalUs: 50_000,
    requiredMinRxIntervalUs: 50_000,
    requiredMinEchoRxIntervalUs: 0,
    ...change,
  };
}

/** What a session did, whole and as text. */
export interface Walked {
  /** `session/poll/transmission`. */
  readonly value: string;
  /** What the last fact led to. */
  readonly effects: readonly string[];
  readonly commands: readonly BfdCommand[];
  readonly context: BfdContext;
  readonly done: boolean;
}

/** Starts a session and tells it facts, one after the other. */
export function walk(change: Partial<BfdSessionConfig>, ...facts: readonly BfdFact[]): Walked {
  let [snapshot, actions] = initialTransition(bfdSession, sessionConfig(change));
  const children = snapshot.children;
  for (const fact of facts) {
    [snapshot, actions] = transition(bfdSession, Object.assign(snapshot, { children }), fact);
  }
  const commands = actions.flatMap(({ params }) => commandOf(params));
  return {
    value: nameOf(snapshot.value),
    effects: commands.map(describe),
    commands,
    context: snapshot.context,
    done: snapshot.status === "done",
  };
}

function commandOf(params: unknown): BfdCommand[] {
  if (typeof params !== "object" || params === null) return [];
  if (!("event" in params) || !("targetId" in params) && !("to" in params)) return [];
  const command = params.event as BfdCommand;
  return /^[A-Z_]+$/.test(command.type) && !INTERNAL.has(command.type) ? [command] : [];
}

const INTERNAL: ReadonlySet<string> = new Set([
  "POLL_NEEDED",
  "POLL_MOOT",
  "ACKNOWLEDGED",
  "POLLED",
]);

function nameOf(value: unknown): string {
  if (typeof value === "string") return value;
  const regions = Object.values(Object(Object(value).running));
  return regions.map((each) => typeof each === "string" ? each : leafOf(each)).join("/");
}

function leafOf(value: unknown): string {
  return Object.entries(Object(value)).map(([name, inner]) => `${name}.${inner}`).join();
}

function describe(command: BfdCommand): string {
  switch (command.type) {
    case "CONDUCT": {
      const { speech, txIntervalUs, detectionTimeUs, echoTxIntervalUs } = command;
      const echo = echoTxIntervalUs > 0 ? ` echo ${ms(echoTxIntervalUs)}` : "";
      return `say ${speech.state} (${speech.diagnostic}) to ${speech.yourDiscriminator} ` +
        `tx ${ms(txIntervalUs)} detect ${ms(detectionTimeUs)}${echo}`;
    }
    case "SET_TRANSMISSION":
      return command.mode;
    case "SET_POLL":
      return `poll ${command.on ? "on" : "off"}`;
    case "SEND_FINAL":
      return "final";
    case "CONFIGURE":
      return "configure";
    case "REPORT":
      return `report ${command.state} (${command.diagnostic})`;
  }
}

function ms(us: number): number {
  return us / 1_000;
}
