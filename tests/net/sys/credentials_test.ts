/**
 * Users and groups, and children that run as others.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  groupByName,
  ownCredentials,
  userByName,
  withCredentials,
} from "../../../net/sys/credentials.ts";
import { Fd } from "../../../net/sys/fd.ts";
import { removeFile } from "../../../net/sys/file.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import { spawn, waitForExit } from "../../../net/sys/spawn.ts";
import { instanceOf } from "./instance_of.ts";

const IS_ROOT = Deno.uid() === 0;

function idOf(...args: string[]): string {
  return new TextDecoder().decode(new Deno.Command("id", { args }).outputSync().stdout).trim();
}

Deno.test("userByName, groupByName: agree with id, and know nobody else", () => {
  for (const name of ["root", "nobody", "daemon"]) {
    const user = userByName(name);
    assertEquals(String(user?.uid), idOf("-u", name));
    assertEquals(String(user?.gid), idOf("-g", name));
    assertEquals(user?.groups.join(" "), idOf("-G", name));
  }
  assertEquals(groupByName("root"), 0);
  for (const name of ["no-such-name", "", "x".repeat(5_000)]) {
    assertEquals([userByName(name), groupByName(name)], [undefined, undefined]);
  }
});

Deno.test("ownCredentials: as the runtime sees them", () => {
  const own = ownCredentials();
  assertEquals([own.uid, own.gid], [Deno.uid(), Deno.gid()]);
});

const nobody = { uid: 65_534, gid: 65_533, groups: [65_532, 65_531] };

Deno.test({
  name: "spawn: a child with credentials has lost all others, and we have ours back",
  ignore: !IS_ROOT, // Only root can become somebody else.
  async fn() {
    const before = ownCredentials();
    const path = await Deno.makeTempFile();
    Deno.chmodSync(path, 0o666);
    const script = `exec > ${path}; grep -E '^(Uid|Gid|Groups|CapPrm|CapEff)' /proc/$$/status`;
    const child = spawn({ path: "/bin/sh", args: ["sh", "-c", script], credentials: nobody });
    using _pidfd = new Fd(child.pidfd);
    while (waitForExit(child.pid) === undefined) await new Promise((go) => setTimeout(go, 2));
    assertEquals(Deno.readTextFileSync(path).split("\n").map((line) => line.trim()), [
      "Uid:\t65534\t65534\t65534\t65534",
      "Gid:\t65533\t65533\t65533\t65533",
      "Groups:\t65531 65532",
      "CapPrm:\t0000000000000000",
      "CapEff:\t0000000000000000",
      "",
    ]);
    assertEquals(ownCredentials(), before);
    removeFile(path);
  },
});

Deno.test({
  name: "withCredentials: comes back, whatever happens, and only this thread went",
  ignore: !IS_ROOT,
  fn() {
    const before = ownCredentials();
    const inside = withCredentials(nobody, () => {
      assertEquals(Deno.readTextFileSync("/proc/self/status").includes("Uid:\t0\t0"), true);
      return ownCredentials();
    });
    assertEquals([inside.uid, inside.gid], [nobody.uid, nobody.gid]);
    assertEquals(inside.groups.toSorted(), nobody.groups.toSorted());
    assertEquals(ownCredentials(), before);
    const error = assertThrows(() =>
      withCredentials(nobody, () => {
        throw new RangeError("inside");
      })
    );
    instanceOf(RangeError, error);
    assertEquals(ownCredentials(), before);
    const own = Deno.readTextFileSync("/proc/thread-self/status");
    assert(/^Uid:\t0\t0\t0\t0$/m.test(own));
    assert(!/^CapEff:\t0+$/m.test(own), "rights came back, too");
  },
});

Deno.test({
  name: "withCredentials: is EPERM for anybody but root",
  ignore: !IS_ROOT, // It takes root to be somebody else.
  fn() {
    const error = withCredentials(
      nobody,
      () => assertThrows(() => withCredentials(nobody, () => {})),
    );
    assertEquals(instanceOf(SyscallError, error).code, "EPERM");
  },
});
