/**
 * Tells the service manager (systemd) what the daemon is at: the protocol of sd_notify(3), lines in
 * a datagram to the socket that `NOTIFY_SOCKET` names.
 *
 * @module
 */
import { SyscallError } from "../../net/sys/libc.ts";
import { openUnixDatagram } from "../../net/sys/socket.ts";

const US_PER_MS = 1_000;
/** systemd wants to hear twice in the time it gives. */
const WATCHDOG_SHARE = 2;

/** What of the environment matters. */
export interface ServiceEnvironment {
  /** Path of a socket; with `@` first in the abstract namespace. */
  readonly NOTIFY_SOCKET?: string | undefined;
  /** How long it waits for a sign of life. */
  readonly WATCHDOG_USEC?: string | undefined;
  /** Who is to give it; default: whoever is asked. */
  readonly WATCHDOG_PID?: string | undefined;
}

/** The service manager of this process; without `NOTIFY_SOCKET` nobody hears. */
export class ServiceManager {
  readonly #path: string | undefined;
  readonly #pid: number;
  readonly #nowMs: () => number;
  /** How often a sign of life is due; undefined: never. */
  readonly watchdogMs: number | undefined;
  #isStopping = false;

  /** `nowMs` is the monotonic clock. */
  constructor(environment: ServiceEnvironment, pid: number, nowMs: () => number) {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: time, WATCHDOG_PID: whose } = environment;
    this.#path = path === undefined || path === "" ? undefined : path;
    this.#pid = pid;
    this.#nowMs = nowMs;
    const isOurs = whose === undefined || whose === String(pid);
    const limitMs = Number(time) / US_PER_MS;
    if (this.#path !== undefined && isOurs && limitMs > 0) {
      this.watchdogMs = limitMs / WATCHDOG_SHARE;
    }
  }

  /** It does its job, for the first time or again. */
  ready(): void {
    this.#send(["READY=1", `MAINPID=${this.#pid}`]);
  }

  /** It reads its configuration anew; {@linkcode ready} ends that. */
  reloading(): void {
    this.#send(["RELOADING=1", `MONOTONIC_USEC=${Math.floor(this.#nowMs() * US_PER_MS)}`]);
  }

  /** It is about to end. */
  stopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#send(["STOPPING=1"]);
  }

  /** A line for people. */
  status(text: string): void {
    this.#send([`STATUS=${text.replaceAll("\n", " ")}`]);
  }

  /** It lives. */
  watchdog(): void {
    this.#send(["WATCHDOG=1"]);
  }

  /** Opened for each message: the other side may be started anew. Nobody there is no error. */
  #send(lines: readonly string[]): void {
    if (this.#path === undefined) return;
    try {
      using socket = openUnixDatagram(this.#path);
      socket.send([{ bytes: new TextEncoder().encode(lines.join("\n")) }]);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
    }
  }
}
