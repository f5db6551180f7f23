/**
 * Mounts of this process's own: other processes, but for its children, do not see them.
 *
 * @module
 */
import { check, cString, laterOfLibc } from "./libc.ts";

const functions = laterOfLibc({
  // int unshare(int flags)
  unshare: { parameters: ["i32"], result: "i32" },
  // int mount(const char *source, const char *target, const char *type, unsigned long flags,
  //           const void *data)
  mount: { parameters: ["buffer", "buffer", "pointer", "u64", "pointer"], result: "i32" },
  // int umount2(const char *target, int flags)
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
});

/** Once nobody uses it any more. */
const MNT_DETACH = 2;
const CLONE_NEWNS = 0x00020000;
const MS_BIND = 0x1000n;
const MS_REC = 0x4000n;
const MS_SLAVE = 0x80000n;

/**
 * Shows one directory in the place of another, to this thread and the processes it starts, until
 * what it returns is disposed of. What others mount and unmount is still seen. Throws a
 * `SyscallError` where this process may not do that (CAP_SYS_ADMIN), or one of them is missing.
 */
export function bindPrivately(source: string, target: string): Disposable {
  const { unshare, mount, umount2 } = functions();
  check("unshare mounts", unshare(CLONE_NEWNS));
  const none = cString("none");
  check("mount /", mount(none, cString("/"), null, MS_REC | MS_SLAVE, null));
  check(`mount ${target}`, mount(cString(source), cString(target), null, MS_BIND, null));
  return { [Symbol.dispose]: () => void umount2(cString(target), MNT_DETACH) };
}
