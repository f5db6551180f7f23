/**
 * Texts of virtual servers in which nothing required is missing, and what becomes of them.
 *
 * @module
 */
import type { CheckConfig } from "../../../../machines/check_config.ts";
import type { VirtualServerConfig } from "../../../../machines/lvs_config.ts";
import type { Diagnostic } from "../../../../engine/config/diagnostic.ts";
import { brief, load } from "../harness.ts";

/** Where lines are put. */
export interface Lines {
  /** Of the top level, before the virtual server. */
  readonly before?: string;
  readonly service?: string;
  /** In `virtual_server`; those that are missing are added behind them. */
  readonly virtualServer?: string;
  /** In `real_server`. */
  readonly realServer?: string;
  /** Behind `real_server`, instead of `192.0.2.2 80`. */
  readonly endpoint?: string;
}

const REQUIRED = ["protocol TCP", "lvs_sched rr", "lvs_method NAT"];

/** One virtual server with one real server. */
export function serverText(lines: Lines): string {
  const { before, service = "192.0.2.1 80", virtualServer, realServer, endpoint } = lines;
  const own = virtualServer ?? "";
  const given = own.split("\n").map((line) => line.replace(/ .*/, ""));
  const missing = REQUIRED.filter((line) => !given.includes(line.replace(/ .*/, "")));
  const isMarked = service.startsWith("fwmark");
  return [
    ...(before === undefined ? [] : [before]),
    `virtual_server ${service} {`,
    ...(own === "" ? [] : [own]),
    ...missing.filter((line) => !isMarked || !line.startsWith("protocol")),
    `real_server ${endpoint ?? "192.0.2.2 80"} {`,
    ...(realServer === undefined ? [] : [realServer]),
    "}",
    "}",
    "",
  ].join("\n");
}

const LATER = "is not acted upon in this version";

/** Findings in short, without those that say that a later version acts. */
export function findings(diagnostics: readonly Diagnostic[]): string[] {
  return brief(diagnostics.filter(({ message }) => !message.endsWith(LATER)))
    .map((each) => each.replace(/^\d+:\d+: /, ""));
}

/** The virtual server of a text, if it loads, and its findings. */
export function loadServer(
  lines: Lines,
): { readonly server: VirtualServerConfig | undefined; readonly found: string[] } {
  const { config, diagnostics } = load(serverText(lines));
  return { server: config?.virtualServers.at(-1), found: findings(diagnostics) };
}

/** The only checker of a server. */
export function checkOf(server: VirtualServerConfig | undefined): CheckConfig | undefined {
  return server?.realServers[0]?.checkers[0];
}
