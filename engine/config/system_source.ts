/**
 * The real world for reading configurations.
 *
 * @module
 */
import {
  currentDirectory,
  fileKind,
  getenv,
  glob,
  hostName,
  readFile,
  realPath,
} from "../../net/sys/file.ts";
import { userByName } from "../../net/sys/credentials.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { ConfigSource, Permissions } from "./config_source.ts";

const FILE_BYTES_MAX = 16 * 1_024 * 1_024;

/** Files, names and the environment of this machine. */
export const systemSource: ConfigSource = {
  read(path) {
    try {
      return { bytes: readFile(path, FILE_BYTES_MAX) };
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return { error: error.message.slice(`${error.syscall}: `.length) };
    }
  },
  glob,
  kind(path) {
    try {
      return fileKind(path);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return undefined;
    }
  },
  getenv,
  currentDirectory() {
    try {
      return currentDirectory();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return "/"; // It was removed. Absolute paths still work.
    }
  },
  hostName,
  scripts: {
    permissions: permissionsAlong,
    userId: (name) => userByName(name)?.uid,
  },
};

/** Of what a path leads to, links followed, and of each directory above; undefined: nothing. */
export function permissionsAlong(path: string): Permissions[] | undefined {
  try {
    const real = realPath(path);
    return real === undefined ? undefined : pathAndAbove(real).map(permissionsOf);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return undefined;
  }
}

/** `/a/b`, `/a`, `/`. */
function pathAndAbove(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join("/")}`).concat("/");
}

function permissionsOf(path: string): Permissions {
  const found = fileKind(path);
  // It was there a moment ago: nobody owns it now.
  if (!found) return { kind: "other", uid: -1, gid: -1, mode: 0 };
  return { kind: found.kind, uid: found.ownerUid, gid: found.ownerGid, mode: found.mode };
}
