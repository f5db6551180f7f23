/**
 * Words of every shape, as arbitraries.
 *
 * @module
 */
import fc from "fast-check";
import type { Parameter, Shape } from "../../../engine/config/shape.ts";

/** What words may name. */
export interface Names {
  readonly interfaces: readonly string[];
  /** Words for shapes that take any text. */
  readonly texts: fc.Arbitrary<string>;
  /** Addresses of both families; else of IPv4 unless a shape says otherwise. */
  readonly isMixed: boolean;
}

/** What stands for a name until it is known which there are: `\0vrrp_script\0` and a number. */
export const REFERENCE = /^\0(\w+)\0(\d+)$/;

const octet = fc.integer({ min: 1, max: 254 });
/** Addresses for documentation (RFC 5737, RFC 3849), and those of one link. */
const address4 = octet.map((last) => `192.0.2.${last}`);
const address6 = fc.tuple(fc.constantFrom("2001:db8::", "fe80::"), octet)
  .map(([prefix, last]) => prefix + last.toString(16));
const group4 = octet.map((last) => `224.0.0.${last}`);
const group6 = octet.map((last) => `ff02::${last.toString(16)}`);

/** What the shape of a key says. */
const SECRET = "hex:…, file:PATH or text";

/** One word of a shape. */
export function arbitraryWord(shape: Shape, names: Names): fc.Arbitrary<string> {
  switch (shape.kind) {
    case "integer":
      return fc.integer({ min: shape.min, max: Math.min(shape.max, 2 ** 53 - 1) }).map(String);
    case "time":
      return arbitraryTime(shape);
    case "boolean":
      return fc.constantFrom("true", "on", "yes", "false", "off", "no");
    case "choice":
      return fc.constantFrom(...shape.words);
    case "address":
      return byFamily(
        shape.family ?? (names.isMixed ? undefined : 4),
        shape.multicast ? [group4, group6] : [address4, address6],
      );
    case "prefix":
      return byFamily(shape.family ?? (names.isMixed ? undefined : 4), [
        fc.tuple(address4, fc.constantFrom("", "/24", "/32")).map((parts) => parts.join("")),
        fc.tuple(address6, fc.constantFrom("", "/64", "/128")).map((parts) => parts.join("")),
      ]);
    case "interface":
      return fc.constantFrom(...names.interfaces);
    case "text":
      return shape.what === SECRET ? fc.constant(`hex:${"5a".repeat(32)}`) : names.texts;
    case "reference":
      return fc.nat(9).map((n) => `\0${shape.to}\0${n}`);
    case "command":
      return fc.constantFrom("/bin/true", "/bin/false", "/bin/echo one two");
    case "anyOf":
      return fc.oneof(...shape.shapes.map((each) => arbitraryWord(each, names)));
  }
}

function byFamily(
  family: 4 | 6 | undefined,
  [four, six]: [fc.Arbitrary<string>, fc.Arbitrary<string>],
): fc.Arbitrary<string> {
  if (family !== undefined) return family === 4 ? four : six;
  return fc.oneof({ weight: 3, arbitrary: four }, { weight: 1, arbitrary: six });
}

function arbitraryTime({ min, max, digits }: Shape & { kind: "time" }): fc.Arbitrary<string> {
  const scale = 10 ** digits;
  const whole = fc.integer({ min: Math.ceil(min), max: Math.floor(max) }).map(String);
  const [least, most] = [Math.ceil(min * scale), Math.floor(max * scale)];
  if (digits === 0 || most > Number.MAX_SAFE_INTEGER) return whole;
  const decimal = fc.integer({ min: least, max: most }).map((count) =>
    (count / scale).toFixed(digits).replace(/\.?0+$/, "")
  );
  return fc.oneof(whole, decimal);
}

/** Values for parameters: all that must be there, some that may. */
export function arbitraryValues(
  parameters: readonly Parameter[],
  names: Names,
): fc.Arbitrary<string[]> {
  const requiredCount = parameters.filter(({ optional }) => !optional).length;
  return fc.integer({ min: requiredCount, max: parameters.length }).chain((count) =>
    fc.tuple(
      ...parameters.slice(0, count).map(({ shape, many }) =>
        many
          ? fc.array(arbitraryWord(shape, names), { minLength: 1, maxLength: 3 })
          : arbitraryWord(shape, names).map((word) => [word])
      ),
    )
  ).map((lists) => lists.flat());
}
