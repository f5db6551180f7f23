/**
 * Tracked objects that are named before they are defined (W-model-009), or never (W-model-011).
 *
 * @module
 */
import type { TrackLine } from "../drafts.ts";
import type { Place } from "../text.ts";
import type { Finding, Whole } from "./whole.ts";

const BLOCKS = {
  script: "vrrp_script",
  file: "track_file",
  process: "vrrp_track_process",
} as const;

/** The check. */
export function* adviseOnNames({ draft }: Whole): Generator<Finding> {
  const tracks = [...draft.instances.values(), ...draft.groups.values()]
    .flatMap((each) => each.tracks);
  const objects = { script: draft.scripts, file: draft.files, process: draft.processes };
  const used = new Set<string>();
  for (const { value: { kind, name }, place } of tracks) {
    used.add(`${kind} ${name}`);
    const at = kind === "script" || kind === "file" || kind === "process"
      ? objects[kind].get(name)?.at
      : undefined;
    if (at && isBefore(place, at.place)) yield tooEarly(kind, name, place, at.place);
  }
  for (const kind of ["script", "file", "process"] as const) {
    for (const { at } of objects[kind].values()) {
      if (used.has(`${kind} ${at.value}`)) continue;
      const message = `${BLOCKS[kind]} ${at.value} is tracked by nothing`;
      yield { code: "W-model-011", place: at.place, message };
    }
  }
}

function tooEarly(kind: TrackLine["kind"], name: string, place: Place, at: Place): Finding {
  const { line: { number } } = readAt(at);
  const message = `${kind} ${name} is defined only in line ${number}: keepalived would not find it`;
  return { code: "W-model-009", place, message, hint: "put its block before" };
}

/** Whether one place was read before another; of different files nothing is known. */
function isBefore(one: Place, other: Place): boolean {
  const [a, b] = [readAt(one), readAt(other)];
  return a.line.file === b.line.file && a.line.number < b.line.number;
}

/** Text of a definition is read where that is used. */
function readAt(place: Place): Place {
  let outermost = place;
  while (outermost.usedAt) outermost = outermost.usedAt;
  return outermost;
}
