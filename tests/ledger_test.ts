/**
 * The ledgers in tests/rfc: every clause of the VRRP and BFD RFCs names the tests that prove it, or
 * says why there is none.
 *
 * Statuses: `test` names tests, separated by ` ; `; `kernel` is done by Linux; `netns` names a file
 * of tests/netns; `later` is missing in this release; `not-applicable` says why; `differs` names a
 * heading or row of docs/differences.md, then a colon and a summary.
 *
 * traps.tsv is the same for what went wrong elsewhere.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { testNames } from "./test_names.ts";

interface Row {
  readonly id: string;
  readonly level: string;
  readonly status: string;
  /** Tests that show it done, or the reason of another status. */
  readonly evidence: string;
  /**
   * Tests that show it not done where it must not; `-` or `none: why` where there is no such case.
   */
  readonly negative: string;
  readonly text: string;
}

const LEVELS = new Set(["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "NOT RECOMMENDED", "-"]);
const STATUSES = new Set(["test", "kernel", "netns", "later", "not-applicable", "differs"]);
const REASON_LENGTH_MIN = 15;
/** Whose rows say why there is no negative test. */
const SAYS_WHY = /^RFC588/;

/** How many clauses each section of each RFC has, as excerpted. */
const CLAUSE_COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // deno-fmt-ignore
  rfc9568: {
    "5.1.1.2": 1, "5.1.1.3": 2, "5.1.2.2": 1, "5.1.2.3": 2, "5.2": 1, "5.2.2": 1, "5.2.4": 3,
    "5.2.5": 1, "5.2.6": 1, "5.2.8": 2, "5.2.9": 2, "6.1": 4, "6.4.2": 11, "6.4.3": 14, "7.1": 13,
    "7.2": 7, "7.3": 2, "7.4": 1, "8.1.1": 2, "8.1.2": 6, "8.1.3": 1, "8.2.1": 2, "8.2.2": 8,
    "8.2.3": 2, "8.2.4": 2, "8.3.1": 1, "8.3.2": 4, "8.4.2": 7, "8.4.2.1.1": 1,
  },
  // deno-fmt-ignore
  rfc3768: {
    "5.2.2": 1, "5.2.3": 2, "5.3": 1, "5.3.2": 1, "5.3.4": 2, "5.3.6": 2, "5.3.8": 1, "5.3.10": 1,
    "6.1": 2, "6.4.2": 7, "6.4.3": 8, "7.1": 13, "7.2": 7, "7.3": 1, "8.1": 1, "8.2": 5, "8.3": 1,
    "8.4": 1,
  },
  // deno-fmt-ignore
  rfc5798: { "5.2.6": 1, "5.2.8": 3, "5.2.9": 2, "6.1": 2, "6.4.2": 4, "6.4.3": 5, "7.1": 6 },
  // deno-fmt-ignore
  rfc5880: {
    "4.1": 2, "4.2": 2, "4.3": 2, "4.4": 2, "5": 1, "6.1": 4, "6.2": 1, "6.3": 1, "6.4": 1,
    "6.5": 2, "6.6": 4, "6.7": 2, "6.7.1": 2, "6.7.2": 11, "6.7.3": 20, "6.7.4": 19, "6.8.1": 16,
    "6.8.3": 10, "6.8.4": 2, "6.8.5": 1, "6.8.6": 20, "6.8.7": 13, "6.8.8": 2, "6.8.9": 6,
    "6.8.13": 2, "6.8.14": 2, "6.8.15": 1, "6.8.16": 5, "6.8.17": 2, "6.8.18": 4, "7": 2,
  },
  // deno-fmt-ignore
  rfc5881: { "2": 4, "3": 1, "4": 11, "5": 5, "6": 6, "7": 1 },
  // deno-fmt-ignore
  rfc5883: { "3": 1, "4.3": 1, "5": 1, "6": 1 },
};

/** What users of keepalived ran into, and we want not to: rows of traps.tsv. */
const TRAP_COUNT = 15;
/** What keepalived does by accident with virtual servers: rows of lvs_quirks.tsv. */
const QUIRK_COUNT = 26;

const NAMES = await testNames();

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, import.meta.url));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, import.meta.url)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function rowsOf(ledger: string): Row[] {
  const [, ...lines] = read(`./rfc/${ledger}.tsv`).trimEnd().split("\n");
  return lines.map((line) => {
    const [id = "", level = "", status = "", evidence = "", negative = "", text = "", ...more] =
      line
        .split("\t");
    assertEquals(more, [], `${id} has too many columns`);
    return { id, level, status, evidence, negative, text };
  });
}

/** What is wrong with a row; nothing if it is right. */
function problemsOf(row: Row, names: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const complain = (what: string) => problems.push(`${row.id}: ${what}`);
  if (!LEVELS.has(row.level)) complain(`unknown level ${row.level}`);
  if (!STATUSES.has(row.status)) complain(`unknown status ${row.status}`);
  if (row.text === "") complain("no text");
  if (row.status === "test") {
    const reason = /^none: (.+)$/.exec(row.negative)?.[1];
    if (reason !== undefined && reason.length < REASON_LENGTH_MIN) complain("no reason");
    if (row.negative === "-" && SAYS_WHY.test(row.id)) complain("no reason");
    const hasNone = row.negative === "-" || reason !== undefined;
    const negatives = hasNone ? [] : row.negative.split(" ; ");
    for (const name of [...row.evidence.split(" ; "), ...negatives]) {
      if (!names.has(name)) complain(`no such test: ${name}`);
    }
    return problems;
  }
  if (row.negative !== "") complain("tests besides a reason");
  if (row.evidence.length < REASON_LENGTH_MIN) complain("no reason");
  const [pointer = "", title = "", summary] = row.evidence.split(": ");
  if (row.status === "netns" && !exists(`./netns/${pointer}`)) complain(`no such file: ${pointer}`);
  if (row.status === "differs") {
    if (pointer !== "docs/differences.md" || summary === undefined) complain("no pointer");
    else if (!exists("../docs/differences.md") || !read("../docs/differences.md").includes(title)) {
      complain(`docs/differences.md does not name: ${title}`);
    }
  }
  return problems;
}

/** By number; a section comes before what it contains. */
function compareSections(a: string, b: string): number {
  const [left, right] = [a, b].map((section) => section.split(".").map(Number));
  for (const [i, number] of (left ?? []).entries()) {
    const difference = number - (right?.[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return (left?.length ?? 0) - (right?.length ?? 0);
}

for (const [ledger, counts] of Object.entries(CLAUSE_COUNTS)) {
  const rows = rowsOf(ledger);

  Deno.test(`ledger ${ledger}: every clause is there, once, in order`, () => {
    const sections = Object.entries(counts).toSorted(([a], [b]) => compareSections(a, b));
    const expected = sections.flatMap(([section, count]) =>
      Array.from({ length: count }, (_, i) => `${ledger.toUpperCase()}-${section}-${i + 1}`)
    );
    assertEquals(rows.map(({ id }) => id), expected);
  });

  Deno.test(`ledger ${ledger}: every row has what its status needs`, () => {
    assertEquals(rows.flatMap((row) => problemsOf(row, NAMES)), []);
  });
}

Deno.test("ledger: clauses that bind in the state machine and the checks are not left for later", () => {
  const late = Object.keys(CLAUSE_COUNTS).flatMap(rowsOf).filter(({ level, status }) =>
    status === "later" && level.startsWith("MUST")
  );
  assertEquals(late.map(({ id }) => id), []);
});

Deno.test("ledger traps: each has its tests, which are there and name it", () => {
  const [, ...lines] = read("./traps.tsv").trimEnd().split("\n");
  const traps = lines.map((line) => line.split("\t"));
  assertEquals(traps.map(([trap]) => trap).length, TRAP_COUNT);
  const wrong = traps.flatMap(([trap = "", story = "", tests = "", ...more]) => [
    ...(story === "" || more.length > 0 ? [`${trap}: not three columns`] : []),
    ...tests.split(" ; ").flatMap((name) =>
      NAMES.has(name) && name.includes(trap) ? [] : [`${trap}: no such test: ${name}`]
    ),
  ]);
  assertEquals(wrong, []);
});

Deno.test("ledger quirks of virtual servers: each has its tests, or a reason for none", () => {
  const [, ...lines] = read("./lvs_quirks.tsv").trimEnd().split("\n");
  const quirks = lines.map((line) => line.split("\t"));
  const numbers = Array.from({ length: QUIRK_COUNT }, (_, i) => String(i + 1));
  assertEquals(quirks.map(([number]) => number), numbers);
  const wrong = quirks.flatMap(([number, , tests = ""]) =>
    tests.startsWith("- ")
      ? []
      : tests.split(" ; ").flatMap((name) =>
        NAMES.has(name) ? [] : [`${number}: no such test: ${name}`]
      )
  );
  assertEquals(wrong, []);
});

Deno.test("ledger: the checker finds what is wrong", () => {
  const good: Row = {
    id: "RFC1-1-1",
    level: "MUST",
    status: "test",
    evidence: "a ; b",
    negative: "-",
    text: "Do it.",
  };
  const names = new Set(["a", "b"]);
  assertEquals(problemsOf(good, names), []);
  const bad: [Partial<Row>, string][] = [
    [{ evidence: "a ; c" }, "no such test: c"],
    [{ evidence: "" }, "no such test: "],
    [{ negative: "d" }, "no such test: d"],
    [{ negative: "" }, "no such test: "],
    [{ level: "must" }, "unknown level must"],
    [{ status: "gap" }, "unknown status gap"],
    [{ text: "" }, "no text"],
    [{ status: "later", evidence: "soon", negative: "" }, "no reason"],
    [{ status: "kernel", evidence: "Linux does it, everywhere" }, "tests besides a reason"],
    [
      { status: "netns", evidence: "gone_test.ts: was there", negative: "" },
      "no such file: gone_test.ts",
    ],
    [{ status: "differs", evidence: "because we like it so", negative: "" }, "no pointer"],
    [
      { status: "differs", evidence: "docs/differences.md: Unheard of: why", negative: "" },
      "docs/differences.md does not name: Unheard of",
    ],
  ];
  for (const [change, problem] of bad) {
    assert(problemsOf({ ...good, ...change }, names).includes(`RFC1-1-1: ${problem}`), problem);
  }
});

Deno.test("ledger: the names of tests were collected", () => {
  assert(NAMES.size > 500, `only ${NAMES.size} names`);
  assert(NAMES.has("virtualRouterMac RFC 9568 §7.3"));
});
