/**
 * The door of a tracked file with the kernel behind it: what it reads, and when it looks again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FileIo } from "../../../engine/io/file_io.ts";
import { FileWatch } from "../../../engine/io/file_watch.ts";
import { Log } from "../../../engine/log.ts";
import type { FileTrackerFact } from "../../../machines/file_tracker.ts";
import { Reactor } from "../../../net/sys/reactor.ts";
import { VirtualTime } from "../../virtual_time.ts";

/** A watched file in a directory of its own; paths are relative to it. */
class Subject implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly lines: string[] = [];
  readonly #time = new VirtualTime();
  readonly #reactor = new Reactor();
  readonly #watch = new FileWatch(this.#reactor, this.#time.clock);
  readonly #facts: FileTrackerFact[] = [];
  readonly io: FileIo;

  constructor() {
    const config = { name: "f", path: "", weight: 1, reversed: false };
    this.io = new FileIo(
      {
        watch: this.#watch,
        clock: this.#time.clock,
        log: new Log((_level, text) => this.lines.push(text), () => this.#time.nowMs),
      },
      { config, initializes: true },
      (fact) => this.#facts.push(fact),
    );
  }

  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  watch(name: string): (number | string)[] {
    this.io.carryOut({ type: "WATCH", path: this.path(name) });
    this.#time.runFor(0);
    return this.values();
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(this.path(name), text);
  }

  /** What was told since the last look. */
  values(): (number | string)[] {
    this.#reactor.waitSync(0);
    return this.#facts.splice(0).map((fact) => fact.type === "READ" ? fact.value : fact.type);
  }

  pass(durationMs: number): void {
    this.#time.runFor(durationMs);
  }

  [Symbol.dispose](): void {
    this.io[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    this.#reactor[Symbol.dispose]();
    Deno.removeSync(this.directory, { recursive: true });
  }
}

// deno-fmt-ignore
const CONTENTS: [name: string, text: string, told: number | "UNREADABLE"][] = [
  ["a number",                 "7\n",            7],
  ["a negative one",           " -12 # why",     -12],
  ["hexadecimal",              "0x1F",           31],
  ["octal",                    "010",            8],
  ["nothing",                  "",               0],
  ["no number",                "down",           0],
  ["out of bounds",            "2147483648",     "UNREADABLE"],
  ["the least",                "-2147483648",    -2147483648],
  ["octets that are no text",  "\u0000\u00ff5",  0],
];
for (const [name, text, told] of CONTENTS) {
  Deno.test(`FileIo reads ${name}`, () => {
    using subject = new Subject();
    subject.write("n", text);
    assertEquals(subject.watch("n"), [told]);
  });
}

// deno-fmt-ignore
const EVENTS: [name: string, act: (subject: Subject) => void, told: (number | string)[]][] = [
  ["is written",                (s) => s.write("n", "2"),                       [2]],
  ["is replaced",               (s) => {
    s.write("m", "3");
    Deno.renameSync(s.path("m"), s.path("n"));
  }, [3]],
  ["vanishes",                  (s) => Deno.removeSync(s.path("n")),            [0]],
  ["is moved away",             (s) => Deno.renameSync(s.path("n"), s.path("m")), [0]],
  ["stays, another is written", (s) => s.write("m", "3"),                       []],
  ["becomes a directory",       (s) => {
    Deno.removeSync(s.path("n"));
    s.values();
    Deno.mkdirSync(s.path("n"));
  }, ["UNREADABLE"]],
];
for (const [name, act, told] of EVENTS) {
  Deno.test(`FileIo: the file ${name}`, () => {
    using subject = new Subject();
    subject.write("n", "1");
    subject.watch("n");
    act(subject);
    assertEquals(subject.values(), told);
  });
}

Deno.test("FileIo: half a file is not read", () => {
  using subject = new Subject();
  subject.write("n", "1");
  subject.watch("n");
  {
    using file = Deno.openSync(subject.path("n"), { write: true, truncate: true });
    assertEquals(subject.values(), [], "it is empty now, but not finished");
    file.writeSync(new TextEncoder().encode("5"));
    assertEquals(subject.values(), []);
  }
  assertEquals(subject.values(), [5]);
});

Deno.test("FileIo: a link on the way is turned, as Kubernetes mounts are", () => {
  using subject = new Subject();
  for (const version of ["v1", "v2"]) {
    Deno.mkdirSync(subject.path(version));
    subject.write(`${version}/n`, version.slice(1));
  }
  Deno.symlinkSync("v1", subject.path("..data"));
  Deno.symlinkSync("..data/n", subject.path("n"));
  assertEquals(subject.watch("n"), [1]);
  Deno.symlinkSync("v2", subject.path("..tmp"));
  Deno.renameSync(subject.path("..tmp"), subject.path("..data"));
  assertEquals(subject.values(), [2]);
  subject.write("v1/n", "8");
  assertEquals(subject.values(), [], "it leads elsewhere");
  subject.write("v2/n", "9");
  assertEquals(subject.values(), [9]);
});

Deno.test("FileIo: a directory that is missing is waited for, one that goes is noticed", () => {
  using subject = new Subject();
  assertEquals(subject.watch("d/n"), [0]);
  Deno.mkdirSync(subject.path("d"));
  subject.write("d/n", "4");
  subject.pass(1_000);
  assertEquals(subject.values(), [4]);
  subject.write("d/n", "5");
  assertEquals(subject.values(), [5], "from now on at once");
  Deno.removeSync(subject.path("d"), { recursive: true });
  assertEquals(new Set(subject.values()), new Set([0]));
});

// deno-fmt-ignore
const INITIAL: [name: string, before: string | undefined, overwrites: boolean, after: string][] = [
  ["makes a file",            undefined, false, "3\n"],
  ["leaves one as it is",     "12345",   false, "12345"],
  ["overwrites one if told",  "12345",   true,  "3\n"],
];
for (const [name, before, overwrites, after] of INITIAL) {
  Deno.test(`FileIo: init_file ${name}`, () => {
    using subject = new Subject();
    if (before !== undefined) subject.write("n", before);
    const path = subject.path("n");
    subject.io.carryOut({ type: "INITIALIZE", path, value: 3, overwrites });
    assertEquals(Deno.readTextFileSync(path), after);
    assertEquals(subject.lines, []);
  });
}

Deno.test("FileIo: init_file writes through no link, and says so", () => {
  using subject = new Subject();
  subject.write("precious", "data");
  Deno.symlinkSync("precious", subject.path("n"));
  const path = subject.path("n");
  subject.io.carryOut({ type: "INITIALIZE", path, value: 3, overwrites: true });
  assertEquals(Deno.readTextFileSync(path), "data");
  assert(subject.lines[0]?.endsWith("cannot be written: ELOOP"), `${subject.lines}`);
});
