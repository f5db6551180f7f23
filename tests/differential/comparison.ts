/**
 * Compares verdicts of keepalived and of ours on many configurations.
 *
 * @module
 */
import { adviser } from "../../engine/config/advice/advice.ts";
import { keepalivedObjects } from "../../engine/config/diagnostic.ts";
import { formatDiagnostic, loadWith } from "../../engine/config/load.ts";
import { systemSource } from "../../engine/config/system_source.ts";
import { addDirectory, ownName, removeDirectory } from "../lab/namespaces.ts";
import type { Case } from "./cases.ts";
import { reasonFor } from "./differences.ts";
import { Keepalived, type Verdict } from "./keepalived.ts";

/** What came out. */
export interface Comparison {
  readonly caseCount: number;
  readonly bothAcceptCount: number;
  readonly bothRefuseCount: number;
  /** By reason, how often. */
  readonly explained: ReadonlyMap<string, number>;
  /** Disagreements without a reason, as text. */
  readonly unexplained: readonly string[];
}

/** Runs keepalived on every case, and ours. */
export async function compare(
  cases: readonly Case[],
  progress: (text: string) => void,
): Promise<Comparison> {
  const name = ownName();
  const directory = addDirectory(name);
  try {
    await using keepalived = await Keepalived.open(name);
    const files = cases.map((_, i) => `${i}.conf`);
    for (const [i, file] of files.entries()) {
      Deno.writeTextFileSync(`${directory}/${file}`, cases[i]?.text ?? "");
    }
    const verdicts = await keepalived.judge(directory, files, (done) => {
      progress(`${done} of ${files.length}`);
    });
    return tally(cases, verdicts, directory);
  } finally {
    removeDirectory(directory);
  }
}

function tally(
  cases: readonly Case[],
  verdicts: readonly Verdict[],
  directory: string,
): Comparison {
  let [bothAcceptCount, bothRefuseCount] = [0, 0];
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  for (const [i, { keyword, kind, lines }] of cases.entries()) {
    const theirs = verdicts[i];
    if (!theirs) continue;
    const { diagnostics } = loadWith(`${directory}/${i}.conf`, systemSource, {
      configId: "r1",
      advise: adviser(),
    });
    const ours = diagnostics.filter(keepalivedObjects);
    if ((ours.length === 0) === (theirs.status === 0)) {
      if (ours.length === 0) bothAcceptCount++;
      else bothRefuseCount++;
      continue;
    }
    const reason = reasonFor({ keyword, theirs, ours });
    if (reason !== undefined) explained.set(reason, (explained.get(reason) ?? 0) + 1);
    else {
      const said = ours.map(formatDiagnostic).join("\n") || "nothing";
      const heard = theirs.messages.trim() || "nothing";
      unexplained.push(
        `${keyword} ${kind}: ${lines}keepalived (${theirs.status}): ${heard}\nstayd: ${said}`
          .replaceAll(`${directory}/`, ""),
      );
    }
  }
  return { caseCount: cases.length, bothAcceptCount, bothRefuseCount, explained, unexplained };
}
