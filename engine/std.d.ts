/**
 * Types for the std packages we use. They come from npm (`deno-std`), which carries the same code
 * as JSR's `@std/*` but no declarations.
 */
declare module "@std/assert" {
  /** Asserts deep equality. */
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  /** Asserts deep inequality. */
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  /** Asserts that a value is truthy. */
  export function assert(value: unknown, message?: string): asserts value;
  /** Asserts that a text contains another. */
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  /** Asserts that a text matches an expression. */
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  /** Asserts that an object has at least the expected properties. */
  export function assertObjectMatch(actual: object, expected: object, message?: string): void;
  /** Asserts that a function throws; returns what it threw. */
  export function assertThrows(run: () => unknown, message?: string): unknown;
  /** Asserts that a promise rejects; resolves with what it rejected with. */
  export function assertRejects(run: () => Promise<unknown>, message?: string): Promise<unknown>;
  /** Fails. */
  export function fail(message?: string): never;
}

declare module "@std/cli/parse-args" {
  /** What `parseArgs` is told about the options. */
  export interface ParseArgsOptions {
    readonly boolean?: readonly string[];
    readonly string?: readonly string[];
    readonly collect?: readonly string[];
    readonly alias?: Readonly<Record<string, string | readonly string[]>>;
    readonly default?: Readonly<Record<string, unknown>>;
    readonly stopEarly?: boolean;
    readonly "--"?: boolean;
    readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  /** Options by name; `_` holds what is no option. */
  export type ParsedArgs =
    & { readonly _: readonly (string | number)[] }
    & Readonly<
      Record<string, unknown>
    >;
  /** Reads command line arguments. */
  export function parseArgs(args: readonly string[], options?: ParseArgsOptions): ParsedArgs;
}

declare module "@std/yaml" {
  /** Reads one YAML document. */
  export function parse(text: string): unknown;
  /** Writes a value as YAML. */
  export function stringify(value: unknown): string;
}
