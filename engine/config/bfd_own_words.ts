/**
 * Words of `bfd_instance` that keepalived does not have: authentication, echo packets, interface,
 * programs.
 *
 * @module
 */
import type {
  BfdAuthenticationConfig,
  BfdKey,
  BfdScripts,
  BfdSessionConfig,
} from "../../machines/bfd_config.ts";
import type { BfdDraft, BfdOwnDraft } from "./bfd_draft.ts";
import type { Complaints } from "./diagnostic.ts";
import { milliseconds } from "./milliseconds.ts";
import { script } from "./script_keyword.ts";
import { required, text } from "./shape.ts";
import { integer, interfaceName, oneOf } from "./values.ts";
import { adding, type Keyword, one, own, toggle, values, type Vocabulary } from "./vocabulary.ts";

const INTERVAL_MS_MAX = 4_294_967;
const KEY_ID_MAX = 255;
const KEY_COUNT_MAX = 16;
const SECRET_BYTES_MAX = { sha1: 20, other: 16 };
const AUTH_TYPES = {
  simple: "simplePassword",
  md5: "keyedMd5",
  meticulous_md5: "meticulousKeyedMd5",
  sha1: "keyedSha1",
  meticulous_sha1: "meticulousKeyedSha1",
} as const;

const echo = milliseconds(0, INTERVAL_MS_MAX);

function notify(doc: string, event: keyof BfdScripts): Keyword<BfdDraft> {
  return script(doc, (draft, { value, place }, { complaints }) => {
    const { scripts } = draft.own;
    if (scripts[event]) complaints.add("W403", place, "a second script of that kind is ignored");
    else scripts[event] = value;
  });
}

const key: Keyword<BfdDraft> = {
  ...values<BfdDraft>(
    "A key that both ends know: the first one signs, all are accepted.",
    [
      required("id", { kind: "integer", min: 0, max: KEY_ID_MAX }),
      required("secret", text("text or hex:…; 1 to 16 octets, with SHA1 1 to 20")),
    ],
    ({ own: { keys } }, { values: [id, secret] }, { complaints }) => {
      const number = id && integer(0, KEY_ID_MAX)(id, complaints);
      if (!secret || number === undefined) return;
      if (keys.some(({ value }) => value.id === number)) {
        complaints.add("E405", secret.place, `there is a key ${number} already`);
      } else if (keys.length >= KEY_COUNT_MAX) {
        complaints.add("E405", secret.place, `a session has at most ${KEY_COUNT_MAX} keys`);
      } else keys.push({ value: { id: number, ...secretOf(secret.text) }, place: secret.place });
    },
  ),
  isSecret: true,
};

/** Octets in hexadecimal are told by what stands before them. */
function secretOf(word: string): Pick<BfdKey, "secret" | "isHex"> {
  const [, hex] = /^hex:((?:[0-9a-f]{2})+)$/i.exec(word) ?? [];
  return hex === undefined ? { secret: word } : { secret: hex, isHex: true };
}

/** The words. */
export const BFD_OWN_KEYWORDS: Vocabulary<BfdDraft>["keywords"] = Object.fromEntries(
  Object.entries<Keyword<BfdDraft>>({
    interface: one(
      "The only interface that packets leave and come by; needed for link-local addresses.",
      interfaceName,
      (draft, given) => draft.own.interface = given,
    ),
    admin_down: toggle(
      "Held down on purpose: the neighbour is told, nothing is taken for a failure; default off.",
      (draft, { value }) => draft.own.adminDown = value,
    ),
    demand: toggle(
      "The neighbour may ask for no periodic packets while the session is up; default off.",
      (draft, { value }) => draft.own.demand = value,
    ),
    control_plane_independent: toggle(
      "Says that forwarding here goes on without this program; default off.",
      (draft, { value }) => draft.own.controlPlaneIndependent = value,
    ),
    authentication_type: one(
      "How packets are proven; default: not at all.",
      oneOf(AUTH_TYPES),
      (draft, given) => draft.own.authType = given,
    ),
    authentication_key: adding(key),
    echo_tx: one(
      "Milliseconds between echo packets that we send while up; 0: none; default 0.",
      echo,
      (draft, given) => draft.own.echoTx = given,
    ),
    echo_rx: one(
      "Milliseconds between echo packets of the neighbour that are sent back; 0: none; default 0.",
      echo,
      (draft, given) => draft.own.echoRx = given,
    ),
    notify_up: notify("A program that is run when the session comes up.", "up"),
    notify_down: notify("A program that is run when the session is up no more.", "down"),
    notify: notify(
      "A program that is run at both, with three more arguments: BFD, the name, UP or DOWN.",
      "any",
    ),
  }).map(([word, keyword]) => [word, own(keyword)]),
);

/** What the words come to, with defaults. */
export function resolveOwn(
  { own, multihop, remoteIp }: BfdDraft,
  complaints: Complaints,
): Pick<
  BfdSessionConfig,
  | "interface"
  | "isAdminDown"
  | "allowsDemand"
  | "isControlPlaneIndependent"
  | "authentication"
  | "echo"
  | "scripts"
> {
  const authentication = authenticationOf(own, complaints);
  for (const given of [own.echoTx, own.echoRx]) {
    if (!multihop || !given || given.value === 0) continue;
    complaints.add("E404", given.place, "echo packets go one hop only");
  }
  if (multihop && own.interface) {
    complaints.add("E404", own.interface.place, "a session over several hops has no interface");
  }
  if (remoteIp && /^fe[89ab]/.test(remoteIp.value) && !own.interface) {
    complaints.add("E401", remoteIp.place, "a link-local neighbour needs an interface");
  }
  return {
    ...(own.interface && { interface: own.interface.value }),
    isAdminDown: own.adminDown ?? false,
    allowsDemand: own.demand ?? false,
    isControlPlaneIndependent: own.controlPlaneIndependent ?? false,
    ...(authentication && { authentication }),
    echo: {
      txIntervalUs: own.echoTx?.value ?? 0,
      requiredMinRxIntervalUs: own.echoRx?.value ?? 0,
    },
    scripts: own.scripts,
  };
}

function authenticationOf(
  { authType, keys }: BfdOwnDraft,
  complaints: Complaints,
): BfdAuthenticationConfig | undefined {
  const [first] = keys;
  if (!authType) {
    if (first) {
      complaints.add("E401", first.place, "authentication_key needs an authentication_type");
    }
    return undefined;
  }
  if (!first) {
    complaints.add("E401", authType.place, "authentication_type needs an authentication_key");
    return undefined;
  }
  const isSha1 = /Sha1$/.test(authType.value);
  const bytesMax = isSha1 ? SECRET_BYTES_MAX.sha1 : SECRET_BYTES_MAX.other;
  for (const { value, place } of keys) {
    const { secret, isHex } = value;
    const length = isHex ? secret.length / 2 : new TextEncoder().encode(secret).length;
    if (length >= 1 && length <= bytesMax) continue;
    complaints.add("E302", place, `a key has 1 to ${bytesMax} octets: this one has ${length}`);
  }
  return { type: authType.value, keys: keys.map(({ value }) => value) };
}
