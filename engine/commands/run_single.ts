/**
 * `stayd run --single`: configuration and virtual routers in one process, for tests and small
 * set-ups. The same code as in two, on a loop that shares its thread with the runtime.
 *
 * @module
 */
import { Ipvs } from "../../net/ipvs.ts";
import { Links } from "../../net/links.ts";
import { AppendFile } from "../../net/sys/file.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import type { SystemCommand, SystemFact, SystemInput } from "../../machines/system.ts";
import { Clock } from "../clock.ts";
import type { Door } from "../compose.ts";
import { LinkPoller } from "../io/link_poller.ts";
import { SystemIo, type SystemIoOptions } from "../io/system_io.ts";
import { openTrackerDoors } from "../io/tracker_doors.ts";
import { SystemOutside } from "../io/system_outside.ts";
import { Journal } from "../journal.ts";
import { Loop } from "../loop.ts";
import { LvsEngine } from "../lvs_engine.ts";
import { Notifier } from "../notify/notifier.ts";
import { ScriptRunner } from "../scripts/script_runner.ts";
import { VrrpEngine } from "../vrrp_engine.ts";
import { EXIT_BUG, EXIT_CONFIG, EXIT_OK } from "./exit_codes.ts";
import type { RunContext } from "./run_context.ts";
import type { RunOptions } from "./run_options.ts";
import { onSignals } from "./signals.ts";

/** How long the last notifications are waited for. */
const LAST_SCRIPTS_MS = 1_000;

/** Runs until the daemon is told to stop; returns the exit status. */
export async function runSingle(context: RunContext): Promise<number> {
  const { options, log } = context;
  using resources = new DisposableStack();
  const reactor = resources.use(new Reactor());
  const clock = new Clock(monotonicMs);
  const links = resources.use(Links.open());
  const journal = openJournal(options.journalFile, clock, resources);
  let status = EXIT_OK;
  const scripts = resources.use(new ScriptRunner(reactor));
  const poller = new LinkPoller({ clock, log, onNews: (news) => engine.heed(news) });
  const linkPoller = resources.use(poller);
  const notifier = resources.use(new Notifier({ starter: scripts, clock, log }));
  const fail = (error: unknown) => {
    log.bug(error, engine.releaseAllNow());
    status = EXIT_BUG;
    loop.stop();
  };
  const balancer = resources.use(
    new LvsEngine({ reactor, clock, links, log, scripts, ...balancerOptions(options) }),
  );
  const engine = new VrrpEngine({
    lvsDoors: balancer.doors,
    outside: resources.use(new SystemOutside(reactor, clock, links)),
    clock,
    log,
    openSystem: systemDoor(context, {
      onLoaded: (config) => {
        scripts.rules = config.global.scripts;
        notifier.configure(config);
        linkPoller.configure(config);
        engine.configure(config);
        balancer.configure(config, false);
      },
      onStopped: (failed) => {
        if (failed && status === EXIT_OK) status = EXIT_CONFIG;
        engine.end();
        notifier.whenIdle(LAST_SCRIPTS_MS, () => loop.stop());
      },
    }),
    trackers: openTrackerDoors({ starter: scripts, reactor, clock, log }, resources),
    onReport: (id, name, report) => {
      notifier.report(id, report);
      if (report.type === "REPORT") balancer.instance(name, report.state);
    },
    onGroup: (name, state) => notifier.group(name, state),
    onFailure: fail,
    ...(journal && { inspect: journal.inspect }),
  });
  reactor.add(links.eventFd, () => links.readEvents());
  const loop: Loop = new Loop({
    waiter: reactor,
    clock,
    tasks: [...engine.tasks, ...balancer.tasks, () => journal?.flush() ?? false],
    onStall: (lateMs) => {
      log.stalled(lateMs);
      engine.tellOfStall(lateMs);
    },
    mode: "cooperative",
  });
  resources.use(obeySignals(engine, reactor));
  try {
    engine.root.start();
    engine.flushAll(); // What was decided before the loop turns.
    await loop.run();
    balancer.finish();
  } catch (error) {
    fail(error);
  }
  return status;
}

function balancerOptions({ keepsIpvs }: RunOptions) {
  return { open: Ipvs.open, keepsAtStop: keepsIpvs };
}

/** Where the configuration comes from, and who hears of it. */
function systemDoor(
  { log, load, complain, startedAtMs }: RunContext,
  listener: Pick<SystemIoOptions, "onLoaded" | "onStopped">,
): Door<SystemCommand, SystemInput, SystemFact> {
  return (_, tell) =>
    new SystemIo({ log, load, complain, now: monotonicMs, startedAtMs, ...listener }, tell);
}

function obeySignals({ root }: VrrpEngine, reactor: Reactor): Disposable {
  return onSignals({
    reload: () => root.send({ type: "RELOAD_REQUESTED" }),
    stop: () => root.send({ type: "STOP_REQUESTED" }),
    wake: () => reactor.wake(),
  });
}

/** The journal, if one is wanted. */
function openJournal(
  path: string | undefined,
  clock: Clock,
  resources: DisposableStack,
): Journal | undefined {
  if (path === undefined) return undefined;
  const file = resources.use(new AppendFile(path));
  return new Journal(() => clock.now(), (lines) => file.write(lines));
}
