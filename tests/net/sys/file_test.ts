/**
 * Files through libc, judged by Deno.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AppendFile,
  currentDirectory,
  fileKind,
  getenv,
  glob,
  hostName,
  readFile,
  removeFile,
  writeFileAtomically,
  writePidFile,
} from "../../../net/sys/file.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { instanceOf } from "./instance_of.ts";

/** A directory that goes away. */
class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync();

  file(name: string, content = "", mode = 0o644): string {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, content);
    Deno.chmodSync(path, mode);
    return path;
  }

  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function codeOf(run: () => unknown): string {
  return instanceOf(SyscallError, assertThrows(run)).code;
}

function textOf(path: string): string {
  return new TextDecoder().decode(readFile(path, 1_000_000));
}

Deno.test("readFile: whole files of all sizes", () => {
  using folder = new Folder();
  for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
    const content = Uint8Array.from({ length: size }, (_, i) => i * 7);
    const path = folder.file("f");
    Deno.writeFileSync(path, content);
    assertEquals(readFile(path, 200_000), content);
  }
});

Deno.test("readFile: the limit is one, also for files that tell no size", () => {
  using folder = new Folder();
  const path = folder.file("f", "0123456789");
  assertEquals(readFile(path, 10).length, 10);
  assertEquals(codeOf(() => readFile(path, 9)), "EFBIG");
  assertEquals(codeOf(() => readFile("/dev/zero", 1_000_000)), "EFBIG");
  assertEquals(readFile("/proc/self/cmdline", 1_000_000).length > 0, true);
});

Deno.test("readFile: errors have names, and nothing waits", () => {
  using folder = new Folder();
  assertEquals(codeOf(() => readFile(`${folder.path}/none`, 10)), "ENOENT");
  assertEquals(codeOf(() => readFile(folder.path, 10)), "EISDIR");
  assertEquals(codeOf(() => readFile(`${folder.file("f")}/g`, 10)), "ENOTDIR");
  assertEquals(codeOf(() => readFile("/etc/passwd\0x", 10)), "EINVAL");
  const fifo = `${folder.path}/fifo`;
  new Deno.Command("mkfifo", { args: [fifo] }).outputSync();
  assertEquals(readFile(fifo, 10).length, 0); // Nobody writes: the end, not a wait.
});

Deno.test("fileKind: agrees with Deno about files, directories and others", () => {
  using folder = new Folder();
  const paths = [
    folder.path,
    folder.file("plain", "abc", 0o640),
    folder.file("script", "#!/bin/sh\n", 0o755),
    folder.file("setuid", "x", 0o4711),
    "/dev/null",
    "/proc/self/exe",
  ];
  for (const path of paths) {
    const kind = fileKind(path);
    const stat = Deno.statSync(path);
    assert(kind);
    assertEquals(kind.kind, stat.isFile ? "file" : stat.isDirectory ? "directory" : "other");
    assertEquals(kind.sizeBytes, stat.size);
    assertEquals([kind.ownerUid, kind.ownerGid], [stat.uid, stat.gid]);
    assertEquals(kind.mode, (stat.mode ?? 0) & 0o7777);
    assertEquals(kind.inode, stat.ino);
    assertEquals(kind.executable, ((stat.mode ?? 0) & 0o111) !== 0);
    assertEquals(Math.floor(kind.modifiedMs), stat.mtime?.getTime());
  }
});

Deno.test("fileKind: links are followed; what is not there is undefined; others are errors", () => {
  using folder = new Folder();
  Deno.symlinkSync(folder.file("target"), `${folder.path}/link`);
  Deno.symlinkSync(`${folder.path}/nothing`, `${folder.path}/dangling`);
  Deno.symlinkSync(`${folder.path}/loop`, `${folder.path}/loop`);
  assertEquals(fileKind(`${folder.path}/link`)?.kind, "file");
  assertEquals(fileKind(`${folder.path}/dangling`), undefined);
  assertEquals(fileKind(`${folder.path}/target/below`), undefined);
  assertEquals(fileKind(""), undefined);
  assertEquals(codeOf(() => fileKind(`${folder.path}/loop`)), "ELOOP");
  assertEquals(codeOf(() => fileKind(`/${"x".repeat(300)}`)), "ENAMETOOLONG");
});

Deno.test("glob: patterns, in order; braces and plain names only where asked for", () => {
  using folder = new Folder();
  for (const name of ["b.conf", "a.conf", "c.txt", ".hidden.conf", "{x,y}.conf"]) folder.file(name);
  const names = (pattern: string, options = {}) =>
    glob(`${folder.path}/${pattern}`, options).map((path) => path.slice(folder.path.length + 1));
  assertEquals(names("*.conf"), ["a.conf", "b.conf", "{x,y}.conf"]);
  assertEquals(names("[ac].*"), ["a.conf", "c.txt"]);
  assertEquals(names("*.none"), []);
  assertEquals(names("a.conf"), ["a.conf"]);
  assertEquals(names("z.conf"), []);
  assertEquals(names("z.conf", { noMagic: true }), ["z.conf"]);
  assertEquals(names("{a,c}.*"), []);
  assertEquals(names("{c,a}.*", { braces: true }), ["c.txt", "a.conf"]);
  assertEquals(names("{x,y}.conf"), ["{x,y}.conf"]);
  assertEquals(codeOf(() => glob("a\0b")), "EINVAL");
});

Deno.test("getenv, hostName, currentDirectory: as the runtime sees them", () => {
  assertEquals(getenv("PATH"), Deno.env.get("PATH"));
  assertEquals(getenv("STAYD_NO_SUCH_VARIABLE"), undefined);
  assertEquals(hostName(), Deno.hostname());
  assertEquals(currentDirectory(), Deno.cwd());
});

Deno.test("writeFileAtomically: replaces a file, with its mode, and leaves nothing else", () => {
  using folder = new Folder();
  const path = folder.file("state", "old");
  using reader = Deno.openSync(path);
  writeFileAtomically(path, "new", 0o600);
  assertEquals([textOf(path), fileKind(path)?.mode], ["new", 0o600]);
  writeFileAtomically(path, new TextEncoder().encode("newer"), 0o600);
  assertEquals(textOf(path), "newer");
  assertEquals(folder.names(), ["state"]);
  const buffer = new Uint8Array(10);
  assertEquals(reader.readSync(buffer), 3); // Who had it open still reads the old one.
});

Deno.test("writeFileAtomically: a failure leaves the old file and nothing else", () => {
  using folder = new Folder();
  Deno.mkdirSync(`${folder.path}/taken`);
  Deno.writeTextFileSync(`${folder.path}/taken/f`, "");
  assertEquals(codeOf(() => writeFileAtomically(`${folder.path}/taken`, "x", 0o600)), "EISDIR");
  assertEquals(codeOf(() => writeFileAtomically(`${folder.path}/no/f`, "x", 0o600)), "ENOENT");
  assertEquals(folder.names(), ["taken"]);
});

Deno.test("writeFileAtomically: a link in the place of the new file is not followed", () => {
  using folder = new Folder();
  const victim = folder.file("victim", "precious");
  Deno.symlinkSync(victim, `${folder.path}/state.${Deno.pid}.new`);
  writeFileAtomically(`${folder.path}/state`, "new", 0o600);
  assertEquals([textOf(victim), textOf(`${folder.path}/state`)], ["precious", "new"]);
});

Deno.test("removeFile: twice is fine; a directory is an error", () => {
  using folder = new Folder();
  const path = folder.file("f");
  removeFile(path);
  removeFile(path);
  assertEquals(folder.names(), []);
  assertEquals(codeOf(() => removeFile(folder.path)), "EISDIR");
});

Deno.test("AppendFile: appends, also to what is there, and makes what is not", () => {
  using folder = new Folder();
  const path = `${folder.path}/log`;
  {
    using file = new AppendFile(path);
    file.write("one\n");
    Deno.writeTextFileSync(path, "by others\n", { append: true });
    file.write("two\n");
    assertEquals(file.droppedCount, 0);
  }
  {
    using file = new AppendFile(path);
    file.write("three\n");
  }
  assertEquals(textOf(path), "one\nby others\ntwo\nthree\n");
  assertEquals(fileKind(path)?.mode, 0o640);
});

Deno.test("AppendFile: a full disk is counted; links and FIFOs without a reader are errors", () => {
  using folder = new Folder();
  {
    using full = new AppendFile("/dev/full");
    full.write("lost");
    assertEquals(full.droppedCount, 1);
  }
  Deno.symlinkSync(folder.file("f"), `${folder.path}/link`);
  assertEquals(codeOf(() => new AppendFile(`${folder.path}/link`)), "ELOOP");
  const fifo = `${folder.path}/fifo`;
  new Deno.Command("mkfifo", { args: [fifo] }).outputSync();
  assertEquals(codeOf(() => new AppendFile(fifo)), "ENXIO");
});

Deno.test("writePidFile: holds its file until it is disposed of", () => {
  using folder = new Folder();
  const path = folder.file("pid", "a long leftover of another process\n");
  const first = writePidFile(path);
  assert(!("error" in first));
  assertEquals(textOf(path), `${Deno.pid}\n`);
  // A lock belongs to the open file, so a second one of this process is as good as another process.
  assertEquals(writePidFile(path), { error: "another process holds it" });
  assertEquals(textOf(path), `${Deno.pid}\n`);
  first[Symbol.dispose]();
  assertEquals(folder.names(), []);
  const second = writePidFile(path, 4_711);
  assert(!("error" in second));
  assertEquals(textOf(path), "4711\n");
  second[Symbol.dispose]();
});

Deno.test("writePidFile: a file that was removed under its holder does not stop a successor", () => {
  using folder = new Folder();
  const path = `${folder.path}/pid`;
  const first = writePidFile(path);
  assert(!("error" in first));
  Deno.removeSync(path);
  const second = writePidFile(path);
  assert(!("error" in second));
  first[Symbol.dispose]();
  assertEquals(folder.names(), ["pid"]); // It is the successor's.
  second[Symbol.dispose]();
  assertEquals(folder.names(), []);
});

Deno.test("writePidFile: errors are values", () => {
  using folder = new Folder();
  assertEquals(writePidFile(`${folder.path}/no/pid`), { error: "ENOENT" });
  assertEquals(writePidFile(folder.path), { error: "EISDIR" });
  const victim = folder.file("victim", "precious");
  Deno.symlinkSync(victim, `${folder.path}/pid`);
  assertEquals(writePidFile(`${folder.path}/pid`), { error: "ELOOP" });
  assertEquals(textOf(victim), "precious");
});
