/**
 * Children with fewer rights than we have. Deno has made its threads before any code of ours runs,
 * and each keeps rights of its own: so a process is given what it needs when it is started, not
 * told to give up the rest.
 *
 * While a child is started this thread has the wanted rights as its ambient ones, and root counts
 * as any user (SECBIT_NOROOT), so that the kernel gives the child those and nothing else, for good.
 *
 * @module
 */
import { type Capability, CAPABILITY_BITS, heldCapabilities } from "./capabilities.ts";
import { LITTLE_ENDIAN } from "./layout.ts";
import { check, laterOfLibc } from "./libc.ts";

const functions = laterOfLibc({
  // long syscall(long number, …): variadic; called with pointers, which both architectures pass as
  // they would fixed arguments.
  syscall: { parameters: ["i64", "buffer", "buffer"], result: "i32" },
  // int prctl(int option, …): variadic; always called with its five unsigned long.
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
});

const SYS = Deno.build.arch === "x86_64"
  ? { capget: 125n, capset: 126n }
  : { capget: 90n, capset: 91n };
const VERSION_3 = 0x20080522;
/** `struct __user_cap_data_struct`, twice: for the lower and the higher 32 capabilities. */
const DATA = { effective: 0, permitted: 4, inheritable: 8, sizeBytes: 12 } as const;
const PR_GET_SECUREBITS = 27;
const PR_SET_SECUREBITS = 28;
const PR_CAP_AMBIENT = 47;
const AMBIENT = { isSet: 1n, raise: 2n, lower: 3n } as const;
const SECBIT_NOROOT = 1;

/**
 * Runs `run` so that what it starts has these capabilities at most, and comes back. Throws a
 * `SyscallError` EPERM without the right to do that (CAP_SETPCAP, for root).
 */
export function withCapabilities<Result>(
  wanted: readonly Capability[],
  run: () => Result,
): Result {
  const before = { data: readSets(), bits: prctl("get", PR_GET_SECUREBITS) };
  const held = heldCapabilities("CapPrm");
  const given = wanted.filter((name) => held.has(name)).map((name) => CAPABILITY_BITS[name]);
  const ambient = Object.values(CAPABILITY_BITS).filter(isAmbient);
  try {
    writeSets(withInheritable(before.data, given));
    for (const bit of ambient) changeAmbient(AMBIENT.lower, bit);
    for (const bit of given) changeAmbient(AMBIENT.raise, bit);
    prctl("set securebits", PR_SET_SECUREBITS, BigInt(before.bits | SECBIT_NOROOT));
    return run();
  } finally {
    if (prctl("get", PR_GET_SECUREBITS) !== before.bits) {
      prctl("set securebits", PR_SET_SECUREBITS, BigInt(before.bits));
    }
    for (const bit of given) changeAmbient(AMBIENT.lower, bit);
    writeSets(before.data);
    for (const bit of ambient) changeAmbient(AMBIENT.raise, bit);
  }
}

function header(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8); // The second half is 0: this thread.
  new DataView(bytes.buffer).setUint32(0, VERSION_3, LITTLE_ENDIAN);
  return bytes;
}

function readSets(): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(2 * DATA.sizeBytes);
  check("capget", functions().syscall(SYS.capget, header(), data));
  return data;
}

function writeSets(data: Uint8Array<ArrayBuffer>): void {
  check("capset", functions().syscall(SYS.capset, header(), data));
}

function withInheritable(
  before: Uint8Array<ArrayBuffer>,
  bits: readonly number[],
): Uint8Array<ArrayBuffer> {
  const data = before.slice();
  const view = new DataView(data.buffer);
  for (const bit of bits) {
    const at = (bit >> 5) * DATA.sizeBytes + DATA.inheritable;
    view.setUint32(at, view.getUint32(at, LITTLE_ENDIAN) | (1 << (bit & 31)), LITTLE_ENDIAN);
  }
  return data;
}

function isAmbient(bit: number): boolean {
  return prctl("ambient", PR_CAP_AMBIENT, AMBIENT.isSet, BigInt(bit)) === 1;
}

function changeAmbient(change: bigint, bit: number): void {
  prctl("ambient", PR_CAP_AMBIENT, change, BigInt(bit));
}

function prctl(name: string, option: number, second = 0n, third = 0n): number {
  return check(`prctl ${name}`, functions().prctl(option, second, third, 0n, 0n));
}
