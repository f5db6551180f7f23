import { assert, assertEquals } from "@std/assert";
import { digestCommand } from "../../../engine/commands/digest.ts";
import { hexDump } from "../../../engine/commands/hex_dump.ts";
import { HAS_OPENSSL, makeCertificates } from "../../checkers/certificates.ts";
import { octets, replies, serve, serveTls } from "../../checkers/servers.ts";
import { isInstalled, run } from "../../lab/command.ts";

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly complaints: string;
}

async function digest(...args: string[]): Promise<Outcome> {
  let [out, complaints] = ["", ""];
  const status = await digestCommand(args, (text) => out += text, (text) => complaints += text);
  return { status, out, complaints };
}

const HELLO = replies("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
/** `printf hello | md5sum`. */
const HELLO_MD5 = "5d41402abc4b2a76b9719d911017c592\n";

Deno.test("stayd digest of a URL", async () => {
  await using server = await serve(HELLO);
  const { status, out, complaints } = await digest(`http://127.0.0.1:${server.port}/x?y`);
  assertEquals([status, out, complaints], [0, HELLO_MD5, ""]);
});

Deno.test("stayd digest with genhash's options, any status, another host", async () => {
  let asked = "";
  await using server = await serve((socket) =>
    socket.once("data", (data) => {
      asked = String(data);
      socket.end("HTTP/1.0 404 No\r\n\r\nhello");
    })
  );
  const args = ["-s", "127.0.0.1", "-p", String(server.port), "-u", "/x", "-V", "web.test"];
  const { status, out } = await digest(...args, "-P", "1.0C", "-t", "5");
  assertEquals([status, out], [0, HELLO_MD5]);
  assertEquals(
    asked,
    "GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: web.test\r\n\r\n",
  );
});

Deno.test({
  name: "stayd digest over TLS",
  ignore: !HAS_OPENSSL,
  async fn() {
    const { good } = await makeCertificates();
    await using server = await serveTls(good, HELLO);
    assertEquals((await digest(`https://127.0.0.1:${server.port}/`)).out, HELLO_MD5);
    const args = ["-S", "-s", "127.0.0.1", "-p", String(server.port), "-u", "/"];
    assertEquals((await digest(...args, "-I", "-V", "web.test")).out, HELLO_MD5);
  },
});

Deno.test("stayd digest: no page", async () => {
  const { port } = await (async () => {
    await using server = await serve(() => {});
    return server;
  })();
  const { status, out, complaints } = await digest(`http://127.0.0.1:${port}/`);
  assertEquals([status, out, complaints], [1, "", "stayd digest: connection refused\n"]);
});

// deno-fmt-ignore
const usage: [args: string[], complaint: RegExp][] = [
  [[],                                            /no address to connect to: use --server/],
  [["http://web.test/"],                          /no address to connect to: web.test/],
  [["ftp://127.0.0.1/"],                          /no URL of the web/],
  [["-s", "127.0.0.1"],                           /nothing to ask for/],
  [["http://127.0.0.1/", "more"],                 /surplus words: more/],
  [["http://127.0.0.1/", "-p", "0"],              /--port is 1 to 65535: current value is 0/],
  [["http://127.0.0.1/", "-P", "2"],              /no such protocol: 2/],
  [["http://127.0.0.1/", "-t", "-1"],             /--timeout is 1 to|unknown option/],
  [["http://127.0.0.1/", "-x"],                   /unknown option -x/],
];
for (const [args, complaint] of usage) {
  Deno.test(`stayd digest ${args.join(" ")}`, async () => {
    const { status, out, complaints } = await digest(...args);
    assertEquals([status, out], [2, ""]);
    assert(complaint.test(complaints), complaints);
  });
}

Deno.test({
  name: "stayd digest prints what genhash prints",
  ignore: !isInstalled("genhash"),
  async fn() {
    const page = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 300\r\n\r\n" +
      Array.from({ length: 300 }, (_, i) => String.fromCharCode(i & 0xff)).join("");
    await using server = await serve(replies(page));
    const args = ["-s", "127.0.0.1", "-p", String(server.port), "-u", "/x"];
    const withoutTime = (text: string) => text.replace(/= \d+ usecs/, "");
    for (const more of [[], ["-v"]]) {
      const theirs = await run(["genhash", ...args, ...more]);
      const ours = await digest(...args, ...more);
      assertEquals(withoutTime(ours.out), withoutTime(theirs));
    }
  },
});

/** Bodies, each with the digest that Python's hashlib gives it. */
const BODIES: readonly [name: string, body: string, digest: string][] = [
  ["one octet", "x", "9dd4e461268c8034f5c8564e155c67a6"],
  ["NULs", "\0".repeat(5_000), "6bf95a48f366bdf8af3a198c7b723c77"],
  ["a million octets", "0123456789".repeat(100_000), "174ac9a4f023a557a68ab0417355970e"],
];
for (const [name, body, expected] of BODIES) {
  for (const protocol of ["1.0", "1.0c", "1.1"]) {
    Deno.test({
      name: `stayd digest, genhash and others agree: ${name}, HTTP ${protocol}`,
      ignore: !isInstalled("genhash") || !HAS_OPENSSL,
      async fn() {
        const page = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
        await using plain = await serve(replies(page));
        await using secure = await serveTls((await makeCertificates()).good, replies(page));
        for (const [port, more] of [[plain.port, []], [secure.port, ["-S"]]] as const) {
          const args = ["-s", "127.0.0.1", "-p", String(port), "-u", "/", "-P", protocol, ...more];
          assertEquals(await run(["genhash", ...args]), `${expected}\n`);
          assertEquals((await digest(...args)).out, `${expected}\n`);
        }
      },
    });
  }
}

// What genhash 2.2.7 prints.
const dumped = "0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.\n" +
  "0016  0a                      -                           .               \n";
Deno.test("hexDump", () => {
  assertEquals(hexDump(octets("HTTP/1.0 200 OK\r\n")), dumped);
  assertEquals(hexDump(new Uint8Array(0)), "");
});
