import { assert, assertEquals } from "@std/assert";
import type { Target } from "../../checkers/probe.ts";
import { probeTcp } from "../../checkers/tcp.ts";
import { ip } from "../../net/address.ts";
import { ClientSocket } from "../../net/sys/client_socket.ts";
import { AF, SOCK } from "../../net/sys/constants.ts";
import { Fd } from "../../net/sys/fd.ts";
import { check, libc, moreOfLibc } from "../../net/sys/libc.ts";
import { internetAddress } from "../../net/sys/socket_address.ts";
import { until } from "../lab/command.ts";
import { IS_ROOT } from "../net/namespace.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";
import { serve } from "./servers.ts";

/** A port where nobody listens. */
async function deadPort(): Promise<number> {
  await using server = await serve(() => {});
  return server.port;
}

Deno.test("probeTcp: somebody listens", async () => {
  let closed = false;
  await using lab = new ProbeLab();
  await using server = await serve((socket) => {
    socket.resume();
    socket.on("close", () => closed = true);
  });
  const verdict = await lab.run(probeTcp, local(server.port), undefined);
  assertEquals(gist(verdict), "passed");
  await until("it is closed", () => closed, 5_000);
});

// deno-fmt-ignore
const rows: [name: string, change: Partial<Target>, expected: RegExp, needsRoot?: true][] = [
  ["nobody listens",              {},                                   /^failed: connection refused$/],
  ["another's source",            { sourceIp: ip("192.0.2.1") },        /^undecided: socket not available \(bind: EADDRNOTAVAIL\)$/],
  ["a device that is none",       { interface: "nonesuch" },            /^undecided: socket not available \(.*nonesuch: ENODEV\)$/, true],
  ["port 0",                      { port: 0 },                          /^failed: connection refused|^undecided: socket not available \(connect: EADDRNOTAVAIL\)/],
];
for (const [name, change, expected, needsRoot] of rows) {
  Deno.test({
    name: `probeTcp: ${name}`,
    ignore: needsRoot === true && !IS_ROOT,
    async fn() {
      await using lab = new ProbeLab();
      const verdict = await lab.run(probeTcp, local(await deadPort(), change), undefined);
      assert(expected.test(gist(verdict)), gist(verdict));
    },
  });
}

Deno.test("probeTcp: a source port of one's own can be used again at once", async () => {
  const sourcePort = await deadPort();
  const seen: (number | undefined)[] = [];
  await using lab = new ProbeLab();
  await using server = await serve((socket) => {
    seen.push(socket.remotePort);
    socket.resume();
  });
  const target = local(server.port, { sourceIp: ip("127.0.0.1"), sourcePort });
  for (let i = 0; i < 3; i++) {
    assertEquals(gist(await lab.run(probeTcp, target, undefined)), "passed");
  }
  await until("all were seen", () => seen.length === 3, 5_000);
  // One that was reset may not tell any more.
  assert(seen.every((port) => port === undefined || port === sourcePort), String(seen));
});

Deno.test("probeTcp: a connection to itself is none", async () => {
  await using lab = new ProbeLab();
  const port = await deadPort();
  const target = local(port, { sourceIp: ip("127.0.0.1"), sourcePort: port });
  const verdict = await lab.run(probeTcp, target, undefined);
  assertEquals(gist(verdict), "failed: connection refused (connected to itself)");
});

Deno.test("probeTcp: told to stop before it begins", async () => {
  await using lab = new ProbeLab();
  await using server = await serve(() => {});
  const signal = AbortSignal.abort();
  const verdict = await lab.start(
    "socket",
    (context) => probeTcp(local(server.port), undefined, { ...context, signal }),
  );
  assertEquals(gist(verdict), "undecided: stopped");
});

const { listen } = moreOfLibc({
  // int listen(int fd, int backlog)
  listen: { parameters: ["i32", "i32"], result: "i32" },
});

/** A server that is so busy that it does not answer whoever connects. */
class BusyServer implements Disposable {
  readonly #resources = new DisposableStack();
  readonly port: number;

  constructor() {
    const fd = this.#resources.use(new Fd(check("socket", libc.socket(AF.INET, SOCK.STREAM, 0))));
    const address = internetAddress(ip("127.0.0.1"));
    check("bind", libc.bind(fd.number, address, address.length));
    check("listen", listen(fd.number, 0));
    check("getsockname", libc.getsockname(fd.number, address, new Uint32Array([address.length])));
    this.port = new DataView(address.buffer).getUint16(2);
    // The kernel keeps one for a server that asks for none.
    for (let i = 0; i < 2; i++) {
      const options = { protocol: "tcp", ip: ip("127.0.0.1"), port: this.port } as const;
      this.#resources.use(new ClientSocket(options)).connect();
    }
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

Deno.test("probeTcp: a server that does not answer", async () => {
  await using lab = new ProbeLab();
  using server = new BusyServer();
  const verdict = await lab.run(probeTcp, local(server.port, { timeoutMs: 30 }), undefined);
  assertEquals(gist(verdict), "failed: timed out (connecting)");
  assert(verdict.tookMs >= 30);
});

Deno.test("probeTcp: told to stop while it waits", async () => {
  await using lab = new ProbeLab();
  using server = new BusyServer();
  const controller = new AbortController();
  const { signal } = controller;
  setTimeout(() => controller.abort(), 20);
  const verdict = await lab.start(
    "socket",
    (context) => probeTcp(local(server.port), undefined, { ...context, signal }),
  );
  assertEquals(gist(verdict), "undecided: stopped");
});
