/**
 * FILE_CHECK: a number in a file takes a server down, or changes its weight.
 *
 * @module
 */
import { readFile } from "../net/sys/file.ts";
import { ERRNO } from "../net/sys/constants.ts";
import { SyscallError } from "../net/sys/libc.ts";
import {
  failed,
  type Finding,
  type ProbeContext,
  refusedByKernel,
  timed,
  undecided,
  type Verdict,
} from "./probe.ts";

/** What the number means. */
export interface FileOptions {
  readonly path: string;
  /** 0: any number but 0 takes the server down. Else what the number is multiplied with. */
  readonly weight: number;
  /** The other way round. */
  readonly reversed: boolean;
}

const FILE_BYTES_MAX = 64 * 1_024;
/** Further octets of a file do not count. */
const NUMBER_BYTES_MAX = 127;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Reads the file once. One that is not there counts as 0. */
export function probeFile(options: FileOptions, context: ProbeContext): Promise<Verdict> {
  return timed(context, () => Promise.resolve(judgePath(options)));
}

function judgePath(options: FileOptions): Finding {
  try {
    return judgeFile(readFile(options.path, FILE_BYTES_MAX), options);
  } catch (error) {
    const isMissing = error instanceof SyscallError && error.errno === ERRNO.ENOENT;
    if (isMissing) return judgeFile(new Uint8Array(0), options);
    return refusedByKernel("file not readable", error);
  }
}

/** Judges what is in a file. A number that is out of bounds says nothing. */
export function judgeFile(
  content: Uint8Array,
  { weight, reversed }: Omit<FileOptions, "path">,
): Finding {
  const value = readNumber(content);
  if (value === undefined) return undecided("file not readable", "number out of bounds");
  if (weight === 0) {
    return (value !== 0) !== reversed
      ? failed("file says down", String(value))
      : { outcome: "passed" };
  }
  const product = value * weight * (reversed ? -1 : 1);
  const sum = Math.min(INT32_MAX, Math.max(INT32_MIN, product)) + 0; // Never -0.
  if (sum === INT32_MIN) return failed("file says down", String(value));
  return { outcome: "passed", weight: { kind: "relative", value: sum } };
}

/** The number at the start, as C reads one with base 0; 0 if there is none. */
export function readNumber(content: Uint8Array): number | undefined {
  const text = String.fromCharCode(...content.subarray(0, NUMBER_BYTES_MAX));
  const [, sign = "", digits = "0"] =
    /^[\t-\r ]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text) ?? [];
  const isOctal = /^0[0-7]/.test(digits);
  const value = (sign === "-" ? -1 : 1) * (isOctal ? parseInt(digits, 8) : Number(digits));
  return value < INT32_MIN || value > INT32_MAX ? undefined : value + 0;
}
