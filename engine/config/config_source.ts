/**
 * What reading a configuration needs of the world.
 *
 * @module
 */

/** Files, names and the environment. Relative paths start from {@linkcode currentDirectory}. */
export interface ConfigSource {
  /** The whole file, or in words why not. */
  read(path: string): { readonly bytes: Uint8Array } | { readonly error: string };
  /** Told of each file of the configuration itself; keys and names come from others. */
  readonly noteConfig?: (path: string, bytes: Uint8Array) => void;
  /** Existing names that match a shell pattern without braces, in glob(3)'s order. */
  glob(pattern: string): readonly string[];
  /** What a path leads to, links followed; undefined if to nothing that can be seen. */
  kind(
    path: string,
  ): { readonly kind: "file" | "directory" | "other"; readonly executable: boolean } | undefined;
  /** A variable of the environment. */
  getenv(name: string): string | undefined;
  /** An absolute path. */
  currentDirectory(): string;
  /** Name of this machine. */
  hostName(): string;
  /** What scripts are judged by. Absent: they are another machine's, and not judged. */
  readonly scripts?: ScriptWorld;
}

/** Who may write to a file or a directory. */
export interface Permissions {
  /** What it is. */
  readonly kind: "file" | "directory" | "other";
  /** Its owner. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
  /** Permission bits, the sticky bit among them. */
  readonly mode: number;
}

/** Programs and users of the machine that runs the scripts. */
export interface ScriptWorld {
  /**
   * Of what a path leads to, links followed, and of each directory above that; undefined if it
   * leads nowhere.
   */
  permissions(path: string): readonly Permissions[] | undefined;
  /** The number of a user; undefined if there is none of that name. */
  userId(name: string): number | undefined;
}

/** The directory part of a path: empty for a mere name, with its final slash otherwise. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** An absolute path, without `.`, `..` and doubled slashes; links are not followed. */
export function absolutePath(path: string, currentDirectory: string): string {
  const parts: string[] = [];
  const whole = path.startsWith("/") ? path : `${currentDirectory}/${path}`;
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
