import { assertEquals } from "@std/assert";
import { changes } from "../harness.ts";
import { checkOf, loadServer } from "./texts.ts";

const CONNECTION = { ip: "192.0.2.2", port: 80, mark: 0, timeoutMs: 5_000 };
const BASE = { alpha: false, logsAllFailures: false };
const PACE = { delayLoopMs: 60_000, warmupMs: 60_000, retries: 1, delayBeforeRetryMs: 1_000 };
const NETWORK = { ...BASE, ...PACE, connection: CONNECTION };
const URL = { path: "/", closesTls: false, statusCodes: [{ first: 200, last: 299 }] };
const HTTP = {
  kind: "http",
  ...NETWORK,
  delayBeforeRetryMs: 3_000,
  version: "1.0",
  closes: false,
  fastRecovery: false,
};

/** What stands before the virtual server, so that names are known. */
const BEFORE = `track_file F {
file /tmp/f
weight 3 reverse
}
bfd_instance B {
neighbor_ip 192.0.2.7
}
bfd_instance V {
neighbor_ip 192.0.2.8
vrrp
}`;

/** What is needed in a block, and what comes of nothing more. */
const BLOCKS: Record<string, { readonly needed?: string; readonly plain: object }> = {
  TCP_CHECK: { plain: { kind: "tcp", ...NETWORK } },
  PING_CHECK: { plain: { kind: "ping", ...NETWORK } },
  UDP_CHECK: { plain: { kind: "udp", ...NETWORK } },
  DNS_CHECK: {
    plain: {
      kind: "dns",
      ...NETWORK,
      retries: 3,
      delayBeforeRetryMs: 60_000,
      type: "SOA",
      name: ".",
    },
  },
  SMTP_CHECK: { plain: { kind: "smtp", ...NETWORK, heloName: "smtpchecker.keepalived.org" } },
  HTTP_GET: { needed: "url {\npath /\n}", plain: { ...HTTP, tls: false, urls: [URL] } },
  SSL_GET: { needed: "url {\npath /\n}", plain: { ...HTTP, tls: true, urls: [URL] } },
  MISC_CHECK: {
    needed: "misc_path /bin/x",
    plain: {
      kind: "script",
      ...BASE,
      ...PACE,
      retries: 0,
      command: ["/bin/x"],
      timeoutMs: 60_000,
      setsWeight: false,
    },
  },
  FILE_CHECK: {
    needed: "track_file F",
    plain: { kind: "file", ...BASE, file: "F", weight: 3, reversed: true },
  },
  BFD_CHECK: { needed: "name B", plain: { kind: "bfd", ...BASE, session: "B" } },
};

function loadCheck(block: string, lines: string) {
  const { needed = "" } = BLOCKS[block] ?? {};
  const own = needed !== "" &&
    lines.split("\n").some((line) => line.split(" ")[0] === needed.split(/\s/)[0]);
  const text = `${block} {\n${own ? "" : needed}\n${lines}\n}`;
  return loadServer({ before: BEFORE, realServer: text });
}

for (const [block, { plain }] of Object.entries(BLOCKS)) {
  Deno.test(`${block} defaults`, () => {
    const { server, found } = loadCheck(block, "");
    assertEquals(found, []);
    assertEquals<unknown>(checkOf(server), plain);
  });
}

type Row = [lines: string, expected: Record<string, unknown> | "refused", found?: string[]];

const OUT = (
  word: string,
  range: string,
) => [`error: '${word}' is out of range: must be ${range} [E302]`];
const NOT_SECONDS = (word: string) => [`error: '${word}' is not a number of seconds [E301]`];
const connection = (change: object) => ({ connection: change });

// deno-fmt-ignore
const CONNECTION_ROWS: Row[] = [
  ["connect_ip 192.0.2.5", connection({ ip: "192.0.2.5" })],
  ["connect_ip nobody", "refused", ["error: 'nobody' is not an address [E305]"]],
  ["connect_ip fe80::1", "refused", ["error: the link-local address 'fe80::1' needs bind_if [E402]"]],
  ["connect_ip fe80::1\nbind_if eth0", connection({ ip: "fe80::1", interface: "eth0" })],
  ["connect_port 8080", connection({ port: 8080 })],
  ["connect_port 0", "refused", OUT("0", "1 to 65535")],
  ["bindto 192.0.2.6", connection({ sourceIp: "192.0.2.6" })],
  ["bindto 2001:db8::1", "refused", ["error: bindto is not of the family of '192.0.2.2' [E404]"]],
  ["bindto 192.0.2.6\nbind_port 99", connection({ sourceIp: "192.0.2.6", sourcePort: 99 })],
  ["bind_port 99", {}, ["warning: bind_port without bindto has no effect [W602]"]],
  ["bind_port x", "refused", ["error: 'x' is not a number [E301]"]],
  ["bind_if eth0", connection({ interface: "eth0" })],
  ["bind_if eth0123456789012", "refused", ["error: interface name 'eth0123456789012' is longer than 15 bytes [E304]"]],
  ["connect_timeout 0.000001", connection({ timeoutMs: 0.001 })],
  ["connect_timeout 0", "refused", OUT("0", "0.000001 to 4294.967295")],
  ["fwmark 7", connection({ mark: 7 })],
  ["fwmark 4294967296", "refused", OUT("4294967296", "0 to 4294967295")],
];
// deno-fmt-ignore
const PACE_ROWS: Row[] = [
  ["retry 0\nretry 9", { retries: 9 }],
  ["retry -1", "refused", OUT("-1", "0 to 4294967295")],
  ["delay_before_retry 0", { delayBeforeRetryMs: 0 }],
  ["delay_before_retry", "refused", ["error: 'delay_before_retry' needs a value [E208]"]],
  ["warmup 2.5", { warmupMs: 2_500 }],
  ["warmup 1.0000001", "refused", ["error: '1.0000001' has more than 6 decimals [E301]"]],
  ["delay_loop 20\nwarmup 20\ndelay_before_retry 9", { delayLoopMs: 20_000, warmupMs: 20_000, delayBeforeRetryMs: 9_000 }],
  ["delay_loop x", "refused", NOT_SECONDS("x")],
  ["alpha", { alpha: true }],
  ["alpha maybe", "refused", ["error: 'maybe' is neither true nor false [E304]"]],
  ["log_all_failures", { logsAllFailures: true }],
  ["log_all_failures 2", "refused", ["error: '2' is neither true nor false [E304]"]],
];

const HELLO = [0xab, 0x12, 0x0f, 0x03, 0x45, 0x06];
const REPLY = {
  pattern: { octets: [0xa0, 0x05], masks: [0xf0, 0xff] },
  bytesMin: 0,
  bytesMax: 255,
};
const ANY_REPLY = { bytesMin: 0, bytesMax: 65_535 };
const url = (lines: string) => `url {\npath /\n${lines}\n}`;
const urls = (change: object) => ({ urls: [{ ...URL, ...change }] });
const SURPLUS = "warning: 'y' behind 'sni_name' is ignored [W207]";
const MD5 = "9b3a0c85a887a256d6939da88aabd8cd";
const regex = (change: object) =>
  urls({ regex: { pattern: "a", options: [], isNegated: false, offsetMin: 0, ...change } });

// deno-fmt-ignore
const HTTP_ROWS: Row[] = [
  ["nb_get_retry 4", { retries: 4 }, ["warning: 'nb_get_retry' is an old name (retry) [W501]"]],
  ["nb_get_retry x", "refused", ["warning: 'nb_get_retry' is an old name (retry) [W501]", "error: 'x' is not a number [E301]"]],
  ["virtualhost a", urls({ host: "a" })],
  ["virtualhost", "refused", ["error: 'virtualhost' needs a value [E208]"]],
  ["http_protocol 1.0C", { closes: true }],
  ["http_protocol 1.0c", { closes: true }],
  ["http_protocol 1.1", { closes: true, version: "1.1" }],
  ["http_protocol 2", "refused", ["error: '2' is not one of 1.0, 1.0C, 1.0c, 1.1 [E304]"]],
  ["fast_recovery", { fastRecovery: true }],
  ["fast_recovery x", "refused", ["error: 'x' is neither true nor false [E304]"]],
  ["enable_sni x", "refused", ["error: 'x' is neither true nor false [E304]"]],
  ["url {\npath /a\n}\nurl {\npath /b\n}", { urls: [{ ...URL, path: "/a" }, { ...URL, path: "/b" }] }],
  ["url {\n}", "refused", ["error: url needs a path [E401]"]],
  ["url {\npath\n}", "refused", ["error: url needs a path [E401]", "error: 'path' needs a value [E208]"]],
  [url(`digest ${MD5.toUpperCase()}`), urls({ digest: MD5 })],
  [url("digest abc"), "refused", ["error: 'abc' is not an MD5 digest: 32 hexadecimal digits [E304]"]],
  [url(`digest ${MD5}\ndigest ${MD5}`), urls({ digest: MD5 }), ["warning: a second digest is ignored [W403]"]],
  [url("status_code 200-204 301\nstatus_code 404"), urls({ statusCodes: [{ first: 200, last: 204 }, { first: 301, last: 301 }, { first: 404, last: 404 }] })],
  [url("status_code 99"), "refused", ["error: '99' is not a status code or a range of them: 100 to 599 [E302]"]],
  [url("status_code 300-299"), "refused", ["error: '300-299' is not a status code or a range of them: 100 to 599 [E302]"]],
  [url("virtualhost b"), urls({ host: "b" })],
  [url("virtualhost"), "refused", ["error: 'virtualhost' needs a value [E208]"]],
  [url("regex a"), regex({})],
  [url(String.raw`regex "a b\\d"`), regex({ pattern: String.raw`a b\d` })],
  [url("regex"), "refused", ["error: 'regex' needs a value [E208]"]],
  [url("regex a\nregex_no_match"), regex({ isNegated: true })],
  [url("regex_no_match"), {}, ["warning: without regex this is ignored [W602]"]],
  [url("regex a\nregex_options caseless dotall"), regex({ options: ["caseless", "dotall"] })],
  [url("regex a\nregex_options loud"), regex({}), ["warning: unknown option 'loud' is ignored [W602]"]],
  [url("regex_options"), "refused", ["error: 'regex_options' needs a value [E208]"]],
  [url("regex a\nregex_stack 1000 2000"), regex({}), ["warning: keyword 'regex_stack' has no effect: the runtime's regular expressions need no stack of their own [W601]"]],
  [url("regex a\nregex_stack 2000 1000"), "refused", ["warning: keyword 'regex_stack' has no effect: the runtime's regular expressions need no stack of their own [W601]", "error: regex_stack: START is beyond MAX [E402]"]],
  [url("regex a\nregex_min_offset 5\nregex_max_offset 9"), regex({ offsetMin: 5, offsetMax: 9 })],
  [url("regex a\nregex_min_offset 9\nregex_max_offset 5"), regex({}), ["warning: regex_min_offset 9 is beyond regex_max_offset 5: both are ignored [W602]"]],
  [url("regex_min_offset x"), "refused", ["error: 'x' is not a number [E301]"]],
  [url("regex_max_offset x"), "refused", ["error: 'x' is not a number [E301]"]],
];

// deno-fmt-ignore
const OWN: Record<string, Row[]> = {
  UDP_CHECK: [
    ["payload Ab12f 3 456", { payload: HELLO }],
    ["payload \"AB 12 0f 03 45 06\"", { payload: HELLO }],
    ["payload xyz", "refused", ["error: 'xyz' is not hexadecimal: digits in pairs [E301]"]],
    ["require_reply", { reply: ANY_REPLY }],
    ["require_reply Ax 5", { reply: REPLY }],
    ["require_reply gg", "refused", ["error: 'gg' is not hexadecimal: digits and x in pairs [E301]"]],
    ["require_reply\nmin_reply_length 3\nmax_reply_length 9", { reply: { bytesMin: 3, bytesMax: 9 } }],
    ["min_reply_length 3", {}, ["warning: without require_reply no reply is looked at [W602]"]],
    ["require_reply 00\nmin_reply_length 300", "refused", ["error: a reply cannot have at least 300 and at most 255 octets [E402]"]],
    ["max_reply_length 65536", "refused", OUT("65536", "0 to 65535")],
  ],
  DNS_CHECK: [
    ["type aaaa", { type: "AAAA" }],
    ["type ANY", "refused", ["error: 'ANY' is not one of A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG, DNSKEY [E304]"]],
    ["name example.com.", { name: "example.com." }],
    ["name a\nname b", { name: "a" }, ["warning: a second name is ignored [W403]"]],
    ["name .example", "refused", ["error: '.example' is not a domain name [E304]"]],
    ["name a..b", "refused", ["error: 'a..b' is not a domain name [E304]"]],
  ],
  SMTP_CHECK: [
    ["helo_name a", { heloName: "a" }],
    ["helo_name \"\"", "refused", ["error: empty text [E208]"]],
    ["host {\nconnect_port 25\n}", connection({ port: 25 }), ["warning: 'host' is an old form (one SMTP_CHECK for each host) [W602]"]],
    ["host {\nconnect_port x\n}", "refused", ["warning: 'host' is an old form (one SMTP_CHECK for each host) [W602]", "error: 'x' is not a number [E301]"]],
  ],
  HTTP_GET: [...HTTP_ROWS, ["enable_sni", {}], ["sni_name a", {}], ["sni_name x y", {}, [SURPLUS]]],
  SSL_GET: [
    ...HTTP_ROWS,
    ["enable_sni", {}],
    ["enable_sni\nvirtualhost a", urls({ host: "a", serverName: "a" })],
    ["sni_name b\nvirtualhost a", urls({ host: "a", serverName: "b" })],
    ["sni_name\nvirtualhost a", urls({ host: "a", serverName: "a" })],
    ["sni_name a\nsni_name", urls({ serverName: "a" }), ["warning: sni_name without a name behind one is ignored [W403]"]],
    ["sni_name x y", urls({ serverName: "x" }), [SURPLUS]],
    ["tls_compliant", urls({ closesTls: true })],
    ["tls_compliant x", "refused", ["error: 'x' is neither true nor false [E304]"]],
    [url("tls_compliant"), urls({ closesTls: true })],
    [url("tls_compliant x"), "refused", ["error: 'x' is neither true nor false [E304]"]],
  ],
  MISC_CHECK: [
    ["misc_path \"/bin/x 'a b'\"", { command: ["/bin/x", "a b"] }],
    ["misc_path \"\"", "refused", ["error: MISC_CHECK needs a misc_path [E401]", "error: misc_path needs a command [E208]"]],
    ["misc_timeout 5", { timeoutMs: 5_000 }],
    ["misc_timeout 0", {}],
    ["misc_timeout 4295", "refused", OUT("4295", "0 to 4294")],
    ["misc_dynamic", { setsWeight: true }],
    ["misc_dynamic x", { setsWeight: true }, ["warning: 'x' behind 'misc_dynamic' is ignored [W207]"]],
    ["user nobody", { runAs: { user: "nobody", supplementaryGroups: false } }],
    ["user", "refused", ["error: 'user' needs a value [E208]"]],
  ],
  FILE_CHECK: [
    ["track_file G", "refused", ["error: there is no track_file 'G' (did you mean 'F'?) [E411]"]],
    ["track_file F", {}],
    ["weight -5 noreverse", { weight: -5, reversed: false }],
    ["weight 0", { weight: 0 }],
    ["weight 2147483648", "refused", OUT("2147483648", "-2147483647 to 2147483647")],
    ["weight 1 back", "refused", ["error: 'back' is not one of reverse, noreverse [E304]"]],
  ],
  BFD_CHECK: [
    ["name B", {}],
    ["name C", "refused", ["error: there is no bfd_instance 'C' (did you mean 'B'?) [E411]"]],
    ["name V", "refused", ["error: bfd_instance 'V' is for vrrp only (checker in bfd_instance) [E402]"]],
    ["alpha", { alpha: true }],
    ["alpha x", "refused", ["error: 'x' is neither true nor false [E304]"]],
  ],
};

/** Blocks that connect, and those that have a pace. */
const CONNECTING = [
  "TCP_CHECK",
  "PING_CHECK",
  "UDP_CHECK",
  "DNS_CHECK",
  "SMTP_CHECK",
  "HTTP_GET",
  "SSL_GET",
];

for (const block of Object.keys(BLOCKS)) {
  const rows = [
    ...(CONNECTING.includes(block) ? CONNECTION_ROWS : []),
    ...(CONNECTING.includes(block) || block === "MISC_CHECK" ? PACE_ROWS : []),
    ...OWN[block] ?? [],
  ];
  for (const [lines, expected, found = []] of rows) {
    Deno.test(`${block} ${lines.replaceAll("\n", "; ")}`, () => {
      const loaded = loadCheck(block, lines);
      assertEquals(loaded.found, found);
      const check = checkOf(loaded.server);
      assertEquals(check ? changes(BLOCKS[block]?.plain ?? {}, check) : "refused", expected);
    });
  }
}

Deno.test("SMTP_CHECK: each host is a check beside that of the block", () => {
  const host = (port: number) => `host {\nconnect_port ${port}\n}`;
  const ports = (lines: string) =>
    loadCheck("SMTP_CHECK", lines).server?.realServers[0]?.checkers.map((check) =>
      check.kind === "smtp" ? check.connection.port : undefined
    );
  assertEquals(ports(`${host(25)}\n${host(26)}`), [25, 26]);
  assertEquals(ports(`connect_port 27\n${host(25)}`), [27, 25]);
});

Deno.test("HTTP_GET needs a url, MISC_CHECK a misc_path, FILE_CHECK a file, BFD_CHECK a name", () => {
  const found = (block: string) => loadServer({ realServer: `${block} {\n}` }).found;
  assertEquals(found("HTTP_GET"), ["error: HTTP_GET needs a url [E401]"]);
  assertEquals(found("SSL_GET"), ["error: SSL_GET needs a url [E401]"]);
  assertEquals(found("MISC_CHECK"), ["error: MISC_CHECK needs a misc_path [E401]"]);
  assertEquals(found("FILE_CHECK"), ["error: FILE_CHECK needs a track_file [E401]"]);
  assertEquals(found("BFD_CHECK"), ["error: BFD_CHECK needs a name [E401]"]);
});

Deno.test("BFD_CHECK: a session is checked once by a server", () => {
  const { found } = loadServer({
    before: BEFORE,
    realServer: "BFD_CHECK {\nname B\n}\nBFD_CHECK {\nname B\n}",
  });
  assertEquals(found, ["warning: 'B' is checked already [W406]"]);
});
