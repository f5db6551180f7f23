/**
 * How each check connects, from the words of its block to what the server sees of it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createSocket } from "node:dgram";
import { prepareCheck } from "../../../engine/io/check_probe.ts";
import { gist, ProbeLab } from "../../checkers/probe_lab.ts";
import { octets, serve } from "../../checkers/servers.ts";
import { isInstalled } from "../../lab/command.ts";
import { checkOf, loadServer } from "../config/lvs/texts.ts";

const SOURCE = "127.0.0.77";
/** Below those that the kernel gives away. */
const SOURCE_PORT = 20_177;
const UID_ROOT = 0;

/** Blocks, as far as they need words of their own, and what the server answers. */
const BLOCKS: Readonly<Record<string, { readonly lines?: string; readonly answer?: string }>> = {
  HTTP_GET: { lines: "url {\npath /\n}", answer: "HTTP/1.0 200 OK\r\n\r\n" },
  SSL_GET: { lines: "url {\npath /\n}" },
  SMTP_CHECK: {},
};

async function verdictOf(block: string, lines: string): Promise<string> {
  const text = `${block} {\n${BLOCKS[block]?.lines ?? ""}\n${lines}\n}`;
  // Nobody is at the real server itself.
  const { server, found } = loadServer({ realServer: text, endpoint: "127.0.0.1 1" });
  const check = checkOf(server);
  assert(check, found.join("; "));
  const prepared = prepareCheck(check, {
    tls: {},
    prepareScript: () => "",
    filePath: () => undefined,
  });
  assert(prepared);
  await using lab = new ProbeLab();
  return gist(await lab.start(prepared.lane, (context) => prepared.start(0, context)));
}

/** The firewall marks of our sockets that are connected to a port. */
function marksTo(port: number): string[] {
  const args = ["-tneH", `( dport = :${port} )`];
  const { stdout } = new Deno.Command("ss", { args }).outputSync();
  return [...new TextDecoder().decode(stdout).matchAll(/fwmark:(\w+)/g)].map(([, mark]) =>
    mark ?? ""
  );
}

for (const [block, { answer = "" }] of Object.entries(BLOCKS)) {
  Deno.test({
    name: `${block}: connect_ip, connect_port, bindto, bind_port, bind_if and fwmark`,
    ignore: Deno.uid() !== UID_ROOT || !isInstalled("ss"),
    async fn() {
      let seen = "";
      let marks: string[] = [];
      await using server = await serve((socket) => {
        seen = `${socket.remoteAddress}:${socket.remotePort}`;
        marks = marksTo(socket.localPort ?? 0);
        socket.end(octets(answer));
      });
      const way = `connect_ip 127.0.0.1\nconnect_port ${server.port}\nconnect_timeout 2`;
      const own = `bindto ${SOURCE}\nbind_port ${SOURCE_PORT}\nbind_if lo\nfwmark 119`;
      const said = await verdictOf(block, `${way}\n${own}`);
      assertEquals([seen, marks], [`${SOURCE}:${SOURCE_PORT}`, ["0x77"]], said);
      assertMatch(
        await verdictOf(block, `${way}\nbind_if nonesuch`),
        /^undecided: socket not available \(.*nonesuch: ENODEV\)$/,
      );
    },
  });

  Deno.test(`${block}: connect_timeout`, async () => {
    await using server = await serve(() => {});
    const said = await verdictOf(block, `connect_port ${server.port}\nconnect_timeout 0.05`);
    assertMatch(said, /^failed: timed out/);
  });
}

// deno-fmt-ignore
const TCP: [lines: string, expected: RegExp][] = [
  ["connect_ip 127.0.0.1",                  /^passed$/],
  ["connect_ip 127.0.0.2",                  /^failed: connection refused$/],
  ["bindto 127.0.0.77\nbind_port 20177",    /^passed$/],
  ["bindto 192.0.2.99",                     /^undecided: socket not available \(bind: EADDRNOTAVAIL\)$/],
  ["bind_if nonesuch",                      /^undecided: socket not available \(.*nonesuch: ENODEV\)$/],
];
for (const [lines, expected] of TCP) {
  Deno.test({
    name: `TCP_CHECK: ${lines.replace("\n", "; ")}`,
    ignore: Deno.uid() !== UID_ROOT,
    async fn() {
      await using server = await serve(() => {});
      assertMatch(await verdictOf("TCP_CHECK", `connect_port ${server.port}\n${lines}`), expected);
    },
  });
}

for (const [block, lines] of [["UDP_CHECK", "require_reply"], ["DNS_CHECK", ""]] as const) {
  Deno.test({
    name: `${block}: connect_port, bindto, bind_port, bind_if and connect_timeout`,
    ignore: Deno.uid() !== UID_ROOT,
    async fn() {
      const socket = createSocket("udp4");
      let seen = "";
      socket.on("message", (_, { address, port }) => seen = `${address}:${port}`);
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
      try {
        const way = `connect_port ${socket.address().port}\nconnect_timeout 0.05`;
        const own = `bindto ${SOURCE}\nbind_port ${SOURCE_PORT}\nbind_if lo\nfwmark 119`;
        const said = await verdictOf(block, `${lines}\n${way}\n${own}`);
        assertEquals([seen, said], [`${SOURCE}:${SOURCE_PORT}`, "failed: timed out (no reply)"]);
      } finally {
        await new Promise<void>((resolve) => socket.close(() => resolve()));
      }
    },
  });
}
