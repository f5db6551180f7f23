/**
 * What is installed with the program: systemd itself reads the unit, from a file that it does not
 * run, and the program understands the words it is started with.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readRunOptions } from "../engine/commands/run_options.ts";
import { isInstalled } from "./lab/command.ts";

const PROGRAM = "/usr/sbin/stayd";
const UNIT = Deno.readTextFileSync(new URL("../packaging/stayd.service", import.meta.url));

/** What `systemd-analyze verify` complains about: it warns, and succeeds all the same. */
async function complaints(unit: string): Promise<string> {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/stayd.service`;
    await Deno.writeTextFile(file, unit);
    const { stdout, stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", "--man=no", "--generators=no", file],
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test({
  name: "stayd.service: systemd has nothing to say against it",
  ignore: !isInstalled("systemd-analyze"),
  async fn() {
    const unit = UNIT.replaceAll(PROGRAM, "/bin/true"); // It has to be there.
    assertEquals(await complaints(unit), "");
    const wrong = await complaints(unit.replace("KillMode=mixed", "KillMode=some"));
    assert(wrong.includes("kill mode"), wrong);
  },
});

Deno.test("stayd.service: the program understands how it is started", () => {
  const [, program = "", command, ...args] =
    /^ExecStart=(\S+) (\S+) (.*)$/m.exec(UNIT)?.flatMap((each, i) =>
      i < 3 ? [each] : each.split(" ")
    ) ?? [];
  assertEquals([program, command], [PROGRAM, "run"]);
  const options = readRunOptions(args.filter((each) => !each.startsWith("$")));
  assert(!("wrong" in options), JSON.stringify(options));
  assertEquals(options.useSyslog, false);
});
