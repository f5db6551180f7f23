/**
 * Copies of every configuration that was loaded (`config_save_dir`): what was in force when
 * something went wrong can be looked at later.
 *
 * @module
 */
import type { ConfigSource } from "../config/config_source.ts";
import type { LoadResult } from "../config/load.ts";
import type { Log } from "../log.ts";
import { makeDirectory } from "../../net/sys/directory.ts";
import { writeFileAtomically } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";

/** Secrets are in it. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Remembers what is read. */
export class ConfigCopies {
  readonly #log: Pick<Log, "note">;
  readonly #files: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  /** Reads configurations. */
  readonly source: ConfigSource;
  #count = 0;

  constructor(source: ConfigSource, log: Pick<Log, "note">) {
    this.#log = log;
    this.source = {
      ...source,
      noteConfig: (path, bytes) => void this.#files.push({ path, bytes }),
    };
  }

  /** Writes down what was read since the last time, if that is a configuration that wants it. */
  keep(result: LoadResult): LoadResult {
    const files = this.#files.splice(0);
    const directory = result.config?.global.files.saveDirectory;
    if (directory === undefined) return result;
    const path = `${directory}/keepalived.conf.${Deno.pid}.${this.#count++}`;
    const decoder = new TextDecoder();
    const text = files.map(({ path, bytes }) => `# ${path}\n${decoder.decode(bytes)}\n`).join("");
    try {
      makeDirectory(directory, DIRECTORY_MODE);
      writeFileAtomically(path, text, FILE_MODE);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.#log.note("error", `Cannot keep a copy of the configuration: ${error.message}`);
    }
    return result;
  }
}
