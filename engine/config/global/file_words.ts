/**
 * Keywords of `global_defs` about files and reloads.
 *
 * @module
 */
import { quote } from "../diagnostic.ts";
import type { GlobalDraft } from "../drafts.ts";
import { nearestWord } from "../nearest_word.ts";
import { optional, text } from "../shape.ts";
import { anyInteger, oneOf, type Read, reader, someText } from "../values.ts";
import {
  flag,
  type Keyword,
  noEffect,
  one,
  toggle,
  values,
  type Vocabulary,
} from "../vocabulary.ts";

/** Names of mode bits without their `S_`. */
const MODE_BITS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};
const MODE_MAX = 0o777;

/** A number, or names of bits with | between them. */
const umask: Read<number> = reader(
  { kind: "text", what: "a number, or names of mode bits joined by |" },
  (word, complaints) => {
    if (/^\d/.test(word.text)) return anyInteger(0, MODE_MAX)(word, complaints);
    let mask = 0;
    for (const name of word.text.split("|")) {
      const bits = MODE_BITS[name];
      if (bits === undefined) {
        const nearest = nearestWord(name, Object.keys(MODE_BITS));
        const hint = nearest === undefined ? undefined : `did you mean '${nearest}'?`;
        complaints.add("E304", word.place, `${quote(name)} is no mode bit`, hint);
        return undefined;
      }
      mask |= bits;
    }
    return mask;
  },
);

function path(
  doc: string,
  field: "saveDirectory" | "statePath" | "statsPath" | "jsonPath",
): Keyword<GlobalDraft> {
  return one(doc, someText, ({ files }, { value }) => files[field] = value);
}

/** The words. */
export const FILE_WORDS: Vocabulary<GlobalDraft>["keywords"] = {
  umask: one(
    "Mode bits that new files do not get.",
    umask,
    (draft, { value }) => draft.files.umask = value,
  ),
  config_save_dir: path(
    "Keeps a copy of every configuration that was loaded there.",
    "saveDirectory",
  ),
  tmp_config_directory: noEffect(
    "child processes get the configuration over a socket, not from a file",
    one("Where a copy for the child processes is kept.", someText, () => {}),
  ),
  data_use_instance: toggle(
    "Names of instance and namespace in the names of dump files.",
    (draft, { value }) => draft.files.namesInstance = value,
  ),
  json_version: one(
    "Layout of the JSON file; default 1.",
    oneOf<1 | 2>({ 1: 1, 2: 2 }),
    (draft, { value }) => draft.files.jsonVersion = value,
  ),
  state_dump_file: path("Where the state is written on SIGUSR1.", "statePath"),
  stats_dump_file: path("Where statistics are written on SIGUSR2.", "statsPath"),
  json_dump_file: path("Where the state is written as JSON, on signal 36.", "jsonPath"),
  iproute_usr_dir: one(
    "Where iproute2 has its names of tables, protocols and so on.",
    someText,
    (draft, { value }) => draft.iprouteUsrDirectory = value,
  ),
  iproute_etc_dir: one(
    "Where iproute2 has the names of this machine, which come first.",
    someText,
    (draft, { value }) => draft.iprouteEtcDirectory = value,
  ),
  reload_check_config: noEffect(
    "a reload is always checked first, and a file with errors changes nothing",
    values(
      "Checks a configuration before it is loaded.",
      [optional("log", text("a path"))],
      () => {},
    ),
  ),
  reload_time_file: one(
    "A file with a time at which to reload: HH:MM:SS or YYYY-MM-DD HH:MM:SS, with Z for UTC.",
    someText,
    (draft, { value }) => draft.reload.timePath = value,
  ),
  reload_repeat: flag(
    "Reloads at that time each day, if it has no date.",
    true,
    (draft, { value }) => draft.reload.repeats = value,
  ),
  reload_file: values(
    "A file that exists while a configuration is read; default in the directory of pid files.",
    [optional("path", text("a path"))],
    (draft, { values: [word] }) => draft.reload.markerPath = word?.text ?? "",
  ),
};
