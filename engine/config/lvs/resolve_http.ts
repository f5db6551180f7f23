/**
 * `HTTP_GET` and `SSL_GET` with their pages.
 *
 * @module
 */
import type { HttpCheck, RegexConfig, UrlConfig } from "../../../machines/check_config.ts";
import type { Complaints } from "../diagnostic.ts";
import type { HttpDraft, UrlDraft } from "./drafts.ts";

/** Host headers of the blocks around. */
export interface OuterHosts {
  readonly realServer: string | undefined;
  readonly virtualServer: string | undefined;
}

type HttpPart = Pick<HttpCheck, "tls" | "version" | "closes" | "fastRecovery" | "urls">;

/** The part that is about HTTP. */
export function resolveHttp(
  draft: HttpDraft,
  hosts: OuterHosts,
  complaints: Complaints,
): HttpPart {
  const { place, tls, protocol = "1.0", urls } = draft;
  if (urls.length === 0) {
    complaints.add("E401", place, `${tls ? "SSL_GET" : "HTTP_GET"} needs a url`);
  }
  return {
    tls,
    version: protocol === "1.1" ? "1.1" : "1.0",
    closes: protocol !== "1.0",
    fastRecovery: draft.fastRecovery ?? false,
    urls: urls.map((url) => resolveUrl(url, draft, hosts, complaints)),
  };
}

const GOOD = [{ first: 200, last: 299 }];

function resolveUrl(
  url: UrlDraft,
  check: HttpDraft,
  hosts: OuterHosts,
  complaints: Complaints,
): UrlConfig {
  const { path, digest, statusCodes } = url;
  if (path === undefined) complaints.add("E401", url.place, "url needs a path");
  const host = url.virtualHost ?? check.virtualHost ?? hosts.realServer ?? hosts.virtualServer;
  const serverName = check.tls && check.sni ? check.sniName ?? host : undefined;
  const regex = resolveRegex(url, complaints);
  return {
    path: path ?? "/",
    ...(host !== undefined && { host }),
    ...(serverName !== undefined && { serverName }),
    closesTls: (check.tlsCompliant ?? false) || (url.tlsCompliant ?? false),
    statusCodes: statusCodes.length === 0 ? GOOD : statusCodes,
    ...(digest && { digest: digest.value }),
    ...(regex && { regex }),
  };
}

function resolveRegex(url: UrlDraft, complaints: Complaints): RegexConfig | undefined {
  const { regex, regexNoMatch, regexOptions, regexStack, regexMinOffset, regexMaxOffset } = url;
  if (!regex) {
    const others = [regexNoMatch, regexOptions, regexStack, regexMinOffset, regexMaxOffset];
    const other = others.find((each) => each !== undefined);
    if (other) complaints.add("W602", other.place, "without regex this is ignored");
    return undefined;
  }
  const [least, most] = [regexMinOffset?.value ?? 0, regexMaxOffset?.value];
  const isUpsideDown = most !== undefined && least > most;
  if (isUpsideDown && regexMinOffset) {
    const message =
      `regex_min_offset ${least} is beyond regex_max_offset ${most}: both are ignored`;
    complaints.add("W602", regexMinOffset.place, message);
  }
  return {
    pattern: regex.value,
    options: regexOptions?.value ?? [],
    isNegated: regexNoMatch !== undefined,
    offsetMin: isUpsideDown ? 0 : least,
    ...(most !== undefined && !isUpsideDown && { offsetMax: most }),
  };
}
