/**
 * `encap` of routes: headers put around packets.
 *
 * @module
 */
import { familyOf, type Ip } from "../../../net/address.ts";
import type { Encapsulation } from "../../../machines/route_config.ts";
import { quote } from "../diagnostic.ts";
import type { Filling } from "../drafts.ts";
import { own } from "../own.ts";
import { many, required } from "../shape.ts";
import { address, anyInteger, integer, reader } from "../values.ts";
import type { Word } from "../words.ts";
import { uint64 } from "./line_values.ts";
import { type Cursor, type LineOption, type LineOptions, named, valued } from "./option_line.ts";

type Tunnel = Extract<Encapsulation, { kind: "ip" | "ip6" }>;

/** MAX_NEW_LABELS of the kernel. */
const LABELS_MAX = 30;
const LABEL_MAX = 0xf_ffff;

function end(family: 4 | 6, key: "sourceIp" | "destinationIp"): LineOption<Filling<Tunnel>> {
  const read = reader<Ip>({ kind: "address", family }, (word, complaints) => {
    const ip = address(word, complaints);
    if (ip === undefined || familyOf(ip) === family) return ip;
    complaints.add("E404", word.place, `${ip} is not an IPv${family} address`);
    return undefined;
  });
  return valued("address", read, (draft, value) => draft[key] = value);
}

function tunnelOptions(family: 4 | 6): LineOptions<Filling<Tunnel>> {
  const tos = named<Filling<Tunnel>>("tos", (draft, number) => draft.tos = number);
  const hops = valued<Filling<Tunnel>, number>("hops", integer(0, 255), (draft, number) => {
    draft.hopLimit = number;
  });
  return {
    id: valued("id", uint64, (draft, id) => draft.id = id),
    src: end(family, "sourceIp"),
    dst: end(family, "destinationIp"),
    ...(family === 4 ? { tos, ttl: hops } : { tc: tos, hoplimit: hops }),
    flags: valued("flags", anyInteger(0, 0xffff), (draft, flags) => draft.flags = flags),
  };
}

const TUNNEL_OPTIONS = { ip: tunnelOptions(4), ip6: tunnelOptions(6) };

/** Reads as many words as are its own. */
function readTunnel(kind: "ip" | "ip6", at: Word, cursor: Cursor): Encapsulation | undefined {
  const draft: Filling<Tunnel> = {};
  const options: LineOptions<Filling<Tunnel>> = TUNNEL_OPTIONS[kind];
  for (let word = cursor.peek(); word; word = cursor.peek()) {
    const option = own(options, word.text);
    if (!option) break;
    cursor.take();
    if (!option.read(draft, cursor, word)) return undefined;
  }
  if (draft.id !== undefined || draft.destinationIp !== undefined) return { ...draft, kind };
  return cursor.fail("E401", at, `encap ${kind} needs id or dst`);
}

function readLabels(cursor: Cursor): Encapsulation | undefined {
  const word = cursor.value();
  if (!word) return undefined;
  const labels = word.text.split("/").map((text) => /^\d{1,7}$/.test(text) ? Number(text) : -1);
  if (labels.length <= LABELS_MAX && labels.every((label) => label >= 0 && label <= LABEL_MAX)) {
    return { kind: "mpls", labels };
  }
  const message = `${
    quote(word.text)
  } is not LABEL[/LABEL…]: at most ${LABELS_MAX}, 0 to ${LABEL_MAX}`;
  return cursor.fail("E304", word, message);
}

function readLocator(cursor: Cursor): Encapsulation | undefined {
  const word = cursor.value();
  if (!word) return undefined;
  const groups = word.text.split(":");
  if (groups.length === 4 && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) {
    return { kind: "ila", locator: word.text.toLowerCase() };
  }
  return cursor.fail(
    "E304",
    word,
    `${quote(word.text)} is not a locator: four groups as in 1:2:3:4`,
  );
}

/** Reads what stands behind `encap`. */
function readEncapsulation(cursor: Cursor): Encapsulation | undefined {
  const word = cursor.value();
  if (!word) return undefined;
  switch (word.text) {
    case "ip":
    case "ip6":
      return readTunnel(word.text, word, cursor);
    case "mpls":
      return readLabels(cursor);
    case "ila":
      return readLocator(cursor);
    default:
      return cursor.fail("E304", word, `${quote(word.text)} is not one of ip, ip6, mpls, ila`);
  }
}

/** The option. */
export function encapOption<Draft>(
  set: (draft: Draft, encapsulation: Encapsulation) => void,
): LineOption<Draft> {
  return {
    parameters: [
      required("kind", { kind: "choice", words: ["ip", "ip6", "mpls", "ila"] }),
      many("values", { kind: "text", what: "id, src, dst and so on; labels; a locator" }),
    ],
    read: (draft, cursor) => {
      const encapsulation = readEncapsulation(cursor);
      if (encapsulation) set(draft, encapsulation);
      return encapsulation !== undefined;
    },
  };
}
