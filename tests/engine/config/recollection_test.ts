import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type LoadResult, loadWith } from "../../../engine/config/load.ts";
import { Recollection } from "../../../engine/config/recollection.ts";
import type { Config } from "../../../machines/config.ts";
import { arbitraryConfig, confText } from "./arbitrary_config.ts";
import { load, MAIN, random } from "./harness.ts";
import { memorySource, type MemoryWorld } from "./memory_source.ts";

type Files = MemoryWorld["files"];

/** Reads one text after the other. */
class Rereader {
  readonly #recollection = new Recollection();
  /** Names of the files that were noted by the last reading. */
  noted: string[] = [];

  read(text: string, files: Files = {}): LoadResult {
    this.noted = [];
    const source = {
      ...memorySource({ files: { ...files, [MAIN]: text } }),
      noteConfig: (path: string) => void this.noted.push(path),
    };
    return loadWith(MAIN, source, { random, recollection: this.#recollection });
  }
}

function server(n: number, more = "", inner = ""): string {
  return `virtual_server 192.0.2.${n} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${more}  real_server 198.51.100.${n} 80 {
    weight 1
${inner}    TCP_CHECK {
      connect_timeout 1
    }
  }
}
`;
}

/** Names of the virtual servers that are the same objects as before. */
function kept(before: Config, after: Config): string {
  const old = new Set(before.virtualServers);
  return after.virtualServers.map((each) => old.has(each) ? "=" : "+").join("");
}

const HEAD = "global_defs {\n  router_id a\n}\n";
const THREE = HEAD + server(1) + server(2) + server(3);
const [ONE, TWO] = [server(1), server(2)];

const ROWS: readonly [what: string, before: string, after: string, kept: string][] = [
  ["nothing changed", THREE, THREE, "==="],
  ["one changed", THREE, THREE.replace("198.51.100.2", "198.51.100.9"), "=+="],
  ["one is gone", THREE, HEAD + ONE + server(3), "=="],
  ["one is new", THREE, HEAD + server(9) + ONE + TWO + server(3), "+==="],
  ["another order", THREE, HEAD + server(3) + TWO + ONE, "==="],
  ["blanks, empty lines and comments between", THREE, HEAD + ONE + "\n! a\n" + TWO, "=="],
  ["a comment in a block", HEAD + server(1, "  # a\n"), HEAD + server(1, "  # a\n"), "="],
  ["another comment in it", HEAD + server(1, "  # a\n"), HEAD + server(1, "  # b\n"), "+"],
  ["something else before", THREE, THREE.replace("router_id a", "router_id b"), "+++"],
  ["something else behind", THREE, `${THREE}vrrp_track_file f {\n  file /f\n}\n`, "+++"],
  ["what checks inherit", THREE, `global_defs {\n  router_id a\n  smtp_alert\n}\n${ONE}`, "+"],
  [
    "a definition",
    `$W=1\n${server(1, "  delay_loop $W\n")}`,
    `$W=1\n${server(1, "  delay_loop $W\n")}`,
    "+",
  ],
  ["a warning", ONE.replace("  lvs_sched rr\n", ""), ONE.replace("  lvs_sched rr\n", ""), "+"],
  ["a script", server(1, "  quorum_up /bin/true\n"), server(1, "  quorum_up /bin/true\n"), "+"],
  [
    "a group",
    `virtual_server_group g {\n  192.0.2.1 80\n}\n${ONE.replace("192.0.2.1 80", "group g")}`,
    `virtual_server_group g {\n  192.0.2.1 80\n}\n${ONE.replace("192.0.2.1 80", "group g")}`,
    "+",
  ],
  [
    "a block that does not begin its line",
    `${HEAD.trimEnd()} ${ONE}`,
    `${HEAD.trimEnd()} ${ONE}`,
    "+",
  ],
  ["a block that does not end its line", ONE.trimEnd() + HEAD, ONE.trimEnd() + HEAD, "+"],
  ["no newline at the end", HEAD + ONE.trimEnd(), HEAD + ONE.trimEnd(), "="],
  ["then one", HEAD + ONE.trimEnd(), HEAD + ONE, "+"],
  ["letters that are several octets", `# ü\n${ONE}`, `# ü\n${ONE}# ü\n`, "="],
  ["a condition around", `@r1 ${ONE}`, `@r1 ${ONE}`, "+"],
  ["behind a condition", `@r1 ${HEAD}${ONE}`, `@r1 ${HEAD}${ONE}`, "="],
];

for (const [what, before, after, expected] of ROWS) {
  Deno.test(`Recollection: ${what}`, () => {
    const rereader = new Rereader();
    const first = rereader.read(before);
    const second = rereader.read(after);
    assert(first.config && second.config, JSON.stringify([first.diagnostics, second.diagnostics]));
    assertEquals(second, load(after));
    assertEquals(kept(first.config, second.config), expected);
    assertEquals(rereader.noted, [MAIN]);
  });
}

Deno.test("Recollection: files that are included", () => {
  const rereader = new Rereader();
  const main = `${HEAD}include b.conf\n${ONE}`;
  const first = rereader.read(main, { "b.conf": TWO });
  const second = rereader.read(main, { "b.conf": TWO + server(3) });
  assert(first.config && second.config);
  assertEquals(kept(first.config, second.config), "=+=");
  assertEquals(second.config.virtualServers.map(({ name }) => name), [
    "[192.0.2.2]:tcp:80",
    "[192.0.2.3]:tcp:80",
    "[192.0.2.1]:tcp:80",
  ]);
  assertEquals(rereader.noted, [MAIN, "b.conf"]);
});

Deno.test("Recollection: what is wrong is found where it is, and what was right is remembered", () => {
  const rereader = new Rereader();
  const first = rereader.read(THREE);
  const wrong = `${THREE}${ONE}foo 1\n`;
  assertEquals(rereader.read(wrong), load(wrong));
  assertEquals(rereader.noted, [MAIN]);
  const third = rereader.read(THREE);
  assert(first.config && third.config);
  assertEquals(kept(first.config, third.config), "===");
});

/** Blocks that may be remembered, and what may stand around them. */
const FINE: readonly string[] = [
  ...[ONE, TWO, server(3), server(4, "  # a\n"), server(5, "\n"), server(6, "  quorum 9\n")],
  ...["\n", "! a\n", "$A=1\n", "@^r1 ", "  # stayd: allow W-lvs-001\n", "! ü\n"],
];
/** What may stand in their way. */
const ODD: readonly string[] = [
  ...[HEAD, "$A=2\n", "@r1 ", "}\n", "{\n", "foo\n", "foo {\n", "~SEQ(X, 1, 2) ", "$B=\\\n"],
  ...["include b.conf\n", "virtual_server 192.0.2.1 80\n", "ü\n"],
  ...[server(7, "  delay_loop $A\n"), server(8, "  bar 1\n"), ONE.slice(0, -2), ONE.trimEnd()],
  ...["real_server 192.0.2.1 80 {\n", "weight 2\n", "delay_loop 3\n"],
  server(9, "", "    FILE_CHECK {\n      track_file f\n    }\n"),
  "track_file f {\n  file /f\n}\n",
];

const parts = fc.uniqueArray(fc.constantFrom(...FINE), { maxLength: 8 });
const texts = fc.oneof(
  { weight: 3, arbitrary: parts },
  {
    weight: 1,
    arbitrary: fc.tuple(parts, fc.constantFrom(...ODD), parts).map(([before, odd, behind]) => [
      ...before,
      odd,
      ...behind,
    ]),
  },
).map((all) => all.join(""));

Deno.test("Recollection: whatever was read before, a text means what it means", () => {
  let keptCount = 0;
  fc.assert(
    fc.property(fc.array(texts, { minLength: 2, maxLength: 5 }), (all) => {
      const rereader = new Rereader();
      let before: Config | undefined;
      for (const text of all) {
        const files = { "b.conf": server(11) + server(12) };
        const result = rereader.read(text, files);
        assertEquals(result, load(text, { files }), text);
        if (before && result.config && kept(before, result.config).includes("=")) keptCount++;
        before = result.config ?? before;
      }
    }),
    { numRuns: 300 },
  );
  assert(keptCount > 0, "nothing was ever remembered");
});

Deno.test("Recollection: any configuration, after any line of it changed", () => {
  let keptCount = 0;
  const cases = fc.tuple(
    arbitraryConfig().map(confText),
    fc.nat(),
    fc.constantFrom("", "foo 1", "}"),
  );
  fc.assert(
    fc.property(cases, ([made, place, instead]) => {
      const text = made + ONE + TWO;
      const lines = text.split("\n");
      lines[place % lines.length] = instead;
      const rereader = new Rereader();
      const first = rereader.read(text);
      const again = rereader.read(text);
      assertEquals(again, load(text));
      if (first.config && again.config && kept(first.config, again.config).includes("=")) {
        keptCount++;
      }
      const changed = lines.join("\n");
      assertEquals(rereader.read(changed), load(changed));
    }),
    { numRuns: 60 },
  );
  assert(keptCount > 0, "nothing was ever remembered");
});
