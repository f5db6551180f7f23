/**
 * A network for a load balancer: clients on one side, servers on the other, all their packets
 * through the balancer in between. Each host is a namespace.
 *
 * ```text
 * client 10.1.0.2–10.1.0.41 ── 10.1.0.1  balancer  10.0.N.1 ── 10.0.N.2 server N
 *        fd00:1::2           fd00:1::1            fd00:0:0:N::1    fd00:0:0:N::2
 * ```
 *
 * @module
 */
import { run, until } from "./command.ts";
import { type Daemon, RunningDaemon } from "./daemon.ts";
import {
  addDirectory,
  addNamespace,
  ownName,
  removeDirectory,
  removeNamespace,
} from "./namespaces.ts";

/** Addresses of the client: as many clients. */
export const CLIENTS = 40;
/** The client's address of that number, from 0. */
export function clientAddress(number: number): string {
  return `10.1.0.${number + 2}`;
}

/** Answers each request with its name; the port is its first argument, the name its second. */
const SERVER = `
import { createServer } from "node:http";
const [port, name] = Deno.args;
createServer((_, response) => {
  response.setHeader("connection", "close");
  response.end(name);
}).listen(Number(port), "::");
`;

/** Makes connections and prints how often each source was answered by each server. */
const CLIENT = `
import { connect } from "node:net";
const { host, port, count, sources, concurrency } = JSON.parse(Deno.args[0]);
const answers = {};
function once(localAddress) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(localAddress && { localAddress }) });
    let text = "";
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("connect", () => socket.write("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"));
    socket.on("data", (data) => text += data);
    socket.on("error", () => {});
    socket.on("close", () => {
      const all = text.match(/\\bserver\\d\\b/g) ?? [];
      resolve(all.at(-1) ?? "none");
    });
  });
}
let next = 0;
async function worker() {
  while (next < count) {
    const source = sources[next++ % sources.length];
    const server = await once(source);
    (answers[source] ??= {})[server] = (answers[source][server] ?? 0) + 1;
  }
}
await Promise.all(Array.from({ length: concurrency }, worker));
console.log(JSON.stringify(answers));
`;

/** How often each client was answered by each server; `none`: by nobody. */
export type Answers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What clients do. */
export interface Visit {
  readonly host: string;
  readonly port: number;
  /** Connections in all. */
  readonly count: number;
  /** Addresses of clients, in turn. */
  readonly sources: readonly string[];
}

const CONCURRENCY = 32;

/** The network. */
export class BalanceLab implements AsyncDisposable {
  readonly #prefix = ownName();
  readonly #directory = addDirectory(this.#prefix);
  readonly #servers = new Map<number, Deno.ChildProcess>();
  #daemon: RunningDaemon | undefined;

  /** Makes it, with so many servers, which answer on port 80. */
  static async create(serverCount: number): Promise<BalanceLab> {
    const lab = new BalanceLab();
    try {
      await lab.#build(serverCount);
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a daemon on the balancer. */
  async start(daemon: Daemon, config: string): Promise<RunningDaemon> {
    const file = `${this.#directory}/keepalived.conf`;
    await Deno.writeTextFile(file, config);
    const files = { config: file, directory: this.#directory, detail: true };
    this.#daemon = RunningDaemon.start(daemon, this.#name("lb"), files);
    return this.#daemon;
  }

  /** A file of the lab, for the daemon. */
  path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  /** Runs a command on the balancer. */
  onBalancer(...argv: string[]): Promise<string> {
    return run(["ip", "netns", "exec", this.#name("lb"), ...argv]);
  }

  /** Lets clients make connections, and tells who answered them. */
  async visit(visit: Visit): Promise<Answers> {
    const options = JSON.stringify({ ...visit, concurrency: CONCURRENCY });
    const file = await this.#script("client.mjs", CLIENT);
    return JSON.parse(await run(this.#deno("client", file, options)));
  }

  /** Starts a server. */
  async startServer(number: number): Promise<void> {
    const file = await this.#script("server.mjs", SERVER);
    const [program = "", ...args] = this.#deno(`s${number}`, file, "80", `server${number}`);
    const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
    this.#servers.set(number, child);
    const listening = ["ip", "netns", "exec", this.#name(`s${number}`), "ss", "-Hltn"];
    await until(
      `server ${number} listens`,
      async () => (await run(listening)).includes(":80 "),
      20_000,
    );
  }

  /** Ends a server: it refuses connections from now on. */
  async stopServer(number: number): Promise<void> {
    const child = this.#servers.get(number);
    this.#servers.delete(number);
    child?.kill("SIGKILL");
    await child?.status;
  }

  /** Takes a server's address away: who asks hears nothing. */
  async silenceServer(number: number): Promise<void> {
    const name = this.#name(`s${number}`);
    await run(["ip", "-n", name, "addr", "del", `10.0.${number}.2/24`, "dev", "eth0"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.kill().catch(() => {});
    for (const number of [...this.#servers.keys()]) await this.stopServer(number);
    for (const host of ["lb", "client", "s1", "s2", "s3"]) removeNamespace(this.#name(host));
    removeDirectory(this.#directory);
  }

  #name(host: string): string {
    return `${this.#prefix}-${host}`;
  }

  #deno(host: string, file: string, ...args: string[]): string[] {
    const deno = [Deno.execPath(), "run", "-A", "--no-lock", "--no-config", file];
    return ["ip", "netns", "exec", this.#name(host), ...deno, ...args];
  }

  async #script(name: string, code: string): Promise<string> {
    const file = `${this.#directory}/${name}`;
    await Deno.writeTextFile(file, code);
    return file;
  }

  async #build(serverCount: number): Promise<void> {
    for (const host of ["lb", "client"]) await addNamespace(this.#name(host));
    await this.#link("client", "10.1.0.1/24", "10.1.0.2/24", "fd00:1::1", "fd00:1::2");
    const client = this.#name("client");
    const further = Array.from({ length: CLIENTS - 1 }, (_, i) => clientAddress(i + 1));
    await run(
      ["ip", "-n", client, "-batch", "-"],
      further.map((each) => `addr add ${each}/24 dev eth0\n`).join(""),
    );
    for (let number = 1; number <= serverCount; number++) {
      await addNamespace(this.#name(`s${number}`));
      const [four, six] = [`10.0.${number}`, `fd00:0:0:${number}:`];
      await this.#link(`s${number}`, `${four}.1/24`, `${four}.2/24`, `${six}:1`, `${six}:2`);
    }
    await this.onBalancer(
      ...["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"],
    );
    await this.onBalancer("ip", "addr", "add", "10.9.9.1/32", "dev", "lo");
    await this.onBalancer("ip", "addr", "add", "fd00:9::1/128", "dev", "lo");
    await Promise.all(
      Array.from({ length: serverCount }, (_, i) => this.startServer(i + 1)),
    );
  }

  /** A cable from the balancer, which is the way to everywhere. */
  async #link(
    host: string,
    near4: string,
    far4: string,
    near6: string,
    far6: string,
  ): Promise<void> {
    const [lb, far] = [this.#name("lb"), this.#name(host)];
    const lines = [
      `-n ${lb} link add ${host} type veth peer name eth0 netns ${far}`,
      `-n ${lb} addr add ${near4} dev ${host}`,
      `-n ${lb} addr add ${near6}/64 dev ${host} nodad`,
      `-n ${lb} link set ${host} up`,
      `-n ${far} addr add ${far4} dev eth0`,
      `-n ${far} addr add ${far6}/64 dev eth0 nodad`,
      `-n ${far} link set eth0 up`,
      `-n ${far} route add default via ${near4.split("/")[0]}`,
      `-n ${far} -6 route add default via ${near6}`,
    ];
    for (const line of lines) await run(["ip", ...line.split(" ")]);
  }
}
