/**
 * The rules of keepalived's configuration language, each with texts and what they mean. Their
 * numbers: L lines and words, N numbers, E blocks and errors, D definitions, C conditional lines,
 * S sequences, I includes, T status of `-t`.
 *
 * @module
 */

/** A rule at work. */
export interface LanguageRow {
  readonly rule: string;
  readonly text: string;
  /** `ROUTER_ID NAME=PRIORITY…` of the model; undefined: refused. */
  readonly model: string | undefined;
  /** Codes of findings, in their order. */
  readonly codes: readonly string[];
  /** How keepalived's `-t` differs. */
  readonly differs?: string;
}

const VIP = "virtual_ipaddress {\n192.0.2.1/24\n}";
const V = (lines: string, name = "V", id = 5) =>
  `vrrp_instance ${name} {\ninterface d0\nvirtual_router_id ${id}\n${lines}\n${VIP}\n}\n`;
const G = (lines: string) => `global_defs {\n${lines}\n}\n`;

function row(
  rule: string,
  text: string,
  model: string | undefined,
  codes: readonly string[] = [],
  differs?: string,
): LanguageRow {
  return { rule, text, model, codes, ...(differs === undefined ? {} : { differs }) };
}

const X = "x".repeat(1_009);

/** Rules of the language by their numbers. */
// deno-fmt-ignore
export const LANGUAGE: readonly LanguageRow[] = [
  row("L1 a line of 1023 bytes", G(`router_id ${X}xx`), `${X}xx`),
  row("L1 a longer line", G(`router_id ${X}xxxx`), undefined, ["E-lex-001"]),
  row("L2 # and ! begin comments", G("router_id a # b\n! c\n# d"), "a"),
  row("L2 in the middle of a word", G("router_id a#b"), "a"),
  row("L2 escaped", G("router_id a\\#b\\!c"), "a#b!c"),
  row("L2 in quotes", G('router_id "a#b!c"'), "a#b!c"),
  row("L3 blanks and empty lines", G("  \n\t router_id a \t\n"), "a"),
  row("L4 a quoted word", G('router_id "a b"'), "a b"),
  row("L4 a quote ends the word before", G('router_id a"b"'), "a", ["W-block-007"], "what keepalived ignores on a line in silence is told"),
  row("L4 single quotes mean nothing", G("router_id 'a'"), "'a'"),
  row("L5 a quote without its end", G('router_id "a'), undefined, ["E-lex-003"]),
  row("L6 a backslash at the end is a character", G("router_id a\\"), "a\\"),
  row("L7 braces divide a line", "global_defs{\nrouter_id a}\n", "a"),
  row("L7 a block on one line", "global_defs { router_id a }\n", "a"),
  row("L7 two keywords of a block on one line", `vrrp_instance V { interface d0 virtual_router_id 5\n${VIP}\n}\n`, undefined, ["E-block-006"]),
  row("L8 one item a line", V("unicast_peer {\n192.0.2.7\n192.0.2.8\n}"), " V=100"),
  row("L8 words of a list", "vrrp_sync_group S {\ngroup { V W }\n}\n" + V("") + V("", "W", 6), " V=100 W=100"),
  row("L9 quotes of scripts", V("notify_master '/bin/true \"a b\"' root"), " V=100"),
  row("L10 user and group", V("notify_master /bin/true root :root"), " V=100", [], "no :GROUP in 2.2.7"),
  row("N1 a number", V("priority 7"), " V=7"),
  row("N1 a number of another base", V("priority 0x10"), undefined, ["E-value-001"]),
  row("N2 a number with junk", V("priority 7x"), undefined, ["E-value-001"]),
  row("N3 decimals", V("version 3\nadvert_int .5"), " V=100"),
  row("N3 more decimals than there may be", V("version 3\nadvert_int 0.1234567"), undefined, ["E-value-001"]),
  row("N4 booleans", V("lower_prio_no_advert off"), " V=100"),
  row("N4 booleans in capitals", V("lower_prio_no_advert ON"), undefined, ["E-value-004"]),
  row("N4 a boolean without a value", V("lower_prio_no_advert"), " V=100"),
  row("N5 a missing value", V("priority"), undefined, ["E-block-008"]),
  row("E1 an unknown keyword", V("frob"), undefined, ["E-block-001"]),
  row("E1 an unknown block, one message", V("frob {\nx\ny {\nz\n}\n}"), undefined, ["E-block-001"]),
  row("E2 a block without {, one message", V("").replace(" {", ""), undefined, ["E-block-003"]),
  row("E2 a list without {", V("unicast_peer\n192.0.2.7\n}"), undefined, ["E-block-003"]),
  row("E3 a } too many, one message", V("") + "}\n" + V("", "W", 6), undefined, ["E-block-005"]),
  row("E4 a } too few, one message", V("") + V("", "W", 6).replace(/\}\n$/, ""), undefined, ["E-block-004"]),
  row("E4 a } too few in the middle, one message", V("").replace(/\}\n$/, "") + V("", "W", 6), undefined, ["E-block-004"]),
  row("E5 a second block of a name", V("") + V("", "V", 6), undefined, ["E-block-009"]),
  row("E5 a second script of a name", "vrrp_script s {\nscript /bin/true\n}\nvrrp_script s {\nscript /bin/false\n}\n", "", ["W-model-008"]),
  row("E6 blocks that add up", G("router_id a") + G("vrrp_version 3"), "a"),
  row("E7 named before it is defined", V("track_script {\ns\n}") + "vrrp_script s {\nscript /bin/true\n}\n", " V=100", ["W-model-009"]),
  row("E7 never defined", V("track_script {\ns\n}"), undefined, ["E-model-006"]),
  row("E7 members of groups may come later", "vrrp_sync_group S {\ngroup {\nV\nW\n}\n}\n" + V("") + V("", "W", 6), " V=100 W=100"),
  row("E8 a block of a block that is refused is skipped", V("") + V("authentication {\nfrob\n}", "V", 6), undefined, ["E-block-009"]),
  row("E9 each message once", "$A=frob\n" + V("$A\n$A"), undefined, ["E-block-001"]),
  row("D1 a definition", "$A=7\n" + V("priority $A"), " V=7"),
  row("D1 a blank before =", "$A =7\n", undefined, ["E-block-001"]),
  row("D1 the last one holds from there on", "$A=7\n" + V("priority $A") + "$A=8\n" + V("priority $A", "W", 6), " V=7 W=8"),
  row("D2 several lines", "$A=priority 7\\\nnopreempt\n" + V("$A"), " V=7"),
  row("D3 braces anywhere", "$A=1\n" + V("priority ${A}0"), " V=10"),
  row("D3 bare only before a blank", "$A=1\n" + G("router_id $A/x"), "$A/x", ["W-model-008"]),
  row("D4 an unknown name in braces", V("priority ${A}"), undefined, ["E-lex-004"]),
  row("D4 an unknown bare name", G("router_id $A"), "$A"),
  row("D5 several lines inside a line", "$A=a\\\nb\n" + G("router_id $A c"), undefined, ["E-lex-006"], "keepalived leaves it as it is"),
  row("D6 values use others", "$A=$B\n$B=7\n" + V("priority $A"), " V=7"),
  row("D6 a value that needs itself", "$A=${A}\n" + V("priority $A"), undefined, ["E-lex-005"]),
  row("D7 _INSTANCE", G("router_id ${_INSTANCE}"), "r1"),
  row("D7 _HASH and _BANG", G('router_id "${_HASH}${_BANG}"'), "#!"),
  row("D7 _RANDOM", V("priority ${_RANDOM 7 8}"), " V=8"),
  row("D7 _RANDOM with a wrong range", V("priority ${_RANDOM 9 8}"), undefined, ["E-lex-010"]),
  row("D7 _ENV without a name", G("router_id ${_ENV}"), undefined, ["E-lex-010"]),
  row("C1 for this configuration", G("@r1 router_id a\n@r2 router_id b"), "a"),
  row("C2 for all others", G("@^r1 router_id a\n@^r2 router_id b"), "b"),
  row("C3 bare", G("@r1\nrouter_id a\n@"), "a"),
  row("C4 before a definition", "@r2 $A=1\n@^r2 $A=2\n" + V("priority $A"), " V=2"),
  row("S1 up to an end", V("~SEQ(i, 2) priority $i"), " V=2"),
  row("S2 from a start to an end", V("~SEQ(i, 9, 7) priority $i"), " V=7"),
  row("S3 with a step", V("~SEQ(i, 1, 3, 9) priority $i"), " V=7"),
  row("S3 in the wrong direction", V("~SEQ(i, 1, -3, 9) priority $i"), undefined, ["E-lex-009"]),
  row("S4 hexadecimal", G("~SEQx(i, 9, 11) router_id $i"), "b"),
  row("S5 a list", V("~LST(i, 7, 8) priority $i"), " V=8"),
  row("S6 a list of several variables", V("~LST({a, b}, {1, 2}, {3, 4}) priority ${a}${b}"), " V=34"),
  row("S7 nested", V("~SEQ(i, 1, 2) ~SEQ(j, 3, 4) priority ${i}${j}"), " V=24"),
  row("S8 malformed", V("~SEQ(i) priority 5"), undefined, ["E-lex-009"]),
  row("I1 a plain include of nothing", "include none.conf\n" + V(""), " V=100", ["W-file-007"]),
  row("I2 an include that insists", "includem none.conf\n" + V(""), undefined, ["E-file-004"]),
  row("I3 an include that insists on a match", "includew none*.conf\n" + V(""), undefined, ["E-file-004"]),
  row("I4 include_check", G("include_check match") + "include none.conf\n", undefined, ["E-file-004"]),
  row("I5 without a file", "include\n" + V(""), undefined, ["E-file-006"]),
  row("T1 nothing to report", V(""), " V=100"),
  row("T2 a deprecation fails", V("unicast_src_ip 192.0.2.9"), " V=100", ["W-word-001"]),
];
