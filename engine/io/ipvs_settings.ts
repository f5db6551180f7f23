/**
 * What the kernel's balancer has beside services: how long it remembers connections, and the
 * daemons that tell other machines of them. What was there before is put back at the end.
 *
 * @module
 */
import type { LvsGlobalConfig, SyncDaemonConfig } from "../../machines/global_config.ts";
import type { VrrpState } from "../../machines/vrrp_facts.ts";
import type { Ipvs, IpvsResult } from "../../net/ipvs.ts";
import type { IpvsDaemon, IpvsDaemonRole, IpvsTimeouts } from "../../net/netlink/ipvs_settings.ts";
import { errnoName } from "../../net/sys/constants.ts";
import type { Log } from "../log.ts";

/** What it needs of the kernel. */
export type SettingsTable = Pick<Ipvs, "timeouts" | "setTimeouts" | "startDaemon" | "stopDaemon">;

/** What a configuration says of the synchronization of connections. */
export interface SyncSettings {
  readonly daemon: SyncDaemonConfig;
  /** Of the instance that it follows; what a daemon without an id has. */
  readonly vrid: number | undefined;
}

const ROLES = ["master", "backup"] as const;

/** The settings of one process. */
export class IpvsSettings {
  readonly #table: SettingsTable;
  readonly #log: Log;
  readonly #onFound: (timeouts: IpvsTimeouts) => void;
  #before: IpvsTimeouts | undefined;
  #sync: SyncSettings | undefined;
  #isActive: boolean | undefined;
  readonly #running = new Map<IpvsDaemonRole, IpvsDaemon>();
  /** What the daemons were stopped for that somebody else had started. */
  #hasCleared = false;
  /** How each kind of command ended last: what goes on failing is told once. */
  readonly #errors = new Map<string, number>();

  /** `before`: the timeouts that a process that crashed found; else `onFound` is told of them. */
  constructor(
    table: SettingsTable,
    log: Log,
    onFound: (timeouts: IpvsTimeouts) => void = () => {},
    before?: IpvsTimeouts,
  ) {
    this.#table = table;
    this.#log = log;
    this.#onFound = onFound;
    this.#before = before;
  }

  /** Takes over a configuration. */
  configure(lvs: LvsGlobalConfig, sync: SyncSettings | undefined): void {
    this.#setTimeouts(lvs);
    if (sync?.daemon.vrrpInstance !== this.#sync?.daemon.vrrpInstance) this.#isActive = undefined;
    this.#sync = sync;
    this.look();
  }

  /** An instance is in another state: the daemons may follow it. */
  instance(name: string, state: VrrpState): void {
    if (name !== this.#sync?.daemon.vrrpInstance) return;
    this.#isActive = state === "active";
    this.look();
  }

  /** Starts and stops daemons as they are wanted; what failed is tried again. */
  look(): void {
    const wanted = this.#wantedDaemons();
    if (wanted.length > 0) this.#clearForeign();
    for (const [role, daemon] of this.#running) {
      if (wanted.some((each) => sameDaemon(each, daemon))) continue;
      this.#stop(role, daemon.syncId);
    }
    for (const daemon of wanted) {
      if (this.#running.has(daemon.role)) continue;
      const result = this.#table.startDaemon(daemon);
      if (this.#complain(`starting the ${daemon.role} sync daemon`, result)) continue;
      this.#running.set(daemon.role, daemon);
    }
  }

  /** Stops our daemons; the timeouts are what they were. */
  release(): void {
    for (const [role, { syncId }] of this.#running) this.#stop(role, syncId);
    if (this.#before) this.#complain("restoring timeouts", this.#table.setTimeouts(this.#before));
    this.#before = undefined;
  }

  #setTimeouts(
    { tcpTimeoutSec = 0, tcpFinTimeoutSec = 0, udpTimeoutSec = 0 }: LvsGlobalConfig,
  ): void {
    const isWanted = tcpTimeoutSec > 0 || tcpFinTimeoutSec > 0 || udpTimeoutSec > 0;
    if (!isWanted && !this.#before) return;
    if (!this.#before) {
      this.#before = this.#table.timeouts();
      if (!this.#before) return this.#log.note("error", "IPVS: the kernel does not tell timeouts");
      this.#onFound(this.#before);
    }
    // 0 leaves one alone, as one that is not given.
    const timeouts = {
      tcpSec: tcpTimeoutSec || this.#before.tcpSec,
      tcpFinSec: tcpFinTimeoutSec || this.#before.tcpFinSec,
      udpSec: udpTimeoutSec || this.#before.udpSec,
    };
    this.#complain("setting timeouts", this.#table.setTimeouts(timeouts));
  }

  /** Daemons that run already have other parameters than ours, and can only be ended. */
  #clearForeign(): void {
    if (this.#hasCleared) return;
    this.#hasCleared = true;
    for (const role of ROLES) this.#table.stopDaemon(role, 0);
  }

  #wantedDaemons(): IpvsDaemon[] {
    if (!this.#sync) return [];
    const {
      daemon: { interface: link, vrrpInstance, id, lengthBytesMax, port, ttl, group },
      vrid,
    } = this.#sync;
    // Until it is known what the instance is, nobody is told anything.
    if (vrrpInstance !== undefined && this.#isActive === undefined) return [];
    const roles = vrrpInstance === undefined
      ? ROLES
      : [this.#isActive ? "master" : "backup"] as const;
    return roles.map((role) => ({
      role,
      interface: link,
      syncId: id ?? vrid ?? 0,
      ...(lengthBytesMax !== undefined && { messageBytesMax: lengthBytesMax }),
      ...(port !== undefined && { port }),
      ...(ttl !== undefined && { hopLimit: ttl }),
      ...(group !== undefined && { group }),
    }));
  }

  #stop(role: IpvsDaemonRole, syncId: number): void {
    this.#complain(`stopping the ${role} sync daemon`, this.#table.stopDaemon(role, syncId));
    this.#running.delete(role);
  }

  /** Whether it failed. */
  #complain(what: string, { errno, message }: IpvsResult): boolean {
    const before = this.#errors.get(what) ?? 0;
    this.#errors.set(what, errno);
    if (errno === 0) return false;
    if (errno === before) return true;
    const why = message === undefined ? "" : ` (${message})`;
    this.#log.note("error", `IPVS: ${what} failed: ${errnoName(errno)}${why}`);
    return true;
  }
}

function sameDaemon(a: IpvsDaemon, b: IpvsDaemon): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
