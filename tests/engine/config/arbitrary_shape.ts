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

/** Texts that are more than any text, by what their shapes say of them. */
const FORMS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "a number, or names of mode bits joined by |": fc.constantFrom("0600", "IRUSR|IWUSR"),
  "seconds or forever": fc.constantFrom("60", "forever"),
  "a scope name or number": fc.constantFrom("link", "7"),
  "a name or number": fc.constantFrom("7", "200"),
  "32 hexadecimal digits": fc.constant("0123456789abcdef0123456789abcdef"),
  "hexadecimal digits": fc.constantFrom("00ff", "c0de"),
  "hexadecimal digits and x": fc.constant("00xf"),
  "N or N-M": fc.constantFrom("200", "200-204"),
  "all, or seconds": fc.constantFrom("all", "5"),
  "a regular expression": fc.constantFrom("a+", "^b"),
  "a netmask of IPv4, or the length of a prefix of IPv6": fc.constant("255.255.255.0"),
  "the name of a kernel module: sip": fc.constant("sip"),
};

/** Texts that only stand for the beginning or end of a longer form, which no word says. */
const LINES: ReadonlySet<string> = new Set([
  "an address, a range A-B, a prefix A/LENGTH, or fwmark",
  "a port; behind fwmark: the mark, and inet or inet6",
  "a port; behind fwmark its number, behind group its name",
  "an address, fwmark or group",
]);

/** Whether {@linkcode arbitraryWord} makes words that a reader of this shape takes. */
export function isWordShape(shape: Shape): boolean {
  return shape.kind !== "text" || shape.what === undefined || !LINES.has(shape.what);
}

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
      return byFamily(shape.family, shape.multicast ? [group4, group6] : [address4, address6]);
    case "prefix":
      return byFamily(shape.family, [
        fc.tuple(address4, fc.constantFrom("", "/24", "/32")).map((parts) => parts.join("")),
        fc.tuple(address6, fc.constantFrom("", "/64", "/128")).map((parts) => parts.join("")),
      ]);
    case "interface":
      return fc.constantFrom(...names.interfaces);
    case "text":
      return FORMS[shape.what ?? ""] ?? names.texts;
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
