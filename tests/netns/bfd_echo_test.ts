/**
 * The echo function of BFD beside FRR and another stayd: packets go and come back by the ways that
 * the neighbour has, ours and its, and what does not come back is a loss.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type BfdPeer, frrPeer, staydPeer } from "../lab/bfd_peers.ts";
import { isBfdOf, saidBy, statesOf } from "../lab/bfd_judge.ts";
import { bfdTest, LATE_MS_MAX, makeRouters, meet, MULT, untilUp } from "../lab/bfd_stage.ts";
import { sleep } from "../lab/command.ts";
import type { BfdEchoFrame, Frame } from "../lab/frame.ts";
import { type Host, station } from "../lab/lab.ts";
import { senderOf } from "../lab/timeline.ts";

const ECHO_MS = 100;
const WINDOW_MS = 2_000;
/** With the longest intervals, and a packet or two at the edges. */
const COUNT_MIN = WINDOW_MS / ECHO_MS - 2;

interface Row {
  readonly name: string;
  readonly peer: BfdPeer;
  readonly addresses: 4 | 6;
  /** Hosts whose kernels forward. */
  readonly routers: readonly Host[];
  /** Whose address ours have: FRR answers IPv6, and leaves IPv4 to its kernel. */
  readonly to: Host;
  /** Whose address the other's have. */
  readonly from: Host;
}

// deno-fmt-ignore
const ROWS: readonly Row[] = [
  { name: "IPv4, its kernel forwards, we send back", peer: frrPeer, addresses: 4, routers: ["r2"], to: "r1", from: "r2" },
  { name: "IPv4, both kernels forward", peer: frrPeer, addresses: 4, routers: ["r1", "r2"], to: "r1", from: "r2" },
  { name: "IPv6, it answers", peer: frrPeer, addresses: 6, routers: [], to: "r2", from: "r1" },
  { name: "IPv4", peer: staydPeer, addresses: 4, routers: [], to: "r2", from: "r1" },
  { name: "IPv6", peer: staydPeer, addresses: 6, routers: [], to: "r2", from: "r1" },
];

function echoesOf(host: Host, ttl: number, frames: readonly Frame[]): BfdEchoFrame[] {
  return frames.filter((frame): frame is BfdEchoFrame =>
    frame.kind === "bfd echo" && senderOf(frame) === host && frame.ttl === ttl
  );
}

/** All of a host's come back from the other one, but one that is on its way. */
function assertReturned(host: Host, frames: readonly Frame[]): BfdEchoFrame[] {
  const other = host === "r1" ? "r2" : "r1";
  const sent = echoesOf(host, 255, frames);
  const returned = echoesOf(other, 254, frames);
  assert(sent.length >= COUNT_MIN, `${sent.length} echo packets of ${host}`);
  assert(
    Math.abs(sent.length - returned.length) <= 1,
    `${returned.length} of ${sent.length} echo packets come back to ${host}`,
  );
  const known = new Set(sent.map(({ payload }) => payload.toHex()));
  const strange = returned.filter(({ payload }) => !known.has(payload.toHex()));
  assert(strange.length <= 1, "what comes back is what was sent");
  return sent;
}

for (const { name, peer, addresses, routers, to, from } of ROWS) {
  bfdTest(`echo packets go both ways, and a cut cable ends them: ${name}`, peer, async (stage) => {
    const { capture } = stage;
    await makeRouters(stage, routers);
    await meet(stage, peer, { addresses, both: { echoMs: ECHO_MS, txMs: 300, rxMs: 300 } });
    await untilUp(stage);
    await sleep(3_000);
    const began = capture.frames.length;
    await sleep(WINDOW_MS);
    const frames = capture.frames.slice(began);

    const addressOf = (host: Host) => station(host)[addresses === 4 ? "ipv4" : "ipv6"];
    const destinations = (
      sent: BfdEchoFrame[],
    ) => [...new Set(sent.map((each) => each.destination))];
    const own = assertReturned("r1", frames);
    const other = assertReturned("r2", frames);
    // A stayd takes the first way that proves good.
    if (peer !== staydPeer) {
      assertEquals([destinations(own), destinations(other)], [[addressOf(to)], [addressOf(from)]]);
    }
    assertEquals([statesOf("r1", frames), statesOf("r2", frames)], [["up"], ["up"]]);
    // FRR goes on asking for as many control packets as before.
    if (peer === staydPeer) assert(saidBy("r1", frames).length <= 6, "control packets are slow");

    await stage.lab.isolate("r2");
    const lastMs = echoesOf("r2", 254, capture.frames).at(-1)?.atMs ?? NaN;
    const down = await capture.until("r1 is down", isBfdOf("r1", "down"), 5_000, began);
    assertEquals(down.packet.diagnostic, 2);
    const lateMs = down.atMs - lastMs - MULT * ECHO_MS;
    assert(lateMs > -1 && lateMs < LATE_MS_MAX, `${lateMs} ms past the last echo's return`);
  });
}
