/**
 * What crosses a wire of the lab, read from one `tcpdump` while it happens.
 *
 * The times are the kernel's, taken where the frame enters the bridge: how late this process reads
 * them does not matter to any measurement.
 *
 * @module
 */
import { decodePcap } from "../../net/packet/pcap.ts";
import { sleep } from "./command.ts";
import { decodeFrame, type Frame } from "./frame.ts";

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
const CAPTURED_LENGTH_AT = 8;
/** Enough for 30,000 announcements at once. */
const KERNEL_BUFFER_KIB = 32_768;

/** How long the kernel keeps back what it captured, if it is not to be live. */
const BATCH_MS_MAX = 1100;

/** What is captured, and how. */
export interface CaptureOptions {
  /** In tcpdump's words; default everything. */
  readonly filter?: string;
  /**
   * Whether every frame is told at once (default), or up to a second later in batches: then
   * nothing that is measured has to share the processor with the capture of its last packet.
   */
  readonly live?: boolean;
}

/** A running capture. Stop it before its namespace goes. */
export class Capture {
  /** Every frame so far, in the order of the wire. */
  readonly frames: Frame[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #warnings: Promise<string>;
  readonly #listeners = new Set<(frame: Frame) => void>();
  readonly #live: boolean;
  #pending = new Uint8Array(0);
  #header: Uint8Array | undefined;

  private constructor(child: Deno.ChildProcess, live: boolean, ready: () => void) {
    this.#child = child;
    this.#live = live;
    this.#warnings = collect(child.stderr, ready);
    this.#reading = this.#read();
  }

  /** Captures at an interface of a namespace. Resolves once it listens. */
  static async start(
    namespace: string,
    device: string,
    { filter = "", live = true }: CaptureOptions = {},
  ): Promise<Capture> {
    const child = new Deno.Command("ip", {
      // deno-fmt-ignore
      args: [
        "netns", "exec", namespace, "tcpdump", "-i", device, "-w", "-", "-n", "-s", "0",
        "--time-stamp-precision=nano", "-B", String(KERNEL_BUFFER_KIB),
        ...(live ? ["-U", "--immediate-mode"] : []), ...(filter === "" ? [] : [filter]),
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { promise, resolve } = Promise.withResolvers<void>();
    const capture = new Capture(child, live, resolve);
    await Promise.race([promise, child.status]);
    return capture;
  }

  /** Calls `listener` with every frame from now on. Returns what ends that. */
  onFrame(listener: (frame: Frame) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first frame that fits, at or after index `from` of {@linkcode frames}; waits for it, at
   * most `timeoutMs`, then throws with `what`.
   */
  async until<Fit extends Frame>(
    what: string,
    fits: (frame: Frame) => frame is Fit,
    timeoutMs: number,
    from = 0,
  ): Promise<Fit> {
    const found = this.frames.slice(from).find(fits);
    if (found !== undefined) return found;
    const { promise, resolve, reject } = Promise.withResolvers<Fit>();
    const end = this.onFrame((frame) => {
      if (fits(frame)) resolve(frame);
    });
    const late = setTimeout(
      () => reject(new Error(`Not within ${timeoutMs} ms on the wire: ${what}`)),
      timeoutMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      end();
    }
  }

  /** Ends the capture when what is in the kernel's buffer has been read; returns all frames. */
  async stop(): Promise<readonly Frame[]> {
    // tcpdump drops what it has not read when told to stop.
    const quietMs = this.#live ? 20 : BATCH_MS_MAX;
    const endMs = Date.now();
    for (let count = -1; count !== this.frames.length && !this.#hasFrameAfter(endMs);) {
      count = this.frames.length;
      await sleep(quietMs);
    }
    try {
      this.#child.kill("SIGINT");
    } catch {
      // It ended before, with its namespace.
    }
    await Promise.all([this.#reading, this.#child.status]);
    const dropped = /(\d+) packets? dropped by kernel/.exec(await this.#warnings)?.[1] ?? "0";
    if (dropped !== "0") throw new Error(`tcpdump lost ${dropped} frames: nothing can be said`);
    return this.frames;
  }

  #hasFrameAfter(timeMs: number): boolean {
    const last = this.frames.at(-1);
    return last !== undefined && last.atMs > timeMs;
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#child.stdout) {
      this.#pending = concatenate(this.#pending, chunk);
      if (this.#header === undefined) {
        if (this.#pending.length < FILE_HEADER_BYTES) continue;
        this.#header = this.#pending.slice(0, FILE_HEADER_BYTES);
        this.#pending = this.#pending.slice(FILE_HEADER_BYTES);
      }
      this.#take(this.#header, wholePacketsBytes(this.#pending));
    }
  }

  #take(header: Uint8Array, lengthBytes: number): void {
    if (lengthBytes === 0) return;
    const pcap = decodePcap(concatenate(header, this.#pending.subarray(0, lengthBytes)));
    if (typeof pcap === "string") throw new Error(`tcpdump wrote no capture: ${pcap}`);
    this.#pending = this.#pending.slice(lengthBytes);
    for (const { timeSec, timeNs, bytes } of pcap.packets) {
      const frame = decodeFrame(timeSec * 1000 + timeNs / 1e6, bytes);
      this.frames.push(frame);
      for (const listener of [...this.#listeners]) listener(frame);
    }
  }
}

/** How many octets of the start are whole packets. */
function wholePacketsBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = 0;
  while (end + PACKET_HEADER_BYTES <= bytes.length) {
    const next = end + PACKET_HEADER_BYTES + view.getUint32(end + CAPTURED_LENGTH_AT, true);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** All that tcpdump says; calls `ready` at its first line, which it writes when it listens. */
async function collect(stream: ReadableStream<Uint8Array>, ready: () => void): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/listening on/.test(text)) ready();
  }
  return text;
}
