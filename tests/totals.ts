/**
 * The summaries of several runs of `deno test`, added up.
 *
 * @module
 */
import { countsIn } from "./test_output.ts";

/** What `deno test` counted, in all runs so far. */
export class Totals {
  #passed = 0;
  #failed = 0;
  #ignored = 0;

  /** Adds one run. */
  add(output: string, success: boolean): void {
    const { passed, failed, skipped } = countsIn(output) ?? { passed: 0, failed: 0, skipped: 0 };
    this.#passed += passed;
    this.#ignored += skipped;
    // A file that does not load, or leaks at its end, has no failed test.
    this.#failed += success || failed > 0 ? failed : 1;
  }

  /** Prints them as `deno test` does, and ends this process with its status. */
  async end(): Promise<never> {
    const text = `all files | ${this.#passed} passed | ${this.#failed} failed | ` +
      `${this.#ignored} ignored\n`;
    await Deno.stdout.write(new TextEncoder().encode(text));
    Deno.exit(this.#failed > 0 ? 1 : 0);
  }
}
