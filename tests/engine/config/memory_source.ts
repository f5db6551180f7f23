/**
 * A world of files in memory for reading configurations.
 *
 * @module
 */
import type { ConfigSource } from "../../../engine/config/config_source.ts";

/** What {@linkcode memorySource} is made of. */
export interface MemoryWorld {
  /** Contents by path; a directory is a path that ends with a slash. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly executable?: readonly string[];
  /** Paths that exist but cannot be read. */
  readonly unreadable?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A source over files in memory. The current directory is `/etc/stayd`, the host `r1.example.net`.
 */
export function memorySource(world: MemoryWorld): ConfigSource {
  const { files, executable = [], unreadable = [], environment = {} } = world;
  const names = Object.keys(files);
  return {
    read(path) {
      const content = files[path];
      if (content === undefined) return { error: "ENOENT" };
      if (unreadable.includes(path)) return { error: "EACCES" };
      return { bytes: typeof content === "string" ? new TextEncoder().encode(content) : content };
    },
    glob(pattern) {
      const expression = pattern.replaceAll(/\\.|[.+^$(){}|*?]/g, (found) => {
        if (found === "*") return "[^/]*";
        return found === "?" ? "[^/]" : found.startsWith("\\") ? found : `\\${found}`;
      });
      const matcher = patternOf(`^${expression}/?$`);
      return names.filter((name) => matcher?.test(name)).toSorted();
    },
    kind(path) {
      if (files[path] === undefined) return undefined;
      return {
        kind: path.endsWith("/") ? "directory" : path.endsWith(".fifo") ? "other" : "file",
        executable: executable.includes(path),
      };
    },
    getenv: (name) => environment[name],
    currentDirectory: () => "/etc/stayd",
    hostName: () => "r1.example.net",
  };
}

/** A class without its end matches nothing. */
function patternOf(expression: string): RegExp | undefined {
  try {
    return new RegExp(expression);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
