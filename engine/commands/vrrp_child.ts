/**
 * The `vrrp` child process: a synchronous loop at real-time priority that runs every virtual router.
 * It takes its configuration from the parent on descriptor 3 and leaves in order when that closes.
 *
 * @module
 */
import { Links } from "../../net/links.ts";
import type { Config } from "../../machines/config.ts";
import { Channel } from "../../net/sys/channel.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import {
  exitNow,
  setProcessName,
  setRealtimeLimit,
  SignalDescriptor,
} from "../../net/sys/process.ts";
import { Reactor } from "../../net/sys/reactor.ts";
import { Clock } from "../clock.ts";
import { ChildIo } from "../io/child_io.ts";
import { PracticeRoom } from "../io/practice_room.ts";
import { SystemOutside } from "../io/system_outside.ts";
import { CHANNEL_FD } from "../io/worker_io.ts";
import type { ChildMessage, ParentMessage } from "../ipc.ts";
import { Journal } from "../journal.ts";
import { Log } from "../log.ts";
import { Loop } from "../loop.ts";
import { VrrpEngine } from "../vrrp_engine.ts";
import { Rehearsal, ROUND_COUNT_BRIEF, ROUND_COUNT_FULL } from "../warm_up.ts";
import { EXIT_BUG, EXIT_OK } from "./exit_codes.ts";

/** Messages that may wait for a parent that does not read, in octets; beyond it they are dropped. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Argument that makes a child send its journal. */
export const JOURNAL_FLAG = "--journal";
const SIGINT = 2;
const SIGTERM = 15;

/** The kernel needs less practice than V8, and takes longer for it. */
const KERNEL_ROUND_SHARE = 20;

/** Runs until the parent says stop or dies. Never returns. */
export async function vrrpChild(args: readonly string[]): Promise<never> {
  setProcessName("stayd: vrrp");
  const journals = args.includes(JOURNAL_FLAG);
  const channel = new Channel(CHANNEL_FD, QUEUE_BYTES_MAX);
  const send = (message: ChildMessage) => channel.send(JSON.stringify(message));
  const reactor = new Reactor();
  const clock = new Clock(monotonicMs);
  const log = new Log((level, text) => send({ type: "LOG", level, text }), () => clock.now());
  const links = Links.open();
  const journal = new Journal(
    () => clock.now(),
    (lines) => send({ type: "JOURNAL", lines }),
  );
  let loop: Loop | undefined;
  const onConfigure = (message: ParentMessage & { type: "CONFIGURE" }) => {
    if (!rehearsal) {
      // Whoever resumes has no time to lose.
      const resumes = (message.predecessor?.active.length ?? 0) > 0;
      rehearsal = prepare(room, message.config, resumes ? ROUND_COUNT_BRIEF : ROUND_COUNT_FULL);
    }
    engine.configure(message.config.global);
    const { realtimeLimitUs } = message.config.global.vrrpProcess;
    setRealtimeLimit(realtimeLimitUs, realtimeLimitUs);
  };
  const room = PracticeRoom.open(clock);
  const outside = new SystemOutside(reactor, clock, links);
  let rehearsal: Rehearsal | undefined;
  const engine = new VrrpEngine({
    outside,
    clock,
    log,
    openSystem: (_, tell) => {
      const io = new ChildIo(
        { channel, now: () => clock.now(), onConfigure, onStopped: () => loop?.stop() },
        tell,
      );
      reactor.add(CHANNEL_FD, io.read);
      const signals = new SignalDescriptor([SIGTERM, SIGINT]);
      reactor.add(signals.fd, () => {
        if (signals.read().length > 0) tell({ type: "STOP_REQUESTED" });
        return false;
      });
      return io;
    },
    onReport: (id, name, { state, cause }) => send({ type: "STATE", id, name, state, cause }),
    onFailure: (error) => crash(engine, log, channel, error),
    // Not even an empty inspector otherwise: it costs more than a takeover.
    ...(journals && { inspect: journal.inspect }),
  });
  try {
    reactor.add(links.eventFd, () => links.readEvents());
    loop = new Loop({
      waiter: reactor,
      clock,
      tasks: [...engine.tasks, journal.flush, () => (channel.flush(), rehearsal?.recover(), false)],
      onStall: (lateMs) => {
        log.stalled(lateMs);
        engine.tellOfStall(lateMs);
      },
      mode: "blocking",
      rehearsal: {
        full: () => {
          if (engine.backupCount === 0) return false;
          rehearsal?.rehearse();
          engine.rehearse();
          return true;
        },
        brief: () => engine.rehearse(),
      },
    });
    engine.root.start();
    await loop.run();
  } catch (error) {
    crash(engine, log, channel, error);
  }
  channel.flush();
  return exitNow(EXIT_OK);
}

/** Practises every kind of instance; what is kept rehearses the first kind that is configured. */
function prepare(room: PracticeRoom | undefined, config: Config, roundCount: number): Rehearsal {
  const kinds = new Map(
    config.vrrpInstances.map((
      { version, family },
    ) => [`${version} ${family}`, { version, family }]),
  );
  new Rehearsal(undefined, [...kinds.values()]).warmUp(roundCount);
  const rehearsal = new Rehearsal(room, [...kinds.values()].slice(0, 1));
  rehearsal.warmUp(roundCount / KERNEL_ROUND_SHARE);
  return rehearsal;
}

/** A bug of ours: release what is held, say so, leave; the parent starts us again. */
function crash(engine: VrrpEngine, log: Log, channel: Channel, error: unknown): never {
  const count = engine.keeper.releaseAllNow();
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  log.note("error", `Bug: released ${count} addresses and leaving: ${trace}`);
  channel.flush();
  exitNow(EXIT_BUG);
}
