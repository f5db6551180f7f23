/**
 * Programs of classic BPF that throw away datagrams before they are queued: what is refused costs
 * its receiver nothing, and takes no room from others.
 *
 * The kernel shows a filter of a UDP socket the datagram from its UDP header on; the IP header is
 * reached by offsets from a base of its own.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { type Family, familyOf, type Ip, ipToBytes } from "../address.ts";
import { AF, SO, SOL } from "./constants.ts";
import type { Fd } from "./fd.ts";
import { LITTLE_ENDIAN, setUint64, SOCK_FILTER, SOCK_FPROG } from "./layout.ts";
import { addressOf } from "./libc.ts";
import { setOption } from "./socket_options.ts";

/** What a UDP socket is to take. */
export interface UdpFilter {
  /** Least TTL or Hop Limit, 0 to 255; of what has less a sample is taken, to be told of. */
  readonly hopLimitMin: number;
  /** Fewest octets behind the UDP header. */
  readonly bytesMin: number;
  /** Only from these; absent: from anybody. */
  readonly sources?: readonly Ip[];
  /** Of these only one datagram in {@linkcode SAMPLED_ONE_IN} is taken. */
  readonly sampled: readonly Ip[];
}

/** What datagrams of a kind have in common: some bits of an octet behind the UDP header. */
export interface OctetPattern {
  /** Which octet, counted from 0. */
  readonly at: number;
  /** The bits that matter. */
  readonly mask: number;
  /** What they are. */
  readonly value: number;
}

/** How few datagrams are taken of a source that sends far too many. */
export const SAMPLED_ONE_IN = 64;

interface Instruction {
  readonly code: number;
  readonly jumpTrue?: number;
  readonly jumpFalse?: number;
  readonly value: number;
}

/** The kernel's limit. */
const INSTRUCTION_COUNT_MAX = 4_096;
const UDP_HEADER_BYTES = 8;
const LONG = 2 ** 32;
/** BPF_LD | BPF_W | BPF_LEN. */
const LOAD_LENGTH = 0x80;
/** BPF_LD | BPF_W | BPF_ABS. */
const LOAD_WORD = 0x20;
/** BPF_LD | BPF_B | BPF_ABS. */
const LOAD_OCTET = 0x30;
/** BPF_LD | BPF_H | BPF_ABS. */
const LOAD_HALF = 0x28;
/** BPF_JMP | BPF_JSET | BPF_K. */
const JUMP_SET = 0x45;
/** BPF_JMP | BPF_JEQ | BPF_X. */
const JUMP_EQUAL_INDEX = 0x1d;
/** BPF_MISC | BPF_TAX. */
const TO_INDEX = 0x07;
/** BPF_JMP | BPF_JEQ | BPF_K. */
const JUMP_EQUAL = 0x15;
/** BPF_JMP | BPF_JGE | BPF_K. */
const JUMP_GREATER_EQUAL = 0x35;
/** BPF_ALU | BPF_AND | BPF_K. */
const AND = 0x54;
/** BPF_RET | BPF_K. */
const RETURN = 0x06;
/** SKF_NET_OFF: offsets from the IP header. */
const NET = -0x100000;
/** SKF_AD_OFF + SKF_AD_RANDOM: a random number. */
const RANDOM = -0x1000 + 56;
const HEADER = {
  4: { bytes: 20, protocol: 9, hopLimit: 8, source: 12, destination: 16 },
  6: { bytes: 40, protocol: 6, hopLimit: 7, source: 8, destination: 24 },
} as const;
/** IPv4: flags and offset; without these bits it is a whole packet. */
const FRAGMENT = { at: 6, bits: 0x3fff };
/** IPv4 without options. */
const PLAIN_HEADER = 0x45;
const PROTOCOL_UDP = 17;
const UDP_DESTINATION_PORT_AT = 2;

/** Where news of an IPv4 address tells what: header, ifaddrmsg, its first two attributes. */
const ADDRESS_NEWS = {
  type: 4,
  portId: 12,
  family: 16,
  prefixLength: 17,
  address: 24,
  local: 32,
} as const;
const RTM_NEWADDR = 20;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IPV4_ATTRIBUTE_BYTES = 8;

const REFUSE: Instruction = { code: RETURN, value: 0 };
const TAKE: Instruction = { code: RETURN, value: LONG - 1 };

/** How many sources a filter has room for beside a few sampled ones. */
export function sourceCountMax(family: Family): number {
  return family === 4 ? 1_900 : 400;
}

/** The program of a filter. Addresses of the other family are left out. */
export function udpFilterProgram(family: Family, filter: UdpFilter): Uint8Array<ArrayBuffer> {
  const { hopLimitMin, bytesMin, sources, sampled } = filter;
  const own = (list: readonly Ip[]) => list.filter((each) => familyOf(each) === family);
  const instructions: Instruction[] = [
    { code: LOAD_LENGTH, value: 0 },
    { code: JUMP_GREATER_EQUAL, jumpTrue: 1, value: bytesMin + UDP_HEADER_BYTES },
    REFUSE,
    { code: LOAD_OCTET, value: NET + HEADER[family].hopLimit },
    { code: JUMP_GREATER_EQUAL, jumpTrue: SAMPLE.length, value: hopLimitMin },
    ...SAMPLE,
    ...own(sampled).flatMap((source) => ifFrom(family, source, SAMPLE)),
    ...(family === 4
      ? ifFromAny4(own(sources ?? []))
      : own(sources ?? []).flatMap((source) => ifFrom(6, source, [TAKE]))),
    sources ? REFUSE : TAKE,
  ];
  assert(instructions.length <= INSTRUCTION_COUNT_MAX, "a filter fits what the kernel takes");
  return assemble(instructions);
}

/**
 * For the sockets of one port: datagrams of a kind are the second one's, all others the first
 * one's. The kernel shows such a program the datagram from behind its UDP header on; of one that is
 * too short the result is 0.
 */
function pairProgram({ at, mask, value }: OctetPattern): Uint8Array<ArrayBuffer> {
  return assemble([
    { code: LOAD_OCTET, value: at },
    { code: AND, value: mask },
    { code: JUMP_EQUAL, jumpFalse: 1, value },
    { code: RETURN, value: 1 },
    { code: RETURN, value: 0 },
  ]);
}

/**
 * For a packet socket: takes UDP datagrams to a port whose source is their destination as well, as
 * hosts send them to themselves by way of another one. Of those from `sampled` a sample.
 */
export function returningProgram(
  family: Family,
  port: number,
  sampled: readonly Ip[],
): Uint8Array<ArrayBuffer> {
  const { bytes, protocol, source, destination } = HEADER[family];
  const words = Array.from({ length: destination - source >> 2 }, (_, i) => 4 * i);
  return assemble([
    ...(family === 4
      ? [
        ...unlessEqual(LOAD_OCTET, NET, PLAIN_HEADER),
        { code: LOAD_HALF, value: NET + FRAGMENT.at },
        { code: JUMP_SET, jumpFalse: 1, value: FRAGMENT.bits },
        REFUSE,
      ]
      : []),
    ...unlessEqual(LOAD_OCTET, NET + protocol, PROTOCOL_UDP),
    ...unlessEqual(LOAD_HALF, NET + bytes + UDP_DESTINATION_PORT_AT, port),
    ...words.flatMap((at) => unlessSame(NET + source + at, NET + destination + at)),
    ...sampled.filter((each) => familyOf(each) === family)
      .flatMap((each) => ifFrom(family, each, SAMPLE)),
    TAKE,
  ]);
}

/** Refuses, or takes, what has something else there. */
function unlessEqual(code: number, at: number, value: number, otherwise = REFUSE): Instruction[] {
  return [{ code, value: at }, { code: JUMP_EQUAL, jumpTrue: 1, value }, otherwise];
}

/** Refuses, or takes, what has two different words there. */
function unlessSame(at: number, other: number, otherwise = REFUSE): Instruction[] {
  return [
    { code: LOAD_WORD, value: at },
    { code: TO_INDEX, value: 0 },
    { code: LOAD_WORD, value: other },
    { code: JUMP_EQUAL_INDEX, jumpTrue: 1, value: 0 },
    otherwise,
  ];
}

const SAMPLE: readonly Instruction[] = [
  { code: LOAD_WORD, value: RANDOM },
  { code: JUMP_GREATER_EQUAL, jumpFalse: 1, value: LONG / SAMPLED_ONE_IN },
  REFUSE,
  TAKE,
];

/**
 * The program of a netlink socket that need not hear of IPv4 host addresses (/32, no other end)
 * which the socket of that port id added: whoever asked knows from the answer all that the news
 * would tell. They are the only ones that the kernel adds exactly as it was asked to; all other
 * news passes.
 */
export function hostAdditionFilterProgram(portId: number): Uint8Array<ArrayBuffer> {
  const { portId: portIdAt, type, family, prefixLength, address, local } = ADDRESS_NEWS;
  const conditions: readonly (readonly [code: number, at: number, value: number])[] = [
    [LOAD_WORD, portIdAt, swapped(portId, 4)],
    [LOAD_HALF, type, swapped(RTM_NEWADDR, 2)],
    [LOAD_OCTET, family, AF.INET],
    [LOAD_OCTET, prefixLength, 32],
    [LOAD_WORD, address, swapped(IFA_ADDRESS << 16 | IPV4_ATTRIBUTE_BYTES, 4)],
    [LOAD_WORD, local, swapped(IFA_LOCAL << 16 | IPV4_ATTRIBUTE_BYTES, 4)],
  ];
  return assemble([
    { code: LOAD_LENGTH, value: 0 },
    { code: JUMP_GREATER_EQUAL, jumpTrue: 1, value: local + IPV4_ATTRIBUTE_BYTES },
    TAKE,
    ...conditions.flatMap(([code, at, value]) => unlessEqual(code, at, value, TAKE)),
    ...unlessSame(address + 4, local + 4, TAKE),
    REFUSE,
  ]);
}

/** The kernel loads in network byte order, and netlink is in ours. */
function swapped(value: number, octetCount: 2 | 4): number {
  const view = new DataView(new ArrayBuffer(4));
  if (octetCount === 2) view.setUint16(0, value, LITTLE_ENDIAN);
  else view.setUint32(0, value, LITTLE_ENDIAN);
  return octetCount === 2 ? view.getUint16(0) : view.getUint32(0);
}

/** Runs `then`, which ends the program, for datagrams from an address. */
function ifFrom(family: Family, source: Ip, then: readonly Instruction[]): Instruction[] {
  const view = wordsOf(source);
  const wordCount = view.byteLength / 4;
  return Array.from({ length: wordCount }, (_, i): Instruction[] => [
    { code: LOAD_WORD, value: NET + HEADER[family].source + 4 * i },
    {
      code: JUMP_EQUAL,
      jumpFalse: 2 * (wordCount - 1 - i) + then.length,
      value: view.getUint32(4 * i),
    },
  ]).flat().concat(then);
}

/** Takes datagrams from any of these: the source is loaded once. */
function ifFromAny4(sources: readonly Ip[]): Instruction[] {
  const load: Instruction = { code: LOAD_WORD, value: NET + HEADER[4].source };
  return [
    load,
    ...sources.flatMap((source): Instruction[] => [
      { code: JUMP_EQUAL, jumpFalse: 1, value: wordsOf(source).getUint32(0) },
      TAKE,
    ]),
  ];
}

function wordsOf(source: Ip): DataView {
  return new DataView(Uint8Array.from(ipToBytes(source)).buffer);
}

function assemble(instructions: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const program = new Uint8Array(new ArrayBuffer(instructions.length * SOCK_FILTER.sizeBytes));
  const view = new DataView(program.buffer);
  for (const [i, { code, jumpTrue = 0, jumpFalse = 0, value }] of instructions.entries()) {
    const at = i * SOCK_FILTER.sizeBytes;
    view.setUint16(at + SOCK_FILTER.code, code, LITTLE_ENDIAN);
    view.setUint8(at + SOCK_FILTER.jumpTrue, jumpTrue);
    view.setUint8(at + SOCK_FILTER.jumpFalse, jumpFalse);
    view.setUint32(at + SOCK_FILTER.value, value, LITTLE_ENDIAN);
  }
  return program;
}

/**
 * Gives a socket a filter instead of the one it has. The kernel keeps a copy; it throws a
 * `SyscallError` ENOMEM if that is longer than net.core.optmem_max allows (about a thousand sources
 * before Linux 6.7).
 */
export function attachFilter(fd: Fd, program: Uint8Array<ArrayBuffer>): void {
  attach(fd, SO.ATTACH_FILTER, program);
}

/** Has a second socket of the same port take the datagrams of a kind. */
export function attachPairing(first: Pick<Fd, "number">, pattern: OctetPattern): void {
  attach(first, SO.ATTACH_REUSEPORT_CBPF, pairProgram(pattern));
}

function attach(
  fd: Pick<Fd, "number">,
  option: number,
  program: Uint8Array<ArrayBuffer>,
): void {
  const header = new Uint8Array(SOCK_FPROG.sizeBytes);
  const view = new DataView(header.buffer);
  view.setUint16(SOCK_FPROG.count, program.length / SOCK_FILTER.sizeBytes, LITTLE_ENDIAN);
  setUint64(view, SOCK_FPROG.filter, Number(addressOf(program)));
  setOption(fd, SOL.SOCKET, option, header);
  assert(program.length > 0, "the program outlives the call");
}
