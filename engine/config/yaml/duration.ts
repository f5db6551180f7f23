/**
 * Durations with a unit, `100ms`, as the number of a keyword's own unit.
 *
 * @module
 */

const US_PER_UNIT: Readonly<Record<string, bigint>> = {
  us: 1n,
  ms: 1_000n,
  s: 1_000_000n,
  m: 60_000_000n,
  min: 60_000_000n,
  h: 3_600_000_000n,
};
const DURATION = /^(\d{1,15})(?:\.(\d{1,6}))?(us|ms|s|min|m|h)$/;
/** Decimals of a number of µs before they are divided: none is lost. */
const DIGITS = 6;

/** `100ms` with unit `s` is `0.1`. Undefined if the text is no duration with a unit. */
export function durationIn(unit: "s" | "ms", text: string): string | undefined {
  const [, whole, fraction = "", given] = DURATION.exec(text) ?? [];
  const perGiven = given === undefined ? undefined : US_PER_UNIT[given];
  const perUnit = US_PER_UNIT[unit];
  if (whole === undefined || perGiven === undefined || perUnit === undefined) return undefined;
  const scale = 10n ** BigInt(DIGITS);
  // In millionths of a µs, then in millionths of a millionth of the unit: exact.
  const fine = BigInt(whole + fraction.padEnd(DIGITS, "0")) * perGiven * scale / perUnit;
  const digits = String(fine).padStart(2 * DIGITS + 1, "0");
  const rest = digits.slice(-2 * DIGITS).replace(/0+$/, "");
  return digits.slice(0, -2 * DIGITS) + (rest === "" ? "" : `.${rest}`);
}
