/**
 * Keywords with a script: `KEYWORD "CMD ARGS" [USER [GROUP]]`.
 *
 * @module
 */
import type { RunAs, ScriptConfig } from "../../machines/script_config.ts";
import type { Given } from "./given.ts";
import { splitCommand, splitScriptWords } from "./script_words.ts";
import { optional, type Parameter, required, text } from "./shape.ts";
import { type Context, type Keyword, values } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** What stands behind a script or a FIFO: who it is run as. */
export const RUN_AS: readonly Parameter[] = [
  optional("user", text("a user")),
  optional("group", text("a group, or :group")),
];

/** Octets of a command line. */
const COMMAND_CHARS_MAX = 4_096;

/** A keyword with a script. */
export function script<Draft>(
  doc: string,
  set: (draft: Draft, given: Given<ScriptConfig>, context: Context) => void,
): Keyword<Draft> {
  const keyword = values<Draft>(
    doc,
    [required("command", { kind: "command" }), ...RUN_AS],
    (draft, { values: [command, ...who] }, context) => {
      const value = command && readScript(command, who, context);
      if (command && value) set(draft, { value, place: command.place }, context);
    },
  );
  return { ...keyword, split: splitScriptWords };
}

/** Reads a command and who runs it; undefined, which was complained about, if it is none. */
export function readScript(
  command: Word,
  who: readonly Word[],
  { complaints, scripts }: Context,
): ScriptConfig | undefined {
  const words = splitCommand(command.text);
  if (words === undefined) {
    complaints.add("E103", command.place, "quote without its end in a command");
    return undefined;
  }
  if (words.length === 0 || words[0] === "") {
    complaints.add("E208", command.place, "a script needs a command");
    return undefined;
  }
  if (command.text.length > COMMAND_CHARS_MAX) {
    complaints.add("E107", command.place, `a command has at most ${COMMAND_CHARS_MAX} characters`);
    return undefined;
  }
  const runAs = readRunAs(who);
  const value = { command: words, ...(runAs && { runAs }) };
  scripts.push({ value, place: command.place });
  return value;
}

/** `[USER [GROUP]]`; a group with a colon before it brings the supplementary groups along. */
export function readRunAs([user, group]: readonly (Word | undefined)[]): RunAs | undefined {
  const first = group ?? user;
  if (!first) return undefined;
  const isColon = (word: Word | undefined) => word?.text.startsWith(":") ?? false;
  const groupWord = isColon(user) && !group ? user : group;
  const userWord = isColon(user) && !group ? undefined : user;
  const groupName = groupWord?.text.replace(/^:/, "");
  return {
    ...(userWord && { user: userWord.text }),
    ...(groupName && { group: groupName }),
    supplementaryGroups: isColon(groupWord),
  };
}
