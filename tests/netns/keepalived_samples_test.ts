/**
 * Configurations against the real keepalived: its sample files are understood, and a file that it
 * accepts or refuses is accepted or refused here, too, but for the differences named below.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { ConfigSource } from "../../engine/config/config_source.ts";
import { convert } from "../../engine/config/convert.ts";
import { keepalivedObjects } from "../../engine/config/diagnostic.ts";
import { layOut } from "../../engine/config/layout.ts";
import { formatDiagnostic, loadConfig } from "../../engine/config/load.ts";
import { systemSource } from "../../engine/config/system_source.ts";
import { isInstalled, run } from "../lab/command.ts";
import {
  addDirectory,
  addNamespace,
  ownName,
  removeDirectory,
  removeNamespace,
} from "../lab/namespaces.ts";

const SAMPLES = "/usr/share/doc/keepalived/samples";

function sampleNames(): string[] {
  try {
    return Array.from(Deno.readDirSync(SAMPLES), ({ name }) => name)
      .filter((name) => name.startsWith("keepalived.conf"))
      .toSorted();
  } catch {
    return [];
  }
}

const samples = sampleNames();

/** Samples that keepalived refuses as well, and what is wrong with them. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  // The group has no `group {` around its instances.
  "keepalived.conf.vrrp.lvs_syncd": ["E-model-001", "E-block-001", "E-block-001"],
  // 192.168.100./24 and 192.168.200./24 lack their last number.
  "keepalived.conf.vrrp.rules": ["E-value-005", "E-value-005"],
};

Deno.test({
  name: "keepalived's sample files have no keyword that is unknown here",
  ignore: samples.length === 0,
  fn() {
    for (const name of samples) {
      // One of them says that it is for `-i high` or `-i low`, and has no script otherwise.
      const { diagnostics } = loadConfig(`${SAMPLES}/${name}`, systemSource, { configId: "high" });
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const known = BROKEN[name];
      if (known) assertEquals(errors.map(({ code }) => code), known, name);
      else assertEquals(errors.map(formatDiagnostic), []);
    }
  },
});

Deno.test({
  name: "keepalived's sample files in YAML and back, and laid out, mean the same",
  ignore: samples.length === 0,
  async fn() {
    let convertedCount = 0;
    for (const name of samples) {
      const file = `${SAMPLES}/${name}`;
      const model = modelOf(file, systemSource);
      const text = Deno.readTextFileSync(file);
      const laidOut = layOut(text);
      assertEquals(modelOf(file, withFile(file, laidOut)), model, name);
      assertEquals(layOut(laidOut), laidOut, name);
      const there = await convert({ file, from: "keepalived", to: "yaml" }, systemSource, OPTIONS);
      if ("diagnostics" in there) continue;
      assert("text" in there, `${name}: ${JSON.stringify(there)}`);
      const source = withFile(file, there.text);
      const back = await convert({ file, from: "yaml", to: "keepalived" }, source, OPTIONS);
      assert("text" in back, `${name}: ${JSON.stringify(back)}`);
      assertEquals(modelOf(file, withFile(file, back.text)), model, name);
      convertedCount++;
    }
    assert(convertedCount > samples.length / 2, `${convertedCount} of ${samples.length}`);
  },
});

const OPTIONS = { configId: "high", random: () => 0 };

function modelOf(file: string, source: ConfigSource): unknown {
  return loadConfig(file, source, OPTIONS).config;
}

/** The machine's files, but for one. */
function withFile(file: string, text: string): ConfigSource {
  const bytes = new TextEncoder().encode(text);
  return { ...systemSource, read: (path) => path === file ? { bytes } : systemSource.read(path) };
}

/** Two interfaces, `d0` with 192.0.2.9. */
async function namespaceWithInterfaces(name: string): Promise<void> {
  await addNamespace(name);
  await run(["ip", "-n", name, "link", "add", "d0", "type", "veth", "peer", "name", "d1"]);
  for (const link of ["d0", "d1"]) await run(["ip", "-n", name, "link", "set", link, "up"]);
  await run(["ip", "-n", name, "address", "add", "192.0.2.9/24", "dev", "d0"]);
}

/** Whether `keepalived -t` has nothing to report. */
async function keepalivedAccepts(namespace: string, path: string): Promise<boolean> {
  const { code } = await new Deno.Command("ip", {
    args: ["netns", "exec", namespace, "keepalived", "-t", "-f", path],
    stdout: "null",
    stderr: "null",
  }).output();
  return code === 0;
}

/** Whether we have nothing to report but what is advice of ours alone. */
function staydAccepts(path: string): boolean {
  return !loadConfig(path, systemSource).diagnostics.some(keepalivedObjects);
}

const STRICTER_LINE = "what keepalived ignores on a line in silence is told";
const NEWER = "a keyword of newer versions";
const NOT_AN_ADDRESS = "keepalived takes any address for one of a host";
const DUPLICATE = "keepalived tells since 2.3.3";

/** Cases about one line of an instance: the line, and how we differ. */
// deno-fmt-ignore
const LINES: [line: string, differs?: string][] = [
  [""],
  ["priority 1"], ["priority 255"], ["priority 0"], ["priority 256"], ["priority x"], ["priority 10x"], ["priority"], ['priority "7"'], ["priority +7"], ["priority 007"],
  ["priority 100 50", STRICTER_LINE], ["priority 100 state MASTER", STRICTER_LINE], ["priority 5#x"], ['priority "5'], ["priority 5\\#6", "keepalived reads 5#6 as 5"],
  ["state MASTER"], ["state BACKUP"], ["state FAULT"], ["state"], ["state MASTER\nstate BACKUP"], ["state MASTER\npriority 100"], ["state BACKUP\npriority 255"],
  ["version 2"], ["version 3"], ["version 1"], ["version x"],
  ["advert_int 1"], ["advert_int 0"], ["advert_int 1.5"], ["advert_int 0.4"], ["advert_int 255"], ["advert_int 256"], ["advert_int 1."], ["advert_int x"],
  ["version 3\nadvert_int 0.01"], ["version 3\nadvert_int 0.015"], ["version 3\nadvert_int .5"], ["version 3\nadvert_int 41"], ["version 3\nadvert_int 40.95"], ["version 3\nadvert_int 0.001"],
  ["nopreempt"], ["nopreempt\nstate MASTER"], ["nopreempt\npriority 255"], ["preempt"], ["preempt_delay 5"], ["preempt_delay 1000"], ["preempt_delay 1001"],
  ["preempt_delay 5\nnopreempt"], ["preempt_delay 5\nstate MASTER"], ["nopreempt x", STRICTER_LINE],
  ["down_timer_adverts 3"], ["down_timer_adverts 0"], ["down_timer_adverts 101"],
  ["garp_master_delay 10"], ["garp_master_delay 4295"], ["garp_master_delay 1.5"], ["garp_master_repeat 0"], ["garp_master_repeat 2"], ["garp_master_refresh 60"],
  ["garp_master_refresh_repeat 0"], ["garp_lower_prio_repeat 0"], ["garp_lower_prio_delay 4"], ["garp_lower_prio_delay x"],
  ["lower_prio_no_advert"], ["lower_prio_no_advert off"], ["lower_prio_no_advert maybe"], ["higher_prio_send_advert yes"], ["higher_prio_send_advert 1"],
  ["accept"], ["no_accept"], ["strict_mode"], ["strict_mode maybe"], ["strict_mode\naccept"], ["strict_mode\nstate MASTER\npriority 100"], ["strict_mode\npreempt_delay 3"],
  ["strict_mode\ndown_timer_adverts 4"], ["strict_mode\ngarp_lower_prio_repeat 3"], ["strict_mode\nlower_prio_no_advert off"], ["strict_mode\nhigher_prio_send_advert"],
  ["strict_mode\npriority 255"], ["strict_mode\nunicast_peer {\n192.0.2.4\n}", "keepalived 2.2.7 tells only when it starts"],
  ["skip_check_adv_addr"], ["skip_check_adv_addr off"], ["skip_check_adv_addr x"], ["dont_track_primary"], ["kernel_rx_buf_size 65536"], ["kernel_rx_buf_size x"],
  ["interface d1"], ["interface lo"], ["interface d0123456789012345"], ["virtual_router_id 0"], ["virtual_router_id 256"], ["virtual_router_id 0x10"],
  ["mcast_src_ip 192.0.2.9"], ["mcast_src_ip 2001:db8::9"], ["mcast_src_ip x"], ["mcast_src_ip 192.0.2.9/24", "keepalived ignores the prefix length in silence"],
  ["mcast_src_ip 192.0.2.9\ntrack_src_ip"], ["track_src_ip"], ["mcast_dst_ip 224.0.0.99"], ["mcast_dst_ip 192.0.2.1"], ["mcast_dst_ip ff02::99"],
  ["unicast_peer {\n192.0.2.5\n}"], ["unicast_peer {\n192.0.2.5 min_ttl 5 max_ttl 9\n}"], ["unicast_peer {\n192.0.2.5 min_ttl 9 max_ttl 5\n}"], ["unicast_peer {\n192.0.2.5 x\n}"],
  ["unicast_peer {\n192.0.2.5 min_ttl\n}"], ["unicast_peer {\n192.0.2.5 min_ttl 256\n}"], ["unicast_peer {\nx\n}"], ["unicast_peer {\n2001:db8::5\n}"], ["unicast_peer {\n}"], ["unicast_peer"],
  ["unicast_peer {\n192.0.2.5\n192.0.2.5\n}", DUPLICATE], ["unicast_peer {\n224.0.0.5\n}", NOT_AN_ADDRESS], ["unicast_src_ip 192.0.2.9"], ["check_unicast_src"], ["unicast_ttl 9"],
  ["unicast_peer {\n192.0.2.5\n}\nunicast_src_ip 192.0.2.9\ncheck_unicast_src\nunicast_ttl 9"], ["unicast_peer {\n192.0.2.5\n}\nunicast_ttl 256"], ["unicast_fault_no_peer"],
  ["unicast_peer {\n192.0.2.5\n}\nmcast_dst_ip 224.0.0.99"], ["unicast_peer {\n192.0.2.5\n}\nold_unicast_checksum"], ["old_unicast_checksum"],
  ["version 3\nunicast_peer {\n192.0.2.5\n}\nold_unicast_checksum"], ["unicast_peer { 192.0.2.5 }"],
  ["authentication {\nauth_type PASS\nauth_pass x\n}"], ["authentication {\nauth_type PASS\nauth_pass 123456789\n}"], ["authentication {\nauth_type PASS\n}"], ["authentication {\n}"],
  ["authentication {\nauth_type NONE\nauth_pass x\n}"], ["authentication {\nauth_type PASS\nauth_pass\n}"], ["authentication {\nauth_type PASS\nauth_pass x\n}\nversion 3"],
  ["authentication {\nauth_type PASS\nauth_pass x\n}\nstrict_mode"], ["authentication {\nauth_pass x\n}", "a password without its type is told"], ["authentication {\nauth_type AH\nauth_pass x\n}"],
  ["frob"], ["frob {\nx\n}"], ["smtp_alert"], ["use_vmac"], ["track_interface {\nd1\n}"], ["owner_ignore_adverts\npriority 255", NEWER], ["v3_checksum_as_v2", NEWER],
  ["$P=5\npriority $P"], ["$P=5\npriority ${P}0"], ["priority ${P}"], ["@no frob"], ["@^no frob"], ["~SEQ(i,1,2) priority $i"], ["~SEQ(i,2,1,9) priority $i"], ["~SEQ(i,1,-1,9) priority $i"],
  ["~LST(i, 5, 6) priority $i"], ["~LST({a}, {5,6}) priority $a"], ["include none.conf"], ["includem none.conf"], ["includew none*.conf"], ["native_ipv6"], ["}"], ["{"],
];

// deno-fmt-ignore
const ADDRESSES: [lines: string, differs?: string][] = [
  ["192.0.2.1"], ["192.0.2.1/24 dev d1 scope link brd + label d0:1"], ["192.0.2.1/33"], ["192.0.2"], ["x"], ["192.0.2.1 dev"], ["192.0.2.1 dev d0 dev d1"], ["192.0.2.1 x"],
  ["192.0.2.1 scope x"], ["192.0.2.1 scope 255"], ["192.0.2.1 scope 256"], ["192.0.2.1/32 brd +"], ["192.0.2.1/24 brd x"], ["192.0.2.1 label 0123456789012345"],
  ["192.0.2.1 peer 192.0.2.2"], ["192.0.2.1 peer x"], ["192.0.2.1/24 peer 192.0.2.2"], ["192.0.2.1 no_track"], ["192.0.2.1 noprefixroute"], ["192.0.2.1\n192.0.2.1", DUPLICATE],
  ["192.0.2.1 peer 192.0.2.2/30", "keepalived 2.2.7 knows no prefix length of a peer"], ["192.0.2.1\nfe80::1"], ["fe80::1/64"], ["fe80::1/64 home -nodad mngtmpaddr preferred_lft 5"],
  ["fe80::1/64 scope link"], ["fe80::1/64 label x"], ["fe80::1/64 brd +"], ["fe80::1/64 preferred_lft x"], ["2001:db8::1/64"], ["0.0.0.0", NOT_AN_ADDRESS], ["224.0.0.5", NOT_AN_ADDRESS],
  ["192.0.2.1/", "keepalived takes nothing for a prefix length"], ["010.0.0.1"], [""], ["192.0.2.1 {\nx\n}"], ["192.0.2.1 use_vmac"],
];

// deno-fmt-ignore
const GLOBALS: [lines: string, differs?: string][] = [
  ["router_id x"], ["router_id"], ["router_id a b", STRICTER_LINE], ['router_id ""', "an empty name is told"], ["dynamic_interfaces"], ["dynamic_interfaces x"], ["log_unknown_vrids"],
  ["vrrp_rt_priority 50"], ["vrrp_rt_priority 0"], ["vrrp_rlimit_rttime 0"], ["vrrp_rlimit_rttime 10000"], ["vrrp_version 3"], ["vrrp_version 4"], ["vrrp_mcast_group4 224.0.0.9"],
  ["vrrp_mcast_group4 192.0.2.1"], ["vrrp_mcast_group6 ff02::9"], ["vrrp_mcast_group6 ff05::9"], ["vrrp_garp_master_delay 4295"], ["vrrp_garp_master_repeat 0"], ["vrrp_garp_interval 0"],
  ["vrrp_garp_interval 0.01"], ["vrrp_gna_interval 0.0000001"], ["vrrp_min_garp"], ["vrrp_min_garp x"], ["vrrp_down_timer_adverts 0"], ["vrrp_lower_prio_no_advert no"],
  ["vrrp_higher_prio_send_advert maybe"], ["vrrp_check_unicast_src"], ["vrrp_skip_check_adv_addr off"], ["vrrp_strict"], ["vrrp_startup_delay 0"], ["vrrp_startup_delay 1.5"],
  ["vrrp_startup_delay 5000"], ["vrrp_rx_bufs_policy MTU"], ["vrrp_rx_bufs_policy x"], ["random_seed 5"], ["random_seed x"], ["include_check x"], ["include_check read +match"], ["frob"],
  ["vrrp_owner_ignore_adverts", NEWER], ["vrrp_strict x", "keepalived 2.2.7 reads no value there"],
];

const V1 = instance("V1", 51, "", "192.0.2.1/24");
const V2 = instance("V2", 52, "", "192.0.2.2/24");
// deno-fmt-ignore
const TEXTS: [text: string, differs?: string][] = [
  [V1 + V2], [V1 + V2.replace("52", "51")], [V1 + V2.replace("V2", "V1")], [V1.replace("virtual_router_id 51\n", "")], [V1.replace("interface d0\n", "")], [V1.replace("V1 ", "")],
  [V1.replace(/}\n$/, "") + V2], [V1.replace("{", "") + V2], [`${V1}}\n${V2}`], [V1.replace("vrrp_instance", "vrrp_instanse") + V2], [V1.replace("d0", "d1") + V2.replace("52", "51")],
  [""], ["vrrp_script x {\nscript /bin/true\n}\n" + V1, "keepalived looks for who uses a script"], ["priority 5\n" + V1],
];

function instance(name: string, vrid: number, lines: string, addresses: string): string {
  const own = (keyword: string) => new RegExp(`^${keyword} `, "m").test(lines);
  return `vrrp_instance ${name} {
${own("interface") ? "" : "interface d0\n"}${
    own("virtual_router_id") ? "" : `virtual_router_id ${vrid}\n`
  }${lines}
virtual_ipaddress {
${addresses}
}
}
`;
}

/** Every case, with its name. */
function cases(): [name: string, text: string, differs: string | undefined][] {
  return [
    ...LINES.map(([lines, differs]) =>
      [`instance: ${lines}`, instance("V1", 51, lines, "192.0.2.1/24"), differs] as const
    ),
    ...ADDRESSES.map(([lines, differs]) =>
      [`address: ${lines}`, instance("V1", 51, "", lines), differs] as const
    ),
    ...GLOBALS.map(([lines, differs]) =>
      [`global: ${lines}`, `global_defs {\n${lines}\n}\n${V1}`, differs] as const
    ),
    ...TEXTS.map(([text, differs]) => [`text: ${text}`, text, differs] as const),
  ].map(([name, text, differs]) => [name, text, differs]);
}

Deno.test({
  name: "keepalived -t and we accept the same configurations, but for differences with a name",
  ignore: Deno.uid() !== 0 || !isInstalled("keepalived") || !isInstalled("ip"),
  async fn(t) {
    const namespace = ownName();
    const directory = addDirectory(namespace);
    const version = await keepalivedVersion();
    try {
      await namespaceWithInterfaces(namespace);
      const all = cases();
      assert(all.length >= 150);
      const path = `${directory}/keepalived.conf`;
      for (const [name, text, differs] of all) {
        await Deno.writeTextFile(path, text);
        const theirs = await keepalivedAccepts(namespace, path);
        const ours = staydAccepts(path);
        const agrees = theirs === ours;
        // What is a difference to 2.2.7 may be none to a newer version.
        if (differs !== undefined ? !agrees || version !== "2.2.7" : agrees) continue;
        await t.step(`${name.replaceAll("\n", "; ")} (${differs ?? "should agree"})`, () => {
          assertEquals({ accepted: ours, differs }, { accepted: theirs, differs: undefined });
        });
      }
    } finally {
      removeNamespace(namespace);
      removeDirectory(directory);
    }
  },
});

async function keepalivedVersion(): Promise<string | undefined> {
  const { stderr } = await new Deno.Command("keepalived", { args: ["--version"] }).output();
  return /v(\d+\.\d+\.\d+)/.exec(new TextDecoder().decode(stderr))?.[1];
}
