/**
 * The blocks `track_interface`, `track_script`, `track_file`, `track_process`, `track_bfd` of
 * instances and groups: lines of `NAME [weight W [reverse|noreverse]]`.
 *
 * @module
 */
import type { TrackKind } from "../../machines/track.ts";
import { quote } from "./diagnostic.ts";
import type { TrackLine } from "./drafts.ts";
import type { Given } from "./given.ts";
import { type Grammar, optional, required, text } from "./shape.ts";
import { integer, interfaceName } from "./values.ts";
import { type Context, items, type Keyword } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** Greatest weight in either direction. */
const WEIGHT_MAX: Readonly<Record<TrackKind, number>> = {
  interface: 253,
  script: 253,
  bfd: 253,
  file: 254,
  process: 254,
};
/** keepalived reads these, and cuts them. */
const WEIGHT_READ_MAX = 254;

/** The shape of a weight with its direction. */
function weightGrammar(kind: TrackKind): Grammar["options"] {
  const max = WEIGHT_MAX[kind];
  const directions = kind === "interface" ? ["reverse"] : ["reverse", "noreverse"];
  return {
    weight: [
      required("weight", { kind: "integer", min: -max, max }),
      optional("direction", { kind: "choice", words: directions }),
    ],
  };
}

/** `WEIGHT [reverse|noreverse]`; undefined, which was complained about, if it is wrong. */
export function readWeight(
  [number, direction, ...surplus]: readonly Word[],
  kind: TrackKind,
  { complaints }: Context,
): { readonly weight: number; readonly reversed?: boolean } | undefined {
  if (!number) return undefined;
  const max = WEIGHT_MAX[kind];
  const read = integer(-WEIGHT_READ_MAX, WEIGHT_READ_MAX)(number, complaints);
  if (read === undefined) return undefined;
  const weight = Math.min(Math.max(read, -max), max);
  if (weight !== read) {
    complaints.add(
      "W303",
      number.place,
      `${quote(number.text)} is out of range: ${weight} is used`,
    );
  }
  const [more] = surplus;
  if (more) complaints.add("W207", more.place, `${quote(more.text)} is ignored`);
  if (!direction) return { weight };
  const isKnown = direction.text === "reverse" ||
    (direction.text === "noreverse" && kind !== "interface");
  if (isKnown) return { weight, reversed: direction.text === "reverse" };
  complaints.add("E304", direction.place, `${quote(direction.text)} is not reverse`);
  return undefined;
}

function readTrackLine(
  [name, keyword, ...rest]: readonly Word[],
  kind: TrackKind,
  context: Context,
): Given<TrackLine> | undefined {
  const { complaints } = context;
  if (!name) return undefined;
  if (kind === "interface" && interfaceName(name, complaints) === undefined) return undefined;
  const line = { kind, name: name.text };
  if (!keyword) return { value: line, place: name.place };
  if (keyword.text !== "weight") {
    const message = `unknown word ${quote(keyword.text)}: weight N is known here`;
    complaints.add("E304", keyword.place, message);
    return undefined;
  }
  if (rest.length === 0) {
    complaints.add("E208", keyword.place, "'weight' needs a value");
    return undefined;
  }
  const weight = readWeight(rest, kind, context);
  return weight && { value: { ...line, ...weight }, place: name.place };
}

/** Blocks beside these: nothing tracked is named so, and seen inside one, a `}` is missing. */
const AROUND: ReadonlySet<string> = new Set([
  "authentication",
  "auth_hmac",
  "group",
  "track_bfd",
  "track_file",
  "track_interface",
  "track_process",
  "track_script",
  "unicast_peer",
  "virtual_ipaddress",
  "virtual_ipaddress_excluded",
  "virtual_routes",
  "virtual_rules",
]);

/** What is tracked; each object once. */
interface Tracking {
  readonly tracks: Given<TrackLine>[];
}

/** The block of one kind. */
function trackBlock<Draft extends Tracking>(
  doc: string,
  kind: TrackKind,
): Keyword<Draft> {
  const grammar: Grammar = {
    parameters: [
      required(
        "name",
        kind === "interface" ? { kind: "interface" } : { kind: "reference", to: BLOCK[kind] },
      ),
    ],
    options: weightGrammar(kind),
  };
  return items(doc, grammar, ({ tracks }) => ({
    accepts: (word) => !AROUND.has(word),
    add: (words, context) => {
      const line = readTrackLine(words, kind, context);
      if (!line) return;
      const { name } = line.value;
      if (tracks.some(({ value }) => value.kind === kind && value.name === name)) {
        context.complaints.add("W406", line.place, `${kind} ${quote(name)} is tracked already`);
      } else tracks.push(line);
    },
  }));
}

/** Which block defines what is tracked. */
const BLOCK: Readonly<Record<Exclude<TrackKind, "interface">, string>> = {
  script: "vrrp_script",
  file: "track_file",
  process: "vrrp_track_process",
  bfd: "bfd_instance",
};

/** All blocks. */
export function trackBlocks<Draft extends Tracking>(): Record<string, Keyword<Draft>> {
  return {
    track_interface: trackBlock("Interfaces whose state counts.", "interface"),
    track_script: trackBlock("Scripts whose result counts.", "script"),
    track_file: trackBlock("Files whose number counts.", "file"),
    track_process: trackBlock("Processes that must run.", "process"),
    track_bfd: trackBlock("BFD sessions that must be up.", "bfd"),
  };
}

/** The shape of a name for a weight of an object: `weight W [reverse]`. */
export const WEIGHT_PARAMETERS = [
  required("weight", text("a number")),
  optional("direction", { kind: "choice", words: ["reverse", "noreverse"] }),
];
