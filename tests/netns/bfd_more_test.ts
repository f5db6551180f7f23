/**
 * What BFD can do beyond coming up and going down, beside BIRD, FRR and keepalived: changes while
 * it runs, proofs, several hops, and virtual routers that follow a session.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Authentication,
  BFD_PEERS,
  birdPeer,
  frrPeer,
  frrPeerLine,
  keepalivedPeer,
  staydPeer,
  tellFrr,
} from "../lab/bfd_peers.ts";
import { isBfdOf, saidBy, statesOf } from "../lab/bfd_judge.ts";
import {
  bfdTest,
  DETECTION_MS,
  LATE_MS_MAX,
  meet,
  sessionOf,
  TX_MS,
  untilUp,
} from "../lab/bfd_stage.ts";
import type { Capture } from "../lab/capture.ts";
import { sleep } from "../lab/command.ts";
import { block, FAST_WIRE, instanceText } from "../lab/conf.ts";
import { keepalived, stayd } from "../lab/daemon.ts";
import type { BfdFrame, Frame } from "../lab/frame.ts";
import { advertsOf, isAdvertOf } from "../lab/judge.ts";
import { station } from "../lab/lab.ts";

function gapsOf(frames: readonly { readonly atMs: number }[]): number[] {
  return frames.slice(1).map(({ atMs }, i) => atMs - (frames[i]?.atMs ?? 0));
}

for (const peer of [staydPeer, ...BFD_PEERS]) {
  bfdTest("a reload changes intervals by Poll Sequences, without a flap", peer, async (stage) => {
    const { capture } = stage;
    const { own } = await meet(stage, peer);
    await untilUp(stage);
    await sleep(1_000);
    const began = capture.frames.length;
    const discriminator = saidBy("r1", capture.frames).at(-1)?.packet.myDiscriminator;
    for (const txMs of [40, 200]) {
      const from = capture.frames.length;
      await own.reload(staydPeer.config([sessionOf("r1", 4, { txMs, rxMs: txMs })]));
      await capture.until(
        `r1 polls for ${txMs} ms`,
        (frame): frame is BfdFrame => isBfdOf("r1", "up")(frame) && frame.packet.poll,
        5_000,
        from,
      );
      await sleep(2_000);
      const final = saidBy("r2", capture.frames.slice(from)).find(({ packet }) => packet.final);
      assert(final, "r2 answers");
      const settled = saidBy("r1", capture.frames.slice(from)).filter(({ atMs, packet }) =>
        atMs > final.atMs + 500 && !packet.final
      );
      // The other end takes 100 ms at the least.
      const intervalMs = Math.max(txMs, TX_MS);
      for (const gap of gapsOf(settled)) {
        assert(gap > 0.7 * intervalMs - 5 && gap < intervalMs + 20, `${gap} ms, not ${intervalMs}`);
      }
      assertEquals(settled.at(-1)?.packet.desiredMinTxIntervalUs, txMs * 1_000);
    }
    const said = saidBy("r1", capture.frames.slice(began));
    assertEquals(statesOf("r1", said), ["up"]);
    assertEquals(statesOf("r2", capture.frames.slice(began)), ["up"]);
    assertEquals(
      new Set(said.map(({ packet }) => packet.myDiscriminator)),
      new Set([discriminator]),
    );
  });
}

/** Waits until r1 has taken the other end's new intervals; its gaps are of them afterwards. */
async function adapts(capture: Capture, txMs: number, from: number): Promise<void> {
  const isAnswer = (frame: Frame): frame is BfdFrame =>
    isBfdOf("r1", "up")(frame) && frame.packet.final;
  const final = await capture.until(`r1 answers for ${txMs} ms`, isAnswer, 5_000, from);
  await sleep(3_000);
  const settled = saidBy("r1", capture.frames.slice(from)).filter(({ atMs, packet }) =>
    atMs > final.atMs + 1_000 && !packet.final
  );
  const intervalMs = Math.max(txMs, TX_MS);
  for (const gap of gapsOf(settled)) {
    assert(gap > 0.7 * intervalMs - 5 && gap < intervalMs + 20, `${gap} ms, not ${intervalMs}`);
  }
}

for (const peer of [birdPeer, staydPeer]) {
  bfdTest("the other end changes its intervals by a reload", peer, async (stage) => {
    const { capture } = stage;
    const { other } = await meet(stage, peer);
    await untilUp(stage);
    await sleep(1_000);
    const began = capture.frames.length;
    for (const txMs of [300, 60]) {
      const from = capture.frames.length;
      await other.reload(peer.config([sessionOf("r2", 4, { txMs, rxMs: txMs })]));
      await adapts(capture, txMs, from);
    }
    for (const host of ["r1", "r2"] as const) {
      assertEquals(statesOf(host, capture.frames.slice(began)), ["up"]);
    }
  });
}

bfdTest("the other end changes its intervals while it runs", frrPeer, async (stage) => {
  const { capture, lab } = stage;
  const { other } = await meet(stage, frrPeer);
  await untilUp(stage);
  await sleep(1_000);
  const began = capture.frames.length;
  for (const txMs of [300, 60]) {
    const from = capture.frames.length;
    const lines = [`transmit-interval ${txMs}`, `receive-interval ${txMs}`];
    await tellFrr(lab, "r2", other, [frrPeerLine(sessionOf("r2")), ...lines]);
    await adapts(capture, txMs, from); // It polls for each of the two.
  }
  for (const host of ["r1", "r2"] as const) {
    assertEquals(statesOf(host, capture.frames.slice(began)), ["up"]);
  }
});

const TYPES: readonly Authentication["type"][] = [
  "simple",
  "md5",
  "meticulous_md5",
  "sha1",
  "meticulous_sha1",
];
for (const type of TYPES) {
  bfdTest(`authentication ${type}`, birdPeer, async (stage) => {
    const authentication: Authentication = { type, keyId: 7, key: "sesame-open" };
    await meet(stage, birdPeer, { both: { authentication } });
    await untilUp(stage);
    await sleep(3_000);
    for (const host of ["r1", "r2"] as const) {
      const said = saidBy(host, stage.capture.frames);
      assertEquals(statesOf(host, said).at(-1), "up");
      assert(said.every(({ packet }) => packet.isAuthenticated));
    }
    assertEquals(statesOf("r1", stage.capture.frames).filter((state) => state === "up").length, 1);
  });
}

bfdTest("authentication with another key: not up, and said", birdPeer, async (stage) => {
  const proof = (key: string) => ({ authentication: { type: "sha1", keyId: 7, key } as const });
  const { own } = await meet(stage, birdPeer, { own: proof("open"), other: proof("sesame") });
  await sleep(4_000);
  assertEquals(statesOf("r1", stage.capture.frames), ["down"]);
  assert(own.log().some((line) => line.includes("wrong digest")), own.tail());
});

// Debian's keepalived knows no multihop.
const MULTIHOP = [birdPeer, frrPeer, staydPeer].flatMap((peer) =>
  ([4, 6] as const).map((family) => [peer, family] as const)
);
for (const [peer, family] of MULTIHOP) {
  bfdTest(`several hops over IPv${family}: port 4784`, peer, async (stage) => {
    // BIRD's packets begin with a TTL of 64.
    const own = { lines: ["max_hops 254"] };
    const both = { multihop: true };
    const { other } = await meet(stage, peer, { addresses: family, both, own });
    await untilUp(stage);
    await sleep(1_500);
    const said = saidBy("r1", stage.capture.frames);
    assertEquals(new Set(said.map(({ port }) => port)), new Set([4784]));
    await other.kill();
    const last = saidBy("r2", stage.capture.frames).at(-1);
    await sleep(DETECTION_MS + LATE_MS_MAX);
    const down = saidBy("r1", stage.capture.frames).find(({ atMs, packet }) =>
      atMs > (last?.atMs ?? 0) && packet.state === "down"
    );
    assert(down && down.atMs - (last?.atMs ?? 0) < DETECTION_MS + LATE_MS_MAX);
  });
}

for (const peer of [birdPeer, frrPeer, staydPeer]) {
  bfdTest("link-local addresses, on an interface", peer, async (stage) => {
    await meet(stage, peer, {
      addresses: "link-local",
      own: { lines: ["interface eth0"] },
      ...(peer === staydPeer && { other: { lines: ["interface eth0"] } }),
    });
    await untilUp(stage);
  });
}

bfdTest("passive: it says nothing until it is spoken to", birdPeer, async (stage) => {
  const own = sessionOf("r1", 4, { passive: true });
  await stage.launch("r1", staydPeer.daemon, staydPeer.config([own]));
  await sleep(2_500);
  assertEquals(saidBy("r1", stage.capture.frames), []);
  await stage.launch("r2", birdPeer.daemon, birdPeer.config([sessionOf("r2")]));
  await untilUp(stage);
});

bfdTest("admin_down: said until it is undone by a reload", birdPeer, async (stage) => {
  const { own } = await meet(stage, birdPeer, { own: { adminDown: true } });
  await sleep(3_000);
  assertEquals(statesOf("r1", stage.capture.frames), ["adminDown"]);
  await own.reload(staydPeer.config([sessionOf("r1")]));
  await untilUp(stage);
});

for (const peer of [staydPeer, ...BFD_PEERS]) {
  bfdTest(
    "admin_down by a reload: the other end is told, and down until it is undone",
    peer,
    async (stage) => {
      const { capture } = stage;
      const { own } = await meet(stage, peer);
      await untilUp(stage);
      await sleep(1_000);
      const from = capture.frames.length;
      await own.reload(staydPeer.config([sessionOf("r1", 4, { adminDown: true })]));
      const down = await capture.until("r2 is down", isBfdOf("r2", "down"), 5_000, from);
      assertEquals(down.packet.diagnostic, 3);
      const told = saidBy("r1", capture.frames.slice(from)).find(({ packet }) =>
        packet.state === "adminDown"
      );
      assert(told && told.packet.diagnostic === 7 && down.atMs - told.atMs < 1_100);
      await sleep(3_000);
      const later = capture.frames.slice(from).filter(({ atMs }) => atMs > down.atMs);
      assertEquals([statesOf("r1", later), statesOf("r2", later)], [["adminDown"], ["down"]]);
      const again = capture.frames.length;
      await own.reload(staydPeer.config([sessionOf("r1")]));
      await untilUp(stage, again);
    },
  );
}

bfdTest("stayd bfd lists the sessions of a running daemon", staydPeer, async (stage) => {
  const { directory } = stage.lab;
  const text = `global_defs {\n    state_dump_file ${directory}/\n}\n` +
    staydPeer.config([sessionOf("r1")]);
  const own = await stage.launch("r1", staydPeer.daemon, text);
  await stage.launch("r2", staydPeer.daemon, staydPeer.config([sessionOf("r2")]));
  await untilUp(stage);
  const cli = fileURLToPath(import.meta.resolve("../../cli.ts"));
  const files = ["-p", `${own.directory}/daemon.pid`, "-f", `${directory}/keepalived_bfd.data`];
  const command = [Deno.execPath(), "run", "--allow-net", "--allow-ffi", cli, "bfd", ...files];
  const shown = await stage.lab.runAt("r1", command);
  assertMatch(shown, /^b0 +Up +Up +10\.0\.0\.2 +100 ms +300 ms +1 +0 /m);
});

/** An advertisement a second: silence would be noticed after 3.6 s. */
const SLOW_WIRE = { ...FAST_WIRE, advertSec: 1 };
const SKEW_MS = (256 - 100) / 256 * 1_000;

for (const peer of [birdPeer, keepalivedPeer]) {
  for (const backup of [stayd, keepalived]) {
    bfdTest(
      `track_bfd: the uplink dies, and ${backup.name} takes over in detection time and skew`,
      peer,
      async (stage) => {
        const { capture, lab } = stage;
        const uplink = {
          ...sessionOf("r1"),
          remote: station("client").ipv4,
        };
        const text = staydPeer.config([uplink]) +
          instanceText("r1", SLOW_WIRE, { priority: 150, lines: block("track_bfd", ["b0"]) });
        await stage.start("r1", stayd, text, 4);
        const client = await stage.launch(
          "client",
          peer.daemon,
          peer.config([{ ...uplink, local: uplink.remote, remote: uplink.local }]),
        );
        await capture.until("r1 is master", isAdvertOf("r1"), 20_000);
        await stage.start("r2", backup, instanceText("r2", SLOW_WIRE, { priority: 100 }), 4);
        await sleep(4_000);
        assertEquals(advertsOf("r2", capture.frames), []);

        const from = capture.frames.length;
        await client.kill();
        const last = capture.frames.filter(isBfdOf("client")).at(-1);
        const first = await capture.until("r2 is master", isAdvertOf("r2"), 5_000, from);
        const tookMs = first.atMs - (last?.atMs ?? 0);
        const lateMs = tookMs - DETECTION_MS - SKEW_MS;
        assert(lateMs > -1 && lateMs < LATE_MS_MAX, `${lateMs} ms past detection time and skew`);
        await sleep(100);
        assertEquals(await lab.virtualAddresses("r1"), []);

        const again = capture.frames.length;
        await stage.launch(
          "client",
          peer.daemon,
          peer.config([{ ...uplink, local: uplink.remote, remote: uplink.local }]),
        );
        await capture.until("r1 preempts", isAdvertOf("r1"), 20_000, again);
      },
      ["r1", "r2", "client"],
    );
  }
}
