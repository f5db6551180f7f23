/**
 * Sessions that prove who speaks (RFC 5880 §6.7).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { BfdAuthenticationConfig, BfdAuthType } from "../../../machines/bfd_config.ts";
import { ADDRESS_B, BfdPair } from "./bfd_ends.ts";

const TYPES: readonly BfdAuthType[] = [
  "simplePassword",
  "keyedMd5",
  "meticulousKeyedMd5",
  "keyedSha1",
  "meticulousKeyedSha1",
];
const key = (secret: string, id = 1) => ({ id, secret });
const with_ = (type: BfdAuthType, ...keys: BfdAuthenticationConfig["keys"]) => ({
  authentication: { type, keys },
});

function rejectedBy(pair: BfdPair): string[] {
  return [...pair.a.io.counters.rejected.keys()];
}

for (const type of TYPES) {
  Deno.test(`BFD authentication RFC 5880 §6.7 ${type}: two ends with one key stay Up`, () => {
    const pair = new BfdPair();
    pair.start(with_(type, key("secret")));
    pair.time.runFor(20_000);
    assertEquals([pair.a.states.at(-1), pair.b.states.at(-1)], ["up 0", "up 0"]);
    assertEquals(rejectedBy(pair), []);
    assertEquals(pair.a.states.filter((state) => state.startsWith("up")).length, 1);
  });

  Deno.test(`BFD authentication RFC 5880 §6.7 ${type}: another secret is refused`, () => {
    const pair = new BfdPair();
    pair.start(with_(type, key("secret")), with_(type, key("another")));
    pair.time.runFor(5_000);
    assertEquals(pair.a.states, ["down 0"]);
    const isPassword = type === "simplePassword";
    assertEquals(rejectedBy(pair), [
      isPassword ? "wrong authentication length" : "wrong digest",
    ]);
  });

  Deno.test(`BFD authentication RFC 5880 §6.7 ${type}: another key ID is refused`, () => {
    const pair = new BfdPair();
    pair.start(with_(type, key("secret", 1)), with_(type, key("secret", 2)));
    pair.time.runFor(5_000);
    assertEquals([pair.a.states, rejectedBy(pair)], [["down 0"], ["unknown key"]]);
  });

  Deno.test(`BFD authentication ${type}: keys change without a flap`, () => {
    const pair = new BfdPair();
    pair.start(
      with_(type, key("new", 2), key("old", 1)),
      with_(type, key("old", 1), key("new", 2)),
    );
    pair.time.runFor(5_000);
    assertEquals([pair.a.states.at(-1), pair.b.states.at(-1)], ["up 0", "up 0"]);
  });
}

Deno.test("BFD authentication RFC 5880 §6.7.2: a key in hexadecimal is the same as its text", () => {
  const pair = new BfdPair();
  const hex = { id: 1, secret: "736563726574", isHex: true } as const;
  pair.start(with_("keyedSha1", key("secret")), with_("keyedSha1", hex));
  pair.time.runFor(5_000);
  assertEquals(pair.a.states.at(-1), "up 0");
});

Deno.test("BFD authentication RFC 5880 §6.7: another type is refused", () => {
  const pair = new BfdPair();
  pair.start(with_("keyedMd5", key("secret")), with_("keyedSha1", key("secret")));
  pair.time.runFor(5_000);
  assertEquals(rejectedBy(pair), ["wrong authentication type"]);
});

for (const type of ["meticulousKeyedMd5", "meticulousKeyedSha1"] as const) {
  Deno.test(`BFD authentication RFC 5880 §6.7 ${type}: a packet that is repeated is refused`, () => {
    const pair = new BfdPair();
    pair.start(with_(type, key("secret")));
    pair.time.runFor(5_000);
    const { bytes } = pair.b.last;
    pair.time.runFor(50);
    pair.a.hearBytes(bytes, { source: ADDRESS_B });
    assertEquals(rejectedBy(pair), ["sequence out of window"]);
  });
}

for (const type of ["keyedMd5", "keyedSha1"] as const) {
  Deno.test(`BFD authentication RFC 5880 §6.7 ${type}: a packet from long before is refused`, () => {
    const pair = new BfdPair();
    pair.start(with_(type, key("secret")));
    pair.time.runFor(1_000);
    const early = pair.b.sent[0];
    assert(early && early.packet.state === "down");
    pair.a.hearBytes(early.bytes, { source: ADDRESS_B });
    assertEquals(rejectedBy(pair), ["sequence out of window"]);
    assertEquals(pair.a.states.at(-1), "up 0");
  });
}

Deno.test("BFD authentication RFC 5880 §6.8.1: a neighbour that was restarted is heard after twice the Detection Time", () => {
  const pair = new BfdPair();
  pair.start(with_("meticulousKeyedSha1", key("secret")));
  pair.time.runFor(5_000);
  // It begins with another sequence: as if the numbers had jumped.
  pair.passes = (from) => from !== pair.b;
  pair.time.runFor(100_000);
  pair.passes = () => true;
  pair.time.runFor(5_000);
  assertEquals(pair.a.states.at(-1), "up 0");
});
