/**
 * Signals as descriptors, in a process of its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Channel, socketPair } from "../../../net/sys/channel.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { libc } from "../../../net/sys/libc.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { BLOCKABLE_SIGNALS, signalSet } from "../../../net/sys/signals.ts";
import { sendSignal, spawn, waitForExit } from "../../../net/sys/spawn.ts";

Deno.test("signalSet: signal N is bit N - 1", () => {
  const set = signalSet([1, 2, 8, 9, 64]);
  assertEquals(set.length, 128);
  assertEquals([...set.subarray(0, 8)], [0b10000011, 1, 0, 0, 0, 0, 0, 0x80]);
  assertEquals(signalSet([]).some((octet) => octet !== 0), false);
});

Deno.test("BLOCKABLE_SIGNALS: all but SIGKILL, SIGSTOP and glibc's two", () => {
  const others = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => !BLOCKABLE_SIGNALS.includes(signal));
  assertEquals(others, [9, 19, 32, 33]);
});

Deno.test("SignalDescriptor: a process started with blocked signals reads them, real-time ones too", () => {
  const module = (name: string) => new URL(`../../../net/sys/${name}.ts`, import.meta.url).href;
  const folder = Deno.makeTempDirSync();
  const program = `${folder}/program.ts`;
  Deno.writeTextFileSync(
    program,
    `
    import { Channel } from ${JSON.stringify(module("channel"))};
    import { Reactor } from ${JSON.stringify(module("reactor"))};
    import { SignalDescriptor } from ${JSON.stringify(module("signals"))};
    const channel = new Channel(3, 1_000);
    const signals = new SignalDescriptor([1, 15, 36]);
    const reactor = new Reactor();
    const heard = [];
    reactor.add(signals.fd, () => {
      heard.push(...signals.read());
      return false;
    });
    channel.send("ready");
    channel.flush();
    while (!heard.includes(15)) reactor.waitSync(5_000);
    channel.send(JSON.stringify([heard, signals.read()]));
    channel.flush();
    `,
  );
  const [ours, theirs] = socketPair();
  using channel = new Channel(ours, 1_000);
  using reactor = new Reactor();
  const child = spawn({
    path: Deno.execPath(),
    args: ["deno", "run", "--allow-net", "--allow-ffi", "--no-check", program],
    fds: [{ child: 3, parent: theirs }],
    blockSignals: true,
  });
  libc.close(theirs);
  using _pidfd = new Fd(child.pidfd);
  const heard: string[] = [];
  let state = "open";
  reactor.add(channel.fd, () => {
    state = channel.receive((text) => heard.push(text));
    return false;
  });
  reactor.waitSync(5_000);
  assertEquals(heard, ["ready"]);
  for (const signal of [1, 36, 15]) sendSignal(child.pid, signal);
  while (state === "open" && reactor.waitSync(5_000) > 0);
  Deno.removeSync(folder, { recursive: true });
  const [first = [], rest] = JSON.parse(heard[1] ?? "[]") as number[][];
  assertEquals([first.toSorted((a, b) => a - b), rest], [[1, 15, 36], []]);
  while (waitForExit(child.pid) === undefined) reactor.waitSync(1);
});
