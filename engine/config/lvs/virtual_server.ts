/**
 * The keyword table of `virtual_server`.
 *
 * @module
 */
import type { Family } from "../../../net/address.ts";
import type { Given } from "../given.ts";
import { script } from "../script_keyword.ts";
import { many, optional, required, text } from "../shape.ts";
import { integer, oneOf, reader, someText } from "../values.ts";
import {
  adding,
  block,
  type Context,
  flag,
  type Keyword,
  one,
  type Statement,
  values,
  type Vocabulary,
} from "../vocabulary.ts";
import { serverWords } from "./common_words.ts";
import {
  MENTIONED,
  RealServerDraft,
  type SorryDraft,
  type VirtualServerDraft,
  withOneMore,
} from "./drafts.ts";
import { method } from "./method.ts";
import {
  ENDPOINT_PARAMETERS,
  oneOfAnyCase,
  readEndpoint,
  readGranularity,
  uint32,
  UINT32_MAX,
  WEIGHT_MAX,
} from "./readers.ts";
import { REAL_SERVER } from "./real_server.ts";
import { SCHEDULER_WORDS } from "./scheduler.ts";

type Words = Readonly<Record<string, Keyword<VirtualServerDraft>>>;

const PERSISTENCE_SEC_DEFAULT = 360;
const PERSISTENCE_SEC_MAX = 2_678_400;
const persistence = integer(1, PERSISTENCE_SEC_MAX);
const ENGINE_CHARS_MAX = 16;

const engine = reader(text("the name of a kernel module: sip"), (word, complaints) => {
  const name = someText(word, complaints);
  if (name === undefined || name.length <= ENGINE_CHARS_MAX) return name;
  const message = `a name has at most ${ENGINE_CHARS_MAX} characters: the rest is cut off`;
  complaints.add("W303", word.place, message);
  return name.slice(0, ENGINE_CHARS_MAX);
});

const granularity = reader(
  text("a netmask of IPv4, or the length of a prefix of IPv6"),
  readGranularity,
);

const PERSISTENCE_WORDS: Words = {
  persistence_timeout: values(
    "Seconds that a client stays with its server; default: off, without a number 360.",
    [optional("seconds", persistence.shape)],
    (draft, { keyword, values: [word] }, { complaints }) => {
      const value = word ? persistence(word, complaints) : PERSISTENCE_SEC_DEFAULT;
      const { place } = word ?? keyword;
      if (value !== undefined) draft.persistenceSec = { value, place };
    },
  ),
  persistence_granularity: one(
    "Which clients stay together: a netmask of IPv4, or the length of a prefix of IPv6.",
    granularity,
    (draft, given) => draft.granularity = given,
  ),
  persistence_engine: one(
    "Kernel module that tells what belongs together: sip.",
    engine,
    (draft, { value }) => draft.persistenceEngine = value,
  ),
};

function quorumScript(word: string, doc: string, field: "quorumUp" | "quorumDown"): Words {
  return {
    [word]: script(doc, (draft: VirtualServerDraft, given, { complaints }) => {
      if (draft[field]) complaints.add("W403", given.place, `a second ${word} is ignored`);
      else draft[field] = given;
    }),
  };
}

const QUORUM_WORDS: Words = {
  quorum: one(
    "Weight of living servers that is enough; default 1.",
    integer(1, UINT32_MAX),
    (draft, given) => draft.quorum = given,
  ),
  hysteresis: one(
    "How far above the quorum it is gained, and below it lost; default 0.",
    uint32,
    (draft, given) => draft.hysteresis = given,
  ),
  ...quorumScript("quorum_up", "Program run when the quorum is gained.", "quorumUp"),
  ...quorumScript("quorum_down", "Program run when the quorum is lost.", "quorumDown"),
};

/** Acts on the sorry server, which must stand before. */
function ofSorry(act: (sorry: SorryDraft) => void) {
  return ({ sorry }: VirtualServerDraft, given: Given<unknown>, { complaints }: Context): void => {
    if (sorry) act(sorry);
    else complaints.add("W403", given.place, "before sorry_server: ignored");
  };
}

const SORRY_WORDS: Words = {
  sorry_server: values(
    "Server that answers while the quorum is lost.",
    ENDPOINT_PARAMETERS,
    (draft, { values: words }, { complaints }) => {
      const [word] = words;
      const value = readEndpoint(words, complaints);
      if (!word || !value) return;
      if (draft.sorry) {
        complaints.add("W602", word.place, "a second sorry_server replaces the first one");
      }
      draft.sorry = { place: word.place, ip: value.ip, port: value.port };
    },
  ),
  sorry_server_inhibit: values(
    "It stays in the table with weight 0 while it is not needed.",
    [],
    (draft, { keyword }, context) =>
      ofSorry((sorry) => sorry.inhibits = true)(
        draft,
        { value: true, place: keyword.place },
        context,
      ),
  ),
  sorry_server_lvs_method: method(
    "How packets get to it; default: as to real servers.",
    (draft, given, context) =>
      ofSorry((sorry) => sorry.method = given.value)(draft, given, context),
  ),
};

function openRealServer(
  draft: VirtualServerDraft,
  { values: words }: Statement,
  { complaints }: Context,
): RealServerDraft | undefined {
  draft.hasRealServer = true;
  const word = words[0];
  const value = readEndpoint(words, complaints);
  if (!word || !value) return undefined;
  const server = new RealServerDraft(word, value, draft);
  draft.realServers = withOneMore(draft.realServers, server);
  return server;
}

const server = serverWords<VirtualServerDraft>();
const lvsMethod = server["lvs_method"];

/** Keywords that should be there, and their old names. */
const DEFAULTED: ReadonlyMap<string, number> = new Map([
  ["protocol", MENTIONED.protocol],
  ["lvs_sched", MENTIONED.scheduler],
  ["lb_algo", MENTIONED.scheduler],
  ["lvs_method", MENTIONED.method],
  ["lb_kind", MENTIONED.method],
]);

/** The table. */
export const VIRTUAL_SERVER: Vocabulary<VirtualServerDraft> = {
  name: "virtual_server",
  mention: (draft, word) => {
    draft.mentioned |= DEFAULTED.get(word) ?? 0;
  },
  keywords: {
    ...server,
    ...(lvsMethod && {
      lb_kind: { ...lvsMethod, status: { kind: "renamed", to: "lvs_method" } as const },
    }),
    ip_family: one(
      "Family of a service by firewall mark: inet or inet6; default: as its real servers.",
      oneOf<Family>({ inet: 4, inet6: 6 }),
      (draft, given, { complaints }) => {
        if (draft.family !== undefined && draft.family !== given.value) {
          complaints.add("E404", given.place, "the virtual server has the other family already");
        } else draft.family = given.value;
      },
    ),
    ...SCHEDULER_WORDS,
    ops: flag(
      "Each packet is scheduled on its own; UDP only.",
      true as const,
      (draft, given) => draft.onePacket = given,
    ),
    ...PERSISTENCE_WORDS,
    protocol: one(
      "TCP, UDP or SCTP; default UDP.",
      oneOfAnyCase(["tcp", "udp", "sctp"] as const),
      (draft, given) => draft.protocol = given,
    ),
    ha_suspend: flag(
      "Checks run only while this machine has the address.",
      true as const,
      (draft, given) => draft.suspends = given,
    ),
    inhibit_on_failure: flag(
      "Failed servers stay in the table with weight 0.",
      true,
      (draft, { value }) => draft.inhibits = value,
    ),
    alpha: flag(
      "Servers count as failed until a check succeeds.",
      true,
      (draft, { value }) => draft.alpha = value,
    ),
    omega: flag(
      "At the end, programs for failed servers and a lost quorum are run.",
      true as const,
      (draft, { value }) => draft.omega = value,
    ),
    weight: one(
      "Weight of real servers that do not say; default 1.",
      integer(1, WEIGHT_MAX),
      (draft, { value }) => draft.weight = value,
    ),
    ...QUORUM_WORDS,
    ...SORRY_WORDS,
    real_server: adding(
      block("One server behind it.", ENDPOINT_PARAMETERS, REAL_SERVER, openRealServer),
    ),
  },
};

/** What stands behind `virtual_server`. */
export const SERVICE_PARAMETERS = [
  required("service", text("an address, fwmark or group")),
  many("value", text("a port; behind fwmark its number, behind group its name")),
];
