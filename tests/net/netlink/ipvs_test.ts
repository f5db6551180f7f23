/**
 * Commands of IPVS, octet by octet as keepalived sends them, and hostile answers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../../net/address.ts";
import { decodeFamilyId, writeFamilyQuery } from "../../../net/netlink/generic.ts";
import {
  decodeBareService,
  decodeDestination,
  decodeService,
  decodeTimeouts,
  type IpvsChange,
  writeChange,
  writeDaemonStart,
  writeDaemonStop,
  writeDestinationDump,
  writeFlush,
  writeServiceDump,
  writeTimeoutQuery,
  writeTimeouts,
} from "../../../net/netlink/ipvs.ts";
import type { IpvsDestination, IpvsForwarding } from "../../../net/netlink/ipvs_destination.ts";
import { familyOfService, type IpvsService } from "../../../net/netlink/ipvs_service.ts";
import { eachMessage, MessageWriter } from "../../../net/netlink/message.ts";
import { destinations, services } from "../ipvs_arbitraries.ts";
import { fromHex, readRecording, toHex } from "./golden.ts";

const FAMILY_ID = 0x1c;
const HEADER_BYTES = 16;

/** What follows netlink's header, in hexadecimal digits. */
function payload(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter();
  write(writer);
  return toHex(writer.written().subarray(HEADER_BYTES));
}

const web: IpvsService = {
  key: { kind: "address", protocol: "tcp", ip: ip("10.9.9.1"), port: 80 },
  scheduler: "rr",
  schedulerFlags: 0,
  onePacket: false,
};
const phone: IpvsService = {
  key: { kind: "address", protocol: "udp", ip: ip("10.9.9.1"), port: 5060 },
  scheduler: "sh",
  schedulerFlags: 0x18,
  onePacket: true,
  persistence: { timeoutSec: 50, granularity: 0xffffff00, engine: "sip" },
};
const web6: IpvsService = {
  key: { kind: "address", protocol: "tcp", ip: ip("2001:db8::1"), port: 443 },
  scheduler: "wlc",
  schedulerFlags: 0,
  onePacket: false,
  persistence: { timeoutSec: 300, granularity: 64 },
};
const marked: IpvsService = {
  key: { kind: "fwmark", mark: 9, family: 6 },
  scheduler: "mh",
  schedulerFlags: 0x10,
  onePacket: false,
};

function server(
  address: string,
  port: number,
  forwarding: IpvsForwarding,
  change: Partial<IpvsDestination> = {},
): IpvsDestination {
  const plain = { weight: 1, upperThreshold: 0, lowerThreshold: 0 };
  return { ip: ip(address), port, forwarding, ...plain, ...change };
}

const web1 = server("127.0.0.1", 9011, { kind: "nat" }, {
  weight: 3,
  upperThreshold: 100,
  lowerThreshold: 50,
});
const phone1 = server("10.0.1.1", 5060, { kind: "direct" });
const web61 = server("2001:db8:1::1", 443, { kind: "nat" });
const gue = { kind: "tunnel", encapsulation: "gue", port: 6080, checksum: "whole" } as const;
const gre = { kind: "tunnel", encapsulation: "gre", checksum: "whole" } as const;
const ipip = { kind: "tunnel", encapsulation: "ipip", checksum: "none" } as const;
const marked1 = server("10.0.1.1", 0, gue);
const marked2 = server("2001:db8:1::1", 0, gre);
const marked3 = server("10.0.1.3", 0, ipip);

const daemon = {
  interface: "lo",
  syncId: 10,
  messageBytesMax: 1460,
  port: 8849,
  hopLimit: 3,
  group: ip("224.0.0.90"),
};

type Write = (writer: MessageWriter) => void;
const change = (value: IpvsChange): Write => (writer) => writeChange(writer, FAMILY_ID, value);
const stops: Write[] = (["master", "backup"] as const).map((role) => (writer) =>
  writeDaemonStop(writer, FAMILY_ID, role, 0)
);
const starts: Write[] = (["master", "backup"] as const).map((role) => (writer) =>
  writeDaemonStart(writer, FAMILY_ID, { ...daemon, role })
);
const EVERYTHING: [IpvsService, IpvsDestination[]][] = [
  [web, [web1]],
  [phone, [phone1]],
  [web6, [web61]],
  [marked, [marked1, marked2, marked3]],
];

Deno.test("IPVS commands are keepalived's, octet by octet", () => {
  const adds = EVERYTHING.flatMap(([service, servers]) => [
    change({ type: "addService", service }),
    ...servers.map((destination) => change({ type: "addDestination", service, destination })),
  ]);
  const deletes = EVERYTHING.flatMap(([service, servers]) => [
    ...servers.map((destination) => change({ type: "deleteDestination", service, destination })),
    change({ type: "deleteService", service }),
  ]);
  const ours: Write[] = [
    (writer) => writeTimeoutQuery(writer, FAMILY_ID),
    (writer) => writeTimeouts(writer, FAMILY_ID, { tcpSec: 7200, tcpFinSec: 130, udpSec: 310 }),
    ...stops,
    ...starts,
    ...adds,
    ...deletes,
    ...stops,
  ];
  // The first of the recording asks for the version, which we do not need.
  const theirs = readRecording("ipvs.hex").filter(({ name }) => name !== "15");
  assertEquals(ours.map(payload), theirs.map(({ bytes }) => toHex(bytes)));
});

Deno.test("IPVS edits differ from additions in the command only", () => {
  const edits = [
    payload(change({ type: "editService", service: web })),
    payload(change({ type: "editDestination", service: web, destination: web1 })),
  ];
  const adds = [
    payload(change({ type: "addService", service: web })),
    payload(change({ type: "addDestination", service: web, destination: web1 })),
  ];
  assertEquals(edits.map((each) => each.slice(0, 2)), ["02", "06"]);
  assertEquals(edits.map((each) => each.slice(2)), adds.map((each) => each.slice(2)));
});

Deno.test("IPVS dumps name the service, a flush and a full dump nothing", () => {
  assertEquals(payload((writer) => writeServiceDump(writer, FAMILY_ID)), "04010000");
  assertEquals(payload((writer) => writeFlush(writer, FAMILY_ID)), "11010000");
  assertEquals(
    payload((writer) => writeDestinationDump(writer, FAMILY_ID, web.key)),
    "08010000300001800600010002000000060002000600000014000300" +
      "0a0909010000000000000000000000000600040000500000",
  );
});

Deno.test("the controller is asked for a family by name", () => {
  const asked = payload((writer) => writeFamilyQuery(writer, "IPVS"));
  assertEquals(asked, "03020000090002004950565300000000");
  const body = new DataView(fromHex("010200000900020049505653000000000600010023000000").buffer);
  assertEquals(decodeFamilyId(body), 0x23);
});

/** The body of the only message written. */
function bodyOf(write: Write): DataView {
  const writer = new MessageWriter();
  write(writer);
  const bodies: DataView[] = [];
  assertEquals(eachMessage(writer.written(), ({ body }) => void bodies.push(body)), undefined);
  const [body] = bodies;
  assert(body);
  return body;
}

Deno.test("what is written is read back the same", () => {
  fc.assert(fc.property(services, destinations, (service, destination) => {
    const added = decodeService(bodyOf(change({ type: "addService", service })));
    assertEquals(added, { service });
    const bare = decodeBareService(bodyOf(change({ type: "addService", service })));
    assertEquals(bare, { service });
    const body = bodyOf(change({ type: "addDestination", service, destination }));
    const read = decodeDestination(body, familyOfService(service.key));
    assert(typeof read === "object");
    assertEquals(read.destination, destination);
  }));
  const timeouts = { tcpSec: 1, tcpFinSec: 2, udpSec: 2678400 };
  const body = bodyOf((writer) => writeTimeouts(writer, FAMILY_ID, timeouts));
  assertEquals(decodeTimeouts(body), timeouts);
});

Deno.test("counters of 64 bits are preferred, incomplete ones left out", () => {
  const wide = (id: number, value: number) => `0c00${hex16(id)}${hex16(value)}000000000000`;
  const all = Array.from({ length: 10 }, (_, i) => wide(i + 1, i + 100)).join("");
  const service = payload(change({ type: "addService", service: web })).slice(16);
  const read = (stats: string) => {
    const nest = `${hex16(stats.length / 2 + 4)}0c00${stats}`;
    const inner = service + nest;
    const bytes = fromHex(`01010000${hex16(inner.length / 2 + 4)}0100${inner}`);
    const entry = decodeService(new DataView(bytes.buffer));
    assert(typeof entry === "object", String(entry));
    assertEquals(decodeBareService(new DataView(bytes.buffer)), { service: entry.service });
    return entry.stats;
  };
  assertEquals(read(all)?.connections, 100n);
  assertEquals(read(all)?.outBytesPerSec, 109n);
  assertEquals(read(all.slice(24)), undefined);
});

/** 16 bits in host byte order. */
function hex16(value: number): string {
  return toHex(Uint8Array.of(value & 0xff, value >> 8));
}

Deno.test("hostile octets are refused or read, and never throw", () => {
  const good = EVERYTHING.flatMap(([service, servers]) =>
    servers.map((destination) => bodyOf(change({ type: "addDestination", service, destination })))
  ).map((body) => new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  const damaged = fc.tuple(
    fc.constantFrom(...good),
    fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
    fc.nat(200),
  ).map(([bytes, changes, length]) => {
    const copy = bytes.slice(0, length);
    for (const [at, octet] of changes) if (at < copy.length) copy[at] = octet;
    return copy;
  });
  let readCount = 0;
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 96 })), (bytes) => {
      const body = new DataView(bytes.slice().buffer);
      for (const family of [4, 6] as const) {
        const read = decodeDestination(body, family);
        if (typeof read === "object") readCount++;
      }
      decodeService(body);
      decodeBareService(body);
      decodeTimeouts(body);
      decodeFamilyId(body);
    }),
    { numRuns: 3000 },
  );
  assert(readCount > 100, `only ${readCount} were whole enough to be read`);
});
