/**
 * Reads the bytes recorded from iproute2 and the kernel in tests/golden/netlink.
 *
 * @module
 */
import { assert } from "@std/assert";

const FOLDER = new URL("../../golden/netlink/", import.meta.url);

/** Bytes of hexadecimal digits; white space does not count. */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  const pairs = digits.replaceAll(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** Hexadecimal digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** One line of a recording, with the comment above it. */
export interface Recorded {
  readonly comment: string;
  /** Empty if the line has none. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The lines of a recording; fails if there are none. */
export function readRecording(file: string): readonly Recorded[] {
  let comment = "";
  const lines: Recorded[] = [];
  for (const line of Deno.readTextFileSync(new URL(file, FOLDER)).split("\n")) {
    if (line.startsWith("#")) comment = line.slice(1).trim();
    else if (line !== "") {
      const [digits = "", name = ""] = line.split(": ").reverse();
      lines.push({ comment, name, bytes: fromHex(digits) });
    }
  }
  assert(lines.length > 0, `${file} has no bytes`);
  return lines;
}

/** What iproute2 printed beside a recording. */
export function readJson<T>(file: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(file, FOLDER))) as T;
}
