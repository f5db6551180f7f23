import { assert, assertEquals } from "@std/assert";
import {
  type BodyPattern,
  compilePattern,
  type PatternOptions,
} from "../../checkers/body_pattern.ts";
import { type HttpOptions, probeHttp } from "../../checkers/http.ts";
import { ip } from "../../net/address.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";
import { type Behaviour, octets, replies, repliesAndStays, serve } from "./servers.ts";

const PLAIN: HttpOptions = { path: "/", version: "1.0", asksToClose: false, statusCodes: [] };
const OK = "HTTP/1.0 200 OK\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
/** `printf hello | md5sum`, and of its chunks as they are on the wire. */
const HELLO_MD5 = "5d41402abc4b2a76b9719d911017c592";
const FRAMED_MD5 = "79e9489e3bd3f0cb0158215341de046d";

function pattern(text: string, more: Partial<PatternOptions> = {}): BodyPattern {
  const compiled = compilePattern({ pattern: text, options: [], isUnwanted: false, ...more });
  if ("problem" in compiled) throw new Error(compiled.problem);
  return compiled;
}

const reset: Behaviour = (socket) => {
  socket.once("data", () => {
    socket.write("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhello");
    setTimeout(() => socket.resetAndDestroy(), 20);
  });
};
/** Sends something now and then, for ever. */
const drips = (head: string, text: string): Behaviour => (socket) => {
  socket.write(head);
  const timer = setInterval(() => socket.write(text), 5);
  socket.on("close", () => clearInterval(timer));
};
/** Sends without end, as fast as it is read. */
const pours = (head: string): Behaviour => (socket) => {
  const block = "x".repeat(65_536);
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", pour);
  socket.write(head, pour);
};
const quick = { totalTimeoutMs: 150 };

// deno-fmt-ignore
const rows: [name: string, Behaviour, Partial<HttpOptions>, expected: string][] = [
  ["closed at the end",                replies(OK + "hello"),                              {}, "passed"],
  ["kept alive: the length ends it",   repliesAndStays("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), {}, "passed"],
  ["kept alive: the last chunk ends it", repliesAndStays(CHUNKED),                         {}, "passed"],
  ["kept alive: no body",              repliesAndStays("HTTP/1.1 204 No Content\r\n\r\n"), {}, "passed"],
  ["any other good status",            replies("HTTP/1.0 299 Odd\r\n\r\n"),                {}, "passed"],
  ["a redirection is not good",        replies("HTTP/1.0 302 Found\r\n\r\n"),              {}, "failed: wrong status (302)"],
  ["unless it is said to be",          replies("HTTP/1.0 302 Found\r\n\r\n"),              { statusCodes: [{ first: 301, last: 303 }] }, "passed"],
  ["ranges are inclusive",             replies("HTTP/1.0 404 No\r\n\r\n"),                 { statusCodes: [{ first: 200, last: 200 }, { first: 404, last: 404 }] }, "passed"],
  ["a range has ends",                 replies("HTTP/1.0 405 No\r\n\r\n"),                 { statusCodes: [{ first: 403, last: 404 }] }, "failed: wrong status (405)"],
  ["a wrong status does not wait for the body", repliesAndStays("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\n"), {}, "failed: wrong status (500)"],
  ["digest",                           replies(OK + "hello"),                              { digest: HELLO_MD5 }, "passed"],
  ["digest in pieces",                 replies(OK, "he", "ll", "o"),                       { digest: HELLO_MD5 }, "passed"],
  ["wrong digest",                     replies(OK + "hallo"),                              { digest: HELLO_MD5 }, "failed: wrong digest (598d4c200461b81522a3328565c25f7c)"],
  ["digest of chunks undone",          replies(CHUNKED),                                   { digest: HELLO_MD5 }, "passed"],
  ["digest of chunks as keepalived has it", replies(CHUNKED),                              { digest: FRAMED_MD5 }, "passed"],
  ["digest only up to the length",     repliesAndStays("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello, world"), { digest: HELLO_MD5 }, "passed"],
  ["pattern",                          replies(OK + "hello"),                              { pattern: pattern("l+o$") }, "passed"],
  ["pattern across pieces",            replies(OK, "he", "ll", "o"),                       { pattern: pattern("hello") }, "passed"],
  ["pattern not found",                replies(OK + "hello"),                              { pattern: pattern("^l") }, "failed: pattern not found"],
  ["pattern that must not be",         replies(OK + "error 7"),                            { pattern: pattern("error \\d", { isUnwanted: true }) }, "failed: pattern found"],
  ["pattern that must not be, is not", replies(OK + "hello"),                              { pattern: pattern("error", { isUnwanted: true }) }, "passed"],
  ["no body, but a pattern",           replies(OK),                                        { pattern: pattern("x") }, "failed: pattern not found"],
  ["nothing at all",                   (socket) => socket.end(),                           {}, "failed: no reply"],
  ["half a head",                      replies("HTTP/1.0 200 OK\r\nA: b"),                 {}, "failed: reply cut short (in head)"],
  ["half a chunk",                     replies(CHUNKED.slice(0, -8)),                      {}, "failed: reply cut short (in chunks)"],
  ["shorter than it said",             replies("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhello"), {}, "passed, length differs from Content-Length"],
  ["shorter than it said, wrong digest", replies("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhell"), { digest: HELLO_MD5 }, "failed: wrong digest (4229d691b07b13341da53f17ab9f2416)"],
  ["no HTTP",                          replies("SSH-2.0-OpenSSH\r\n\r\n"),                 {}, "failed: malformed reply (no status line)"],
  ["bad chunks",                       replies(CHUNKED.replace("5\r\n", "zz\r\n")),        {}, "failed: malformed reply (bad chunk size)"],
  ["reset in the body",                reset,                                              {}, "failed: connection lost (ECONNRESET)"],
  ["a silent server",                  () => {},                                           quick, "failed: timed out (receiving)"],
  ["a head that drips",                drips("HTTP/1.0 200 OK\r\n", "A: b\r\n"),           quick, "failed: timed out (receiving)"],
  ["a body that drips",                drips(OK, "x"),                                     quick, "failed: timed out (receiving)"],
  ["a head that pours",                pours("HTTP/1.0 200 OK\r\nA: "),                    {}, "failed: reply too long (head too long)"],
  ["a body that pours",                pours(OK),                                          {}, "failed: reply too long (body too long)"],
  ["a body that pours, with a pattern", pours(OK),                                         { pattern: pattern("y") }, "failed: reply too long (body too long)"],
  ["NULs without end",                 (socket) => socket.write(octets("\0".repeat(100_000))), {}, "failed: reply too long (head too long)"],
  ["a bound of one's own",             replies(OK + "hello"),                              { bodyBytesMax: 4 }, "failed: reply too long (body too long)"],
  ["blanks in the path",               replies(OK),                                        { path: "/ HTTP/1.1\r\nX: y" }, "undecided: request not possible (blanks or control characters in the path)"],
  ["lines in the host",                replies(OK),                                        { host: "a\r\nX: y" }, "undecided: request not possible (control characters in the host)"],
];
for (const [name, behaviour, options, expected] of rows) {
  Deno.test(`probeHttp: ${name}`, async () => {
    await using lab = new ProbeLab();
    await using server = await serve(behaviour);
    const verdict = await lab.run(probeHttp, local(server.port), { ...PLAIN, ...options });
    assertEquals(gist(verdict), expected);
  });
}

// deno-fmt-ignore
const requests: [name: string, Partial<HttpOptions>, request: string][] = [
  ["1.0",           {},                                            "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:PORT\r\n\r\n"],
  ["1.0, to close", { asksToClose: true },                         "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.1:PORT\r\n\r\n"],
  ["1.1, to close", { version: "1.1", asksToClose: true, host: "web.test", path: "/a?b=%20" }, "GET /a?b=%20 HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: web.test\r\n\r\n"],
];
for (const [name, options, request] of requests) {
  Deno.test(`probeHttp asks as keepalived does: ${name}`, async () => {
    let asked = "";
    await using lab = new ProbeLab();
    await using server = await serve((socket) =>
      socket.on("data", (data) => {
        asked += String(data);
        socket.end(OK);
      })
    );
    await lab.run(probeHttp, local(server.port), { ...PLAIN, ...options });
    assertEquals(asked, request.replace("PORT", String(server.port)));
  });
}

Deno.test("probeHttp: an IPv6 address is in brackets", async () => {
  let asked = "";
  await using lab = new ProbeLab();
  const listener = Deno.listen({ hostname: "::1", port: 0 });
  const answer = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(1_000);
    asked = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
    await connection.write(octets(OK));
  })();
  const { port } = listener.addr;
  const verdict = await lab.run(probeHttp, { ...local(port), ip: ip("::1") }, PLAIN);
  await answer;
  listener.close();
  assertEquals(verdict.outcome, "passed");
  assert(asked.includes(`\r\nHost: [::1]:${port}\r\n`), asked);
});

Deno.test("probeHttp: a request larger than the socket's buffer is sent in full", async () => {
  let received = 0;
  await using lab = new ProbeLab();
  await using server = await serve((socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), 30);
    socket.on("data", (data) => {
      received += data.length;
      if (String(data).endsWith("\r\n\r\n")) socket.end(OK);
    });
  });
  const path = `/${"x".repeat(8 * 1_024 * 1_024)}`;
  const verdict = await lab.run(probeHttp, local(server.port), { ...PLAIN, path });
  assertEquals(verdict.outcome, "passed");
  assert(received > path.length);
});

Deno.test("probeHttp tells status, digest and time", async () => {
  await using lab = new ProbeLab();
  await using server = await serve(replies("HTTP/1.0 503 No\r\n\r\nhello"));
  const options = { ...PLAIN, tellsDigest: true, ignoresStatus: true };
  const { tookMs, ...rest } = await lab.run(probeHttp, local(server.port), options);
  assertEquals(rest, { outcome: "passed", status: 503, digest: HELLO_MD5 });
  assert(tookMs > 0);
});
