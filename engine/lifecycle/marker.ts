/**
 * The file that exists while a configuration is being read (`reload_file`).
 *
 * @module
 */
import type { GlobalConfig } from "../../machines/global_config.ts";

const DEFAULT_PATH = "/run/keepalived.reload";
const DIRECTORY = "/run/keepalived";

/** Its path; undefined: none is wanted. */
export function markerPath({ reload, place }: GlobalConfig): string | undefined {
  if (reload.markerPath !== "") return reload.markerPath;
  if (!place.usesPidDirectory) return DEFAULT_PATH;
  const { namespace, instance } = place;
  const directory = namespace === undefined ? DIRECTORY : `${DIRECTORY}/${namespace}`;
  return `${directory}/keepalived${instance === undefined ? "" : `_${instance}`}.reload`;
}
