/**
 * Milliseconds with up to three decimals, as `bfd_instance` has them.
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import { type Read, reader } from "./values.ts";

const US_PER_MS = 1_000;
const DIGITS = 3;

/** Milliseconds with up to three decimals, as microseconds. */
export function milliseconds(min: number, max: number): Read<number> {
  const shape = { kind: "time", unit: "ms", min, max, digits: DIGITS } as const;
  return reader(shape, ({ text: word, place }, complaints) => {
    const [found, whole = "", fraction = ""] = /^\s*\+?(\d*)(?:\.(\d*))?$/.exec(word) ?? [];
    if (found === undefined || whole + fraction === "") {
      complaints.add("E301", place, `${quote(word)} is not a number of milliseconds`);
      return undefined;
    }
    if (fraction.length > DIGITS) {
      complaints.add("E301", place, `${quote(word)} has more than ${DIGITS} decimals`);
      return undefined;
    }
    const us = Number(whole) * US_PER_MS + Number(fraction.padEnd(DIGITS, "0"));
    if (us >= min * US_PER_MS && us <= max * US_PER_MS) return us;
    complaints.add("E302", place, `${quote(word)} is out of range: must be ${min} to ${max}`);
    return undefined;
  });
}
