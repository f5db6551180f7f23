/**
 * Virtual routers as running actors under virtual time: what only shows over several timers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import { only, type Router, router } from "./vrrp_router.ts";
import { heard, startup } from "./vrrp_step.ts";

Deno.test("vrrpInstance RFC9568 §6.4.2 Active_Down_Timer fires: advertise first, then claim", () => {
  const { time, tell, commands } = router();
  tell(startup());
  commands();
  time.runFor(3_609.37);
  assertEquals(commands(), []);
  time.runFor(0.005);
  assertEquals(commands(), [
    "3609.375 send 100",
    "3609.375 report active: silence",
    "3609.375 claim ×5",
  ]);
});

Deno.test("vrrpInstance RFC3768 §6.4.2 Master_Down_Timer fires: advertise first, then claim", () => {
  const { time, tell, commands } = router({ version: 2, advertisementIntervalCs: 300 });
  tell(startup());
  commands();
  time.runFor(9_609.375);
  assertEquals(commands(), [
    "9609.375 send 100",
    "9609.375 report active: silence",
    "9609.375 claim ×5",
  ]);
});

for (const version of [2, 3] as const) {
  const section = version === 2 ? "RFC3768 §6.4.3" : "RFC9568 §6.4.3";
  Deno.test(`vrrpInstance ${section} Adver_Timer fires: advertise, reset it`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup(0, true));
    time.runFor(3_500);
    assertEquals(only(commands(), "send"), [
      "0 send 100",
      "1000 send 100",
      "2000 send 100",
      "3000 send 100",
    ]);
  });

  Deno.test(`vrrpInstance ${section} priority 0 resets Adver_Timer`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup(0, true));
    time.runFor(600);
    tell(heard(0));
    time.runFor(1_000);
    assertEquals(only(commands(), "send"), ["0 send 100", "600 send 100", "1600 send 100"]);
  });

  Deno.test(`vrrpInstance ${section} an answer to a lesser router leaves Adver_Timer alone`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup(0, true));
    time.runFor(600);
    tell(heard(99));
    time.runFor(500);
    assertEquals(only(commands(), "send"), ["0 send 100", "600 send 100", "1000 send 100"]);
  });

  Deno.test(`vrrpInstance ${section} shutdown cancels Adver_Timer`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup(0, true));
    commands();
    tell({ type: "SHUTDOWN" });
    assertEquals(commands(), ["0 send 0", "0 release", "0 report initialize: shutdown"]);
    assertEquals(time.clock.timerCount, 0);
    time.runFor(60_000);
    assertEquals(commands(), []);
  });

  Deno.test(`vrrpInstance ${section} a greater priority cancels Adver_Timer`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup(0, true));
    commands();
    tell(heard(101));
    assertEquals(only(commands(), "send"), []);
    assertEquals(time.clock.timerCount, 1);
    time.runFor(3_000);
    assertEquals(commands(), []);
  });

  const backupSection = section.replace("6.4.3", "6.4.2");
  Deno.test(`vrrpInstance ${backupSection} shutdown cancels the down timer`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup());
    commands();
    tell({ type: "SHUTDOWN" });
    assertEquals(commands(), ["0 report initialize: shutdown"]);
    assertEquals(time.clock.timerCount, 0);
  });

  Deno.test(`vrrpInstance ${backupSection} priority 0: active after Skew_Time`, () => {
    const { time, tell, commands } = router({ version });
    tell(startup());
    time.runFor(1_000);
    commands();
    tell(heard(0));
    time.runFor(609.375);
    assertEquals(commands().slice(0, 2), [
      "1609.375 send 100",
      "1609.375 report active: resignation",
    ]);
  });

  Deno.test(`vrrpInstance ${backupSection} a discarded advertisement leaves the down timer alone`, () => {
    const { time, tell, state } = router({ version });
    tell(startup());
    time.runFor(3_000);
    tell(heard(99));
    time.runFor(609.375);
    assertEquals(state(), "active");
  });

  Deno.test(`vrrpInstance ${backupSection} advertisements hold a backup for ever`, () => {
    const { time, tell, state } = router({ version });
    tell(startup());
    for (let i = 0; i < 100; i++) {
      tell(heard(101, "192.0.2.20", 100));
      time.runFor(3_600);
    }
    assertEquals(state(), "backup");
  });
}

Deno.test("vrrpInstance RFC9568 §6.4.2 the learned interval times out", () => {
  const { time, tell, state } = router();
  tell(startup());
  tell(heard(101, "192.0.2.20", 10));
  time.runFor(360.93);
  assertEquals(state(), "backup");
  time.runFor(0.01);
  assertEquals(state(), "active");
});

Deno.test("vrrpInstance preempt_delay: a lesser router is preempted after delay and down interval", () => {
  const { time, tell, commands } = router({ preemptDelayMs: 10_000 });
  tell(startup());
  commands();
  // The active router advertises 50 every second; what it sends at 10 s still comes during the
  // delay.
  for (let i = 0; i < 30; i++) {
    tell(heard(50, "192.0.2.20", 100));
    time.runFor(1_000);
  }
  const [first, second] = commands();
  assertEquals([first, second], ["12609.375 send 100", "12609.375 report active: silence"]);
});

Deno.test("vrrpInstance nopreempt: a lesser router is put up with until it falls silent", () => {
  const { time, tell, state } = router({ preempt: false });
  tell(startup());
  for (let i = 0; i < 100; i++) {
    tell(heard(50, "192.0.2.20", 100));
    time.runFor(1_000);
  }
  assertEquals(state(), "backup");
  time.runFor(2_609.375);
  assertEquals(state(), "active");
});

Deno.test("vrrpInstance start-up delay: timers count from its end", () => {
  const { time, tell, commands } = router();
  tell(startup(5_000));
  time.runFor(1_000);
  tell(heard(200));
  time.runFor(7_609.375);
  assertEquals(commands(), [
    "0 release",
    "5000 release",
    "5000 report backup: startup",
    "8609.375 send 100",
    "8609.375 report active: silence",
    "8609.375 claim ×5",
  ]);
});

Deno.test("vrrpInstance: three days of advertisements do not drift, however late each turn is", () => {
  let seed = 1;
  const lateMs = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return (seed / 2_147_483_647) * 9;
  };
  let sentCount = 0;
  let lastMs = 0;
  let worstMs = 0;
  const { time, tell } = router({}, (atMs, command) => {
    if (command.type !== "SEND_ADVERTISEMENT") return;
    worstMs = Math.max(worstMs, Math.abs(atMs - sentCount * 1_000));
    sentCount++;
    lastMs = atMs;
  });
  tell(startup(0, true));
  const threeDaysMs = 3 * 24 * 3_600 * 1_000;
  time.runFor(threeDaysMs, lateMs);
  assertEquals(sentCount, threeDaysMs / 1_000 + (lastMs >= threeDaysMs ? 1 : 0));
  assert(worstMs < 9, `an advertisement was ${worstMs} ms off`);
});

Deno.test("vrrpInstance 10 ms intervals: Skew_Time of fractions decides who is first", () => {
  const takeoverMs = (priority: number) => {
    const { time, tell, commands } = router({ priority, advertisementIntervalCs: 1 });
    tell(startup());
    commands();
    time.runFor(40);
    return Number(commands()[0]?.split(" ")[0]);
  };
  assertEquals(takeoverMs(254), 30.078125);
  assertEquals(takeoverMs(253), 30.1171875);
});

Deno.test("vrrpInstance stall: nothing is sent before all that was received is heard", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(500);
  commands();
  time.nowMs = 10_000; // The process was stopped.
  tell({ type: "STALLED", lateMs: 9_000 });
  tell(heard(50));
  time.runFor(0);
  assertEquals(commands(), ["10000 release", "10000 report backup: advertisement"]);
});

Deno.test("vrrpInstance stall: without another router all goes on in the same turn", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(500);
  commands();
  time.nowMs = 10_000;
  tell({ type: "STALLED", lateMs: 9_000 });
  time.runFor(1_000);
  assertEquals(only(commands(), "send"), ["10000 send 100", "11000 send 100"]);
});

Deno.test("vrrpInstance stall of a backup: it does not claim while the active router lives", () => {
  const { time, tell, commands, state } = router();
  tell(startup());
  commands();
  time.nowMs = 20_000;
  tell({ type: "STALLED", lateMs: 16_390 });
  time.runFor(900);
  tell(heard(101));
  time.runFor(5_000);
  assertEquals([state(), commands()], ["backup", []]);
});

Deno.test("vrrpInstance fault: all timers stop, recovery starts afresh", () => {
  const { time, tell, commands } = router();
  tell(startup(0, true));
  time.runFor(100);
  commands();
  tell({ type: "FAULT_RAISED", reason: "interface eth0 is down" });
  assertEquals(time.clock.timerCount, 0);
  time.runFor(60_000);
  tell({ type: "FAULT_CLEARED", reason: "interface eth0 is down" });
  time.runFor(3_609.375);
  assertEquals(commands().map((line) => line.replace(/^[\d.]+ /, "")), [
    "send 0",
    "release",
    "report fault: fault",
    "report backup: recovery",
    "send 100",
    "report active: silence",
    "claim ×5",
  ]);
});

Deno.test("vrrpInstance: shutdown then retire ends it from every state", () => {
  const ways: Record<string, (to: Router) => void> = {
    initialize: () => {},
    delayed: ({ tell }) => tell(startup(5_000)),
    backup: ({ tell }) => tell(startup()),
    active: ({ tell }) => tell(startup(0, true)),
    fault: ({ tell }) => {
      tell({ type: "FAULT_RAISED", reason: "missing" });
      tell(startup());
    },
  };
  for (const [state, lead] of Object.entries(ways)) {
    const subject = router();
    lead(subject);
    assertEquals(subject.state(), state);
    subject.commands();
    subject.tell({ type: "SHUTDOWN" });
    subject.tell({ type: "RETIRE" });
    assert(subject.isDone(), state);
    assertEquals(subject.time.clock.timerCount, 0);
    const left = only(subject.commands(), "send");
    assertEquals(left, state === "active" ? ["0 send 0"] : []);
    subject.tell({ type: "SOURCE_ADDRESS", ip: ip("192.0.2.1") });
    subject.tell(startup());
    assertEquals(subject.commands(), [], "nothing happens after the end");
  }
});
