/**
 * Where the files of state and statistics are, by keepalived's rules, and how they are written:
 * private, as a whole or not at all, never through a link.
 *
 * @module
 */
import type { GlobalConfig } from "../../machines/global_config.ts";

/** What decides about names. */
export interface DumpPlace {
  /** `$TMPDIR` if that is an absolute path of a directory, else `/tmp`. */
  readonly temporaryDirectory: string;
  readonly global: GlobalConfig;
}

/** A file that is written. */
export type DumpKind = "parent" | "vrrp" | "check" | "bfd" | "stats" | "json";

/** What keepalived puts behind the name for each process. */
const SUFFIXES: Readonly<Record<DumpKind, string>> = {
  parent: "_parent",
  vrrp: "",
  check: "_check",
  bfd: "_bfd",
  stats: "",
  json: "",
};

/** The path of a file. */
export function dumpPath(kind: DumpKind, { temporaryDirectory, global }: DumpPlace): string {
  const { files, place } = global;
  const isData = kind !== "stats" && kind !== "json";
  const configured = isData ? files.statePath : kind === "stats" ? files.statsPath : files.jsonPath;
  const extension = isData ? "data" : kind;
  const parts = files.namesInstance
    ? [place.namespace, place.instance].filter((each) => each !== undefined)
    : [];
  const name = configured === undefined || configured.endsWith("/")
    ? `${configured ?? ""}keepalived.${extension}`
    : configured;
  const path = name.startsWith("/") ? name : `${temporaryDirectory}/${name}`;
  return insert(path, SUFFIXES[kind], parts.length === 0 ? "" : `.${parts.join("_")}`);
}

/** Both go before the extension: `keepalived_parent.NS_INSTANCE.data`. */
function insert(path: string, suffix: string, middle: string): string {
  const slash = path.lastIndexOf("/");
  const dot = path.lastIndexOf(".");
  const at = dot > slash + 1 ? dot : path.length;
  return `${path.slice(0, at)}${suffix}${middle}${path.slice(at)}`;
}
