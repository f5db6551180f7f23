/**
 * UDP_CHECK and DNS_CHECK against servers on loopback.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { probeDns } from "../../checkers/dns.ts";
import { probeUdp, type ReplyRule, type UdpOptions } from "../../checkers/udp.ts";
import { gist, local, ProbeLab } from "./probe_lab.ts";
import { octets } from "./servers.ts";

type Answer = (question: Uint8Array, answer: (bytes: Uint8Array) => void) => void;

interface UdpServer extends AsyncDisposable {
  readonly port: number;
}

async function serveUdp(answer: Answer): Promise<UdpServer> {
  const socket: Socket = createSocket("udp4");
  let isOpen = true;
  socket.on("message", (question: Uint8Array, { port, address }: RemoteInfo) => {
    answer(new Uint8Array(question), (bytes) => {
      if (isOpen) socket.send(bytes, port, address);
    });
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]() {
      isOpen = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

const says = (text: string): Answer => (_, answer) => answer(octets(text));
const rule = (
  text: string,
  change: Partial<ReplyRule> = {},
  masks: readonly number[] = [],
): UdpOptions => ({
  reply: { bytesMin: 0, bytesMax: 255, pattern: { octets: [...octets(text)], masks }, ...change },
});
const QUICK_MS = 100;

// deno-fmt-ignore
const rows: [name: string, Answer, UdpOptions, expected: string][] = [
  ["any answer",                       says("hello"),     {},                                  "passed"],
  ["no answer is needed",              () => {},          {},                                  "passed"],
  ["an answer is needed",              () => {},          rule(""),                            "failed: timed out (no reply)"],
  ["an answer is needed, any",         says("hello"),     rule(""),                            "passed"],
  ["an empty answer is one",           says(""),          rule(""),                            "passed"],
  ["the right answer",                 says("hello"),     rule("hello"),                       "passed"],
  ["it may go on",                     says("hello all"), rule("hello"),                       "passed"],
  ["it may be shorter",                says("he"),        rule("hello"),                       "passed"],
  ["the wrong answer",                 says("hallo"),     rule("hello"),                       "failed: wrong reply (octet 1)"],
  ["bits that do not matter",          says("hallo"),     rule("hello", {}, [0xff, 0]),    "passed"],
  ["half an octet matters",            says("ia"),        rule("aa", {}, [0xf0]),              "passed"],
  ["the other half does not",          says("qa"),        rule("aa", {}, [0xf0]),              "failed: wrong reply (octet 0)"],
  ["long enough",                      says("hello"),     rule("", { bytesMin: 5 }),           "passed"],
  ["too short",                        says("hello"),     rule("", { bytesMin: 6 }),           "failed: wrong reply (5 octets)"],
  ["short enough",                     says("hello"),     rule("", { bytesMax: 5 }),           "passed"],
  ["too long",                         says("hello"),     rule("", { bytesMax: 4 }),           "failed: wrong reply (5 octets)"],
  ["the longest",                      says("x".repeat(60_000)), rule("x", { bytesMax: 65_535 }), "passed"],
];
for (const [name, answer, options, expected] of rows) {
  Deno.test(`probeUdp: ${name}`, async () => {
    await using lab = new ProbeLab();
    await using server = await serveUdp(answer);
    const timeoutMs = /no answer|needed$/.test(name) ? QUICK_MS : 5_000;
    const verdict = await lab.run(probeUdp, local(server.port, { timeoutMs }), options);
    assertEquals(gist(verdict), expected);
  });
}

Deno.test("probeUdp: nobody there", async () => {
  await using lab = new ProbeLab();
  const server = await serveUdp(() => {});
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const verdict = await lab.run(probeUdp, local(port), {});
  assertEquals(gist(verdict), "failed: connection refused");
});

// deno-fmt-ignore
const questions: [name: string, UdpOptions, text: string][] = [
  ["keepalived's words", {},                               "keepalived check - keepalived ch"],
  ["a payload",          { payload: [0xab, 0x12, 0x0f] },  "\xab\x12\x0f"],
  ["nothing",            { payload: [] },                  ""],
];
for (const [name, options, text] of questions) {
  Deno.test(`probeUdp sends ${name}`, async () => {
    let asked: Uint8Array | undefined;
    await using lab = new ProbeLab();
    await using server = await serveUdp((question, answer) => {
      asked = question;
      answer(question);
    });
    await lab.run(probeUdp, local(server.port), options);
    assertEquals(asked, octets(text));
  });
}

/** An answer to a question, with this RCODE. */
function answered(question: Uint8Array, rcode: number, idChange = 0): Uint8Array {
  const reply = question.slice();
  reply[1] = ((reply[1] ?? 0) + idChange) & 0xff;
  reply[2] = 0x81;
  reply[3] = 0x80 | rcode;
  return reply;
}

// deno-fmt-ignore
const names: [name: string, Answer, expected: string][] = [
  ["answered",                     (q, answer) => answer(answered(q, 0)),       "passed"],
  ["no such name",                 (q, answer) => answer(answered(q, 3)),       "failed: wrong reply (NXDOMAIN)"],
  ["refused",                      (q, answer) => answer(answered(q, 5)),       "failed: wrong reply (REFUSED)"],
  ["an unknown code",              (q, answer) => answer(answered(q, 15)),      "failed: wrong reply (RCODE 15)"],
  ["another's answer, then ours",  (q, answer) => { answer(answered(q, 5, 1)); answer(answered(q, 0)); }, "passed"],
  ["garbage, then ours",           (q, answer) => { answer(octets("x")); answer(q); answer(new Uint8Array(0)); answer(answered(q, 0)); }, "passed"],
  ["silence",                      () => {},                                    "failed: timed out (no reply)"],
  ["our question, sent back",      (q, answer) => answer(q),                    "failed: timed out (no reply)"],
];
for (const [name, answer, expected] of names) {
  Deno.test(`probeDns: ${name}`, async () => {
    await using lab = new ProbeLab();
    await using server = await serveUdp(answer);
    const timeoutMs = expected.includes("timed out") ? QUICK_MS : 5_000;
    const options = { type: 1, name: "www.example.test" };
    const verdict = await lab.run(probeDns, local(server.port, { timeoutMs }), options);
    assertEquals(gist(verdict), expected);
  });
}

Deno.test("probeDns: a flood of other answers does not hold up the rest", async () => {
  await using lab = new ProbeLab();
  let flooding = true;
  await using server = await serveUdp((question, answer) => {
    const flood = () => {
      for (let i = 0; i < 50; i++) answer(answered(question, 0, 1));
      if (flooding) setTimeout(flood, 1);
    };
    flood();
  });
  const verdict = await lab.run(probeDns, local(server.port, { timeoutMs: 200 }), {
    type: 6,
    name: ".",
  });
  flooding = false;
  assertEquals(gist(verdict), "failed: timed out (no reply)");
});

Deno.test("probeDns: a name that is none", async () => {
  await using lab = new ProbeLab();
  const verdict = await lab.run(probeDns, local(53), { type: 6, name: "a..b" });
  assert(gist(verdict).startsWith("undecided: request not possible"));
});
