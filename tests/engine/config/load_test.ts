import { assertEquals } from "@std/assert";
import {
  Complaints,
  explainDiagnostic,
  formatDiagnostic,
} from "../../../engine/config/diagnostic.ts";
import { loadConfig } from "../../../engine/config/load.ts";
import { brief, instanceText, load, MAIN } from "./harness.ts";
import { memorySource } from "./memory_source.ts";

Deno.test("loadConfig freezes deeply", () => {
  const { config } = load(instanceText("unicast_peer {\n192.0.2.9\n}"));
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  assertEquals([config !== undefined, isFrozen(config)], [true, true]);
});

Deno.test("loadConfig gives what survives JSON", () => {
  const { config } = load(instanceText("state MASTER", "fe80::1/64\nfe80::2 dev eth1"));
  assertEquals(JSON.parse(JSON.stringify(config)), config);
});

Deno.test("loadConfig with an error gives no configuration, with warnings it does", () => {
  assertEquals(load(instanceText("frob")).config, undefined);
  assertEquals(load(instanceText("smtp_alert")).config?.vrrpInstances.length, 1);
});

Deno.test("loadConfig without the file", () => {
  const { config, diagnostics } = loadConfig("none.conf", memorySource({ files: {} }));
  assertEquals(config, undefined);
  assertEquals(diagnostics, [{
    severity: "error",
    code: "E-file-001",
    file: "none.conf",
    line: 1,
    column: 1,
    message: "cannot read 'none.conf': ENOENT",
  }]);
});

Deno.test("loadConfig takes the configuration's name from the host, or from its options", () => {
  const source = memorySource({
    files: { [MAIN]: "global_defs {\n@x router_id X\n@r1 router_id R\n}" },
  });
  const idOf = (options: { configId?: string }) =>
    loadConfig(MAIN, source, options).config?.global.routerId;
  assertEquals([idOf({}), idOf({ configId: "x" }), idOf({ configId: "y" })], ["R", "X", undefined]);
});

Deno.test("loadConfig orders findings by file and place", () => {
  const files = { "b.conf": "x\ny", "c.conf": "z" };
  const { diagnostics } = load("include b.conf\nu\ninclude c.conf\nt {\n  v", { files });
  assertEquals(brief(diagnostics).map((text) => text.replace(/: .*/, "")), [
    "2:1",
    "4:1",
    "4:1",
    "b.conf:1:1",
    "b.conf:2:1",
    "c.conf:1:1",
  ]);
});

Deno.test("loadConfig says the same thing about the same place once", () => {
  const { diagnostics } = load("$A=\\\nfrob 1\\\nfrob 1\n$A\n$A");
  assertEquals(brief(diagnostics), [
    "2:1: error: unknown keyword 'frob' (used at a.conf:4) [E201]",
    "3:1: error: unknown keyword 'frob' (used at a.conf:4) [E201]",
  ]);
});

Deno.test("loadConfig keeps a thousand findings and counts the others", () => {
  const { diagnostics } = load("frob\n".repeat(1_500));
  assertEquals(diagnostics.length, 1_001);
  assertEquals(diagnostics.at(-1)?.message, "500 more findings are not shown");
});

Deno.test("loadConfig reads 10,000 instances", () => {
  const block = (i: number) =>
    `vrrp_instance V${i} {
    interface eth${i >> 7}
    virtual_router_id ${(i & 127) + 1}
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass ${i}
    }
    virtual_ipaddress {
        10.${i >> 8}.${i & 255}.1/24 dev eth${i >> 7} label v
        10.${i >> 8}.${i & 255}.2/24
    }
}
`;
  const { config, diagnostics } = load(Array.from({ length: 10_000 }, (_, i) => block(i)).join(""));
  assertEquals([config?.vrrpInstances.length, diagnostics.length], [10_000, 0]);
  assertEquals(config?.vrrpInstances[9_999]?.virtualAddresses[1]?.ip as string, "10.39.15.2");
});

Deno.test("loadConfig makes 10,000 instances of a template", () => {
  const template = `$I=vrrp_instance V$j.$k {\\
 interface eth$j\\
 virtual_router_id $k\\
 virtual_ipaddress {\\
 10.\${j}.\${k}.1\\
 }\\
 }
~SEQ(j, 0, 99) ~SEQ(k, 1, 100) $I
`.replaceAll("$j", "${j}").replaceAll("$k", "${k}");
  const { config, diagnostics } = load(template);
  assertEquals([config?.vrrpInstances.length, brief(diagnostics)], [10_000, []]);
  assertEquals(config?.vrrpInstances[9_999]?.name, "V99.100");
});

const SECRET = "s3cr3t";

// Each text has a finding on a line with a secret, or of one.
// deno-fmt-ignore
const SECRETS: [name: string, text: string][] = [
  ["a password too long", `vrrp_instance V {\nauthentication {\nauth_pass ${SECRET}xxxx\n}\n}`],
  ["words behind a password", `vrrp_instance V {\nauthentication {\nauth_pass ${SECRET} ${SECRET}\n}\n}`],
  ["a keyword behind a password", `vrrp_instance V {\nauthentication {\nauth_pass ${SECRET} auth_type\n}\n}`],
  ["an open quote", `vrrp_instance V {\nauthentication {\nauth_pass "${SECRET}\n}\n}`],
  ["a mistyped keyword", `vrrp_instance V {\nauthentication {\nauth_ps ${SECRET}\n}\n}`],
  ["outside its block", `auth_pass ${SECRET}`],
  ["a block on one line", `vrrp_instance V {\nfrob\nauthentication { auth_type PASS auth_pass ${SECRET} }\n}`],
  ["an unknown block", `authentification {\nauth_pass ${SECRET}\n}\nfrob { auth_pass ${SECRET} }`],
  ["a definition", `$X=${SECRET}xxxx\nvrrp_instance V {\nauthentication {\nauth_pass $X\n}\n}`],
  ["a definition's loop", `$X=${SECRET}\${X}\nvrrp_instance V {\nauthentication {\nauth_pass $X\n}\n}`.replace("$X=", "$PASS_X=").replace("${X}", "${PASS_X}").replace("auth_pass $X", "auth_pass $PASS_X")],
  ["a definition with a blank", `$PASSWORD = ${SECRET}`],
  ["an HMAC key", `vrrp_instance V {\nauth_hmac {\nkey 1 ${SECRET}\n}\n}\nkey 1 ${SECRET}`],
  ["a brace in it", `vrrp_instance V {\nauthentication {\nauth_pass {${SECRET}}\n}\n}`],
  ["a comment in it", `vrrp_instance V {\nauthentication {\nauth_pass xxxxxxxxxx#${SECRET}\n}\n}`],
  ["a line too long", `auth_pass ${SECRET}${"x".repeat(2_000)}`],
  ["a NUL", `auth_pass ${SECRET}\0`],
];
for (const [name, text] of SECRETS) {
  Deno.test(`findings do not show secrets: ${name}`, () => {
    const { diagnostics } = load(text);
    const shown = diagnostics.map((each) => explainDiagnostic(each)).join("\n");
    assertEquals(diagnostics.length > 0, true);
    assertEquals(shown.includes(SECRET), false, shown);
  });
}

function explained(text: string, column: number, message = "wrong"): string[] {
  const complaints = new Complaints();
  const line = { file: "x\x1b.conf", number: 12, text };
  complaints.add("E201", { line, column }, message, "hint");
  return complaints.list().flatMap((each) => explainDiagnostic(each).split("\n"));
}

Deno.test("explainDiagnostic shows the line and a caret", () => {
  assertEquals(explained("  foo bar", 7), [
    "x?.conf:12:7: error: wrong (hint) [E-block-001]",
    "   12 |   foo bar",
    "      |       ^",
  ]);
});

Deno.test("explainDiagnostic keeps tabs", () => {
  assertEquals(explained("\tfoo\tbar", 6).slice(1), ["   12 | \tfoo\tbar", "      | \t   \t^"]);
});

Deno.test("explainDiagnostic shows no control characters, and only so much of a line", () => {
  assertEquals(explained("a\x1b[31m\x9b\u202eb", 1, "x\x07")[0]?.includes("\x07"), false);
  assertEquals(explained("a\x1b[31m\x9b\u202eb", 1)[1], "   12 | a?[31m??b");
  assertEquals(explained("x".repeat(500), 400), [
    "x?.conf:12:400: error: wrong (hint) [E-block-001]",
    `   12 | ${"x".repeat(200)}…`,
  ]);
});

Deno.test("formatDiagnostic without a hint", () => {
  const [first] = load("frobnicate").diagnostics;
  assertEquals(
    first && formatDiagnostic(first),
    "a.conf:1:1: error: unknown keyword 'frobnicate' [E-block-001]",
  );
});
