/**
 * What the lab needs of the machine: root, network namespaces, and a few Debian packages.
 *
 * @module
 */
import { isInstalled, run } from "./command.ts";
import { ownName } from "./namespaces.ts";

/** Why an experiment cannot be made here. It is no failure: it is told, and passed over. */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** The program by which each Debian package is known to be there. */
const PROGRAMS = {
  keepalived: "keepalived",
  openssl: "openssl",
  tcpdump: "tcpdump",
  gcc: "gcc",
  iproute2: "ip",
  ipvsadm: "ipvsadm",
  "iputils-ping": "ping",
  kmod: "depmod",
  nftables: "nft",
  "user-mode-linux": "linux.uml",
  time: "time",
  bird2: "bird",
  frr: "vtysh",
} as const;

/** A Debian package the lab may ask for. */
export type Package = keyof typeof PROGRAMS;

/**
 * Installs what is missing with `apt-get`; throws a {@linkcode Skip} that says why it cannot.
 * Keepalived's service is not started by it.
 */
export async function ensurePackages(names: readonly Package[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(PROGRAMS[name]));
  if (missing.length === 0) return;
  if (Deno.uid() !== 0) throw new Skip(`${missing.join(", ")} not installed, and not root`);
  if (!isInstalled("apt-get")) throw new Skip(`${missing.join(", ")} not installed, no apt-get`);
  const install = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "RUNLEVEL=1", // Makes invoke-rc.d leave the new service alone.
    "apt-get",
    "install",
    "--yes",
    "--no-install-recommends",
    ...missing,
  ];
  try {
    await run(install).catch(async () => {
      await run(["apt-get", "update"]);
      await run(install);
    });
  } catch (error) {
    throw new Skip(`${missing.join(", ")} could not be installed: ${words(error)}`);
  }
}

/** Throws a {@linkcode Skip} unless network namespaces can be made here. Needs `iproute2`. */
export async function ensureNamespaces(): Promise<void> {
  if (Deno.build.os !== "linux") throw new Skip(`network namespaces need Linux`);
  if (Deno.uid() !== 0) throw new Skip("network namespaces need root");
  const name = ownName();
  try {
    await run(["ip", "netns", "add", name]);
    // Containers often allow the namespace but none of the devices in it.
    const devices = ["link", "add", "veth1", "type", "veth", "peer", "name", "veth2"];
    await run(["ip", "-n", name, ...devices]);
    await run(["ip", "-n", name, "link", "add", "br0", "type", "bridge"]);
  } catch (error) {
    throw new Skip(`network namespaces cannot be made: ${words(error)}`);
  } finally {
    await run(["ip", "netns", "del", name]).catch(() => {});
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message.split("\n").slice(-1).join("") : String(error);
}
