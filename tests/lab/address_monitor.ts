/**
 * The history of a host's address table, as its kernel tells it.
 *
 * @module
 */
import { type Ip, parsePrefix } from "../../net/address.ts";
import { sleep } from "./command.ts";

/** One change of the table. */
export interface AddressChange {
  /** When `ip` read it: milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly change: "added" | "removed";
  readonly ip: Ip;
}

/** Follows one device. */
export class AddressMonitor {
  /** All changes so far. */
  readonly changes: AddressChange[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #device: string;
  readonly #reading: Promise<void>;

  private constructor(child: Deno.ChildProcess, device: string) {
    this.#child = child;
    this.#device = device;
    this.#reading = this.#read();
  }

  /** Starts to follow; resolves when it does. */
  static async start(namespace: string, device: string): Promise<AddressMonitor> {
    const child = new Deno.Command("ip", {
      args: ["-n", namespace, "-ts", "-o", "monitor", "address"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      env: { TZ: "UTC" },
    }).spawn();
    const monitor = new AddressMonitor(child, device);
    // It tells nothing when it is ready, and it takes a millisecond or two.
    await sleep(30);
    return monitor;
  }

  /** Ends; returns all changes. */
  async stop(): Promise<readonly AddressChange[]> {
    await sleep(20);
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It ended before, with its namespace.
    }
    await Promise.all([this.#reading, this.#child.status]);
    return this.changes;
  }

  async #read(): Promise<void> {
    let partial = "";
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (partial + chunk).split("\n");
      partial = lines.pop() ?? "";
      this.changes.push(...lines.flatMap((line) => readChange(line, this.#device) ?? []));
    }
  }
}

/** Reads `[TIME] [Deleted ]2: eth0    inet ADDRESS/LENGTH …`; undefined if of another device. */
function readChange(line: string, device: string): AddressChange | undefined {
  const pattern = /^\[(\S+)\] (Deleted )?\d+: (\S+)\s+inet6? (\S+) /;
  const [, time = "", deleted, name, address = ""] = pattern.exec(line) ?? [];
  const prefix = parsePrefix(address);
  if (name !== device || prefix === undefined) return undefined;
  return {
    // The text has microseconds, of which Date keeps the milliseconds.
    atMs: Date.parse(`${time}Z`),
    change: deleted === undefined ? "added" : "removed",
    ip: prefix.ip,
  };
}
