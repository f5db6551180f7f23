/**
 * A daemon's life: what comes first and last, what the service manager hears, and which files are
 * there meanwhile.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep, until } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type RunningDaemon, stayd } from "../lab/daemon.ts";
import { isAdvertOf, spacingsMs } from "../lab/judge.ts";
import { NotifySocket } from "../lab/notify_socket.ts";
import { signal } from "../lab/process_tree.ts";
import { Stage, staydTest } from "../lab/stage.ts";

function config(words: readonly string[], lines: readonly string[] = []): string {
  return block("global_defs", ["script_user root", ...words]).join("\n") + "\n" +
    instanceText("r1", FAST_WIRE, { priority: 200, lines });
}

async function script(path: string, body: string): Promise<string> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

function logged(daemon: RunningDaemon, text: string): boolean {
  return daemon.log().some((line) => line.includes(text));
}

staydTest(
  "lifecycle: the startup script is awaited, the shutdown script comes last",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const notes = `${lab.directory}/notes`;
      const ip = "ip -o -4 addr show dev eth0 | grep -c 10.0.0.100";
      const first = await script(
        `${lab.directory}/first`,
        `sleep 1; echo first $(${ip}) >>${notes}`,
      );
      const last = await script(`${lab.directory}/last`, `echo last $(${ip}) >>${notes}`);
      const words = [`startup_script ${first}`, `shutdown_script ${last}`];
      const r1 = await stage.start("r1", stayd, config(words), 4);
      assertEquals(await Deno.readTextFile(notes), "first 0\n", "it listens only after that");
      await capture.until("r1 is elected", isAdvertOf("r1"), 5_000);
      assertEquals((await r1.stop()).code, 0);
      assertEquals(await Deno.readTextFile(notes), "first 0\nlast 0\n", "addresses were gone");
    }, ["r1"]),
);

staydTest(
  "lifecycle: a startup script that hangs is ended, and life goes on",
  () =>
    Stage.play(async (stage) => {
      const words = ['startup_script "/bin/sleep 100"', "startup_script_timeout 1"];
      const r1 = await stage.start("r1", stayd, config(words), 4);
      assert(logged(r1, "startup script timed out"), r1.tail());
      assertEquals((await r1.stop()).code, 0);
    }, ["r1"]),
);

staydTest(
  "lifecycle: the service manager hears of every step, and of a hanging process",
  () =>
    Stage.play(async (stage) => {
      const { capture } = stage;
      using socket = NotifySocket.open("path");
      const heard: string[] = [];
      const hears = (what: string) =>
        until(`it hears ${what}: ${heard}`, () => {
          heard.push(...socket.read());
          return heard.some((each) => each.startsWith(what));
        }, 10_000);
      const wrapper = ["env", `NOTIFY_SOCKET=${socket.address}`, "WATCHDOG_USEC=600000"];
      const r1 = await stage.start("r1", stayd, config([]), 4, { wrapper });
      await hears("READY=1");
      assertEquals(
        heard.filter((each) => each.startsWith("READY"))[0],
        `READY=1\nMAINPID=${r1.pid}`,
      );
      await capture.until("r1 is elected", isAdvertOf("r1"), 5_000);
      await hears("STATUS=1 virtual router: 1 master");
      await hears("WATCHDOG=1");
      heard.length = 0;
      await r1.reload(config([], ["preempt_delay 1"]));
      await hears("RELOADING=1\nMONOTONIC_USEC=");
      await hears("READY=1");
      heard.length = 0;
      await r1.reload("nonsense");
      await hears("RELOADING=1");
      await hears("READY=1");
      // A process that does not answer any more is no life.
      signal(r1.speaker(), "SIGSTOP");
      await sleep(1_000);
      socket.read();
      await sleep(1_000);
      assertEquals(socket.read().filter((each) => each === "WATCHDOG=1"), []);
      signal(r1.speaker(), "SIGCONT");
      heard.length = 0;
      await hears("WATCHDOG=1");
      const end = r1.stop();
      await hears("STOPPING=1");
      assertEquals((await end).code, 0);
    }, ["r1"]),
);

staydTest(
  "lifecycle: pid files, and a second daemon with the same is refused",
  () =>
    Stage.play(async (stage) => {
      const { lab } = stage;
      const name = `lab${Deno.pid}`;
      const service = block("virtual_server 10.0.0.100 80", [
        ...block("real_server 10.0.0.9 80", ["weight 1"]),
      ]);
      const text = [`instance ${name}`, ...service, config([])].join("\n");
      const r1 = await stage.start("r1", stayd, text, 4);
      const checkers = `/run/keepalived/checkers_${name}.pid`;
      await until("the process of checks has one", () => exists(checkers), 5_000);
      // The command line names the other two.
      const second = await lab.start("r1", stayd, text, {
        wrapper: ["sh", "-c", `exec "$@" -p ${lab.directory}/r1-1/daemon.pid`, "sh"],
      });
      assertEquals((await second.status).code, 1, second.tail());
      assert(logged(second, "another process holds it"), second.tail());
      assertEquals((await r1.stop()).code, 0);
      assertEquals(exists(checkers), false);
    }, ["r1"]),
);

staydTest(
  "lifecycle: reload_time_file reloads at its time, and a marker is there meanwhile",
  () =>
    Stage.play(async (stage) => {
      const { lab, capture } = stage;
      const [when, marker] = [`${lab.directory}/when`, `${lab.directory}/marker`];
      const words = [`reload_time_file ${when}`, `reload_file ${marker}`];
      const r1 = await stage.start("r1", stayd, config(words), 4);
      await capture.until("r1 is elected", isAdvertOf("r1", 200), 5_000);
      await Deno.writeTextFile(
        `${lab.directory}/r1-1/keepalived.conf`,
        config(words).replace("priority 200", "priority 201"),
      );
      using watcher = Deno.watchFs(lab.directory);
      const at = new Date(Date.now() + 2_000).toISOString().slice(0, 19).replace("T", " ");
      await Deno.writeTextFile(when, `${at}Z\n`);
      await capture.until("r1 has the new priority", isAdvertOf("r1", 201), 8_000);
      await until("both files are gone", () => !exists(when) && !exists(marker), 5_000);
      let wasThere = false;
      for await (const { paths } of watcher) {
        if (!paths.includes(marker)) continue;
        wasThere = true;
        break;
      }
      assert(wasThere);
      assert(logged(r1, "Reload as"), r1.tail());
      assertEquals((await r1.stop()).code, 0);
    }, ["r1"]),
);

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

for (const word of ["vrrp_startup_delay", "vrrp_delay_after_boot"]) {
  staydTest(`lifecycle: ${word} keeps it deaf and dumb`, () =>
    Stage.play(async (stage) => {
      const { capture } = stage;
      const isBoot = word === "vrrp_delay_after_boot";
      // A machine that was started 10 s ago.
      const upSec = Math.floor(Number((await Deno.readTextFile("/proc/uptime")).split(" ")[0]));
      const wrapper = isBoot ? ["unshare", "-T", `--boottime=${10 - upSec}`] : [];
      const beganMs = Date.now();
      const lines = ["priority 255", "state MASTER"];
      const text = config([`${word} ${isBoot ? 13 : 3}`], lines);
      const r1 = await stage.start("r1", stayd, text, 4, { wrapper });
      await capture.until("r1 is elected", isAdvertOf("r1"), 8_000);
      const tookMs = Date.now() - beganMs;
      assert(tookMs >= (isBoot ? 1_900 : 2_990) && tookMs < 7_500, `${tookMs} ms`);
      assertEquals(spacingsMs(capture.frames.filter(isAdvertOf("r1"))).length <= 2, true);
      assertEquals((await r1.stop()).code, 0);
    }, ["r1"]));
}
