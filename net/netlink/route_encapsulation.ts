/**
 * Headers that a route puts around packets: RTA_ENCAP_TYPE and RTA_ENCAP, lightweight tunnels.
 *
 * What is inside of RTA_ENCAP depends on the type; numbers in it are in network byte order.
 *
 * @module
 */
import type { Ip } from "../address.ts";
import { type AttributeReader, AttributeSchema, type AttributeType, ip, u8 } from "./attribute.ts";
import type { MessageWriter } from "./message.ts";

/** Headers put around packets. */
export type Encapsulation =
  | {
    readonly kind: "ip" | "ip6";
    /** Tunnel id: 64 bits, in decimal. */
    readonly id?: string;
    readonly sourceIp?: Ip;
    readonly destinationIp?: Ip;
    /** TOS or traffic class. */
    readonly tos?: number;
    readonly hopLimit?: number;
    /** TUNNEL_* bits. */
    readonly flags?: number;
  }
  | {
    readonly kind: "mpls";
    /** Outermost first; 0 to 1048575 each. */
    readonly labels: readonly number[];
  }
  | {
    readonly kind: "ila";
    /** Four groups of hexadecimal digits. */
    readonly locator: string;
  };

/** LWTUNNEL_ENCAP_*. */
const TYPES: Readonly<Record<Encapsulation["kind"], number>> = { mpls: 1, ip: 2, ila: 3, ip6: 4 };
/** RFC 3032 §2.1: the label, three bits of traffic class, the bottom of the stack, the TTL. */
const LABEL_SHIFT = 12;
const BOTTOM_OF_STACK = 1 << 8;

/** We never read what is only written. */
const unread: AttributeReader<never> = { read: () => undefined };

/** Network byte order. */
const be16: AttributeType<number> = {
  ...unread,
  write: (writer, value) => bigEndian(writer, BigInt(value), 2),
};

/** Network byte order. */
const be64: AttributeType<bigint> = {
  ...unread,
  write: (writer, value) => bigEndian(writer, value, 8),
};

const labelStack: AttributeType<readonly number[]> = {
  ...unread,
  write: (writer, labels) => {
    for (const [i, label] of labels.entries()) {
      const bottom = i === labels.length - 1 ? BOTTOM_OF_STACK : 0;
      bigEndian(writer, BigInt(label) << BigInt(LABEL_SHIFT) | BigInt(bottom), 4);
    }
  },
};

/** LWTUNNEL_IP_*. */
const ipTunnel = new AttributeSchema({
  id: { id: 1, type: be64 },
  destinationIp: { id: 2, type: ip },
  sourceIp: { id: 3, type: ip },
  hopLimit: { id: 4, type: u8 },
  tos: { id: 5, type: u8 },
  flags: { id: 6, type: be16 },
});
/** LWTUNNEL_IP6_*: the same numbers. */
const mpls = new AttributeSchema({ labels: { id: 1, type: labelStack } }); // MPLS_IPTUNNEL_DST
const ila = new AttributeSchema({ locator: { id: 1, type: be64 } }); // ILA_ATTR_LOCATOR

/** RTA_ENCAP. */
export const encapsulation: AttributeType<Encapsulation> = {
  ...unread,
  nested: true,
  write: (writer, value) => {
    switch (value.kind) {
      case "ip":
      case "ip6": {
        const { id, ...rest } = value;
        return ipTunnel.encode(writer, { ...rest, ...(id !== undefined && { id: BigInt(id) }) });
      }
      case "mpls":
        return mpls.encode(writer, value);
      case "ila":
        return ila.encode(writer, { locator: locatorOf(value.locator) });
    }
  },
};

/** RTA_ENCAP_TYPE of a kind. */
export function encapsulationType({ kind }: Encapsulation): number {
  return TYPES[kind];
}

function locatorOf(text: string): bigint {
  return text.split(":").reduce((sum, group) => sum << 16n | BigInt(`0x${group}`), 0n);
}

function bigEndian(writer: MessageWriter, value: bigint, sizeBytes: number): void {
  for (let at = sizeBytes - 1; at >= 0; at--) writer.u8(Number(value >> BigInt(8 * at) & 0xffn));
}
