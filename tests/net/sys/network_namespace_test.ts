/**
 * Going to other network namespaces and coming back. Needs root.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ip } from "../../../net/address.ts";
import { SyscallError } from "../../../net/sys/libc.ts";
import {
  enterNetworkNamespace,
  inNetworkAt,
  inNetworkOf,
  inPrivateNetwork,
} from "../../../net/sys/process.ts";
import { openUdpSocket } from "../../../net/sys/socket.ts";
import { IS_ROOT } from "../namespace.ts";
import { instanceOf } from "./instance_of.ts";
import { indexOf, network } from "./two_links.ts";

// Namespaces need CAP_SYS_ADMIN.
const ignore = !IS_ROOT;

Deno.test({
  name: "inPrivateNetwork, inNetworkAt, enterNetworkNamespace: this thread goes, and comes back",
  ignore,
  fn() {
    using _network = network();
    const before = indexOf("v0");
    assert(before > 0);
    const socket = inPrivateNetwork(() => {
      assertEquals([indexOf("lo"), indexOf("v0")], [1, 0]);
      return openUdpSocket({ family: 4, bindAddress: ip("192.0.2.1"), bindsFreely: true });
    });
    assert(socket);
    // The socket stays in the network where it was made: its address is free in ours.
    using _ours = openUdpSocket({
      family: 4,
      bindAddress: ip("192.0.2.1"),
      port: socket.localPort,
    });
    socket[Symbol.dispose]();
    assertEquals(indexOf("v0"), before);
    assertThrows(() =>
      inPrivateNetwork(() => {
        throw new Error("inside");
      })
    );
    assertEquals(indexOf("v0"), before);
    const parent = Deno.ppid; // Not in the network that this thread made.
    assertEquals(inNetworkOf(parent, () => indexOf("v0")), 0);
    assertEquals(indexOf("v0"), before);
    assertEquals(inNetworkOf(2 ** 30, () => 1), undefined, "of nobody");
    const file = `/proc/${parent}/ns/net`;
    assertEquals(inNetworkAt(file, () => indexOf("v0")), 0);
    assertThrows(() =>
      inNetworkAt(file, () => {
        throw new Error("inside");
      })
    );
    assertEquals(indexOf("v0"), before);
    const missing = assertThrows(() => inNetworkAt("/run/netns/no-such-network", () => 1));
    assertEquals(instanceOf(SyscallError, missing).code, "ENOENT");
    enterNetworkNamespace("/proc/thread-self/ns/net");
    assertEquals(indexOf("v0"), before);
    const error = assertThrows(() => enterNetworkNamespace("/run/netns/no-such-network"));
    assertEquals(instanceOf(SyscallError, error).code, "ENOENT");
  },
});
