/**
 * Timelines in which a keepalived was watched (tests/golden/ipvs/timelines.txt), and the same
 * scenarios in our machines, in virtual time.
 *
 * @module
 */
import { createActor } from "xstate";
import { judgeExit } from "../../checkers/script.ts";
import { judgeFile } from "../../checkers/file.ts";
import { changesBetween, type PlannedService, plannedServices } from "../../engine/io/ipvs_plan.ts";
import type { CheckConfig } from "../../machines/check_config.ts";
import type { CheckerFact } from "../../machines/checker.ts";
import type { CheckVerdict } from "../../machines/check_rules.ts";
import { loadBalancer } from "../../machines/load_balancer.ts";
import { shelf } from "../../machines/shelf.ts";
import { type VirtualServerConfig, virtualServerIdentity } from "../../machines/lvs_config.ts";
import type { VirtualServerFact } from "../../machines/virtual_server.ts";
import type { IpvsChange } from "../../net/ipvs.ts";
import type { IpvsService } from "../../net/netlink/ipvs_service.ts";
import { load } from "../engine/config/harness.ts";
import { VirtualTime } from "../virtual_time.ts";
import { lvsMachine } from "./lvs_world.ts";

/** What was done to the balancer's table between two deeds of the driver. */
export interface Epoch {
  /** The deed that began it: `reload same`; `start`. */
  readonly deed: string;
  readonly atMs: number;
  /** `1.00 DELDEST 10.9.9.1:tcp:80 -> 127.0.0.1:9012`. */
  readonly operations: string[];
}

/** One scenario. */
export interface Timeline {
  readonly title: string;
  readonly epochs: readonly Epoch[];
  readonly configs: readonly string[];
}

/** Reads the timelines of a file. */
export function readTimelines(text: string): Timeline[] {
  return text.split(/^===== /m).slice(1).map((block) => {
    const [title = "", ...lines] = block.split("\n");
    const configs: string[] = [];
    const epochs: Epoch[] = [{ deed: "start", atMs: 0, operations: [] }];
    for (const line of lines) {
      const [, at, what = ""] = /^ +(\d+\.\d\d) (.*)$/.exec(line) ?? [];
      if (/^ {2}--- config/.test(line)) configs.push("");
      else if (configs.length > 0) configs[configs.length - 1] += `${line}\n`;
      else if (at !== undefined && what.startsWith("----------")) {
        epochs.push({ deed: what.slice(11), atMs: Number(at) * 1_000, operations: [] });
      } else if (at !== undefined) epochs.at(-1)?.operations.push(`${at} ${plain(what)}`);
    }
    return { title: title.trim(), epochs: withStop(epochs), configs };
  });
}

/** The first files do not say when it was stopped: when the service went. */
function withStop(epochs: Epoch[]): Epoch[] {
  const last = epochs.at(-1);
  if (!last || last.deed === "stop") return epochs;
  const end = last.operations.findLast((line) => / (DEL|FLUSH)\b/.test(line));
  const [at = ""] = end?.split(" ") ?? [];
  const isOfStop = (line: string) => line.startsWith(`${at} `);
  const stop = {
    deed: "stop",
    atMs: Number(at) * 1_000,
    operations: last.operations.filter(isOfStop),
  };
  const rest = { ...last, operations: last.operations.filter((line) => !isOfStop(line)) };
  return [...epochs.slice(0, -1), rest, stop];
}

/** An operation without what need not be said. */
function plain(what: string): string {
  const [, verb = "", service = "", destination] =
    /^(\w+)(?: (Fwm \d+|\S+))?(?: -> (\S+))?/.exec(what) ?? [];
  const value = (name: string) => new RegExp(` ${name}=(\\S+)`).exec(what)?.[1];
  if (!destination) {
    return [verb, service, ...verb === "DEL" || verb === "FLUSH" ? [] : [value("sched")]]
      .filter((each) => each !== "").join(" ");
  }
  const head = `${verb} ${service} -> ${destination}`;
  if (verb === "DELDEST") return head;
  const more = ["fwd", "u", "l"].flatMap((name) => {
    const number = value(name);
    return number === undefined || number === "0" ? [] : [`${name}=${number}`];
  });
  return [head, `w=${value("w")}`, ...more].join(" ");
}

/** What a check finds out: the deed that was done last, and the page that is asked for. */
export type Judge = (check: CheckConfig, deed: string, index: number) => CheckVerdict;

/** What our machines do in a scenario; `asked` is told of every probe. */
export function replay(
  { epochs, configs }: Timeline,
  judge?: Judge,
  asked?: (line: string) => void,
): Epoch[] {
  const world = new World(serversOf(configs[0] ?? ""), judge, asked);
  const seen: Epoch[] = [];
  let next = 1;
  for (const [i, { deed, atMs }] of epochs.entries()) {
    world.operations = [];
    seen.push({ deed, atMs, operations: world.operations });
    if (deed === "start") world.start();
    else if (deed === "stop") world.stop();
    else if (deed === "reload same") world.reload(serversOf(configs[next - 1] ?? ""));
    else if (judge) world.deed = deed;
    else if (/^(reload|quorum)/.test(deed)) world.reload(serversOf(configs[next++] ?? ""));
    else world.change(deed);
    world.runUntil(epochs[i + 1]?.atMs ?? atMs);
  }
  return seen;
}

function serversOf(text: string): readonly VirtualServerConfig[] {
  const { config, diagnostics } = load(text);
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config.virtualServers;
}

class World {
  readonly #time = new VirtualTime();
  readonly #shown = new Map<string, PlannedService[]>();
  readonly #tellers: ((fact: VirtualServerFact) => void)[] = [];
  readonly #actor;
  #isUp = true;
  #exitCode = 0;
  #file = "0";
  operations: string[] = [];
  deed = "start";
  /** Who is told when the file changes. */
  readonly #followers = new Map<(fact: CheckerFact) => void, CheckConfig>();

  constructor(
    virtualServers: readonly VirtualServerConfig[],
    judge: Judge = (check) => this.#judge(check),
    asked: (line: string) => void = () => {},
  ) {
    const shelves = shelf.provide({
      actors: {
        virtualServer: lvsMachine({
          ofService: (command, { config }, tell) => {
            const owner = virtualServerIdentity(config);
            if (!this.#shown.has(owner)) this.#tellers.push(tell);
            if (command.type === "SHOW") {
              this.#show(owner, plannedServices(command.config, command.destinations));
            } else if (command.type === "CLEAR") this.#show(owner, []);
          },
          ofServer: () => {},
          ofCheck: (command, tell, { check }) => {
            if (command.type !== "PROBE") return;
            if (check.kind === "file") this.#followers.set(tell, check);
            const verdict = judge(check, this.deed, command.index);
            const path = check.kind === "http" ? check.urls[command.index]?.path : "";
            asked(`${(this.#time.nowMs / 1_000).toFixed(2)}${path}`);
            this.#time.clock.setTimeout(
              () => tell({ type: "VERDICT", ...verdict }),
              verdict.tookMs,
            );
          },
        }),
      },
    });
    const machine = loadBalancer.provide({ actors: { shelf: shelves } });
    const input = { virtualServers, isStrict: true };
    this.#actor = createActor(machine, { clock: this.#time.clock, input });
  }

  start(): void {
    this.#actor.start();
  }

  stop(): void {
    this.#actor.send({ type: "SHUTDOWN" });
  }

  reload(virtualServers: readonly VirtualServerConfig[]): void {
    this.#actor.send({ type: "RECONFIGURE", virtualServers });
  }

  change(deed: string): void {
    const [, name, value = ""] = /^(exit|file)[ =](-?\d+)$/.exec(deed) ?? [];
    if (name === "exit") this.#exitCode = Number(value);
    else if (name === "file") {
      this.#file = value;
      for (const [tell, check] of this.#followers) tell({ type: "VERDICT", ...this.#judge(check) });
    } else if (deed === "down") this.#isUp = false;
    else {
      const type = deed === "addr add" ? "ADDRESS_HELD" : "ADDRESS_LOST";
      for (const tell of this.#tellers) tell({ type });
    }
  }

  runUntil(atMs: number): void {
    this.#time.runFor(atMs - this.#time.nowMs);
  }

  #show(owner: string, wanted: PlannedService[]): void {
    const before = this.#shown.get(owner) ?? [];
    this.#shown.set(owner, wanted);
    const at = (this.#time.nowMs / 1_000).toFixed(2);
    for (const change of changesBetween(before, wanted)) {
      this.operations.push(`${at} ${describe(change)}`);
    }
  }

  #judge(check: CheckConfig): CheckVerdict {
    if (check.kind === "script") {
      const { outcome, ...rest } = judgeExit({ exitCode: this.#exitCode }, check.setsWeight);
      return { outcome, tookMs: 0, ..."weight" in rest && rest.weight && { weight: rest.weight } };
    }
    if (check.kind === "file") {
      const content = new TextEncoder().encode(this.#file);
      const { outcome, ...rest } = judgeFile(content, check);
      return { outcome, tookMs: 0, ..."weight" in rest && rest.weight && { weight: rest.weight } };
    }
    if (!("connection" in check)) throw new Error(`no answer for ${check.kind}`);
    const { ip, port } = check.connection;
    const isUp = this.#isUp && ip === "127.0.0.1" && port === 9011;
    return { outcome: isUp ? "passed" : "failed", tookMs: 0 };
  }
}

const VERBS = {
  addService: "ADD",
  editService: "EDIT",
  deleteService: "DEL",
  addDestination: "ADDDEST",
  editDestination: "EDITDEST",
  deleteDestination: "DELDEST",
} as const;
const METHODS = { nat: 0, local: 1, tunnel: 2, direct: 3, bypass: 4 } as const;

function describe(change: IpvsChange): string {
  const verb = VERBS[change.type];
  const service = nameOf(change.service);
  if (!("destination" in change)) {
    return change.type === "deleteService"
      ? `${verb} ${service}`
      : `${verb} ${service} ${change.service.scheduler}`;
  }
  const { ip, port, weight, forwarding, upperThreshold, lowerThreshold } = change.destination;
  const head = `${verb} ${service} -> ${ip}:${port}`;
  if (change.type === "deleteDestination") return head;
  const numbers = [["fwd", METHODS[forwarding.kind]], ["u", upperThreshold], ["l", lowerThreshold]];
  const more = numbers.flatMap(([name, value]) => value === 0 ? [] : [`${name}=${value}`]);
  return [head, `w=${weight}`, ...more].join(" ");
}

function nameOf({ key }: IpvsService): string {
  return key.kind === "fwmark" ? `Fwm ${key.mark}` : `${key.ip}:${key.protocol}:${key.port}`;
}
