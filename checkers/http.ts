/**
 * HTTP_GET and SSL_GET, one URL: request, reply, status, digest, pattern.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import { familyOf } from "../net/address.ts";
import { joined } from "../net/octets.ts";
import type { BodyPattern } from "./body_pattern.ts";
import {
  connect,
  type Connection,
  ENDED,
  isTrouble,
  type PlainConnection,
  type Trouble,
} from "./connection.ts";
import { type Ending, HttpReplyReader, type Malformed } from "./http_reply.ts";
import {
  failed,
  type Finding,
  type Probe,
  type ProbeContext,
  type Target,
  timed,
  undecided,
  type Warning,
} from "./probe.ts";
import { TlsConnection, type TlsOptions, tlsProblem } from "./tls_connection.ts";

/** What is asked for, and what the reply must be. */
export interface HttpOptions {
  /** Request target, verbatim. */
  readonly path: string;
  /** Host header; default: address and port of the target. */
  readonly host?: string;
  readonly version: "1.0" | "1.1";
  /** Asks the server to close the connection. */
  readonly asksToClose: boolean;
  /** Good status codes, both ends included; empty: 200 to 299. */
  readonly statusCodes: readonly { readonly first: number; readonly last: number }[];
  /** MD5 of the body, 32 lower-case hexadecimal digits. */
  readonly digest?: string;
  /** Whether the verdict is to have the digest of the body. */
  readonly tellsDigest?: boolean;
  /** Whether any status is good. */
  readonly ignoresStatus?: boolean;
  readonly pattern?: BodyPattern;
  /** Default: no TLS. */
  readonly tls?: TlsOptions;
  /** Longest body; default 16 MiB, or 1 MiB if a pattern needs all of it at once. */
  readonly bodyBytesMax?: number;
  /** For all of it; default: 4 × the target's timeout. */
  readonly totalTimeoutMs?: number;
  /** Is shown the reply. */
  readonly observer?: HttpObserver;
}

/** Who is shown a reply, in parts: views, valid during the call. */
export interface HttpObserver {
  head(bytes: Uint8Array): void;
  body(part: Uint8Array): void;
}

const USER_AGENT = "KeepAliveClient";
const BODY_BYTES_MAX = 16 * 1_024 * 1_024;
const SEARCHED_BYTES_MAX = 1_024 * 1_024;
/** Connecting, the handshake, sending, and a reply that comes in pieces. */
const STEPS_MAX = 4;
/** No control characters, blanks or what would end the line: another request could hide there. */
const WORD = /^[^\0-\x20\x7f]+$/;
const HOST = /^[^\0-\x1f\x7f]*$/;
const GOOD_STATUS = [{ first: 200, last: 299 }];

/** Asks for one page. */
export const probeHttp: Probe<HttpOptions> = (target, options, context) =>
  timed(context, async () => {
    const request = requestOf(target, options);
    if (typeof request !== "string") return undecided("request not possible", request.problem);
    const totalMs = options.totalTimeoutMs ?? STEPS_MAX * target.timeoutMs;
    const endMs = context.timers.now() + totalMs;
    const connected = await connect(target, context, endMs);
    if (isTrouble(connected)) return connected;
    using plain = connected;
    const { tls } = options;
    if (tls) return await overTls(plain, target, { ...options, tls }, request, context, endMs);
    return await exchange(plain, options, request);
  });

/** The octets of the request, or why it cannot be made. */
function requestOf(
  target: Target,
  { path, host, version, asksToClose, tls }: HttpOptions,
): string | { readonly problem: string } {
  const address = familyOf(target.ip) === 6 ? `[${target.ip}]` : target.ip;
  const name = host ?? `${address}:${target.port}`;
  if (!WORD.test(path)) return { problem: "blanks or control characters in the path" };
  if (!HOST.test(name)) return { problem: "control characters in the host" };
  const problem = tls && tlsProblem(tls);
  if (problem !== undefined) return { problem };
  const close = asksToClose ? "Connection: close\r\n" : "";
  return `GET ${path} HTTP/${version}\r\nUser-Agent: ${USER_AGENT}\r\n` +
    `${close}Host: ${name}\r\n\r\n`;
}

async function overTls(
  plain: PlainConnection,
  target: Target,
  options: HttpOptions & { readonly tls: TlsOptions },
  request: string,
  context: ProbeContext,
  endMs: number,
): Promise<Finding> {
  const beganMs = context.timers.now();
  const room = await context.handshakes.enter(context.signal);
  // Waiting for our own queue is not the server's fault.
  const laterMs = endMs + context.timers.now() - beganMs;
  using connection = new TlsConnection(plain, target, options.tls, context, laterMs);
  const trouble = await connection.secured();
  room[Symbol.dispose]();
  const certificate = connection.certificate && { certificate: connection.certificate };
  if (trouble) return { ...trouble, ...certificate };
  const finding = await exchange(connection, options, request);
  if (finding.outcome !== "passed") return { ...finding, ...certificate };
  return { ...finding, ...certificate, ...warn(finding.warnings, connection.warnings()) };
}

function warn(
  some: readonly Warning[] = [],
  more: readonly Warning[],
): { warnings?: readonly Warning[] } {
  return some.length + more.length > 0 ? { warnings: [...some, ...more] } : {};
}

/** Sends the request, reads the reply, and judges it. */
async function exchange(
  connection: Connection,
  options: HttpOptions,
  request: string,
): Promise<Finding> {
  const trouble = await connection.send(new TextEncoder().encode(request));
  if (trouble) return trouble;
  const body = new Body(options);
  const limit = options.pattern ? SEARCHED_BYTES_MAX : BODY_BYTES_MAX;
  const reader = new HttpReplyReader(body, options.bodyBytesMax ?? limit);
  for (;;) {
    const bytes = await connection.receive();
    if (isTrouble(bytes)) return bytes;
    if (bytes === ENDED) return judgeEnd(reader, reader.end(), body, options);
    const progress = reader.push(bytes);
    if (isWrongStatus(reader, options)) return wrongStatus(reader);
    if (progress === "complete") return judge(reader, body, options);
    if (progress !== "more") return notHttp(progress);
  }
}

function isWrongStatus({ status }: HttpReplyReader, options: HttpOptions): boolean {
  if (status === undefined || options.ignoresStatus) return false;
  const good = options.statusCodes.length > 0 ? options.statusCodes : GOOD_STATUS;
  return !good.some(({ first, last }) => status >= first && status <= last);
}

function wrongStatus({ status = 0 }: HttpReplyReader): Finding {
  return { ...failed("wrong status", String(status)), status };
}

function notHttp(reason: Malformed): Trouble {
  const isLong = reason === "head too long" || reason === "body too long";
  return failed(isLong ? "reply too long" : "malformed reply", reason);
}

/** The connection ended before the reply said that it is complete, or there was no other way. */
function judgeEnd(
  reader: HttpReplyReader,
  ending: Ending,
  body: Body,
  options: HttpOptions,
): Finding {
  switch (ending) {
    case "empty":
      return failed("no reply");
    case "in head":
    case "in chunks":
      return failed("reply cut short", ending);
    case "shorter than announced": {
      // keepalived only logs this, and servers that count wrong are in use.
      const finding = judge(reader, body, options);
      if (finding.outcome !== "passed") return finding;
      return { ...finding, warnings: ["length differs from Content-Length"] };
    }
    case "complete":
      return judge(reader, body, options);
  }
}

function judge(
  { status = 0, isChunked }: HttpReplyReader,
  body: Body,
  options: HttpOptions,
): Finding {
  const { digest, pattern } = options;
  const found = body.digests();
  if (digest !== undefined && digest !== found?.body) {
    // keepalived does not undo chunks: a digest that it made of such a reply counts them in.
    const isFramed = isChunked && digest === found?.framed;
    if (!isFramed) return { ...failed("wrong digest", found?.body), status };
  }
  if (pattern) {
    const matches = pattern.matches(body.searched());
    if (matches === pattern.isUnwanted) {
      return { ...failed(matches ? "pattern found" : "pattern not found"), status };
    }
  }
  const told = options.tellsDigest && found ? { digest: found.body } : {};
  return { outcome: "passed", status, ...told };
}

/** Keeps of a body what will be judged. */
class Body {
  readonly #digest: Hash | undefined;
  /** Made when something comes for it. */
  #framedDigest: Hash | undefined;
  readonly #isCompared: boolean;
  readonly #observer: HttpObserver | undefined;
  readonly #parts: Uint8Array[] | undefined;

  constructor({ digest, tellsDigest, pattern, observer }: HttpOptions) {
    this.#observer = observer;
    const isDigested = digest !== undefined || tellsDigest === true;
    this.#digest = isDigested ? newDigest() : undefined;
    this.#isCompared = digest !== undefined;
    this.#parts = pattern ? [] : undefined;
  }

  head(bytes: Uint8Array): void {
    this.#observer?.head(bytes);
  }

  body(part: Uint8Array): void {
    this.#observer?.body(part);
    this.#digest?.update(part);
    this.#parts?.push(part.slice());
  }

  framed(part: Uint8Array): void {
    if (this.#isCompared) (this.#framedDigest ??= newDigest()).update(part);
  }

  digests(): { readonly body: string; readonly framed: string | undefined } | undefined {
    if (!this.#digest) return undefined;
    return { body: this.#digest.digest("hex"), framed: this.#framedDigest?.digest("hex") };
  }

  searched(): Uint8Array {
    return joined(this.#parts ?? []);
  }
}

function newDigest(): Hash {
  // Not an import: that would load the module, which takes tens of milliseconds, at start.
  return process.getBuiltinModule("node:crypto").createHash("md5");
}
