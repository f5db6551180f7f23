/**
 * Asks a driver whether an interface has a link: for drivers that do not tell of changes.
 *
 * Some drivers take a while, and all of them wait for the kernel's lock of network settings: not a
 * thing to do where adverts are sent.
 *
 * @module
 */
import { AF, SOCK } from "./constants.ts";
import { Fd } from "./fd.ts";
import { IFREQ, LITTLE_ENDIAN, setUint64 } from "./layout.ts";
import { addressOf, check, laterOfLibc, libc } from "./libc.ts";

const control = laterOfLibc({
  // int ioctl(int fd, unsigned long request, …): variadic; the one argument is passed by both
  // architectures as a fixed one would be.
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
});

/** Ways to ask: registers of the transceiver, the driver's own word, the interface's flags. */
export type LinkProbeMethod = "mii" | "ethtool" | "ioctl";

const SIOCGIFFLAGS = 0x8913n;
const SIOCETHTOOL = 0x8946n;
const SIOCGMIIPHY = 0x8947n;
const SIOCGMIIREG = 0x8948n;
const ETHTOOL_GLINK = 0xa;
/** Basic Mode Status Register, and its bit for a link (IEEE 802.3 §22.2.4.2). */
const MII_BMSR = 1;
const BMSR_LINK = 0x4;
const IFF_RUNNING = 0x40;
const NAME_BYTES_MAX = 15;

/** Asks drivers about links. */
export class LinkProbe implements Disposable {
  readonly #fd: Fd;
  readonly #request = new Uint8Array(IFREQ.sizeBytes);
  readonly #view = new DataView(this.#request.buffer);

  /** Throws a `SyscallError`. */
  constructor() {
    const type = SOCK.DGRAM | SOCK.CLOEXEC;
    this.#fd = new Fd(check("socket", libc.socket(AF.INET, type, 0)));
  }

  /** Whether there is a link; undefined if this cannot be found out in this way. */
  hasLink(interfaceName: string, method: LinkProbeMethod): boolean | undefined {
    const name = new TextEncoder().encode(interfaceName);
    if (name.length > NAME_BYTES_MAX) return undefined;
    this.#request.fill(0);
    this.#request.set(name, IFREQ.name);
    switch (method) {
      case "mii":
        return this.#askTransceiver();
      case "ethtool":
        return this.#askDriver();
      case "ioctl":
        if (!this.#ask(SIOCGIFFLAGS)) return undefined;
        return (this.#view.getUint16(IFREQ.data, LITTLE_ENDIAN) & IFF_RUNNING) !== 0;
    }
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }

  #askTransceiver(): boolean | undefined {
    if (!this.#ask(SIOCGMIIPHY)) return undefined;
    this.#view.setUint16(IFREQ.miiRegister, MII_BMSR, LITTLE_ENDIAN);
    // The bit remembers that the link was lost until it is read: the second reading is of now.
    if (!this.#ask(SIOCGMIIREG) || !this.#ask(SIOCGMIIREG)) return undefined;
    return (this.#view.getUint16(IFREQ.miiValue, LITTLE_ENDIAN) & BMSR_LINK) !== 0;
  }

  #askDriver(): boolean | undefined {
    const command = new Uint8Array(8); // struct ethtool_value: command, data.
    new DataView(command.buffer).setUint32(0, ETHTOOL_GLINK, LITTLE_ENDIAN);
    setUint64(this.#view, IFREQ.data, Number(addressOf(command)));
    if (!this.#ask(SIOCETHTOOL)) return undefined;
    return new DataView(command.buffer).getUint32(4, LITTLE_ENDIAN) !== 0;
  }

  #ask(request: bigint): boolean {
    return control().ioctl(this.#fd.number, request, this.#request) === 0;
  }
}
