/**
 * Puts the frames of a capture file on the wire, evenly in a given time.
 *
 * A program of its own, because it runs in a host's namespace: `injector.ts FILE DURATION_MS`. It
 * says when it is ready, and begins when its standard input ends.
 *
 * @module
 */
import { decodePcap, type PcapPacket } from "../../net/packet/pcap.ts";
import { ERRNO } from "../../net/sys/constants.ts";
import { type DatagramSocket, openPacketSocket } from "../../net/sys/socket.ts";
import { sleep } from "./command.ts";
import { DEVICE } from "./lab.ts";

async function inject(file: string, durationMs: number): Promise<void> {
  const pcap = decodePcap(await Deno.readFile(file));
  if (typeof pcap === "string") throw new Error(`${file}: ${pcap}`);
  const interfaceIndex = Number(await Deno.readTextFile(`/sys/class/net/${DEVICE}/ifindex`));
  using socket = openPacketSocket({ protocol: 0, interfaceIndex });
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  for await (const _ of Deno.stdin.readable);
  const startMs = performance.now();
  let sentCount = 0;
  while (sentCount < pcap.packets.length) {
    const share = Math.min(1, (performance.now() - startMs) / durationMs);
    const dueCount = Math.ceil(share * pcap.packets.length);
    sentCount += send(socket, pcap.packets.slice(sentCount, dueCount), interfaceIndex);
    await sleep(1);
  }
}

/** How many were taken. A full queue is no failure: the rest follows. */
function send(socket: DatagramSocket, packets: readonly PcapPacket[], index: number): number {
  const frames = packets.map(({ bytes }) => ({ bytes, interfaceIndex: index }));
  const { sentCount, errno } = socket.send(frames);
  if (errno !== 0 && errno !== ERRNO.ENOBUFS && errno !== ERRNO.EAGAIN) {
    throw new Error(`Cannot send on ${DEVICE}: errno ${errno}`);
  }
  return sentCount;
}

if (import.meta.main) {
  const [file = "", durationMs = "1000"] = Deno.args;
  await inject(file, Number(durationMs));
}
