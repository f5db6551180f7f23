/**
 * Counting processes: from a source that the test plays, and from this machine.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../../../engine/clock.ts";
import { SystemProcesses } from "../../../engine/io/process_source.ts";
import { type ProcessSource, ProcessWatch } from "../../../engine/io/process_watch.ts";
import { Log } from "../../../engine/log.ts";
import type { ProcessTraits } from "../../../machines/process_rules.ts";
import type { TrackProcessConfig } from "../../../machines/track_config.ts";
import type { ProcessEvent, ProcessMessage } from "../../../net/netlink/process_event.ts";
import { monotonicMs } from "../../../net/sys/libc.ts";
import { processFacts, processIds } from "../../../net/sys/processes.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { VirtualTime } from "../../virtual_time.ts";

function config(command: readonly string[], change: Partial<TrackProcessConfig> = {}) {
  const rest = { weight: 0, reversed: false, quorum: 1, terminateDelayMs: 0, forkDelayMs: 0 };
  return { name: "p", command, fullCommand: false, ...rest, ...change };
}

/** A machine whose processes are what the test says. */
class Machine implements ProcessSource {
  readonly processes = new Map<number, string>();
  /** What was looked at. */
  readonly looked: (number | "all")[] = [];
  readonly #tells: boolean;
  #onMessage: ((message: ProcessMessage) => void) | undefined;
  #onLost: (() => void) | undefined;
  #sequence = 0;

  constructor(tells = true) {
    this.#tells = tells;
  }

  listen(onMessage: (message: ProcessMessage) => void, onLost: () => void): boolean {
    [this.#onMessage, this.#onLost] = [onMessage, onLost];
    return this.#tells;
  }

  ids(): number[] {
    this.looked.push("all");
    return [...this.processes.keys()];
  }

  traits(pid: number): ProcessTraits | undefined {
    this.looked.push(pid);
    const words = this.processes.get(pid)?.split(" ");
    return words && { name: (words[0] ?? "").replace(/.*\//, ""), arguments: words };
  }

  tell(event: ProcessEvent | undefined, skipped = 0): void {
    this.#sequence += 1 + skipped;
    this.#onMessage?.({ cpu: 0, sequence: this.#sequence, event });
  }

  lose(): void {
    this.#onLost?.();
  }

  fork(pid: number, copyOf: number): void {
    this.processes.set(pid, this.processes.get(copyOf) ?? "");
    this.tell({ type: "forked", pid, copyOf });
  }

  exec(pid: number, line: string): void {
    this.processes.set(pid, line);
    this.tell({ type: "changed", pid });
  }

  end(pid: number): void {
    this.processes.delete(pid);
    this.tell({ type: "ended", pid });
  }

  [Symbol.dispose](): void {}
}

function watching(machine: Machine, config_: TrackProcessConfig) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const counts: number[] = [];
  const watch = new ProcessWatch({
    source: machine,
    clock: time.clock,
    log: new Log((_level, text) => lines.push(text), () => time.nowMs),
  });
  const watched = watch.watch(config_, (count) => counts.push(count));
  return {
    lines,
    watched,
    pass: (durationMs: number) => {
      time.runFor(durationMs);
      return counts.splice(0);
    },
  };
}

/** A machine that tells, with a shell. */
function telling(): Machine {
  const machine = new Machine();
  machine.processes.set(1, "sh");
  return machine;
}

Deno.test("ProcessWatch: counted at once, then by what the kernel tells", () => {
  const machine = telling();
  machine.processes.set(2, "sshd -D");
  const { pass } = watching(machine, config(["sshd"]));
  assertEquals(pass(0), [1]);
  machine.tell({ type: "listening" });
  machine.fork(3, 1);
  assertEquals(pass(0), [], "a copy of a shell");
  machine.exec(3, "sshd");
  assertEquals(pass(0), [2]);
  machine.fork(4, 3);
  assertEquals(pass(0), [3]);
  machine.exec(4, "sftp");
  machine.end(2);
  machine.end(3);
  assertEquals(pass(0), [2, 1, 0]);
  machine.end(9);
  assertEquals(pass(60_000), []);
});

Deno.test("ProcessWatch: forks of what does not count cost nothing", () => {
  const machine = telling();
  const { pass } = watching(machine, config(["sshd"]));
  pass(0);
  machine.tell({ type: "listening" });
  pass(0);
  machine.looked.length = 0;
  machine.fork(2, 1);
  machine.end(2);
  assertEquals([pass(10_000), machine.looked], [[], []], "and nobody polls");
});

Deno.test("ProcessWatch: a fork by another thread is looked at", () => {
  const machine = telling();
  const { pass } = watching(machine, config(["sshd"]));
  pass(0);
  machine.processes.set(7, "sshd");
  machine.tell({ type: "forked", pid: 7, copyOf: undefined });
  assertEquals(pass(0), [1]);
});

// deno-fmt-ignore
const LOSSES: [name: string, lose: (machine: Machine) => void][] = [
  ["the kernel says so",          (machine) => machine.lose()],
  ["a number is missing",         (machine) => machine.tell(undefined, 1)],
  ["again and again",             (machine) => [1, 2, 3].forEach(() => machine.lose())],
];
for (const [name, lose] of LOSSES) {
  Deno.test(`ProcessWatch: all are counted anew when news were lost: ${name}`, () => {
    const machine = telling();
    const { pass } = watching(machine, config(["sshd"]));
    machine.tell({ type: "listening" });
    machine.tell(undefined);
    pass(0);
    machine.looked.length = 0;
    machine.processes.set(2, "sshd"); // Nobody tells.
    lose(machine);
    assertEquals(pass(1_000), [1]);
    assertEquals(machine.looked.filter((each) => each === "all").length, 1, "once");
  });
}

Deno.test("ProcessWatch: losses that never end do not keep it from counting", () => {
  const machine = telling();
  const { pass } = watching(machine, config(["sshd"]));
  machine.tell({ type: "listening" });
  pass(0);
  machine.processes.set(2, "sshd");
  const counts = Array.from({ length: 10 }, () => {
    machine.lose();
    return pass(50);
  });
  assertEquals(counts.flat(), [1]);
});

Deno.test("ProcessWatch: where nobody tells, it looks each second, and says so", () => {
  const machine = new Machine(false);
  const { pass, lines, watched } = watching(machine, config(["sshd"]));
  assertEquals(pass(0), [0]);
  machine.processes.set(2, "sshd");
  assertEquals(pass(1_000), [1]);
  machine.processes.delete(2);
  assertEquals(pass(1_000), [0]);
  assertEquals(lines.length, 1);
  watched[Symbol.dispose]();
  machine.processes.set(2, "sshd");
  assertEquals(pass(10_000), [], "nobody asks");
});

Deno.test("ProcessWatch: nothing is told before all were counted", () => {
  const machine = telling();
  machine.processes.set(2, "sshd");
  machine.processes.set(3, "sshd");
  const { pass } = watching(machine, config(["sshd"], { quorum: 2 }));
  machine.fork(4, 2);
  machine.exec(3, "sshd -x");
  assertEquals(pass(0), [3], "one count, of all");
});

Deno.test("processFacts: this process", () => {
  const facts = processFacts(Deno.pid, true);
  assert(facts?.arguments.some((each) => each.includes("test")), `${facts?.arguments}`);
  assertEquals(processFacts(Deno.pid, false)?.arguments, []);
  assert(processIds().includes(Deno.pid), "it is one of all");
  assertEquals(processFacts(2 ** 30, true), undefined);
});

Deno.test("SystemProcesses: a process that comes and goes is counted", async () => {
  const time = new Clock(monotonicMs);
  using reactor = new Reactor();
  using watch = new ProcessWatch({
    source: new SystemProcesses(reactor),
    clock: time,
    log: new Log(() => {}, monotonicMs),
  });
  const counts: number[] = [];
  const seconds = `${600 + Deno.pid / 1e7}`; // Like no other.
  const wanted = config(["/bin/sleep", seconds], { arguments: "exact", fullCommand: true });
  using _watched = watch.watch(wanted, (count) => counts.push(count));
  const until = async (what: number) => {
    while (counts.at(-1) !== what) {
      await reactor.waitAsync(100);
      time.runDue(monotonicMs());
    }
  };
  await until(0);
  const child = new Deno.Command("/bin/sleep", { args: [seconds] }).spawn();
  await until(1);
  child.kill();
  await child.status;
  await until(0);
  assertEquals(counts.at(0), 0);
});
