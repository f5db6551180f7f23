/**
 * Pages of docs/ that are made from tables in the code.
 *
 * @module
 */
import { diagnosticsPage } from "../engine/config/diagnostics_page.ts";

const DOCS = new URL("../docs/", import.meta.url);

/** Each page, as it should be. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "diagnostics.md": diagnosticsPage,
};

/** A page as it is; undefined if there is none. */
export function storedPage(name: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(name, DOCS));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes what is not as it should be; returns what was written. */
export function updatePages(): string[] {
  return Object.entries(PAGES).flatMap(([name, make]) => {
    const page = make();
    if (storedPage(name) === page) return [];
    Deno.writeTextFileSync(new URL(name, DOCS), page);
    return [`docs/${name}`];
  });
}
