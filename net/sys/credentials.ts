/**
 * Users and groups: who scripts run as.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { ERRNO } from "./constants.ts";
import { GROUP, LITTLE_ENDIAN, PASSWD } from "./layout.ts";
import { cString, errno, laterOfLibc, SyscallError } from "./libc.ts";

/** Who a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** The kernel's own calls change one thread; libc's would change all of this process. */
const SYS = Deno.build.arch === "x86_64"
  ? { setgroups: 116n, setresuid: 117n, setresgid: 119n }
  : { setgroups: 159n, setresuid: 147n, setresgid: 149n };
/** The kernel's limit is 65,536; nobody has that many. */
const GROUP_COUNT_MAX = 1_024;
const ROOT = 0;

const functions = laterOfLibc({
  // struct passwd *getpwnam(const char *name)
  getpwnam: { parameters: ["buffer"], result: "pointer" },
  // struct group *getgrnam(const char *name)
  getgrnam: { parameters: ["buffer"], result: "pointer" },
  // int getgrouplist(const char *user, gid_t group, gid_t *groups, int *ngroups)
  getgrouplist: { parameters: ["buffer", "u32", "buffer", "buffer"], result: "i32" },
  // int getgroups(int size, gid_t list[])
  getgroups: { parameters: ["i32", "buffer"], result: "i32" },
  // uid_t geteuid(void)
  geteuid: { parameters: [], result: "u32" },
  // gid_t getegid(void)
  getegid: { parameters: [], result: "u32" },
  // long syscall(long number, …): variadic; called with integers and pointers, which both
  // architectures pass as they would fixed arguments.
  syscall: { parameters: ["i64", "i64", "i64", "i64"], result: "i32" },
  set_groups: { name: "syscall", parameters: ["i64", "i64", "buffer"], result: "i32" },
});

/** Who this process runs as. */
export function ownCredentials(): Credentials {
  const c = functions();
  return { uid: c.geteuid(), gid: c.getegid(), groups: ownGroups() };
}

/** The user of that name, with all its groups; undefined if there is none. */
export function userByName(name: string): Credentials | undefined {
  const c = functions();
  const user = c.getpwnam(cString(name));
  if (user === null) return undefined;
  const bytes = new Uint8Array(PASSWD.sizeBytes);
  Deno.UnsafePointerView.copyInto(user, bytes);
  const view = new DataView(bytes.buffer);
  const uid = view.getUint32(PASSWD.uid, LITTLE_ENDIAN);
  const gid = view.getUint32(PASSWD.gid, LITTLE_ENDIAN);
  const groups = new Uint32Array(GROUP_COUNT_MAX);
  const count = new Int32Array([GROUP_COUNT_MAX]);
  // Negative: there are more than fit, of which we have the first.
  c.getgrouplist(cString(name), gid, groups, count);
  return { uid, gid, groups: [...groups.subarray(0, Math.min(count[0] ?? 0, GROUP_COUNT_MAX))] };
}

/** The id of the group of that name; undefined if there is none. */
export function groupByName(name: string): number | undefined {
  const group = functions().getgrnam(cString(name));
  if (group === null) return undefined;
  const bytes = new Uint8Array(GROUP.sizeBytes);
  Deno.UnsafePointerView.copyInto(group, bytes);
  return new DataView(bytes.buffer).getUint32(GROUP.gid, LITTLE_ENDIAN);
}

/**
 * Runs `run` with this thread as somebody else, and comes back: what `run` starts stays that way,
 * as the way back is the saved user id, which `execve` overwrites. Throws a `SyscallError` EPERM
 * unless we are root.
 */
export function withCredentials<Result>(who: Credentials, run: () => Result): Result {
  if (functions().geteuid() !== ROOT) throw new SyscallError("setresuid", ERRNO.EPERM);
  const before = ownCredentials();
  try {
    become(who.uid, who.gid, who.groups);
    return run();
  } finally {
    comeBack(before);
  }
}

/** The user comes last: without it there is no right to change the rest. */
function become(uid: number, gid: number, groups: readonly number[]): void {
  setGroups(groups);
  setIds("setresgid", SYS.setresgid, gid);
  setIds("setresuid", SYS.setresuid, uid);
}

/** The user comes first. If this failed we would go on without our rights: a bug, not a state. */
function comeBack({ gid, groups }: Credentials): void {
  setIds("setresuid", SYS.setresuid, ROOT);
  setIds("setresgid", SYS.setresgid, gid);
  setGroups(groups);
  assert(functions().geteuid() === ROOT, "we are who we were");
}

function ownGroups(): number[] {
  const groups = new Uint32Array(GROUP_COUNT_MAX);
  const count = functions().getgroups(GROUP_COUNT_MAX, groups);
  return [...groups.subarray(0, Math.max(0, count))];
}

function setGroups(groups: readonly number[]): void {
  const list = new Uint32Array(groups);
  if (functions().set_groups(SYS.setgroups, BigInt(list.length), list) < 0) {
    throw new SyscallError("setgroups", errno());
  }
}

/** Real and effective become `id`; saved becomes or stays 0, as the way back. */
function setIds(name: string, call: bigint, id: number): void {
  if (functions().syscall(call, BigInt(id), BigInt(id), 0n) < 0) {
    throw new SyscallError(name, errno());
  }
}
