/**
 * A simulated segment: who gets which frame, when, and in what order.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip, type Mac, parseMac } from "../../../net/address.ts";
import { Agenda } from "../../../engine/sim/agenda.ts";
import { CLEAN_WIRE, Lan, type Nic, type WireConditions } from "../../../engine/sim/lan.ts";
import { Random } from "../../../engine/sim/random.ts";

const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

function mac(number: number): Mac {
  const parsed = parseMac(`02:00:00:00:00:0${number}`);
  assert(parsed !== undefined);
  return parsed;
}

/** Three cards, and what they got: receiver, number of the frame, time. */
function segment(conditions: Partial<WireConditions> = {}) {
  const agenda = new Agenda();
  const lan = new Lan("lan", agenda, new Random(1), { ...CLEAN_WIRE, ...conditions });
  const got: [station: string, frame: number, atMs: number][] = [];
  const nics = ["a", "b", "c"].map((station, i): Nic => ({
    station,
    mac: mac(i + 1),
    addresses: () => [ip(`192.0.2.${i + 1}`)],
    receive: (frame) => got.push([station, frame[6] ?? -1, agenda.now()]),
  }));
  for (const nic of nics) lan.attach(nic);
  const send = (from: number, frame: number, to: readonly number[] = BROADCAST) => {
    const nic = nics[from];
    assert(nic !== undefined);
    lan.transmit(nic, Uint8Array.from([...to, frame]), agenda.now());
  };
  const runTo = (endMs: number) => {
    while (agenda.step(endMs));
    return got.splice(0);
  };
  return { lan, send, runTo };
}

Deno.test("Lan: a group frame reaches all others, a unicast frame its card", () => {
  const { lan, send, runTo } = segment();
  send(0, 1);
  send(1, 2, [2, 0, 0, 0, 0, 3]);
  assertEquals(runTo(10), [["b", 1, 0.1], ["c", 1, 0.1], ["c", 2, 0.1]]);
  assertEquals([lan.macOf(ip("192.0.2.2")), lan.macOf(ip("192.0.2.9"))], [mac(2), undefined]);
});

Deno.test("Lan: partitions and blocks act on what is sent, in their direction", () => {
  const { lan, send, runTo } = segment();
  lan.partition([["a"], ["b", "c"]]);
  send(0, 1);
  send(1, 2);
  assertEquals(runTo(1), [["c", 2, 0.1]]);
  lan.heal();
  lan.block("a", "b");
  send(0, 3);
  send(1, 4);
  assertEquals(runTo(2).map(([station, frame]) => [station, frame]), [
    ["c", 3],
    ["a", 4],
    ["c", 4],
  ]);
  assertEquals([lan.canHear("a", "b"), lan.canHear("b", "a"), lan.hasOneWayBlocks], [
    false,
    true,
    true,
  ]);
});

Deno.test("Lan: a cut cable loses what is on its way, too", () => {
  const { lan, send, runTo } = segment();
  send(0, 1);
  lan.setPlugged("b", false);
  send(1, 2);
  assertEquals(runTo(1), [["c", 1, 0.1]]);
  assertEquals(lan.canHear("a", "b"), false);
});

Deno.test("Lan: loss and duplicates by their ratio", () => {
  const { send, runTo } = segment({ lossRatio: 0.5, duplicateRatio: 0.5 });
  for (let frame = 0; frame < 200; frame++) send(0, frame);
  const count = runTo(1).length; // 400 receptions × 0.5 × 1.5
  assert(count > 250 && count < 350, `${count} received`);
});

Deno.test("Lan: frames of a pair stay in order, unless they may overtake", () => {
  const isSorted = (reorderRatio: number) => {
    const { send, runTo } = segment({ jitterMs: 20, reorderRatio });
    for (let frame = 0; frame < 100; frame++) {
      send(0, frame);
    }
    const frames = runTo(100).filter(([station]) => station === "b").map(([, frame]) => frame);
    assertEquals(frames.length, 100);
    return frames.every((frame, i) => i === 0 || frame > (frames[i - 1] ?? -1));
  };
  assertEquals([isSorted(0), isSorted(0.5)], [true, false]);
});

Deno.test("Lan: remembers the greatest delay there was", () => {
  const { lan } = segment();
  lan.setConditions({ delayMs: 5, jitterMs: 3 });
  lan.setConditions({ delayMs: 1, jitterMs: 0 });
  assertEquals(lan.delayMsMax, 8);
});
