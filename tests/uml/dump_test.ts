/**
 * The state file of the process of checks: keepalived's and stayd's, of the same configuration,
 * line by line.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { sleep } from "../lab/command.ts";
import { RunningDaemon } from "./running_daemon.ts";

const PATH = "/tmp/keepalived_check.data";
const LIMIT_MS = 30_000;
const CONFIGURATION = `
global_defs {
  router_id test
  script_user root
  enable_script_security
}
track_file down_file {
  file /tmp/down_file
  weight 2
}
virtual_server_group web {
  10.9.8.1 80
  10.9.8.5-7 80
  fwmark 9
}
virtual_server 10.9.9.1 80 {
  delay_loop 2
  warmup 0
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  persistence_timeout 60
  persistence_granularity 255.255.255.0
  omega
  quorum 9
  hysteresis 1
  quorum_up "/usr/bin/true up"
  quorum_down "/usr/bin/true down"
  sorry_server 127.0.0.1 9099
  sorry_server_inhibit
  smtp_alert
  snmp_name vsname
  real_server 127.0.0.1 9011 {
    weight 3
    uthreshold 100
    lthreshold 50
    notify_up "/usr/bin/true rsup"
    notify_down "/usr/bin/true rsdown"
    inhibit_on_failure
    TCP_CHECK {
      connect_timeout 1
      retry 0
      delay_before_retry 1
      bindto 127.0.0.1
      bind_if lo
      fwmark 4
    }
    FILE_CHECK {
      track_file down_file
      weight 3
    }
  }
  real_server 127.0.0.1 9012 {
    weight 1
  }
}
virtual_server 10.9.9.2 80 {
  delay_loop 100
  warmup 0
  lvs_sched sh
  sh-port
  lvs_method NAT
  protocol TCP
  ha_suspend
  real_server 127.0.0.1 9011 {
    HTTP_GET {
      http_protocol 1.1
      virtualhost v.example.com
      fast_recovery
      retry 0
      url {
        path /a
        status_code 200 300-310
        digest 0123456789abcdef0123456789abcdef
        virtualhost u.example.com
      }
      url {
        path /b
        regex "hello"
        regex_min_offset 1
        regex_max_offset 20
      }
      connect_port 8080
    }
    SSL_GET {
      retry 0
      url {
        path /ssl
      }
    }
    MISC_CHECK {
      misc_path "/usr/bin/false a 'b c'"
      misc_timeout 4
      misc_dynamic
      user root
    }
    SMTP_CHECK {
      retry 0
      helo_name me.example.com
    }
    DNS_CHECK {
      retry 0
      type A
      name example.com
    }
    UDP_CHECK {
      retry 0
      payload 01020a
      require_reply 03xx
      min_reply_length 1
      max_reply_length 20
    }
    PING_CHECK {
      retry 0
      alpha
      log_all_failures
    }
  }
}
virtual_server fwmark 5 {
  lvs_sched mh
  mh-fallback
  lvs_method TUN type gue port 6080 csum
  ops
  real_server 10.0.0.1 {
    lvs_method DR
  }
}
virtual_server group web {
  lvs_sched wlc
  lvs_method DR
  protocol TCP
  real_server 10.0.0.2 80 {
  }
}
virtual_server 2001:db8::1 53 {
  lvs_sched wlc
  lvs_method TUN
  protocol UDP
  persistence_timeout 30
  persistence_granularity 64
  real_server 2001:db8::2 53 {
  }
}
`;

/** Lines that only keepalived has, and why. */
const THEIRS: readonly RegExp[] = [
  // Its own insides.
  /^ System is compiled with|(R|r)eloaded = | ref count = |^ {5}Alive: |previous effective_weight/,
  /^ {3}(Hashed|Default delay before retry) = /,
  // What is in force is told of with each check and server.
  /^ {3}(connection timeout|delay_loop|Warmup|Delay loop) = [\d.]+$|^ {3}(alpha is|Alpha is) /,
  /^ {3}(default forwarding method|forwarding method = TUN, type = GUE|Virtualhost = )/,
  /^ {5}Regex options:$/, // Of none.
  // Only the process knows when it ran, and what a file has.
  /^ {3}(Last ran|Last status|Status|Weight) = /,
  /^ {3}Inhibit on failure is/, // Of virtual and of real servers, who cannot be told apart here.
];
/** Lines that only stayd has. */
const OURS = [/^ {3}Inhibit on failure is/, /^ {5}Virtual host = v\.example\.com$/];

/** Asks a process for the file. */
async function dumpOf(process: Deno.ChildProcess): Promise<string> {
  process.kill("SIGUSR1");
  const endMs = performance.now() + LIMIT_MS;
  for (let last = "";;) {
    const text = await Deno.readTextFile(PATH).catch(() => "");
    // keepalived writes line by line.
    if (text.startsWith("---") && text === last) break;
    last = text;
    assert(performance.now() < endMs, "it is not written");
    await sleep(500);
  }
  assertEquals((Deno.statSync(PATH).mode ?? 0) & 0o777, 0o600);
  return await Deno.readTextFile(PATH);
}

/** The lines that can be compared. What holds for the whole daemon is compared elsewhere. */
function linesOf(text: string, without: readonly RegExp[]): string[] {
  const lines = text.slice(text.indexOf("------< LVS Topology >------")).split("\n");
  return lines.filter((line) => !without.some((pattern) => pattern.test(line)));
}

async function theirs(): Promise<string> {
  const file = Deno.makeTempFileSync({ suffix: ".conf" });
  Deno.writeTextFileSync(file, CONFIGURATION);
  const args = ["-f", file, "-n", "-l"];
  const process = new Deno.Command("keepalived", { args, stdout: "null", stderr: "null" }).spawn();
  // The first check, which fails, is made after at most two seconds.
  await sleep(6_000);
  const text = await dumpOf(process);
  process.kill("SIGTERM");
  await process.status;
  for (const name of ["_parent", "_check"]) Deno.removeSync(`/tmp/keepalived${name}.data`);
  return text;
}

async function ours(): Promise<string> {
  await using daemon = new RunningDaemon(CONFIGURATION);
  await daemon.logs("Real server [127.0.0.1]:9011 of [10.9.9.1]:tcp:80 is down");
  // Through no link that somebody left there.
  Deno.writeTextFileSync("/tmp/victim", "untouched");
  Deno.symlinkSync("/tmp/victim", PATH);
  const text = await dumpOf(daemon.process);
  assertEquals(Deno.readTextFileSync("/tmp/victim"), "untouched");
  assert(!Deno.lstatSync(PATH).isSymlink);
  // Deno would let anybody debug who was sent this signal.
  assert(!daemon.log.includes("Debugger"), daemon.log);
  await daemon.stop();
  return text;
}

Deno.test("keepalived_check.data: keepalived's and stayd's tell the same", async () => {
  Deno.writeTextFileSync("/tmp/down_file", "1\n");
  const [expected, actual] = [linesOf(await theirs(), THEIRS), linesOf(await ours(), OURS)];
  assert(expected.length > 200, `${expected.length} lines`);
  assertEquals(actual, expected);
});
