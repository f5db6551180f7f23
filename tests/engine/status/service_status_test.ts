/**
 * What virtual servers tell of themselves, from machines that run, and the file made of it.
 * tests/uml/dump_test.ts compares the file with keepalived's.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createLocalRoot } from "../../../engine/compose.ts";
import { Log } from "../../../engine/log.ts";
import { LvsEngine } from "../../../engine/lvs_engine.ts";
import { SimIpvs } from "../../../engine/sim/kernel_ipvs.ts";
import { Servers } from "../../../engine/sim/servers.ts";
import { checkDataText } from "../../../engine/status/data_text.ts";
import type { ProcessStatus } from "../../../engine/status/process_status.ts";
import { Questions } from "../../../engine/status/questions.ts";
import { ServiceTeller } from "../../../engine/status/service_teller.ts";
import type { SystemFact } from "../../../machines/system.ts";
import { VirtualTime } from "../../virtual_time.ts";
import { load } from "../config/harness.ts";
import { FakeLinks } from "../io/fake_links.ts";

const COUNT = 70;
const QUESTIONS = 16;

const { config: CONFIG } = load([
  "SSL {\npassword hidden\nca /ca.pem\n}",
  "bfd_instance uplink {\nneighbor_ip 192.0.2.9\n}",
  "track_file number {\nfile /number\n}",
  ...Array.from({ length: COUNT }, (_, i) =>
    [
      `virtual_server 10.0.${i}.1 80 {\ndelay_loop 1\nwarmup 0\nlvs_sched rr\nprotocol TCP`,
      "lvs_method NAT\nquorum 2",
      ...i === 1 ? ["ha_suspend"] : [],
      `real_server 10.0.${i}.2 80 {\nTCP_CHECK {\nretry 2\ndelay_before_retry 1\n}`,
      ...i === 0
        ? ["inhibit_on_failure\nBFD_CHECK {\nname uplink\n}\nFILE_CHECK {\ntrack_file number\n}"]
        : [],
      `}\nreal_server 10.0.${i}.3 80 {\nweight 3\n}\n}`,
    ].join("\n")),
  "",
].join("\n"));

/** Everything of a process that balances, 10 s after its start; the first server is down. */
function teller(): ServiceTeller {
  assert(CONFIG);
  const time = new VirtualTime();
  const servers = new Servers(() => time.nowMs);
  servers.set("10.0.0.2:80", "down");
  const table = new SimIpvs();
  const log = new Log(() => {}, () => 0);
  const engine = new LvsEngine({
    clock: time.clock,
    links: new FakeLinks(),
    log,
    notify: () => {},
    open: () => ({ kind: "ipvs", table, [Symbol.dispose]() {} }),
    openChecks: servers.openChecks(() => {}),
    keepsAtStop: false,
  });
  let tell: (fact: SystemFact) => void = () => {};
  const root = createLocalRoot({
    ...engine.doors,
    system: (_, tells) => {
      tell = tells;
      return { carryOut() {}, [Symbol.dispose]() {} };
    },
  }, { clock: time.clock }).start();
  engine.configure(CONFIG);
  tell({ type: "CONFIG_LOADED", config: CONFIG });
  time.runFor(1_500);
  return new ServiceTeller(() => root.getSnapshot());
}

function answerOf(all: ServiceTeller): { status: ProcessStatus | undefined; pieceCount: number } {
  let status: ProcessStatus | undefined;
  let pieceCount = 0;
  const questions = new Questions();
  const question = questions.add((answer) => status = answer);
  all.ask((piece, isLast) => {
    pieceCount++;
    questions.take(question, JSON.parse(JSON.stringify(piece)), isLast);
  });
  while (all.run());
  return { status, pieceCount };
}

Deno.test("ServiceTeller: all virtual servers, in pieces", () => {
  const { status, pieceCount } = answerOf(teller());
  assertEquals([status?.services.length, pieceCount], [COUNT, 3]);
  const of = (name: string) => status?.services.find(({ id }) => id === `${name} ipv4`);
  assertEquals(of("[10.0.0.1]:tcp:80"), {
    id: "[10.0.0.1]:tcp:80 ipv4",
    hasQuorum: true,
    isSuspended: false,
    servers: [
      {
        id: "[10.0.0.2]:80",
        isUp: false,
        weight: 1,
        checks: [
          { isUp: false, hasRun: true, failureCount: 0, weight: 0 },
          { isUp: true, hasRun: false, failureCount: 0, weight: 0 },
          { isUp: true, hasRun: true, failureCount: 0, weight: 0 },
        ],
      },
      { id: "[10.0.0.3]:80", isUp: true, weight: 3, checks: [] },
    ],
  });
  assertEquals(of("[10.0.1.1]:tcp:80")?.isSuspended, true);
});

Deno.test("ServiceTeller: a process without virtual servers, and questions without end", () => {
  const none = new ServiceTeller(() => ({ children: {} }));
  assertEquals(answerOf(none), {
    status: { instances: [], groups: [], sessions: [], links: [], sockets: [], services: [] },
    pieceCount: 1,
  });
  const asked = Array.from({ length: QUESTIONS + 1 }, () => none.ask(() => {}));
  assertEquals(asked.lastIndexOf(true), QUESTIONS - 1);
});

Deno.test("checkDataText: who is up and set, what follows what, and no secret", () => {
  const { status } = answerOf(teller());
  assert(CONFIG && status);
  const machine = { identityOf: () => "0:0" };
  const text = checkDataText({ config: CONFIG, hostName: "vm", umask: 0o177, machine, status });
  assert(!text.includes("hidden") && text.includes(" Password : ********\n CA-file : /ca.pem\n"));
  const [first = ""] = text.split("------< Virtual server >------\n").slice(1);
  for (
    const line of ["quorum_state_up = 1", "alive = 0", "num failed checkers = 1", "RS set = 1"]
  ) {
    assert(first.includes(`   ${line}\n`), line);
  }
  assert(text.includes(" [10.0.1.1]:tcp:80 -> [10.0.1.2]:tcp:80\n   Enabled = no\n   Up = yes\n"));
  assert(text.includes(" Checker Track BFD = uplink\n   Tracking RS :\n   [10.0.0.2]:tcp:80\n"));
  assert(
    text.includes("   Tracking instances :\n     [10.0.0.1]:tcp:80 -> [10.0.0.2]:tcp:80, weight 1"),
  );
  assert(text.includes("   Keepalive method = BFD_CHECK\n   Name = uplink\n   Alpha is OFF\n"));
});
