/**
 * The port of one check: runs its probe when asked, tells the verdict.
 *
 * @module
 */
import { failed, type Verdict } from "../../checkers/probe.ts";
import type { CheckConfig } from "../../machines/check_config.ts";
import type { CheckerCommand, CheckerFact, CheckerPort } from "../../machines/checker.ts";
import type { Behind } from "../compose.ts";
import { prepareCheck, type PreparedCheck, type ProbeWorld } from "./check_probe.ts";
import type { Log } from "../log.ts";
import { tellOfCheck } from "./lvs_notices.ts";
import type { SessionBoard } from "./session_board.ts";
import type { FileBoard } from "./file_board.ts";
import type { Job, ProbeRunner } from "./probe_runner.ts";

/** What the ports of all checks share. */
export interface CheckerShared {
  readonly log: Log;
  readonly runner: ProbeRunner;
  readonly world: () => ProbeWorld;
  readonly sessions: SessionBoard;
  readonly files: FileBoard;
}

const PASSED = { outcome: "passed" } as const;

/** The door of one check. */
export class CheckerIo implements Behind<CheckerCommand> {
  readonly #shared: CheckerShared;
  readonly #port: CheckerPort;
  readonly #tell: (fact: CheckerFact) => void;
  #check: CheckConfig;
  #prepared: { readonly world: ProbeWorld; readonly check: PreparedCheck | undefined } | undefined;
  #job: Job | undefined;
  #last: Verdict | undefined;
  readonly #unfollow: (() => void) | undefined;
  #isSessionUp: boolean | undefined;
  /** It was asked for again while a probe is under way. */
  #isAskedAgain = false;

  constructor(shared: CheckerShared, port: CheckerPort, tell: (fact: CheckerFact) => void) {
    this.#shared = shared;
    this.#port = port;
    this.#check = port.check;
    this.#tell = tell;
    const { check } = port;
    if (check.kind === "bfd") {
      this.#unfollow = shared.sessions.follow(check.session, (isUp) => {
        this.#isSessionUp = isUp;
        this.#tellOfSession();
      });
    } else if (check.kind === "file") {
      this.#unfollow = shared.files.follow(check.file, () => this.#probe(0));
    }
  }

  /** Carries out one command of the machine. */
  carryOut(command: CheckerCommand): void {
    switch (command.type) {
      case "PROBE":
        return this.#probe(command.index);
      case "TAKE_BACK":
        return this.#takeBack();
      case "CONFIGURE":
        this.#check = command.check;
        this.#prepared = undefined;
    }
  }

  /** Takes the probe back that is under way, and follows nothing any more. */
  [Symbol.dispose](): void {
    this.#takeBack();
    this.#unfollow?.();
  }

  #takeBack(): void {
    if (this.#job) this.#shared.runner.cancel(this.#job);
    this.#job = undefined;
  }

  #tellOfSession(): void {
    if (this.#isSessionUp === undefined) return;
    const finding = this.#isSessionUp ? PASSED : failed("session down");
    this.#take({ ...finding, tookMs: 0 });
  }

  #probe(index: number): void {
    if (this.#port.check.kind === "bfd") return this.#tellOfSession();
    if (this.#job) {
      // What it finds may be old by now.
      this.#isAskedAgain = true;
      return;
    }
    const prepared = this.#prepare();
    if (!prepared) return;
    const job: Job = {
      lane: prepared.lane,
      deadlineMs: prepared.deadlineMs,
      ...(prepared.usesRuntime && { usesRuntime: true }),
      start: (context) => prepared.start(index, context),
      done: (verdict) => {
        if (this.#job !== job) return;
        this.#take(verdict);
        if (!this.#isAskedAgain) return;
        this.#isAskedAgain = false;
        this.#probe(index);
      },
    };
    this.#job = job;
    this.#shared.runner.submit(job);
  }

  #take(verdict: Verdict): void {
    this.#job = undefined;
    const port = { id: this.#port.id, check: this.#check };
    tellOfCheck(this.#shared.log, port, verdict, this.#last);
    this.#last = verdict;
    const { outcome, tookMs } = verdict;
    const weight = verdict.outcome === "passed" ? verdict.weight : undefined;
    this.#tell({ type: "VERDICT", outcome, tookMs, ...(weight && { weight }) });
  }

  /** Anew after a reload: keys and files may be others. */
  #prepare(): PreparedCheck | undefined {
    const world = this.#shared.world();
    if (this.#prepared?.world !== world) {
      this.#prepared = { world, check: prepareCheck(this.#check, world) };
    }
    return this.#prepared.check;
  }
}
