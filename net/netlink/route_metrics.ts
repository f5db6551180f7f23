/**
 * What TCP and IP use on a route: RTA_METRICS, with the attributes RTAX_*.
 *
 * @module
 */
import { AttributeSchema, type AttributeType, u32, UNFIT } from "./attribute.ts";

/** Metrics of a route, in the kernel's own units. */
export interface RouteMetrics {
  readonly mtuBytes?: number;
  readonly windowBytes?: number;
  readonly rttEighthMs?: number;
  readonly rttvarQuarterMs?: number;
  readonly ssthreshSegments?: number;
  readonly cwndSegments?: number;
  readonly advmssBytes?: number;
  readonly reorderingSegments?: number;
  readonly hopLimit?: number;
  readonly initcwndSegments?: number;
  readonly features?: number;
  readonly rtoMinMs?: number;
  readonly initrwndSegments?: number;
  readonly quickack?: number;
  readonly congestionControl?: string;
  readonly fastOpenNoCookie?: number;
}

/** Text without a NUL at its end: the kernel takes its length. */
const bareText: AttributeType<string> = {
  read: () => UNFIT,
  write: (writer, value) => writer.octets(new TextEncoder().encode(value)),
};

/** RTAX_*; RTAX_LOCK has a bit for each of the others. */
const SHAPE = {
  locked: { id: 1, type: u32 },
  mtuBytes: { id: 2, type: u32 },
  windowBytes: { id: 3, type: u32 },
  rttEighthMs: { id: 4, type: u32 },
  rttvarQuarterMs: { id: 5, type: u32 },
  ssthreshSegments: { id: 6, type: u32 },
  cwndSegments: { id: 7, type: u32 },
  advmssBytes: { id: 8, type: u32 },
  reorderingSegments: { id: 9, type: u32 },
  hopLimit: { id: 10, type: u32 },
  initcwndSegments: { id: 11, type: u32 },
  features: { id: 12, type: u32 },
  rtoMinMs: { id: 13, type: u32 },
  initrwndSegments: { id: 14, type: u32 },
  quickack: { id: 15, type: u32 },
  congestionControl: { id: 16, type: bareText },
  fastOpenNoCookie: { id: 17, type: u32 },
} as const;

const metricAttributes = new AttributeSchema(SHAPE);

/** Metrics, and which of them the kernel must not change. */
export interface LockableMetrics {
  readonly metrics: RouteMetrics;
  readonly locked: readonly (keyof RouteMetrics)[];
}

/** RTA_METRICS. */
export const routeMetrics: AttributeType<LockableMetrics> = {
  read: () => UNFIT,
  nested: true,
  write: (writer, { metrics, locked }) => {
    // TCP heeds a least timeout only if it is locked.
    const all: typeof locked = metrics.rtoMinMs === undefined ? locked : [...locked, "rtoMinMs"];
    const bits = all.reduce((sum, name) => sum | 1 << SHAPE[name].id, 0);
    metricAttributes.encode(writer, { ...metrics, ...(bits !== 0 && { locked: bits }) });
  },
};
