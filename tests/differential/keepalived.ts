/**
 * What `keepalived -t` says of many files.
 *
 * @module
 */
import { run } from "../lab/command.ts";
import { addNamespace, removeNamespace } from "../lab/namespaces.ts";

/** What keepalived says of a file. */
export interface Verdict {
  /** Its exit status; 124: it did not come to an end. */
  readonly status: number;
  /** Its messages. */
  readonly messages: string;
}

/** Seconds that one run may take. */
const TIMEOUT_SEC = 2;
/** Files of one batch. */
const BATCH = 200;

/** One shell for a batch: starting `ip netns exec` for each file would take longer. */
const SCRIPT = `cd "$1"; shift
for name in "$@"; do
  timeout -s KILL ${TIMEOUT_SEC} keepalived -t -f "$name" >"$name.out" 2>&1
  echo $? >"$name.status"
done`;

/** A namespace with two interfaces, `d0` with 192.0.2.9. */
export class Keepalived implements AsyncDisposable {
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Makes the namespace. */
  static async open(namespace: string): Promise<Keepalived> {
    await addNamespace(namespace);
    const ip = (...args: string[]) => run(["ip", "-n", namespace, ...args]);
    await ip("link", "add", "d0", "type", "veth", "peer", "name", "d1");
    for (const link of ["lo", "d0", "d1"]) await ip("link", "set", link, "up");
    await ip("address", "add", "192.0.2.9/24", "dev", "d0");
    await ip("address", "add", "192.0.2.10/24", "dev", "d1");
    return new Keepalived(namespace);
  }

  /** Runs it on files of a directory, two batches at a time. */
  async judge(
    directory: string,
    names: readonly string[],
    progress: (count: number) => void,
  ): Promise<Verdict[]> {
    const batches = Array.from(
      { length: Math.ceil(names.length / BATCH) },
      (_, i) => names.slice(i * BATCH, (i + 1) * BATCH),
    );
    let done = 0;
    const worker = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        await new Deno.Command("ip", {
          args: ["netns", "exec", this.#namespace, "sh", "-c", SCRIPT, "sh", directory, ...batch],
          stdin: "null",
        }).output();
        done += batch.length;
        progress(done);
      }
    };
    await Promise.all([worker(), worker()]);
    return names.map((name) => ({
      status: Number(Deno.readTextFileSync(`${directory}/${name}.status`)),
      messages: Deno.readTextFileSync(`${directory}/${name}.out`),
    }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    removeNamespace(this.#namespace);
    return Promise.resolve();
  }
}
