/**
 * A capture as a few lines of text: what a failed experiment shows of itself.
 *
 * @module
 */
import type { Frame } from "./frame.ts";
import { type Host, station } from "./lab.ts";

const HOSTS: readonly Host[] = ["r1", "r2", "r3", "client"];
const LINES_MAX = 60;

/** One line per run of like frames, times in ms since the first frame. */
export function timeline(frames: readonly Frame[]): string {
  const runs: { text: string; fromMs: number; toMs: number; count: number }[] = [];
  const startMs = frames[0]?.atMs ?? 0;
  const last = new Map<string, number>();
  for (const frame of frames) {
    const text = describe(frame);
    if (text === undefined) continue;
    const [sender = ""] = text.split(" ");
    const index = last.get(sender);
    const run = index === undefined ? undefined : runs[index];
    if (run?.text === text) {
      run.count++;
      run.toMs = frame.atMs;
    } else {
      last.set(sender, runs.length);
      runs.push({ text, fromMs: frame.atMs, toMs: frame.atMs, count: 1 });
    }
  }
  return runs.slice(-LINES_MAX).map(({ text, fromMs, toMs, count }) => {
    const at = (fromMs - startMs).toFixed(1).padStart(9);
    const more = count === 1 ? "" : `  × ${count} until ${(toMs - startMs).toFixed(1)}`;
    return `${at}  ${text}${more}`;
  }).join("\n");
}

/** Who sent a frame, if it is a host of the lab. */
export function senderOf(frame: Frame): Host | undefined {
  return HOSTS.find((host) => station(host).mac === frame.sourceMac);
}

function describe(frame: Frame): string | undefined {
  const sender = senderOf(frame) ?? frame.sourceMac;
  switch (frame.kind) {
    case "advert":
      return `${sender} advert v${frame.version} vrid ${frame.vrid} priority ${frame.priority} ` +
        `${frame.source} → ${frame.destination} [${frame.addresses.length}]`;
    case "announcement":
      return `${sender} announces ${frame.family === 4 ? "(ARP)" : "(NA)"}`;
    case "bfd": {
      const { packet, ttl, port } = frame;
      const flags = (packet.poll ? "P" : "") + (packet.final ? "F" : "") +
        (packet.demand ? "D" : "");
      const intervals = `${packet.desiredMinTxIntervalUs}/${packet.requiredMinRxIntervalUs}`;
      return `${sender} bfd ${packet.state} (${packet.diagnostic}) ${flags} ${intervals} ` +
        `×${packet.detectMult} ${packet.myDiscriminator.toString(16)}→` +
        `${packet.yourDiscriminator.toString(16)} ${frame.destination} ${port} ttl ${ttl}`;
    }
    case "bfd echo":
      return `${sender} bfd echo ${frame.source} → ${frame.destination} ttl ${frame.ttl}`;
    default:
      return undefined;
  }
}
