/**
 * FIFOs: made or taken over, written without waiting, and refused when they are not what they seem.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Fifo } from "../../../net/sys/fifo.ts";

function inDirectory(run: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    run(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function opened(path: string): Fifo {
  const fifo = Fifo.open(path);
  assert(typeof fifo !== "string", `${fifo}`);
  return fifo;
}

Deno.test("Fifo: what it made is gone with it, what was there stays", () =>
  inDirectory((directory) => {
    const path = `${directory}/fifo`;
    {
      using fifo = opened(path);
      assertEquals(Deno.statSync(path).isFifo, true);
      {
        using _second = opened(path);
      }
      assertEquals(Deno.statSync(path).isFifo, true, "the second did not make it");
      assertEquals(fifo.write("x\n"), true);
    }
    assertEquals([...Deno.readDirSync(directory)], []);
  }));

Deno.test("Fifo: a line is read as it was written", () =>
  inDirectory((directory) => {
    const path = `${directory}/fifo`;
    using fifo = opened(path);
    assertEquals(fifo.write('INSTANCE "A" MASTER 100\n'), true);
    using reader = Deno.openSync(path);
    const bytes = new Uint8Array(100);
    const count = reader.readSync(bytes) ?? 0;
    assertEquals(new TextDecoder().decode(bytes.subarray(0, count)), 'INSTANCE "A" MASTER 100\n');
  }));

Deno.test("Fifo: when nobody reads, lines are lost and nothing waits", () =>
  inDirectory((directory) => {
    using fifo = opened(`${directory}/fifo`);
    const line = "x".repeat(1_023) + "\n";
    for (let i = 0; i < 100; i++) fifo.write(line);
    assert(fifo.lostCount > 0 && fifo.lostCount < 100, `${fifo.lostCount} are lost`);
  }));

Deno.test("Fifo: a file, a link and a missing directory are refused", () =>
  inDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "");
    Deno.symlinkSync("file", `${directory}/link`);
    assertEquals(Fifo.open(`${directory}/file`), "it is not a FIFO");
    assertEquals(Fifo.open(`${directory}/link`), "it is a link");
    assertEquals(Fifo.open(`${directory}/none/fifo`), "ENOENT");
    assertEquals(Deno.readTextFileSync(`${directory}/file`), "");
  }));

Deno.test("Fifo, keepalived #1570: lines are whole or lost, never torn", () =>
  inDirectory((directory) => {
    const path = `${directory}/fifo`;
    using fifo = opened(path);
    const lines = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(i * 37 % 4_000)}`);
    const taken = lines.filter((line) => fifo.write(line + "\n"));
    assert(taken.length > 10 && taken.length < lines.length, `${taken.length} fit`);
    assertEquals(fifo.write("y".repeat(5_000) + "\n"), false, "it would be torn");
    using reader = Deno.openSync(path);
    let text = "";
    const bytes = new Uint8Array(64 * 1_024);
    while (text.split("\n").length <= taken.length) {
      text += new TextDecoder().decode(bytes.subarray(0, reader.readSync(bytes) ?? 0));
    }
    assertEquals(text.split("\n").slice(0, -1), taken);
  }));
