/**
 * Real connections through the kernel's balancer: client and servers in namespaces around it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import { Ipvs } from "../../net/ipvs.ts";
import type { IpvsDestination } from "../../net/netlink/ipvs_destination.ts";
import type { IpvsService } from "../../net/netlink/ipvs_service.ts";
import { run, until } from "../lab/command.ts";

const PORT = 8080;
const VIP = "10.9.9.1";
const READY = "Listening";

/** A namespace behind a veth whose other end, in ours, has the first address of its network. */
async function addNamespace(name: string, network: string): Promise<void> {
  const commands = [
    `netns add ${name}`,
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `address add ${network}.1/24 dev ${name}`,
    `link set ${name} up`,
    `-n ${name} address add ${network}.2/24 dev eth0`,
    `-n ${name} link set eth0 up`,
    `-n ${name} link set lo up`,
    `-n ${name} route add default via ${network}.1`,
  ];
  for (const command of commands) await run(["ip", ...command.split(" ")]);
}

function inside(name: string, code: string): Deno.Command {
  const args = ["netns", "exec", name, Deno.execPath(), "eval", "--no-lock", code];
  return new Deno.Command("ip", { args, stdout: "piped", stderr: "null" });
}

/** A server that says its name and closes. It runs until it is killed. */
async function startServer(name: string): Promise<Deno.ChildProcess> {
  const server = inside(
    name,
    `const listener = Deno.listen({ port: ${PORT} });
    console.log("${READY}");
    for await (const each of listener) {
      await each.write(new TextEncoder().encode("${name}"));
      each.close();
    }`,
  ).spawn();
  const reader = server.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  assert(new TextDecoder().decode(value).startsWith(READY));
  return server;
}

/** Makes connections, one after the other. How many each server answered. */
async function connect(count: number): Promise<Record<string, number>> {
  const { stdout } = await inside(
    "client",
    `const counts = {};
    for (let i = 0; i < ${count}; i++) {
      const each = await Deno.connect({ hostname: "${VIP}", port: ${PORT} });
      const name = await new Response(each.readable).text();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    console.log(JSON.stringify(counts));`,
  ).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const service: IpvsService = {
  key: { kind: "address", protocol: "tcp", ip: ip(VIP), port: PORT },
  scheduler: "wrr",
  schedulerFlags: 0,
  onePacket: false,
};

function server(index: number, weight: number): IpvsDestination {
  return {
    ip: ip(`10.0.${index}.2`),
    port: PORT,
    forwarding: { kind: "nat" },
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

Deno.test("connections go where the weights say, none to a quiesced server, and persist", async () => {
  using ipvs = Ipvs.open();
  assert(ipvs, "This kernel has no IPVS");
  Deno.writeTextFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  await run(["ip", "address", "add", `${VIP}/32`, "dev", "lo"]);
  await addNamespace("client", "10.1.0");
  for (const index of [1, 2, 3]) await addNamespace(`s${index}`, `10.0.${index}`);
  const servers = await Promise.all([1, 2, 3].map((index) => startServer(`s${index}`)));
  try {
    const set = (index: number, weight: number) => {
      const destination = server(index, weight);
      return { type: "addDestination", service, destination } as const;
    };
    ipvs.change([{ type: "addService", service }, set(1, 1), set(2, 2), set(3, 3)]);
    assertEquals(await connect(60), { s1: 10, s2: 20, s3: 30 });
    // The kernel sums up every two seconds.
    const counted = () => ipvs.services().entries[0]?.stats?.connections === 60n;
    await until("60 connections are counted", counted, 10_000);

    ipvs.change([set(3, 0), { type: "deleteDestination", service, destination: server(2, 2) }]);
    assertEquals(await connect(20), { s1: 20 });

    const persistent = { ...service, persistence: { timeoutSec: 60, granularity: 0xffffffff } };
    ipvs.change([{ type: "editService", service: persistent }, set(2, 2), set(3, 3)]);
    assertEquals(Object.values(await connect(20)), [20]);
  } finally {
    ipvs.flush();
    for (const each of servers) {
      each.kill("SIGKILL");
      await each.stdout.cancel();
      await each.status;
    }
  }
});
