import { interfacesOf } from "../lab/interfaces.ts";
import { FAST_WIRE, instanceText } from "../lab/conf.ts";
import { type Daemon, keepalived, stayd } from "../lab/daemon.ts";
import { sleep } from "../lab/command.ts";
import { netnsTest, Stage } from "../lab/stage.ts";
for (const daemon of [keepalived, stayd] as Daemon[]) {
  netnsTest(`x ${daemon.name}`, () =>
    Stage.play(async (stage) => {
      const r1 = await stage.lab.start(
        "r1",
        daemon,
        instanceText("r1", FAST_WIRE, { priority: 200, lines: ["use_ipvlan 10.0.0.11/24"] }),
      );
      await sleep(9000);
      console.log(JSON.stringify(await interfacesOf(stage.lab, "r1"), null, 1));
      console.log(
        await stage.lab.runAt("r1", [
          "sh",
          "-c",
          "grep . /proc/sys/net/ipv4/conf/*/{arp_ignore,arp_filter,rp_filter,accept_local,promote_secondaries}",
        ]),
      );
      console.log(r1.tail());
      await r1.stop();
      console.log(JSON.stringify(Object.keys(await interfacesOf(stage.lab, "r1"))));
      throw new Error("x");
    }, ["r1"]));
}
