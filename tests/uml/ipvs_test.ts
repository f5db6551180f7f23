/**
 * The kernel's real balancer. `ipvsadm` is the judge of what is in its table.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ip } from "../../net/address.ts";
import { Ipvs, type IpvsChange } from "../../net/ipvs.ts";
import { glanceName, glanceOf } from "../../net/ipvs_glance.ts";
import type { IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import type { IpvsService, IpvsServiceKey } from "../../net/netlink/ipvs_service.ts";
import { inPrivateNetwork } from "../../net/sys/process.ts";
import { FakeIpvs } from "../net/fake_ipvs.ts";
import { ipvsadmLines } from "./ipvsadm.ts";

function open(): Ipvs {
  const ipvs = Ipvs.open();
  assert(ipvs, "This kernel has no IPVS");
  assertEquals(ipvs.flush().errno, 0);
  return ipvs;
}

/** What `ipvsadm` sees. */
function seen(): string[] {
  const { success, stdout } = new Deno.Command("ipvsadm", { args: ["-S", "-n"] }).outputSync();
  assert(success);
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "").sort();
}

/** What we read back. */
function listed(ipvs: Ipvs): [IpvsService, IpvsDestination[]][] {
  return ipvs.services().entries.map(({ service }) => [
    service,
    ipvs.destinations(service.key).entries.map(({ destination }) => destination),
  ]);
}

const KEYS: IpvsServiceKey[] = [
  { kind: "address", protocol: "tcp", ip: ip("10.9.9.1"), port: 80 },
  { kind: "address", protocol: "udp", ip: ip("10.9.9.1"), port: 5060 },
  { kind: "address", protocol: "sctp", ip: ip("2001:db8::1"), port: 443 },
  { kind: "fwmark", mark: 9, family: 4 },
  { kind: "fwmark", mark: 9, family: 6 },
];
const FORWARDINGS: IpvsDestination["forwarding"][] = [
  { kind: "nat" },
  { kind: "direct" },
  { kind: "tunnel", encapsulation: "ipip", checksum: "none" },
  { kind: "tunnel", encapsulation: "gue", port: 6080, checksum: "whole" },
  { kind: "tunnel", encapsulation: "gre", checksum: "whole" },
];

const service: fc.Arbitrary<IpvsService> = fc.constantFrom(...KEYS).chain((key) => {
  const is4 = key.kind === "fwmark" ? key.family === 4 : key.ip.includes(".");
  const isPacketwise = key.kind === "fwmark" || key.protocol === "udp";
  return fc.record({
    key: fc.constant(key),
    scheduler: fc.constantFrom("rr", "wrr", "wlc", "sh"),
    schedulerFlags: fc.constantFrom(0, 0x08, 0x18),
    onePacket: isPacketwise ? fc.boolean() : fc.constant(false),
    persistence: fc.record({
      timeoutSec: fc.integer({ min: 1, max: 2678400 }),
      granularity: is4 ? fc.constantFrom(0xffffffff, 0xffffff00) : fc.integer({ min: 1, max: 128 }),
    }, { noNullPrototype: true }),
  }, { requiredKeys: ["key", "scheduler", "schedulerFlags", "onePacket"], noNullPrototype: true });
});

/** A destination that the kernel takes for that service. */
function destinationFor({ key }: IpvsService): fc.Arbitrary<IpvsDestination> {
  const is4 = key.kind === "fwmark" ? key.family === 4 : key.ip.includes(".");
  const host = fc.integer({ min: 1, max: 3 });
  return fc.record({
    ip: host.map((each) => ip(is4 ? `10.0.1.${each}` : `2001:db8:1::${each}`)),
    port: fc.constant(key.kind === "fwmark" ? 0 : key.port),
    forwarding: fc.constantFrom(...FORWARDINGS),
    weight: fc.constantFrom(0, 1, 3, 0x7fffffff),
    upperThreshold: fc.constantFrom(100, 200),
    lowerThreshold: fc.constantFrom(0, 50),
  });
}

const change: fc.Arbitrary<IpvsChange> = fc.oneof(
  fc.record({
    type: fc.constantFrom("addService" as const, "editService" as const, "deleteService" as const),
    service,
  }),
  service.chain((each) =>
    fc.record({
      type: fc.constantFrom(
        "addDestination" as const,
        "editDestination" as const,
        "deleteDestination" as const,
      ),
      service: fc.constant(each),
      destination: destinationFor(each),
    })
  ),
);

Deno.test("ipvsadm agrees after every step of any scenario", () => {
  using ipvs = open();
  let compared = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 12 }), (changes) => {
      assertEquals(ipvs.flush().errno, 0);
      for (const each of changes) {
        ipvs.change([each]);
        const lines = ipvsadmLines(listed(ipvs));
        assertEquals(lines, seen());
        compared += lines.length;
      }
      assertEquals(ipvs.refusedCount, 0);
    }),
    { numRuns: 20 },
  );
  assert(compared > 100, `only ${compared} lines`);
});

Deno.test("a glance shows what is listed, after every step of any scenario", () => {
  using ipvs = open();
  let compared = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 30 }), (changes) => {
      assertEquals(ipvs.flush().errno, 0);
      for (const each of changes) {
        ipvs.change([each]);
        const glance = ipvs.glance();
        assert(glance);
        const byName = Map.groupBy(listed(ipvs), ([{ key }]) => glanceName(key));
        assertEquals([...glance.keys()].sort(), [...byName.keys()].sort());
        for (const [name, same] of byName) {
          // Marks of both families look alike, and so like nothing that is expected.
          const isAlone = same.length === 1;
          for (const [, servers] of same) {
            assertEquals(glance.get(name) === glanceOf(servers), isAlone);
            compared++;
          }
        }
      }
    }),
    { numRuns: 50 },
  );
  assert(compared > 500, `only ${compared} services`);
});

Deno.test("a glance is of the namespace that the table is in", () => {
  using here = open();
  using there = inPrivateNetwork(open);
  assert(there);
  const key = { kind: "fwmark", mark: 1, family: 4 } as const;
  const made = { key, scheduler: "rr", schedulerFlags: 0, onePacket: false };
  assertEquals(there.change([{ type: "addService", service: made }])[0]?.errno, 0);
  assertEquals([there.glance()?.size, here.glance()?.size], [1, 0]);
});

Deno.test("what is written is what is listed", () => {
  using ipvs = open();
  const setting = service.chain((each) => fc.tuple(fc.constant(each), destinationFor(each)));
  fc.assert(
    fc.property(setting, ([each, destination]) => {
      assertEquals(ipvs.flush().errno, 0);
      const results = ipvs.change([
        { type: "addService", service: each },
        { type: "addDestination", service: each, destination },
      ]);
      assertEquals(results, [{ errno: 0 }, { errno: 0 }]);
      assertEquals(listed(ipvs), [[each, [destination]]]);
    }),
    { numRuns: 200 },
  );
});

Deno.test("the kernel's errors are those of the fake one", () => {
  using ipvs = open();
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      assertEquals(ipvs.flush().errno, 0);
      using fake = Ipvs.over(new FakeIpvs());
      assert(fake);
      const brief = ({ errno, found }: ReturnType<Ipvs["change"]>[number]) => ({ errno, found });
      assertEquals(ipvs.change(changes).map(brief), fake.change(changes).map(brief));
    }),
    { numRuns: 100 },
  );
});

Deno.test("a lower threshold above the upper one is out of range", () => {
  using ipvs = open();
  const key = { kind: "fwmark", mark: 1, family: 4 } as const;
  const made = { key, scheduler: "rr", schedulerFlags: 0, onePacket: false };
  const [, result] = ipvs.change([
    { type: "addService", service: made },
    {
      type: "addDestination",
      service: made,
      destination: {
        ip: ip("10.0.1.1"),
        port: 0,
        forwarding: { kind: "nat" },
        weight: 1,
        upperThreshold: 0,
        lowerThreshold: 1,
      },
    },
  ]);
  assertEquals(result, { errno: 34 });
});

Deno.test("an unknown scheduler is an error and no surprise", () => {
  using ipvs = open();
  const key = { kind: "fwmark", mark: 1, family: 4 } as const;
  const made = { key, scheduler: "rr", schedulerFlags: 0, onePacket: false };
  const unknown = { ...made, scheduler: "nosuch" };
  assertEquals(ipvs.change([{ type: "addService", service: unknown }])[0]?.errno, 2);
  ipvs.change([{ type: "addService", service: made }]);
  const [edit] = ipvs.change([{ type: "editService", service: unknown }]);
  assertEquals([edit?.errno, edit?.found], [2, undefined]);
});

Deno.test("timeouts are set and read", () => {
  using ipvs = open();
  const before = { tcpSec: 900, tcpFinSec: 120, udpSec: 300 };
  assertEquals(ipvs.timeouts(), before);
  const timeouts = { tcpSec: 7200, tcpFinSec: 130, udpSec: 310 };
  assertEquals(ipvs.setTimeouts(timeouts).errno, 0);
  assertEquals(ipvs.timeouts(), timeouts);
  assertEquals(ipvs.setTimeouts(before).errno, 0);
});

Deno.test("synchronization daemons start, refuse to start twice, and stop", () => {
  using ipvs = open();
  const link = "link add v0 type veth peer name v1".split(" ");
  assert(new Deno.Command("ip", { args: link }).outputSync().success);
  for (
    const args of [["address", "add", "192.0.2.1/24", "dev", "v0"], ["link", "set", "v0", "up"], [
      "link",
      "set",
      "v1",
      "up",
    ]]
  ) {
    assert(new Deno.Command("ip", { args }).outputSync().success);
  }
  const daemon = { role: "backup", interface: "v0", syncId: 10 } as const;
  assertEquals(ipvs.startDaemon(daemon), { errno: 0 });
  assertEquals(ipvs.startDaemon(daemon).errno, 17);
  // At once, before it had its first turn: the kernel does not answer then.
  assertEquals(ipvs.stopDaemon("backup", 10), { errno: 0 });
  assertEquals(ipvs.stopDaemon("backup", 10), { errno: 0, found: "absent" });
});

Deno.test("a thousand services with four servers each, all there", () => {
  using ipvs = open();
  const changes: IpvsChange[] = [];
  for (let mark = 1; mark <= 1000; mark++) {
    const key = { kind: "fwmark", mark, family: 4 } as const;
    const each = { key, scheduler: "wrr", schedulerFlags: 0, onePacket: false };
    changes.push({ type: "addService", service: each });
    for (let host = 1; host <= 4; host++) {
      const plain = { weight: host, upperThreshold: 0, lowerThreshold: 0 };
      const forwarding = { kind: "nat" } as const;
      const destination = { ip: ip(`10.0.1.${host}`), port: 80, forwarding, ...plain };
      changes.push({ type: "addDestination", service: each, destination });
    }
  }
  const start = performance.now();
  const results = ipvs.change(changes);
  const elapsedMs = Math.round(performance.now() - start);
  Deno.stdout.writeSync(new TextEncoder().encode(`5000 commands in ${elapsedMs} ms\n`));
  assertEquals(results.filter(({ errno, found }) => errno !== 0 || found), []);
  assertEquals(seen().length, 5000);
  assertEquals(listed(ipvs).map(([, servers]) => servers.length), Array(1000).fill(4));
  assertEquals(ipvs.flush().errno, 0);
  assertEquals(seen(), []);
});
