/**
 * Settings of the kernel's network code: small files under /proc/sys/net, of the network namespace
 * that the calling thread is in.
 *
 * @module
 */
import { O } from "./constants.ts";
import { Fd } from "./fd.ts";
import { readFile } from "./file.ts";
import { check, cString, libc, SyscallError } from "./libc.ts";

const FOLDER = "/proc/sys/net";
/** A number and a line feed. */
const OCTETS_MAX = 64;
/** Names of interfaces come from configurations: none of them leads out of the folder. */
const PATH = /^[a-z0-9_]+(\/(?!\.\.?(\/|$))[^/\0]+)+$/;

/** Reads a number; undefined if there is none. */
export function readSetting(path: string): number | undefined {
  if (!PATH.test(path)) return undefined;
  try {
    const text = new TextDecoder().decode(readFile(`${FOLDER}/${path}`, OCTETS_MAX)).trim();
    return /^-?\d+$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** Writes a number. False where that may not be done, or nothing is there. */
export function writeSetting(path: string, value: number): boolean {
  if (!PATH.test(path)) return false;
  const file = cString(`${FOLDER}/${path}`);
  try {
    using fd = new Fd(check(`open ${path}`, libc.open(file, O.WRONLY | O.CLOEXEC, 0)));
    const bytes = new TextEncoder().encode(`${value}\n`);
    return libc.write(fd.number, bytes, bytes.length) === bytes.length;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}
