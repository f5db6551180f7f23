/**
 * Engines with one thing wrong: every invariant must be able to fail, and each of these makes one
 * fail.
 *
 * @module
 */
import type { Config, VrrpInstanceConfig } from "../../../machines/config.ts";
import type { SystemFact } from "../../../machines/system.ts";
import { decodeControlPacket } from "../../../net/packet/bfd.ts";
import { parseMac } from "../../../net/address.ts";
import { assert } from "../../../net/assert.ts";
import type { AddressChange, LinkTable } from "../../../net/link_table.ts";
import { encodeGratuitousArp } from "../../../net/packet/arp.ts";
import { decodeIpv4 } from "../../../net/packet/ip.ts";
import { decodeAdvertisement } from "../../../net/packet/vrrp.ts";
import { readFrame } from "../../../engine/sim/wire_tap.ts";
import type {
  AdvertisementSocket,
  Outside,
  Received,
  SendResult,
} from "../../../engine/io/outside.ts";
import { VrrpEngine, type VrrpEngineOptions } from "../../../engine/vrrp_engine.ts";

/** Builds an engine that is not quite right. */
export type Saboteur = (options: VrrpEngineOptions) => VrrpEngine;

type Messages = Parameters<AdvertisementSocket["send"]>[0];

function withOutside(
  change: (outside: Outside, options: VrrpEngineOptions) => Partial<Outside>,
): Saboteur {
  return (options) => {
    const { outside } = options;
    const honest: Outside = {
      links: outside.links,
      devices: outside.devices,
      openAdvertisementSocket: (socket) => outside.openAdvertisementSocket(socket),
      sendFrames: (frames) => outside.sendFrames(frames),
      openRouting: (onEvent) => outside.openRouting(onEvent),
      openUdpReceiver: (options) => outside.openUdpReceiver(options),
      openUdpSender: (options) => outside.openUdpSender(options),
      random: () => outside.random(),
      openPacketFilter: (onEvent) => outside.openPacketFilter(onEvent),
      forwards: (family, name) => outside.forwards(family, name),
      unixMs: () => outside.unixMs(),
      errorName: (errno) => outside.errorName(errno),
    };
    return new VrrpEngine({ ...options, outside: { ...honest, ...change(outside, options) } });
  };
}

function withLinks(change: (changes: readonly AddressChange[]) => AddressChange[]): Saboteur {
  return withOutside(({ links }) => {
    const lying: LinkTable = {
      links: () => links.links(),
      linkByName: (name) => links.linkByName(name),
      linkByIndex: (index) => links.linkByIndex(index),
      addressesOf: (index) => links.addressesOf(index),
      subscribe: (listener) => links.subscribe(listener),
      changeAddresses: (changes) => {
        links.changeAddresses(change(changes));
        return changes.map(() => ({ errno: 0 }));
      },
    };
    return { links: lying };
  });
}

/** Only pretends to delete addresses. */
export const keepsAddresses: Saboteur = withLinks((changes) =>
  changes.filter(({ operation }) => operation === "add")
);

/** Only pretends to add addresses. */
export const addsNothing: Saboteur = withLinks((changes) =>
  changes.filter(({ operation }) => operation === "delete")
);

/** Hears nothing from that time on. */
export function deafFrom(atMs: number): Saboteur {
  return withOutside((outside, { clock }) => ({
    openAdvertisementSocket: (socket) => {
      const onReceived = (datagram: Received) => {
        if (clock.now() < atMs) socket.onReceived(datagram);
      };
      return outside.openAdvertisementSocket({ ...socket, onReceived });
    },
  }));
}

/** Sends in a way of its own; `send` is the honest one. */
function withSending(
  way: () => (messages: Messages, send: AdvertisementSocket["send"]) => SendResult,
): Saboteur {
  return withOutside((outside) => ({
    openAdvertisementSocket: (options) => {
      const socket = outside.openAdvertisementSocket(options);
      const ownWay = way();
      return {
        send: (messages) => ownWay(messages, (each) => socket.send(each)),
        joinGroup: (group) => socket.joinGroup(group),
        leaveGroup: (group) => socket.leaveGroup(group),
        [Symbol.dispose]: () => socket[Symbol.dispose](),
      };
    },
  }));
}

/** Says after its resignation once more what it said before. */
export const speaksAfterResigning: Saboteur = withSending(() => {
  let before: Messages = [];
  return (messages, send) => {
    const result = send(messages);
    if (messages.every(({ bytes }) => priorityOf(bytes) === 0)) send(before);
    else before = messages;
    return result;
  };
});

/** Says everything a hundred times. */
export const stutters: Saboteur = withSending(() => (messages, send) => {
  for (let i = 0; i < 99; i++) send(messages);
  return send(messages);
});

/** Announces nothing. */
export const mute: Saboteur = withOutside(() => ({
  sendFrames: (frames) => ({ sentCount: frames.length, errno: 0 }),
}));

/** Announces somebody else's MAC address. */
export const misleading: Saboteur = withOutside((outside) => ({
  sendFrames: (frames) =>
    outside.sendFrames(frames.map((frame) => {
      const seen = readFrame(frame.bytes);
      const senderMac = parseMac("02:00:00:00:00:77");
      assert(seen?.kind === "announcement" && senderMac !== undefined, "only announcements");
      return { ...frame, bytes: encodeGratuitousArp({ senderMac, ip: seen.ip }) };
    })),
}));

/** Hears no UDP from that time on. */
export function deafToUdpFrom(atMs: number): Saboteur {
  return withOutside((outside, { clock }) => ({
    openUdpReceiver: (options) =>
      outside.openUdpReceiver({
        ...options,
        onReceived: (datagram) => {
          if (clock.now() < atMs) options.onReceived(datagram);
        },
      }),
  }));
}

/** Says in BFD only that it is up, or coming up. */
export const hidesLosses: Saboteur = withOutside((outside) => ({
  openUdpSender: (options) => {
    const sender = outside.openUdpSender(options);
    let wasUp = false;
    return {
      send: (bytes) => {
        const packet = decodeControlPacket(bytes);
        if (typeof packet !== "string" && packet.state === "up") wasUp = true;
        return wasUp && typeof packet !== "string" && packet.state === "down"
          ? 0
          : sender.send(bytes);
      },
      [Symbol.dispose]: () => sender[Symbol.dispose](),
    };
  },
}));

/** Waits for packets of BFD ten times as long as it was told. */
export const patientWithSessions: Saboteur = withConfig((config) => ({
  ...config,
  bfdSessions: config.bfdSessions.map((session) => ({
    ...session,
    requiredMinRxIntervalUs: 10 * session.requiredMinRxIntervalUs,
  })),
}));

/** Has a bug. */
export const throws: Saboteur = withOutside(() => ({
  sendFrames: () => {
    throw new Error("planted");
  },
}));

/** Runs on other settings than it was given. */
export function misconfigured(change: Partial<VrrpInstanceConfig>): Saboteur {
  return withInstances((instance) => ({ ...instance, ...change }));
}

/** Knows of no sync group. */
export const ungrouped: Saboteur = withInstances(({ syncGroup: _, ...alone }) => alone);

function withInstances(change: (config: VrrpInstanceConfig) => VrrpInstanceConfig): Saboteur {
  return withConfig((config) => ({ ...config, vrrpInstances: config.vrrpInstances.map(change) }));
}

function withConfig(spoil: (config: Config) => Config): Saboteur {
  return (options) =>
    new VrrpEngine({
      ...options,
      openSystem: (input, tell) =>
        options.openSystem(input, (fact: SystemFact) =>
          tell(fact.type === "CONFIG_LOADED" ? { ...fact, config: spoil(fact.config) } : fact)),
    });
}

function priorityOf(packet: Uint8Array): number | undefined {
  const ipv4 = decodeIpv4(packet);
  const advertisement = typeof ipv4 === "string" ? ipv4 : decodeAdvertisement(ipv4.payload, 4);
  return typeof advertisement === "string" ? undefined : advertisement.priority;
}
