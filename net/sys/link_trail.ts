/**
 * Everything on the way of a path that can lead it elsewhere: the links in it, and its end.
 *
 * @module
 */
import { ERRNO } from "./constants.ts";
import type { Fd } from "./fd.ts";
import { currentDirectory } from "./file.ts";
import { cString, errno, laterOfLibc, SyscallError } from "./libc.ts";

const links = laterOfLibc({
  // ssize_t readlink(const char *path, char *target, size_t size)
  readlink: { parameters: ["buffer", "buffer", "u32"], result: "i32" },
});

const PATH_BYTES_MAX = 4_096;
/** As many as the kernel follows. */
const LINK_COUNT_MAX = 40;

/** A name in a directory, whose path has no links. */
export interface Place {
  readonly directory: string;
  readonly name: string;
}

/**
 * The places whose change changes what a path leads to: of each link on its way, and of its end,
 * which need not be there. A circle of links ends after 40.
 */
export function linkTrail(path: string): Place[] {
  const places: Place[] = [];
  let at = path.startsWith("/") ? "" : currentDirectory();
  const rest = path.split("/");
  for (let linkCount = 0; rest.length > 0;) {
    const name = rest.shift();
    if (!name || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const place = { directory: at || "/", name };
    const target = readLink(`${at}/${name}`);
    if (target === undefined) {
      at = `${at}/${name}`;
      if (rest.every((each) => each === "" || each === ".")) places.push(place);
      continue;
    }
    places.push(place);
    if (++linkCount >= LINK_COUNT_MAX) break;
    if (target.startsWith("/")) at = "";
    rest.unshift(...target.split("/"));
  }
  return places;
}

/** Where an open file is, without links; ` (deleted)` behind what is gone. */
export function pathOf(fd: Fd): string {
  const path = readLink(`/proc/self/fd/${fd.number}`);
  if (path === undefined) throw new SyscallError("readlink /proc/self/fd", ERRNO.ENOENT);
  return path;
}

/** What a link says; undefined for what is no link, or not there. */
function readLink(path: string): string | undefined {
  const bytes = new Uint8Array(PATH_BYTES_MAX);
  const count = links().readlink(cString(path), bytes, bytes.length);
  if (count >= 0) return new TextDecoder().decode(bytes.subarray(0, count));
  const error = errno();
  if (NO_LINK.has(error)) return undefined;
  throw new SyscallError(`readlink ${path}`, error);
}

const NO_LINK: ReadonlySet<number> = new Set([
  ERRNO.EINVAL,
  ERRNO.ENOENT,
  ERRNO.ENOTDIR,
  ERRNO.EACCES,
  ERRNO.ENAMETOOLONG,
]);
