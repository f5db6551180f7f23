/**
 * How probes leave this machine: device, source, mark; and echo requests. In a namespace with two
 * links; needs root.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { probePing } from "../../checkers/ping.ts";
import type { Target } from "../../checkers/probe.ts";
import { probeTcp } from "../../checkers/tcp.ts";
import { probeUdp } from "../../checkers/udp.ts";
import { ip } from "../../net/address.ts";
import { IS_ROOT, Namespace } from "../net/namespace.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";

const ignore = !IS_ROOT;

/** A namespace with 192.0.2.1 on v0; v1 is the other end, where nobody has an address. */
function network(): Namespace {
  const namespace = new Namespace();
  namespace.ip("address add 192.0.2.1/24 dev v0");
  namespace.addAddress6("2001:db8::1/64", "v0");
  return namespace;
}

const to = (address: string, change: Partial<Target> = {}) =>
  local(80, { ip: ip(address), timeoutMs: 5_000, ...change });

Deno.test({
  name: "probePing: both families, our own address",
  ignore,
  async fn() {
    using _network = network();
    await using lab = new ProbeLab();
    for (const address of ["127.0.0.1", "192.0.2.1", "::1", "2001:db8::1"]) {
      assertEquals(gist(await lab.run(probePing, to(address), undefined)), "passed", address);
    }
  },
});

Deno.test({
  name: "probePing: many at a time do not take each other's answers",
  ignore,
  async fn() {
    using namespace = network();
    await using lab = new ProbeLab();
    const run = (address: string, timeoutMs: number) =>
      lab.run(probePing, to(address, { timeoutMs }), undefined);
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => run("127.0.0.1", 5_000)));
    assert(verdicts.every(({ outcome }) => outcome === "passed"));
    // Now the same address does not answer: no old answer counts.
    namespace.ip("link set lo down");
    const silent = await run("127.0.0.1", 200);
    assertEquals(silent.outcome, "failed", gist(silent));
  },
});

// deno-fmt-ignore
const rows: [name: string, target: Target, expected: string][] = [
  ["nobody has the address",     to("192.0.2.9"),                                     "failed: unreachable (EHOSTUNREACH)"],
  ["no route",                   to("198.51.100.1"),                                  "failed: unreachable (ENETUNREACH)"],
  ["no route, IPv6",             to("2001:db8:1::1"),                                 "failed: unreachable (ENETUNREACH)"],
  ["too slow",                   to("192.0.2.9", { timeoutMs: 100 }),                 "failed: timed out (connecting)"],
  ["by a device without a route", to("192.0.2.1", { interface: "v1", timeoutMs: 200 }), "failed: timed out (connecting)"],
  ["link-local without a device", to("fe80::1"),                                      "undecided: socket not available (connect: EINVAL)"],
  ["link-local by a device",     to("fe80::1", { interface: "v0", timeoutMs: 100 }),  "failed: timed out (connecting)"],
  ["nobody listens",             to("192.0.2.1"),                                     "failed: connection refused"],
];
for (const [name, target, expected] of rows) {
  Deno.test({
    name: `probeTcp: ${name}`,
    ignore,
    async fn() {
      using _network = network();
      await using lab = new ProbeLab();
      assertEquals(gist(await lab.run(probeTcp, target, undefined)), expected);
    },
  });
}

// deno-fmt-ignore
const datagrams: [name: string, target: Target, expected: string][] = [
  ["nobody has the address", to("192.0.2.9"),                                  "failed: unreachable (EHOSTUNREACH)"],
  ["no route",               to("198.51.100.1"),                               "failed: unreachable (ENETUNREACH)"],
  ["nobody listens",         to("192.0.2.1"),                                  "failed: connection refused"],
  ["nobody listens, IPv6",   to("2001:db8::1"),                                "failed: connection refused"],
  ["nothing comes back",     to("192.0.2.9", { timeoutMs: 100 }),              "passed"],
];
for (const [name, target, expected] of datagrams) {
  Deno.test({
    name: `probeUdp: ${name}`,
    ignore,
    async fn() {
      using _network = network();
      await using lab = new ProbeLab();
      assertEquals(gist(await lab.run(probeUdp, target, {})), expected);
    },
  });
}

Deno.test({
  name: "probeTcp: the mark chooses the route",
  ignore,
  async fn() {
    using namespace = network();
    await using lab = new ProbeLab();
    namespace.ip("rule add fwmark 4294967295 table 99 prio 1");
    namespace.ip("route add prohibit 198.51.100.0/24 table 99");
    namespace.ip("route add unreachable 198.51.100.0/24");
    const run = (mark: number) => lab.run(probeTcp, to("198.51.100.1", { mark }), undefined);
    assertEquals(gist(await run(0)), "failed: unreachable (EHOSTUNREACH)");
    // What our own rules prohibit is no fault of the server.
    assertEquals(
      gist(await run(0xffff_ffff)),
      "undecided: socket not available (connect: EACCES)",
    );
  },
});

Deno.test({
  name: "probeTcp: the source is as asked for",
  ignore,
  async fn() {
    using namespace = network();
    namespace.ip("address add 192.0.2.7/24 dev v0");
    await using lab = new ProbeLab();
    const listener = Deno.listen({ hostname: "192.0.2.1", port: 0 });
    const accepted = listener.accept();
    const target = to("192.0.2.1", { port: listener.addr.port, sourceIp: ip("192.0.2.7") });
    assertEquals(gist(await lab.run(probeTcp, target, undefined)), "passed");
    using connection = await accepted;
    listener.close();
    assertEquals(connection.remoteAddr.hostname, "192.0.2.7");
  },
});
