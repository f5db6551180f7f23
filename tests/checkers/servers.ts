/**
 * Servers on loopback that behave as a test tells them to.
 *
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A server; dispose of it at the end of a test. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
}

/** What a server does with a connection. */
export type Behaviour = (socket: Socket) => void;

/** A TCP server. */
export function serve(behaviour: Behaviour): Promise<TestServer> {
  const open = new Set<Socket>();
  return listen(createServer((socket) => greet(socket, open, behaviour)), open);
}

/** A TLS server; `behaviour` begins after the handshake. */
export function serveTls(options: TlsOptions, behaviour: Behaviour): Promise<TestServer> {
  const open = new Set<Socket>();
  const server = createTlsServer(options, (socket) => greet(socket, open, behaviour));
  server.on("tlsClientError", () => {});
  return listen(server, open);
}

function greet(socket: Socket, open: Set<Socket>, behaviour: Behaviour): void {
  open.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => open.delete(socket));
  behaviour(socket);
}

async function listen(server: Server, open: ReadonlySet<Socket>): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No address");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** A character for each octet. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Sends these octets when something came, then closes. */
export function replies(...parts: readonly string[]): Behaviour {
  return (socket) => {
    socket.once("data", () => {
      for (const part of parts) socket.write(octets(part));
      socket.end();
    });
  };
}

/** Sends these octets when something came, and stays. */
export function repliesAndStays(text: string): Behaviour {
  return (socket) => {
    socket.once("data", () => socket.write(octets(text)));
  };
}
