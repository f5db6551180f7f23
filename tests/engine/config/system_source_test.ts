import { assertEquals } from "@std/assert";
import { loadConfig } from "../../../engine/config/load.ts";
import { systemSource } from "../../../engine/config/system_source.ts";
import { brief, instanceText } from "./harness.ts";

/** Runs with a directory of files, removed afterwards. */
function withFiles(files: Record<string, string>, run: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.mkdirSync(`${directory}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${directory}/${name}`, text);
    }
    run(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("systemSource reads files, patterns, kinds, the directory and the host name", () => {
  const files = {
    "main.conf": "include [i].d/{a,b}*.inc\nglobal_defs {\nrouter_id ${_PWD}\n}",
    "[i].d/a1.inc": "include ../v2.conf",
    "[i].d/b1.inc": instanceText(""),
    "[i].d/bx.inc": "frob",
    "v2.conf": instanceText("virtual_router_id 52", "192.0.2.2", "V2"),
    "i.d/a.inc": "frob",
  };
  withFiles(files, (directory) => {
    Deno.chmodSync(`${directory}/[i].d/bx.inc`, 0o755);
    Deno.mkdirSync(`${directory}/[i].d/bd.inc`);
    // The brackets are a pattern here: they match `i`.
    Deno.renameSync(`${directory}/i.d`, `${directory}/j.d`);
    Deno.symlinkSync("[i].d", `${directory}/i.d`);
    const { config, diagnostics } = loadConfig(`${directory}/main.conf`, systemSource);
    assertEquals(brief(diagnostics).map((text) => text.replaceAll(directory, "")), [
      "/main.conf:1:9: warning: not including '/i.d/bd.inc': it is a directory [W604]",
      "/main.conf:1:9: warning: not including '/i.d/bx.inc': it is executable [W604]",
    ]);
    assertEquals(config?.vrrpInstances.map(({ name }) => name), ["V2", "V1"]);
    assertEquals(config?.global.routerId, directory);
  });
});

Deno.test("systemSource: the directory of a file is no pattern for its includes", () => {
  const files = {
    "[x]/main.conf": "include s*.inc",
    "[x]/s.inc": instanceText(""),
    "x/s.inc": "x",
  };
  withFiles(files, (directory) => {
    const { config, diagnostics } = loadConfig(`${directory}/[x]/main.conf`, systemSource);
    assertEquals([config?.vrrpInstances.length, brief(diagnostics)], [1, []]);
  });
});

Deno.test("systemSource says why a file cannot be read", () => {
  withFiles({}, (directory) => {
    for (
      const [path, reason] of [
        [`${directory}/none`, "ENOENT (No such file or directory)"],
        [directory, "EISDIR (Is a directory)"],
      ] as const
    ) {
      assertEquals(systemSource.read(path), { error: reason });
    }
    assertEquals(systemSource.kind(`${directory}/none`), undefined);
    assertEquals(systemSource.kind(directory)?.kind, "directory");
  });
});

Deno.test("systemSource waits for no pipe", () => {
  withFiles({}, (directory) => {
    const path = `${directory}/pipe`;
    assertEquals(new Deno.Command("mkfifo", { args: [path] }).outputSync().success, true);
    using _ = Deno.openSync(path, { read: true, write: true });
    assertEquals(systemSource.read(path), { error: "it is a pipe (- is standard input)" });
  });
});

Deno.test("systemSource knows the environment, the current directory and the host", () => {
  assertEquals(systemSource.getenv("PATH"), Deno.env.get("PATH"));
  assertEquals(systemSource.getenv("STAYD_NO_SUCH_VARIABLE"), undefined);
  assertEquals(systemSource.currentDirectory(), Deno.cwd());
  assertEquals(systemSource.hostName(), Deno.hostname());
});
