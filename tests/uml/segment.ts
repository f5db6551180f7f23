/**
 * A segment with a director, a client and two servers, for packets that servers answer themselves:
 *
 * ```text
 * client .2    director .1, .100    s1 .11    s2 .12      of 10.1.0.0/24 and fd00:1::/64
 *    └────────────────┴───────────────┴─────────┘
 * ```
 *
 * The director is where the test runs; the others are namespaces. Servers have the director's
 * second address, too, where nobody on the segment can find it.
 *
 * @module
 */
import { assert } from "@std/assert";
import { run } from "../lab/command.ts";

/**
 * Port of the service: each way has one of its own, as the balancer remembers connections and
 * servers of before by it, and how they were to be reached.
 */
export const PORTS = { lo: 8080, tunl0: 8081 } as const;
/** What clients ask for, by family. */
export const VIRTUAL = { 4: "10.1.0.100", 6: "fd00:1::100" } as const;
/** Real servers, by family. */
export const SERVERS = {
  4: ["10.1.0.11", "10.1.0.12"],
  6: ["fd00:1::11", "fd00:1::12"],
} as const;

/** How servers come to have the virtual address: by themselves, or at the end of a tunnel. */
export type Holding = keyof typeof PORTS;

const BRIDGE = "br0";
const READY = "ready";

/** Says its name at the begin of a connection and after each line. */
const SERVER = `
const [port, name] = Deno.args;
const bytes = new TextEncoder().encode(name + "\\n");
const listener = Deno.listen({ hostname: "::", port: Number(port) });
console.log("${READY}");
for await (const each of listener) {
  (async () => {
    await each.write(bytes);
    const buffer = new Uint8Array(64);
    while (await each.read(buffer) !== null) await each.write(bytes);
    each.close();
  })().catch(() => {});
}
`;

/** Obeys: \`count HOST N\`, \`hold HOST\`, \`ask\`. */
const CLIENT = `
const port = Number(Deno.args[0]);
const buffer = new Uint8Array(64);
const hear = async (conn) => {
  const count = await conn.read(buffer);
  return count === null ? "closed" : new TextDecoder().decode(buffer.subarray(0, count)).trim();
};
let held;
const obey = async ([verb, hostname, count]) => {
  if (verb === "ask") {
    await held.write(new Uint8Array([10]));
    return await hear(held);
  }
  if (verb === "hold") {
    held = await Deno.connect({ hostname, port });
    return await hear(held);
  }
  const counts = {};
  for (let i = 0; i < Number(count); i++) {
    const conn = await Deno.connect({ hostname, port });
    const name = await hear(conn);
    counts[name] = (counts[name] ?? 0) + 1;
    conn.close();
  }
  return counts;
};
console.log("${READY}");
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (const line of text.trim().split("\\n")) {
    console.log(JSON.stringify(await obey(line.split(" ")).catch(String)));
  }
}
`;

/** A program in a namespace, whose first line says that it is ready. */
class Program implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(namespace: string, code: string, ...args: string[]) {
    const file = Deno.makeTempFileSync({ suffix: ".js" });
    Deno.writeTextFileSync(file, code);
    this.process = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", namespace, Deno.execPath(), "run", "-A", "--no-config", "--no-lock"],
        ...[file, ...args],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#reader = this.process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      assert(!done, "it ended");
      this.#text += value;
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return line;
  }

  /** Tells it something, and hears what it says. */
  async ask(line: string): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    return JSON.parse(await this.line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch { /* It has ended. */ }
    await this.process.status;
    await this.#reader.cancel();
    await this.#writer.abort().catch(() => {});
  }
}

async function ip(...lines: string[]): Promise<void> {
  for (const line of lines) await run(["ip", ...line.split(" ")]);
}

async function addNamespace(name: string, host: string): Promise<void> {
  await ip(
    `netns add ${name}`,
    `link add ${name} type veth peer name eth0 netns ${name}`,
    `link set ${name} master ${BRIDGE} up`,
    `-n ${name} link set lo up`,
    `-n ${name} address add 10.1.0.${host}/24 dev eth0`,
    `-n ${name} address add fd00:1::${host}/64 dev eth0 nodad`,
    `-n ${name} link set eth0 up`,
  );
}

/** Nobody on the segment hears of the virtual address from a server. */
async function hideVirtual(name: string, holding: Holding): Promise<void> {
  const set = async (key: string, value: number) => {
    await run(["ip", "netns", "exec", name, "sysctl", "-qw", `net.ipv4.conf.${key}=${value}`]);
  };
  await set("all.arp_ignore", 1);
  await set("all.arp_announce", 2);
  await set("all.rp_filter", 0);
  if (holding === "tunl0") {
    await set("tunl0.rp_filter", 0);
    await ip(`-n ${name} link set tunl0 up`);
  }
  await ip(
    `-n ${name} address add ${VIRTUAL[4]}/32 dev ${holding}`,
    `-n ${name} address add ${VIRTUAL[6]}/128 dev lo nodad`,
  );
}

/** The segment with all that is on it. */
export class Segment implements AsyncDisposable {
  readonly #client: Program;
  readonly #servers: readonly Program[];

  private constructor(client: Program, servers: readonly Program[]) {
    this.#client = client;
    this.#servers = servers;
  }

  /** Makes it. */
  static async open(holding: Holding): Promise<Segment> {
    await ip(
      `link add ${BRIDGE} type bridge`,
      `address add 10.1.0.1/24 dev ${BRIDGE}`,
      `address add fd00:1::1/64 dev ${BRIDGE} nodad`,
      `address add ${VIRTUAL[4]}/32 dev ${BRIDGE}`,
      // Deprecated, as virtual addresses are: nobody speaks from it by himself.
      `address add ${VIRTUAL[6]}/128 dev ${BRIDGE} nodad preferred_lft 0`,
      `link set ${BRIDGE} up`,
    );
    await addNamespace("client", "2");
    const names = ["s1", "s2"];
    for (const [i, name] of names.entries()) {
      await addNamespace(name, `1${i + 1}`);
      await hideVirtual(name, holding);
    }
    const port = String(PORTS[holding]);
    const servers = names.map((name) => new Program(name, SERVER, port, name));
    const client = new Program("client", CLIENT, port);
    for (const each of [...servers, client]) assert(await each.line() === READY);
    return new Segment(client, servers);
  }

  /** Makes connections, one after the other: how many each server answered. */
  count(host: string, count: number): Promise<unknown> {
    return this.#client.ask(`count ${host} ${count}`);
  }

  /** Opens a connection that stays: the name of its server. */
  hold(host: string): Promise<unknown> {
    return this.#client.ask(`hold ${host}`);
  }

  /** Who answers on the connection that stayed. */
  heldBy(): Promise<unknown> {
    return this.#client.ask("ask");
  }

  /** A server dies, with all its connections. */
  kill(number: number): void {
    this.#servers[number]?.process.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.#client, ...this.#servers]) await each[Symbol.asyncDispose]();
    // A namespace that is deleted goes later, with what is in it.
    for (const name of ["client", "s1", "s2"]) await ip(`link del ${name}`, `netns del ${name}`);
    await ip(`link del ${BRIDGE}`);
  }
}
