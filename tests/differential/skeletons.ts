/**
 * What stands around a keyword under test, so that nothing else in the configuration is worth a
 * word.
 *
 * @module
 */

/** Lines that a block needs, by its keyword; each is left out if its keyword is under test. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: ["interface d0", "virtual_router_id 51", "virtual_ipaddress {\n192.0.2.1/24\n}"],
  vrrp_script: ["script /bin/true"],
  vrrp_track_process: ["process sshd"],
  track_file: ["file /etc/hostname"],
  vrrp_track_file: ["file /etc/hostname"],
  vrrp_sync_group: ["group {\nM1\nM2\n}"],
  track_group: ["group {\nM1\n}"],
  garp_group: ["garp_interval 0.1", "interface d0"],
  authentication: ["auth_type PASS", "auth_pass secret"],
  auth_hmac: [`key 1 hex:${"00".repeat(32)}`, "active_key 1"],
  bfd_instance: ["neighbor_ip 192.0.2.8", "source_ip 192.0.2.9"],
  virtual_server: [
    "delay_loop 5",
    "lb_algo rr",
    "lb_kind NAT",
    "protocol TCP",
    "real_server 192.0.2.5 80 {\nweight 1\nTCP_CHECK {\nconnect_timeout 3\n}\n}",
  ],
  real_server: ["weight 1"],
  HTTP_GET: ["url {\npath /\nstatus_code 200\n}"],
  SSL_GET: ["url {\npath /\nstatus_code 200\n}"],
  url: ["path /", "status_code 200"],
  MISC_CHECK: ["misc_path /bin/true"],
  FILE_CHECK: ["track_file F"],
  BFD_CHECK: ["name B"],
  DNS_CHECK: ["type A"],
};

/** Values behind the keyword of a block. */
const NAMES: Readonly<Record<string, string>> = {
  virtual_server: "192.0.2.1 80",
  real_server: "192.0.2.5 80",
  virtual_server_group: "VG",
};

/** Blocks without a name. */
const NAMELESS = new Set(["global_defs", "garp_group", "SSL", "authentication", "auth_hmac"]);

/** No word about who runs scripts. */
const QUIET = "enable_script_security\nscript_user root\n";
const OBJECTS = `track_file F {
file /etc/hostname
}
bfd_instance B {
neighbor_ip 192.0.2.7
source_ip 192.0.2.9
}
vrrp_script S {
script /bin/true
}
vrrp_track_process P {
process sshd
}
`;
const MEMBER = (name: string, id: number) =>
  `vrrp_instance ${name} {
interface d1
virtual_router_id ${id}
virtual_ipaddress {
192.0.2.${id}/24
}
}
`;
const MEMBERS = MEMBER("M1", 101) + MEMBER("M2", 102);

/** A whole configuration with `lines` in the block that the path leads to. */
export function around(path: readonly string[], word: string, lines: string): string {
  let body = within(path.at(-1), word) + lines;
  for (const [i, block] of path.entries().toArray().toReversed()) {
    const isChecker = i > 1;
    const outer = i === 0 ? "" : within(path[i - 1], block);
    body = `${outer}${block} ${nameOf(block, isChecker)}{\n${body}}\n`;
  }
  const [top] = path;
  const isQuiet = top === "global_defs";
  const global = isQuiet ? "" : `global_defs {\n${QUIET}}\n`;
  return global + OBJECTS + (usesMembers(top, word) ? body + MEMBERS : body);
}

function usesMembers(top: string | undefined, word: string): boolean {
  return [top, word].some((each) => each === "vrrp_sync_group" || each === "track_group");
}

function nameOf(block: string, isInner: boolean): string {
  if (Object.hasOwn(NAMES, block)) return `${NAMES[block]} `;
  return isInner || NAMELESS.has(block) ? "" : "T ";
}

function within(block: string | undefined, word: string): string {
  if (block === undefined) return "";
  const lines = Object.hasOwn(NEEDED, block) ? NEEDED[block] ?? [] : [];
  return lines.filter((line) => line.split(" ")[0] !== word).map((line) => `${line}\n`).join("");
}
