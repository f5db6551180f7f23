import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HEAD_BYTES_MAX, HttpReplyReader } from "../../checkers/http_reply.ts";
import { octets } from "./servers.ts";

const BODY_BYTES_MAX = 1_000;

interface Read {
  /** Last progress, or why it is no reply; then how it would end with the connection. */
  readonly outcome: string;
  readonly status: number | undefined;
  readonly body: string;
  readonly framed: string;
}

/** Reads a reply that comes in parts of these sizes, the last again and again. */
function read(reply: Uint8Array, sizes: readonly number[] = [reply.length + 1]): Read {
  const got = { body: "", framed: "" };
  const text = (part: Uint8Array) => String.fromCharCode(...part);
  const reader = new HttpReplyReader({
    body: (part) => void (got.body += text(part)),
    framed: (part) => void (got.framed += text(part)),
  }, BODY_BYTES_MAX);
  let outcome = "";
  for (let at = 0, i = 0; at < reply.length; i++) {
    const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? 1);
    const progress = reader.push(reply.subarray(at, at + size));
    at += size;
    if (progress === "more") continue;
    outcome = progress;
    break;
  }
  return { outcome: outcome || `at end ${reader.end()}`, status: reader.status, ...got };
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

// deno-fmt-ignore
const rows: [name: string, reply: string, outcome: string, status: number | undefined, body: string][] = [
  ["§6.3.6 length",                      `${OK}Content-Length: 5\r\n\r\nhelloX`,       "complete", 200, "hello"],
  ["field names in any case",            `${OK}cOnTeNt-lEnGtH:5\r\n\r\nhello`,         "complete", 200, "hello"],
  ["§6.3.8 up to the end",               `${OK}\r\nhello`,                             "at end complete", 200, "hello"],
  ["length 0",                           `${OK}Content-Length: 0\r\n\r\n`,             "complete", 200, ""],
  ["length twice, the same",             `${OK}Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nhi`, "complete", 200, "hi"],
  ["lengths that differ do not count",   `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nhello`, "at end complete", 200, "hello"],
  ["a length that is none",              `${OK}Content-Length: -2\r\n\r\nhello`,       "at end complete", 200, "hello"],
  ["shorter than announced",             `${OK}Content-Length: 9\r\n\r\nhello`,        "at end shorter than announced", 200, "hello"],
  ["§7.1 chunks",                        `${CHUNKED}5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n`, "complete", 200, "hello!"],
  ["§6.3.3 chunks before length",        `${OK}Content-Length: 1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`, "complete", 200, "hi"],
  ["another coding: up to the end",      `${OK}Transfer-Encoding: gzip\r\n\r\nhello`,  "at end complete", 200, "hello"],
  ["§7.1.2 trailers",                    `${CHUNKED}0\r\nX: y\r\nZ: 0\r\n\r\n`,        "complete", 200, ""],
  ["cut in a chunk",                     `${CHUNKED}5\r\nhel`,                         "at end in chunks", 200, "hel"],
  ["cut behind a chunk",                 `${CHUNKED}5\r\nhello\r\n`,                   "at end in chunks", 200, "hello"],
  ["no chunk size",                      `${CHUNKED}\r\nhello`,                        "bad chunk size", 200, ""],
  ["a negative chunk size",              `${CHUNKED}-5\r\nhello`,                      "bad chunk size", 200, ""],
  ["a chunk size with 0x",               `${CHUNKED}0x5\r\nhello`,                     "bad chunk size", 200, ""],
  ["a chunk size of 64 bits",            `${CHUNKED}fffffffffffffff1\r\nhello`,        "bad chunk size", 200, ""],
  ["a chunk longer than the bound",      `${CHUNKED}fffff\r\nhello`,                   "body too long", 200, ""],
  ["a chunk size without end",           CHUNKED + "1".repeat(2_000),                  "bad chunk size", 200, ""],
  ["a chunk that goes on",               `${CHUNKED}2\r\nhello\r\n0\r\n\r\n`,          "chunk not ended", 200, "he"],
  ["trailers without end",               `${CHUNKED}0\r\n${"X: y\r\n".repeat(20_000)}`, "head too long", 200, ""],
  ["§2.2 lines end with LF",             "HTTP/1.0 200 OK\nContent-Length: 2\n\nhi",   "complete", 200, "hi"],
  ["lines end in both ways",             "HTTP/1.0 200 OK\r\nA: b\n\r\nhi",            "at end complete", 200, "hi"],
  ["§4 no reason phrase",                "HTTP/1.1 404\r\n\r\n",                       "at end complete", 404, ""],
  ["an empty reason phrase",             "HTTP/1.1 404 \r\n\r\n",                      "at end complete", 404, ""],
  ["another protocol's word",            "ICY 200 OK\r\n\r\n",                         "at end complete", 200, ""],
  ["a status of two digits",             "HTTP/1.1 20 OK\r\n\r\n",                     "no status line", undefined, ""],
  ["a status of four digits",            "HTTP/1.1 2000 OK\r\n\r\n",                   "no status line", undefined, ""],
  ["no status",                          "HTTP/1.1\r\n\r\n",                           "no status line", undefined, ""],
  ["a greeting of mail",                 "220 mail ready\r\n\r\n",                     "no status line", undefined, ""],
  ["nothing",                            "",                                           "at end empty", undefined, ""],
  ["half a head",                        "HTTP/1.1 200 OK\r\nA: b\r\n",                "at end in head", undefined, ""],
  ["NULs",                               "\0".repeat(500),                             "at end in head", undefined, ""],
  ["a head without end",                 OK + "A: b\r\n".repeat(20_000),               "head too long", undefined, ""],
  ["a status line without end",          "HTTP/1.1 200 " + "x".repeat(100_000),        "head too long", undefined, ""],
  ["a head of 60 kB",                    `${OK}A: ${"x".repeat(60_000)}\r\nContent-Length: 2\r\n\r\nhi`, "complete", 200, "hi"],
  ["§15.2 interim replies",              `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`, "complete", 200, "hi"],
  ["interim replies without end",        "HTTP/1.1 100 Continue\r\n\r\n".repeat(5_000), "head too long", undefined, ""],
  ["§6.3.1 no body: 204",                "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "complete", 204, ""],
  ["no body: 304",                       "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", "complete", 304, ""],
  ["101 is the last",                    "HTTP/1.1 101 Switching\r\n\r\nx",            "complete", 101, ""],
  ["a length beyond the bound",          `${OK}Content-Length: 1001\r\n\r\n`,          "body too long", 200, ""],
  ["a body without end",                 `${OK}\r\n${"x".repeat(2_000)}`,              "body too long", 200, ""],
  ["a folded field",                     `${OK}A: b\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\nhi`, "complete", 200, "hi"],
];
for (const [name, reply, outcome, status, body] of rows) {
  Deno.test(`HttpReplyReader: ${name}`, () => {
    const found = read(octets(reply));
    assertEquals([found.outcome, found.status, found.body], [outcome, status, body]);
  });
}

Deno.test("HttpReplyReader: chunks are also told as they came", () => {
  const { framed } = read(octets(`${CHUNKED}2\r\nhi\r\n0\r\n\r\nmore`));
  assertEquals(framed, "2\r\nhi\r\n0\r\n\r\n");
});

Deno.test("HttpReplyReader: how a reply is cut into parts does not matter", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(fc.constantFrom(...rows), sizes, ([, reply], cut) => {
    const bytes = octets(reply);
    const [whole, parts] = [read(bytes), read(bytes, cut)];
    // A bound may be noticed sooner or later: what was handed over by then may differ.
    assertEquals(parts.outcome, whole.outcome);
    assertEquals(parts.status, whole.status);
    if (/complete|at end/.test(whole.outcome)) assertEquals(parts, whole);
  }));
});

Deno.test("HttpReplyReader: any octets are read, and never more is handed over than allowed", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.constantFrom(
      OK,
      CHUNKED,
      "Content-Length: 7\r\n",
      "\r\n",
      "5\r\nhello\r\n",
      "0\r\n\r\n",
      "\n",
    )
      .map(octets),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 99 }),
      (all, size) => {
        const bytes = Uint8Array.from(all.flatMap((part) => [...part]));
        const { outcome, body, status } = read(bytes, [size]);
        assert(body.length <= BODY_BYTES_MAX, "a bound");
        assert(outcome !== "complete" || status !== undefined, "a reply has a status");
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("HttpReplyReader: a head that comes octet by octet is read in linear time", () => {
  const reader = new HttpReplyReader({ body() {}, framed() {} }, 1);
  const octet = octets("x");
  let pushed = 0;
  while (reader.push(octet) === "more") pushed++;
  assertEquals(pushed, HEAD_BYTES_MAX);
});
