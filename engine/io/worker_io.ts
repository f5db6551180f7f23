/**
 * The door of a child process's supervisor: starts it, talks to it, notices its end.
 *
 * @module
 */
import type { Config } from "../../machines/config.ts";
import type { SessionReport } from "../../machines/bfd_rules.ts";
import type { Verdict, Verdicts } from "../../machines/standing.ts";
import type { GroupState } from "../../machines/sync_group_rules.ts";
import type { VrrpReport, VrrpState } from "../../machines/vrrp_facts.ts";
import type { WorkerCommand, WorkerFact, WorkerInput } from "../../machines/worker.ts";
import type { IpvsTimeouts } from "../../net/netlink/ipvs_settings.ts";
import { Channel, socketPair } from "../../net/sys/channel.ts";
import type { Capability } from "../../net/sys/capabilities.ts";
import { Fd } from "../../net/sys/fd.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import { sendSignal, spawn, waitForExit } from "../../net/sys/process.ts";
import type { Reactor } from "../../net/sys/reactor.ts";
import type { Clock } from "../clock.ts";
import type { Behind } from "../compose.ts";
import { newsOf } from "../config_news.ts";
import { type ChildMessage, type ParentMessage, type Predecessor, readMessage } from "../ipc.ts";
import type { Log } from "../log.ts";
import type { ProcessStatus } from "../status/process_status.ts";
import { Questions } from "../status/questions.ts";
import type { LvsNotice } from "../notify/events.ts";
import { ServerMemory } from "./server_memory.ts";

/** What the door needs. */
export interface WorkerIoOptions {
  readonly reactor: Reactor;
  readonly log: Log;
  readonly clock: Clock;
  /** When the daemon began its work. */
  readonly startedAtMs: () => number;
  /** Command line of the child. */
  readonly command: readonly string[];
  /** Whether children send their journal, and where it goes. */
  readonly journal: ((lines: string) => void) | undefined;
  readonly onState: (id: string, state: VrrpState) => void;
  /** What an instance of the child tells, by identity and name. */
  readonly onReport: (id: string, name: string, report: VrrpReport) => void;
  /** What a sync group of the child became. */
  readonly onGroup: (name: string, state: GroupState) => void;
  /** What a BFD session of the child became; `verdict` for checks that follow it. */
  readonly onSession: (report: SessionReport, verdict: Verdict | undefined) => void;
  /** What this child is to know of the BFD sessions of another. */
  readonly sessions: () => Verdicts;
  /** The child was sent a signal that is ours to follow. */
  readonly onSignal: (signal: number) => void;
  /** A real server came or went, or a quorum. */
  readonly onLvsNotice?: (notice: LvsNotice) => void;
  /** What virtual routers are, by name, for a child that follows them. */
  readonly instances?: ReadonlyMap<string, VrrpState>;
  /** The child runs the configuration that it was given last. */
  readonly onReady: () => void;
  /** The pid of a new child. */
  readonly onSpawned: (pid: number) => void;
  /**
   * A child ended with a status that a restart does not mend; the parent's own status from now on.
   */
  readonly onRefused: (exitCode: number) => void;
}

/** Messages that may wait for a child that does not read, in octets. */
const QUEUE_BYTES_MAX = 256 * 1024 * 1024;
/** The child's end of the channel. */
export const CHANNEL_FD = 3;
const FLUSH_MS = 1;
const SIGKILL = 9;
const EPERM = 1;
/** Exit statuses that a restart does not mend: bad configuration, missing permission. */
const HOPELESS: ReadonlySet<number> = new Set([2, 4]);

/**
 * What the VRRP process may do, and nothing else: raw sockets, addresses, routes and filters; its
 * own priority, limits and locked memory; namespaces, to practise in one of its own. And, unless it
 * is one binary, reading the program wherever it lies.
 */
const VRRP_CAPABILITIES: readonly Capability[] = [
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_IPC_LOCK",
  "CAP_SYS_ADMIN",
  ...(Deno.build.standalone ? [] : ["CAP_DAC_READ_SEARCH"] as const),
];

/** What a child is told. */
interface Known {
  readonly config: Config;
  readonly verdicts: Verdicts;
}

interface Child {
  readonly pid: number;
  readonly pidfd: Fd;
  readonly channel: Channel;
  readonly spawnedAtMs: number;
  isReady: boolean;
  /** The configuration that it was told last. */
  told: Config | undefined;
}

/** The supervisor's door to one child process. */
export class WorkerIo implements Behind<WorkerCommand> {
  readonly #options: WorkerIoOptions;
  readonly #input: WorkerInput;
  readonly #tell: (fact: WorkerFact) => void;
  #child: Child | undefined;
  #predecessor: Predecessor | undefined;
  readonly #states = new Map<string, VrrpState>();
  readonly #servers = new ServerMemory();
  #timeouts: IpvsTimeouts | undefined;
  #warnedOfPriority = false;
  readonly #questions = new Questions();
  #awaitsPong = false;

  constructor(options: WorkerIoOptions, input: WorkerInput, tell: (fact: WorkerFact) => void) {
    this.#options = options;
    this.#input = input;
    this.#tell = tell;
  }

  /** Carries out one command of the supervisor. */
  carryOut(command: WorkerCommand): void {
    switch (command.type) {
      case "SPAWN":
        return this.#spawn(command);
      case "DELIVER":
        return this.#deliver(command);
      case "DELIVER_NEWS":
        return void this.#send({ type: "TRACKED", verdicts: command.verdicts });
      case "STOP":
        return void this.#send({ type: "STOP" });
      case "KILL":
        if (this.#child) sendSignal(this.#child.pid, SIGKILL);
        return;
      case "REPORT_RESTART": {
        const when = command.delayMs === 0 ? "now" : `in ${command.delayMs / 1_000} s`;
        return this.#options.log.note("error", `Process ${this.#input.name} restarts ${when}`);
      }
    }
  }

  /** News of BFD sessions of another child. */
  tellSessions(verdicts: Verdicts): void {
    this.#send({ type: "TRACKED", verdicts });
  }

  /**
   * Asks the child what its instances are; with `clears` their counters begin anew. Undefined: it
   * cannot say.
   */
  inspect(clears: boolean, then: (status: ProcessStatus | undefined) => void): void {
    if (!this.#child?.isReady) return then(undefined);
    this.#send({ type: "INSPECT", question: this.#questions.add(then), clears });
  }

  /**
   * Whether the child answered what it was last asked here; asks again. One that is being started
   * has its own limit of time, and none is no hanging one.
   */
  isWell(): boolean {
    const isWell = !this.#awaitsPong || !this.#child?.isReady;
    this.#awaitsPong = this.#child?.isReady ?? false;
    if (this.#awaitsPong) this.#send({ type: "PING" });
    return isWell;
  }

  /** The child, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Tells the child what a virtual router of another process became. */
  tellInstance(name: string, state: VrrpState): void {
    this.#send({ type: "INSTANCES", states: { [name]: state } });
  }

  /** Ends a child that still lives. */
  [Symbol.dispose](): void {
    if (!this.#child) return;
    sendSignal(this.#child.pid, SIGKILL);
    this.#forget(this.#child);
  }

  #spawn(known: Known): void {
    const [ours, theirs] = socketPair();
    using _theirEnd = new Fd(theirs);
    let pid: { pid: number; pidfd: number };
    try {
      pid = this.#spawnWithPriority(known.config, theirs);
    } catch (error) {
      new Fd(ours)[Symbol.dispose]();
      if (!(error instanceof SyscallError)) throw error;
      return this.#noteFailedSpawn(error);
    }
    const channel = new Channel(ours, QUEUE_BYTES_MAX);
    const child: Child = {
      pid: pid.pid,
      pidfd: new Fd(pid.pidfd),
      channel,
      spawnedAtMs: this.#options.clock.now(),
      isReady: false,
      told: undefined,
    };
    this.#child = child;
    this.#options.onSpawned(child.pid);
    this.#options.reactor.add(channel.fd, () => this.#read(child));
    this.#options.reactor.add(child.pidfd.number, () => this.#noticeExit(child));
    this.#deliver(known);
    const { instances } = this.#options;
    if (instances) this.#send({ type: "INSTANCES", states: Object.fromEntries(instances) });
  }

  /** No memory, no processes left: as if it had died at once, so that the back-off applies. */
  #noteFailedSpawn(error: SyscallError): void {
    this.#options.log.note("error", `Cannot start process ${this.#input.name}: ${error.message}`);
    this.#options.clock.setTimeout(() => this.#tell({ type: "EXITED", livedMs: 0 }), 0);
  }

  #spawnWithPriority(config: Config, channelFd: number): { pid: number; pidfd: number } {
    const [path = "/proc/self/exe", ...args] = this.#options.command;
    const options = {
      path,
      args: [path, ...args],
      fds: [{ child: CHANNEL_FD, parent: channelFd }],
      blockSignals: true,
      newGroup: true,
    };
    if (this.#input.name !== "vrrp") return spawn(options);
    const { realtimePriority } = config.global.vrrpProcess;
    const capabilities = VRRP_CAPABILITIES;
    // Without the right to one of the two, the other one still.
    for (
      const more of [{ realtimePriority, capabilities }, { realtimePriority }, { capabilities }]
    ) {
      try {
        const spawned = spawn({ ...options, ...more });
        if (!("realtimePriority" in more)) this.#warnOfPriority();
        return spawned;
      } catch (error) {
        if (!(error instanceof SyscallError) || error.errno !== EPERM) throw error;
      }
    }
    this.#warnOfPriority();
    return spawn(options);
  }

  #warnOfPriority(): void {
    if (this.#warnedOfPriority) return;
    this.#warnedOfPriority = true;
    this.#options.log.note(
      "warning",
      `Process ${this.#input.name} runs at normal priority: real-time scheduling needs ` +
        "CAP_SYS_NICE (systemd: AmbientCapabilities=CAP_SYS_NICE)",
    );
  }

  #deliver({ config, verdicts }: Known): void {
    const isTold = this.#send({
      type: "CONFIGURE",
      config: newsOf(config, this.#child?.told),
      verdicts: { ...verdicts, ...this.#options.sessions() },
      startedAtMs: this.#options.startedAtMs(),
      ...(this.#predecessor && { predecessor: this.#predecessor }),
    });
    if (this.#child && isTold) this.#child.told = config;
    this.#servers.configure(config);
  }

  /** Whether it will be heard: not by a child that is gone, or has not read for long. */
  #send(message: ParentMessage): boolean {
    if (!this.#child) return false;
    const isQueued = this.#child.channel.send(JSON.stringify(message));
    this.#flush(this.#child);
    return isQueued;
  }

  /** A long configuration does not fit the kernel's buffer: the rest follows as the child reads. */
  #flush(child: Child): void {
    if (child !== this.#child || child.channel.flush()) return;
    this.#options.clock.setTimeout(() => this.#flush(child), FLUSH_MS);
  }

  #read(child: Child): boolean {
    // Its end is noticed by the pidfd; until then there is nothing more to read.
    const state = child.channel.receive((text) => this.#take(child, readMessage(text)));
    if (state === "closed") this.#options.reactor.remove(child.channel.fd);
    return false;
  }

  #take(child: Child, message: ChildMessage): void {
    switch (message.type) {
      case "READY":
        child.isReady = true;
        this.#predecessor = undefined;
        this.#options.onReady();
        return this.#tell({ type: "READY" });
      case "PONG":
        this.#awaitsPong = false;
        return;
      case "REPORT":
        return this.#takeReport(message.id, message.name, message.report);
      case "GROUP_REPORT":
        return this.#options.onGroup(message.name, message.state);
      case "SESSION_REPORT":
        return this.#options.onSession(message.report, message.verdict);
      case "STATUS":
        return this.#questions.take(message.question, message.status, message.isLast);
      case "SIGNALLED":
        return this.#options.onSignal(message.signal);
      case "TIMEOUTS_FOUND":
        this.#timeouts = message.timeouts;
        return;
      case "LVS_NOTICE":
        return this.#takeNotice(message.notice);
      case "LOG":
        return this.#options.log.note(message.level, message.text);
      case "JOURNAL":
        return this.#options.journal?.(message.lines);
    }
  }

  #takeNotice(notice: LvsNotice): void {
    this.#servers.take(notice);
    this.#options.onLvsNotice?.(notice);
  }

  #takeReport(id: string, name: string, report: VrrpReport): void {
    if (report.type === "REPORT") {
      this.#states.set(id, report.state);
      this.#options.onState(id, report.state);
    }
    this.#options.onReport(id, name, report);
  }

  #noticeExit(child: Child): boolean {
    const exit = waitForExit(child.pid);
    if (!exit) return false;
    // What it said last is still in the channel.
    child.channel.receive((text) => this.#take(child, readMessage(text)));
    this.#forget(child);
    const livedMs = this.#options.clock.now() - child.spawnedAtMs;
    if (child.isReady) this.#rememberStates();
    const { exitCode, signal } = exit;
    if (exitCode !== 0) {
      const how = signal === undefined ? `status ${exitCode}` : `signal ${signal}`;
      this.#options.log.note("error", `Process ${this.#input.name} (${child.pid}) died: ${how}`);
    }
    if (exitCode !== undefined && HOPELESS.has(exitCode)) {
      this.#options.onRefused(exitCode);
      this.#tell({ type: "REFUSED" });
    } else this.#tell({ type: "EXITED", livedMs });
    return false;
  }

  #rememberStates(): void {
    const active = [...this.#states].flatMap(([id, state]) => state === "active" ? [id] : []);
    this.#predecessor = {
      diedAtMs: this.#options.clock.now(),
      active,
      servers: this.#servers.all(),
      ...(this.#timeouts && { timeouts: this.#timeouts }),
    };
    for (const id of this.#states.keys()) this.#options.onState(id, "initialize");
    this.#states.clear();
  }

  #forget(child: Child): void {
    const { reactor } = this.#options;
    reactor.remove(child.channel.fd);
    reactor.remove(child.pidfd.number);
    child.channel[Symbol.dispose]();
    child.pidfd[Symbol.dispose]();
    if (this.#child === child) this.#child = undefined;
    this.#questions.giveUp();
    this.#awaitsPong = false;
  }
}
