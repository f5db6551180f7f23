import { assert, assertEquals } from "@std/assert";
import { type HttpOptions, probeHttp } from "../../checkers/http.ts";
import type { TlsOptions } from "../../checkers/tls_connection.ts";
import { type Certificates, HAS_OPENSSL, makeCertificates } from "./certificates.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";
import { type Behaviour, replies, serve, serveTls, type TestServer } from "./servers.ts";

const ignore = !HAS_OPENSSL;
const OK = "HTTP/1.0 200 OK\r\n\r\nhello";
const PLAIN: HttpOptions = { path: "/", version: "1.0", asksToClose: false, statusCodes: [] };
const DAY_MS = 86_400_000;

let made: Promise<Certificates> | undefined;
/** Made once for all tests of this file. */
const certificates = () => made ??= makeCertificates();

async function secure(which: "good" | "ended" = "good", does: Behaviour = replies(OK)) {
  return await serveTls((await certificates())[which], does);
}

type Row = [
  name: string,
  server: () => Promise<TestServer>,
  tls: (authority: string, other: string) => TlsOptions,
  expected: string,
];
// deno-fmt-ignore
const rows: Row[] = [
  ["anybody is trusted",                 secure,                () => ({}), "passed"],
  ["even one that has ended",            () => secure("ended"), () => ({}), "passed"],
  ["trusted, by address",                secure,                (verifyWith) => ({ verifyWith }), "passed"],
  ["trusted, by name",                   secure,                (verifyWith) => ({ verifyWith, serverName: "web.test" }), "passed"],
  ["trusted, by a name not sent",        secure,                (verifyWith) => ({ verifyWith, verifyName: "web.test" }), "passed"],
  ["a name not sent, another one",       secure,                (verifyWith) => ({ verifyWith, verifyName: "other.test" }), "failed: certificate not trusted (ERR_TLS_CERT_ALTNAME_INVALID)"],
  ["one name sent, the other one verified", secure,             (verifyWith) => ({ verifyWith, serverName: "other.test", verifyName: "web.test" }), "passed"],
  ["another authority",                  secure,                (_, other) => ({ verifyWith: other, serverName: "web.test" }), "failed: certificate not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)"],
  ["another name",                       secure,                (verifyWith) => ({ verifyWith, serverName: "other.test" }), "failed: certificate not trusted (ERR_TLS_CERT_ALTNAME_INVALID)"],
  ["ended",                              () => secure("ended"), (verifyWith) => ({ verifyWith, serverName: "web.test" }), "failed: certificate expired (CERT_HAS_EXPIRED)"],
  ["ends in ten days: in time",          secure,                () => ({ expiryWarningMs: 9 * DAY_MS }), "passed"],
  ["ends in ten days: soon",             secure,                () => ({ expiryWarningMs: 11 * DAY_MS }), "passed, certificate expires soon"],
  ["ended, but not verified: soon",      () => secure("ended"), () => ({ expiryWarningMs: 1 }), "passed, certificate expires soon"],
  ["ends in order",                      secure,                () => ({ endsInOrder: true }), "passed"],
];
for (const [name, start, tls, expected] of rows) {
  Deno.test({
    name: `probeHttp over TLS: ${name}`,
    ignore,
    async fn() {
      await using lab = new ProbeLab();
      await using server = await start();
      const { authority, good } = await certificates();
      const options = { ...PLAIN, tls: tls(authority, good.cert) };
      const verdict = await lab.run(probeHttp, local(server.port), options);
      assertEquals(gist(verdict), expected);
      if (verdict.outcome === "undecided") throw new Error(gist(verdict));
      assertEquals(verdict.certificate?.subject, "web.test");
      const left = (verdict.certificate?.expiresMs ?? 0) - Date.now();
      assertEquals(Math.ceil(left / DAY_MS), name.includes("ended") ? -1 : 10);
    },
  });
}

// deno-fmt-ignore
const hostile: [name: string, start: () => Promise<TestServer>, expected: RegExp][] = [
  ["no TLS",                   () => serve((socket) => socket.end("220 mail.test ready\r\n")),  /^failed: TLS handshake failed/],
  ["closes at once",           () => serve((socket) => socket.end()),                           /^failed: TLS handshake failed/],
  ["resets after the hello",   () => serve((socket) => socket.once("data", () => socket.resetAndDestroy())), /^failed: TLS handshake failed/],
  ["silent",                   () => serve(() => {}),                                           /^failed: timed out \(in the TLS handshake\)$/],
  ["an alert",                 () => serve((socket) => socket.once("data", () => socket.end(Uint8Array.from([21, 3, 3, 0, 2, 2, 40])))), /^failed: TLS handshake failed/],
  ["garbage",                  () => serve((socket) => socket.once("data", () => socket.write(new Uint8Array(70_000).fill(22)))), /^failed: TLS handshake failed/],
  ["silent after the handshake", () => secure("good", () => {}),                                /^failed: timed out \(receiving\)$/],
  ["pours",                    () => secure("good", (socket) => {
    const pour = () => { while (!socket.destroyed && socket.write("x".repeat(65_536))); };
    socket.on("drain", pour);
    pour();
  }),                                                                                           /^failed: reply too long/],
];
for (const [name, start, expected] of hostile) {
  Deno.test({
    name: `probeHttp over TLS: a server that is hostile: ${name}`,
    ignore,
    async fn() {
      await using lab = new ProbeLab();
      await using server = await start();
      const target = local(server.port, { timeoutMs: 700 });
      const verdict = await lab.run(probeHttp, target, { ...PLAIN, tls: {} });
      assert(expected.test(gist(verdict)), gist(verdict));
    },
  });
}

/** The first record that a client sends. */
async function helloOf(tls: TlsOptions): Promise<string> {
  let hello = "";
  await using lab = new ProbeLab();
  await using server = await serve((socket) =>
    socket.once("data", (data) => {
      hello = String.fromCharCode(...data as Uint8Array);
      socket.destroy();
    })
  );
  await lab.run(probeHttp, local(server.port), { ...PLAIN, tls });
  return hello;
}

Deno.test("probeHttp over TLS: the name is sent only if it is to be", async () => {
  const [without, withName, verified] = [
    await helloOf({}),
    await helloOf({ serverName: "web.test" }),
    await helloOf({ verifyName: "web.test" }),
  ];
  assert(without.length > 100 && !without.includes("web.test") && !without.includes("127.0.0.1"));
  assert(withName.includes("web.test"));
  assert(!verified.includes("web.test"));
});

Deno.test({
  name: "probeHttp over TLS: a client certificate is shown",
  ignore,
  async fn() {
    const { good, authority } = await certificates();
    await using lab = new ProbeLab();
    const options = { ...good, ca: authority, requestCert: true, rejectUnauthorized: true };
    await using server = await serveTls(options, replies(OK));
    const shown = { certificate: good.cert, key: good.key };
    const run = (tls: TlsOptions) => lab.run(probeHttp, local(server.port), { ...PLAIN, tls });
    assertEquals(gist(await run(shown)), "passed");
    assertEquals((await run({})).outcome, "failed");
  },
});

Deno.test({
  name: "probeHttp over TLS: many at a time, all of them",
  ignore,
  async fn() {
    await using lab = new ProbeLab();
    await using server = await secure();
    const tls = {};
    const target = local(server.port, { timeoutMs: 20_000 });
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, () => lab.run(probeHttp, target, { ...PLAIN, tls })),
    );
    assertEquals(new Set(verdicts.map(gist)), new Set(["passed"]));
  },
});

// deno-fmt-ignore
const unusable: [name: string, tls: TlsOptions][] = [
  ["certificate",  { certificate: "nonsense" }],
  ["key",          { key: "nonsense" }],
  ["authority",    { verifyWith: "nonsense" }],
  ["empty",        { verifyWith: "" }],
];
for (const [name, tls] of unusable) {
  Deno.test(`probeHttp over TLS: a PEM text that is none is told: ${name}`, async () => {
    await using lab = new ProbeLab();
    await using server = await serve(() => {});
    const verdict = await lab.run(probeHttp, local(server.port), { ...PLAIN, tls });
    assertEquals([verdict.outcome, "reason" in verdict && verdict.reason], [
      "undecided",
      "request not possible",
    ]);
  });
}
