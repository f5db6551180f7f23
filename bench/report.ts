/**
 * What benchmarks print: numbers summed up, in aligned columns.
 *
 * @module
 */

/** Writes a line to the terminal. */
export function print(line = ""): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** Says where a benchmark is, on a terminal only; an empty text removes it. */
export function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

/** Some numbers, summed up. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Sums up at least one number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: quantile(sorted, 1),
  };
}

/** The value below which that share of sorted numbers lies, between neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}

/** `median (min–max)`. */
export function spread({ median, min, max }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** A table in Markdown, whose columns are aligned in plain text too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) => rowText(cells, widths);
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** A table in Markdown that grows on the terminal: each row is printed as it is measured. */
export class GrowingTable {
  readonly #widths: readonly number[];

  /** `widths`: how long the cells of each column may get. */
  constructor(head: readonly string[], widths: readonly number[] = []) {
    this.#widths = head.map((title, i) => Math.max(title.length, 3, widths[i] ?? 0));
    this.add(head);
    this.add(this.#widths.map((width) => "-".repeat(width)));
  }

  /** Prints one more row. */
  add(row: readonly string[]): void {
    progress("");
    print(rowText(row, this.#widths));
  }
}

function rowText(cells: readonly string[], widths: readonly number[]): string {
  return `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
}

/** The machine, as far as numbers depend on it. */
export function machine(): string {
  const { model, count } = processors(Deno.readTextFileSync("/proc/cpuinfo"));
  return `Linux ${Deno.osRelease()}, ${count} × ${model}`;
}

function processors(info: string): { readonly model: string; readonly count: number } {
  const models = [...info.matchAll(/^model name\s*:\s*(.*)$/gm)].map(([, model = ""]) => model);
  return { model: models[0] ?? "CPU", count: Math.max(1, models.length) };
}
