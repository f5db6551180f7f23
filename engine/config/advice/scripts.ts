/**
 * Scripts that are a risk, or cannot be run (W-script-001 to 004). keepalived's rules: of what a
 * path leads to, links followed, and of every directory above it, only root may write to any.
 *
 * @module
 */
import type { RunAs, ScriptConfig } from "../../../machines/script_config.ts";
import { DEFAULT_PATH, DEFAULT_USER, isWritable } from "../../scripts/script_safety.ts";
import type { ScriptWorld } from "../config_source.ts";
import { quote } from "../diagnostic.ts";
import type { ConfigDraft } from "../drafts.ts";
import type { Given } from "../given.ts";
import type { Finding, Whole } from "./whole.ts";

const ROOT = 0;
const EXECUTE_BITS = 0o111;

/** What is found of one script. */
interface Verdict {
  /** It is there, and root runs it. */
  readonly isRoot: boolean;
  /** Why it cannot be run. */
  readonly obstacle?: string;
  /** Why it should not be run by root. */
  readonly danger?: string;
  /** Why it will probably fail. */
  readonly doubt?: string;
}

/** The check. */
export function* adviseOnScripts({ draft, scripts, source }: Whole): Generator<Finding> {
  const world = source.scripts;
  if (!world) return;
  const searched = (source.getenv("PATH") || DEFAULT_PATH).split(":");
  const isSecured = draft.global.scripts.secured ?? false;
  let ofRoot: Given<ScriptConfig> | undefined;
  const objects = new Map(draft.scripts.values().map((object) => [object.script, object]));
  const used = new Set(
    [...draft.instances.values(), ...draft.groups.values()].flatMap(({ tracks }) =>
      tracks.filter(({ value: { kind } }) => kind === "script").map(({ value: { name } }) => name)
    ),
  );
  for (const script of scripts) {
    const tracked = objects.get(script.value);
    // It never runs.
    if (tracked && !used.has(tracked.at.value)) continue;
    const verdict = judge(script.value, whoRuns(script.value, tracked?.runAs, draft), {
      world,
      searched,
    });
    if (verdict.isRoot) ofRoot ??= script;
    const finding = findingOf(verdict, isSecured, tracked !== undefined);
    if (finding) yield { ...finding, place: script.place };
  }
  if (!ofRoot || isSecured) return;
  const message = "scripts are run as root without enable_script_security";
  yield { code: "W-script-003", place: ofRoot.place, message };
}

function findingOf(
  { obstacle, danger, doubt }: Verdict,
  isSecured: boolean,
  isTracked: boolean,
): Omit<Finding, "place"> | undefined {
  const reason = obstacle ?? (isSecured ? danger : undefined);
  if (reason !== undefined) {
    const code = isTracked ? "W-script-002" : "W-script-004";
    return { code, message: `${reason}: the script is not run` };
  }
  if (danger !== undefined) return { code: "W-script-001", message: danger };
  return doubt === undefined ? undefined : { code: "W-script-004", message: doubt };
}

function whoRuns(
  { runAs }: ScriptConfig,
  ofObject: RunAs | undefined,
  { global }: ConfigDraft,
): string | undefined {
  return runAs?.user ?? ofObject?.user ?? global.scripts.runAs?.user;
}

function judge(
  { command: [program = ""] }: ScriptConfig,
  user: string | undefined,
  { world, searched }: { readonly world: ScriptWorld; readonly searched: readonly string[] },
): Verdict {
  const uid = user === undefined
    ? world.userId(DEFAULT_USER) ?? ROOT
    : /^\d+$/.test(user)
    ? Number(user)
    : world.userId(user);
  if (uid === undefined) {
    return { isRoot: false, obstacle: `there is no user ${quote(user ?? "")}` };
  }
  // A shell reads it: whether the file can be opened is what is asked.
  if (program.startsWith("</")) return { isRoot: uid === ROOT };
  const candidates = program.includes("/")
    ? [program]
    : searched.map((path) => `${path}/${program}`);
  const found = candidates.map((path) => world.permissions(path)).find((each) => each);
  const [file, ...above] = found ?? [];
  if (!file) return { isRoot: false, obstacle: `there is no ${quote(program)}` };
  if (file.kind !== "file") return { isRoot: false, obstacle: `${quote(program)} is no file` };
  const isExecutable = (file.mode & EXECUTE_BITS) !== 0;
  return {
    isRoot: uid === ROOT,
    ...(isExecutable ? {} : { doubt: `${quote(program)} is not executable` }),
    ...(uid === ROOT && [file, ...above].some(isWritable)
      ? { danger: `root runs ${quote(program)}, which others may change` }
      : {}),
  };
}
