/**
 * One tracked object, as one instance looks at it.
 *
 * @module
 */

/** What can be tracked. */
export type TrackKind = "interface" | "script" | "file" | "process" | "bfd";

/** One tracked object. */
export interface Track {
  /** What it is. */
  readonly kind: TrackKind;
  /** Name of the object: of the interface, the script, … */
  readonly name: string;
  /**
   * What the object adds to the priority, −254 to 254: a positive weight while it is good, a
   * negative one while it is bad. 0: a bad object is a fault.
   */
  readonly weight: number;
  /** Weight 0: a good object is the fault. Else: the contribution with the other sign. */
  readonly reversed: boolean;
}
