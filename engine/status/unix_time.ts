/**
 * Times in keepalived's files: `1795706997.651097 (Thu Nov 26 15:29:57.651097 2026)`.
 *
 * @module
 */
const MS_PER_SEC = 1_000;
const US_DIGITS = 6;

/** A time, given in ms since 1970, in both forms; the second in local time. */
export function unixTime(unixMs: number): string {
  const seconds = (unixMs / MS_PER_SEC).toFixed(US_DIGITS);
  const fraction = seconds.slice(-US_DIGITS);
  // `Thu Nov 26 2026 15:29:57 GMT+0000 (…)`.
  const [weekday, month, day, year, time] = new Date(unixMs).toString().split(" ");
  return `${seconds} (${weekday} ${month} ${day} ${time}.${fraction} ${year})`;
}
