/**
 * What checks refer to, from the configuration and this machine: keys, users, files.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { GlobalScriptConfig } from "../../machines/global_config.ts";
import type { ScriptConfig } from "../../machines/script_config.ts";
import { ownCredentials } from "../../net/sys/credentials.ts";
import { readFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Log } from "../log.ts";
import { prepareScript } from "../scripts/prepare_script.ts";
import { SCRIPT_MACHINE, scriptEnvironment } from "../scripts/script_runner.ts";
import type { ProbeWorld, ReadyScript } from "./check_probe.ts";

const PEM_BYTES_MAX = 1_024 * 1_024;
const MS_PER_DAY = 86_400_000;

/** The world of one configuration. Files are read now; users are looked up when they are needed. */
export function probeWorldOf(config: Config, log: Log): ProbeWorld {
  const paths = new Map(config.trackFiles.map(({ name, path }) => [name, path]));
  return {
    tls: tlsOf(config, log),
    prepareScript: (script) => ready(script, config.global.scripts),
    filePath: (name) => paths.get(name),
  };
}

function tlsOf({ tlsClient }: Config, log: Log): ProbeWorld["tls"] {
  if (!tlsClient) return {};
  const { certificatePath, keyPath, password, verifyPath, expiryWarningDays } = tlsClient;
  const certificate = pem(certificatePath, log);
  const key = pem(keyPath, log);
  return {
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(password !== undefined && { passphrase: password }),
    // What cannot be read lets no check pass, and none fail.
    ...(verifyPath !== undefined && { verifyWith: pem(verifyPath, log) ?? "" }),
    ...(expiryWarningDays !== undefined && { expiryWarningMs: expiryWarningDays * MS_PER_DAY }),
  };
}

function pem(path: string | undefined, log: Log): string | undefined {
  if (path === undefined) return undefined;
  try {
    return new TextDecoder().decode(readFile(path, PEM_BYTES_MAX));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    log.note("error", `Cannot read ${path}: ${error.message}`);
    return undefined;
  }
}

function ready(script: ScriptConfig, rules: GlobalScriptConfig): ReadyScript | string {
  const prepared = prepareScript(script, undefined, rules, SCRIPT_MACHINE);
  if (typeof prepared === "string") return prepared;
  const { path, args, credentials } = prepared;
  const isOurselves = credentials.uid === ownCredentials().uid;
  return {
    path,
    command: args,
    environment: scriptEnvironment(),
    ...(!isOurselves && { credentials }),
  };
}
