/**
 * Replacing a file that somebody owns.
 *
 * @module
 */
import { fileKind, realPath, writeFileAtomically } from "./file.ts";
import { ERRNO } from "./constants.ts";
import { check, laterOfLibc, SyscallError } from "./libc.ts";

const replacing = laterOfLibc({
  // int fchown(int fd, uid_t owner, gid_t group)
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  // int fchmod(int fd, mode_t mode)
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
});

/**
 * Replaces a file as a whole, through links to it: mode and owner stay. A new one gets mode 0644,
 * less the process's mask. Throws a `SyscallError`.
 */
export function replaceFile(path: string, content: string): void {
  const kind = fileKind(path);
  if (!kind) return writeFileAtomically(path, content, 0o644);
  const target = realPath(path);
  if (target === undefined) throw new SyscallError(`realpath ${path}`, ERRNO.ENOENT);
  const { fchown, fchmod } = replacing();
  // The mode comes last: a new owner takes away set-id bits.
  writeFileAtomically(target, content, 0o600, (fd) => {
    check(`fchown ${path}`, fchown(fd.number, kind.ownerUid, kind.ownerGid));
    check(`fchmod ${path}`, fchmod(fd.number, kind.mode));
  });
}
