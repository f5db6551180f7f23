/**
 * A socket like that of a service manager: what was sent to it is kept by the kernel until read.
 *
 * @module
 */
import { AF, SOCK } from "../../net/sys/constants.ts";
import { Fd } from "../../net/sys/fd.ts";
import { check, libc } from "../../net/sys/libc.ts";
import { unixAddress } from "../../net/sys/socket_address.ts";

const MESSAGE_BYTES_MAX = 4_096;
let count = 0;

/** A bound datagram socket. */
export class NotifySocket implements Disposable {
  /** For `NOTIFY_SOCKET`. */
  readonly address: string;
  readonly #fd: Fd;

  private constructor(address: string, fd: Fd) {
    this.address = address;
    this.#fd = fd;
  }

  /** Opens one: a file, or a name in the abstract namespace (of the network namespace). */
  static open(kind: "path" | "abstract", address = newAddress(kind)): NotifySocket {
    const flags = SOCK.DGRAM | SOCK.NONBLOCK | SOCK.CLOEXEC;
    const fd = new Fd(check("socket", libc.socket(AF.UNIX, flags, 0)));
    const bytes = unixAddress(address);
    check("bind", libc.bind(fd.number, bytes, bytes.length));
    return new NotifySocket(address, fd);
  }

  /** The messages that have come. */
  read(): string[] {
    const messages: string[] = [];
    const buffer = new Uint8Array(MESSAGE_BYTES_MAX);
    for (;;) {
      const length = libc.recv(this.#fd.number, buffer, buffer.length, 0);
      if (length < 0) return messages;
      messages.push(new TextDecoder().decode(buffer.subarray(0, length)));
    }
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
    if (!this.address.startsWith("@")) Deno.removeSync(this.address);
  }
}

function newAddress(kind: "path" | "abstract"): string {
  const name = `notify-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}-${++count}`;
  return kind === "abstract" ? `@${name}` : `${Deno.env.get("TMPDIR") ?? "/tmp"}/${name}`;
}
