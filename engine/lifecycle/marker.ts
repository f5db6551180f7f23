/**
 * The file that exists while a configuration is being read (`reload_file`).
 *
 * @module
 */
import type { GlobalConfig } from "../../machines/global_config.ts";
import { PID_DIRECTORY } from "./pid_files.ts";

const DEFAULT_PATH = "/run/keepalived.reload";

/** Its path; undefined: none is wanted. */
export function markerPath({ reload, place }: GlobalConfig): string | undefined {
  if (reload.markerPath !== "") return reload.markerPath;
  if (!place.usesPidDirectory) return DEFAULT_PATH;
  const { instance } = place;
  return `${PID_DIRECTORY}/keepalived${instance === undefined ? "" : `_${instance}`}.reload`;
}
