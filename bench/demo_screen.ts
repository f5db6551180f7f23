/**
 * How the demo looks: a timeline in columns, in colours on a terminal, plain anywhere else.
 *
 * @module
 */
import { print } from "./report.ts";

/** A meaning, which a terminal shows as a colour. */
export type Tone = "plain" | "good" | "bad" | "calm" | "strong";

const CODES: Readonly<Record<Tone, string>> = {
  plain: "",
  good: "\x1b[1;32m",
  bad: "\x1b[1;31m",
  calm: "\x1b[2m",
  strong: "\x1b[1m",
};
const RESET = "\x1b[0m";

/** What a router is, as far as anybody can see. */
export type Role = "off" | "starting" | "backup" | "MASTER" | "KILLED" | "stopping";

const ROLE_TONES: Readonly<Record<Role, Tone>> = {
  off: "calm",
  starting: "calm",
  backup: "plain",
  MASTER: "good",
  KILLED: "bad",
  stopping: "calm",
};

const TIME_WIDTH = 8;
const ROLE_WIDTH = 10;
const WIRE_WIDTH = 42;

/** Writes the demo's lines. */
export class Screen {
  readonly #coloured: boolean;
  readonly #startMs = performance.now();
  readonly #roles: { r1: Role; r2: Role } = { r1: "off", r2: "off" };

  constructor(coloured = Deno.stdout.isTerminal() && !Deno.noColor) {
    this.#coloured = coloured;
  }

  /** A text in a tone. */
  paint(tone: Tone, text: string): string {
    return this.#coloured && tone !== "plain" ? `${CODES[tone]}${text}${RESET}` : text;
  }

  /** What a router is from now on; shown with the next line. */
  role(router: "r1" | "r2", role: Role): void {
    this.#roles[router] = role;
  }

  /** The columns' titles. */
  head(): void {
    const titles = ["seconds".padStart(TIME_WIDTH), ...["r1", "r2"].map(padRole)].join("  ");
    print();
    print(this.paint("strong", `${titles}  ${"on the wire".padEnd(WIRE_WIDTH)}  the client`));
    print(this.paint("calm", "─".repeat(TIME_WIDTH + 2 * ROLE_WIDTH + WIRE_WIDTH + 30)));
  }

  /** A line of the timeline, at the present moment. */
  line(wire: string, client = "", tone: Tone = "plain"): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(2).padStart(TIME_WIDTH);
    const roles = (["r1", "r2"] as const).map((router) => this.#paintRole(this.#roles[router]));
    const text = `${this.paint(tone, wire.padEnd(WIRE_WIDTH))}  ${this.paint(tone, client)}`;
    print(`${this.paint("calm", seconds)}  ${roles.join("  ")}  ${text}`.trimEnd());
  }

  /** What is done to the routers: it stands out from what they do. */
  action(text: string): void {
    const margin = " ".repeat(TIME_WIDTH + 2);
    print(`${margin}${this.paint("strong", `▶ ${text}`)}`);
  }

  /** Lines side by side, in two columns. */
  sideBySide(left: readonly string[], right: readonly string[]): void {
    const width = Math.max(...left.map((line) => line.length)) + 6;
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const tone = i === 0 ? "strong" : "calm";
      const [a, b] = [left[i] ?? "", right[i] ?? ""];
      print(`  ${this.paint(tone, a)}${" ".repeat(width - a.length)}${this.paint(tone, b)}`);
    }
  }

  #paintRole(role: Role): string {
    return this.paint(ROLE_TONES[role], padRole(role));
  }
}

function padRole(text: string): string {
  return text.padEnd(ROLE_WIDTH);
}
