/**
 * `lvs_method`: how packets get to a real server.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import { type Given, givenBy } from "../given.ts";
import { many, required, text } from "../shape.ts";
import { type Context, type Keyword, values } from "../vocabulary.ts";
import type { Word } from "../words.ts";
import type { MethodDraft } from "./drafts.ts";
import { port } from "./readers.ts";

const METHODS = ["NAT", "DR", "TUN"] as const;
const TYPES = ["ipip", "gue", "gre"] as const;
const CHECKSUMS = ["nocsum", "csum", "remcsum"] as const;

/** A keyword for a forwarding method. */
export function method<Draft>(
  doc: string,
  set: (draft: Draft, given: Given<MethodDraft>, context: Context) => void,
): Keyword<Draft> {
  const parameters = [
    required("method", { kind: "choice", words: METHODS }),
    many("options", text("of TUN: type ipip, gue or gre, port N, nocsum, csum or remcsum")),
  ];
  return values(doc, parameters, (draft, { values: words }, context) => {
    const word = words[0];
    const value = word && readMethod(word, words, context);
    if (word && value) set(draft, givenBy(word, value), context);
  });
}

/** What a method without options comes to. */
const PLAIN: ReadonlyMap<string, MethodDraft> = new Map(
  METHODS.map((method) => [method, { method, type: "ipip", checksum: "nocsum" }]),
);

/** The method of a line, and of TUN its options. */
function readMethod(
  word: Word,
  words: readonly Word[],
  { complaints }: Context,
): MethodDraft | undefined {
  const plain = PLAIN.get(word.text);
  if (!plain) {
    const known = METHODS.join(", ");
    complaints.add("E304", word.place, `${quote(word.text)} is not one of ${known}`);
    return undefined;
  }
  const option = words[1];
  if (!option) return plain;
  if (plain.method === "TUN") return readTunnel(word, words.slice(1), complaints);
  const message = `${quote(option.text)} behind ${quote(plain.method)}: only TUN has options`;
  complaints.add("E304", option.place, message);
  return undefined;
}

function readTunnel(
  word: Word,
  options: readonly Word[],
  complaints: Context["complaints"],
): MethodDraft | undefined {
  let type: MethodDraft["type"] = "ipip";
  let checksum: MethodDraft["checksum"] = "nocsum";
  let portNumber: number | undefined;
  const rest = options[Symbol.iterator]();
  for (const option of rest) {
    const sum = CHECKSUMS.find((each) => each === option.text);
    if (sum) {
      checksum = sum;
      continue;
    }
    const isPort = option.text === "port";
    if (!isPort && option.text !== "type") {
      complaints.add("E304", option.place, `unknown option ${quote(option.text)} of TUN`);
      return undefined;
    }
    const value = rest.next().value;
    if (!value) {
      complaints.add("E208", option.place, `${quote(option.text)} needs a value`);
      return undefined;
    }
    const found = isPort ? port(value, complaints) : TYPES.find((each) => each === value.text);
    if (typeof found === "number") portNumber = found;
    else if (found) type = found;
    else {
      if (!isPort) {
        const known = TYPES.join(", ");
        complaints.add("E304", value.place, `${quote(value.text)} is not one of ${known}`);
      }
      return undefined;
    }
  }
  const problem = tunnelProblem(type, portNumber, checksum);
  if (problem !== undefined) {
    complaints.add("E402", word.place, problem);
    return undefined;
  }
  return {
    method: "TUN",
    type,
    checksum,
    ...(portNumber === undefined ? {} : { port: portNumber }),
  };
}

function tunnelProblem(
  type: MethodDraft["type"],
  portNumber: number | undefined,
  checksum: MethodDraft["checksum"],
): string | undefined {
  if (type === "gue" && portNumber === undefined) return "a gue tunnel needs a port";
  if (type !== "gue" && portNumber !== undefined) return `a port with ${type}: only gue has one`;
  if (type === "ipip" && checksum !== "nocsum") return `${checksum} with ipip: it has no checksums`;
  if (type === "gre" && checksum === "remcsum") return "remcsum with gre: only gue has it";
  return undefined;
}
