/**
 * Scenarios from outside: JSON to {@linkcode Scenario}, configuration texts to configurations. All
 * that is wrong is said at once, with its place.
 *
 * @module
 */
import { parseIp } from "../../net/address.ts";
import type { Config } from "../../machines/config.ts";
import { type ConfigSource, formatDiagnostic, loadConfig } from "../config/load.ts";
import { CLIENT_NAME } from "./client.ts";
import { CLEAN_WIRE } from "./lan.ts";
import { Random } from "./random.ts";
import type { ConfigText, ReadyHost, ReadyScenario, Scenario, ScenarioHost } from "./scenario.ts";

/** What could not be understood. */
export interface Wrong {
  readonly wrong: readonly string[];
}

const HOST_COUNT_MAX = 100;
const SEGMENT_COUNT_MAX = 50;
const ROW_COUNT_MAX = 100_000;
/** A week. */
const DURATION_MS_MAX = 7 * 24 * 3_600_000;
/** How far a clock may be ahead or, if negative, behind. */
const AHEAD_MS_MAX = 100 * 24 * 3_600_000;

type Complain = (text: string) => void;
type Json = Readonly<Record<string, unknown>>;

/** Reads the text of a scenario file. */
export function parseScenario(text: string): ReadyScenario | Wrong {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: [`not JSON: ${error instanceof Error ? error.message : error}`] };
  }
  const wrong: string[] = [];
  checkScenario(value, (complaint) => wrong.push(complaint));
  return wrong.length > 0 ? { wrong } : prepareScenario(value as Scenario);
}

/** Reads the configurations of a scenario. */
export function prepareScenario(scenario: Scenario): ReadyScenario | Wrong {
  const wrong: string[] = [];
  const random = new Random(scenario.seed ?? 0);
  const read = (host: ScenarioHost, name: string, config: ConfigText): Config | undefined => {
    if (typeof config !== "string") return config;
    const path = `/${host.name}/${name}`;
    const source = textSource(path, config, host.name);
    const loaded = loadConfig(path, source, { random: () => random.next() });
    if (!loaded.config) wrong.push(...loaded.diagnostics.map(formatDiagnostic));
    return loaded.config;
  };
  const hosts = scenario.hosts.flatMap((host): ReadyHost[] => {
    const config = read(host, "keepalived.conf", host.config);
    const others = Object.entries(host.otherConfigs ?? {}).flatMap(([name, text]) => {
      const other = read(host, name, text);
      return other ? [[name, other] as const] : [];
    });
    return config ? [{ ...host, config, otherConfigs: Object.fromEntries(others) }] : [];
  });
  return wrong.length > 0 ? { wrong } : { ...scenario, hosts };
}

/** A world of one file. */
function textSource(
  path: string,
  text: string,
  hostName: string,
): ConfigSource {
  const bytes = new TextEncoder().encode(text);
  const kind = { kind: "file", executable: false } as const;
  return {
    read: (wanted) => wanted === path ? { bytes } : { error: "No such file" },
    glob: (pattern) => pattern === path ? [path] : [],
    kind: (wanted) => wanted === path ? kind : undefined,
    getenv: () => undefined,
    currentDirectory: () => "/",
    hostName: () => hostName,
  };
}

function checkScenario(value: unknown, complain: Complain): void {
  if (!isObject(value)) return complain("a scenario is an object");
  checkKeys(value, ["title", "seed", "hosts", "wire", "rows", "durationMs"], "scenario", complain);
  if (typeof value.title !== "string") complain("title: a text is missing");
  if (value.seed !== undefined && !Number.isInteger(value.seed)) complain("seed: not an integer");
  if (value.durationMs !== undefined) checkTime(value.durationMs, "durationMs", complain);
  if (value.wire !== undefined) checkWire(value.wire, "wire", complain);
  const hosts = Array.isArray(value.hosts) ? value.hosts : [];
  if (hosts.length === 0 || hosts.length > HOST_COUNT_MAX) {
    return complain(`hosts: a list of 1 to ${HOST_COUNT_MAX} is missing`);
  }
  hosts.forEach((host: unknown, i) => checkHost(host, `hosts[${i}]`, complain));
  const named = hosts.filter(isObject);
  if (new Set(named.map(({ name }) => name)).size < hosts.length) {
    complain("hosts: two have the same name");
  }
  const segments = new Set(
    named.flatMap(({ interfaces }) => isObject(interfaces) ? Object.values(interfaces) : []),
  );
  if (segments.size > SEGMENT_COUNT_MAX) complain(`at most ${SEGMENT_COUNT_MAX} segments`);
  if (!Array.isArray(value.rows) || value.rows.length > ROW_COUNT_MAX) {
    return complain(`rows: a list of at most ${ROW_COUNT_MAX} is missing`);
  }
  value.rows.forEach((row: unknown, i) => checkRow(row, named, `rows[${i}]`, complain));
}

function checkHost(host: unknown, place: string, complain: Complain): void {
  if (!isObject(host)) return complain(`${place}: not an object`);
  const known = ["name", "config", "otherConfigs", "interfaces", "starts", "addressChangeMs"];
  checkKeys(host, known, place, complain);
  const { name, config, otherConfigs, interfaces, starts, addressChangeMs } = host;
  if (typeof name !== "string" || !/^[\w.-]{1,32}$/.test(name) || name === CLIENT_NAME) {
    complain(`${place}.name: 1 to 32 letters, digits, dots or dashes, and not "${CLIENT_NAME}"`);
  }
  checkConfig(config, `${place}.config`, complain);
  if (otherConfigs !== undefined && !isObject(otherConfigs)) {
    complain(`${place}.otherConfigs: not an object`);
  }
  for (const [key, other] of Object.entries(isObject(otherConfigs) ? otherConfigs : {})) {
    checkConfig(other, `${place}.otherConfigs.${key}`, complain);
  }
  const names = isObject(interfaces) ? Object.values(interfaces) : [];
  const isFine = interfaces === undefined ||
    (names.length > 0 && names.every((each) => typeof each === "string"));
  if (!isFine) complain(`${place}.interfaces: not an object of segments by interface`);
  if (starts !== undefined && typeof starts !== "boolean") {
    complain(`${place}.starts: not a boolean`);
  }
  if (addressChangeMs !== undefined) {
    checkTime(addressChangeMs, `${place}.addressChangeMs`, complain);
  }
}

function checkConfig(config: unknown, place: string, complain: Complain): void {
  if (typeof config === "string") return;
  if (isObject(config) && isObject(config.global) && Array.isArray(config.vrrpInstances)) return;
  complain(`${place}: the text of a keepalived.conf is missing`);
}

/** What follows the action in a row. */
type Argument =
  | "host"
  | "interface"
  | "object"
  | "verdict"
  | "station"
  | "time"
  | "config"
  | "groups"
  | "wire"
  | "ip"
  | "errno"
  | "server"
  | "condition"
  | "name"
  | "ahead";

const ACTIONS: Readonly<Record<string, readonly Argument[]>> = {
  "start": ["host"],
  "stop": ["host"],
  "crash": ["host"],
  "respawn": ["host"],
  "cut": ["host"],
  "plug": ["host"],
  "power-off": ["host"],
  "power-on": ["host"],
  "cut-link": ["host", "interface"],
  "plug-link": ["host", "interface"],
  "track": ["host", "object", "verdict"],
  "stall": ["host", "time"],
  "reload": ["host", "config"],
  "partition": ["groups"],
  "block": ["station", "station"],
  "heal": [],
  "wire": ["wire"],
  "remove-address": ["host", "ip"],
  "refuse-addresses": ["host", "errno"],
  "server": ["server", "condition"],
  "flush-services": ["host"],
  "refuse-services": ["host", "errno"],
  "down-link": ["host", "name"],
  "up-link": ["host", "name"],
  "remove-link": ["host", "name"],
  "set-clock": ["host", "ahead"],
};

function checkRow(row: unknown, hosts: readonly Json[], place: string, complain: Complain): void {
  if (!Array.isArray(row)) return complain(`${place}: not a list`);
  const [atMs, action, ...rest]: readonly unknown[] = row;
  checkTime(atMs, `${place}[0]`, complain);
  const expected = typeof action === "string" ? ACTIONS[action] : undefined;
  if (!expected) {
    const known = Object.keys(ACTIONS).join(", ");
    return complain(`${place}[1]: unknown action ${JSON.stringify(action)}: known are ${known}`);
  }
  if (rest.length !== expected.length) {
    const wanted = expected.join(", ") || "nothing";
    return complain(`${place}: after ${action} comes ${wanted}`);
  }
  const stations = [...hosts.map(({ name }) => name), CLIENT_NAME];
  for (const [i, kind] of expected.entries()) {
    const value = rest[i];
    const here = `${place}[${i + 2}]`;
    const host = hosts.find(({ name }) => name === rest[0]);
    if (kind === "host" && !host) complain(`${here}: no host is named ${JSON.stringify(value)}`);
    if (kind === "station" && !stations.includes(value)) {
      complain(`${here}: nobody is named ${JSON.stringify(value)}`);
    }
    if (kind === "interface" && !isInterfaceOf(host, value)) {
      complain(`${here}: the host has no interface ${JSON.stringify(value)}`);
    }
    if (kind === "object" && !(typeof value === "string" && OBJECT.test(value))) {
      complain(`${here}: not a kind and a name, such as "script chk_http"`);
    }
    if (kind === "verdict" && value !== "good" && value !== "bad" && !Number.isInteger(value)) {
      complain(`${here}: not "good", "bad" or an integer`);
    }
    if (kind === "time") checkTime(value, here, complain);
    if (kind === "name" && !(typeof value === "string" && INTERFACE_NAME.test(value))) {
      complain(`${here}: not the name of an interface`);
    }
    if (kind === "ahead" && !(Number.isInteger(value) && Math.abs(Number(value)) <= AHEAD_MS_MAX)) {
      complain(`${here}: not a number of milliseconds, at most 100 days`);
    }
    if (kind === "wire") checkWire(value, here, complain);
    if (kind === "errno" && !(Number.isInteger(value) && Number(value) >= 0)) {
      complain(`${here}: not an errno`);
    }
    if (kind === "ip" && (typeof value !== "string" || parseIp(value) === undefined)) {
      complain(`${here}: not an IP address`);
    }
    if (kind === "server" && !isServer(value)) {
      complain(`${here}: not an address and a port, such as "192.0.2.7:80"`);
    }
    if (kind === "condition" && !isCondition(value)) {
      complain(`${here}: not "up", "down", "silent" or a number of milliseconds`);
    }
    if (kind === "config" && !isKeyOf(host?.otherConfigs, value)) {
      complain(`${here}: the host has no other configuration ${JSON.stringify(value)}`);
    }
    if (kind === "groups") checkGroups(value, stations, here, complain);
  }
}

const INTERFACE_NAME = /^[^\s/]{1,15}$/;
const OBJECT = /^(script|file|process|bfd) ./;
const SERVER = /^(.+):(\d{1,5})$/;
const PORT_MAX = 65_535;

function isServer(value: unknown): boolean {
  const [, ip = "", port = ""] = typeof value === "string" ? SERVER.exec(value) ?? [] : [];
  return parseIp(ip) !== undefined && Number(port) <= PORT_MAX;
}

function isCondition(value: unknown): boolean {
  if (typeof value === "number") return value >= 0 && value <= DURATION_MS_MAX;
  return value === "up" || value === "down" || value === "silent";
}

function isInterfaceOf(host: Json | undefined, name: unknown): boolean {
  const interfaces = isObject(host?.interfaces) ? host.interfaces : { eth0: "lan" };
  return typeof name === "string" && Object.hasOwn(interfaces, name);
}

function checkGroups(
  groups: unknown,
  stations: readonly unknown[],
  place: string,
  complain: Complain,
): void {
  const isFine = Array.isArray(groups) &&
    groups.every((group) => Array.isArray(group) && group.every((name) => stations.includes(name)));
  if (!isFine) complain(`${place}: not a list of lists of hosts`);
}

function checkWire(wire: unknown, place: string, complain: Complain): void {
  if (!isObject(wire)) return complain(`${place}: not an object`);
  checkKeys(wire, Object.keys(CLEAN_WIRE), place, complain);
  for (const [key, value] of Object.entries(wire)) {
    if (key.endsWith("Ms")) checkTime(value, `${place}.${key}`, complain);
    else if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
      complain(`${place}.${key}: not a number from 0 to 1`);
    }
  }
}

function checkTime(value: unknown, place: string, complain: Complain): void {
  if (typeof value === "number" && value >= 0 && value <= DURATION_MS_MAX) return;
  complain(`${place}: not a number of milliseconds from 0 to ${DURATION_MS_MAX}`);
}

function checkKeys(value: Json, known: readonly string[], place: string, complain: Complain): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      complain(`${place}: unknown key ${key}: known are ${known.join(", ")}`);
    }
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKeyOf(object: unknown, key: unknown): boolean {
  return isObject(object) && typeof key === "string" && Object.hasOwn(object, key);
}
