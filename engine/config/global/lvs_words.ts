/**
 * Keywords of `global_defs` about virtual servers.
 *
 * @module
 */
import { isMulticast } from "../../../net/address.ts";
import type { SyncDaemonConfig } from "../../../machines/global_config.ts";
import { quote } from "../diagnostic.ts";
import type { Filling, GlobalDraft } from "../drafts.ts";
import { many, required, text } from "../shape.ts";
import { address, integer, interfaceName, oneOf } from "../values.ts";
import type { Word } from "../words.ts";
import {
  type Context,
  flag,
  type Keyword,
  one,
  renamed,
  type Statement,
  toggle,
  values,
  type Vocabulary,
} from "../vocabulary.ts";

/** 31 days. */
const TIMEOUT_SEC_MAX = 31 * 86_400;
const ID_MAX = 255;
const LENGTH_BYTES_MAX = 65_507;
const PORT_MAX = 65_535;
const TTL_MAX = 255;

const TIMEOUTS = {
  tcp: "tcpTimeoutSec",
  tcpfin: "tcpFinTimeoutSec",
  udp: "udpTimeoutSec",
} as const;

function setTimeouts({ lvs }: GlobalDraft, { values: words }: Statement, context: Context): void {
  const { complaints } = context;
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i], words[i + 1]];
    if (!name) return;
    if (!Object.hasOwn(TIMEOUTS, name.text)) {
      complaints.add("E304", name.place, `${quote(name.text)} is not one of tcp, tcpfin, udp`);
      return;
    }
    if (!value) return complaints.add("E208", name.place, `${quote(name.text)} needs a value`);
    const seconds = integer(0, TIMEOUT_SEC_MAX)(value, complaints);
    if (seconds !== undefined) lvs[TIMEOUTS[name.text as keyof typeof TIMEOUTS]] = seconds;
  }
}

const SYNC_NUMBERS = {
  id: ["id", 0, ID_MAX],
  maxlen: ["lengthBytesMax", 1, LENGTH_BYTES_MAX],
  port: ["port", 1, PORT_MAX],
  ttl: ["ttl", 1, TTL_MAX],
} as const;

function setSyncDaemon(draft: GlobalDraft, { values: words }: Statement, context: Context): void {
  const { complaints } = context;
  const [first, ...rest] = words;
  const link = first && interfaceName(first, complaints);
  if (link === undefined) return;
  const daemon: Filling<SyncDaemonConfig> & { interface: string } = { interface: link };
  const follow = ({ text, place }: Word) => {
    daemon.vrrpInstance = text;
    draft.syncInstance = { value: text, place };
  };
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i];
    if (!word) break;
    const isNumber = Object.hasOwn(SYNC_NUMBERS, word.text);
    if (!isNumber && word.text !== "inst" && word.text !== "group") {
      // The old form: IF INSTANCE [ID].
      if (i === 0) follow(word);
      else if (i === 1) {
        complaints.add("W501", word.place, "an id without 'id' is an old form", "id N");
        const id = integer(0, ID_MAX)(word, complaints);
        if (id !== undefined) daemon.id = id;
      } else complaints.add("W207", word.place, `${quote(word.text)} is ignored`);
      continue;
    }
    const value = rest[++i];
    if (!value) return complaints.add("E208", word.place, `${quote(word.text)} needs a value`);
    if (word.text === "inst") follow(value);
    else if (word.text === "group") {
      const group = address(value, complaints);
      if (group !== undefined && isMulticast(group)) daemon.group = group;
      else if (group !== undefined) {
        complaints.add("E409", value.place, `${quote(value.text)} is not a multicast group`);
      }
    } else {
      const [field, min, max] = SYNC_NUMBERS[word.text as keyof typeof SYNC_NUMBERS];
      const number = integer(min, max)(value, complaints);
      if (number !== undefined) daemon[field] = number;
    }
  }
  draft.lvs.syncDaemon = daemon;
}

const flushOnStop: Keyword<GlobalDraft> = values(
  "Empties the kernel's table at stop; VS: deletes only what is ours, as without it.",
  [{ name: "what", shape: { kind: "choice", words: ["VS"] }, optional: true }],
  ({ lvs }, { values: [word] }, { complaints }) => {
    if (word && word.text !== "VS") {
      complaints.add("E304", word.place, `${quote(word.text)} is not VS`);
    } else lvs.atStop = word ? "own" : "flush";
  },
);

/** The words. */
export const LVS_WORDS: Vocabulary<GlobalDraft>["keywords"] = {
  checker_log_all_failures: toggle(
    "Logs each failed check, not only changes.",
    ({ lvs }, { value }) => lvs.logsAllFailures = value,
  ),
  lvs_timeouts: values(
    "Timeouts of connections in seconds: tcp N, tcpfin N, udp N; default: the kernel's.",
    [
      required("protocol", { kind: "choice", words: Object.keys(TIMEOUTS) }),
      required("seconds", { kind: "integer", min: 0, max: TIMEOUT_SEC_MAX }),
      many("more", text("further pairs")),
    ],
    setTimeouts,
  ),
  lvs_flush: flag(
    "Empties the kernel's table at start.",
    true,
    ({ lvs }, { value }) => lvs.flushesAtStart = value,
  ),
  lvs_dataplane: one(
    "What balances; default: ipvs where the kernel has it, else nftables. none: only checks.",
    oneOf({ ipvs: "ipvs", nftables: "nftables", none: "none" } as const),
    ({ lvs }, { value }) => lvs.dataPlane = value,
  ),
  lvs_reconcile: toggle(
    "Undoes what others change in the kernel's table; it is told in any case.",
    ({ lvs }, { value }) => lvs.repairsTable = value,
  ),
  lvs_flush_on_stop: flushOnStop,
  lvs_flush_onstop: renamed("lvs_flush_on_stop", flushOnStop, true),
  lvs_sync_daemon: values(
    "Synchronizes connections: IF [inst NAME] [id N] [maxlen N] [port N] [ttl N] [group ADDR].",
    [required("interface", { kind: "interface" }), many("options", text("options"))],
    setSyncDaemon,
  ),
};
