/**
 * Everything that serves virtual servers in one process: the doors of their machines, and what they
 * share: the balancer's table, the probes, the addresses of this machine.
 *
 * @module
 */
import type { Config } from "../machines/config.ts";
import type { LvsGlobalConfig } from "../machines/global_config.ts";
import { virtualServerIdentity } from "../machines/lvs_config.ts";
import { limitsOfNftables } from "../machines/nftables_limits.ts";
import { firstDestinations, type KnownServers } from "../machines/quorum_rules.ts";
import type { VrrpState } from "../machines/vrrp_facts.ts";
import type { LinkTable } from "../net/link_table.ts";
import { errnoName } from "../net/sys/constants.ts";
import { SyscallError } from "../net/sys/libc.ts";
import type { Clock } from "./clock.ts";
import type { LvsDoors } from "./compose.ts";
import type { DataPlane, DataPlaneWish } from "./io/data_plane.ts";
import type { Checks, OpenChecks } from "./io/checks.ts";
import { IpvsKeeper, type IpvsTable } from "./io/ipvs_keeper.ts";
import { SessionBoard } from "./io/session_board.ts";
import { plannedServices } from "./io/ipvs_plan.ts";
import { IpvsSettings, type SyncSettings } from "./io/ipvs_settings.ts";
import { RealServerIo, type RealServerShared } from "./io/real_server_io.ts";
import { describeDrift } from "./io/table_audit.ts";
import { VirtualServerIo, type VirtualServerShared } from "./io/virtual_server_io.ts";
import type { IpvsTimeouts } from "../net/netlink/ipvs_settings.ts";
import type { Predecessor } from "./ipc.ts";
import type { Log } from "./log.ts";
import type { Task } from "./loop.ts";
import type { LvsNotice } from "./notify/events.ts";

/** What an {@linkcode LvsEngine} is made of. */
export interface LvsEngineOptions {
  readonly clock: Clock;
  readonly links: LinkTable;
  readonly log: Log;
  /** Tells programs of servers and quorums. */
  readonly notify: (notice: LvsNotice) => void;
  /**
   * Opens what balances; undefined where there is none. Loads the kernel's module. Throws a
   * `SyscallError` if its namespace cannot be entered.
   */
  readonly open: (wish: DataPlaneWish) => DataPlane | undefined;
  /** Makes the checks. */
  readonly openChecks: OpenChecks;
  /** Remembers what the kernel's timeouts were, for whoever follows after a crash. */
  readonly onTimeoutsFound?: (timeouts: IpvsTimeouts) => void;
  /** The table stays as it is when the daemon stops. */
  readonly keepsAtStop: boolean;
}

/** What becomes of the kernel's table when the daemon stops. */
type AtStop = "keep" | LvsGlobalConfig["atStop"];

/** Changes that failed are tried again so much later. */
const RETRY_MS = 1_000;
/** The table is looked at so often: others may change it. */
const AUDIT_MS = 10_000;

/** The kernel's balancer, and who keeps it. */
interface Kernel {
  readonly plane: DataPlane;
  readonly keeper: IpvsKeeper;
  /** Only IPVS has some. */
  readonly settings: IpvsSettings | undefined;
}

/** The virtual servers of one process. */
export class LvsEngine implements Disposable {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #checks: Checks;
  readonly #options: LvsEngineOptions;
  #kernel: Kernel | undefined;
  #atStop: AtStop = "own";
  #repairs = false;
  #tellsFirst = false;
  #retryTimer: number | undefined;
  #auditTimer: number | undefined;
  readonly doors: LvsDoors;
  /** What checks know of BFD sessions. */
  readonly sessions: SessionBoard = new SessionBoard();
  /** For the end of every turn. */
  readonly tasks: readonly Task[];
  /** Whether the runtime has something to do for a check. */
  readonly isShared: () => boolean;

  constructor(options: LvsEngineOptions) {
    const { clock, links, log, notify } = options;
    this.#log = log;
    this.#clock = clock;
    this.#checks = options.openChecks({ log, clock, sessions: this.sessions });
    this.#options = options;
    const shared: VirtualServerShared & RealServerShared = {
      log,
      notify,
      tellsFirst: () => this.#tellsFirst,
      links,
      keeper: () => this.#kernel?.keeper,
      leavesAtStop: () => this.#atStop !== "own",
    };
    this.doors = {
      virtualServer: ({ config }, tell) => new VirtualServerIo(shared, config, tell),
      realServer: (input) => new RealServerIo(shared, input),
      checker: this.#checks.door,
    };
    this.isShared = this.#checks.isShared;
    this.tasks = [() => this.#kernel?.keeper.runSlice() ?? false, this.#checks.turn];
  }

  /** A configuration that is about to be applied; `before`: a crash, not at a start. */
  configure(config: Config, before?: Pick<Predecessor, "servers" | "timeouts">): void {
    const { lvs } = config.global;
    this.#checks.configure(config);
    this.#tellsFirst = config.global.notifications.firstServerStates;
    this.#atStop = this.#options.keepsAtStop ? "keep" : lvs.atStop;
    const isReload = this.#kernel !== undefined;
    this.#kernel ??= this.#openKernel(config, before?.timeouts);
    if (!this.#kernel) return;
    const { keeper, settings, plane } = this.#kernel;
    // IPVS is everybody's; a table of nftables is ours alone, and others flush all there are.
    this.#repairs = lvs.repairsTable || plane.kind === "nftables";
    if (isReload) {
      keeper.auditAfresh(); // After what is changed, which is done whatever others did.
    } else if (lvs.flushesAtStart && before === undefined) keeper.empty();
    settings?.configure(lvs, syncSettingsOf(config));
    if (plane.kind === "nftables" && lvs.dataPlane !== "nftables") {
      this.#tellLimits(config);
    }
    if (!isReload) showFirst(keeper, config, before?.servers ?? {});
    this.#auditTimer ??= this.#clock.setTimeout(() => this.#audit(), AUDIT_MS);
  }

  /** A virtual router is in another state. */
  instance(name: string, state: VrrpState): void {
    this.#kernel?.settings?.instance(name, state);
  }

  /** The process ends: the table becomes as it was decided last. */
  finish(): void {
    for (const timer of [this.#retryTimer, this.#auditTimer]) {
      if (timer !== undefined) this.#clock.clearTimeout(timer);
    }
    this.#kernel?.keeper.flush();
    if (this.#atStop === "flush") this.#kernel?.keeper.empty();
    this.#kernel?.settings?.release();
    this.#checks.turn();
  }

  /** Lets go of the table, which stays as it is. */
  [Symbol.dispose](): void {
    this.#kernel?.plane[Symbol.dispose]();
  }

  /** Only who balances needs a kernel that can. */
  #openKernel(
    { virtualServers, global: { lvs, place } }: Config,
    timeouts: IpvsTimeouts | undefined,
  ): Kernel | undefined {
    const isIdle = virtualServers.length === 0 && !lvs.syncDaemon;
    if (isIdle || lvs.dataPlane === "none") return undefined;
    const plane = this.#openPlane(lvs.dataPlane, place.ipvsNamespace);
    if (!plane) return undefined;
    if (plane.kind === "nftables" && lvs.dataPlane === undefined) {
      this.#log.note("warning", "This kernel has no IPVS: virtual servers are served by nftables");
    }
    const { table, settings } = plane;
    return {
      plane,
      keeper: this.#openKeeper(table),
      settings: settings &&
        new IpvsSettings(settings, this.#log, this.#options.onTimeoutsFound, timeouts),
    };
  }

  #openPlane(kind: DataPlane["kind"] | undefined, namespace: string | undefined) {
    let what = kind === undefined
      ? "This kernel has no IPVS, and nftables cannot be used"
      : `lvs_dataplane ${kind} cannot be used here`;
    const wish = { ...kind && { kind }, ...namespace !== undefined && { namespace } };
    try {
      const plane = this.#options.open(wish);
      if (plane) return plane;
    } catch (error) {
      if (!(error instanceof SyscallError) || namespace === undefined) throw error;
      what = `Cannot enter the namespace of net_namespace_ipvs: ${error.message}`;
    }
    this.#log.note("error", `${what}: servers are checked, but not served`);
    return undefined;
  }

  /** Where nobody asked for nftables, the configuration was read without a word about it. */
  #tellLimits({ virtualServers }: Config): void {
    for (const config of virtualServers) {
      for (const limit of limitsOfNftables(config)) {
        this.#log.note("warning", `Virtual server ${config.name}, served by nftables: ${limit}`);
      }
    }
  }

  #audit(): void {
    this.#auditTimer = this.#clock.setTimeout(() => this.#audit(), AUDIT_MS);
    this.#kernel?.settings?.look();
    this.#kernel?.keeper.audit(this.#repairs);
  }

  #openKeeper(table: IpvsTable): IpvsKeeper {
    const keeper: IpvsKeeper = new IpvsKeeper(table, {
      onError: ({ type }, { errno, message }) => {
        const why = message === undefined ? "" : ` (${message})`;
        this.#log.note("error", `IPVS: ${type} failed: ${errnoName(errno)}${why}`);
        this.#retryTimer ??= this.#clock.setTimeout(() => {
          this.#retryTimer = undefined;
          keeper.retry();
        }, RETRY_MS);
      },
      onDrift: (owner, changes, isRepaired) => {
        const what = isRepaired ? "put right" : "left as it is (lvs_reconcile puts it right)";
        const text = `Somebody changed virtual server ${owner}: ${describeDrift(changes)}; ${what}`;
        this.#log.note("warning", text);
      },
    });
    return keeper;
  }
}

/** Virtual servers serve before their machines begin, which takes a while for thousands. */
function showFirst(keeper: IpvsKeeper, { virtualServers }: Config, known: KnownServers): void {
  for (const config of virtualServers) {
    const services = plannedServices(config, firstDestinations(config, known));
    keeper.show(virtualServerIdentity(config), services);
  }
  keeper.flush();
}

function syncSettingsOf({ global, vrrpInstances }: Config): SyncSettings | undefined {
  const { syncDaemon } = global.lvs;
  if (!syncDaemon) return undefined;
  const vrid = vrrpInstances.find(({ name }) => name === syncDaemon.vrrpInstance)?.vrid;
  return { daemon: syncDaemon, vrid };
}
