/**
 * Keeps one flooding host from starving the sessions with all others.
 *
 * Each source may send a few times what its sessions need; what is beyond is thrown away before it
 * is looked at. Who sends far more is thrown away by the kernel but for a sample, so that its
 * packets take no room in the socket from others; in a flood from strangers the kernel lets only
 * neighbours through. Both end when the flood does.
 *
 * @module
 */
import type { Ip } from "../../net/address.ts";

const WINDOW_MS = 100;
/** What a source may send in a window besides what its sessions need. */
const RESERVE_COUNT = 40;
/** Times that a source may send what its sessions need. */
const NEED_TIMES = 4;
/** From so many times its allowance on, a source is the kernel's business. */
const FLOOD_TIMES = 8;
/** What strangers may send together in a window before the kernel lets none through. */
const STRANGERS_COUNT_MAX = 1_000;
/** How long the kernel's help lasts after the last sign of a flood. */
const HELP_MS = 2_000;
/** Sources that are sampled at once. */
const SAMPLED_COUNT_MAX = 16;
/** A sampled source that still brings so many in a window sends far too many. */
const SAMPLED_COUNT_MIN = 10;

/** What the kernel is asked to do. */
export interface Help {
  /** Sources that are sampled. */
  readonly sampled: readonly Ip[];
  /** Strangers are refused. */
  readonly refusesStrangers: boolean;
}

/** Judges the rate of sources. */
export class BfdGuard {
  readonly #onHelp: (help: Help) => void;
  /** Allowed datagrams of each neighbour in a window. */
  readonly #allowances = new Map<Ip, number>();
  readonly #counts = new Map<Ip, number>();
  #strangersCount = 0;
  #windowEndsMs = -Infinity;
  /** When each is let through again. */
  readonly #sampledUntilMs = new Map<Ip, number>();
  #strangersUntilMs = -Infinity;
  /** Datagrams thrown away here. */
  droppedCount = 0;

  constructor(onHelp: (help: Help) => void) {
    this.#onHelp = onHelp;
  }

  /** What the neighbours need: packets a second of each, all its sessions together. */
  setNeeds(needs: ReadonlyMap<Ip, number>): void {
    this.#allowances.clear();
    for (const [source, perSecond] of needs) {
      const need = perSecond * WINDOW_MS / 1_000;
      this.#allowances.set(source, RESERVE_COUNT + NEED_TIMES * Math.ceil(need));
    }
    for (const source of this.#sampledUntilMs.keys()) {
      if (!this.#allowances.has(source)) this.#sampledUntilMs.delete(source);
    }
  }

  /** Whether a datagram of a source is looked at. */
  admits(source: Ip, nowMs: number): boolean {
    if (nowMs >= this.#windowEndsMs) this.#beginWindow(nowMs);
    const allowance = this.#allowances.get(source);
    if (allowance === undefined) return this.#admitsStranger(nowMs);
    const count = (this.#counts.get(source) ?? 0) + 1;
    this.#counts.set(source, count);
    const isSampled = this.#sampledUntilMs.has(source);
    if (count === (isSampled ? SAMPLED_COUNT_MIN : FLOOD_TIMES * allowance)) {
      this.#sample(source, nowMs);
    }
    if (count <= allowance) return true;
    this.droppedCount++;
    return false;
  }

  /** What is asked of the kernel now. */
  get help(): Help {
    return {
      sampled: [...this.#sampledUntilMs.keys()],
      refusesStrangers: this.#strangersUntilMs > -Infinity,
    };
  }

  #admitsStranger(nowMs: number): boolean {
    this.#strangersCount++;
    if (this.#strangersCount <= RESERVE_COUNT) return true;
    this.droppedCount++;
    if (this.#strangersCount !== STRANGERS_COUNT_MAX) return false;
    const isNew = this.#strangersUntilMs === -Infinity;
    this.#strangersUntilMs = nowMs + HELP_MS;
    if (isNew) this.#onHelp(this.help);
    return false;
  }

  #sample(source: Ip, nowMs: number): void {
    const isNew = !this.#sampledUntilMs.has(source);
    if (isNew && this.#sampledUntilMs.size >= SAMPLED_COUNT_MAX) return;
    this.#sampledUntilMs.set(source, nowMs + HELP_MS);
    if (isNew) this.#onHelp(this.help);
  }

  #beginWindow(nowMs: number): void {
    this.#windowEndsMs = nowMs + WINDOW_MS;
    this.#counts.clear();
    this.#strangersCount = 0;
    let hasEnded = false;
    for (const [source, untilMs] of this.#sampledUntilMs) {
      if (nowMs < untilMs) continue;
      this.#sampledUntilMs.delete(source);
      hasEnded = true;
    }
    if (this.#strangersUntilMs > -Infinity && nowMs >= this.#strangersUntilMs) {
      this.#strangersUntilMs = -Infinity;
      hasEnded = true;
    }
    if (hasEnded) this.#onHelp(this.help);
  }
}
