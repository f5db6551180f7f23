/**
 * Replacing a file that somebody owns.
 *
 * @module
 */
import { fileKind, fromCString, writeFileAtomically } from "./file.ts";
import { check, cString, errno, laterOfLibc, SyscallError } from "./libc.ts";

const replacing = laterOfLibc({
  // int fchown(int fd, uid_t owner, gid_t group)
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  // int fchmod(int fd, mode_t mode)
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  // char *realpath(const char *path, char *resolved)
  realpath: { parameters: ["buffer", "buffer"], result: "pointer" },
});

/** PATH_MAX, with the final NUL. */
const PATH_BYTES_MAX = 4_096;

/**
 * Replaces a file as a whole, through links to it: mode and owner stay. A new one gets mode 0644,
 * less the process's mask. Throws a `SyscallError`.
 */
export function replaceFile(path: string, content: string): void {
  const kind = fileKind(path);
  if (!kind) return writeFileAtomically(path, content, 0o644);
  const target = new Uint8Array(PATH_BYTES_MAX);
  const { realpath, fchown, fchmod } = replacing();
  if (realpath(cString(path), target) === null) {
    throw new SyscallError(`realpath ${path}`, errno());
  }
  // The mode comes last: a new owner takes away set-id bits.
  writeFileAtomically(fromCString(target), content, 0o600, (fd) => {
    check(`fchown ${path}`, fchown(fd.number, kind.ownerUid, kind.ownerGid));
    check(`fchmod ${path}`, fchmod(fd.number, kind.mode));
  });
}
