/**
 * Who is told when servers and quorums come and go: FIFOs and programs, through the whole daemon.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { BalanceLab } from "../lab/balance_lab.ts";
import { until } from "../lab/command.ts";
import { type RunningDaemon, stayd } from "../lab/daemon.ts";
import { staydTest } from "../lab/stage.ts";

const RS = "RS [10.0.1.2]:tcp:80 [10.9.9.1]:tcp:80";
const VS = "VS [10.9.9.1]:tcp:80";

function configuration(lab: BalanceLab, global: readonly string[], alpha: string): string {
  const tell = (word: string) => `"/usr/bin/tee -a ${lab.path("told")} ${lab.path(word)}"`;
  return [
    "global_defs {\nscript_user root\nlvs_dataplane none",
    `notify_fifo ${lab.path("fifo")}`,
    `lvs_notify_fifo ${lab.path("lvs")}`,
    `vrrp_notify_fifo ${lab.path("vrrp")}`,
    ...global,
    "}",
    "virtual_server 10.9.9.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP",
    `delay_loop 0.2\nwarmup 0\nomega\n${alpha}`,
    `quorum_up ${tell("quorum_up")}\nquorum_down ${tell("quorum_down")}`,
    "real_server 10.0.1.2 80 {",
    `notify_up ${tell("up")}\nnotify_down ${tell("down")}`,
    "TCP_CHECK {\nconnect_timeout 1\nretry 0\n}\n}\n}\n",
  ].join("\n");
}

/** What comes out of a FIFO, from when it is there, until the daemon closes it. */
class FifoReader implements AsyncDisposable {
  readonly #out: string;
  readonly #cat: Deno.ChildProcess;

  private constructor(path: string) {
    this.#out = `${path}.out`;
    this.#cat = new Deno.Command("sh", {
      args: ["-c", 'exec cat <"$1" >"$1.out"', "sh", path],
      stdin: "null",
    }).spawn();
  }

  static async open(path: string): Promise<FifoReader> {
    await until(`${path} is there`, () => exists(path), 20_000);
    const reader = new FifoReader(path);
    await until("somebody reads", () => exists(reader.#out), 20_000);
    return reader;
  }

  get lines(): string[] {
    return Deno.readTextFileSync(this.#out).split("\n").slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#cat.kill();
    } catch { /* It has ended. */ }
    await this.#cat.status;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

interface Row {
  readonly name: string;
  readonly global: readonly string[];
  readonly alpha: string;
  /** Lines until the server has failed and come back, and the daemon ended. */
  readonly lines: readonly string[];
  readonly programs: readonly string[];
}

const FALL_AND_RISE = [`${VS} DOWN`, `${RS} DOWN`, `${VS} UP`, `${RS} UP`];
const END = [`${VS} DOWN`, `${RS} DOWN`];

const ROWS: readonly Row[] = [
  {
    name: "the quorum at the start",
    global: [],
    alpha: "",
    lines: [`${VS} UP`, ...FALL_AND_RISE, ...END],
    programs: ["down", "quorum_down", "quorum_up", "up"],
  },
  {
    name: "the first state of servers with rs_init_notifies",
    global: ["rs_init_notifies"],
    alpha: "",
    lines: [`${RS} UP`, `${VS} UP`, ...FALL_AND_RISE, ...END],
    programs: ["down", "quorum_down", "quorum_up", "up"],
  },
  {
    name: "alpha",
    global: ["rs_init_notifies"],
    alpha: "alpha",
    lines: [`${VS} UP`, `${RS} UP`, ...FALL_AND_RISE, ...END],
    programs: ["down", "quorum_down", "quorum_up", "up"],
  },
];

for (const { name, global, alpha, lines, programs } of ROWS) {
  staydTest(`virtual servers tell: ${name}`, async () => {
    await using lab = await BalanceLab.create(1);
    const daemon: RunningDaemon = await lab.start(stayd, configuration(lab, global, alpha));
    await using all = await FifoReader.open(lab.path("fifo"));
    await using own = await FifoReader.open(lab.path("lvs"));
    await using other = await FifoReader.open(lab.path("vrrp"));
    const told = (count: number) =>
      until(
        `${count} lines\n${daemon.tail()}\n${all.lines.join("\n")}`,
        () => all.lines.length >= count && own.lines.length >= count,
        20_000,
      );
    const first = lines.length - FALL_AND_RISE.length - END.length;
    await told(first);
    await lab.stopServer(1);
    await told(first + 2);
    await lab.startServer(1);
    await told(first + 4);
    assertEquals((await daemon.stop()).code, 0);
    await told(lines.length);
    assertEquals(all.lines.toSorted(), lines.toSorted());
    assertEquals(own.lines, all.lines);
    assertEquals(other.lines, []);
    // Each program made its file.
    await until("programs ran", () => programs.every((each) => exists(lab.path(each))), 20_000);
  });
}
