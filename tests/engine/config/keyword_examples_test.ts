import { assert, assertEquals } from "@std/assert";
import { TOP_LEVEL } from "../../../engine/config/top_level.ts";
import type { Keyword, Vocabulary } from "../../../engine/config/vocabulary.ts";
import { allKeywords, changesOf, codesOf, type Example, readExamples } from "./keyword_examples.ts";

const EXAMPLES = readExamples(
  Deno.readTextFileSync(new URL("./keyword_examples.tsv", import.meta.url)),
);

/** Words that change nothing in the model though they have an effect, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "global_defs random_seed": "seeds what is read behind it",
  "global_defs include_check": "changes how includes are read",
  "global_defs iproute_usr_dir": "says where names of routing tables are",
  "global_defs iproute_etc_dir": "says where names of routing tables are",
  "global_defs enable_snmp_keepalived": "is the old name of a word without effect",
  "global_defs vrrp_owner_ignore_adverts": "is for instances of priority 255",
  "virtual_server ip_family": "says what the address says",
  "virtual_server real_server HTTP_GET enable_sni": "is for TLS",
  "virtual_server real_server HTTP_GET sni_name": "is for TLS",
  "virtual_server real_server FILE_CHECK track_file": "is what the example needs anyhow",
  "virtual_server real_server BFD_CHECK name": "is what the example needs anyhow",
  "vrrp_instance accept": "is the default",
  "vrrp_instance authentication auth_type": "is what the example needs anyhow",
  "vrrp_instance no_virtual_ipaddress": "lets there be none",
  "vrrp_instance thread_timer_expired": "is the old name of a word without effect",
  "vrrp_instance vrf": "is for unicast without an interface",
};

/** Words that this example's instance cannot have. */
const REFUSED = new Set([
  "global_defs vrrp_strict",
  "vrrp_instance native_ipv6",
]);

const titleOf = ({ path, word }: Example) => [...path, word].join(" ");

Deno.test("keyword examples: one row for every keyword of every block", () => {
  assertEquals(EXAMPLES.map(titleOf).toSorted(), allKeywords().toSorted());
});

Deno.test("keyword examples: what is right changes the model as the table says", () => {
  const found = EXAMPLES.map((row) => [titleOf(row), changesOf(row)]);
  assertEquals(found, EXAMPLES.map((row) => [titleOf(row), row.changes]));
});

Deno.test("keyword examples: a word that acts has a place in the model", () => {
  const without = EXAMPLES.filter(({ changes }) => changes === "").map(titleOf)
    .filter((title) => !hasNoEffect(title) && !(title in ELSEWHERE));
  assertEquals(without, []);
  const stale = EXAMPLES.filter(({ changes }) => changes !== "").map(titleOf)
    .filter((title) => title in ELSEWHERE);
  assertEquals(stale, []);
});

Deno.test("keyword examples: only what cannot be there is refused", () => {
  const refused = EXAMPLES.filter(({ changes }) => changes === "refused").map(titleOf);
  assertEquals(refused.filter((title) => !REFUSED.has(title)), []);
});

Deno.test("keyword examples: what is wrong is found as the table says", () => {
  const missing = EXAMPLES.filter((row) => row.code !== "" && !codesOf(row).includes(row.code));
  assertEquals(missing.map(titleOf), []);
  const none = EXAMPLES.filter(({ code }) => code === "").map(titleOf);
  assertEquals(none, []);
});

function hasNoEffect(title: string): boolean {
  let vocabulary: Vocabulary<never> = TOP_LEVEL as Vocabulary<never>;
  let keyword: Keyword<never> | undefined;
  for (const word of title.split(" ")) {
    keyword = vocabulary.keywords[word];
    assert(keyword, title);
    if (keyword.inner?.kind === "keywords") vocabulary = keyword.inner.vocabulary;
  }
  return keyword?.status.kind === "noEffect";
}
