/**
 * Directories through libc.
 *
 * @module
 */
import { ERRNO } from "./constants.ts";
import { cString, errno, laterOfLibc, SyscallError } from "./libc.ts";

const functions = laterOfLibc({
  // int mkdir(const char *path, mode_t mode)
  mkdir: { parameters: ["buffer", "u32"], result: "i32" },
  // int rmdir(const char *path)
  rmdir: { parameters: ["buffer"], result: "i32" },
});

/** Makes a directory, less the process's mask; one that is there is fine. */
export function makeDirectory(path: string, mode: number): void {
  if (functions().mkdir(cString(path), mode) === 0) return;
  const error = errno();
  if (error !== ERRNO.EEXIST) throw new SyscallError(`mkdir ${path}`, error);
}

/** Removes a directory. False: it is not empty, not there, or that may not be done. */
export function removeDirectory(path: string): boolean {
  return functions().rmdir(cString(path)) === 0;
}
