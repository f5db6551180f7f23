/**
 * A private network namespace for one test module: each module runs on its own thread, and only
 * that thread enters. Child processes start outside, so commands name the namespace.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { IpLink, IpRoute } from "./ip_json.ts";

/** Whether the tests that need a namespace can run. */
export const IS_ROOT = Deno.uid() === 0;

const CLONE_NEWNET = 0x40000000;
const SETTLE_ATTEMPTS = 200;
const SETTLE_MS = 10;
const AF_NETLINK = 16;
const SOCK_RAW = 3;

// At module level, as a library opened inside of a test counts as leaked.
const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" }, // int open(const char *path, int flags)
  close: { parameters: ["i32"], result: "i32" }, // int close(int fd)
  setns: { parameters: ["i32", "i32"], result: "i32" }, // int setns(int fd, int nstype)
  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // ssize_t sendto(int fd, const void *buf, size_t len, int flags, const sockaddr *, socklen_t)
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
}).symbols;

function openPath(path: string): number {
  const fd = libc.open(new TextEncoder().encode(`${path}\0`), 0);
  assert(fd >= 0, `Cannot open ${path}`);
  return fd;
}

/** Runs `ip` and returns what it printed; fails if it fails. */
function run(args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("ip", { args }).outputSync();
  assert(success, `ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
}

/** A namespace that this thread is in until it is disposed of. */
export class Namespace implements Disposable {
  readonly #name: string;
  readonly #home: number;

  /** Makes it, with a veth pair `v0`, `v1` that is up, and enters it. */
  constructor() {
    // Modules that run at the same time share the process id.
    this.#name = `stayd-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
    this.#home = openPath("/proc/thread-self/ns/net");
    run(["netns", "add", this.#name]);
    const inside = openPath(`/run/netns/${this.#name}`);
    assert(libc.setns(inside, CLONE_NEWNET) === 0, "setns failed");
    libc.close(inside);
    // The kernel tells of link-local addresses only when Duplicate Address Detection is done, which
    // takes two seconds. /proc/sys/net is that of the calling thread.
    Deno.writeTextFileSync("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
    this.ip("link set lo up");
    this.ip("link add v0 type veth peer name v1");
    this.ip("link set v0 up");
    this.ip("link set v1 up");
    this.#settle();
  }

  /** Runs one `ip` command in it. */
  ip(command: string): string {
    return run(["-n", this.#name, ...command.split(" ")]);
  }

  /** Runs one `ip` command in it, while we go on. */
  async ipElsewhere(command: string): Promise<void> {
    const args = ["-n", this.#name, ...command.split(" ")];
    assert((await new Deno.Command("ip", { args }).output()).success, command);
  }

  /** Runs many `ip` commands in it by one process. Those that fail do not matter. */
  batch(commands: readonly string[]): void {
    const path = Deno.makeTempFileSync();
    try {
      Deno.writeTextFileSync(path, commands.join("\n") + "\n");
      new Deno.Command("ip", { args: ["-n", this.#name, "-force", "-batch", path] }).outputSync();
    } finally {
      Deno.removeSync(path);
    }
  }

  /** Interfaces with their addresses, as iproute2 sees them. */
  links(): readonly IpLink[] {
    return JSON.parse(this.ip("-j -d address")) as IpLink[];
  }

  /** Routes of all tables, as iproute2 sees them. */
  routes(): readonly IpRoute[] {
    return ["-4", "-6"].flatMap((family) =>
      JSON.parse(this.ip(`-j -d ${family} route show table all`)) as IpRoute[]
    );
  }

  /** Port ids of the netlink sockets in it, which are ours: NETLINK_ROUTE, no kernel ones. */
  routeSocketPortIds(): number[] {
    const lines = Deno.readTextFileSync("/proc/thread-self/net/netlink").split("\n").slice(1);
    return lines.map((line) => line.trim().split(/\s+/)).flatMap(([, protocol, portId]) =>
      protocol === "0" && portId !== "0" ? [Number(portId)] : []
    );
  }

  /** Sends octets to another process's netlink socket, as root may. */
  sendTo(portId: number, bytes: Uint8Array<ArrayBuffer>): void {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW, 0);
    const name = new DataView(new ArrayBuffer(12));
    name.setUint16(0, AF_NETLINK, true);
    name.setUint32(4, portId, true);
    const sent = libc.sendto(fd, bytes, BigInt(bytes.length), 0, new Uint8Array(name.buffer), 12);
    libc.close(fd);
    assert(Number(sent) === bytes.length, `Cannot send to port id ${portId}`);
  }

  /** Adds an IPv6 address, and waits until it is local: the kernel does that by and by. */
  addAddress6(address: string, link: string): void {
    this.ip(`address add ${address} dev ${link} nodad`);
    const [bare = ""] = address.split("/");
    for (let i = 0; i < SETTLE_ATTEMPTS; i++) {
      if (this.ip(`-6 route get ${bare}`).startsWith("local ")) return;
      pause();
    }
    throw new Error(`${address} does not become local`);
  }

  /** Waits until the kernel has found the carrier and made the link-local addresses. */
  #settle(): void {
    for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
      const settled = this.links().filter(({ operstate, addr_info }) =>
        operstate === "UP" && addr_info?.length === 1
      );
      if (settled.length === 2) return;
      pause();
    }
    throw new Error("The veth pair does not come up");
  }

  /** Leaves it and removes it. */
  [Symbol.dispose](): void {
    libc.setns(this.#home, CLONE_NEWNET);
    libc.close(this.#home);
    run(["netns", "del", this.#name]);
  }
}
