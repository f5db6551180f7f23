/**
 * TCP_CHECK: a connection can be made. It is closed at once, without a word.
 *
 * There may be thousands a second, so this goes the shortest way: four calls to the kernel and one
 * promise.
 *
 * @module
 */
import type { ClientSocket } from "../net/sys/client_socket.ts";
import { beginToConnect, checkPeer, isTrouble, peerTrouble, wokenTrouble } from "./connection.ts";
import type { Finding, Probe, ProbeContext, Target, Verdict } from "./probe.ts";

/** Connects. */
export const probeTcp: Probe<undefined> = (target, _options, context) =>
  new Promise((resolve) => new Attempt(target, context, resolve).begin());

const PASSED: Finding = { outcome: "passed" };

/** One attempt to connect. */
class Attempt {
  readonly #target: Target;
  readonly #context: ProbeContext;
  readonly #resolve: (verdict: Verdict) => void;
  readonly #startMs: number;
  readonly #stop = () => this.#giveUp("stopped");
  #socket: ClientSocket | undefined;
  #timer: number | undefined;

  constructor(target: Target, context: ProbeContext, resolve: (verdict: Verdict) => void) {
    this.#target = target;
    this.#context = context;
    this.#resolve = resolve;
    this.#startMs = context.timers.now();
  }

  begin(): void {
    const { reactor, timers, signal } = this.#context;
    if (signal.aborted) return this.#end(wokenTrouble("stopped", "connecting"));
    const begun = beginToConnect(this.#target);
    if (isTrouble(begun)) return this.#end(begun);
    const { socket, isThrough } = begun;
    this.#socket = socket;
    if (isThrough) return this.#end(checkPeer(socket) ?? PASSED);
    reactor.awaitConnection(socket.fd, (hasFailed) => this.#connected(socket, hasFailed));
    const { timeoutMs } = this.#target;
    this.#timer = timers.setTimeout(() => this.#giveUp("timed out"), timeoutMs);
    signal.addEventListener("abort", this.#stop);
  }

  #connected(socket: ClientSocket, hasFailed: boolean): void {
    const error = hasFailed ? socket.error() : 0;
    this.#end(error === 0 ? checkPeer(socket) ?? PASSED : peerTrouble(error));
  }

  #giveUp(why: "stopped" | "timed out"): void {
    if (this.#socket) this.#context.reactor.remove(this.#socket.fd);
    this.#end(wokenTrouble(why, "connecting"));
  }

  #end(finding: Finding): void {
    const { timers, signal } = this.#context;
    if (this.#timer !== undefined) {
      timers.clearTimeout(this.#timer);
      signal.removeEventListener("abort", this.#stop);
    }
    this.#socket?.[Symbol.dispose]();
    this.#resolve({ ...finding, tookMs: timers.now() - this.#startMs });
  }
}
