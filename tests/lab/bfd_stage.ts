/**
 * Two routers with a BFD session between them: stayd on r1, another daemon on r2.
 *
 * @module
 */
import { isBfdOf } from "./bfd_judge.ts";
import { type BfdPeer, type SessionText, staydPeer } from "./bfd_peers.ts";
import type { RunningDaemon } from "./daemon.ts";
import { type Host, station } from "./lab.ts";
import { ensurePackages } from "./packages.ts";
import { netnsTest, Stage } from "./stage.ts";

/** Until both ends know that they are Up: slow start, jitter and a start of the other daemon. */
const UP_MS_MAX = 20_000;
/** Intervals of the sessions, unless a test says otherwise. */
export const TX_MS = 100;
/** Their multiplier. */
export const MULT = 3;
/** How long a neighbour may be silent. */
export const DETECTION_MS: number = TX_MS * MULT;
/** How late a busy machine may be. */
export const LATE_MS_MAX = 60;

const HOSTS: readonly Host[] = ["r1", "r2"];

/** Makes hosts routers, of both families. */
export async function makeRouters({ lab }: Stage, hosts: readonly Host[]): Promise<void> {
  const paths = ["ipv4/conf/all", "ipv6/conf/all"].map((path) =>
    `/proc/sys/net/${path}/forwarding`
  );
  for (const host of hosts) {
    await lab.runAt(host, ["sh", "-ec", paths.map((path) => `echo 1 > ${path}`).join("\n")]);
  }
}

/** Which addresses a session is between. */
export type Addresses = 4 | 6 | "link-local";

/** The session of a host with the other one. */
export function sessionOf(
  host: Host,
  addresses: Addresses = 4,
  change: Partial<SessionText> = {},
): SessionText {
  const addressOf = (one: Host) => {
    const { ipv4, ipv6, linkLocal } = station(one);
    return addresses === 4 ? ipv4 : addresses === 6 ? ipv6 : linkLocal;
  };
  const [local, remote] = [addressOf(host), addressOf(host === "r1" ? "r2" : "r1")];
  return { local, remote, txMs: TX_MS, rxMs: TX_MS, mult: MULT, ...change };
}

/** What differs from a plain session. */
export interface Meeting {
  readonly addresses?: Addresses;
  /** Of both ends. */
  readonly both?: Partial<SessionText>;
  /** Of stayd's. */
  readonly own?: Partial<SessionText>;
  /** Of the other's. */
  readonly other?: Partial<SessionText>;
}

/** Starts both ends; does not wait for anything. */
export async function meet(
  stage: Stage,
  peer: BfdPeer,
  { addresses = 4, both = {}, own = {}, other = {} }: Meeting = {},
): Promise<{ readonly own: RunningDaemon; readonly other: RunningDaemon }> {
  const first = sessionOf("r1", addresses, { ...both, ...own });
  const second = sessionOf("r2", addresses, { ...both, ...other });
  return {
    own: await stage.launch("r1", staydPeer.daemon, staydPeer.config([first])),
    other: await stage.launch("r2", peer.daemon, peer.config([second])),
  };
}

/** Waits until both ends have said that they are Up, from a frame on. */
export async function untilUp({ capture }: Stage, from = 0): Promise<void> {
  for (const host of HOSTS) {
    await capture.until(`${host} is up`, isBfdOf(host, "up"), UP_MS_MAX, from);
  }
}

/** Plays a scene with a peer on r1 and r2; its packages are installed first. */
export function bfdTest(
  name: string,
  peer: BfdPeer,
  scene: (stage: Stage) => Promise<void>,
  hosts: readonly Host[] = HOSTS,
): void {
  netnsTest(`BFD beside ${peer.daemon.name}: ${name}`, async () => {
    const wanted = { bird: "bird2", frr: "frr" } as const;
    const { name: daemon } = peer.daemon;
    if (daemon === "bird" || daemon === "frr") await ensurePackages([wanted[daemon]]);
    await Stage.play(scene, hosts);
  });
}
