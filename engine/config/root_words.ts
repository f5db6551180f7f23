/**
 * Words of the top level that are no blocks.
 *
 * @module
 */
import type { ConfigDraft } from "./drafts.ts";
import { optional, text } from "./shape.ts";
import { integer, namespaceName, someText } from "./values.ts";
import { flag, type Keyword, noEffect, one, values } from "./vocabulary.ts";

/** Ten minutes. */
const WAIT_SEC_MAX = 600;
const MS_PER_SEC = 1_000;

/** The words. */
export const ROOT_WORDS: Readonly<Record<string, Keyword<ConfigDraft>>> = {
  linkbeat_use_polling: flag(
    "Asks for the link state of all interfaces instead of trusting the kernel's news.",
    true,
    ({ global }) => global.pollsLinks = true,
  ),
  net_namespace: one(
    "Network namespace to run in.",
    namespaceName,
    ({ global: { place } }, given, context) => {
      if (place.namespace !== undefined) {
        context.complaints.add("W403", given.place, "a second net_namespace is ignored");
      } else place.namespace = given.value;
    },
  ),
  net_namespace_ipvs: values(
    "Network namespace of IPVS, or of the rules of nftables that stand in for it; checks stay " +
      "where stayd runs. No name: that of init.",
    [optional("name", text())],
    ({ global: { place } }, { values: [word] }, { complaints }) => {
      const name = word && word.text !== "" ? namespaceName(word, complaints) : "";
      if (name !== undefined) place.ipvsNamespace = name;
    },
  ),
  namespace_with_ipsets: noEffect(
    "nftables has its sets in every namespace",
    flag("The kernel has ipsets in namespaces.", true, () => {}),
  ),
  use_pid_dir: flag(
    "Pid files go to /run/keepalived.",
    true,
    ({ global: { place } }, { value }) => place.usesPidDirectory = value,
  ),
  instance: one(
    "Tells several daemons apart in names of files; their pid files go to /run/keepalived.",
    someText,
    ({ global: { place } }, { value }) => place.instance = value,
  ),
  child_wait_time: one(
    "Seconds that the parent waits for its children at the end, at least 1; default 5.",
    integer(0, WAIT_SEC_MAX),
    ({ global: { place } }, { value }) => place.childWaitMs = value * MS_PER_SEC,
  ),
};
