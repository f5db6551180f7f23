import { assert, assertEquals } from "@std/assert";
import { HAS_OPENSSL, makeCertificates } from "./certificates.ts";
import { replies, serve, serveTls } from "./servers.ts";

/** Runs every probe many times under the daemon's permissions; see descriptor_use.ts. */
Deno.test({
  name: "probes need no further permission, and leave no descriptor open",
  ignore: !HAS_OPENSSL,
  async fn() {
    const { good } = await makeCertificates();
    const page = replies("HTTP/1.0 200 OK\r\n\r\nhello");
    await using plain = await serve(page);
    await using tls = await serveTls(good, page);
    await using silent = await serve(() => {});
    const program = new URL("./descriptor_use.ts", import.meta.url).pathname;
    const ports = [plain, tls, silent].map(({ port }) => String(port));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", "--allow-ffi", program, ...ports],
      stdin: "null",
    }).output();
    const report = new TextDecoder().decode(stdout);
    assert(report !== "", new TextDecoder().decode(stderr));
    const { before, after, outcomes } = JSON.parse(report);
    assert(after <= before, `the lowest free descriptor was ${before}, is ${after}`);
    assertEquals(outcomes, {
      "tcp passed": 50,
      "http passed": 50,
      "tls passed": 50,
      "udp failed connection refused": 50,
      "dns failed connection refused": 50,
      "smtp failed timed out": 50,
      "script passed": 50,
      "silent failed timed out": 50,
      "silent tls failed timed out": 50,
    });
  },
});
