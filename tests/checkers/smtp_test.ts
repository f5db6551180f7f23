import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { probeSmtp } from "../../checkers/smtp.ts";
import { SmtpReplyReader } from "../../checkers/smtp_reply.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";
import { octets, serve } from "./servers.ts";

/** What the server says: at first, then after each line it hears. */
type Script = readonly string[];
const GOOD: Script = ["220 mail.test ESMTP\r\n", "250 hello\r\n", "221 bye\r\n"];

// deno-fmt-ignore
const rows: [name: string, Script, expected: string][] = [
  ["as it should be",           GOOD,                                                          "passed"],
  ["§4.2.1 many lines",         ["220-welcome\r\n220-to\r\n220 mail\r\n", "250-a\r\n250 b\r\n", "221 x\r\n"], "passed"],
  ["§4.2 a code alone",         ["220\r\n", "250\r\n", "221\r\n"],                             "passed"],
  ["lines end with LF",         ["220 a\n", "250 b\n", "221 c\n"],                             "passed"],
  ["any goodbye",               ["220 a\r\n", "250 b\r\n", "500 what\r\n"],                    "passed"],
  ["not now",                   ["421 busy\r\n"],                                              "failed: wrong reply (to greeting: 421 busy)"],
  ["another's greeting",        ["554 no\x07mail\r\n"],                                        "failed: wrong reply (to greeting: 554 no?mail)"],
  ["HELO is refused",           ["220 a\r\n", "550 go away\r\n"],                              "failed: wrong reply (to HELO: 550 go away)"],
  ["codes differ",              ["220-a\r\n250 b\r\n"],                                        "failed: malformed reply (to greeting: codes differ)"],
  ["no code",                   ["HTTP/1.0 200 OK\r\n"],                                       "failed: malformed reply (to greeting: no code)"],
  ["four digits",               ["2200 a\r\n"],                                                "failed: malformed reply (to greeting: no code)"],
  ["a line without end",        ["2".repeat(100_000)],                                         "failed: reply too long (to greeting)"],
  ["lines without end",         ["220-a\r\n".repeat(20_000)],                                  "failed: reply too long (to greeting)"],
  ["closes instead of greeting", ["CLOSE"],                                                    "failed: no reply (to greeting)"],
  ["closes in a line",          ["220 aCLOSE"],                                                "failed: no reply (to greeting)"],
  ["closes after HELO",         ["220 a\r\n", "CLOSE"],                                        "failed: no reply (to HELO)"],
  ["closes without goodbye",    ["220 a\r\n", "250 b\r\n", "CLOSE"],                           "failed: no reply (to QUIT)"],
];
for (const [name, script, expected] of rows) {
  Deno.test(`probeSmtp: ${name}`, async () => {
    const heard: string[] = [];
    await using lab = new ProbeLab();
    await using server = await serve((socket) => {
      let next = 0;
      const say = () => {
        const [text = "", close] = (script[next++] ?? "").split("CLOSE");
        if (text !== "") socket.write(octets(text));
        if (close !== undefined) socket.end();
      };
      socket.on("data", (data) => {
        heard.push(String(data));
        say();
      });
      say();
    });
    const options = { heloName: "lb.test" };
    const verdict = await lab.run(probeSmtp, local(server.port), options);
    assertEquals(gist(verdict), expected);
    if (verdict.outcome === "passed") assertEquals(heard, ["HELO lb.test\r\n", "QUIT\r\n"]);
  });
}

Deno.test("probeSmtp: a name with a line in it is not said", async () => {
  await using lab = new ProbeLab();
  const verdict = await lab.run(probeSmtp, local(1), { heloName: "a\r\nMAIL FROM:<b>" });
  assertEquals(gist(verdict), "undecided: request not possible (no name for HELO)");
});

Deno.test("SmtpReplyReader: how a reply is cut into parts does not matter", () => {
  const line = fc.constantFrom(
    "220 a\r\n",
    "220-a\r\n",
    "220\n",
    "250 b\r\n",
    "x\r\n",
    "\r\n",
    "22",
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), sizes, (lines, cut) => {
    const bytes = octets(lines.join(""));
    const whole = new SmtpReplyReader().push(bytes);
    const reader = new SmtpReplyReader();
    let outcome: typeof whole = "more";
    for (let at = 0, i = 0; at < bytes.length && outcome === "more"; i++) {
      const size = cut[i % cut.length] ?? 1;
      outcome = reader.push(bytes.subarray(at, at + size));
      at += size;
    }
    assertEquals(outcome, whole);
  }));
});

Deno.test("SmtpReplyReader: any octets are read", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (parts) => {
    const reader = new SmtpReplyReader();
    for (const part of parts) {
      const reply = reader.push(part);
      if (typeof reply === "object") assert(reply.code >= 0 && reply.code <= 999);
    }
  }));
});
