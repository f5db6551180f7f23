/**
 * A small network that exists for one experiment: routers and a client on one bridge, each in a
 * network namespace of its own, and daemons run in them.
 *
 * ```text
 *   r1            r2            r3           client
 *   eth0          eth0          eth0         eth0
 *    │ .1          │ .2          │ .3         │ .9     10.0.0.0/24, fd00::/64, fe80::/64
 *   ─┴── r1 ───────┴── r2 ───────┴── r3 ──────┴─ client ── br0   (the bridge's own namespace)
 * ```
 *
 * Nothing of it is in the root namespace, so any number of labs exist side by side. Use it with
 * `await using`: it kills what it started and removes what it made, also when interrupted.
 *
 * @module
 */
import { type Ip, ip, type Mac, parseMac, parsePrefix, type Prefix } from "../../net/address.ts";
import { AddressMonitor } from "./address_monitor.ts";
import { Capture, type CaptureOptions } from "./capture.ts";
import { run } from "./command.ts";
import { type Daemon, RunningDaemon } from "./daemon.ts";
import {
  addDirectory,
  addNamespace,
  ownName,
  removeDirectory,
  removeNamespace,
} from "./namespaces.ts";

/** The last octet of each host's addresses, and of its MAC. */
const HOSTS = { r1: 1, r2: 2, r3: 3, client: 9 } as const;

/** A host of the lab. */
export type Host = keyof typeof HOSTS;

/** The device of every host. */
export const DEVICE = "eth0";

/** Who a host is on the wire. */
export interface Station {
  readonly mac: Mac;
  readonly ipv4: Ip;
  readonly ipv6: Ip;
  readonly linkLocal: Ip;
}

/** Who each host is on the wire. */
export function station(host: Host): Station {
  const number = HOSTS[host];
  const mac = parseMac(`02:00:00:00:00:0${number}`);
  if (mac === undefined) throw new Error(`Host ${host} has no MAC address`);
  return {
    mac,
    ipv4: ip(`10.0.0.${number}`),
    ipv6: ip(`fd00::${number}`),
    linkLocal: ip(`fe80::${number}`),
  };
}

/** How a daemon is started. */
export interface StartOptions {
  /** Whether it logs in detail; default true. */
  readonly detail?: boolean;
  /** What runs it, such as `setpriv …`. */
  readonly wrapper?: readonly string[];
}

/** The network. */
export class Lab implements AsyncDisposable {
  readonly hosts: readonly Host[];
  readonly #prefix: string;
  /** For its files: gone when it is. */
  readonly directory: string;
  readonly #daemons: RunningDaemon[] = [];
  readonly #captures: Capture[] = [];
  readonly #monitors: AddressMonitor[] = [];
  #startCount = 0;

  private constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
    this.#prefix = ownName();
    this.directory = addDirectory(this.#prefix);
  }

  /** Makes the network; all links are up, all addresses usable. */
  static async create(hosts: readonly Host[] = ["r1", "r2", "client"]): Promise<Lab> {
    const lab = new Lab(hosts);
    try {
      await lab.#build();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The namespace of a host, for `ip netns exec`. */
  namespace(host: Host): string {
    return `${this.#prefix}-${host}`;
  }

  /** Starts a daemon on a router with a configuration. */
  async start(
    host: Host,
    daemon: Daemon,
    config: string,
    { detail = true, wrapper = [] }: StartOptions = {},
  ): Promise<RunningDaemon> {
    this.#startCount++;
    const directory = `${this.directory}/${host}-${this.#startCount}`;
    await Deno.mkdir(directory);
    const file = `${directory}/keepalived.conf`;
    await Deno.writeTextFile(file, config);
    const files = { config: file, directory, detail };
    const running = RunningDaemon.start(daemon, this.namespace(host), files, wrapper);
    this.#daemons.push(running);
    return running;
  }

  /** Captures all that crosses the bridge. */
  async capture(options: CaptureOptions = {}): Promise<Capture> {
    const capture = await Capture.start(this.#switch(), "br0", options);
    this.#captures.push(capture);
    return capture;
  }

  /** Follows the kernel's address table of a host from now on. */
  async monitor(host: Host): Promise<AddressMonitor> {
    const monitor = await AddressMonitor.start(this.namespace(host), DEVICE);
    this.#monitors.push(monitor);
    return monitor;
  }

  /** A host's addresses but those of its {@linkcode station}, sorted; straight from the kernel. */
  async virtualAddresses(host: Host): Promise<Ip[]> {
    return (await this.#virtualPrefixes(host)).map((prefix) => prefix.ip).sort();
  }

  /** Makes a device of a host, connected to the bridge. It is down, and has no addresses. */
  async addDevice(host: Host, device: string, mac: Mac, port = `${host}-${device}`): Promise<void> {
    const peer = `peer name ${device} address ${mac} netns ${this.namespace(host)}`;
    await run(
      ["ip", "-n", this.#switch(), "-batch", "-"],
      `link add ${port} type veth ${peer}\nlink set ${port} master br0 up\n`,
    );
  }

  /** Pulls a host's cable: it loses its carrier, and nothing passes. */
  async cut(host: Host): Promise<void> {
    await run(["ip", "-n", this.#switch(), "link", "set", host, "down"]);
  }

  /** Takes a host off the bridge where it cannot notice: its carrier stays. */
  async isolate(host: Host): Promise<void> {
    await run(["ip", "-n", this.#switch(), "link", "set", host, "nomaster"]);
  }

  /** Undoes {@linkcode cut} and {@linkcode isolate}. */
  async restore(host: Host): Promise<void> {
    await run(["ip", "-n", this.#switch(), "link", "set", host, "up", "master", "br0"]);
  }

  /** Removes the virtual addresses a killed daemon left on a host. */
  async flush(host: Host): Promise<void> {
    const lines = (await this.#virtualPrefixes(host)).map(({ ip, prefixLength }) =>
      `addr del ${ip}/${prefixLength} dev ${DEVICE}\n`
    );
    if (lines.length === 0) return;
    await run(["ip", "-n", this.namespace(host), "-batch", "-"], lines.join(""));
  }

  /** Runs a program in a host's namespace, and returns what it printed. */
  runAt(host: Host, argv: readonly string[]): Promise<string> {
    return run(["ip", "netns", "exec", this.namespace(host), ...argv]);
  }

  /** Ends everything and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#captures.map((capture) => capture.stop()));
    await Promise.allSettled(this.#monitors.map((monitor) => monitor.stop()));
    await Promise.allSettled(this.#daemons.map((daemon) => daemon.kill()));
    for (const host of this.hosts) {
      removeNamespace(this.namespace(host));
      // Daemons with net_namespace keep files there, and those that are killed leave them.
      await Deno.remove(`/run/keepalived/${this.namespace(host)}`, { recursive: true })
        .catch(() => {});
    }
    removeNamespace(this.#switch());
    removeDirectory(this.directory);
  }

  async #virtualPrefixes(host: Host): Promise<Prefix[]> {
    const own: readonly string[] = Object.values(station(host));
    const shown = await run([
      "ip",
      "-n",
      this.namespace(host),
      "-j",
      "addr",
      "show",
      "dev",
      DEVICE,
    ]);
    return prefixesIn(JSON.parse(shown)).filter((prefix) => !own.includes(prefix.ip));
  }

  #switch(): string {
    return `${this.#prefix}-sw`;
  }

  async #build(): Promise<void> {
    await addNamespace(this.#switch());
    await this.#sysctl(this.#switch(), { "ipv6/conf/default/disable_ipv6": 1 });
    await run(
      ["ip", "-n", this.#switch(), "link", "add", "br0", "type", "bridge"].concat(
        "forward_delay 0 stp_state 0 mcast_snooping 0".split(" "),
      ),
    );
    await run(["ip", "-n", this.#switch(), "link", "set", "br0", "up"]);
    await Promise.all(this.hosts.map((host) => this.#addHost(host)));
  }

  async #addHost(host: Host): Promise<void> {
    const name = this.namespace(host);
    await addNamespace(name);
    await this.#sysctl(name, {
      // Addresses are usable at once, and none come by themselves.
      "ipv6/conf/default/accept_dad": 0,
      "ipv6/conf/default/dad_transmits": 0,
      "ipv6/conf/default/addr_gen_mode": 1,
      "ipv6/conf/default/accept_ra": 0,
      "ipv6/conf/default/router_solicitations": 0,
    });
    await this.connect(host);
  }

  /** Makes a host's {@linkcode DEVICE}, which is not there (any more), with its addresses. */
  async connect(host: Host): Promise<void> {
    const { mac, ipv4, ipv6, linkLocal } = station(host);
    await this.addDevice(host, DEVICE, mac, host);
    await run(
      ["ip", "-n", this.namespace(host), "-batch", "-"],
      `link set ${DEVICE} up
addr add ${ipv4}/24 brd + dev ${DEVICE}
addr add ${ipv6}/64 dev ${DEVICE} nodad
addr add ${linkLocal}/64 dev ${DEVICE} nodad
`,
    );
  }

  async #sysctl(namespace: string, values: Readonly<Record<string, number>>): Promise<void> {
    const script = Object.entries(values)
      .map(([path, value]) => `echo ${value} > /proc/sys/net/${path}`).join("\n");
    await run(["ip", "netns", "exec", namespace, "sh", "-ec", script]);
  }
}

interface ShownLink {
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/** The addresses in the answer of `ip -j addr`. */
function prefixesIn(links: readonly ShownLink[]): Prefix[] {
  return links.flatMap((link) => link.addr_info ?? []).flatMap(({ local, prefixlen }) =>
    parsePrefix(`${local}/${prefixlen}`) ?? []
  );
}
