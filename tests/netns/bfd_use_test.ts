/**
 * What follows a BFD session: a real server that it checks, programs, the log. The kernel's rules
 * are the judge.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { birdPeer, keepalivedPeer, staydPeer } from "../lab/bfd_peers.ts";
import { bfdTest, DETECTION_MS, sessionOf } from "../lab/bfd_stage.ts";
import { sleep, until } from "../lab/command.ts";
import { block } from "../lab/conf.ts";
import { station } from "../lab/lab.ts";

/** For the processes to tell each other, and the kernel. */
const MARGIN_MS = 1_000;

for (const peer of [birdPeer, keepalivedPeer]) {
  bfdTest("BFD_CHECK: a real server is there while its session is up", peer, async (stage) => {
    const { lab } = stage;
    const diary = `${lab.directory}/diary`;
    const script = `${lab.directory}/note`;
    await Deno.writeTextFile(script, `#!/bin/sh\necho "$@" >> ${diary}\n`, { mode: 0o755 });
    const server = station("r2").ipv4;
    const session = sessionOf("r1", 4, { lines: [`notify ${script}`] });
    const text = [
      ...block("global_defs", ["script_user root"]),
      staydPeer.config([session]),
      ...block("virtual_server 10.9.9.1 80", [
        ...["lvs_sched rr", "lvs_method NAT", "protocol TCP"],
        ...block(`real_server ${server} 80`, ["weight 1", ...block("BFD_CHECK", ["name b0"])]),
      ]),
      "",
    ].join("\n");
    const own = await stage.launch("r1", staydPeer.daemon, text);
    const isServed = async () =>
      (await lab.runAt("r1", ["nft", "list", "ruleset"])).includes(server);
    const launchOther = () => stage.launch("r2", peer.daemon, peer.config([sessionOf("r2")]));

    await sleep(2_000);
    assertEquals(await isServed(), false, "it was never up");
    const other = await launchOther();
    await until(`the server is in the rules\n${own.tail()}`, isServed, 10_000);
    await other.kill();
    await sleep(DETECTION_MS + MARGIN_MS);
    assertEquals(await isServed(), false, own.tail());
    await launchOther();
    await until(`the server is in the rules again\n${own.tail()}`, isServed, 10_000);

    const noted = Deno.readTextFileSync(diary).trimEnd().split("\n");
    assertEquals(noted.map((line) => line.split(" ").at(-1)), ["UP", "DOWN", "UP"], `${noted}`);
  });
}
