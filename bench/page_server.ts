/**
 * A small page for bench/lateness.ts, in a process of its own; each second it prints how often it
 * was asked so far. Arguments: address and port.
 *
 * @module
 */
import { createServer } from "node:net";

const REPLY = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
const REPORT_MS = 1_000;
const [host = "", port = ""] = Deno.args;
let count = 0;
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    count++;
    socket.end(REPLY);
  });
});
const say = () => void Deno.stdout.writeSync(new TextEncoder().encode(`${count}\n`));
server.listen({ port: Number(port), host, backlog: 4_096 }, () => {
  say();
  setInterval(say, REPORT_MS);
});
