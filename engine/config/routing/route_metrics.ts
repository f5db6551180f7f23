/**
 * Metrics of routes: `mtu lock 1400`, `rtt 20ms`, `congctl bbr`.
 *
 * @module
 */
import type { RouteMetrics } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import type { Filling } from "../drafts.ts";
import { type Parameter, required, type Shape } from "../shape.ts";
import { integer, oneOf, type Read, reader, someText } from "../values.ts";
import { UINT32_MAX } from "./line_values.ts";
import type { LineOption, LineOptions } from "./option_line.ts";

/** What the words fill. */
export interface MetricsDraft {
  readonly metrics: Filling<RouteMetrics>;
  readonly lockedMetrics: Set<keyof RouteMetrics>;
}

type Metric = {
  [Key in keyof RouteMetrics]-?: RouteMetrics[Key] extends number | undefined ? Key : never;
}[keyof RouteMetrics];

const UINT32 = integer(0, UINT32_MAX);
/** TCP_CA_NAME_MAX is 16 with the final NUL. */
const CONGESTION_CONTROL_BYTES_MAX = 15;
const FEATURE_ECN = 1;
const MS_PER_SEC = 1_000;

function parametersOf(shape: Shape, isLockable: boolean): Parameter[] {
  const lock: Parameter = {
    name: "lock",
    shape: { kind: "choice", words: ["lock"] },
    optional: true,
  };
  return [...(isLockable ? [lock] : []), required("value", shape)];
}

function metric<Key extends keyof RouteMetrics>(
  key: Key,
  read: Read<NonNullable<RouteMetrics[Key]>>,
  isLockable = false,
): LineOption<MetricsDraft> {
  return {
    parameters: parametersOf(read.shape, isLockable),
    read: ({ metrics, lockedMetrics }, cursor) => {
      if (isLockable && cursor.takes("lock")) lockedMetrics.add(key);
      const word = cursor.value();
      const value = word && read(word, cursor.complaints);
      if (value !== undefined) metrics[key] = value;
      return value !== undefined;
    },
  };
}

/** `N` in the kernel's units, or `N[.N]s`, `N[.N]ms`. */
function duration(unitsPerMs: number): Read<number> {
  const unit = unitsPerMs === 1 ? "ms" : `1/${unitsPerMs} ms`;
  const shape = { kind: "text", what: `N s, N ms, or N in ${unit}` } as const;
  return reader(shape, (word, complaints) => {
    const { text, place } = word;
    const [, digits, suffix] = /^(\d{1,10}(?:\.\d{1,9})?)(s|ms)?$/.exec(text) ?? [];
    if (digits === undefined || (suffix === undefined && digits.includes("."))) {
      complaints.add("E301", place, `${quote(text)} is not a time: 1s, 20ms, or a whole number`);
      return undefined;
    }
    const scale = suffix === "s" ? MS_PER_SEC * unitsPerMs : suffix === "ms" ? unitsPerMs : 1;
    const value = Math.round(Number(digits) * scale);
    if (value <= UINT32_MAX) return value;
    complaints.add("E302", place, `${quote(text)} is out of range: must be at most ${UINT32_MAX}`);
    return undefined;
  });
}

const congestionControl: Read<string> = reader(someText.shape, (word, complaints) => {
  const name = someText(word, complaints);
  if (name !== undefined && new TextEncoder().encode(name).length > CONGESTION_CONTROL_BYTES_MAX) {
    const message = `${quote(name)} is longer than ${CONGESTION_CONTROL_BYTES_MAX} bytes`;
    complaints.add("E304", word.place, message);
    return undefined;
  }
  return name;
});

function counter(key: Metric, isLockable = false): LineOption<MetricsDraft> {
  return metric(key, UINT32, isLockable);
}

/** The words. */
export const METRIC_OPTIONS: LineOptions<MetricsDraft> = {
  mtu: counter("mtuBytes", true),
  advmss: counter("advmssBytes", true),
  reordering: counter("reorderingSegments", true),
  cwnd: counter("cwndSegments", true),
  ssthresh: counter("ssthreshSegments", true),
  rtt: metric("rttEighthMs", duration(8), true),
  rttvar: metric("rttvarQuarterMs", duration(4), true),
  rto_min: metric("rtoMinMs", duration(1), true),
  window: counter("windowBytes"),
  initcwnd: counter("initcwndSegments"),
  initrwnd: counter("initrwndSegments"),
  hoplimit: metric("hopLimit", integer(0, 255)),
  features: metric("features", oneOf<number>({ ecn: FEATURE_ECN })),
  quickack: metric("quickack", integer(0, 1)),
  fastopen_no_cookie: metric("fastOpenNoCookie", integer(0, 1)),
  congctl: metric("congestionControl", congestionControl, true),
};
