/**
 * What keepalived does by accident, and what comes of the same texts here: see lvs_quirks.tsv.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { plannedServices } from "../../../../engine/io/ipvs_plan.ts";
import { checkIdentity } from "../../../../machines/check_rules.ts";
import { checkOf, loadServer } from "./texts.ts";

const CHECK = "TCP_CHECK {\n}";

/** The ports of the real server and of its check. */
function ports(method: string, endpoint: string): (number | undefined)[] {
  const { server } = loadServer({
    virtualServer: `lvs_method ${method}`,
    realServer: CHECK,
    endpoint,
  });
  const check = checkOf(server);
  assert(check?.kind === "tcp");
  return [server?.realServers[0]?.port, check.connection.port];
}

Deno.test("real_server without a port: checks use that of the service", () => {
  assertEquals(ports("NAT", "192.0.2.2"), [80, 80]);
  assertEquals(ports("DR", "192.0.2.2"), [80, 80]);
});

Deno.test("real_server whose port is the service's: checks keep the one that was written", () => {
  assertEquals(ports("NAT", "192.0.2.2 81"), [81, 81]);
  assertEquals(ports("DR", "192.0.2.2 81"), [80, 81]);
});

Deno.test("MISC_CHECK: without misc_timeout its time is the delay_loop of the virtual server", () => {
  const { server } = loadServer({
    virtualServer: "delay_loop 7",
    realServer: 'MISC_CHECK {\nmisc_path "/bin/x"\ndelay_loop 3\n}',
  });
  const check = checkOf(server);
  assert(check?.kind === "script");
  assertEquals([check.delayLoopMs, check.timeoutMs], [3_000, 7_000]);
});

Deno.test("checkIdentity: the options of UDP_CHECK are part of it", () => {
  const texts = ["", "payload 01", "require_reply", "require_reply 03", "require_reply 0x"];
  const lengths = ["min_reply_length 2", "max_reply_length 3"].map((each) =>
    `require_reply\n${each}`
  );
  const identities = [...texts, ...lengths].map((lines) => {
    const check = checkOf(loadServer({ realServer: `UDP_CHECK {\n${lines}\n}` }).server);
    assert(check);
    return checkIdentity(check);
  });
  assertEquals(new Set(identities).size, identities.length);
});

Deno.test("virtual_server_group: a range of IPv6 goes on beyond its last 16 bits", () => {
  const { server, found } = loadServer({
    before: "virtual_server_group g {\n2001:db8::fffe-2001:db8::1:1 80\n}",
    service: "group g",
    endpoint: "2001:db8:9::1 80",
  });
  assert(server, found.join("; "));
  const ips = plannedServices(server, []).map(({ service: { key } }) =>
    key.kind === "address" ? key.ip : key.kind
  );
  assertEquals<string[]>(ips, [
    "2001:db8::fffe",
    "2001:db8::ffff",
    "2001:db8::1:0",
    "2001:db8::1:1",
  ]);
});

Deno.test("quorum: with all weights 0 it is 1, and told of", () => {
  const { server, found } = loadServer({ virtualServer: "quorum 2", realServer: "weight 0" });
  assertEquals([server?.quorum, server?.hysteresis], [1, 0]);
  assertEquals(found, [
    "warning: quorum 2 is more than the weight of all real servers, 0: 1 is used [W303]",
    "warning: no real server has weight: none ever gets a connection [W602]",
  ]);
});
