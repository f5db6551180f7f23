import { runSingle } from "./run_single.ts";
import { runParent } from "./run_parent.ts";
import { Log } from "../log.ts";
import { monotonicMs } from "../../net/sys/libc.ts";
import { ip } from "../../net/address.ts";
if (Deno.args.includes("--child=vrrp")) {
  const m = await import("./vrrp_child.ts");
  await m.vrrpChild(Deno.args);
}
const prio = Number(Deno.args[0]);
const single = Deno.args[1] === "single";
const n = Number(Deno.args[2] ?? 1);
const cfg: any = {
  global: {
    dynamicInterfaces: false,
    logUnknownVrids: false,
    vrrpProcess: { realtimePriority: 50, realtimeLimitUs: 1000000 },
  },
  vrrpInstances: [{
    name: "VI_1",
    interface: "eth0",
    family: 4,
    version: 3,
    vrid: 51,
    priority: prio,
    initialRole: "backup",
    advertisementIntervalCs: 10,
    downIntervalAdverts: 3,
    preempt: true,
    preemptDelayMs: 0,
    startupDelayMs: 0,
    accept: true,
    strict: false,
    tracksSourceIp: false,
    tracksInterface: true,
    multicastGroup: ip("224.0.0.18"),
    unicastPeers: [],
    faultsWithoutPeers: false,
    unicastHopLimit: 255,
    checksUnicastSource: false,
    checksumIncludesPseudoHeader: true,
    ownerIgnoresAdvertisements: false,
    answersLowerPriority: true,
    advertisesBeforeYielding: false,
    checksAddressesOnChangeOnly: false,
    announcements: {
      repeatCount: 5,
      delayMs: 5000,
      refreshMs: 0,
      refreshRepeatCount: 1,
      lowerPriorityRepeatCount: 5,
      lowerPriorityDelayMs: 5000,
      arpIntervalUs: 0,
      neighborIntervalUs: 0,
    },
    virtualAddresses: [{
      ip: ip("10.9.200.1"),
      prefixLength: 32,
      scope: 0,
      flags: 0,
      tracked: true,
    }],
    excludedAddresses: Array.from(
      { length: n },
      (_, i) => ({
        ip: ip(`10.9.${1 + (i >> 8)}.${i & 255}`),
        prefixLength: 32,
        scope: 0,
        flags: 0,
        tracked: true,
      }),
    ),
  }],
};
const log = new Log((l, t) => console.error(l, t), monotonicMs);
const ctx: any = {
  options: {},
  log,
  startedAtMs: monotonicMs(),
  load: () => ({ config: cfg, diagnostics: [] }),
  complain: () => {},
};
Deno.exit(await (single ? runSingle(ctx) : runParent(ctx)));
