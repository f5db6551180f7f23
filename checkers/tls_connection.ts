/**
 * TLS over a connection of ours. The runtime speaks it; what it needs of the socket (mark, device,
 * source) was set up before.
 *
 * The runtime's own verification is never in force, as it would only give an error: whether a
 * certificate is trusted is found out, and judged here.
 *
 * The runtime's modules take tens of milliseconds to load, so that happens on first use: whoever
 * checks nothing by TLS never pays for it.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import {
  type Connection,
  ENDED,
  type PlainConnection,
  stepEndMs,
  type Trouble,
} from "./connection.ts";
import {
  type CertificateFacts,
  failed,
  printable,
  type ProbeContext,
  type Target,
  undecided,
  type Warning,
} from "./probe.ts";

// Not imports: see above.
const node = {
  get crypto() {
    return process.getBuiltinModule("node:crypto");
  },
  get net() {
    return process.getBuiltinModule("node:net");
  },
  get tls() {
    return process.getBuiltinModule("node:tls");
  },
};

/** How TLS is spoken. Keep one object for all probes of a checker: its keys are read once. */
export interface TlsOptions {
  /** Name in the handshake (SNI); default: none is sent. */
  readonly serverName?: string;
  /** Certificates of who may vouch for the server, PEM; then it must be trusted. */
  readonly verifyWith?: string;
  /** Name or address that the certificate must have; default: `serverName`, or the address. */
  readonly verifyName?: string;
  /** Our own certificate and its key, PEM. */
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Warns if the certificate ends sooner; 0: never. */
  readonly expiryWarningMs?: number;
  /** Ends in order, with close_notify. */
  readonly endsInOrder?: boolean;
}

/** Octets that may wait to be read: the other side must not fill our memory. */
const WAITING_BYTES_MAX = 1_024 * 1_024;

/** For the other side to take our close_notify. */
const FAREWELL_MS_MAX = 1_000;
/** Of a name in a certificate. */
const NAME_CHARS_MAX = 64;

/** A TLS connection. */
export class TlsConnection implements Connection {
  readonly #tcp: Socket;
  readonly #tls: TLSSocket;
  readonly #target: Target;
  readonly #options: TlsOptions;
  readonly #context: ProbeContext;
  readonly #endMs: number;
  readonly #stop = () => this.#settle(undecided("stopped"));
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #over: typeof ENDED | Trouble | undefined;
  #isSecure = false;
  #wake: (() => void) | undefined;
  /** What the server showed; known after the handshake. */
  certificate: CertificateFacts | undefined;

  /** Takes over the descriptor. Throws if keys or certificates cannot be read. */
  constructor(
    plain: PlainConnection,
    target: Target,
    options: TlsOptions,
    context: ProbeContext,
    endMs: number,
  ) {
    this.#target = target;
    this.#options = options;
    this.#context = context;
    this.#endMs = endMs;
    const secureContext = contextOf(options);
    this.#tcp = new node.net.Socket({ fd: plain.release(), readable: true, writable: true });
    this.#tcp.on("error", (error) => this.#settle(this.#problem(error)));
    this.#tls = node.tls.connect({
      socket: this.#tcp,
      secureContext,
      rejectUnauthorized: false,
      // A name here would be sent to the server.
      host: target.ip,
      checkServerIdentity: (_host, certificate) =>
        node.tls.checkServerIdentity(
          options.verifyName ?? options.serverName ?? target.ip,
          certificate,
        ),
      ...(options.serverName !== undefined && { servername: options.serverName }),
    });
    this.#listen();
    context.signal.addEventListener("abort", this.#stop);
    if (context.signal.aborted) this.#stop();
  }

  /** Waits for the handshake, and judges the certificate. */
  async secured(): Promise<Trouble | undefined> {
    const trouble = await this.#until(() => this.#isSecure, "in the TLS handshake");
    if (trouble !== undefined) return trouble === ENDED ? failed("TLS handshake failed") : trouble;
    const { valid_to: end = "", subject } = this.#tls.getPeerCertificate();
    const name = subject?.CN;
    this.certificate = {
      expiresMs: Date.parse(end),
      subject: printable(String(Array.isArray(name) ? name[0] : name ?? ""), NAME_CHARS_MAX),
    };
    return this.#options.verifyWith === undefined ? undefined : this.#judge();
  }

  /** What to warn of though all went well. */
  warnings(): Warning[] {
    const { expiryWarningMs = 0 } = this.#options;
    const { expiresMs = NaN } = this.certificate ?? {};
    const isSoon = expiryWarningMs > 0 && expiresMs - Date.now() < expiryWarningMs;
    return isSoon ? ["certificate expires soon"] : [];
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<Trouble | undefined> {
    let isSent = false;
    this.#tls.write(bytes, () => {
      isSent = true;
      this.#wake?.();
    });
    const trouble = await this.#until(() => isSent || this.#chunks.length > 0, "sending");
    return trouble === ENDED ? failed("connection lost") : trouble;
  }

  async receive(): Promise<Uint8Array | typeof ENDED | Trouble> {
    const trouble = await this.#until(() => this.#chunks.length > 0, "receiving");
    const chunk = this.#chunks.shift();
    if (!chunk) return trouble ?? ENDED;
    this.#waitingBytes -= chunk.length;
    if (this.#waitingBytes < WAITING_BYTES_MAX) this.#tls.resume();
    return chunk;
  }

  [Symbol.dispose](): void {
    this.#context.signal.removeEventListener("abort", this.#stop);
    this.#settle(undecided("stopped"));
    // Both: either alone would leave the other's resources open.
    if (!this.#options.endsInOrder || !this.#isSecure) return this.#destroy();
    // One that does not read does not hold us.
    const timer = this.#context.timers.setTimeout(() => this.#destroy(), FAREWELL_MS_MAX);
    this.#tls.end(() => {
      this.#context.timers.clearTimeout(timer);
      this.#destroy();
    });
  }

  #destroy(): void {
    this.#tls.destroy();
    this.#tcp.destroy();
  }

  #listen(): void {
    const tls = this.#tls;
    tls.on("secureConnect", () => {
      this.#isSecure = true;
      this.#wake?.();
    });
    tls.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#waitingBytes >= WAITING_BYTES_MAX) tls.pause();
      this.#wake?.();
    });
    tls.on("end", () => this.#settle(ENDED));
    tls.on("close", () => this.#settle(ENDED));
    tls.on("error", (error) => this.#settle(this.#problem(error)));
  }

  /** The first end counts. */
  #settle(over: typeof ENDED | Trouble): void {
    this.#over ??= over;
    this.#wake?.();
  }

  #problem(error: Error): Trouble {
    const { code, message } = error as Error & { code?: unknown };
    if (this.#isSecure) return failed("connection lost", String(code ?? message));
    return failed("TLS handshake failed", `${code ?? ""} ${message}`.trim());
  }

  /** Waits until something holds, or the conversation is over, or the step took too long. */
  async #until(holds: () => boolean, doing: string): Promise<typeof ENDED | Trouble | undefined> {
    const { timers } = this.#context;
    let isLate = false;
    const delayMs = stepEndMs(this.#target, this.#context, this.#endMs) - timers.now();
    const timer = timers.setTimeout(() => {
      // What arrived while this process did not run is known only after a turn of the runtime.
      setTimeout(() => {
        isLate = true;
        this.#wake?.();
      });
    }, Math.max(0, delayMs));
    while (!holds() && this.#over === undefined && !isLate) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    timers.clearTimeout(timer);
    this.#wake = undefined;
    if (holds()) return undefined;
    return this.#over ?? failed("timed out", doing);
  }

  #judge(): Trouble | undefined {
    if (this.#tls.authorized) return undefined;
    const problem = String(this.#tls.authorizationError);
    const isExpired = problem === "CERT_HAS_EXPIRED";
    return failed(isExpired ? "certificate expired" : "certificate not trusted", problem);
  }
}

// Reading keys takes longer than using them.
const contexts = new WeakMap<TlsOptions, SecureContext>();

function contextOf(options: TlsOptions): SecureContext {
  const known = contexts.get(options);
  if (known) return known;
  const { verifyWith, certificate, key, passphrase } = options;
  const made = node.tls.createSecureContext({
    ...(verifyWith !== undefined && { ca: verifyWith }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  });
  contexts.set(options, made);
  return made;
}

/** Why these options cannot be used; undefined if they can. The runtime would tell too late. */
export function tlsProblem(options: TlsOptions): string | undefined {
  if (contexts.has(options)) return undefined;
  const { verifyWith, certificate, key, passphrase } = options;
  const { createPrivateKey, X509Certificate } = node.crypto;
  try {
    if (verifyWith !== undefined) new X509Certificate(verifyWith);
    if (certificate !== undefined) new X509Certificate(certificate);
    if (key !== undefined) {
      createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
    }
    contextOf(options);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
