/**
 * What systemd hears, on a socket like its own.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ServiceManager } from "../../../engine/lifecycle/service_manager.ts";
import { NotifySocket } from "../../lab/notify_socket.ts";

const PID = 4_711;
const NOW_MS = 1_234.5678;

function manager(NOTIFY_SOCKET: string | undefined, more: Record<string, string> = {}) {
  return new ServiceManager({ NOTIFY_SOCKET, ...more }, PID, () => NOW_MS);
}

for (const kind of ["path", "abstract"] as const) {
  Deno.test(`ServiceManager: every message, to a socket that is ${kind}`, () => {
    using socket = NotifySocket.open(kind);
    const service = manager(socket.address);
    service.ready();
    service.reloading();
    service.status("2 virtual\nrouters");
    service.watchdog();
    service.stopping();
    service.stopping(); // Said once.
    assertEquals(socket.read(), [
      `READY=1\nMAINPID=${PID}`,
      "RELOADING=1\nMONOTONIC_USEC=1234567",
      "STATUS=2 virtual routers",
      "WATCHDOG=1",
      "STOPPING=1",
    ]);
  });
}

Deno.test("ServiceManager: nobody there, or no address at all, is no error", () => {
  for (const address of [undefined, "", "/nowhere/at/all", "@nobody", `/${"x".repeat(200)}`]) {
    manager(address).ready();
  }
});

Deno.test("ServiceManager: a manager that is started anew hears what comes then", () => {
  const first = NotifySocket.open("abstract");
  const service = manager(first.address);
  service.ready();
  first[Symbol.dispose]();
  service.watchdog(); // Lost.
  using second = NotifySocket.open("abstract", first.address);
  service.watchdog();
  assertEquals(second.read(), ["WATCHDOG=1"]);
});

// deno-fmt-ignore
const WATCHDOGS: [Record<string, string>, dueMs: number | undefined][] = [
  [{},                                                    undefined],
  [{ WATCHDOG_USEC: "10000000" },                         5_000],
  [{ WATCHDOG_USEC: "10000000", WATCHDOG_PID: `${PID}` }, 5_000],
  [{ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "1" },      undefined],
  [{ WATCHDOG_USEC: "0" },                                undefined],
  [{ WATCHDOG_USEC: "x" },                                undefined],
];
for (const [environment, dueMs] of WATCHDOGS) {
  Deno.test(`ServiceManager: watchdog of ${JSON.stringify(environment)}`, () =>
    assertEquals(manager("@x", environment).watchdogMs, dueMs));
}
