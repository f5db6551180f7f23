/**
 * BFD beside keepalived, BIRD and FRR, with the packets as judge: sessions come up, are lost when
 * the other end is, and come back.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { BFD_PEERS, frrPeer, frrPeerLine, staydPeer, tellFrr } from "../lab/bfd_peers.ts";
import { isBfdOf, saidBy, statesOf } from "../lab/bfd_judge.ts";
import { bfdTest, DETECTION_MS, LATE_MS_MAX, meet, sessionOf, untilUp } from "../lab/bfd_stage.ts";
import { sleep } from "../lab/command.ts";
import type { BfdFrame } from "../lab/frame.ts";
import { signal } from "../lab/process_tree.ts";

/** A daemon's end: it waits for its neighbour for a Detection Time at most. */
const STOP_MS_MAX = DETECTION_MS + 1_000;

/** The first packet of r1 that says Down, which is to come so long after the last one of r2. */
function assertDetectedInTime(frames: readonly BfdFrame[], lastMs: number): void {
  const down = frames.find(({ packet }) => packet.state === "down");
  assert(down, "r1 said Down");
  assertEquals(down.packet.diagnostic, 1);
  const lateMs = down.atMs - lastMs - DETECTION_MS;
  assert(lateMs > -0.2 && lateMs < LATE_MS_MAX, `Down is ${lateMs} ms past the Detection Time`);
}

for (const peer of [staydPeer, ...BFD_PEERS]) {
  for (const family of [4, 6] as const) {
    bfdTest(`IPv${family}, comes up and goes to its intervals`, peer, async (stage) => {
      await meet(stage, peer, { addresses: family });
      await untilUp(stage);
      await sleep(2_000);
      const from = stage.capture.frames.length;
      await sleep(2_000);
      const own = saidBy("r1", stage.capture.frames.slice(from));
      assert(own.length >= 19 && own.length <= 28, `${own.length} packets in 2 s`);
      for (const { packet, ttl, port, sourcePort } of own) {
        assertEquals([packet.state, packet.poll, ttl, port], ["up", false, 255, 3784]);
        assert(sourcePort >= 49_152);
      }
      assertEquals(new Set(own.map(({ sourcePort }) => sourcePort)).size, 1);
      assertEquals(statesOf("r2", stage.capture.frames.slice(from)), ["up"]);
    });

    bfdTest(`IPv${family}, the other end is killed, and comes back`, peer, async (stage) => {
      const { other } = await meet(stage, peer, { addresses: family });
      await untilUp(stage);
      await sleep(1_000);
      await other.kill();
      const { capture } = stage;
      const last = saidBy("r2", capture.frames).at(-1);
      await sleep(DETECTION_MS + LATE_MS_MAX);
      const later = saidBy("r1", capture.frames).filter(({ atMs }) => atMs > (last?.atMs ?? 0));
      assertDetectedInTime(later, last?.atMs ?? 0);
      const from = capture.frames.length;
      await stage.launch("r2", peer.daemon, peer.config([sessionOf("r2", family)]));
      await untilUp(stage, from);
    });

    bfdTest(`IPv${family}, the other end is stopped for a while`, peer, async (stage) => {
      const { other } = await meet(stage, peer, { addresses: family });
      await untilUp(stage);
      await sleep(1_000);
      for (const pid of other.pids()) signal(pid, "SIGSTOP");
      await sleep(50);
      const { capture } = stage;
      const last = saidBy("r2", capture.frames).at(-1);
      await sleep(DETECTION_MS + LATE_MS_MAX);
      const later = saidBy("r1", capture.frames).filter(({ atMs }) => atMs > (last?.atMs ?? 0));
      assertDetectedInTime(later, last?.atMs ?? 0);
      const from = capture.frames.length;
      for (const pid of other.pids()) signal(pid, "SIGCONT");
      await untilUp(stage, from);
    });
  }

  bfdTest(
    "we leave in order: the other end is told",
    peer,
    async (stage) => {
      const { own } = await meet(stage, peer);
      await untilUp(stage);
      await sleep(1_000);
      const from = stage.capture.frames.length;
      const beganMs = Date.now();
      await own.stop();
      const endedMs = Date.now();
      const { capture } = stage;
      const down = await capture.until("r2 is down", isBfdOf("r2", "down"), 5_000, from);
      const farewell = saidBy("r1", capture.frames.slice(from)).filter(({ packet }) =>
        packet.state === "adminDown"
      );
      // keepalived says what it is at its next period only: it may be told twice.
      assert(farewell.length === 1 || (farewell.length === 2 && peer.daemon.name === "keepalived"));
      assertEquals(new Set(farewell.map(({ packet }) => packet.diagnostic)), new Set([7]));
      assert(down.atMs - (farewell[0]?.atMs ?? 0) < 1_100);
      const stopMs = endedMs - beganMs;
      assert(stopMs < STOP_MS_MAX, `the end takes ${stopMs} ms`);
    },
  );
}

bfdTest("AdminDown of the other end is no loss", frrPeer, async (stage) => {
  const { own, other } = await meet(stage, frrPeer);
  await untilUp(stage);
  const from = stage.capture.frames.length;
  await tellFrr(stage.lab, "r2", other, [frrPeerLine(sessionOf("r2")), "shutdown"]);
  await stage.capture.until("r1 is down", isBfdOf("r1", "down"), 5_000, from);
  assertEquals(statesOf("r2", stage.capture.frames.slice(from)).at(-1), "adminDown");
  // The line takes its way through the parent.
  const isSaid = () =>
    own.log().some((line) => line.includes("the neighbor is administratively down"));
  for (let i = 0; i < 50 && !isSaid(); i++) await sleep(20);
  assert(isSaid(), own.tail());
});
