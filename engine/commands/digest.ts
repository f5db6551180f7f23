/**
 * `stayd digest`: the MD5 digest of a page, for the `digest` of a `url`. Does genhash's job, with
 * its options, and reads a URL as well.
 *
 * @module
 */
import { parseArgs, type ParsedArgs } from "@std/cli/parse-args";
import { type HttpOptions, probeHttp } from "../../checkers/http.ts";
import type { Target, Verdict } from "../../checkers/probe.ts";
import { parseIp } from "../../net/address.ts";
import { joined } from "../../net/octets.ts";
import { probeOnce } from "../io/probe_once.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_OK } from "./exit_codes.ts";
import { hexDump } from "./hex_dump.ts";

const HELP = `Usage: stayd digest [OPTIONS] URL
       stayd digest [OPTIONS] -s ADDRESS -p PORT -u PATH

Prints the MD5 digest of a page, as the 'digest' of a 'url' wants it.

  -s, --server ADDRESS        where to connect to [the host of the URL, if it is an address]
  -p, --port PORT             [80, or 443 with TLS]
  -u, --url PATH              what to ask for
  -S, --use-ssl               use TLS
  -I, --use-sni               name the virtual host in the TLS handshake
  -V, --use-virtualhost HOST  Host header
  -P, --protocol VERSION      1.0, 1.0c or 1.1; the last two ask to close the connection [1.0]
  -m, --fwmark MARK           firewall mark of what is sent
  -t, --timeout SECONDS       for each step [30]
  -v, --verbose               also print the reply
  -h, --help                  print this

Exit status: 0 done, 1 no page, 2 usage.
`;

const TEXTS = ["server", "port", "url", "use-virtualhost", "protocol", "fwmark", "timeout"];
const ALIASES = {
  server: "s",
  port: "p",
  url: "u",
  "use-ssl": "S",
  "use-sni": "I",
  "use-virtualhost": "V",
  protocol: "P",
  fwmark: "m",
  timeout: "t",
  verbose: "v",
  help: "h",
};
const PROTOCOLS: Readonly<Record<string, Pick<HttpOptions, "version" | "asksToClose">>> = {
  "1.0": { version: "1.0", asksToClose: false },
  "1.0c": { version: "1.0", asksToClose: true },
  "1.1": { version: "1.1", asksToClose: true },
};
const DEFAULT_TIMEOUT_SEC = 30;
const TIMEOUT_SEC_MAX = 86_400;
const BODY_BYTES_MAX = 256 * 1_024 * 1_024;
/** Octets of a body that are printed. */
const SHOWN_BYTES_MAX = 1_024 * 1_024;

type Print = (text: string) => void;

/** What the command line asks for. */
interface Order {
  readonly target: Target;
  readonly options: HttpOptions;
  readonly isVerbose: boolean;
}

/** Runs the subcommand. Returns the exit status. */
export async function digestCommand(
  args: readonly string[],
  print: Print,
  complain: Print,
): Promise<number> {
  const wrong: string[] = [];
  const parsed = parseArgs(args, {
    string: [...TEXTS, "_"],
    boolean: ["use-ssl", "use-sni", "verbose", "help"],
    alias: ALIASES,
    unknown: (arg) => {
      if (arg.startsWith("-")) wrong.push(`unknown option ${arg}`);
      return true;
    },
  });
  if (parsed["help"] === true) return print(HELP), EXIT_OK;
  const order = readOrder(parsed, wrong);
  if (!order) {
    complain(wrong.map((text) => `stayd digest: ${text}\n`).join("") + HELP);
    return EXIT_CONFIG;
  }
  const { target, options, isVerbose } = order;
  const shown = new Shown();
  const observed = { ...options, ...(isVerbose && { observer: shown }) };
  const deadlineMs = 10 * target.timeoutMs;
  const verdict = await probeOnce((context) => probeHttp(target, observed, context), deadlineMs);
  if (verdict.outcome !== "passed" || verdict.digest === undefined) {
    complain(`stayd digest: ${explain(verdict)}\n`);
    return EXIT_FATAL;
  }
  print(isVerbose ? shown.report(verdict.digest) : "");
  print(`${verdict.digest}\n`);
  if (isVerbose) print(elapsed(options.path, verdict.tookMs));
  return EXIT_OK;
}

/** The order, if nothing is wrong with it. */
function readOrder(parsed: ParsedArgs, wrong: string[]): Order | undefined {
  const given = (name: string) => {
    const value = parsed[name];
    return typeof value === "string" ? value : undefined;
  };
  const url = readUrl(parsed._.map(String), wrong);
  const isTls = parsed["use-ssl"] === true || url?.protocol === "https:";
  const host = given("server") ?? url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  const ip = parseIp(host);
  if (ip === undefined) wrong.push(`no address to connect to: ${host || "use --server"}`);
  const ports = { min: 1, max: 65_535 };
  const port = number(given("port") ?? (url?.port || (isTls ? "443" : "80")), "port", ports, wrong);
  const path = given("url") ?? (url && `${url.pathname}${url.search}`);
  if (path === undefined) wrong.push("nothing to ask for: a URL or --url");
  const protocol = PROTOCOLS[(given("protocol") ?? "1.0").toLowerCase()];
  if (!protocol) wrong.push(`no such protocol: ${given("protocol")}`);
  const mark = number(given("fwmark") ?? "0", "fwmark", { min: 0, max: 0xffff_ffff }, wrong);
  const times = { min: 1, max: TIMEOUT_SEC_MAX };
  const sec = number(given("timeout") ?? String(DEFAULT_TIMEOUT_SEC), "timeout", times, wrong);
  if (wrong.length > 0 || !ip || path === undefined || !protocol) return undefined;
  const name = given("use-virtualhost") ?? (url && url.host);
  return {
    target: { ip, port, mark, timeoutMs: 1_000 * sec },
    options: {
      path,
      ...protocol,
      ...(name !== undefined && { host: name }),
      statusCodes: [],
      ignoresStatus: true,
      tellsDigest: true,
      bodyBytesMax: BODY_BYTES_MAX,
      ...(isTls && { tls: serverName(parsed["use-sni"] === true, name ?? url?.hostname) }),
    },
    isVerbose: parsed["verbose"] === true,
  };
}

function serverName(isSent: boolean, name: string | undefined): { serverName?: string } {
  const host = name?.replace(/:\d+$/, "");
  // An address is no name (RFC 6066 §3).
  return isSent && host !== undefined && parseIp(host) === undefined ? { serverName: host } : {};
}

function readUrl(words: readonly string[], wrong: string[]): URL | undefined {
  const [text, ...more] = words;
  if (more.length > 0) wrong.push(`surplus words: ${more.join(" ")}`);
  const url = text === undefined ? null : URL.parse(text);
  const isWeb = url !== null && ["http:", "https:"].includes(url.protocol);
  if (text !== undefined && !isWeb) wrong.push(`no URL of the web: ${text}`);
  return isWeb ? url : undefined;
}

function number(
  text: string,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
  wrong: string[],
): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  wrong.push(`--${name} is ${min} to ${max}: current value is ${text}`);
  return min;
}

function explain(verdict: Verdict): string {
  if (verdict.outcome === "passed") return "no page";
  const { reason, detail } = verdict;
  return detail === undefined ? reason : `${reason}: ${detail}`;
}

function elapsed(path: string, tookMs: number): string {
  return `\nGlobal response time for [${path}] = ${Math.round(1_000 * tookMs)} usecs\n`;
}

/** Keeps a reply for printing. */
class Shown {
  readonly #head: Uint8Array[] = [];
  readonly #body: Uint8Array[] = [];
  #bodyBytes = 0;

  head(bytes: Uint8Array): void {
    this.#head.push(bytes.slice());
  }

  body(part: Uint8Array): void {
    const room = SHOWN_BYTES_MAX - this.#bodyBytes;
    this.#bodyBytes += part.length;
    if (room > 0) this.#body.push(part.slice(0, room));
  }

  /** All but the digest's last line, laid out as genhash does. */
  report(digest: string): string {
    const head = joined(this.#head);
    const body = joined(this.#body);
    // A stranger's control characters are not for our terminal.
    const lines = latin1(head).replaceAll(/[^\r\n\t -~]/g, ".");
    return `${title("   HTTP Header Buffer   ")}${hexDump(head)}` +
      `${title("HTTP Header Ascii Buffer")}${lines}\n` +
      `${title("       HTML Buffer       ")}${hexDump(body)}\n` +
      `${title("   HTML hash resulting   ")}${hexDump(Uint8Array.fromHex(digest))}` +
      title("HTML hash final resulting");
  }
}

/** A character for each octet. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
}

function title(text: string): string {
  const dashes = "-".repeat(23);
  return `${dashes}[ ${text} ]${dashes}\n`;
}
