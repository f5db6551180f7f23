/**
 * Built-in definitions: `_PWD _INSTANCE _RANDOM _ENV _HASH _BANG`.
 *
 * @module
 */
import { quote } from "./diagnostic.ts";
import { own } from "./own.ts";

/** What built-in definitions are about. */
export interface BuiltinWorld {
  /** Directory of the file that is being read. */
  directory(): string;
  /** Name of this configuration, for `@ID` lines, too. */
  readonly configId: string;
  /** At least 0, less than 1. */
  random(): number;
  getenv(name: string): string | undefined;
}

const RANDOM_MAX = 32_767;

type Builtin = (words: readonly string[], world: BuiltinWorld) => string | { wrong: string };

const BUILTINS: Readonly<Record<string, Builtin>> = {
  _PWD: plain((world) => world.directory()),
  _INSTANCE: plain((world) => world.configId),
  _HASH: plain(() => "#"),
  _BANG: plain(() => "!"),
  _RANDOM: (words, world) => {
    const [min = 0, max = RANDOM_MAX] = words.map(Number);
    const areNumbers = words.every((word) => /^\d{1,9}$/.test(word));
    if (words.length > 2 || !areNumbers || min > max) {
      return { wrong: "_RANDOM takes a least and a greatest number" };
    }
    return String(min + Math.floor(world.random() * (max - min + 1)));
  },
  _ENV: (words, world) => {
    const [name] = words;
    if (name === undefined || words.length > 1) {
      return { wrong: "_ENV takes the name of a variable" };
    }
    const value = world.getenv(name) ?? "";
    // Several lines could smuggle in braces and keywords that nobody sees in the file.
    if (/[\x00-\x08\x0a-\x1f]/.test(value)) {
      return { wrong: `${quote(name)} has control characters` };
    }
    return value;
  },
};

/** The value of a built-in name; undefined if there is none of that name. */
export function builtinValue(
  name: string,
  parameters: string,
  world: BuiltinWorld,
): string | { readonly wrong: string } | undefined {
  const words = parameters.split(/[ \t]+/).filter((word) => word !== "");
  return own(BUILTINS, name)?.(words, world);
}

function plain(value: (world: BuiltinWorld) => string): Builtin {
  return (words, world) => words.length > 0 ? { wrong: "takes no parameters" } : value(world);
}
