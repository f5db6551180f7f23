/**
 * Standard error that nobody reads, in processes of their own.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";

/** The text of a program that has a StandardStream `stream`. */
function program(body: string): string {
  const module = new URL("../../../net/sys/file.ts", import.meta.url).href;
  return `import { AppendFile, StandardStream } from ${JSON.stringify(module)};
    const stream = new StandardStream(2);
    ${body}`;
}

const FLAGS = ["run", "--allow-net", "--allow-ffi", "--no-check"];

/** A directory that goes away. */
class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Runs a shell line with the program in the place of PROGRAM. */
async function run(shell: string, body: string): Promise<{ out: string; error: string }> {
  using folder = new Folder();
  const path = `${folder.path}/program.ts`;
  Deno.writeTextFileSync(path, program(body));
  const command = new Deno.Command("sh", {
    args: ["-c", shell.replace("PROGRAM", `${Deno.execPath()} ${FLAGS.join(" ")} ${path}`)],
    env: { NO_COLOR: "1" },
  });
  const { stdout, stderr } = await command.output();
  return {
    out: new TextDecoder().decode(stdout),
    error: new TextDecoder().decode(stderr),
  };
}

Deno.test("StandardStream: texts arrive, in order", async () => {
  const { error } = await run(
    "PROGRAM",
    `for (const t of ["a\\n", "b\\n"]) stream.write(t);`,
  );
  assertEquals(error, "a\nb\n");
});

Deno.test("StandardStream: a pipe that nobody reads does not block; what it took arrives later", async () => {
  // The reader begins when the writer has come to its end: one that blocked would never get there.
  using folder = new Folder();
  const mark = `${folder.path}/written`;
  const { out } = await run(
    `timeout 10 PROGRAM 2>&1 >/dev/null |
      (for i in $(seq 100); do [ -e ${mark} ] && break; sleep 0.1; done; cat)`,
    `
    const line = "x".repeat(9_999) + "\\n"; // Longer than what a pipe takes as a whole (PIPE_BUF).
    for (let i = 0; i < 100; i++) stream.write(line);
    const { droppedCount, queuedBytes } = stream;
    new AppendFile(${JSON.stringify(mark)}).write("");
    while (!stream.flush()) await new Promise((resolve) => setTimeout(resolve, 20));
    stream.write(JSON.stringify({ droppedCount, queuedBytes }));
    `,
  );
  const lines = out.split("\n");
  const told = JSON.parse(lines.pop() ?? "") as { droppedCount: number; queuedBytes: number };
  // 1 MB into a pipe of 64 KiB or less: 256 KiB wait, the rest is dropped, and told.
  assert(told.droppedCount > 50);
  assert(told.queuedBytes > 0 && told.queuedBytes <= 256 * 1_024);
  assertEquals(lines.length, 100 - told.droppedCount);
  assert(lines.every((line) => line === "x".repeat(9_999)), "no line is torn");
});

Deno.test("StandardStream: a reader that left is counted, not fatal", async () => {
  const { out } = await run(
    "(PROGRAM 2>&1 1>&3 | true) 3>&1",
    `
    await new Promise((resolve) => setTimeout(resolve, 100));
    stream.write("lost"); stream.write("lost");
    console.log(stream.droppedCount);
    `,
  );
  assertEquals(out.trim(), "2");
});

Deno.test("StandardStream: a socket, as systemd gives, takes texts and does not block either", async () => {
  // The shell cannot make sockets: the program makes a pair and puts one end in place of its own.
  const channel = new URL("../../../net/sys/channel.ts", import.meta.url).href;
  const libc = new URL("../../../net/sys/libc.ts", import.meta.url).href;
  const { out } = await run(
    "PROGRAM",
    `
    const { socketPair } = await import(${JSON.stringify(channel)});
    const { moreOfLibc, libc } = await import(${JSON.stringify(libc)});
    const { dup2, fcntl } = moreOfLibc({
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
    });
    const [near, far] = socketPair();
    fcntl(near, 4, 0); // F_SETFL: blocking, as systemd's is.
    dup2(near, 2);
    const socket = new StandardStream(2);
    socket.write("hello");
    const buffer = new Uint8Array(2048);
    const first = new TextDecoder().decode(buffer.subarray(0, libc.recv(far, buffer, 2048, 0)));
    for (let i = 0; i < 2000; i++) socket.write("x".repeat(1024));
    console.log(JSON.stringify([first, socket.droppedCount > 0, socket.queuedBytes > 0]));
    Deno.exit(0);
    `,
  );
  assertEquals(JSON.parse(out), ["hello", true, true]);
});
