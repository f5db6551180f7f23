import { assertEquals } from "@std/assert";
import { isEphemeral } from "../../../net/sys/local_ports.ts";

Deno.test("isEphemeral: the ports between the two that the kernel names", async () => {
  const text = await Deno.readTextFile("/proc/sys/net/ipv4/ip_local_port_range");
  const [first = NaN, last = NaN] = text.trim().split(/\s+/).map(Number);
  const asked = [first - 1, first, last, last + 1];
  assertEquals(asked.map(isEphemeral), [false, true, true, false]);
});
