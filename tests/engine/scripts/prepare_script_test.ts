/**
 * Which file a script is, who runs it, and when it is refused.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Permissions } from "../../../engine/config/config_source.ts";
import { prepareScript, type ScriptSurroundings } from "../../../engine/scripts/prepare_script.ts";
import type { GlobalScriptConfig } from "../../../machines/global_config.ts";
import type { RunAs } from "../../../machines/script_config.ts";

const DIRECTORY: Permissions = { kind: "directory", uid: 0, gid: 0, mode: 0o755 };
const SAFE: Permissions = { kind: "file", uid: 0, gid: 0, mode: 0o755 };
const FILES: Readonly<Record<string, readonly Permissions[]>> = {
  "/usr/bin/x": [SAFE, DIRECTORY],
  "/opt/mine": [{ ...SAFE, uid: 1_000 }, DIRECTORY],
  "/opt/open/x": [SAFE, { ...DIRECTORY, mode: 0o777 }],
  "/tmp/x": [SAFE, { ...DIRECTORY, mode: 0o1777 }],
  "/bin": [DIRECTORY],
};

/** Where links are: in /bin and in /links, which all may write to. */
const LINKS: Readonly<Record<string, readonly Permissions[]>> = {
  "/bin/x": [DIRECTORY],
  "/links/x": [{ ...DIRECTORY, mode: 0o777 }],
};

const machine = (hasDefaultUser = false): ScriptSurroundings => ({
  open: (path) => {
    const linkPermissions = LINKS[path] ?? [];
    const realPath = linkPermissions.length > 0 ? "/usr/bin/x" : path;
    const permissions = FILES[realPath];
    return permissions && { realPath, permissions, linkPermissions };
  },
  userByName: (name) => {
    if (name === "joe") return { uid: 1_000, gid: 100, groups: [100, 27] };
    if (name === "root") return { uid: 0, gid: 0, groups: [0] };
    const isDefault = hasDefaultUser && name === "keepalived_script";
    return isDefault ? { uid: 500, gid: 500, groups: [500] } : undefined;
  },
  ownCredentials: () => ({ uid: 0, gid: 0, groups: [] }),
  groupByName: (name) => name === "wheel" ? 10 : undefined,
  getenv: (name) => name === "PATH" ? "/sbin:/usr/bin" : undefined,
});

const RULES: GlobalScriptConfig = {
  startupTimeoutMs: 0,
  shutdownTimeoutMs: 0,
  secured: false,
  keepsLinks: false,
  supplementaryGroups: false,
};
const as = (user?: string, group?: string, supplementaryGroups = false): RunAs => ({
  ...(user !== undefined && { user }),
  ...(group !== undefined && { group }),
  supplementaryGroups,
});

type Row = [
  name: string,
  command: string[],
  { runAs?: RunAs; ofObject?: RunAs; rules?: Partial<GlobalScriptConfig>; user?: boolean },
  expected: string,
];
// deno-fmt-ignore
const ROWS: Row[] = [
  ["a path, links followed", ["/bin/x", "1"], {}, "/usr/bin/x [/bin/x 1] 0:0"],
  ["use_symlink_paths", ["/bin/x"], { rules: { keepsLinks: true } }, "/bin/x [/bin/x] 0:0"],
  ["a mere name is looked for", ["x"], {}, "/usr/bin/x [x] 0:0"],
  ["no such file", ["/bin/y"], {}, "there is no program /bin/y"],
  ["a directory", ["/bin"], {}, "there is no program /bin"],
  ["a file that is to be opened", ["</etc/passwd"], {}, "/bin/sh [/bin/sh -c </etc/passwd] 0:0"],
  ["keepalived_script, if there is one", ["/bin/x"], { user: true }, "/usr/bin/x [/bin/x] 500:500"],
  ["script_user of all", ["/bin/x"], { rules: { runAs: as("joe") } }, "/usr/bin/x [/bin/x] 1000:100"],
  ["user of the object before that", ["/bin/x"], { ofObject: as("root"), rules: { runAs: as("joe") } }, "/usr/bin/x [/bin/x] 0:0"],
  ["user behind the command before all", ["/bin/x"], { runAs: as("joe", "wheel"), ofObject: as("root") }, "/usr/bin/x [/bin/x] 1000:10"],
  ["supplementary groups", ["/bin/x"], { runAs: as("joe", undefined, true) }, "/usr/bin/x [/bin/x] 1000:100 +100 +27"],
  ["set_supplementary_groups", ["/bin/x"], { runAs: as("joe"), rules: { supplementaryGroups: true } }, "/usr/bin/x [/bin/x] 1000:100 +100 +27"],
  ["numbers", ["/bin/x"], { runAs: as("7", "8") }, "/usr/bin/x [/bin/x] 7:8"],
  ["an unknown user", ["/bin/x"], { runAs: as("jim") }, "there is no user jim"],
  ["an unknown group", ["/bin/x"], { runAs: as("joe", "staff") }, "there is no group staff"],
  ["by a link that others may turn: what was judged is run", ["/links/x"], { rules: { secured: true } }, "/usr/bin/x [/links/x] 0:0"],
  ["by such a link, with use_symlink_paths", ["/links/x"], { rules: { secured: true, keepsLinks: true } }, "root would run /links/x, which others may change"],
  ["by a link that nobody may turn", ["/bin/x"], { rules: { secured: true, keepsLinks: true } }, "/bin/x [/bin/x] 0:0"],
  ["another's file, insecure", ["/opt/mine"], {}, "/opt/mine [/opt/mine] 0:0"],
  ["another's file", ["/opt/mine"], { rules: { secured: true } }, "root would run /opt/mine, which others may change"],
  ["another's file, run by another", ["/opt/mine"], { runAs: as("joe"), rules: { secured: true } }, "/opt/mine [/opt/mine] 1000:100"],
  ["in a directory that all may write to", ["/opt/open/x"], { rules: { secured: true } }, "root would run /opt/open/x, which others may change"],
  ["in a sticky one", ["/tmp/x"], { rules: { secured: true } }, "/tmp/x [/tmp/x] 0:0"],
];
for (const [name, command, { runAs, ofObject, rules, user }, expected] of ROWS) {
  Deno.test(`prepareScript: ${name}`, () => {
    const script = { command, ...(runAs && { runAs }) };
    const prepared = prepareScript(script, ofObject, { ...RULES, ...rules }, machine(user));
    if (typeof prepared === "string") return assertEquals(prepared, expected);
    const { path, args, credentials: { uid, gid, groups } } = prepared;
    const more = groups.map((each) => ` +${each}`).join("");
    assertEquals(`${path} [${args.join(" ")}] ${uid}:${gid}${more}`, expected);
  });
}
