/**
 * When to reload: what stands in `reload_time_file`.
 *
 * @module
 */

/** A moment, in ms since 1970. */
export interface ReloadTime {
  readonly atUnixMs: number;
  /** It has no date: it comes again each day. */
  readonly isDaily: boolean;
}

const PATTERN = /^\s*(?:((?:\d\d)?\d\d)-(\d\d)-(\d\d)\s+)?(\d\d):(\d\d):(\d\d)(\s*Z)?\s*$/;
const CENTURY = 2_000;

/**
 * The next such moment: `HH:MM:SS`, today or tomorrow, or `[YY]YY-MM-DD HH:MM:SS`; with `Z` behind
 * it UTC, else local time. Text: why there is none.
 */
export function nextReload(text: string, nowUnixMs: number): ReloadTime | string {
  const match = PATTERN.exec(text);
  if (!match) return "it is no time: HH:MM:SS or YYYY-MM-DD HH:MM:SS, and perhaps Z";
  const [, year, month, day, ...rest] = match;
  const [hour = NaN, minute = NaN, second = NaN] = rest.slice(0, 3).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return "there is no such time";
  const make = momentMaker([hour, minute, second], rest[3] !== undefined);
  if (year === undefined) {
    for (const days of [0, 1]) {
      const atUnixMs = make.onDay(nowUnixMs, days);
      if (atUnixMs > nowUnixMs) return { atUnixMs, isDaily: true };
    }
    return "there is no such time";
  }
  const whole = Number(year) + (year.length === 2 ? CENTURY : 0);
  const atUnixMs = make.on(whole, Number(month), Number(day));
  if (atUnixMs === undefined) return "there is no such day";
  return atUnixMs > nowUnixMs ? { atUnixMs, isDaily: false } : "it is past";
}

function momentMaker([hour, minute, second]: readonly [number, number, number], isUtc: boolean) {
  const moment = (year: number, month: number, day: number) =>
    isUtc
      ? Date.UTC(year, month, day, hour, minute, second)
      : new Date(year, month, day, hour, minute, second).getTime();
  return {
    /** So many days after the day of a moment. */
    onDay: (unixMs: number, days: number): number => {
      const date = new Date(unixMs);
      return isUtc
        ? moment(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + days)
        : moment(date.getFullYear(), date.getMonth(), date.getDate() + days);
    },
    /** On a day, its month from 1; undefined: there is none. */
    on: (year: number, month: number, day: number): number | undefined => {
      const check = new Date(Date.UTC(year, month - 1, day));
      if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day) return undefined;
      return moment(year, month - 1, day);
    },
  };
}
