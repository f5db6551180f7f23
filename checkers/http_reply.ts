/**
 * Reads an HTTP/1.x reply as it arrives (RFC 9112). Whoever sends it may be hostile: every line,
 * the head and the body have bounds, and nothing is kept but the head.
 *
 * Lenient where servers are sloppy and nothing is at stake: lines may end with LF alone (§2.2), the
 * reason phrase may be missing, and any word may stand where `HTTP/1.1` should.
 *
 * @module
 */

/** Why octets are no reply. */
export type Malformed =
  | "no status line"
  | "head too long"
  | "bad chunk size"
  | "chunk not ended"
  | "body too long";

/** How far the reply is. */
export type Progress = "more" | "complete";

/** How a reply ended when the connection did. */
export type Ending = "complete" | "empty" | "in head" | "in chunks" | "shorter than announced";

/** Who gets the reply. Parts are views, valid during the call. */
export interface ReplySink {
  /** The final head, as it came, with its empty line. */
  head?(bytes: Uint8Array): void;
  /** What is left when transfer codings are undone. */
  body(part: Uint8Array): void;
  /** If it comes in chunks: all that follows the head, as it came. */
  framed(part: Uint8Array): void;
}

/** Octets of all heads (interim replies have some, too) and trailers. */
export const HEAD_BYTES_MAX = 64 * 1_024;
/** Octets of a line with the size of a chunk. */
const CHUNK_LINE_BYTES_MAX = 1_024;
const LF = 0x0a;
const CR = 0x0d;

type State =
  | "head"
  | "counted"
  | "open"
  | "chunk size"
  | "chunk"
  | "chunk end"
  | "trailer"
  | "done";

const latin1 = new TextDecoder("latin1");

/** One reply. */
export class HttpReplyReader {
  readonly #sink: ReplySink;
  readonly #bodyBytesMax: number;
  #state: State = "head";
  /** The head, or the line of a chunk, so far. */
  readonly #line = new Line();
  #headBytes = 0;
  /** What is still to come of the body, or the chunk. */
  #leftBytes = 0;
  #bodyBytes = 0;
  /** Status code of the final reply; undefined before its head is complete. */
  status: number | undefined;
  /** The body came in chunks. */
  isChunked = false;

  constructor(sink: ReplySink, bodyBytesMax: number) {
    this.#sink = sink;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Takes what came; after `complete` or a reason nothing more. */
  push(bytes: Uint8Array): Progress | Malformed {
    let at = 0;
    while (at < bytes.length && this.#state !== "done") {
      const rest = bytes.subarray(at);
      const isFramed = this.isChunked;
      const taken = this.#take(rest);
      if (typeof taken !== "number") return taken;
      if (isFramed) this.#sink.framed(rest.subarray(0, taken));
      at += taken;
    }
    return this.#state === "done" ? "complete" : "more";
  }

  /** The connection has ended. */
  end(): Ending {
    switch (this.#state) {
      case "done":
      case "open":
        return "complete";
      case "head":
        return this.#headBytes === 0 ? "empty" : "in head";
      case "counted":
        return "shorter than announced";
      default:
        return "in chunks";
    }
  }

  /** How many octets were used up, at least one. */
  #take(bytes: Uint8Array): number | Malformed {
    switch (this.#state) {
      case "head":
        return this.#takeHead(bytes);
      case "counted":
      case "chunk":
        return this.#takeCounted(bytes);
      case "open":
        return this.#emit(bytes) ?? bytes.length;
      default:
        return this.#takeLine(bytes);
    }
  }

  #takeHead(bytes: Uint8Array): number | Malformed {
    const before = this.#line.length;
    this.#line.append(bytes.subarray(0, HEAD_BYTES_MAX + 1 - this.#headBytes));
    const end = endOfHead(this.#line.bytes, Math.max(0, before - 2));
    const taken = (end ?? this.#line.length) - before;
    this.#headBytes += taken;
    if (this.#headBytes > HEAD_BYTES_MAX) return "head too long";
    if (end === undefined) return taken;
    const head = this.#line.bytes.subarray(0, end);
    this.#line.clear();
    return this.#readHead(head) ?? taken;
  }

  #readHead(head: Uint8Array): Malformed | undefined {
    const [first = "", ...fields] = latin1.decode(head).split(/\r?\n/);
    const code = /^\S{1,64} +(\d{3})(?: |$)/.exec(first)?.[1];
    if (code === undefined) return "no status line";
    const status = Number(code);
    // §15.2: interim replies come before the final one; 101 would be the last of HTTP.
    if (status >= 100 && status < 200 && status !== 101) return undefined;
    this.#sink.head?.(head);
    this.status = status;
    this.#state = this.#bodyState(status, fields);
    if (this.#state === "counted" && this.#leftBytes > this.#bodyBytesMax) return "body too long";
    return undefined;
  }

  /** How the end of the body is found (§6.3). */
  #bodyState(status: number, fields: readonly string[]): State {
    if (status === 101 || status === 204 || status === 304) return "done";
    const codings = valuesOf(fields, "transfer-encoding");
    if (codings.length > 0) {
      this.isChunked = codings.at(-1)?.toLowerCase() === "chunked";
      return this.isChunked ? "chunk size" : "open";
    }
    const lengths = new Set(valuesOf(fields, "content-length"));
    const [length = ""] = lengths;
    // One that is no number, or two that differ: the end of the connection tells, as without it.
    if (lengths.size !== 1 || !/^\d{1,15}$/.test(length)) return "open";
    this.#leftBytes = Number(length);
    return this.#leftBytes === 0 ? "done" : "counted";
  }

  #takeCounted(bytes: Uint8Array): number | Malformed {
    const part = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= part.length;
    if (this.#leftBytes === 0) this.#state = this.#state === "chunk" ? "chunk end" : "done";
    return this.#emit(part) ?? part.length;
  }

  #takeLine(bytes: Uint8Array): number | Malformed {
    const newline = bytes.indexOf(LF);
    const taken = newline < 0 ? bytes.length : newline + 1;
    const length = this.#line.length + taken;
    if (this.#state === "trailer") {
      this.#headBytes += taken;
      if (this.#headBytes > HEAD_BYTES_MAX) return "head too long";
    } else if (length > CHUNK_LINE_BYTES_MAX) {
      return this.#state === "chunk end" ? "chunk not ended" : "bad chunk size";
    }
    this.#line.append(bytes.subarray(0, taken));
    if (newline < 0) return taken;
    const line = latin1.decode(this.#line.bytes).replace(/\r?\n$/, "");
    this.#line.clear();
    return this.#readLine(line) ?? taken;
  }

  #readLine(line: string): Malformed | undefined {
    if (this.#state === "trailer") {
      if (line === "") this.#state = "done";
      return undefined;
    }
    if (this.#state === "chunk end") {
      if (line !== "") return "chunk not ended";
      this.#state = "chunk size";
      return undefined;
    }
    const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) return "bad chunk size";
    this.#leftBytes = parseInt(size, 16);
    if (this.#bodyBytes + this.#leftBytes > this.#bodyBytesMax) return "body too long";
    this.#state = this.#leftBytes === 0 ? "trailer" : "chunk";
    return undefined;
  }

  #emit(part: Uint8Array): Malformed | undefined {
    this.#bodyBytes += part.length;
    if (this.#bodyBytes > this.#bodyBytesMax) return "body too long";
    this.#sink.body(part);
    return undefined;
  }
}

/** Where the head ends: behind an empty line. Lines before `from` hold none. */
function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}

/** The elements of a field that may be there more than once, each trimmed. */
function valuesOf(fields: readonly string[], name: string): string[] {
  return fields.flatMap((field) => {
    const colon = field.indexOf(":");
    if (colon < 0 || field.slice(0, colon).trimEnd().toLowerCase() !== name) return [];
    return field.slice(colon + 1).split(",").map((value) => value.trim());
  }).filter((value) => value !== "");
}

/** Octets that grow at the end, without a copy for each that comes. */
class Line {
  #buffer = new Uint8Array(512);
  length = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.length);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
  }
}
