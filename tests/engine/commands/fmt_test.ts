import { assert, assertEquals } from "@std/assert";
import { fmtCommand } from "../../../engine/commands/fmt.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { memorySource } from "../config/memory_source.ts";

const UGLY = "global_defs { # all\nrouter_id   a ! name\n}\n";
const NICE = "global_defs {  # all\n    router_id a  ! name\n}\n";

async function fmt(args: readonly string[], files: Record<string, string>) {
  const out = { printed: "", complained: "", written: {} as Record<string, string> };
  const status = await fmtCommand(
    args,
    (text) => out.printed += text,
    (text) => out.complained += text,
    {
      source: memorySource({ files }),
      write: (path, text) => {
        if (path === "fixed.conf") throw new SyscallError(`open ${path}`, 30);
        out.written[path] = text;
      },
    },
  );
  return { status, ...out };
}

Deno.test("fmt: writes what changes, keeps comments, and leaves the rest alone", async () => {
  const files = { "a.conf": UGLY, "b.conf": NICE };
  const { status, printed, written } = await fmt(["a.conf", "b.conf"], files);
  assertEquals({ status, printed, written }, {
    status: 0,
    printed: "",
    written: { "a.conf": NICE },
  });
});

Deno.test("fmt --check: shows what would change, and writes nothing", async () => {
  const files = { "a.conf": UGLY, "b.conf": NICE };
  const { status, printed, written } = await fmt(["--check", "a.conf", "b.conf"], files);
  assertEquals({ status, written }, { status: 1, written: {} });
  assert(printed.startsWith("--- a.conf"), printed);
  assert(printed.includes("-router_id   a ! name") && printed.includes("+    router_id a  ! name"));
  assertEquals((await fmt(["-c", "b.conf"], files)).status, 0);
});

// deno-fmt-ignore
const WRONG: [args: string[], status: number, complaint: string][] = [
  [[], 2, "stayd fmt: no file to lay out"],
  [["a.yaml"], 2, "stayd fmt: a.yaml is not in keepalived's language"],
  [["--frob", "a.conf"], 2, "stayd fmt: unknown option --frob"],
  [["none.conf", "a.conf"], 1, "stayd fmt: none.conf: "],
  [["fixed.conf", "a.conf"], 1, "stayd fmt: cannot write fixed.conf: open fixed.conf: EROFS"],
];

for (const [args, status, complaint] of WRONG) {
  Deno.test(`fmt ${args.join(" ")}: ${complaint}`, async () => {
    const result = await fmt(args, { "a.conf": UGLY, "fixed.conf": UGLY, "a.yaml": "" });
    assertEquals(result.status, status);
    assert(result.complained.startsWith(complaint), result.complained);
    // What can be laid out is laid out.
    assertEquals(Object.keys(result.written), status === 1 ? ["a.conf"] : []);
  });
}
