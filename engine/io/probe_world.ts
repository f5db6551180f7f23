/**
 * What checks refer to, from the configuration and this machine: keys, users, files.
 *
 * @module
 */
import type { TlsOptions } from "../../checkers/tls_connection.ts";
import type { Config } from "../../machines/config.ts";
import type { RunAs } from "../../machines/script_config.ts";
import { type Credentials, groupByName, userByName } from "../../net/sys/credentials.ts";
import { readFile } from "../../net/sys/file.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { Log } from "../log.ts";
import type { ProbeWorld } from "./check_probe.ts";

const PEM_BYTES_MAX = 1_024 * 1_024;
/** Who scripts run as if nothing is said, and there is such a user. */
const DEFAULT_USER = "keepalived_script";
const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/** The world of one configuration. Files are read now; users are looked up when they are needed. */
export function probeWorldOf(config: Config, log: Log): ProbeWorld {
  const paths = new Map(config.trackFiles.map(({ name, path }) => [name, path]));
  return {
    tls: tlsOf(config, log),
    environment: ENVIRONMENT,
    credentialsOf: (runAs) => credentialsOf(runAs ?? config.global.scripts.runAs),
    filePath: (name) => paths.get(name),
  };
}

function tlsOf({ tlsClient }: Config, log: Log): ProbeWorld["tls"] {
  if (!tlsClient) return {};
  const { certificatePath, keyPath, password } = tlsClient;
  const certificate = pem(certificatePath, log);
  const key = pem(keyPath, log);
  const own: Pick<TlsOptions, "certificate" | "key" | "passphrase"> = {
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(password !== undefined && { passphrase: password }),
  };
  return own;
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

function credentialsOf(
  runAs: RunAs | undefined,
): Credentials | undefined | { readonly problem: string } {
  const { user, group, supplementaryGroups = false } = runAs ?? { user: DEFAULT_USER };
  if (user === undefined) return undefined;
  const known = /^\d+$/.test(user)
    ? { uid: Number(user), gid: Number(user), groups: [] }
    : userByName(user);
  if (!known) return runAs ? { problem: `there is no user ${user}` } : undefined;
  const gid = group === undefined ? known.gid : groupId(group);
  if (gid === undefined) return { problem: `there is no group ${group}` };
  const isUs = known.uid === 0 && gid === 0;
  return isUs
    ? undefined
    : { uid: known.uid, gid, groups: supplementaryGroups ? known.groups : [] };
}

function groupId(group: string): number | undefined {
  return /^\d+$/.test(group) ? Number(group) : groupByName(group);
}
