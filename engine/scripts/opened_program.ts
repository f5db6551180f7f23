/**
 * A program that was found, judged by what was opened: whatever its path leads to afterwards, it is
 * known what this is, where it is, and who may change it.
 *
 * @module
 */
import { O } from "../../net/sys/constants.ts";
import { Fd } from "../../net/sys/fd.ts";
import { fileKind, fileKindOf } from "../../net/sys/file.ts";
import { cString, libc, SyscallError } from "../../net/sys/libc.ts";
import { linkTrail, pathOf } from "../../net/sys/link_trail.ts";
import type { Permissions } from "../config/config_source.ts";

/** What is known of a program. */
export interface OpenedProgram {
  /** Where it is, without links. */
  readonly realPath: string;
  /** Its own, then those of each directory above where it is. */
  readonly permissions: readonly Permissions[];
  /** Of the directories with the links that led to it, and of all above them. */
  readonly linkPermissions: readonly Permissions[];
}

/** Opens what a path leads to, and looks at it; undefined: it leads to nothing. */
export function openProgram(path: string): OpenedProgram | undefined {
  try {
    // Neither read nor run: a FIFO or a device is not disturbed.
    const number = libc.open(cString(path), O.PATH | O.CLOEXEC, 0);
    if (number < 0) return undefined;
    using fd = new Fd(number);
    const realPath = pathOf(fd);
    const found = fileKindOf(fd);
    const [, ...above] = pathAndAbove(realPath);
    // Where it is, only those who may write there can put something else: if nobody may, what is
    // run by this path is what was opened.
    const isThere = fileKind(realPath)?.inode === found.inode;
    if (!isThere) return undefined;
    const directories = new Set(
      linkTrail(path).slice(0, -1).flatMap(({ directory }) => pathAndAbove(directory)),
    );
    return {
      realPath,
      permissions: [
        { kind: found.kind, uid: found.ownerUid, gid: found.ownerGid, mode: found.mode },
        ...above.map(permissionsOf),
      ],
      linkPermissions: Array.from(directories, permissionsOf),
    };
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** `/a/b`, `/a`, `/`. */
function pathAndAbove(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join("/")}`).concat("/");
}

/** What is there by now; nobody owns what is gone. */
function permissionsOf(path: string): Permissions {
  const found = fileKind(path);
  if (!found) return { kind: "other", uid: -1, gid: -1, mode: 0 };
  return { kind: found.kind, uid: found.ownerUid, gid: found.ownerGid, mode: found.mode };
}
