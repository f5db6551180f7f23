/**
 * A configuration's checks, from its text to the verdict on a real server.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createSocket } from "node:dgram";
import { prepareCheck, type ProbeWorld } from "../../../engine/io/check_probe.ts";
import { makeCertificates } from "../../checkers/certificates.ts";
import { gist, ProbeLab } from "../../checkers/probe_lab.ts";
import { type Behaviour, octets, replies, serve, serveTls } from "../../checkers/servers.ts";
import { checkOf, loadServer } from "../config/lvs/texts.ts";

const WORLD: ProbeWorld = {
  tls: {},
  prepareScript: ({ command }) => ({ command, environment: ["PATH=/usr/bin:/bin"] }),
  filePath: () => undefined,
};

/** The verdict of the only check in a real server's block. */
async function judge(realServer: string, port: number, index = 0, before = ""): Promise<string> {
  const endpoint = `127.0.0.1 ${port}`;
  const { server, found } = loadServer({ before, realServer, endpoint });
  const check = checkOf(server);
  assert(check, found.join("; "));
  const filePath = (name: string) => name === "f" ? filesPath : undefined;
  const prepared = prepareCheck(check, { ...WORLD, filePath });
  assert(prepared, `${check.kind} is asked for`);
  await using lab = new ProbeLab();
  return gist(await lab.start(prepared.lane, (context) => prepared.start(index, context)));
}
const filesPath = await Deno.makeTempFile();

const PAGE = "HTTP/1.0 200 OK\r\n\r\nhello";
const GREETS: Behaviour = (socket) => {
  socket.write(octets("220 a\r\n"));
  socket.on("data", (bytes) => {
    const isGood = bytes.toString() === "HELO us.example\r\n" || bytes.toString() === "QUIT\r\n";
    socket.write(octets(isGood ? "250 b\r\n" : "500 c\r\n"));
  });
};
const url = (lines: string) => `HTTP_GET {\nurl {\npath /\n${lines}\n}\n}`;
const HELLO_DIGEST = "5d41402abc4b2a76b9719d911017c592";

// deno-fmt-ignore
const rows: [name: string, realServer: string, Behaviour, expected: string][] = [
  ["TCP_CHECK",               "TCP_CHECK {\n}",                               () => {},      "passed"],
  ["SMTP_CHECK's name",       "SMTP_CHECK {\nhelo_name us.example\n}",        GREETS,        "passed"],
  ["SMTP_CHECK's other name", "SMTP_CHECK {\nhelo_name x.example\n}",         GREETS,        "failed: wrong reply (to HELO: 500 c)"],
  ["HTTP_GET",                url(""),                                        replies(PAGE), "passed"],
  ["HTTP_GET's status",       url("status_code 201"),                         replies(PAGE), "failed: wrong status (200)"],
  ["HTTP_GET's digest",       url(`digest ${HELLO_DIGEST}`),                  replies(PAGE), "passed"],
  ["another digest",          url(`digest ${"0".repeat(32)}`),                replies(PAGE), `failed: wrong digest (${HELLO_DIGEST})`],
  ["HTTP_GET's pattern",      url("regex ^hel+o$"),                           replies(PAGE), "passed"],
  ["another pattern",         url("regex hallo"),                             replies(PAGE), "failed: pattern not found"],
  ["its options",             url("regex HELLO\nregex_options caseless"),     replies(PAGE), "passed"],
  ["what must not match",     url("regex hello\nregex_no_match"),             replies(PAGE), "failed: pattern found"],
  ["its offset",              url("regex l\nregex_max_offset 1"),             replies(PAGE), "failed: pattern not found"],
  ["a pattern without equal", url("regex (?R)?a"),                            replies(PAGE), "undecided: request not possible (atomic groups, recursion, conditions and callouts are not supported)"],
];
for (const [name, realServer, behaviour, expected] of rows) {
  Deno.test(`prepareCheck: ${name}`, async () => {
    await using server = await serve(behaviour);
    assertEquals(await judge(realServer, server.port), expected);
  });
}

Deno.test("prepareCheck: each URL by its number, with its host", async () => {
  const asked: string[] = [];
  await using server = await serve((socket) =>
    socket.once("data", (bytes) => {
      asked.push(bytes.toString().replaceAll(/\r\n(User-Agent|Connection):[^\r]*/g, ""));
      socket.end(octets(PAGE));
    })
  );
  const text = "virtualhost a.example\nHTTP_GET {\nhttp_protocol 1.1\nurl {\npath /one\n}\n" +
    "url {\npath /two\nvirtualhost b.example\n}\n}";
  assertEquals(await judge(text, server.port, 0), "passed");
  assertEquals(await judge(text, server.port, 1), "passed");
  assertEquals(asked, [
    "GET /one HTTP/1.1\r\nHost: a.example\r\n\r\n",
    "GET /two HTTP/1.1\r\nHost: b.example\r\n\r\n",
  ]);
});

Deno.test("prepareCheck: SSL_GET, with the name it is told to say", async () => {
  const { good } = await makeCertificates();
  const names: unknown[] = [];
  const tls = { cert: good.cert, key: good.key };
  await using server = await serveTls(tls, (socket) => {
    names.push("servername" in socket ? socket.servername || "none" : "no TLS");
    replies(PAGE)(socket);
  });
  const text = (lines: string) => `SSL_GET {\n${lines}\nurl {\npath /\nvirtualhost v.example\n}\n}`;
  assertEquals(await judge(text("enable_sni"), server.port), "passed");
  assertEquals(await judge(text(""), server.port), "passed");
  assertEquals(names, ["v.example", "none"]);
});

// deno-fmt-ignore
const datagrams: [name: string, realServer: string, answer: string, expected: string][] = [
  ["UDP_CHECK",             "UDP_CHECK {\n}",                              "",       "passed"],
  ["a reply",               "UDP_CHECK {\nrequire_reply 68656c\n}",        "hello",  "passed"],
  ["another reply",         "UDP_CHECK {\nrequire_reply 68656c\n}",        "hallo",  "failed: wrong reply (octet 1)"],
  ["half an octet is free", "UDP_CHECK {\nrequire_reply 686x6c\n}",        "hallo",  "passed"],
  ["the other half is not", "UDP_CHECK {\nrequire_reply 68x56c\n}",        "hallo",  "failed: wrong reply (octet 1)"],
];
for (const [name, realServer, answer, expected] of datagrams) {
  Deno.test(`prepareCheck: ${name}`, async () => {
    const socket = createSocket("udp4");
    socket.on("message", (_, from) => socket.send(answer, from.port, from.address));
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
    try {
      assertEquals(await judge(realServer, socket.address().port), expected);
    } finally {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    }
  });
}

// deno-fmt-ignore
const scripts: [name: string, realServer: string, expected: string][] = [
  ["MISC_CHECK",             'MISC_CHECK {\nmisc_path "/bin/sh -c true"\n}',                        "passed"],
  ["its failure",            'MISC_CHECK {\nmisc_path "/bin/sh -c false"\n}',                       "failed: script failed (exit status 1)"],
  ["its weight",             `MISC_CHECK {\nmisc_path "/bin/sh -c 'exit 9'"\nmisc_dynamic\n}`,      "passed"],
  ["without weight",         `MISC_CHECK {\nmisc_path "/bin/sh -c 'exit 9'"\n}`,                    "failed: script failed (exit status 9)"],
  ["its time",               'MISC_CHECK {\nmisc_path "/bin/sleep 60"\nmisc_timeout 1\n}',          "failed: timed out (after 1000 ms)"],
];
for (const [name, realServer, expected] of scripts) {
  Deno.test(`prepareCheck: ${name}`, async () => {
    assertEquals(await judge(realServer, 80), expected);
  });
}

Deno.test("prepareCheck: FILE_CHECK", async () => {
  const before = `track_file f {\nfile ${filesPath}\n}`;
  const text = "FILE_CHECK {\ntrack_file f\nweight 0\n}";
  await Deno.writeTextFile(filesPath, "0\n");
  assertEquals(await judge(text, 80, 0, before), "passed");
  await Deno.writeTextFile(filesPath, "1\n");
  assertEquals(await judge(text, 80, 0, before), "failed: file says down (1)");
  await Deno.remove(filesPath);
});

Deno.test("prepareCheck: PING_CHECK", async () => {
  assertEquals(await judge("PING_CHECK {\n}", 80), "passed");
});

Deno.test("prepareCheck: without a port nothing can be connected to", async () => {
  const { server } = loadServer({ realServer: "TCP_CHECK {\n}", endpoint: "127.0.0.1" });
  const check = checkOf(server);
  assert(check?.kind === "tcp");
  const connection = { ...check.connection, port: 0 };
  const prepared = prepareCheck({ ...check, connection }, WORLD);
  await using lab = new ProbeLab();
  const verdict = await lab.start("socket", (context) => {
    assert(prepared);
    return prepared.start(0, context);
  });
  assertEquals(gist(verdict), "failed: connection refused (no port to connect to)");
});

Deno.test("prepareCheck: nobody asks for BFD", () => {
  const check = { kind: "bfd", alpha: false, logsAllFailures: false, session: "b" } as const;
  assertEquals(prepareCheck(check, WORLD), undefined);
});
