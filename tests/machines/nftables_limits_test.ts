/**
 * What nftables cannot do of a virtual server is said, in the log or when the configuration is
 * read.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { limitsOfNftables } from "../../machines/nftables_limits.ts";
import { brief, load } from "../engine/config/harness.ts";

const SERVER = "real_server 192.0.2.2 80 {\nweight 1\n}";
const text = (lines: string) => `virtual_server 192.0.2.1 80 {\nprotocol TCP\n${lines}\n}\n`;

// deno-fmt-ignore
const ROWS: [lines: string, limits: string[]][] = [
  [`lvs_sched rr\nlvs_method NAT\n${SERVER}`, []],
  [`lvs_sched wrr\nlvs_method NAT\n${SERVER}`, []],
  [`lvs_sched sh\nlvs_method NAT\n${SERVER}`, []],
  [`lvs_sched wlc\nlvs_method NAT\n${SERVER}`, ["lvs_sched wlc: connections are not counted: servers get them in turn, by weight"]],
  ...[
    ["lc", "servers get them in turn, by weight"],
    ["sed", "servers get them in turn, by weight"],
    ["nq", "servers get them in turn"],
    ["lblc", "the destination decides, as with dh"],
    ["lblcr", "the destination decides, as with dh"],
    ["ovf", "the server with the greatest weight gets all, as with fo"],
    ["twos", "chance decides, by weight"],
  ].map(([name, what]): [string, string[]] => [`lvs_sched ${name}\nlvs_method NAT\n${SERVER}`, [`lvs_sched ${name}: connections are not counted: ${what}`]]),
  ["lvs_sched rr\nlvs_method NAT\npersistence_timeout 60\npersistence_engine sip\nreal_server 192.0.2.2 80 {\n}", ["persistence_timeout counts from the last new connection; a restart forgets its clients", "persistence_engine sip: clients are told apart by address"]],
  [`lvs_sched rr\nlvs_method TUN\n${SERVER}`, ["[192.0.2.2]:80 gets nothing: lvs_method TUN is for IPVS only"]],
  [`lvs_sched mh\nlvs_method NAT\n${SERVER}`, ["lvs_sched mh: most clients change their server when one comes or goes, as with sh"]],
  [`lvs_sched rr\nlvs_method DR\n${SERVER}`, ["[192.0.2.2]:80 gets nothing: lvs_method DR is for IPVS only"]],
  [`lvs_sched rr\nlvs_method NAT\npersistence_timeout 60\n${SERVER}`, ["persistence_timeout counts from the last new connection; a restart forgets its clients"]],
  ["lvs_sched rr\nlvs_method NAT\nreal_server 192.0.2.2 80 {\nuthreshold 9\n}", ["uthreshold, lthreshold: connections are not counted"]],
];
for (const [lines, limits] of ROWS) {
  Deno.test(`limits of nftables: ${lines.replaceAll("\n", "; ")}`, () => {
    const { config, diagnostics } = load(text(lines));
    assertEquals(config?.virtualServers.flatMap(limitsOfNftables), limits);
    const wanted = load(`global_defs {\nlvs_dataplane nftables\n}\n${text(lines)}`);
    const count = brief(wanted.diagnostics).length - brief(diagnostics).length;
    assertEquals(count, limits.length);
    for (const limit of limits) {
      assertEquals(
        brief(wanted.diagnostics).filter((each) => each.includes(limit)).length,
        1,
      );
    }
  });
}
