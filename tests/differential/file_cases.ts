/**
 * Whole files that are compared with keepalived: its samples, and the samples damaged in one line.
 *
 * @module
 */
import fc from "fast-check";
import type { Case } from "./cases.ts";

const SAMPLES = "/usr/share/doc/keepalived/samples";

/** The sample files, with interfaces that are there. Name and text of each. */
export function sampleFiles(): [name: string, text: string][] {
  return Array.from(Deno.readDirSync(SAMPLES), ({ name }) => name)
    .filter((name) => name.startsWith("keepalived.conf"))
    .toSorted()
    .map((name) => [name, prepared(Deno.readTextFileSync(`${SAMPLES}/${name}`))]);
}

/** No include that leads elsewhere, no interface that is not there. */
function prepared(text: string): string {
  return text.replaceAll(/\beth\d+\b/g, "d0").replaceAll(/^\s*include.*$/gm, "");
}

type Damage = (lines: string[], at: number) => void;

const DAMAGES: Readonly<Record<string, Damage>> = {
  "a line less": (lines, at) => lines.splice(at, 1),
  "a line twice": (lines, at) => lines.splice(at, 0, lines[at] ?? ""),
  "a word less": (lines, at) => change(lines, at, (line) => line.replace(/\s+\S+\s*$/, "")),
  "a letter more": (lines, at) => change(lines, at, (line) => line.replace(/(\w)(\s|$)/, "$1z$2")),
  "a { less": (lines, at) => change(lines, at, (line) => line.replace("{", "")),
  "a } less": (lines, at) => change(lines, at, (line) => line.replace("}", "")),
  "a } more": (lines, at) => change(lines, at, (line) => `${line}\n}`),
  "a quote": (lines, at) => change(lines, at, (line) => line.replace(/(\S+)\s*$/, '"$1')),
};

function change(lines: string[], at: number, how: (line: string) => string): void {
  lines[at] = how(lines[at] ?? "");
}

/** Every sample, and so many damaged ones. */
export function fileCases(seed: number, count: number): Case[] {
  const files = sampleFiles();
  const whole = files.map(([name, text]) => ({ keyword: "", kind: name, lines: "", text }));
  const damaged = fc.record({
    file: fc.constantFrom(...files),
    damage: fc.constantFrom(...Object.keys(DAMAGES)),
    at: fc.nat(1_000),
  });
  const made = fc.sample(damaged, { seed, numRuns: count }).map(({ file, damage, at }) => {
    const [name, text] = file;
    const lines = text.split("\n");
    // Blank lines and comments are not worth it.
    const worth = lines.keys().toArray().filter((i) => /^\s*[^\s#!]/.test(lines[i] ?? ""));
    const line = worth[at % worth.length] ?? 0;
    DAMAGES[damage]?.(lines, line);
    return {
      keyword: "",
      kind: `${name}:${line + 1} ${damage}`,
      lines: "",
      text: lines.join("\n"),
    };
  });
  return [...whole, ...made];
}
