import { assertEquals } from "@std/assert";
import { SessionPractice } from "../../engine/bfd_warm_up.ts";
import { ip } from "../../net/address.ts";
import { sessionConfig } from "../machines/bfd_step.ts";
import { wholeConfig } from "../machines/vrrp_config.ts";

// deno-fmt-ignore
const SESSIONS = [
  { name: "plain" },
  { name: "IPv6, passive, on an interface that is not there", remoteIp: ip("2001:db8::9"), isPassive: true, interface: "eth9" },
  { name: "authenticated", authentication: { type: "meticulousKeyedSha1", keys: [{ id: 1, secret: "x" }] } as const },
];
for (const session of SESSIONS) {
  Deno.test(`SessionPractice: each round loses a session that was up: ${session.name}`, () => {
    const config = { ...wholeConfig(), bfdSessions: [sessionConfig(session)] };
    const practice = SessionPractice.like(config);
    practice?.warmUp(10);
    assertEquals(practice?.lossCount, 20);
    practice?.rehearse();
    practice?.rehearse();
    assertEquals(practice?.lossCount, 22, "they are down, and stay so");
  });
}

Deno.test("SessionPractice: none where there are no sessions", () => {
  assertEquals(SessionPractice.like(wholeConfig()), undefined);
});
