/**
 * The front end for each language, loaded when it is needed.
 *
 * @module
 */
import type { Format } from "./format.ts";
import { type FrontEnd, readKeepalived } from "./front_end.ts";

/** The front end for a format. That of YAML is loaded only when it is needed. */
export async function frontEndFor(format: Format): Promise<FrontEnd> {
  return format === "keepalived" ? readKeepalived : (await import("./yaml/front_end.ts")).readYaml;
}
