/**
 * A script on its way to being run: what file that is, who runs it, and whether it may be.
 *
 * @module
 */
import type { GlobalScriptConfig } from "../../machines/global_config.ts";
import type { RunAs, ScriptConfig } from "../../machines/script_config.ts";
import type { Credentials } from "../../net/sys/credentials.ts";
import type { OpenedProgram } from "./opened_program.ts";
import { DEFAULT_PATH, DEFAULT_USER, isWritable } from "./script_safety.ts";

/** What is asked of the machine. */
export interface ScriptSurroundings {
  /** What a path leads to; undefined: nothing. */
  open(path: string): OpenedProgram | undefined;
  userByName(name: string): Credentials | undefined;
  /** Who we are. */
  ownCredentials(): Credentials;
  groupByName(name: string): number | undefined;
  getenv(name: string): string | undefined;
}

/** A script that can be run. */
export interface PreparedScript {
  readonly path: string;
  /** Its own name first. */
  readonly args: readonly string[];
  readonly credentials: Credentials;
}

const ROOT = 0;
const SHELL = "/bin/sh";

/** What is run; or why not, as text. */
export function prepareScript(
  { command, runAs }: ScriptConfig,
  ofObject: RunAs | undefined,
  { runAs: ofAll, secured, keepsLinks, supplementaryGroups }: GlobalScriptConfig,
  machine: ScriptSurroundings,
): PreparedScript | string {
  const credentials = credentialsOf(runAs ?? ofObject ?? ofAll, machine, supplementaryGroups);
  if (typeof credentials === "string") return credentials;
  const [program = "", ...args] = command;
  // A shell reads it: whether the file can be opened is what is asked.
  if (program.startsWith("</")) {
    return { path: SHELL, args: [SHELL, "-c", command.join(" ")], credentials };
  }
  const searched = (machine.getenv("PATH") || DEFAULT_PATH).split(":");
  const candidates = program.includes("/") ? [program] : searched.map((at) => `${at}/${program}`);
  const found = firstProgram(candidates, machine);
  if (!found) return `there is no program ${program}`;
  const { path, opened } = found;
  // What is judged is what was opened, by the only path that leads to it without links.
  const judged = [...opened.permissions, ...keepsLinks ? opened.linkPermissions : []];
  if (secured && credentials.uid === ROOT && judged.some(isWritable)) {
    return `root would run ${program}, which others may change`;
  }
  const target = keepsLinks ? path : opened.realPath;
  return { path: target, args: [program, ...args], credentials };
}

function firstProgram(
  candidates: readonly string[],
  machine: ScriptSurroundings,
): { readonly path: string; readonly opened: OpenedProgram } | undefined {
  for (const path of candidates) {
    const opened = machine.open(path);
    if (opened?.permissions[0]?.kind === "file") return { path, opened };
  }
  return undefined;
}

/** Who a file is made for; or why that is nobody, as text. */
export function ownerOf(runAs: RunAs, machine: ScriptSurroundings): Credentials | string {
  return credentialsOf(runAs, machine);
}

function credentialsOf(
  runAs: RunAs | undefined,
  machine: ScriptSurroundings,
  always = false,
): Credentials | string {
  const { user, group, supplementaryGroups = false } = runAs ?? {};
  const who = user === undefined
    ? machine.userByName(DEFAULT_USER) ?? machine.ownCredentials()
    : /^\d+$/.test(user)
    ? { uid: Number(user), gid: Number(user), groups: [] }
    : machine.userByName(user);
  if (!who) return `there is no user ${user}`;
  const gid = group === undefined
    ? who.gid
    : /^\d+$/.test(group)
    ? Number(group)
    : machine.groupByName(group);
  if (gid === undefined) return `there is no group ${group}`;
  return { uid: who.uid, gid, groups: supplementaryGroups || always ? who.groups : [] };
}
