/**
 * Words of the top level about virtual servers.
 *
 * @module
 */
import { familyOf } from "../../../net/address.ts";
import { quote } from "../diagnostic.ts";
import { givenBy } from "../given.ts";
import { required, text } from "../shape.ts";
import { integer, someText } from "../values.ts";
import {
  adding,
  block,
  type Context,
  items,
  type Keyword,
  one,
  own,
  type Statement,
  type Vocabulary,
} from "../vocabulary.ts";
import { CHECKER_TABLES } from "./checkers.ts";
import {
  type LvsDraft,
  type ServerGroupDraft,
  type ServiceName,
  type TlsDraft,
  VirtualServerDraft,
} from "./drafts.ts";
import { GROUP_GRAMMAR, looksLikeGroupLine, readGroupLine } from "./group_line.ts";
import { readEndpoint, uint32 } from "./readers.ts";
import { REAL_SERVER } from "./real_server.ts";
import { SERVICE_PARAMETERS, VIRTUAL_SERVER } from "./virtual_server.ts";

/** Where the words fill. */
interface Holder {
  readonly lvs: LvsDraft;
}

const DAYS_MAX = 3_650;
const TLS: Vocabulary<TlsDraft> = {
  name: "SSL",
  keywords: {
    password: {
      ...one("Password of the key.", someText, (draft, { value }) => draft.password = value),
      isSecret: true,
    },
    ca: one(
      "File with certificates of authorities.",
      someText,
      (draft, { value }) => draft.caPath = value,
    ),
    certificate: one(
      "File with our certificate and those above it.",
      someText,
      (draft, { value }) => draft.certificatePath = value,
    ),
    key: one("File with the key of it.", someText, (draft, { value }) => draft.keyPath = value),
    verify_ca: own(
      one(
        "File with certificates of who must vouch for servers; default: all are trusted.",
        someText,
        (draft, { value }) => draft.verifyPath = value,
      ),
    ),
    expiry_warning: own(
      one(
        "Days before the end of a server's certificate at which a line of the log warns of it.",
        integer(1, DAYS_MAX),
        (draft, { value }) => draft.expiryWarningDays = value,
      ),
    ),
  },
};

function readService({ values: words }: Statement, context: Context): ServiceName | undefined {
  const first = words[0];
  const second = words[1];
  const third = words[2];
  const { complaints } = context;
  if (!first) return undefined;
  const isNamed = first.text === "fwmark" || first.text === "group";
  if (isNamed && !second) {
    complaints.add("E208", first.place, `${quote(first.text)} needs a value`);
    return undefined;
  }
  if (third) complaints.add("W207", third.place, `${quote(third.text)} is ignored`);
  if (first.text === "group") return { kind: "group", group: second?.text ?? "" };
  if (first.text === "fwmark") {
    const mark = second && uint32(second, complaints);
    return mark === undefined ? undefined : { kind: "fwmark", mark };
  }
  const endpoint = readEndpoint(words, complaints);
  return endpoint && { kind: "address", ip: endpoint.ip, port: endpoint.port };
}

function openServer(
  { lvs }: Holder,
  statement: Statement,
  context: Context,
): VirtualServerDraft | undefined {
  const service = readService(statement, context);
  if (!service) return undefined;
  const server = new VirtualServerDraft(service, statement.keyword.place);
  if (service.kind === "address") server.family = familyOf(service.ip);
  lvs.servers.push(server);
  return server;
}

function openGroup(
  { lvs: { groups } }: Holder,
  { values: [name] }: Statement,
  { complaints }: Context,
): ServerGroupDraft | undefined {
  if (!name) return undefined;
  const group: ServerGroupDraft = { name: { value: name.text, place: name.place }, lines: [] };
  if (groups.has(name.text)) {
    const message = `virtual_server_group ${quote(name.text)} is defined twice: the first is used`;
    complaints.add("W602", name.place, message);
  } else groups.set(name.text, group);
  return group;
}

/** A block of lines that has a name before it. */
function groupBlock<Draft extends Holder>(): Keyword<Draft> {
  const lines = items<Draft>(
    "A set of addresses and firewall marks that virtual servers share.",
    GROUP_GRAMMAR,
    (draft, statement, context) => {
      const group = openGroup(draft, statement, context);
      return {
        accepts: looksLikeGroupLine,
        add: (words, inner) => {
          const value = readGroupLine(words, inner);
          const [word] = words;
          if (word && value) group?.lines.push(givenBy(word, value));
          else if (group) group.hasBadLine = true;
        },
      };
    },
  );
  return { ...lines, parameters: [required("name", text())] };
}

function openTls(
  { lvs }: Holder,
  { keyword: { place } }: Statement,
  { complaints }: Context,
): TlsDraft {
  if (lvs.tls) complaints.add("W403", place, "a second SSL replaces the first one");
  return lvs.tls = { place };
}

/** The words. */
export function lvsWords<Draft extends Holder>(): Record<string, Keyword<Draft>> {
  return {
    SSL: block("Certificate shown by SSL_GET.", [], TLS, openTls),
    virtual_server_group: { ...groupBlock<Draft>(), isLandmark: true },
    virtual_server: {
      ...adding(block("A service.", SERVICE_PARAMETERS, VIRTUAL_SERVER, openServer)),
      isLandmark: true,
    },
  };
}

/** Tables and where they are, for hints about misplaced words. */
export const LVS_TABLES: readonly (readonly [Vocabulary<never>, string])[] = [
  [VIRTUAL_SERVER, "in virtual_server"],
  [REAL_SERVER, "in real_server"],
  ...CHECKER_TABLES,
];
