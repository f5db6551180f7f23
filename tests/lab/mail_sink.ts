/**
 * A mail server that keeps what it is sent, on its own or in a test; it can be talked to in plain,
 * by STARTTLS, by TLS, with a login.
 *
 * Usage: deno run -A tests/lab/mail_sink.ts HOST PORT FILE
 *
 * @module
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** What the server is like. */
export interface SinkOptions {
  readonly host?: string;
  readonly port?: number;
  /** With it, TLS: offered, or from the beginning. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  readonly tls?: "starttls" | "tls";
  /** Wanted of everybody, as `user password`. */
  readonly login?: string;
  /** What is said to a command instead of the usual; `silence`: nothing. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A mail, and what it came with. */
export interface Received {
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines, an empty one, and the text. */
  readonly lines: readonly string[];
}

/** A running server. */
export interface MailSink extends AsyncDisposable {
  readonly port: number;
  readonly mails: Received[];
  /** Commands of all connections, in order. */
  readonly commands: string[];
}

/** Starts a server. */
export async function openMailSink(options: SinkOptions = {}): Promise<MailSink> {
  const { host = "127.0.0.1", certificate, tls } = options;
  const mails: Received[] = [];
  const commands: string[] = [];
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    return socket;
  };
  const greet = (socket: Socket, secure: boolean, begin?: (socket: Socket) => void) =>
    new Session(keep(socket), { secure, options, mails, commands, begin });
  const secured = certificate &&
    createTlsServer(certificate, (socket) => void greet(socket, true));
  secured?.on("tlsClientError", () => {});
  const inner = secured && await listening(secured, "127.0.0.1", 0);
  // The runtime has no TLS for a connection that was plain: another connection has it.
  const splice = (socket: Socket) => {
    if (inner === undefined) return;
    const other = keep(connect(inner, "127.0.0.1"));
    socket.pipe(other).pipe(socket);
  };
  const server = createServer((socket) => {
    if (tls === "tls") splice(keep(socket));
    else greet(socket, false, tls === "starttls" ? splice : undefined);
  });
  const port = await listening(server, host, options.port ?? 0);
  return {
    port,
    mails,
    commands,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await Promise.all([server, ...secured ? [secured] : []].map(closed));
    },
  };
}

async function listening(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Surroundings {
  readonly secure: boolean;
  readonly options: SinkOptions;
  readonly mails: Received[];
  readonly commands: string[];
  /** Begins TLS on a connection. */
  readonly begin: ((socket: Socket) => void) | undefined;
}

/** One connection. */
class Session {
  readonly #socket: Socket;
  readonly #around: Surroundings;
  #rest = "";
  #user: string | undefined;
  #from = "";
  #to: string[] = [];
  #lines: string[] | undefined;

  constructor(socket: Socket, around: Surroundings) {
    this.#socket = socket;
    this.#around = around;
    const { secure, options } = around;
    // After STARTTLS nobody is greeted again.
    if (!secure || options.tls === "tls") this.#say("CONNECT", "220 sink ESMTP");
    socket.on("data", (bytes) => this.#take(String(bytes)));
  }

  #say(command: string, usual: string): void {
    const answer = this.#around.options.answers?.[command] ?? usual;
    if (answer !== "silence") this.#socket.write(`${answer}\r\n`);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#lines) this.#takeText(line);
      else this.#obey(line);
    }
  }

  #takeText(line: string): void {
    if (line !== ".") return void this.#lines?.push(line.replace(/^\.\./, "."));
    const { secure, mails } = this.#around;
    const lines = this.#lines ?? [];
    mails.push({ secure, user: this.#user, from: this.#from, to: this.#to, lines });
    this.#lines = undefined;
    this.#to = [];
    this.#say(".", "250 taken");
  }

  #obey(line: string): void {
    const { commands, begin } = this.#around;
    commands.push(line);
    const [word = "", second = "", third = ""] = line.split(" ");
    switch (word.toUpperCase()) {
      case "EHLO":
        return this.#say("EHLO", this.#features());
      case "STARTTLS":
        if (!begin) return this.#say("STARTTLS", "502 not here");
        this.#say("STARTTLS", "220 go on");
        this.#socket.removeAllListeners("data");
        return begin(this.#socket);
      case "AUTH":
        return this.#login(second, third);
      case "MAIL":
        this.#from = addressIn(line);
        return this.#say("MAIL", "250 fine");
      case "RCPT":
        this.#to.push(addressIn(line));
        return this.#say("RCPT", "250 fine");
      case "DATA":
        this.#lines = [];
        return this.#say("DATA", "354 go on");
      case "QUIT":
        this.#say("QUIT", "221 bye");
        return void this.#socket.end();
      default:
        return this.#say(word.toUpperCase(), "250 fine");
    }
  }

  #features(): string {
    const { secure, begin, options } = this.#around;
    const more = [
      ...!secure && begin ? ["STARTTLS"] : [],
      ...options.login !== undefined && (secure || !options.tls) ? ["AUTH PLAIN"] : [],
      "8BITMIME",
    ];
    return ["sink", ...more].map((each, i) => `250${i < more.length ? "-" : " "}${each}`)
      .join("\r\n");
  }

  #login(method: string, secret: string): void {
    const [, user = "", password = ""] = atob(secret).split("\0");
    const isRight = method === "PLAIN" && `${user} ${password}` === this.#around.options.login;
    if (isRight) this.#user = user;
    this.#say("AUTH", isRight ? "235 welcome" : "535 who are you?");
  }
}

function addressIn(line: string): string {
  return /:<(.*)>/.exec(line)?.[1] ?? "";
}

if (import.meta.main) {
  const [host = "", port = "", file = ""] = Deno.args;
  const sink = await openMailSink({ host, port: Number(port) });
  setInterval(() => Deno.writeTextFileSync(file, JSON.stringify(sink.mails)), 50);
}
