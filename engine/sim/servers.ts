/**
 * The real servers of a simulated world, and the checks that ask them. A server is known by its
 * address and port; one that nobody has spoken of answers at once.
 *
 * @module
 */
import { failed, type Verdict } from "../../checkers/probe.ts";
import type { CheckConfig, ConnectionConfig } from "../../machines/check_config.ts";
import type { CheckerCommand, CheckerFact, CheckerPort } from "../../machines/checker.ts";
import type { Behind } from "../compose.ts";
import type { ChecksWorld, OpenChecks } from "../io/checks.ts";
import { tellOfCheck } from "../io/lvs_notices.ts";

/** How a server is: it answers, refuses, says nothing, or answers after so many ms. */
export type ServerCondition = "up" | "down" | "silent" | number;

/** What a check found out, or that it asks. */
export interface CheckSighting {
  readonly port: CheckerPort;
  /** Absent: it asks now. */
  readonly outcome?: Verdict["outcome"];
}

const PASSED = { outcome: "passed" } as const;

/** What a server is known by: `192.0.2.7:80`. */
function serverName({ ip, port }: Pick<ConnectionConfig, "ip" | "port">): string {
  return `${ip}:${port}`;
}

/** All servers. */
export class Servers {
  readonly #conditions = new Map<string, ServerCondition>();
  readonly #now: () => number;
  /** Since when each is what it is. */
  readonly #sinceMs = new Map<string, number>();

  /** `now` is the time of the world. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on it is so. */
  set(name: string, condition: ServerCondition): void {
    if (this.#condition(name) === condition) return;
    this.#conditions.set(name, condition);
    this.#sinceMs.set(name, this.#now());
  }

  /** Since when the server that a check asks is as it is. */
  sinceMs(check: CheckConfig): number {
    return "connection" in check ? this.#sinceMs.get(serverName(check.connection)) ?? 0 : 0;
  }

  /** Whether a check that begins now passes, if the server stays as it is. */
  passes(check: CheckConfig): boolean {
    return this.#answer(check).outcome === "passed";
  }

  /** Makes the checks of one process; `sees` is told of each question and answer. */
  openChecks(sees: (sighting: CheckSighting) => void): OpenChecks {
    return (world) => ({
      door: (port, tell) =>
        new SimChecker(world, port, tell, {
          answer: (check) => this.#answer(check),
          sees,
        }),
      turn: () => false,
      isShared: () => false,
      configure: () => {},
    });
  }

  #condition(name: string): ServerCondition {
    return this.#conditions.get(name) ?? "up";
  }

  #answer(check: CheckConfig): Verdict {
    if (!("connection" in check)) return { ...PASSED, tookMs: 0 };
    const { timeoutMs } = check.connection;
    const condition = this.#condition(serverName(check.connection));
    if (condition === "down") return { ...failed("connection refused"), tookMs: 0 };
    const tookMs = condition === "silent" ? Infinity : condition === "up" ? 0 : condition;
    if (tookMs < timeoutMs) return { ...PASSED, tookMs };
    return { ...failed("timed out"), tookMs: timeoutMs };
  }
}

/** Who answers a check, and who watches it. */
interface Asked {
  readonly answer: (check: CheckConfig) => Verdict;
  readonly sees: (sighting: CheckSighting) => void;
}

/** The port of one check. */
class SimChecker implements Behind<CheckerCommand> {
  readonly #world: ChecksWorld;
  readonly #port: CheckerPort;
  readonly #tell: (fact: CheckerFact) => void;
  readonly #asked: Asked;
  readonly #unfollow: (() => void) | undefined;
  #check: CheckConfig;
  #timer: number | undefined;
  #last: Verdict | undefined;
  /** What is known of the BFD session. */
  #session: Verdict | undefined;

  constructor(
    world: ChecksWorld,
    port: CheckerPort,
    tell: (fact: CheckerFact) => void,
    asked: Asked,
  ) {
    this.#world = world;
    this.#port = port;
    this.#check = port.check;
    this.#tell = tell;
    this.#asked = asked;
    const { check } = port;
    if (check.kind !== "bfd") return;
    this.#unfollow = world.sessions.follow(check.session, (isUp) => {
      this.#session = { ...isUp ? PASSED : failed("session down"), tookMs: 0 };
      this.#take(this.#session);
    });
  }

  carryOut(command: CheckerCommand): void {
    switch (command.type) {
      case "PROBE":
        return this.#probe();
      case "TAKE_BACK":
        return this.#takeBack();
      case "CONFIGURE":
        this.#check = command.check;
    }
  }

  [Symbol.dispose](): void {
    this.#takeBack();
    this.#unfollow?.();
  }

  #takeBack(): void {
    if (this.#timer !== undefined) this.#world.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #probe(): void {
    const { clock } = this.#world;
    const check = this.#check;
    if (check.kind === "bfd") {
      if (this.#session) this.#take(this.#session);
      return;
    }
    this.#asked.sees({ port: { id: this.#port.id, check } });
    const first = this.#asked.answer(check);
    this.#timer = clock.setTimeout(() => {
      // Who died meanwhile does not answer.
      const { outcome } = this.#asked.answer(check);
      const isLost = first.outcome === "passed" && outcome === "failed";
      this.#take(isLost ? { ...failed("connection lost"), tookMs: first.tookMs } : first);
    }, first.tookMs);
  }

  #take(verdict: Verdict): void {
    this.#timer = undefined;
    const { outcome, tookMs } = verdict;
    const port = { id: this.#port.id, check: this.#check };
    this.#asked.sees({ port, outcome });
    tellOfCheck(this.#world.log, port, verdict, this.#last);
    this.#last = verdict;
    this.#tell({ type: "VERDICT", outcome, tookMs });
  }
}
