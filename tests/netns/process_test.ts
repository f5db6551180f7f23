/**
 * How our processes run, as /proc shows it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { stayd } from "../lab/daemon.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { Stage, staydTest } from "../lab/stage.ts";

/** By bit: what VRRP needs, and reading the program. */
const CAPABILITIES = {
  DAC_READ_SEARCH: 2,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_ADMIN: 21,
  SYS_NICE: 23,
  SYS_RESOURCE: 24,
};

function config(words: readonly string[]): string {
  return block("global_defs", words).join("\n") + "\n" +
    instanceText("r1", FAST_WIRE, { priority: 200 });
}

/** `field` of /proc/PID/status of every thread. */
function ofThreads(pid: number, field: string): string[] {
  return Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    return text.match(new RegExp(`^${field}:\\s*(.*)$`, "m"))?.[1] ?? "";
  });
}

function nameOf(pid: number): string {
  return Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
}

/** Nice value, real-time priority and policy of the main thread: fields 19, 40 and 41 of stat. */
function schedulingOf(pid: number): { nice: number; priority: number; policy: number } {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
  const [nice = NaN, priority = NaN, policy = NaN] = [fields[16], fields[37], fields[38]];
  return { nice, priority, policy };
}

const SCHED_RR = 2;

staydTest(
  "processes: every thread of the VRRP process may do what it needs, and no more",
  () =>
    Stage.play(async (stage) => {
      const { lab } = stage;
      const r1 = await stage.start("r1", stayd, config([]), 4);
      const own = BigInt(`0x${ofThreads(r1.pid, "CapPrm")[0]}`);
      const wanted = Object.values(CAPABILITIES).reduce(
        (sum, bit) => sum | (1n << BigInt(bit)),
        0n,
      );
      const expected = (own & wanted).toString(16).padStart(16, "0");
      for (const set of ["CapPrm", "CapEff"]) {
        const found = ofThreads(r1.speaker(), set);
        assert(found.length > 1);
        assertEquals(new Set(found), new Set([expected]), set);
      }
      assertEquals((await lab.virtualAddresses("r1")).length <= 2, true);
      assertEquals((await r1.stop()).code, 0);
    }, ["r1"]),
);

staydTest(
  "processes: names, niceness, processors and priority, also after a reload",
  () =>
    Stage.play(async (stage) => {
      const words = [
        "process_names",
        "process_name parent",
        "vrrp_priority -5",
        "vrrp_rt_priority 7",
      ];
      const r1 = await stage.start("r1", stayd, config([...words, "vrrp_cpu_affinity 0"]), 4);
      await stage.capture.until("r1 is elected", isAdvertOf("r1"), 5_000);
      const pid = r1.speaker();
      assertEquals(nameOf(r1.pid), "parent");
      assertEquals(nameOf(pid), "keepalived_vrrp");
      assertEquals(schedulingOf(pid), { nice: -5, priority: 7, policy: SCHED_RR });
      assertEquals(new Set(ofThreads(pid, "Cpus_allowed_list")), new Set(["0"]));
      const all = ofThreads(r1.pid, "Cpus_allowed_list")[0] ?? "";
      await r1.reload(config(["vrrp_process_name other", "vrrp_rt_priority 9"]));
      await until("it has another name", () => nameOf(pid) === "other", 5_000);
      // Which it takes first.
      await until("it has another priority", () => schedulingOf(pid).priority !== 7, 5_000);
      assertEquals(schedulingOf(pid), { nice: 0, priority: 9, policy: SCHED_RR });
      assertEquals(new Set(ofThreads(pid, "Cpus_allowed_list")), new Set([all]));
      assertEquals(r1.speaker(), pid, "the same process, without a change of role");
      assertEquals((await r1.stop()).code, 0);
    }, ["r1"]),
);
