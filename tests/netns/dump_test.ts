/**
 * The files of state and statistics: keepalived's and stayd's, of the same configuration in the
 * same play, field by field.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { run, sleep, until } from "../lab/command.ts";
import { block } from "../lab/conf.ts";
import { type Daemon, keepalived, type RunningDaemon, stayd } from "../lab/daemon.ts";
import { isAdvertOf } from "../lab/judge.ts";
import { type Lab } from "../lab/lab.ts";
import { netnsTest, Stage, staydTest } from "../lab/stage.ts";

const SIGNAL = { data: 10, stats: 12, json: 36, clear: 63 };

function configText(directory: string): string {
  return [
    ...block("global_defs", ["router_id r1", "script_user root", "vrrp_garp_master_delay 1"]),
    ...block("vrrp_script chk", ["script /bin/true", "interval 1", "timeout 1", "weight 3"]),
    ...block("vrrp_script bad", [
      ...["script /bin/false", "interval 1", "timeout 1", "weight 3", "rise 2", "fall 3"],
    ]),
    ...block("vrrp_track_process some", [
      ...["process none-of-this-name 1234", "param_match initial", "weight 2", "delay 0.5"],
    ]),
    ...block("vrrp_track_process few", [
      ...["process nor-of-this", "quorum_max 900", "weight 2", "terminate_delay 1"],
    ]),
    ...block("bfd_instance b1", ["neighbor_ip 10.0.0.9", "min_rx 200"]),
    ...block("track_file tf", [`file ${directory}/../number`, "weight 1"]),
    ...block("static_ipaddress", ["10.5.5.5/32 dev eth0"]),
    ...block("static_routes", ["10.9.0.0/24 via 10.0.0.9 dev eth0"]),
    ...block("static_rules", ["from 10.5.5.5 table 10 priority 77"]),
    ...block("vrrp_sync_group G", [...block("group", ["V2", "V3"]), "notify /bin/true"]),
    ...block("vrrp_instance V1", [
      "interface eth0",
      "virtual_router_id 51",
      "priority 150",
      "advert_int 1",
      "preempt_delay 5",
      "smtp_alert off",
      ...block("authentication", ["auth_type PASS", "auth_pass secret"]),
      ...block("track_script", ["chk weight 4", "bad"]),
      ...block("track_process", ["some weight 5", "few"]),
      ...block("track_bfd", ["b1 weight 3"]),
      ...block("track_file", ["tf"]),
      ...block("track_interface", ["lo weight 2"]),
      ...block("virtual_ipaddress", ["10.0.0.100/24", "10.0.0.101/24 dev eth0 label eth0:1"]),
      ...block("virtual_ipaddress_excluded", ["10.0.0.102/32"]),
      ...block("virtual_routes", ["10.8.0.0/24 via 10.0.0.9 dev eth0"]),
      ...block("virtual_rules", ["from 10.0.0.100 table 12 priority 78"]),
      'notify_master "/bin/true a b"',
      "notify /bin/true",
    ]),
    ...block("vrrp_instance V2", [
      "interface eth0",
      "virtual_router_id 52",
      "priority 100",
      "nopreempt",
      "unicast_src_ip 10.0.0.1",
      ...block("unicast_peer", ["10.0.0.2"]),
      ...block("virtual_ipaddress", ["10.0.0.110"]),
    ]),
    ...block("vrrp_instance V3", [
      "interface eth0",
      "use_vmac",
      "virtual_router_id 53",
      "advert_int 1",
      "dont_track_primary",
      "higher_prio_send_advert",
      "lower_prio_no_advert",
      ...block("virtual_ipaddress", ["fe80::53/64", "fd00::53/64"]),
    ]),
    "",
  ].join("\n");
}

interface Dumps {
  readonly parent: string;
  readonly data: string;
  readonly stats: string;
  readonly json: string;
}

async function askFor(running: RunningDaemon, path: string, signal: number): Promise<string> {
  await run(["kill", `-${signal}`, `${running.pid}`]);
  let last = "";
  // keepalived writes a file line by line: it is there when it does not grow any more.
  await until(`${path} is written\n${running.tail()}`, async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    const isWhole = text !== "" && text === last;
    last = text;
    await sleep(50);
    return isWhole;
  }, 5_000);
  return last;
}

/** Starts a daemon alone, and asks for everything when it has been master of all for a while. */
async function dumpsOf(daemon: Daemon): Promise<Dumps> {
  let dumps: Dumps | undefined;
  await Stage.play(async (stage) => {
    const { lab } = stage;
    const directory = await prepare(lab);
    const wrapper = ["env", `TMPDIR=${directory}`];
    const running = await stage.start("r1", daemon, configText(directory), 4, { wrapper });
    await stage.capture.until("r1 is master", isAdvertOf("r1"), 6_000);
    await sleep(2_000);
    dumps = {
      data: await askFor(running, `${directory}/keepalived.data`, SIGNAL.data),
      parent: await askFor(running, `${directory}/keepalived_parent.data`, SIGNAL.data),
      stats: await askFor(running, `${directory}/keepalived.stats`, SIGNAL.stats),
      json: await askFor(running, `${directory}/keepalived.json`, SIGNAL.json),
    };
    for (const { name } of Deno.readDirSync(directory)) {
      const { mode } = Deno.statSync(`${directory}/${name}`);
      assertEquals((mode ?? 0) & 0o777, 0o600, name);
    }
    await running.stop();
  }, ["r1", "r2"]);
  assert(dumps);
  return dumps;
}

async function prepare({ directory }: Lab): Promise<string> {
  const path = `${directory}/tmp`;
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${directory}/number`, "3\n");
  return path;
}

/** Lines that only keepalived has, and why. */
const THEIRS: readonly RegExp[] = [
  /^ {3}Read timeout = |^ {3}Unicast checksum compatibility/, // Its own insides.
  /^ {3}(Seen up|Delayed state|Reset|Original|rp_filter|Not IPv6 forwarding)/,
  /^ (Max|Min) auto priority|_rcv_bufs|rx_bufs|don't swap|libnftnl/, // Not needed.
  /^ nftables (table name|base chain|don't force)/, // Named there as soon as it is needed.
  /^ (SNMP socket|DBus service|Default smtp_alert = )/,
];
/** Lines whose values are another on purpose, or by nature. */
const VALUES: readonly [RegExp, string][] = [
  [/(Last transition = ).*/, "$1TIME"],
  [/(Password = ).*/, "$1SECRET"], // stayd tells no secrets.
  [/^ (No test|Test) config before reload/, " TEST"], // stayd always tests.
  [/^( LVS flush on stop = ).*/, "$1N"], // What stayd does by default has a name.
  [/(VRRP realtime (priority|limit) = ).*/, "$1N"], // stayd always runs at real-time priority.
  [/'\/usr\/bin\/(true|false)'/, "'/bin/$1'"], // keepalived tells what links lead to.
  [/(Flags:).*/, "$1"],
  [/(File = ).*/, "$1FILE"],
  [/fd_in \d+(,?) fd_out( =)? \d+/, "fd_in N$1 fd_out$2 N"],
  // Default values are filled in where the configuration is read, not in one process only.
  [/^( Gratuitous ARP lower priority .* = ).*/, "$1N"],
];

/** Instances that share an interface share its socket, as multicast and unicast may. */
const SOCKETS = /^-+< VRRP Sockpool >-+\n([^-].*\n)*/m;

function socketsOf({ data }: Dumps): string[] {
  const [text = ""] = SOCKETS.exec(data) ?? [];
  return text.split(/^ fd_in/m).flatMap((socket) => {
    const [, where] = /Interface = (\S+)/.exec(socket) ?? [];
    const [, family] = /Family = (\S+)/.exec(socket) ?? [];
    const instances = [...socket.matchAll(/(\S+ vrid \d+)/g)];
    return instances.map(([, instance]) => `${instance} ${where} ${family}`);
  }).toSorted();
}

function comparable(text: string): string[] {
  const lines = text.replace(SOCKETS, "").split("\n");
  return lines.flatMap((line) => {
    if (THEIRS.some((pattern) => pattern.test(line))) return [];
    return [VALUES.reduce((each, [pattern, by]) => each.replace(pattern, by), line)];
  });
}

/** An address that was added before the interfaces were listed is told of with them. */
function withoutStatics(lines: readonly string[]): string[] {
  const at = lines.indexOf("   Additional IPv4 addresses :");
  return at < 0 ? [...lines] : lines.toSpliced(at, 2);
}

interface Told {
  readonly data: Record<string, unknown>;
  readonly stats: Record<string, unknown>;
}

function told(json: string): Told[] {
  return (JSON.parse(json) as Told[]).map(({ data, stats }) => ({
    data: {
      ...JSON.parse(JSON.stringify(data).replaceAll("/usr/bin/", "/bin/")),
      last_transition: typeof data["last_transition"],
      auth_data: data["auth_data"] === undefined ? "none" : "secret",
      track_process: undefined, // Since 2.2.8.
    },
    // Of signed advertisements, which keepalived has since 2.4.
    stats: Object.fromEntries(Object.entries(stats).filter(([key]) => !/^auth_ext/.test(key))),
  }));
}

netnsTest("dumps: keepalived's and stayd's tell the same", async () => {
  const [theirs, ours] = [await dumpsOf(keepalived), await dumpsOf(stayd)];
  assertEquals(withoutStatics(comparable(ours.data)), comparable(theirs.data));
  assertEquals(socketsOf(ours), socketsOf(theirs));
  assertEquals(socketsOf(ours).length, 3);
  assertEquals(
    comparable(ours.parent).filter((line) => !line.includes("Default interface")),
    comparable(theirs.parent),
  );
  assertEquals(ours.stats.replaceAll(/\d+$/gm, "N"), theirs.stats.replaceAll(/\d+$/gm, "N"));
  assertEquals(told(ours.json).map(({ data }) => data), told(theirs.json).map(({ data }) => data));
  assertEquals(
    told(ours.json).map(({ stats }) => Object.keys(stats)),
    told(theirs.json).map(({ stats }) => Object.keys(stats)),
  );
});

staydTest(
  "dumps: never through a link, and counters begin anew when asked to",
  () =>
    Stage.play(async (stage) => {
      const { lab } = stage;
      const directory = await prepare(lab);
      const victim = `${lab.directory}/victim`;
      await Deno.writeTextFile(victim, "untouched");
      await Deno.symlink(victim, `${directory}/keepalived.stats`);
      const wrapper = ["env", `TMPDIR=${directory}`];
      const running = await stage.start("r1", stayd, configText(directory), 4, { wrapper });
      await stage.capture.until("r1 is master", isAdvertOf("r1"), 6_000);
      await sleep(1_500);
      const path = `${directory}/keepalived.stats`;
      await run(["kill", `-${SIGNAL.clear}`, `${running.pid}`]);
      await until("it is no link any more", () => !Deno.lstatSync(path).isSymlink, 5_000);
      assertEquals(await Deno.readTextFile(victim), "untouched");
      const became = /Became master: (\d+)/g;
      const counts = async () =>
        Array.from((await Deno.readTextFile(path)).matchAll(became), ([, count]) => count);
      assertEquals(await counts(), ["1", "1", "1"]);
      // The child takes the signal, too, and leaves it to its parent.
      await run(["kill", `-${SIGNAL.stats}`, `${running.speaker()}`]);
      await until("it is zero", async () => (await counts()).join() === "0,0,0", 5_000);
      assert(running.log().some((line) => line.includes("Printing VRRP stats for process(")));
      assertEquals((await running.stop()).code, 0);
    }, ["r1", "r2"]),
);
