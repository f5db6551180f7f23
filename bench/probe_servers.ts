/**
 * Servers for bench/probes.ts, in a process of their own: a small page, plain and over TLS. Prints
 * their ports as JSON and serves until its input ends. Arguments: certificate and key, files.
 *
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

const REPLY = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
const [certificate = "", keyFile = ""] = Deno.args;

function behave(socket: Socket): void {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(REPLY));
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) =>
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, resolve)
  );
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const pair = { cert: Deno.readTextFileSync(certificate), key: Deno.readTextFileSync(keyFile) };
const plain = await portOf(createServer(behave));
const tlsServer = createTlsServer(pair, behave);
tlsServer.on("tlsClientError", () => {});
const tls = await portOf(tlsServer);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ plain, tls }) + "\n"));
await Deno.stdin.read(new Uint8Array(1));
Deno.exit(0);
